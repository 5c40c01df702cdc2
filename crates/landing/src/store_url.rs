//! The URL of a store, as engines, logs and messages name it.

use std::fmt;
use std::path::Path as Folder;

use kernel::without_credentials;
use object_store::path::Path;
use url::Url;

use crate::{Error, Result};

/// The URL of a store's root: absolute, ending with `/`, and without user, password, query and
/// fragment. It names the place; [`open_store`](crate::open_store) opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreUrl {
    url: Url,
    root: Path,
}

impl StoreUrl {
    /// The URL of the store that `url` opens: `file:///…` or a plain path, `gs://…`, `s3://…`,
    /// `az://…`, or `memory:///`. A folder's links are resolved if it exists.
    ///
    /// # Errors
    /// [`Error::StorageUrl`] when it is no absolute URL and no path.
    pub fn parse(url: &str) -> Result<Self> {
        let refuse = |reason: &str| Error::StorageUrl {
            url: without_credentials(url),
            reason: reason.to_owned(),
        };
        if url.trim().is_empty() {
            return Err(refuse("it is empty"));
        }
        if !url.contains("://") {
            return of_folder(Folder::new(url)).ok_or_else(|| refuse("it is no path"));
        }
        let mut parsed = Url::parse(url).map_err(|error| refuse(&error.to_string()))?;
        if parsed.scheme() == "file" {
            let folder = parsed.to_file_path().ok();
            let found = folder.and_then(|folder| of_folder(&folder));
            return found.ok_or_else(|| refuse("it is not an absolute path"));
        }
        // abfss://container@account: this one is no user.
        let is_container = parsed.scheme().starts_with("abfs") && parsed.password().is_none();
        if !is_container {
            // Fails only for URLs without a host, which have no user either.
            let _ = parsed.set_username("");
            let _ = parsed.set_password(None);
        }
        let root =
            Path::from_url_path(parsed.path()).map_err(|error| refuse(&error.to_string()))?;
        at(parsed, root).ok_or_else(|| refuse("it has no path"))
    }

    /// The URL.
    pub fn as_url(&self) -> &Url {
        &self.url
    }

    /// The path of the store's root in its file system or bucket; empty for a whole bucket.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The URL of an object, or with a trailing `/` of a folder, by its path below the root.
    pub fn of(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/'));
        }
        url
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

/// `None` where the current folder is unknown.
fn of_folder(folder: &Folder) -> Option<StoreUrl> {
    let folder = match folder.canonicalize() {
        Ok(folder) => folder,
        Err(_) => std::path::absolute(folder).ok()?,
    };
    let names = folder.components().filter_map(|part| match part {
        std::path::Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    // Engines accept no control characters in a path, and no bytes that are not text. The URL of such
    // a folder shows replacement characters instead: it is a name, nothing is opened by it.
    let names = names.map(|name| name.chars().map(kernel::printable).collect::<String>());
    let names: Vec<String> = names.collect();
    let root = Path::parse(names.join("/")).ok()?;
    at(Url::parse("file:///").ok()?, root)
}

/// A URL with another path, each part of which is percent-encoded.
fn at(mut url: Url, root: Path) -> Option<StoreUrl> {
    url.set_query(None);
    url.set_fragment(None);
    {
        let mut segments = url.path_segments_mut().ok()?;
        segments.clear();
        segments.extend(root.parts().map(|part| part.as_ref().to_owned()));
        segments.push("");
    }
    Some(StoreUrl { url, root })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> String {
        StoreUrl::parse(url).expect(url).to_string()
    }

    #[test]
    fn the_url_of_a_bucket_is_that_of_its_prefix_without_secrets() {
        for (url, root) in [
            ("s3://bucket", "s3://bucket/"),
            ("s3://bucket/", "s3://bucket/"),
            ("s3://bucket/a/b", "s3://bucket/a/b/"),
            (
                "gs://bucket/구인 공고",
                "gs://bucket/%EA%B5%AC%EC%9D%B8%20%EA%B3%B5%EA%B3%A0/",
            ),
            ("s3://bucket/50% off", "s3://bucket/50%25%20off/"),
            ("s3://bucket/a%20b/c", "s3://bucket/a%20b/c/"),
            ("s3://KEY@bucket/x", "s3://bucket/x/"),
            ("s3://KEY:secret@bucket/x", "s3://bucket/x/"),
            ("az://container/x?sig=secret#part", "az://container/x/"),
            (
                "abfss://box@account.example/x",
                "abfss://box@account.example/x/",
            ),
            (
                "abfss://u:p@account.example/x",
                "abfss://account.example/x/",
            ),
            ("memory:///", "memory:///"),
            ("memory:///team/jobs", "memory:///team/jobs/"),
        ] {
            assert_eq!(shown(url), root);
        }
        let bucket = StoreUrl::parse("s3://bucket/50% off").expect("a URL");
        assert_eq!(bucket.root().as_ref(), "50% off");
        for url in ["", "  ", "s3://bucket//x", "s3://u:se/cret@bucket/x"] {
            let error = StoreUrl::parse(url).expect_err(url).to_string();
            assert!(
                error.contains("hint: ") && !error.contains("cret@"),
                "{error}"
            );
        }
    }

    #[test]
    fn the_url_of_a_folder_is_absolute_and_encoded() {
        let root = tempfile::tempdir().expect("a folder");
        let root = root.path().canonicalize().expect("it is there");
        for name in ["plain", "한글 폴더", "50% off", "a%20b", "a#b?c", "a%2Fb"] {
            let folder = root.join(name);
            std::fs::create_dir(&folder).expect("a folder");
            let store = StoreUrl::parse(folder.to_str().expect("text")).expect("a URL");
            let url = store.as_url();
            assert!(url.path().ends_with('/'), "{url}");
            assert_eq!(url.to_file_path().expect("a folder"), folder);
            assert_eq!(shown(url.as_str()), url.as_str());
            assert_eq!(store.root().parts_count(), folder.components().count() - 1);
        }
        let here = std::env::current_dir().expect("a folder");
        let missing = StoreUrl::parse("./not-there").expect("a URL");
        let missing = missing.as_url().to_file_path().expect("a folder");
        assert_eq!(missing, here.join("not-there"));
        let odd = shown(root.join("a\nb").to_str().expect("text"));
        assert!(odd.ends_with("/a%EF%BF%BDb/"), "{odd}");
        assert_eq!(shown("/"), "file:///");
    }

    #[test]
    fn objects_are_below_the_root() {
        let store = StoreUrl::parse("s3://bucket/a b").expect("a URL");
        let object = store.of("warehouse/x y/part%.parquet");
        assert_eq!(
            object.as_str(),
            "s3://bucket/a%20b/warehouse/x%20y/part%25.parquet"
        );
        assert_eq!(
            store.of("warehouse/").as_str(),
            "s3://bucket/a%20b/warehouse/"
        );
        let whole = StoreUrl::parse("memory:///").expect("a URL");
        assert_eq!(whole.of("warehouse/x").as_str(), "memory:///warehouse/x");
    }
}
