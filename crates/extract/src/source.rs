//! A source as data: one file of `pipeline/sources/` per web API.
//!
//! The file says what differs between APIs: where to ask, how pages are numbered, where things stand
//! in an answer, what error codes mean. What kinds of key and of paging exist is a short closed
//! list here. An unknown key in the file is an error.

mod check;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;
use url::Url;

use crate::{Error, Result};

/// A web API, as its file describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceDescription {
    /// Name of the source, the first folder of its landing: `saramin`.
    pub source: String,
    /// Name of the dataset, the second folder: `recruit`.
    pub dataset: String,
    /// One sentence: what one record is.
    pub what: String,
    pub attribution: Attribution,
    pub endpoint: Endpoint,
    pub auth: Auth,
    pub paginator: Paginator,
    pub answer: Answer,
    pub window: Window,
    pub completeness: Completeness,
    pub unreadable: Unreadable,
    pub sweep: Sweep,
    pub quota: Quota,
    pub retry: Retry,
    pub errors: Errors,
    /// What is asked for by default.
    pub query: BTreeMap<String, String>,
    /// The parameters that a query may use.
    pub parameters: BTreeMap<String, Parameter>,
}

/// Who is to be named where the data is shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribution {
    pub name_ko: String,
    pub name_en: String,
    pub url: Url,
}

/// Where to ask.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    pub base_url: Url,
    /// Appended to the base URL's own path.
    pub path: String,
    /// The `Accept` header.
    pub accept: String,
    /// For the first attempt of a call, from the first byte sent to the last received; each further
    /// attempt has as much more.
    pub timeout: SignedDuration,
    /// An answer may have at most so many bytes, decompressed.
    pub max_body_bytes: usize,
    /// Calls in flight at the same time.
    pub concurrency: usize,
    /// The least time between the beginnings of two calls.
    pub gap: SignedDuration,
}

/// How a call proves who asks.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// No key.
    None,
    /// The key is a parameter of the request.
    Query {
        parameter: String,
        /// The environment variable that holds the key unless configured otherwise.
        env: String,
    },
}

/// How a set of records is cut into answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Paginator {
    /// Numbered pages of one size.
    Page {
        page_parameter: String,
        first_page: u64,
        size_parameter: String,
        size: u64,
    },
}

/// Where things stand in an answer: object keys from the top, joined by dots.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub records: String,
    /// Within a record.
    pub id: String,
    /// Within a record: when it was published, in Unix seconds.
    pub published: Option<String>,
    /// Of the first answer at least; what later ones leave out is as it was.
    pub total: String,
    /// The response header that marks made-up data.
    pub generated_header: String,
}

/// How a window of time is asked for. Both bounds are inclusive, at a resolution of one second.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// An IANA name.
    pub time_zone: String,
    /// As strftime has it.
    pub format: String,
    /// The parameters that bound the time of publication.
    pub published: Bounds,
    /// The parameters that bound the time of the last edit.
    pub updated: Bounds,
    /// A window with more records is cut in two.
    pub max_hits: u64,
    /// By how much a window asks for more than itself, at its low end.
    pub overlap: SignedDuration,
}

/// Two parameters of a request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    pub from: String,
    pub to: String,
}

/// When a window counts as complete.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Completeness {
    /// How often all pages are read at most.
    pub passes: u32,
    /// How often one page that does not fit the total is read again within a pass.
    pub rereads: u32,
    /// By how many records a total may be too large when two passes found the same.
    pub tolerated_shortfall: u64,
    /// How often in one run a window that does not add up is read in halves instead.
    pub halvings: u32,
}

/// How many calls are spent on reading around what cannot be read.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unreadable {
    /// For one page that fails.
    pub calls_each: u64,
    /// In one run.
    pub calls_in_a_run: u64,
}

/// What is read once a day besides what is due.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// How far back publication is swept.
    pub published_back: SignedDuration,
    /// How far back edits are read the first time.
    pub updated_back: SignedDuration,
    /// How far back edits are read after a pause.
    pub updated_back_max: SignedDuration,
    /// Sweeps wait while fewer calls are left for the day.
    pub min_calls_left: u64,
}

/// How many calls a day has.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    pub daily_calls: u64,
    /// Whose midnight begins the day; an IANA name.
    pub time_zone: String,
}

/// How failing calls are repeated.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// Calls for one page, the first included.
    pub attempts: u32,
    pub base: SignedDuration,
    pub cap: SignedDuration,
    pub retry_after_cap: SignedDuration,
    /// So many failed windows in a row end the run.
    pub failed_windows: u32,
}

