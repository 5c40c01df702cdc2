//! A store that is written in memory above one that is only read: for trying out what would write.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyMode, CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt as _, PutMode, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, Result,
};

/// A view of `below` that takes writes and deletions in memory. Listings are sorted by path.
pub fn overlay(below: Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore> {
    Arc::new(Overlay(Arc::new(Layers {
        below,
        above: InMemory::new(),
        removed: Mutex::default(),
    })))
}

#[derive(Debug)]
struct Overlay(Arc<Layers>);

#[derive(Debug)]
struct Layers {
    below: Arc<dyn ObjectStore>,
    above: InMemory,
    /// What was deleted, of the objects below.
    removed: Mutex<BTreeSet<Path>>,
}

impl Layers {
    fn removed(&self) -> MutexGuard<'_, BTreeSet<Path>> {
        // A panic cannot leave a set of paths in an inconsistent state.
        self.removed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_removed(&self, location: &Path) -> bool {
        self.removed().contains(location)
    }

    async fn exists(&self, location: &Path) -> Result<bool> {
        let above = self.above.head(location).await;
        let found = match above {
            Err(Error::NotFound { .. }) if !self.is_removed(location) => {
                self.below.head(location).await
            }
            above => above,
        };
        match found {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn delete(&self, location: Path) -> Result<Path> {
        if !self.exists(&location).await? {
            return Err(not_found(&location));
        }
        self.removed().insert(location.clone());
        match self.above.delete(&location).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(location),
            Err(error) => Err(error),
        }
    }

    async fn list(
        &self,
        prefix: Option<Path>,
        offset: Option<Path>,
    ) -> Result<BTreeMap<Path, ObjectMeta>> {
        let list = |store: &dyn ObjectStore| match &offset {
            Some(offset) => store.list_with_offset(prefix.as_ref(), offset),
            None => store.list(prefix.as_ref()),
        };
        let below: Vec<ObjectMeta> = list(&self.below).try_collect().await?;
        let above: Vec<ObjectMeta> = list(&self.above).try_collect().await?;
        let removed = self.removed();
        let left = below
            .into_iter()
            .filter(|meta| !removed.contains(&meta.location));
        let all = left.chain(above);
        Ok(all.map(|meta| (meta.location.clone(), meta)).collect())
    }
}

impl fmt::Display for Overlay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "memory above {}", self.0.below)
    }
}

#[async_trait]
impl ObjectStore for Overlay {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        match options.mode {
            // Both stores' versions would have to be distinguished; nothing here updates by version.
            PutMode::Update(_) => {
                return Err(Error::NotImplemented {
                    operation: "put_opts with PutMode::Update".to_owned(),
                    implementer: self.to_string(),
                });
            }
            PutMode::Create if self.0.exists(location).await? => {
                return Err(already_exists(location));
            }
            PutMode::Create | PutMode::Overwrite => {}
        }
        self.0.above.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.0.above.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        match self.0.above.get_opts(location, options.clone()).await {
            Err(Error::NotFound { .. }) if !self.0.is_removed(location) => {
                self.0.below.get_opts(location, options).await
            }
            got => got,
        }
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let layers = Arc::clone(&self.0);
        let deleted = locations.and_then(move |location| {
            let layers = Arc::clone(&layers);
            async move { layers.delete(location).await }
        });
        deleted.boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        listed(Arc::clone(&self.0), prefix.cloned(), None)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        listed(Arc::clone(&self.0), prefix.cloned(), Some(offset.clone()))
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let all = self.0.list(prefix.cloned(), None).await?;
        let root = Path::default();
        let prefix = prefix.unwrap_or(&root);
        let (mut objects, mut folders) = (Vec::new(), BTreeSet::new());
        for (location, meta) in all {
            let Some(mut parts) = location.prefix_match(prefix) else {
                continue;
            };
            let Some(first) = parts.next() else {
                continue;
            };
            match parts.next() {
                Some(_) => {
                    folders.insert(prefix.clone().join(first));
                }
                None => objects.push(meta),
            }
        }
        Ok(ListResult {
            common_prefixes: folders.into_iter().collect(),
            objects,
        })
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let bytes = self.get_opts(from, GetOptions::default()).await?;
        let bytes = bytes.bytes().await?;
        let mode = match options.mode {
            CopyMode::Overwrite => PutMode::Overwrite,
            CopyMode::Create => PutMode::Create,
        };
        self.put_opts(to, bytes.into(), mode.into()).await?;
        Ok(())
    }
}

