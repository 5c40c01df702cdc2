//! The generations of one lease in the store.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use object_store::path::{Path, PathPart};
use object_store::{ObjectStoreExt as _, PutMode, PutOptions};

use crate::error::{Error, Result};
use crate::generation::Generation;
use crate::{ATTEMPTS, Shared};

/// The folder of one lease.
#[derive(Clone)]
pub(crate) struct Series {
    shared: Arc<Shared>,
    pub name: String,
    folder: Path,
}

/// The newest generation.
#[derive(Debug)]
pub(crate) enum Top {
    /// There is none.
    None,
    /// It, and when it was written by the store's clock.
    Sound(Generation, Timestamp),
    /// Its number, and what is wrong with its file.
    Damaged(u64, String),
}

impl Top {
    pub fn number(&self) -> u64 {
        match self {
            Self::None => 0,
            Self::Sound(generation, _) => generation.generation,
            Self::Damaged(number, _) => *number,
        }
    }
}

/// Whose file is there after an attempt to create it.
#[derive(Debug)]
pub(crate) enum Written {
    /// The one of this attempt.
    Ours,
    /// Another one, which was there first.
    Another,
}

impl Series {
    pub fn new(shared: &Arc<Shared>, name: &str) -> Result<Self> {
        let parts: Vec<PathPart<'_>> = name.split('/').map(PathPart::from).collect();
        let kept = parts.iter().zip(name.split('/'));
        if kept
            .into_iter()
            .any(|(part, text)| text.is_empty() || part.as_ref() != text)
        {
            return Err(Error::Name(name.to_owned()));
        }
        let parts = shared.prefix.parts().chain(parts);
        Ok(Self {
            folder: Path::from_iter(parts),
            shared: shared.clone(),
            name: name.to_owned(),
        })
    }

    pub fn path(&self, number: u64) -> Path {
        self.folder.clone().join(format!("{number:012}.json"))
    }

    /// The numbers of all generations, oldest first, and the last one's time by the store's clock.
    /// Files of other names are reported.
    async fn list(&self) -> Result<(Vec<u64>, Option<Timestamp>)> {
        let listed = self
            .shared
            .store
            .list_with_delimiter(Some(&self.folder))
            .await?;
        let mut numbers = Vec::new();
        for object in listed.objects {
            match number(&object.location) {
                Some(number) => {
                    let seconds = object.last_modified.timestamp();
                    numbers.push((number, Timestamp::from_second(seconds).ok()));
                }
                None if self.shared.reports(&object.location) => {
                    tracing::warn!(path = %object.location, "it is no file of a lease; it is ignored");
                }
                None => {}
            }
        }
        numbers.sort_unstable();
        let written = numbers.last().and_then(|(_, written)| *written);
        Ok((
            numbers.into_iter().map(|(number, _)| number).collect(),
            written,
        ))
    }

    /// The number of the newest generation.
    pub async fn newest(&self) -> Result<Option<u64>> {
        Ok(self.list().await?.0.last().copied())
    }

