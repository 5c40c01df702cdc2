//! A folder as a store, with durable writes and without following links.
//!
//! `object_store` never syncs what it writes, and its listing follows links. This decorator adds
//! both.
//!
//! - **A sealed write** ([`sealed`]) syncs everything that was written through the store before,
//!   only then renames its own file into place, and syncs again before it returns. Records
//!   (manifests, build records) are written this way: after a power cut, a record that can be read
//!   is complete, and so is everything it names. Concurrent sealed writes share their syncs.
//! - **Links are not part of the store.** They are not listed, and nothing is written or deleted
//!   through one: their targets are foreign.
//! - **Everything else** (reading, plain writes, renames) is `object_store`'s.

mod sync;
mod walk;

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions,
    Result,
};

use self::sync::Disks;

const STORE: &str = "LocalFileSystem";

/// Requests a sealed write; stores other than folders do not need it and ignore it.
#[derive(Clone, Copy, Debug)]
struct Sealed;

/// Options of a durable write: it takes effect only after everything written before it is durable,
/// and is durable itself when it returns. A file of this name is complete or absent.
pub fn sealed(mode: PutMode) -> PutOptions {
    let mut options = PutOptions::from(mode);
    options.extensions.insert(Sealed);
    options
}

/// A folder, as described above. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    files: Arc<LocalFileSystem>,
    root: Arc<PathBuf>,
    disks: Arc<Disks>,
}

impl Local {
    /// A store in an existing folder. If one of the store's own folders is a link, it is refused:
    /// the store would appear empty.
    pub fn new(folder: &std::path::Path) -> Result<Self> {
        let files = LocalFileSystem::new_with_prefix(folder)?.with_automatic_cleanup(true);
        let root = folder
            .canonicalize()
            .map_err(|error| failed(folder, error))?;
        for name in crate::layout::FOLDERS {
            no_link(&root, &root.join(name))?;
        }
        Ok(Self {
            files: Arc::new(files),
            disks: Arc::new(Disks::open(root.clone())),
            root: Arc::new(root),
        })
    }

    /// Records a write that a later sync must cover.
    fn wrote(&self, location: &Path) -> Result<()> {
        self.disks.wrote(self.files.path_to_filesystem(location)?);
        Ok(())
    }

    /// Refuses a location that is a link or is reached through one.
    async fn no_link(&self, location: &Path) -> Result<()> {
        let (root, path) = (self.root.clone(), self.files.path_to_filesystem(location)?);
        blocking(move || no_link(&root, &path)).await
    }

    async fn put_sealed(
        &self,
        location: &Path,
        payload: PutPayload,
        mode: PutMode,
    ) -> Result<PutResult> {
        let path = self.files.path_to_filesystem(location)?;
        let part = {
            let path = path.clone();
            blocking(move || write_part(&path, &payload)).await?
        };
        self.disks.wrote(part.clone());
        // The file is renamed into place after its content, and all earlier writes, are on the
        // disk.
        let put = match self.disks.sync().await {
            Ok(()) => {
                let (path, part) = (path.clone(), part.clone());
                blocking(move || name_part(&part, &path, &mode)).await
            }
            Err(error) => Err(failed(&path, error)),
        };
        if put.is_err() {
            // If this fails too, the leftover is removed later.
            tokio::fs::remove_file(&part).await.ok();
        }
        put?;
        self.disks.wrote(path.clone());
        let synced = self.disks.sync().await;
        synced.map_err(|error| failed(&path, error))?;
        Ok(PutResult {
            e_tag: None,
            version: None,
        })
    }
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Local {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.no_link(location).await?;
        match options.extensions.get::<Sealed>() {
            Some(Sealed) => self.put_sealed(location, payload, options.mode).await,
            None => {
                self.wrote(location)?;
                self.files.put_opts(location, payload, options).await
            }
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.no_link(location).await?;
        self.wrote(location)?;
        self.files.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.files.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.files.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let this = self.clone();
        let allowed = locations.then(move |location| {
            let this = this.clone();
            async move {
                let location = location?;
                this.no_link(&location).await?;
                Ok(location)
            }
        });
        self.files.delete_stream(allowed.boxed())
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        walk::below(self.root.clone(), prefix.cloned(), None)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        walk::below(self.root.clone(), prefix.cloned(), Some(offset.clone()))
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        walk::level(self.root.clone(), prefix.cloned()).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.no_link(to).await?;
        self.wrote(to)?;
        self.files.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.no_link(from).await?;
        self.no_link(to).await?;
        self.wrote(to)?;
        self.files.rename_opts(from, to, options).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|source| Error::JoinError { source })?
}

fn failed(path: &std::path::Path, source: std::io::Error) -> Error {
    let path = path.display().to_string();
    match source.kind() {
        ErrorKind::NotFound => Error::NotFound {
            path,
            source: source.into(),
        },
        ErrorKind::AlreadyExists => Error::AlreadyExists {
            path,
            source: source.into(),
        },
        ErrorKind::PermissionDenied => Error::PermissionDenied {
            path,
            source: source.into(),
        },
        _ => Error::Generic {
            store: STORE,
            // Its kind stays: that of a full disk has a hint of its own.
            source: std::io::Error::new(source.kind(), format!("`{path}`: {source}")).into(),
        },
    }
}

/// Fails if any component of a path below the root is a link. A missing component is not.
fn no_link(root: &std::path::Path, path: &std::path::Path) -> Result<()> {
    for part in path.ancestors().take_while(|part| *part != root) {
        match part.symlink_metadata() {
            Ok(about) if about.is_symlink() => {
                return Err(Error::PermissionDenied {
                    path: part.display().to_string(),
                    source: "it is a link, and nothing is written or deleted through one\nhint: put the folder itself in its place, or mount it there (`mount --bind`)".into(),
                });
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(failed(part, error)),
        }
    }
    Ok(())
}

/// Writes a temporary file next to its destination, named as `object_store` names such files.
fn write_part(path: &std::path::Path, payload: &PutPayload) -> Result<PathBuf> {
    let mut number = 0_u32;
    let (mut file, part) = loop {
        number += 1;
        let mut part = path.as_os_str().to_owned();
        part.push(format!("#{number}"));
        let part = PathBuf::from(part);
        match File::create_new(&part) {
            Ok(file) => break (file, part),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            // Created here, and again if another process removes the empty folder meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound && number < 1000 => {
                if let Some(folder) = path.parent() {
                    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
                }
            }
            Err(error) => return Err(failed(&part, error)),
        }
    };
    let written = payload.iter().try_for_each(|bytes| file.write_all(bytes));
    match written {
        Ok(()) => Ok(part),
        Err(error) => {
            std::fs::remove_file(&part).ok();
            Err(failed(path, error))
        }
    }
}

/// Renames a written file into place.
fn name_part(part: &std::path::Path, path: &std::path::Path, mode: &PutMode) -> Result<()> {
    match mode {
        PutMode::Overwrite => std::fs::rename(part, path),
        // A hard link fails if a file of this name exists; a rename would replace it.
        PutMode::Create => {
            std::fs::hard_link(part, path).inspect(|()| drop(std::fs::remove_file(part)))
        }
        PutMode::Update(_) => Err(std::io::Error::from(ErrorKind::Unsupported)),
    }
    .map_err(|error| failed(path, error))
}

#[cfg(test)]
mod tests;
