//! What is asked of the source, and what comes back.

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{ETAG, HeaderMap, LAST_MODIFIED};
use url::Url;

use crate::answer::Parsed;
use crate::source::Values;
use crate::{Stop, WindowError};

/// A longer validator is not kept.
const LONGEST_VALIDATOR: usize = 1_000;

/// A response with records.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// As received, decoded of transfer and content encoding.
    pub body: Bytes,
    pub parsed: Parsed,
    /// Whether the source marks the records as generated.
    pub generated: bool,
    pub received_at: Timestamp,
    pub validators: Validators,
    /// The `Link` headers.
    pub links: Vec<String>,
    pub format: landing::Format,
}

/// A response to a request that may say that nothing changed.
#[derive(Clone, Debug)]
pub(crate) enum Answered {
    Page(Box<Received>),
    /// It is as it was when it had these validators; whether the source marks it as generated.
    Unchanged {
        generated: bool,
    },
}

/// What identifies a version of a response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

impl Validators {
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name| {
            let value = headers.get(name)?.to_str().ok()?;
            (value.len() <= LONGEST_VALIDATOR).then(|| value.to_owned())
        };
        Self {
            etag: text(ETAG),
            last_modified: text(LAST_MODIFIED),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// Why a page was not received.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The run ends.
    Stop(Stop),
    /// The window is not complete; others may be.
    Window(WindowError),
}

impl From<landing::Error> for Failed {
    fn from(error: landing::Error) -> Self {
        Self::Stop(Stop::Landing(error))
    }
}

/// A request for a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    /// With its values and without the key; `None`: that of the description.
    pub url: Option<Url>,
    /// Whether the URL is of another origin, where the key is not sent.
    pub is_foreign: bool,
    /// Of the strategy, for the body.
    pub values: Values,
    /// What was there before.
    pub validators: Validators,
    /// Whether the failure of another page says nothing about this one.
    pub is_alone: bool,
    /// Without the key.
    pub parameters: Vec<(String, String)>,
    /// For messages.
    pub page: u64,
    /// Maximum number of calls, the first included; at most what the description allows.
    pub attempts: u32,
    /// The total if the response has none: some sources send it on the first page only.
    pub total: Option<u64>,
}
