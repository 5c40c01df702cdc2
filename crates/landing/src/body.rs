//! Bodies: their file names, their compression, and their check against the sha-256 of what was
//! received.

use std::cell::RefCell;
use std::io::{self, Read};
use std::str::FromStr;
use std::sync::mpsc;
use std::{fmt, thread};

use bytes::Bytes;
use kernel::hex;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use sha2::{Digest, Sha256};

use crate::{BodyEntry, Error, Landing, Result, WindowRef};

/// zstd's own default: about a tenth of the size of JSON at several hundred MB/s.
pub(crate) const LEVEL: i32 = 3;

/// Larger bodies are compressed and hashed off the async threads.
const INLINE_BYTES: u64 = 256 * 1024;

/// A body of this size is hashed while it is decompressed. No landed body is longer; a manifest
/// that claims more is not trusted before the bytes are seen.
const LONG_BYTES: std::ops::RangeInclusive<u64> = 8 << 20..=512 << 20;

/// Bytes decompressed before they are hashed.
const PART_BYTES: usize = 1 << 20;

/// What a body holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// One JSON document: `00001.json.zst`.
    Json,
    /// One JSON document per line: `00001.jsonl.zst`.
    JsonLines,
    /// One XML document, in the charset it came in: `00001.xml.zst`.
    Xml,
    /// Lines of fields below a header, in the charset they came in: `00001.csv.zst`.
    Csv,
}

impl Format {
    const ALL: [Self; 4] = [Self::Json, Self::JsonLines, Self::Xml, Self::Csv];

    /// How the name of a body in this format ends.
    fn ending(self) -> &'static str {
        match self {
            Self::Json => ".json.zst",
            Self::JsonLines => ".jsonl.zst",
            Self::Xml => ".xml.zst",
            Self::Csv => ".csv.zst",
        }
    }
}

/// The name of a body's file: a number from 1, and how often a take-down has rewritten it
/// (`00001.json.zst`, then `00001-r1.json.zst`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BodyFile {
    /// Which body of the window, from 1.
    pub number: u32,
    /// 0 as received; incremented by each rewrite.
    pub revision: u32,
    /// What the body holds.
    pub format: Format,
}

impl fmt::Display for BodyFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:05}", self.number)?;
        if self.revision > 0 {
            write!(out, "-r{}", self.revision)?;
        }
        out.write_str(self.format.ending())
    }
}

impl FromStr for BodyFile {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let mut formats = Format::ALL.into_iter();
        let stem = formats.find_map(|format| Some((name.strip_suffix(format.ending())?, format)));
        let (stem, format) = stem.ok_or(())?;
        let (number, revision) = stem.split_once("-r").unwrap_or((stem, "0"));
        let file = Self {
            number: number.parse().map_err(|_| ())?,
            revision: revision.parse().map_err(|_| ())?,
            format,
        };
        // One name per file: `1.json.zst` or `00001-r0.json.zst` are foreign files.
        if file.number > 0 && file.to_string() == name {
            Ok(file)
        } else {
            Err(())
        }
    }
}

impl Landing {
    /// Reads a body of a window, decompressed and checked.
    ///
    /// # Errors
    /// [`Error::Damaged`], naming the file, when it cannot be decompressed or when its bytes are not
    /// those of the manifest; [`Error::Store`] when it cannot be fetched.
    pub async fn body(&self, window: &WindowRef, entry: &BodyEntry) -> Result<Bytes> {
        let path = window.path().join(entry.file.as_str());
        let stored = match self.store.get(&path).await {
            Ok(found) => found.bytes().await,
            Err(error) => Err(error),
        }
        .map_err(|error| Error::store(&path, error))?;
        let (bytes, sha256) = (entry.bytes, entry.sha256.clone());
        offload(&path, bytes, {
            let path = path.clone();
            move || unpack(&path, &stored, bytes, &sha256)
        })
        .await?
    }
}

/// A body as it is stored, with the data for its manifest entry.
pub(crate) struct Packed {
    pub stored: Bytes,
    pub sha256: String,
    pub bytes: u64,
}

/// Compresses a body.
pub(crate) async fn pack(path: &Path, body: Bytes) -> Result<Packed> {
    let bytes = body.len() as u64;
    let named = path.clone();
    offload(path, bytes, move || {
        let stored = zstd::encode_all(body.as_ref(), LEVEL)
            .map_err(|error| damaged(&named, error.to_string()))?;
        Ok(Packed {
            stored: stored.into(),
            sha256: hex(&Sha256::digest(&body)),
            bytes,
        })
    })
    .await?
}

