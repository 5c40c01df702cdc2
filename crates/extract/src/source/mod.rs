//! A source as data: one file of `pipeline/sources/` per web API.
//!
//! The file describes what differs between APIs, composed of tagged parts: how a call is
//! authenticated ([`Auth`]), how a result set is paginated ([`Paginator`]), in which format answers
//! come ([`Answer`]), which requests make the data complete ([`Strategy`]). Each of them is a short
//! closed list of kinds here; what only one kind needs stands below it. An unknown key in the file is
//! an error.

mod answer;
mod auth;
mod check;
mod paginator;
mod strategy;
mod values;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use kernel::Backoff;
use serde::{Deserialize, Deserializer};
use url::Url;

use crate::{Error, Result};

pub use answer::{Answer, AnswerFormat};
pub use auth::Auth;
pub(crate) use check::unusable;
pub(crate) use paginator::Numbered;
pub use paginator::Paginator;
pub use strategy::{
    Bounds, Completeness, Empty, IntervalStrategy, Lists, SeriesStrategy, SnapshotStrategy,
    Strategy, Sweep, Unreadable,
};
pub(crate) use values::Values;

/// A web API, as its file describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceDescription {
    /// Name of the source, the first folder of its landing; that of its file, too.
    pub source: String,
    /// Name of the dataset, the second folder.
    pub dataset: String,
    /// One sentence: what one record is.
    pub what: String,
    pub attribution: Attribution,
    pub endpoint: Endpoint,
    pub auth: Auth,
    pub paginator: Paginator,
    pub answer: Answer,
    pub strategy: Strategy,
    pub quota: Quota,
    pub retry: Retry,
    #[serde(default)]
    pub errors: Errors,
    /// The default query.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// The parameters that a query may use.
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
}

/// The attribution to show with the data.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribution {
    pub name_ko: String,
    pub name_en: String,
    pub url: Url,
}

/// The endpoint.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    pub base_url: Url,
    /// Appended to the base URL's own path. In both, and in `body`, a name in braces stands for a
    /// value of the strategy: `{board}`, `{key}`, `{from}`, `{to}`.
    pub path: String,
    #[serde(default)]
    pub method: Method,
    /// The JSON object that is sent, with the parameters as further members: for
    /// [`Method::PostJson`].
    #[serde(default)]
    pub body: toml::Table,
    /// The `Accept` header.
    pub accept: String,
    /// For the first attempt of a call, from the first byte sent to the last received; each retry
    /// adds as much.
    pub timeout: SignedDuration,
    /// The maximum size of a response, decompressed.
    pub max_body_bytes: usize,
    /// Calls in flight at the same time.
    pub concurrency: usize,
    /// The least time between the beginnings of two calls.
    pub gap: SignedDuration,
}

/// How the parameters of a request are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// `GET`, in the URL.
    #[default]
    Get,
    /// `POST`, as a form.
    PostForm,
    /// `POST`, as one JSON object: of numbers where the paginator counts, else of texts.
    PostJson,
}

/// How many calls a day has.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    pub daily_calls: u64,
    /// The time zone whose midnight begins the day; an IANA name.
    pub time_zone: String,
}

/// How failing calls are retried.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// Calls for one page, the first included.
    pub attempts: u32,
    pub base: SignedDuration,
    pub cap: SignedDuration,
    pub retry_after_cap: SignedDuration,
    /// Consecutive failed windows that end the run.
    pub failed_windows: u32,
}

/// Error responses. Without a path of the code, HTTP statuses alone say what failed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Errors {
    /// The path of the code.
    pub code: String,
    /// The path of the text.
    pub message: String,
    /// Codes of a success: some sources send one with every response.
    #[serde(default, deserialize_with = "codes")]
    pub success: Vec<String>,
    #[serde(default)]
    pub codes: Vec<ErrorCode>,
}

/// One error code.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorCode {
    /// A number or a word.
    #[serde(deserialize_with = "code")]
    pub code: String,
    pub action: ErrorAction,
    pub meaning: String,
}