fn listed(
    layers: Arc<Layers>,
    prefix: Option<Path>,
    offset: Option<Path>,
) -> BoxStream<'static, Result<ObjectMeta>> {
    let all = async move { layers.list(prefix, offset).await };
    let all = stream::once(all).map_ok(|all| stream::iter(all.into_values().map(Ok)));
    all.try_flatten().boxed()
}

fn not_found(location: &Path) -> Error {
    Error::NotFound {
        path: location.to_string(),
        source: "it was deleted, or was never there".into(),
    }
}

fn already_exists(location: &Path) -> Error {
    Error::AlreadyExists {
        path: location.to_string(),
        source: "an object is there".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn paths(store: &dyn ObjectStore, prefix: Option<&Path>) -> Vec<String> {
        let listed: Vec<_> = store.list(prefix).try_collect().await.expect("a listing");
        listed
            .into_iter()
            .map(|meta| meta.location.to_string())
            .collect()
    }

    async fn text(store: &dyn ObjectStore, path: &str) -> Option<String> {
        let got = store.get(&Path::from(path)).await.ok()?;
        let bytes = got.bytes().await.expect("bytes");
        Some(String::from_utf8(bytes.to_vec()).expect("text"))
    }

    #[tokio::test]
    async fn what_is_written_and_deleted_is_seen_above_and_not_below() {
        let below: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        for path in ["a/1", "a/3", "b"] {
            below
                .put(&path.into(), "old".into())
                .await
                .expect("a write");
        }
        let before = paths(&below, None).await;
        let store = overlay(Arc::clone(&below));
        store
            .put(&"a/2".into(), "new".into())
            .await
            .expect("a write");
        store
            .put(&"a/3".into(), "new".into())
            .await
            .expect("a write");
        store.delete(&"a/1".into()).await.expect("it is there");
        assert!(store.delete(&"a/1".into()).await.is_err());
        assert!(store.delete(&"c".into()).await.is_err());
        assert_eq!(paths(&store, None).await, ["a/2", "a/3", "b"]);
        assert_eq!(paths(&store, Some(&"a".into())).await, ["a/2", "a/3"]);
        let after = store.list_with_offset(None, &"a/2".into());
        let after: Vec<_> = after.try_collect().await.expect("a listing");
        assert_eq!(after.len(), 2);
        let top = store.list_with_delimiter(None).await.expect("a listing");
        assert_eq!(top.common_prefixes, ["a".into()]);
        assert_eq!(top.objects.len(), 1);
        assert_eq!(text(&store, "a/1").await, None);
        assert_eq!(text(&store, "a/3").await.as_deref(), Some("new"));
        assert_eq!(text(&store, "b").await.as_deref(), Some("old"));
        // What was deleted can be written again.
        let create = |path: &str| {
            let path = Path::from(path);
            let store = Arc::clone(&store);
            async move {
                let put = store.put_opts(&path, "again".into(), PutMode::Create.into());
                put.await.is_ok()
            }
        };
        assert!(!create("b").await, "it is below");
        assert!(!create("a/2").await, "it is above");
        assert!(create("a/1").await);
        assert!(
            store
                .copy_if_not_exists(&"b".into(), &"a/1".into())
                .await
                .is_err()
        );
        store
            .rename(&"b".into(), &"d/e".into())
            .await
            .expect("a move");
        assert_eq!(paths(&store, None).await, ["a/1", "a/2", "a/3", "d/e"]);

        assert_eq!(paths(&below, None).await, before);
        assert_eq!(text(&below, "a/3").await.as_deref(), Some("old"));
    }

    #[tokio::test]
    async fn a_large_object_in_parts_is_above_too() {
        let store = overlay(Arc::new(InMemory::new()));
        let mut upload = store.put_multipart(&"x".into()).await.expect("an upload");
        upload.put_part("one ".into()).await.expect("a part");
        upload.put_part("two".into()).await.expect("a part");
        upload.complete().await.expect("complete");
        assert_eq!(text(&store, "x").await.as_deref(), Some("one two"));
        assert_eq!(store.to_string(), "memory above InMemory");
    }
}
