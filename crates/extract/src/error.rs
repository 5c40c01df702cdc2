//! What can go wrong, from one call to the whole run. Whether an error is retryable is decided
//! where it arises: a [`Fault`] ends a call, a [`Stop`] the run, and an [`Error`] occurs before
//! anything was fetched.
//!
//! No error carries a URL of a request: the access key would be in it.

use std::time::Duration;

use jiff::{Timestamp, Zoned};

use crate::BudgetError;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a run could not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A source's file is wrong.
    #[error("the source description `{file}` is invalid: {reason}")]
    Description { file: String, reason: String },

    /// A query names a parameter that the source does not have.
    #[error("`{name}` is not a parameter of {source_name}\nhint: {hint}")]
    UnknownParameter {
        source_name: String,
        name: String,
        hint: String,
    },

    /// A query sets what the program sets itself.
    #[error("`{name}` cannot be part of a query of {source_name}: {hint}")]
    OwnParameter {
        source_name: String,
        name: String,
        hint: String,
    },

    /// A query's value cannot be used.
    #[error("`{value}` is not a valid value for `{name}`: {reason}")]
    ParameterValue {
        name: String,
        value: String,
        reason: String,
    },

    /// The source wants a key and there is none.
    #[error("{source_name} needs an access key\nhint: set the environment variable `{env}`")]
    NoKey { source_name: String, env: String },

    /// The key cannot be part of a request.
    #[error(
        "the access key in `{env}` cannot be sent: it contains line breaks or other control characters\nhint: set it again without them"
    )]
    UnusableKey { env: String },

    /// The base URL cannot be used.
    #[error("the base URL `{url}` cannot be used: {reason}\nhint: write it as `https://host`")]
    BaseUrl { url: String, reason: &'static str },

    /// An empty period.
    #[error(
        "the period from {from} to {to} is empty\nhint: `--from` must be before `--to`, and in the past"
    )]
    EmptyInterval { from: Timestamp, to: Timestamp },

    /// Requests differ by board or key, and there are none.
    #[error(
        "no {setting} of `{source_name}` are set\nhint: `sources.{source_name}.{setting} = [\"…\"]` in the configuration names them"
    )]
    NoParts {
        source_name: String,
        setting: &'static str,
    },

    /// A board or key cannot be part of a request.
    #[error("`{name}` cannot be requested of `{source_name}`: it {reason}")]
    PartName {
        source_name: String,
        name: String,
        reason: String,
    },

    /// A period was asked for, and there is only the present.
    #[error(
        "`{source_name}` sends what there is now: a past period cannot be collected\nhint: run without `--from` and `--to`"
    )]
    NoPast { source_name: String },

    /// A series without a first day.
    #[error(
        "no start of `{source_name}` is set\nhint: set `sources.{source_name}.start`, or run with `--from`"
    )]
    NoStart { source_name: String },

    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up: {reason}")]
    HttpClient { reason: String },

    /// The landing store failed.
    #[error(transparent)]
    Landing(#[from] landing::Error),

    /// The budget of calls could not be read or written.
    #[error("the call budget could not be accessed: {0}")]
    Budget(#[source] BudgetError),
}

impl Error {
    /// Whether the error is transient: the same run may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Landing(error) => error.is_retryable(),
            Self::Budget(_) => true,
            _ => false,
        }
    }
}

/// Why one call failed transiently.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    #[error("no response within {} ms", .0.as_millis())]
    Timeout(Duration),

    #[error("no connection: {0}")]
    Unreachable(String),

    #[error("the connection was closed without a response: {0}")]
    Connection(String),

    #[error("the response was truncated: {0}")]
    CutOff(String),

    #[error("the response exceeds the {0} bytes that `endpoint.max_body_bytes` allows")]
    TooLong(usize),

    #[error("HTTP status {0}")]
    Status(u16),

    #[error("HTTP status 429: too many calls in a short time")]
    TooFast {
        /// What `Retry-After` asked for.
        retry_after: Option<Duration>,
    },

    #[error("error {code} of the source: {message}")]
    Source { code: String, message: String },

    /// Instead of what is named.
    #[error("an HTML page instead of {0} (maintenance?)")]
    Html(&'static str),

    #[error("an XML response instead of JSON")]
    Xml,

    #[error("invalid JSON: {0}")]
    NotJson(String),

    #[error("invalid {format}: {reason}")]
    Malformed {
        format: &'static str,
        reason: String,
    },

    #[error("a response of an unexpected shape: {0}")]
    Shape(String),

    /// A fault of a call that went through a proxy, which may be what failed.
    #[error("{fault} (through the proxy `{proxy}`)")]
    Proxied {
        /// Its address, without a password.
        proxy: String,
        fault: Box<Fault>,
    },
}

impl Fault {
    /// Whether an immediate retry may succeed.
    pub(crate) fn is_worth_another_call(&self) -> bool {
        match self {
            Self::TooLong(_) => false,
            Self::Proxied { fault, .. } => fault.is_worth_another_call(),
            _ => true,
        }
    }

    /// Whether it may be the source, or the way to it, that fails, and not one list of it.
    pub(crate) fn is_of_the_source(&self) -> bool {
        match self {
            Self::Timeout(_)
            | Self::Unreachable(_)
            | Self::Connection(_)
            | Self::CutOff(_)
            | Self::Status(_)
            | Self::TooFast { .. } => true,
            Self::Proxied { fault, .. } => fault.is_of_the_source(),
            _ => false,
        }
    }

