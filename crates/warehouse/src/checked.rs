//! A store decorator that verifies the checksums of data files and never returns altered bytes.
//!
//! The Parquet writer writes no page checksums (parquet 59), so every build record holds checksums
//! of its own: one per block of [`BLOCK_BYTES`] of a file, footer included. A read is widened to
//! whole blocks, these are verified, and the requested range is sliced out: at most two extra
//! blocks are read. A missing file or one of another length is an error, too: the engine treats a
//! missing file as an empty folder, and would silently omit its rows.
//!
//! Files of earlier versions have one sum: they are read whole, once a process, before any of their
//! bytes is returned. Older ones have none: their length alone is compared.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, RenameOptions, Result,
};
use tokio::sync::OnceCell;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::data_file::{BLOCK_BYTES, DataFile, SUM_DIGITS};

/// Capacity of the cache of file sums: enough for many builds. The least recently opened are
/// evicted.
const MOST_FILES: usize = 1 << 14;

/// The store below an engine.
#[derive(Debug)]
pub(crate) struct Checked {
    inner: Arc<dyn ObjectStore>,
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    files: HashMap<Path, (u64, Arc<Expected>)>,
    opened: u64,
}

/// How a file was written.
#[derive(Debug)]
struct Expected {
    bytes: u64,
    /// Of each block; empty for files of earlier versions.
    blocks: Vec<u64>,
    /// Of the whole file, if its blocks have none.
    whole: Option<u64>,
    compared: OnceCell<()>,
}

impl Expected {
    fn of(file: &DataFile) -> Self {
        let whole = file.xxh3.as_deref().and_then(sum);
        let mut blocks: Vec<u64> = file
            .blocks
            .as_bytes()
            .chunks(SUM_DIGITS)
            .filter_map(|digits| sum(std::str::from_utf8(digits).ok()?))
            .collect();
        if let (Some(whole), true) = (whole, file.bytes <= BLOCK_BYTES) {
            blocks = vec![whole];
        }
        if blocks.len() as u64 != file.bytes.div_ceil(BLOCK_BYTES) {
            blocks.clear();
        }
        Self {
            bytes: file.bytes,
            whole: whole.filter(|_| blocks.is_empty()),
            blocks,
            compared: OnceCell::new(),
        }
    }

    fn same_as(&self, other: &Self) -> bool {
        self.bytes == other.bytes && self.blocks == other.blocks && self.whole == other.whole
    }

    /// The whole blocks that a range touches.
    fn widened(&self, range: &Range<u64>) -> Range<u64> {
        if self.blocks.is_empty() {
            return range.clone();
        }
        let begin = range.start / BLOCK_BYTES * BLOCK_BYTES;
        begin..(range.end.div_ceil(BLOCK_BYTES) * BLOCK_BYTES).min(self.bytes)
    }

    /// Verifies whole blocks that begin at `at`.
    fn compare(&self, path: &Path, at: u64, bytes: &[u8]) -> Result<()> {
        if self.blocks.is_empty() {
            return Ok(());
        }
        let first = usize::try_from(at / BLOCK_BYTES).unwrap_or(usize::MAX);
        let found = bytes.chunks(BLOCK_BYTES as usize);
        for (block, bytes) in (first..).zip(found) {
            if self.blocks.get(block) != Some(&xxh3_64(bytes)) {
                return Err(damaged(path, NOT_AS_WRITTEN));
            }
        }
        Ok(())
    }
}

fn sum(digits: &str) -> Option<u64> {
    u64::from_str_radix(digits, 16).ok()
}

const NOT_AS_WRITTEN: &str = "its checksum does not match";

impl Checked {
    /// Reads through to `inner`.
    pub fn new(inner: Arc<dyn ObjectStore>) -> Self {
        Self {
            inner,
            known: RwLock::default(),
        }
    }

