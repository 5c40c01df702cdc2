//! Where data came from, and the rule that made-up data never lies beside collected data.
//!
//! `landing/origin.json` records the class of a store. It is created if absent, so of two first
//! writers of different classes one wins and the other is refused.

use std::fmt;

use object_store::path::Path;
use object_store::{ObjectStoreExt, PutMode};
use serde::{Deserialize, Serialize};

use crate::store::shown;
use crate::{Error, Landing, Result, sealed};

/// Where the bodies of a window came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Fetched from the source.
    Collected,
    /// Made up by a simulator, which says so in a header.
    Generated,
    /// From a file that somebody saved.
    Saved,
}

impl Origin {
    /// The class that may not mix with the other.
    pub fn class(self) -> OriginClass {
        match self {
            Self::Generated => OriginClass::Generated,
            Self::Collected | Self::Saved => OriginClass::Real,
        }
    }
}

/// Whether a store holds made-up or real data; never both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OriginClass {
    /// From a simulator.
    Generated,
    /// Collected or saved.
    Real,
}

impl fmt::Display for OriginClass {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Generated => "generated (demo)",
            Self::Real => "collected",
        })
    }
}

#[derive(Serialize, Deserialize)]
struct OriginFile {
    format: u32,
    class: OriginClass,
}

impl Landing {
    /// The class of what the store holds; `None` while it holds nothing.
    ///
    /// Where `landing/origin.json` is missing or damaged, a manifest says it.
    ///
    /// # Errors
    /// [`Error::OriginFile`] when it is damaged and there are windows, but no manifest that can be
    /// read.
    pub async fn origin_class(&self) -> Result<Option<OriginClass>> {
        let unreadable = match self.read_origin_file().await {
            Ok(Some(class)) => return Ok(Some(class)),
            Ok(None) => None,
            Err(error @ Error::OriginFile { .. }) => Some(error),
            Err(error) => return Err(error),
        };
        let listing = self.list().await?;
        let empty = listing.windows.is_empty() && listing.unsound.is_empty();
        let mut damaged = None;
        for window in &listing.windows {
            match self.manifest(window).await {
                Ok(manifest) => return Ok(Some(manifest.origin.class())),
                Err(error @ Error::Manifest { .. }) => damaged = Some(error),
                Err(error) => return Err(error),
            }
        }
        match unreadable.or(damaged) {
            Some(error) if !empty => Err(error),
            _ => Ok(None),
        }
    }

    /// Makes sure that the store takes data of `origin`, without claiming an empty one: to fail
    /// before the work. [`crate::WindowWriter::finish`] checks again.
    ///
    /// # Errors
    /// [`Error::MixedOrigin`] when the store holds the other class.
    pub async fn check_origin(&self, origin: Origin) -> Result<()> {
        self.claim().await?;
        self.expect_origin(origin).await
    }

    /// As [`Landing::check_origin`]; writes nothing.
    pub(crate) async fn expect_origin(&self, origin: Origin) -> Result<()> {
        let present = self.origin_class().await?.unwrap_or(origin.class());
        self.expect_class(present, origin.class())
    }

    /// As [`Landing::check_origin`], and claims an empty store for the class of `origin`.
    pub(crate) async fn admit(&self, origin: Origin) -> Result<()> {
        self.claim().await?;
        let incoming = origin.class();
        let mode = match self.read_origin_file().await {
            Ok(Some(present)) => return self.expect_class(present, incoming),
            Ok(None) => PutMode::Create,
            Err(Error::OriginFile { .. }) => PutMode::Overwrite,
            Err(error) => return Err(error),
        };
        let first = self.origin_class().await?.unwrap_or(incoming);
        let present = self.claim_origin(first, mode).await?;
        self.expect_class(present, incoming)
    }

    fn expect_class(&self, present: OriginClass, incoming: OriginClass) -> Result<()> {
        if present == incoming {
            return Ok(());
        }
        Err(Error::MixedOrigin {
            store: shown(self.store.as_ref()),
            present,
            incoming,
        })
    }

    /// Writes the class, with [`PutMode::Create`] unless another writer was first; the class that
    /// stands.
    async fn claim_origin(&self, class: OriginClass, mode: PutMode) -> Result<OriginClass> {
        let path = origin_path();
        let file = OriginFile { format: 1, class };
        let text = serde_json::to_string(&file).map_err(|error| unreadable(&error))?;
        match self.store.put_opts(&path, text.into(), sealed(mode)).await {
            Ok(_) => Ok(class),
            Err(object_store::Error::AlreadyExists { .. }) => {
                Ok(self.read_origin_file().await?.unwrap_or(class))
            }
            Err(error) => Err(Error::store(&path, error)),
        }
    }

    pub(crate) async fn read_origin_file(&self) -> Result<Option<OriginClass>> {
        let path = origin_path();
        let found = match self.store.get(&path).await {
            Ok(found) => found.bytes().await,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => Err(error),
        }
        .map_err(|error| Error::store(&path, error))?;
        let file: OriginFile =
            serde_json::from_slice(&found).map_err(|error| unreadable(&error))?;
        Ok(Some(file.class))
    }
}

fn origin_path() -> Path {
    Path::from_iter(["landing", "origin.json"])
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error::OriginFile {
        path: origin_path().to_string(),
        reason: error.to_string(),
    }
}