    /// Whether a part of the request may cause it: a smaller request may succeed.
    pub(crate) fn may_be_of_a_part(&self) -> bool {
        match self {
            Self::Unreachable(_) => false,
            Self::Proxied { fault, .. } => fault.may_be_of_a_part(),
            _ => true,
        }
    }
}

/// Why a run ended before all was done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Stop {
    /// The source does not accept the key.
    #[error("{meaning} (error {code}: {message})\nhint: {hint}")]
    Key {
        code: String,
        meaning: String,
        message: String,
        hint: String,
    },

    /// The source does not accept the query.
    #[error(
        "{meaning} (error {code}: {message})\nhint: compare `query` in the configuration with the source's own guide"
    )]
    Request {
        code: String,
        meaning: String,
        message: String,
    },

    /// The day's calls are used up.
    #[error("the calls of the day are used up; the next ones are from {}", resets_at.strftime("%F %H:%M %Z"))]
    Quota {
        /// In the zone of the source's days.
        resets_at: Zoned,
        /// Whether the source said so, or the program's own count.
        said_by_source: bool,
    },

    /// An HTTP status that no retry will change.
    #[error(
        "the source refused the call with HTTP status {status}{message}\nhint: check `base_url` and the access key; a proxy may respond instead of the source"
    )]
    Refused { status: u16, message: String },

    /// The source repeats the access key in a response that would be stored.
    #[error(
        "a response of the source contains the access key, and was not stored\nhint: the source, or a proxy in front of it, echoes requests; check `base_url`, and consider the key compromised"
    )]
    KeyShown,

    /// The source's clock and this machine's disagree.
    #[error(
        "this machine's clock says {ours}, and the source's {theirs}: nothing is collected while they differ by more than 10 minutes, because periods would count as collected that were not\nhint: set the clock; if it is right, `check_clock = false` in the source's settings ignores the source's"
    )]
    Clock { ours: Timestamp, theirs: Timestamp },

    /// A response is marked as generated, and no generated data was requested.
    #[error(
        "the source marks its response as generated (header `{header}`), and it was not stored: `base_url` is not an address of this machine\nhint: demo data comes from `jobtide demo`, or from `jobtide simulate` on this machine"
    )]
    Generated { header: String },

    /// Too many windows failed in a row.
    #[error(
        "{windows} windows in a row could not be read, the last because of: {fault}\nhint: the source is probably down; the next run retries the windows"
    )]
    Unavailable { windows: u32, fault: String },

    /// Too many lists failed in a row.
    #[error(
        "{parts} lists in a row could not be read, the last because of: {fault}\nhint: the source is probably down; the next run retries them"
    )]
    Down { parts: u32, fault: String },

    /// The landing store failed.
    #[error(transparent)]
    Landing(#[from] landing::Error),

    /// The budget of calls could not be read or written.
    #[error("the call budget could not be accessed: {0}")]
    Budget(#[source] BudgetError),
}

impl Stop {
    /// Whether a later run may succeed without intervention.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Key { .. }
            | Self::Request { .. }
            | Self::Refused { .. }
            | Self::KeyShown
            | Self::Clock { .. }
            | Self::Generated { .. } => false,
            Self::Quota { .. } | Self::Unavailable { .. } | Self::Down { .. } | Self::Budget(_) => {
                true
            }
            Self::Landing(error) => error.is_retryable(),
        }
    }
}

/// Why one window is not complete. It stays due.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WindowError {
    /// A page could not be read.
    #[error("page {page} could not be read in {attempts} attempts, the last: {fault}")]
    Page {
        page: u64,
        attempts: u32,
        fault: Fault,
    },

    /// The pages were read, and do not add up to the source's total.
    #[error(
        "the source reports a total of {total} records; {passes} passes over all pages returned {distinct} distinct ones"
    )]
    DoesNotAddUp {
        total: u64,
        distinct: u64,
        passes: u32,
    },

    /// Pages contained more than the total allows.
    #[error(
        "the source reports a total of {total} records and sent {sent}, {distinct} of them distinct, in {passes} passes over all pages"
    )]
    MoreThanTotal {
        total: u64,
        /// In the last pass or, without repeated ones, in all.
        sent: u64,
        distinct: u64,
        passes: u32,
    },

    /// The records fill their pages exactly, and whether there are more could not be seen.
    #[error(
        "the source reports a total of {total} records, which fill their pages; the page after the last could not be read: {fault}"
    )]
    NoEnd { total: u64, fault: Fault },

    /// It could not be read, or not again, within the calls that the run may lose on wrong totals.
    #[error("the calls that a run may lose on wrong totals are used up; it waits for a later run")]
    NoCallsToLose,

    /// The total changed in every pass.
    #[error("the source's total changed in each of {passes} passes; the last was {total}")]
    KeepsChanging { total: u64, passes: u32 },
}

impl WindowError {
    /// Whether a part of the window may be complete although the whole is not: every page was
    /// received, and they do not add up.
    pub(crate) fn may_be_in_a_part(&self) -> bool {
        match self {
            Self::Page { .. } | Self::NoCallsToLose => false,
            Self::DoesNotAddUp { .. }
            | Self::MoreThanTotal { .. }
            | Self::NoEnd { .. }
            | Self::KeepsChanging { .. } => true,
        }
    }

    /// Whether it is about one page, so that the rest of the window may be read.
    pub(crate) fn may_be_read_around(&self) -> bool {
        match self {
            Self::Page { fault, .. } => fault.may_be_of_a_part(),
            _ => false,
        }
    }

    /// Whether calls failed, which says nothing about the source's totals.
    pub(crate) fn is_a_fault(&self) -> bool {
        matches!(self, Self::Page { .. } | Self::NoEnd { .. })
    }
}