    /// The newest generation.
    pub async fn top(&self) -> Result<Top> {
        for _ in 0..ATTEMPTS {
            let (numbers, written) = self.list().await?;
            let Some(number) = numbers.last().copied() else {
                return Ok(Top::None);
            };
            let bytes = match self.shared.store.get(&self.path(number)).await {
                Ok(found) => found.bytes().await?,
                // Removed since, because newer ones exist.
                Err(object_store::Error::NotFound { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            return Ok(match Generation::read(number, &bytes) {
                Ok(generation) => Top::Sound(generation, written.unwrap_or(Timestamp::UNIX_EPOCH)),
                Err(reason) => {
                    self.report(number, &reason);
                    Top::Damaged(number, reason)
                }
            });
        }
        Err(Error::Contended(self.name.clone()))
    }

    /// Creates a generation if it is absent. A failure is success if the file is this attempt's: only
    /// the reply was lost.
    pub async fn create(
        &self,
        number: u64,
        generation: &Generation,
        durable: bool,
    ) -> Result<Written> {
        let path = self.path(number);
        let bytes = serde_json::to_vec(generation).map_err(|error| Error::Damaged {
            path: path.to_string(),
            reason: error.to_string(),
        })?;
        let mut options = match durable {
            true => self.shared.durable.clone(),
            false => PutOptions::default(),
        };
        options.mode = PutMode::Create;
        let store = &self.shared.store;
        let failed = match store.put_opts(&path, bytes.clone().into(), options).await {
            Ok(_) => return Ok(Written::Ours),
            Err(error) => error,
        };
        let there = match store.get(&path).await {
            Ok(found) => found.bytes().await?,
            Err(object_store::Error::NotFound { .. }) => match failed {
                // Removed since, because newer ones exist.
                object_store::Error::AlreadyExists { .. } => return Ok(Written::Another),
                failed => return Err(failed.into()),
            },
            Err(_) => return Err(failed.into()),
        };
        Ok(match there == bytes {
            true => Written::Ours,
            false => Written::Another,
        })
    }

    /// Removes a generation that this process wrote and that does not count. If that fails, the next
    /// holder removes it.
    pub async fn withdraw(&self, number: u64) {
        if let Err(error) = self.delete(number).await {
            tracing::debug!(path = %self.path(number), %error, "it is not removed yet");
        }
    }

    /// Removes the generations before the newest two, except those that cannot be read. If that fails,
    /// the next holder removes them.
    pub async fn tidy(&self, newest: u64) {
        if let Err(error) = self.remove_up_to(newest.saturating_sub(2)).await {
            tracing::debug!(lease = self.name, %error, "old generations are not removed yet");
        }
    }

    /// Removes the generations up to a number, oldest first, except those that cannot be read.
    pub async fn remove_up_to(&self, last: u64) -> Result<()> {
        for number in self.list().await?.0 {
            if number > last {
                break;
            }
            let path = self.path(number);
            let bytes = match self.shared.store.get(&path).await {
                Ok(found) => found.bytes().await?,
                Err(object_store::Error::NotFound { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            match Generation::read(number, &bytes) {
                Ok(_) => self.delete(number).await?,
                Err(reason) => self.report(number, &reason),
            }
        }
        Ok(())
    }

    fn report(&self, number: u64, reason: &str) {
        let path = self.path(number);
        if self.shared.reports(&path) {
            tracing::warn!(%path, reason, "the file of a lease is damaged; it is not deleted");
        }
    }

    async fn delete(&self, number: u64) -> Result<()> {
        match self.shared.store.delete(&self.path(number)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The number of the newest generation, and its time by the store's clock.
    pub async fn newest_written(&self) -> Result<Option<(u64, Timestamp)>> {
        let (numbers, written) = self.list().await?;
        Ok(numbers.last().copied().zip(written))
    }
}

impl std::fmt::Debug for Series {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Series").field(&self.folder).finish()
    }
}

/// The names of the leases below a part of the prefix.
pub(crate) async fn names(shared: &Arc<Shared>, below: &str) -> Result<Vec<String>> {
    let folder = match below {
        "" => shared.prefix.clone(),
        below => Series::new(shared, below)?.folder,
    };
    let mut names = BTreeSet::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        let listed = shared.store.list_with_delimiter(Some(&folder)).await?;
        folders.extend(listed.common_prefixes);
        let is_lease = listed
            .objects
            .iter()
            .any(|object| number(&object.location).is_some());
        if is_lease && let Some(parts) = folder.prefix_match(&shared.prefix) {
            let parts: Vec<_> = parts.map(|part| part.as_ref().to_owned()).collect();
            names.insert(parts.join("/"));
        }
    }
    Ok(names.into_iter().collect())
}

/// The generation that a file is of; `None` for files of other names.
fn number(location: &Path) -> Option<u64> {
    let stem = location.filename()?.strip_suffix(".json")?;
    let number = stem.parse().ok()?;
    (format!("{number:012}") == stem).then_some(number)
}