/// Answers that are errors.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Errors {
    /// The top-level field with the code.
    pub code: String,
    /// The top-level field with the text.
    pub message: String,
    pub codes: Vec<ErrorCode>,
}

/// One error code.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorCode {
    pub code: i64,
    pub action: ErrorAction,
    pub meaning: String,
}

/// What an error code asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorAction {
    /// Somebody has to look after the key.
    StopKey,
    /// Somebody has to look after the query.
    StopRequest,
    /// No more calls until the day ends.
    StopQuota,
    /// A fault of the source: try again.
    Retry,
}

/// A parameter that a query may use.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    pub what: String,
    /// Whether it takes several values, separated by blanks or commas.
    #[serde(default)]
    pub many: bool,
    /// Whether it changes which records are meant.
    #[serde(default = "yes")]
    pub selects: bool,
}

fn yes() -> bool {
    true
}

impl SourceDescription {
    /// Reads a description; `file` names it in errors.
    ///
    /// # Errors
    /// [`Error::Description`].
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        let refuse = |reason: String| Error::Description {
            file: file.to_owned(),
            reason,
        };
        let description: Self = toml::from_str(text).map_err(|error| refuse(error.to_string()))?;
        description.check().map_err(refuse)?;
        Ok(description)
    }

    /// No answer holds more records than a window may, or than ten pages as they are asked for.
    pub(crate) fn most_records(&self) -> usize {
        let Paginator::Page { size, .. } = &self.paginator;
        let most = self.window.max_hits.max(size.saturating_mul(10));
        usize::try_from(most).unwrap_or(usize::MAX)
    }

    /// The same with another number of calls a day. What must be left for sweeps fits the
    /// description's own number: of a smaller one it would be more than a day has, and sweeps would
    /// never take place. Two windows that hold next to nothing need two calls each.
    pub fn with_daily_calls(mut self, calls: u64) -> Self {
        let described = self.sweep.min_calls_left;
        let share = described.saturating_mul(calls) / self.quota.daily_calls.max(1);
        self.sweep.min_calls_left = share.min(described).max(described.min(4));
        self.quota.daily_calls = calls;
        self
    }
}

impl Retry {
    /// How long to wait after the `attempt`th failure (from 1), before jitter.
    pub(crate) fn wait(&self, attempt: u32) -> Duration {
        let doubled = 2u32.saturating_pow(attempt.saturating_sub(1));
        let (base, cap) = (self.base.unsigned_abs(), self.cap.unsigned_abs());
        base.saturating_mul(doubled).min(cap)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const SARAMIN: &str = include_str!("../../../pipeline/sources/saramin.toml");

    pub(crate) fn saramin() -> SourceDescription {
        SourceDescription::parse("saramin.toml", SARAMIN).expect("the description is right")
    }

    #[test]
    fn the_description_of_saramin_says_what_is_known_of_it() {
        let saramin = saramin();
        let Paginator::Page {
            page_parameter,
            first_page,
            size,
            ..
        } = &saramin.paginator;
        assert_eq!(
            (page_parameter.as_str(), *first_page, *size),
            ("start", 0, 110)
        );
        assert_eq!(saramin.window.max_hits, 10_000);
        assert_eq!(saramin.window.overlap, SignedDuration::from_hours(2));
        assert_eq!(saramin.quota.daily_calls, 500);
        let action = |wanted| {
            let found = saramin.errors.codes.iter().find(|code| code.code == wanted);
            found.expect("a known code").action
        };
        assert_eq!(action(1), ErrorAction::StopKey);
        assert_eq!(action(2), ErrorAction::StopKey);
        assert_eq!(action(3), ErrorAction::StopRequest);
        assert_eq!(action(4), ErrorAction::StopQuota);
        assert_eq!(action(99), ErrorAction::Retry);
    }

    #[test]
    fn a_small_quota_keeps_fewer_calls_for_sweeps() {
        for (quota, least) in [
            (500, 60),
            (100_000, 60),
            (u64::MAX, 60),
            (50, 6),
            (10, 4),
            (0, 4),
        ] {
            let source = saramin().with_daily_calls(quota);
            assert_eq!(source.sweep.min_calls_left, least, "{quota} calls");
            assert_eq!(source.quota.daily_calls, quota);
        }
        let mut none = saramin();
        none.sweep.min_calls_left = 0;
        assert_eq!(none.with_daily_calls(100).sweep.min_calls_left, 0);
    }

    #[test]
    fn waits_double_up_to_the_cap() {
        let waits: Vec<u128> = (1..=8)
            .map(|n| saramin().retry.wait(n).as_millis())
            .collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(saramin().retry.wait(u32::MAX).as_secs(), 5);
    }
}
