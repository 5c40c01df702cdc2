//! The file of one generation.

use serde::{Deserialize, Serialize};

use crate::Shared;

/// What a generation says. Fields that later versions add are ignored by this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Generation {
    /// As in the file's name.
    pub generation: u64,
    /// The generation of the acquisition.
    pub token: u64,
    /// [`Holder::id`](crate::Holder::id).
    pub id: String,
    /// [`Holder::name`](crate::Holder::name).
    pub by: String,
    /// Random; the same for all generations of one acquisition.
    pub session: u64,
    /// Random; differs for each attempt to write, so that a file can be attributed to one of them.
    pub attempt: u64,
    /// How long it lasts, in milliseconds, unless another generation follows.
    pub length_ms: u64,
    /// Whether the holder gave the lease back.
    #[serde(default)]
    pub released: bool,
    /// Left by the last holder that left one with the release: it stays until another one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Generation {
    /// The first one of an acquisition.
    pub fn new(shared: &Shared, number: u64, session: u64, note: Option<String>) -> Self {
        Self {
            generation: number,
            token: number,
            id: shared.holder.id.clone(),
            by: shared.holder.name.clone(),
            session,
            attempt: rand::random(),
            length_ms: u64::try_from(shared.length.as_millis()).unwrap_or(u64::MAX),
            released: false,
            note,
        }
    }

    /// The one after it, of the same acquisition.
    pub fn next(&self) -> Self {
        Self {
            generation: self.generation.saturating_add(1),
            attempt: rand::random(),
            ..self.clone()
        }
    }

    /// Reads the file of a generation.
    ///
    /// # Errors
    /// A message: the file is empty, malformed, or of another generation.
    pub fn read(number: u64, bytes: &[u8]) -> Result<Self, String> {
        if bytes.is_empty() {
            return Err("it is empty".to_owned());
        }
        let read: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        match read.generation == number && (1..=number).contains(&read.token) {
            true => Ok(read),
            false => Err(format!(
                "it is of generation {} and token {}",
                read.generation, read.token
            )),
        }
    }
}
