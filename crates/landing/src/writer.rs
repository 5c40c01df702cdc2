//! Writing a window: bodies in any order and from any number of tasks, then the manifest.
//!
//! The window does not exist for readers until [`WindowWriter::finish`] has returned. A writer that
//! is dropped leaves its bodies without a manifest; [`Landing::tidy`] removes them later.

use std::collections::BTreeMap;
use std::sync::Mutex;

use bytes::Bytes;
use jiff::Timestamp;
use object_store::{ObjectStoreExt, PutMode};

use crate::manifest::{FORMAT, manifest_path, to_json};
use crate::{
    Attempt, BodyEntry, BodyFile, Error, Format, Landing, Manifest, Origin, PROGRAM, Part, Query,
    Result, Span, WindowRef, WindowSpec, body, sealed,
};

/// A body to be landed.
#[derive(Clone, Debug)]
pub struct NewBody {
    /// As received, decoded of transfer and content encoding.
    pub bytes: Bytes,
    pub format: Format,
    /// How many records it contains; `None` if they were not counted.
    pub records: Option<u64>,
    pub received_at: Timestamp,
    /// The name of the saved file it came from.
    pub name: Option<String>,
    /// The part of the window that it belongs to.
    pub part: Option<String>,
}

/// The content of the manifest besides the bodies.
#[derive(Clone, Copy, Debug)]
pub struct WindowSummary {
    pub origin: Origin,
    /// The total that the source reported.
    pub total_reported: Option<u64>,
    /// Distinct records by the source's id.
    pub records: Option<u64>,
    /// Further copies of records.
    pub duplicates: u64,
    pub finished_at: Timestamp,
}

/// A window being written. Shared between tasks by reference.
#[derive(Debug)]
pub struct WindowWriter {
    landing: Landing,
    window: WindowRef,
    query: Query,
    started_at: Timestamp,
    bodies: Mutex<BTreeMap<u32, Option<BodyEntry>>>,
}

impl Landing {
    /// Begins a window. Writes nothing yet.
    ///
    /// # Errors
    /// [`Error::Window`] when no path can express the window.
    pub fn begin(&self, spec: WindowSpec, now: Timestamp) -> Result<WindowWriter> {
        self.begin_attempt(spec, now, Attempt::random(now))
    }

    pub(crate) fn begin_attempt(
        &self,
        spec: WindowSpec,
        now: Timestamp,
        attempt: Attempt,
    ) -> Result<WindowWriter> {
        Ok(WindowWriter {
            landing: self.clone(),
            window: WindowRef::new(&spec, attempt)?,
            query: spec.query,
            started_at: now,
            bodies: Mutex::default(),
        })
    }
}

impl WindowWriter {
    /// Which window is being written.
    pub fn window(&self) -> &WindowRef {
        &self.window
    }

    /// Stores a body under its number (from 1; gaps are fine). It is stored when this returns.
    /// After an error the number may be used again.
    ///
    /// # Errors
    /// [`Error::BodyTaken`] when the number was written before or is 0; [`Error::Store`].
    pub async fn put(&self, number: u32, body: NewBody) -> Result<()> {
        let file = BodyFile {
            number,
            revision: 0,
            format: body.format,
        };
        let path = self.window.path().join(file.to_string());
        let packed = body::pack(&path, body.bytes).await?;
        let entry = BodyEntry {
            file: file.to_string(),
            sha256: packed.sha256,
            bytes: packed.bytes,
            stored_bytes: packed.stored.len() as u64,
            records: body.records,
            received_at: body.received_at,
            name: body.name,
            part: body.part,
            redacted: None,
        };
        self.put_packed(number, entry, packed.stored).await
    }

    /// Stores a body that is compressed already; `entry` describes it.
    pub(crate) async fn put_packed(
        &self,
        number: u32,
        entry: BodyEntry,
        stored: Bytes,
    ) -> Result<()> {
        self.landing.claim().await?;
        self.reserve(number)?;
        let path = self.window.path().join(entry.file.as_str());
        let written = self.landing.store.put(&path, stored.into()).await;
        let mut bodies = lock(&self.bodies);
        match written {
            Ok(_) => {
                bodies.insert(number, Some(entry));
                Ok(())
            }
            Err(error) => {
                bodies.remove(&number);
                Err(Error::store(&path, error))
            }
        }
    }