    /// Registers the expected checksums of files before they are read.
    pub fn expect(&self, files: &[DataFile]) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for file in files {
            known.opened += 1;
            let opened = known.opened;
            let expected = Expected::of(file);
            match known.files.entry(Path::from(file.path.as_str())) {
                // Verified files need not be verified again.
                Entry::Occupied(mut known) if known.get().1.same_as(&expected) => {
                    known.get_mut().0 = opened;
                }
                entry => {
                    entry.insert_entry((opened, Arc::new(expected)));
                }
            }
        }
        if known.files.len() > MOST_FILES {
            let long_ago = known.opened.saturating_sub(MOST_FILES as u64 / 2);
            known.files.retain(|_, (last, _)| *last > long_ago);
        }
    }

    async fn expected(&self, path: &Path) -> Result<Arc<Expected>> {
        let expected = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            known.files.get(path).map(|(_, expected)| expected.clone())
        };
        let Some(expected) = expected else {
            return Err(object_store::Error::Generic {
                store: STORE,
                source: format!("`{path}` is read although no build record names it").into(),
            });
        };
        if let Some(whole) = expected.whole {
            let compare = || self.compare_whole(path, expected.bytes, whole);
            expected.compared.get_or_try_init(compare).await?;
        }
        Ok(expected)
    }

    async fn compare_whole(&self, path: &Path, bytes: u64, whole: u64) -> Result<()> {
        let found = self.inner.get(path).await.map_err(|e| gone(path, e))?;
        let mut chunks = found.into_stream();
        let (mut sum, mut read) = (Xxh3::new(), 0);
        while let Some(chunk) = chunks.try_next().await? {
            read += chunk.len() as u64;
            sum.update(&chunk);
        }
        match read == bytes && sum.digest() == whole {
            true => Ok(()),
            false => Err(damaged(path, NOT_AS_WRITTEN)),
        }
    }
}

const STORE: &str = "checked";

fn damaged(path: &Path, reason: impl fmt::Display) -> object_store::Error {
    object_store::Error::Generic {
        store: STORE,
        source: format!("`{path}` is damaged: {reason}").into(),
    }
}

/// A file that is gone as damage: the engine would treat it as an empty folder.
fn gone(path: &Path, error: object_store::Error) -> object_store::Error {
    match error {
        object_store::Error::NotFound { .. } => damaged(path, "it is missing"),
        error => error,
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checked({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for Checked {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let expected = self.expected(location).await?;
        let length = expected.bytes;
        let wanted = match &options.range {
            None => 0..length,
            Some(GetRange::Bounded(range)) => range.start..range.end.min(length),
            Some(GetRange::Offset(begin)) => *begin..length,
            Some(GetRange::Suffix(bytes)) => length.saturating_sub(*bytes)..length,
        };
        let widened = expected.widened(&wanted);
        let head = options.head;
        let found = self.inner.get_opts(
            location,
            GetOptions {
                range: (!head && widened != (0..length))
                    .then(|| GetRange::Bounded(widened.clone())),
                ..options
            },
        );
        let found = found.await.map_err(|error| gone(location, error))?;
        if found.meta.size != length {
            let reason = format!("it holds {} bytes instead of {length}", found.meta.size);
            return Err(damaged(location, reason));
        }
        if head {
            return Ok(found);
        }
        let (meta, attributes) = (found.meta.clone(), found.attributes.clone());
        let bytes = found.bytes().await?;
        expected.compare(location, widened.start, &bytes)?;
        let bytes = cut(location, &bytes, &widened, &wanted)?;
        Ok(GetResult {
            payload: GetResultPayload::Stream(stream::once(async { Ok(bytes) }).boxed()),
            meta,
            range: wanted,
            attributes,
        })
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let expected = self.expected(location).await?;
        let mut blocks: Vec<Range<u64>> = ranges.iter().map(|r| expected.widened(r)).collect();
        blocks.sort_unstable_by_key(|range| range.start);
        blocks.dedup_by(|next, before| {
            let joined = next.start <= before.end;
            if joined {
                before.end = before.end.max(next.end);
            }
            joined
        });
        let read = self.inner.get_ranges(location, &blocks).await;
        let read = read.map_err(|error| gone(location, error))?;
        for (range, bytes) in blocks.iter().zip(&read) {
            expected.compare(location, range.start, bytes)?;
        }
        let cut_out = |wanted: &Range<u64>| {
            let holding =
                |block: &Range<u64>| block.start <= wanted.start && wanted.end <= block.end;
            match blocks.iter().position(holding) {
                Some(at) => cut(location, &read[at], &blocks[at], wanted),
                None => Err(damaged(location, "it is truncated")),
            }
        };
        ranges.iter().map(cut_out).collect()
    }

    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.inner.rename_opts(from, to, options).await
    }
}

/// The requested range of the bytes that were read.
fn cut(path: &Path, bytes: &Bytes, read: &Range<u64>, wanted: &Range<u64>) -> Result<Bytes> {
    let place = |at: u64| {
        let at = at.checked_sub(read.start)?;
        usize::try_from(at).ok().filter(|at| *at <= bytes.len())
    };
    match (place(wanted.start), place(wanted.end)) {
        (Some(begin), Some(end)) if begin <= end => Ok(bytes.slice(begin..end)),
        _ => Err(damaged(path, "it is truncated")),
    }
}

#[cfg(test)]
mod tests;
