//! A store at its URL: what an engine or a log library reads `file:///srv/jobtide/warehouse/…` or
//! `s3://bucket/jobs/warehouse/…` through.
//!
//! They address a store by scheme and authority, and an object in it by the whole path of its URL.
//! The warehouse's own store is rooted at `storage.url`, so the root is removed from paths on the way
//! in and added on the way out. A path elsewhere is an error: nothing outside the store is reached.
//!
//! A path is the URL's path percent-decoded, as `object_store` has it. The Delta kernel keeps the
//! encoding, or encodes once more, in some places (0.28), which is the same unless the root has
//! blanks, `%` or letters outside ASCII. So all three spellings of the root are accepted; listings
//! report the encoded one, from which the kernel makes correct URLs.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use landing::StoreUrl;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
};

/// A rooted store, addressed by the paths of its URLs.
#[derive(Debug, Clone)]
pub(crate) struct Located {
    inner: Arc<dyn ObjectStore>,
    /// Spellings of the root; the encoded one is first.
    roots: [Path; 3],
}

impl Located {
    /// `inner` is rooted at `url`.
    pub fn new(inner: Arc<dyn ObjectStore>, url: &StoreUrl) -> Self {
        let path = url.as_url().path();
        // Unlike `parse`, `from` encodes what it is given.
        let encoded = Path::parse(path).unwrap_or_else(|_| url.root().clone());
        let roots = [encoded, url.root().clone(), Path::from(path)];
        Self { inner, roots }
    }

    /// The path below the root.
    fn below(&self, path: &Path) -> Result<Path> {
        let below = self.roots.iter().find_map(|root| path.prefix_match(root));
        below
            .map(Path::from_iter)
            .ok_or_else(|| object_store::Error::Generic {
                store: STORE,
                source: format!(
                    "`{path}` is not below the root of the store, `{}`",
                    self.roots[1]
                )
                .into(),
            })
    }

    fn above(&self, path: &Path) -> Path {
        above(&self.roots[0], path)
    }

    fn listed(
        &self,
        prefix: Option<&Path>,
        list: impl FnOnce(Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>>,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        let below = match prefix.map(|prefix| self.below(prefix)).transpose() {
            Ok(below) => below,
            Err(error) => return futures::stream::once(async { Err(error) }).boxed(),
        };
        let root = self.roots[0].clone();
        list(below.as_ref())
            .map_ok(move |mut object| {
                object.location = above(&root, &object.location);
                object
            })
            .boxed()
    }
}

const STORE: &str = "located";

fn above(root: &Path, path: &Path) -> Path {
    root.parts().chain(path.parts()).collect()
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Located({}, {})", self.inner, self.roots[1])
    }
}

#[async_trait]
impl ObjectStore for Located {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let below = self.below(location)?;
        self.inner.put_opts(&below, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let below = self.below(location)?;
        self.inner.put_multipart_opts(&below, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let below = self.below(location)?;
        let mut found = self.inner.get_opts(&below, options).await?;
        found.meta.location = location.clone();
        Ok(found)
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let below = self.below(location)?;
        self.inner.get_ranges(&below, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let (inward, outward) = (self.clone(), self.clone());
        let below = locations.map(move |path| inward.below(&path?)).boxed();
        let deleted = self.inner.delete_stream(below);
        deleted.map_ok(move |path| outward.above(&path)).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.listed(prefix, |prefix| self.inner.list(prefix))
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.below(offset) {
            Ok(offset) => self.listed(prefix, |prefix| {
                self.inner.list_with_offset(prefix, &offset)
            }),
            Err(error) => futures::stream::once(async { Err(error) }).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let below = prefix.map(|prefix| self.below(prefix)).transpose()?;
        let mut found = self.inner.list_with_delimiter(below.as_ref()).await?;
        for folder in &mut found.common_prefixes {
            *folder = self.above(folder);
        }
        for object in &mut found.objects {
            object.location = self.above(&object.location);
        }
        Ok(found)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let (from, to) = (self.below(from)?, self.below(to)?);
        self.inner.copy_opts(&from, &to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        let (from, to) = (self.below(from)?, self.below(to)?);
        self.inner.rename_opts(&from, &to, options).await
    }
}

#[cfg(test)]
mod tests {
    use object_store::ObjectStoreExt as _;

    use super::*;

    fn located(url: &str) -> (Arc<dyn ObjectStore>, Located) {
        let store = landing::open_store("memory:///").expect("a store");
        let url = StoreUrl::parse(url).expect("a URL");
        (store.clone(), Located::new(store, &url))
    }

    #[tokio::test]
    async fn objects_are_addressed_by_the_path_of_their_url() {
        for (url, spellings) in [
            ("memory:///", &["warehouse/x"][..]),
            ("s3://bucket/a/b", &["a/b/warehouse/x"]),
            (
                "file:///srv/구인 50%25",
                &[
                    "srv/구인 50%/warehouse/x",
                    "srv/%EA%B5%AC%EC%9D%B8%2050%25/warehouse/x",
                    "srv/%25EA%25B5%25AC%25EC%259D%25B8%252050%2525/warehouse/x",
                ],
            ),
        ] {
            let (store, located) = located(url);
            store
                .put(&"warehouse/x".into(), "text".into())
                .await
                .expect("a write");
            for path in spellings {
                let path = Path::parse(path).expect("a path");
                let meta = located.head(&path).await.expect("an object");
                assert_eq!(meta.location, path);
                let found = located.get(&path).await.expect("an object");
                assert_eq!(found.bytes().await.expect("text"), "text");
            }
            let at = StoreUrl::parse(url).expect("a URL").of("warehouse/x");
            let listed: Vec<_> = located.list(None).try_collect().await.expect("a listing");
            let paths: Vec<_> = listed
                .iter()
                .map(|object| object.location.as_ref())
                .collect();
            assert_eq!(paths, [at.path().trim_start_matches('/')]);
            located.delete(&listed[0].location).await.expect("deleted");
            assert!(store.head(&"warehouse/x".into()).await.is_err());
        }
    }

    #[tokio::test]
    async fn nothing_outside_the_store_is_reached() {
        let (store, located) = located("file:///srv/jobs");
        store
            .put(&"etc/passwd".into(), "text".into())
            .await
            .expect("a write");
        for path in ["etc/passwd", "srv/jobs2/etc/passwd", "srv"] {
            let path = Path::from(path);
            let error = located.get(&path).await.expect_err("it is elsewhere");
            assert!(error.to_string().contains("is not below"), "{error}");
            assert!(located.put(&path, "x".into()).await.is_err());
            let listed: Result<Vec<_>> = located.list(Some(&path)).try_collect().await;
            assert!(listed.is_err());
        }
    }
}