/// How to handle an error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorAction {
    /// The key needs attention.
    StopKey,
    /// The query needs attention.
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
    /// Whether it changes the result set.
    #[serde(default = "yes")]
    pub selects: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Code {
    Number(i64),
    Word(String),
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        match code {
            Code::Number(number) => number.to_string(),
            Code::Word(word) => word,
        }
    }
}

fn code<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    Code::deserialize(deserializer).map(Into::into)
}

fn codes<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<String>, D::Error> {
    let codes = Vec::<Code>::deserialize(deserializer)?;
    Ok(codes.into_iter().map(Into::into).collect())
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

    /// No response contains more records than a window may, or than ten requested pages; of a list,
    /// than the whole may.
    pub(crate) fn most_records(&self) -> usize {
        let most = match &self.strategy {
            Strategy::Interval(interval) => {
                let pages = self.paginator.size().unwrap_or(0).saturating_mul(10);
                interval.max_hits.max(pages)
            }
            Strategy::Snapshot(snapshot) => snapshot.max_records,
            Strategy::Series(series) => series.max_records,
        };
        usize::try_from(most).unwrap_or(usize::MAX)
    }

    /// The same with another number of calls a day. The reserve for sweeps is scaled to the
    /// description's own number: it could exceed a smaller one, and sweeps would never take place.
    /// Two nearly empty windows need two calls each.
    pub fn with_daily_calls(mut self, calls: u64) -> Self {
        if let Strategy::Interval(IntervalStrategy { sweep, .. }) = &mut self.strategy {
            let described = sweep.min_calls_left;
            let share = described.saturating_mul(calls) / self.quota.daily_calls.max(1);
            sweep.min_calls_left = share.min(described).max(described.min(4));
        }
        self.quota.daily_calls = calls;
        self
    }
}

impl Retry {
    /// How long to wait after the `attempt`th failure (from 1), before jitter.
    pub(crate) fn wait(&self, attempt: u32) -> Duration {
        let backoff = Backoff {
            first: self.base.unsigned_abs(),
            factor: 2,
            longest: self.cap.unsigned_abs(),
        };
        backoff.after(attempt)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const SARAMIN: &str = include_str!("../../../../pipeline/sources/saramin.toml");

    pub(crate) fn saramin() -> SourceDescription {
        SourceDescription::parse("saramin.toml", SARAMIN).expect("the description is right")
    }

    #[test]
    fn the_description_of_saramin_has_the_known_values() {
        let saramin = saramin();
        let Paginator::Page {
            page_parameter,
            first_page,
            size,
            ..
        } = &saramin.paginator
        else {
            panic!("{:?}", saramin.paginator);
        };
        assert_eq!(
            (page_parameter.as_str(), *first_page, *size),
            ("start", 0, Some(110))
        );
        let interval = saramin.strategy.interval().expect("windows");
        assert_eq!(interval.max_hits, 10_000);
        assert_eq!(interval.overlap, SignedDuration::from_hours(2));
        assert_eq!(saramin.quota.daily_calls, 500);
        let action = |wanted: &str| {
            let found = saramin.errors.codes.iter().find(|code| code.code == wanted);
            found.expect("a known code").action
        };
        assert_eq!(action("1"), ErrorAction::StopKey);
        assert_eq!(action("2"), ErrorAction::StopKey);
        assert_eq!(action("3"), ErrorAction::StopRequest);
        assert_eq!(action("4"), ErrorAction::StopQuota);
        assert_eq!(action("99"), ErrorAction::Retry);
    }

    #[test]
    fn a_small_quota_reserves_fewer_calls_for_sweeps() {
        for (quota, least) in [
            (500, 60),
            (100_000, 60),
            (u64::MAX, 60),
            (50, 6),
            (10, 4),
            (0, 4),
        ] {
            let source = saramin().with_daily_calls(quota);
            let interval = source.strategy.interval().expect("windows");
            assert_eq!(interval.sweep.min_calls_left, least, "{quota} calls");
            assert_eq!(source.quota.daily_calls, quota);
        }
        let mut none = saramin();
        if let Strategy::Interval(interval) = &mut none.strategy {
            interval.sweep.min_calls_left = 0;
        }
        let none = none.with_daily_calls(100);
        let interval = none.strategy.interval().expect("windows");
        assert_eq!(interval.sweep.min_calls_left, 0);
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