    /// Stores a body of this window in another one too, under the same number.
    ///
    /// # Errors
    /// [`Error::BodyTaken`] as for [`WindowWriter::put`], or when this window has no such body;
    /// [`Error::Store`].
    pub async fn copy_body(&self, number: u32, to: &WindowWriter) -> Result<()> {
        let entry = lock(&self.bodies).get(&number).cloned().flatten();
        let entry = entry.ok_or_else(|| Error::BodyTaken {
            window: self.window.to_string(),
            number,
        })?;
        let path = self.window.path().join(entry.file.as_str());
        let store = &self.landing.store;
        let stored = store.get(&path).await;
        let stored = stored.map_err(|error| Error::store(&path, error))?;
        let stored = stored.bytes().await;
        let stored = stored.map_err(|error| Error::store(&path, error))?;
        to.put_packed(number, entry, stored).await
    }

    /// Completes the window: writes its manifest. From here on it is visible, and on a folder it
    /// survives a power cut.
    ///
    /// # Errors
    /// [`Error::MixedOrigin`] when the store holds data of the other class;
    /// [`Error::NotAStore`]; [`Error::Store`]. After an error the window is not landed.
    pub async fn finish(self, summary: WindowSummary) -> Result<WindowRef> {
        self.finish_with(summary, Vec::new()).await
    }

    /// As [`WindowWriter::finish`], with the parts of a poll.
    ///
    /// # Errors
    /// As for [`WindowWriter::finish`].
    pub async fn finish_with(self, summary: WindowSummary, parts: Vec<Part>) -> Result<WindowRef> {
        self.landing.admit(summary.origin).await?;
        let bodies = std::mem::take(&mut *lock(&self.bodies));
        let manifest = Manifest {
            format: FORMAT,
            source: self.window.dataset.source().to_owned(),
            dataset: self.window.dataset.name().to_owned(),
            kind: self.window.kind,
            window: Span {
                from: self.window.from,
                to: self.window.to,
            },
            query: self.query,
            started_at: self.started_at,
            finished_at: summary.finished_at,
            origin: summary.origin,
            total_reported: summary.total_reported,
            records: summary.records,
            duplicates: summary.duplicates,
            bodies: bodies.into_values().flatten().collect(),
            parts,
            program: PROGRAM.to_owned(),
        };
        let path = manifest_path(&self.window);
        let text = to_json(&self.window, &manifest)?;
        self.landing
            .store
            .put_opts(&path, text.into(), sealed(PutMode::Create))
            .await
            .map_err(|error| Error::store(&path, error))?;
        tracing::debug!(window = %self.window, bodies = manifest.bodies.len(), "window landed");
        Ok(self.window)
    }

    /// The sha-256 of a stored body.
    pub fn sha256(&self, number: u32) -> Option<String> {
        let bodies = lock(&self.bodies);
        Some(bodies.get(&number)?.as_ref()?.sha256.clone())
    }

    /// Removes a body before the window counts: it turned out not to belong to it.
    ///
    /// # Errors
    /// [`Error::Store`] when it cannot be removed: then it is not part of the window either, and
    /// stays as a file without an entry.
    pub async fn remove(&self, number: u32) -> Result<()> {
        let entry = lock(&self.bodies).remove(&number).flatten();
        let Some(entry) = entry else { return Ok(()) };
        let path = self.window.path().join(entry.file.as_str());
        let deleted = self.landing.store.delete(&path).await;
        deleted.map_err(|error| Error::store(&path, error))
    }

    /// Gives the window up and removes its bodies.
    ///
    /// # Errors
    /// [`Error::Store`] when a body cannot be removed; [`Landing::tidy`] will.
    pub async fn abandon(self) -> Result<()> {
        let bodies = std::mem::take(&mut *lock(&self.bodies));
        for entry in bodies.into_values().flatten() {
            let path = self.window.path().join(entry.file.as_str());
            self.landing
                .store
                .delete(&path)
                .await
                .map_err(|error| Error::store(&path, error))?;
        }
        Ok(())
    }

    fn reserve(&self, number: u32) -> Result<()> {
        let mut bodies = lock(&self.bodies);
        if number == 0 || bodies.contains_key(&number) {
            return Err(Error::BodyTaken {
                window: self.window.to_string(),
                number,
            });
        }
        bodies.insert(number, None);
        Ok(())
    }
}

/// The guard, ignoring poisoning: no panic can leave the map inconsistent.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
