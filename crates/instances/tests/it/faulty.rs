//! A store in memory whose writes fail, or whose replies are lost.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// What happens to writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Writes {
    Work,
    /// They take effect, and the reply is lost; a client's own second attempt then finds the object.
    LoseReplies,
    Fail,
}

/// A store in memory.
#[derive(Debug, Default)]
pub struct Faulty {
    inner: InMemory,
    writes: AtomicU8,
    pub puts: AtomicU64,
}

impl Faulty {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    pub fn set(&self, writes: Writes) {
        self.writes.store(writes as u8, Ordering::SeqCst);
    }
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

fn lost() -> Error {
    Error::Generic {
        store: "Faulty",
        source: "connection reset".into(),
    }
}

#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.puts.fetch_add(1, Ordering::SeqCst);
        match self.writes.load(Ordering::SeqCst) {
            0 => self.inner.put_opts(location, payload, options).await,
            1 => {
                self.inner.put_opts(location, payload, options).await?;
                match self.puts.load(Ordering::SeqCst) % 2 {
                    0 => Err(lost()),
                    _ => Err(Error::AlreadyExists {
                        path: location.to_string(),
                        source: "412".into(),
                    }),
                }
            }
            _ => Err(lost()),
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
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
}
