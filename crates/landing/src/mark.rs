//! The mark of a store: `jobtide-store.json` at its root, written before anything else.
//!
//! It says that the program may write into the folder or bucket. One that has content and no mark
//! is refused: it was not meant to become a store. A store of an earlier version has no mark yet;
//! it is recognised by a valid `landing/origin.json` or build record, or because all its files were
//! written by the program, and is marked on the next write.

use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutMode};
use serde::{Deserialize, Serialize};

use crate::layout::MARK;
use crate::store::shown;
use crate::{Error, Landing, PROGRAM, Result, layout, sealed};

/// The `format` of stores that this version writes.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Mark {
    format: u32,
    program: String,
}

/// The minimum content of a build record.
#[derive(Deserialize)]
struct AnyBuild {
    #[serde(rename = "generation")]
    _generation: u64,
}

impl Landing {
    /// Makes sure that the store may be written into, and marks it if it has no mark. Call it
    /// before the first write of a command; later calls cost nothing.
    ///
    /// # Errors
    /// [`Error::NotAStore`], naming a file in it, when it is not empty and not a store;
    /// [`Error::NewerStore`]; [`Error::Store`].
    pub async fn claim(&self) -> Result<()> {
        self.claimed.get_or_try_init(|| self.mark()).await.copied()
    }

    /// Whether this is a store; an empty folder or bucket, or one that holds only a state, is not
    /// yet one. Writes nothing.
    ///
    /// # Errors
    /// As [`Landing::claim`].
    pub async fn is_store(&self) -> Result<bool> {
        Ok(self.claimed.initialized() || self.look().await?.is_store)
    }

    async fn look(&self) -> Result<Look> {
        // A mark that a crash truncated counts as absent.
        let present = self.read::<Mark>(&Path::from(MARK)).await?;
        let mut look = Look {
            marked: present.sound.is_some(),
            mark_is_there: present.there,
            is_store: present.there,
        };
        if let Some(mark) = present.sound {
            if mark.format > FORMAT {
                return Err(Error::NewerStore {
                    store: shown(self.store.as_ref()),
                    format: mark.format,
                    program: mark.program,
                });
            }
            return Ok(look);
        }
        look.is_store = self.is_known().await? || self.holds_ours_alone().await? || present.there;
        Ok(look)
    }

    async fn mark(&self) -> Result<()> {
        let path = Path::from(MARK);
        let look = self.look().await?;
        if look.marked {
            return Ok(());
        }
        let mark = Mark {
            format: FORMAT,
            program: PROGRAM.to_owned(),
        };
        let mut text = serde_json::to_string_pretty(&mark).map_err(|error| Error::Manifest {
            path: MARK.to_owned(),
            reason: error.to_string(),
        })?;
        text.push('\n');
        let mode = match look.mark_is_there {
            true => PutMode::Overwrite,
            false => PutMode::Create,
        };
        match self.store.put_opts(&path, text.into(), sealed(mode)).await {
            Ok(_) => Ok(()),
            // Another process was first.
            Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
            Err(error) => Err(Error::store(&path, error)),
        }
    }

    /// Whether a valid file shows that this is a store of an earlier version.
    async fn is_known(&self) -> Result<bool> {
        if self
            .read_origin_file()
            .await
            .is_ok_and(|class| class.is_some())
        {
            return Ok(true);
        }
        let builds = Path::from("builds");
        let mut records = self.store.list(Some(&builds));
        while let Some(record) = records
            .try_next()
            .await
            .map_err(|error| Error::store(&builds, error))?
        {
            let path = record.location;
            if layout::is_ours(&path) && self.read::<AnyBuild>(&path).await?.sound.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether any file of a store exists. A foreign file is an error.
    async fn holds_ours_alone(&self) -> Result<bool> {
        let root = Path::default();
        let failed = |error| Error::store(&root, error);
        let mut holds = false;
        let mut objects = self.store.list(None);
        while let Some(object) = objects.try_next().await.map_err(failed)? {
            let path = object.location;
            if !layout::is_ours(&path) {
                return Err(Error::NotAStore {
                    store: shown(self.store.as_ref()),
                    found: path.to_string(),
                });
            }
            holds |= !path.as_ref().starts_with("state/");
        }
        Ok(holds)
    }

    async fn read<T: serde::de::DeserializeOwned>(&self, path: &Path) -> Result<Found<T>> {
        let bytes = match self.store.get(path).await {
            Ok(found) => found.bytes().await,
            Err(object_store::Error::NotFound { .. }) => {
                return Ok(Found {
                    there: false,
                    sound: None,
                });
            }
            Err(error) => Err(error),
        }
        .map_err(|error| Error::store(path, error))?;
        Ok(Found {
            there: true,
            sound: serde_json::from_slice(&bytes).ok(),
        })
    }
}

/// The findings in a folder or bucket.
struct Look {
    marked: bool,
    mark_is_there: bool,
    is_store: bool,
}

/// A file, and its content if it can be read.
struct Found<T> {
    there: bool,
    sound: Option<T>,
}