thread_local! {
    /// Its tables are larger than most bodies, so each thread allocates them once.
    static DECOMPRESSOR: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

fn unpack(path: &Path, stored: &[u8], bytes: u64, sha256: &str) -> Result<Bytes> {
    // One byte more than expected reveals a body that is too long, without decompressing all of it.
    let room = usize::try_from(bytes.saturating_add(1)).unwrap_or(usize::MAX);
    let unpacked = match LONG_BYTES.contains(&bytes) {
        true => beside_hashing(stored, room),
        false => at_once(stored, room),
    };
    let (body, found) = unpacked.map_err(|error| damaged(path, error.to_string()))?;
    if body.len() as u64 != bytes {
        let reason = format!("its manifest promises {bytes} bytes, which it does not hold");
        return Err(damaged(path, reason));
    }
    if found != sha256 {
        let reason = format!("its sha-256 is {found}, its manifest says {sha256}");
        return Err(damaged(path, reason));
    }
    Ok(body.into())
}

/// A body of at most `room` bytes, and its sha-256.
fn at_once(stored: &[u8], room: usize) -> io::Result<(Vec<u8>, String)> {
    let body = DECOMPRESSOR.with_borrow_mut(|decompressor| {
        let decompressor = match decompressor {
            Some(ready) => ready,
            None => decompressor.insert(zstd::bulk::Decompressor::new()?),
        };
        decompressor.decompress(stored, room)
    })?;
    let sha256 = hex(&Sha256::digest(&body));
    Ok((body, sha256))
}

/// As [`at_once`]; another thread, if one is available, hashes each part while the next is
/// decompressed.
fn beside_hashing(stored: &[u8], room: usize) -> io::Result<(Vec<u8>, String)> {
    let mut unpacking = zstd::Decoder::with_buffer(stored)?;
    let mut body = vec![0; room];
    let mut filled = 0;
    let sha256 = thread::scope(|scope| {
        let (parts, unpacked) = mpsc::channel::<&[u8]>();
        let hashing = thread::Builder::new().spawn_scoped(scope, move || {
            let mut hash = Sha256::new();
            unpacked.iter().for_each(|part| hash.update(part));
            hex(&hash.finalize())
        });
        let Ok(hashing) = hashing else {
            return Ok(None);
        };
        for part in body.chunks_mut(PART_BYTES) {
            let read = fill(&mut unpacking, part)?;
            filled += read;
            if read == 0 || parts.send(&part[..read]).is_err() {
                break;
            }
        }
        drop(parts);
        let hashed = hashing.join();
        let hashed = hashed.map_err(|_| io::Error::other("hashing it failed"))?;
        Ok::<_, io::Error>(Some(hashed))
    })?;
    let Some(sha256) = sha256 else {
        return at_once(stored, room);
    };
    body.truncate(filled);
    Ok((body, sha256))
}

/// Reads until the part is full or the input ends; returns the number of bytes read.
fn fill(from: &mut impl Read, part: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < part.len() {
        match from.read(&mut part[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

async fn offload<T: Send + 'static>(
    path: &Path,
    bytes: u64,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    if bytes <= INLINE_BYTES {
        return Ok(work());
    }
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Error::Interrupted {
            path: path.to_string(),
        })
}

fn damaged(path: &Path, reason: String) -> Error {
    Error::Damaged {
        path: path.to_string(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn file_names_are_strict() {
        for bad in [
            "manifest.json",
            "1.json.zst",
            "00000.json.zst",
            "00001-r0.json.zst",
            "00001-r01.json.zst",
            "00001.json",
            "00001.json.gz",
            "+0001.json.zst",
        ] {
            assert_eq!(bad.parse::<BodyFile>(), Err(()), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn file_names_round_trip(number in 1u32.., revision: u32, lines: bool) {
            let format = if lines { Format::JsonLines } else { Format::Json };
            let file = BodyFile { number, revision, format };
            prop_assert_eq!(file.to_string().parse(), Ok(file));
        }

        #[test]
        fn any_flipped_bit_is_noticed(body in proptest::collection::vec(any::<u8>(), 1..200), at: proptest::sample::Index, bit in 0u8..8) {
            let path = Path::from("x");
            let mut stored = zstd::encode_all(body.as_slice(), LEVEL).expect("memory");
            let sha256 = hex(&Sha256::digest(&body));
            let bytes = body.len() as u64;
            let read = unpack(&path, &stored, bytes, &sha256).expect("as written");
            prop_assert_eq!(read.as_ref(), body.as_slice());
            let at = at.index(stored.len());
            stored[at] ^= 1 << bit;
            // A flipped bit that zstd ignores must yield identical bytes.
            if let Ok(read) = unpack(&path, &stored, bytes, &sha256) {
                prop_assert_eq!(read.as_ref(), body.as_slice());
            }
        }

        #[test]
        fn both_ways_of_unpacking_are_one(body in proptest::collection::vec(any::<u8>(), 0..3_000), times in 0..2_000usize, more in 0..3usize, cut: proptest::sample::Index) {
            let body = body.repeat(times);
            let stored = zstd::encode_all(body.as_slice(), LEVEL).expect("memory");
            let room = body.len() + more;
            let read = beside_hashing(&stored, room).expect("as written");
            prop_assert_eq!(&read.0, &body);
            prop_assert_eq!(read, at_once(&stored, room).expect("as written"));
            let cut = &stored[..cut.index(stored.len())];
            // Where there is no room, nothing is read, and of nothing at all there is nothing to read;
            // the length then differs from the manifest's.
            match beside_hashing(cut, room) {
                Ok((found, _)) => prop_assert!(found.is_empty() && (cut.is_empty() || room == 0)),
                Err(_) => prop_assert!(room > 0),
            }
            // A body that is too long never passes as one of the right length.
            let short = body.len().saturating_sub(1);
            let found = beside_hashing(&stored, short).map_or(0, |(found, _)| found.len());
            prop_assert!(found <= short);
        }
    }
}
