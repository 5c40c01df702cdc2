//! Opening the storage root: a folder, a bucket, or memory for tests.
//!
//! Credentials come from the environment (`AWS_…`, `GOOGLE_…`, `AZURE_…`) and from the metadata services of
//! cloud machines; they are never part of the URL, and no error of this module shows them.

use std::path::PathBuf;
use std::sync::Arc;

use kernel::without_credentials;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use object_store::path::Path;
use url::Url;

use crate::local::Local;
use crate::rooted::Rooted;
use crate::{Error, Result};

/// Prefixes of the environment variables that are offered to the cloud stores.
const ENVIRONMENT: [&str; 3] = ["AWS_", "GOOGLE_", "AZURE_"];

/// Opens the store that is rooted at `url`: `file:///…` or a plain path (created if missing),
/// `gs://…`, `s3://…`, `az://…`, or `memory:///` for tests. Nothing is sent to a bucket yet.
///
/// # Errors
/// [`Error::StorageUrl`] when the URL is of another kind, or the folder cannot be created.
pub fn open_store(url: &str) -> Result<Arc<dyn ObjectStore>> {
    open_store_with(
        url,
        std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?))),
    )
}

/// As [`open_store`], with the environment given.
pub fn open_store_with(
    url: &str,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Arc<dyn ObjectStore>> {
    let refuse = |reason: String| Error::StorageUrl {
        url: without_credentials(url),
        reason,
    };
    if url.trim().is_empty() {
        return Err(refuse("it is empty".to_owned()));
    }
    let Some((scheme, _)) = url.split_once("://") else {
        return open_folder(std::path::Path::new(url)).map_err(refuse);
    };
    let parsed = Url::parse(url).map_err(|error| refuse(error.to_string()))?;
    match scheme {
        "file" => {
            let folder = parsed
                .to_file_path()
                .map_err(|()| refuse("it is not an absolute path".to_owned()))?;
            open_folder(&folder).map_err(refuse)
        }
        "memory" => Ok(rooted(InMemory::new(), parsed.path().into())),
        "gs" | "s3" | "s3a" | "az" | "azure" | "abfs" | "abfss" => {
            let options = environment
                .into_iter()
                .filter(|(key, _)| ENVIRONMENT.iter().any(|prefix| key.starts_with(prefix)))
                .map(|(key, value)| (key.to_ascii_lowercase(), value));
            let (store, path) = object_store::parse_url_opts(&parsed, options)
                .map_err(|error| refuse(error.to_string()))?;
            Ok(rooted(store, path))
        }
        other => Err(refuse(format!("`{other}://` is not supported"))),
    }
}

fn rooted(store: impl ObjectStore, prefix: Path) -> Arc<dyn ObjectStore> {
    match prefix.as_ref() {
        "" => Arc::new(store),
        _ => Arc::new(Rooted::new(store, prefix)),
    }
}

fn open_folder(folder: &std::path::Path) -> Result<Arc<dyn ObjectStore>, String> {
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    let store = Local::new(folder).map_err(|error| error.to_string())?;
    Ok(Arc::new(store))
}

/// The folder of a local store, parsed from its display name. `None` for other stores.
pub(crate) fn folder(store: &dyn ObjectStore) -> Option<PathBuf> {
    let name = store.to_string();
    let root = name.strip_prefix("LocalFileSystem(")?.strip_suffix(')')?;
    Url::parse(root).ok()?.to_file_path().ok()
}

/// A store as messages name it: a folder by its path.
pub(crate) fn shown(store: &dyn ObjectStore) -> String {
    folder(store).map_or_else(|| store.to_string(), |folder| folder.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(url: &str, environment: &[(&str, &str)]) -> Result<String> {
        let environment = environment
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        open_store_with(url, environment).map(|store| store.to_string())
    }

    #[test]
    fn folders_are_created_and_buckets_are_rooted() {
        let root = tempfile::tempdir().expect("a folder");
        let plain = root.path().join("a/b");
        open(plain.to_str().expect("text"), &[]).expect("a plain path");
        assert!(plain.is_dir());
        let spaced = root.path().join("with space");
        let url = Url::from_file_path(&spaced).expect("a URL").to_string();
        open(&url, &[]).expect("a file URL");
        assert!(spaced.is_dir());

        let aws = [("AWS_REGION", "eu-north-1"), ("REGION", "nowhere")];
        open("s3://bucket/jobs", &aws).expect("s3");
        let azure = [("AZURE_STORAGE_ACCOUNT_NAME", "account")];
        open("az://container/jobs", &azure).expect("az");
        open("gs://bucket", &[]).expect("gs");
    }

    #[test]
    fn what_cannot_be_opened_is_named_without_its_password() {
        for url in ["", "ftp://host/x", "file://host/x", "s3://"] {
            let error = open(url, &[]).expect_err(url);
            assert!(error.to_string().contains("hint: "), "{error}");
        }
        let error = open("ftp://me:hunter2@host/x", &[]).expect_err("ftp");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn a_local_store_names_its_folder_and_others_do_not() {
        let root = tempfile::tempdir().expect("a folder");
        let place = root.path().join("with space");
        let store = open_store(place.to_str().expect("text")).expect("a store");
        let found = folder(store.as_ref()).expect("a folder");
        assert_eq!(found, place.canonicalize().expect("it is there"));
        assert_eq!(shown(store.as_ref()), found.display().to_string());
        let memory = open_store("memory:///").expect("a store");
        assert_eq!(folder(memory.as_ref()), None);
        assert_eq!(shown(memory.as_ref()), memory.to_string());
    }

    #[tokio::test]
    async fn below_a_prefix_an_object_has_the_requested_location() {
        use futures::TryStreamExt;
        use object_store::ObjectStoreExt;
        let store = open_store("memory:///jobs/one").expect("a store");
        let path = Path::from("landing/x");
        store.put(&path, "y".into()).await.expect("a write");
        assert_eq!(store.head(&path).await.expect("there").location, path);
        assert_eq!(store.get(&path).await.expect("there").meta.location, path);
        let listed: Vec<_> = store.list(None).try_collect().await.expect("a listing");
        assert_eq!(listed[0].location, path);
    }

    #[tokio::test]
    async fn a_folder_store_is_rooted_at_its_url() {
        use object_store::ObjectStoreExt;
        let root = tempfile::tempdir().expect("a folder");
        let store = open_store(root.path().to_str().expect("text")).expect("a store");
        store
            .put(&"landing/x".into(), "y".into())
            .await
            .expect("a write");
        assert!(root.path().join("landing/x").is_file());
    }
}
