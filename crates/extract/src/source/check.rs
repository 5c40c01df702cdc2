//! Semantic validation of a description.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use kernel::nearest;

use super::values::{named_in, texts_of};
use super::{Auth, IntervalStrategy, Method, SourceDescription, Strategy};

/// Longest name of a board or key, in bytes.
const LONGEST_NAME: usize = 500;

/// The maximum of every duration in a description.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

impl SourceDescription {
    /// Validates it.
    pub(super) fn check(&self) -> Result<(), String> {
        landing::Dataset::new(&self.source, &self.dataset).map_err(|error| error.to_string())?;
        self.quota_time_zone()?;
        self.answer.check()?;
        self.paginator.check()?;
        self.check_numbers()?;
        match &self.strategy {
            Strategy::Interval(interval) => {
                self.window_time_zone()?;
                if self.paginator.numbered().is_none() {
                    return Err(
                        "`strategy.interval` needs `[paginator.page]` or `[paginator.offset]` with a size: its pages are read concurrently"
                            .to_owned(),
                    );
                }
                interval.check()?;
            }
            Strategy::Snapshot(snapshot) => {
                check_names("strategy.snapshot.boards", &snapshot.boards)?;
            }
            Strategy::Series(series) => {
                check_names("strategy.series.keys", &series.keys)?;
                self.window_time_zone()?;
            }
        }
        self.check_values()?;
        self.check_requests()?;
        let own = self.own_parameters();
        if let Some(name) = own.iter().find(|name| self.parameters.contains_key(**name)) {
            return Err(format!(
                "`parameters.{name}` is set by the program, not by a query"
            ));
        }
        Ok(())
    }

    /// Numbers and durations that are in every description.
    fn check_numbers(&self) -> Result<(), String> {
        let lists = self.strategy.lists();
        let of_lists = |number: fn(&super::Lists) -> u64| lists.as_ref().map_or(1, number);
        let max_days = match &self.strategy {
            Strategy::Series(series) => series.max_days.into(),
            _ => 1,
        };
        let positive = [
            ("endpoint.concurrency", self.endpoint.concurrency as u64),
            (
                "endpoint.max_body_bytes",
                self.endpoint.max_body_bytes as u64,
            ),
            ("retry.attempts", self.retry.attempts.into()),
            ("retry.failed_windows", self.retry.failed_windows.into()),
            ("strategy.series.max_days", max_days),
            ("strategy: `passes`", of_lists(|lists| lists.passes.into())),
            ("strategy: `max_pages`", of_lists(|lists| lists.max_pages)),
            (
                "strategy: `max_records`",
                of_lists(|lists| lists.max_records),
            ),
        ];
        if let Some((name, _)) = positive.iter().find(|(_, value)| *value == 0) {
            return Err(format!("`{name}` must not be 0"));
        }
        positive_durations(&[("endpoint.timeout", self.endpoint.timeout)])?;
        let every = lists
            .as_ref()
            .map_or(SignedDuration::ZERO, |lists| lists.every);
        other_durations(&[
            ("endpoint.gap", self.endpoint.gap),
            ("retry.base", self.retry.base),
            ("retry.cap", self.retry.cap),
            ("retry.retry_after_cap", self.retry.retry_after_cap),
            ("strategy: `every`", every),
        ])
    }

    /// The values of the strategy in texts of requests.
    fn check_values(&self) -> Result<(), String> {
        let known = self.strategy.values();
        let base_url = self
            .endpoint
            .base_url
            .as_str()
            .replace("%7B", "{")
            .replace("%7D", "}");
        let send = self.strategy.send().into_iter().flatten();
        let mut texts = vec![
            ("endpoint.base_url".to_owned(), base_url.as_str()),
            ("endpoint.path".to_owned(), self.endpoint.path.as_str()),
        ];
        let body = self.endpoint.body.values().flat_map(texts_of);
        texts.extend(body.map(|text| ("endpoint.body".to_owned(), text)));
        texts.extend(send.map(|(name, text)| (format!("send.{name}"), text.as_str())));
        for (key, text) in &texts {
            for name in named_in(text) {
                if known.contains(&name) {
                    continue;
                }
                let hint = match (nearest(name, known.iter().copied()), known) {
                    (Some(near), _) => format!("the nearest is `{{{near}}}`"),
                    (None, []) => "the requests of windows have none".to_owned(),
                    (None, _) => format!("there is `{{{}}}`", known.join("}`, `{")),
                };
                return Err(format!("`{key}`: there is no value `{{{name}}}`: {hint}"));
            }
        }
        let is_named = |wanted: &str| {
            texts
                .iter()
                .any(|(_, text)| named_in(text).any(|name| name == wanted))
        };
        let (key, names, value) = match &self.strategy {
            Strategy::Interval(_) => return Ok(()),
            Strategy::Snapshot(snapshot) => ("strategy.snapshot.boards", &snapshot.boards, "board"),
            Strategy::Series(series) => ("strategy.series.keys", &series.keys, "key"),
        };
        if !names.is_empty() && !is_named(value) {
            return Err(format!("`{key}`: no request holds `{{{value}}}`"));
        }
        Ok(())
    }

    /// Whether requests differ by board or key.
    pub(crate) fn has_names(&self) -> bool {
        let wanted = match &self.strategy {
            Strategy::Interval(_) => return false,
            Strategy::Snapshot(_) => "board",
            Strategy::Series(_) => "key",
        };
        let send = self.strategy.send().into_iter().flatten();
        let base_url = self
            .endpoint
            .base_url
            .as_str()
            .replace("%7B", "{")
            .replace("%7D", "}");
        let mut texts = vec![base_url.as_str(), self.endpoint.path.as_str()];
        texts.extend(self.endpoint.body.values().flat_map(texts_of));
        texts.extend(send.map(|(_, text)| text.as_str()));
        texts
            .into_iter()
            .any(|text| named_in(text).any(|name| name == wanted))
    }

    fn check_requests(&self) -> Result<(), String> {
        if !self.endpoint.path.starts_with('/') {
            return Err("`endpoint.path` must begin with `/`".to_owned());
        }
        if !self.endpoint.body.is_empty() && self.endpoint.method != Method::PostJson {
            return Err("`endpoint.body` is for `method = \"post_json\"`".to_owned());
        }
        if let Auth::Header { header, .. } = &self.auth
            && reqwest::header::HeaderName::try_from(header).is_err()
        {
            return Err(format!("`auth.header`: `{header}` cannot name a header"));
        }
        if let Auth::Cookie { cookie, .. } = &self.auth
            && !cookie.bytes().all(is_of_a_token)
        {
            return Err(format!("`auth.cookie`: `{cookie}` cannot name a cookie"));
        }
        if self.auth.env() == Some("") {
            return Err("`auth.env` must name an environment variable".to_owned());
        }
        let codes: BTreeSet<&str> = self
            .errors
            .codes
            .iter()
            .map(|code| code.code.as_str())
            .collect();
        if codes.len() != self.errors.codes.len() {
            return Err("`errors.codes` names a code twice".to_owned());
        }
        Ok(())
    }

    /// The parameters that the program sets itself: the key, the page, the window, those with values
    /// of the strategy.
    pub(crate) fn own_parameters(&self) -> Vec<&str> {
        let paginator = &self.paginator;
        let places = [paginator.place_parameter(), paginator.size_parameter()];
        let mut own: Vec<&str> = places.into_iter().flatten().collect();
        if let Some(interval) = self.strategy.interval() {
            own.extend(interval.bounds());
        }
        own.extend(
            self.strategy
                .send()
                .into_iter()
                .flatten()
                .map(|(name, _)| name.as_str()),
        );
        if let Auth::Query { parameter, .. } = &self.auth {
            own.push(parameter);
        }
        own
    }

    /// The zone in which windows, or the days of a series, are written; UTC where there are none.
    /// Checked by [`SourceDescription::parse`].
    pub(crate) fn window_time_zone(&self) -> Result<TimeZone, String> {
        let (key, name, format) = match &self.strategy {
            Strategy::Interval(interval) => {
                ("strategy.interval", &interval.time_zone, &interval.format)
            }
            Strategy::Series(series) => ("strategy.series", &series.time_zone, &series.format),
            Strategy::Snapshot(_) => return Ok(TimeZone::UTC),
        };
        let zone = time_zone(&format!("{key}.time_zone"), name)?;
        jiff::fmt::strtime::format(format, &Timestamp::UNIX_EPOCH.to_zoned(zone.clone()))
            .map_err(|error| format!("`{key}.format`: {error}"))?;
        Ok(zone)
    }

    /// The zone whose midnight begins a day of the quota. Checked by [`SourceDescription::parse`].
    pub(crate) fn quota_time_zone(&self) -> Result<TimeZone, String> {
        time_zone("quota.time_zone", &self.quota.time_zone)
    }
}

impl IntervalStrategy {
    fn check(&self) -> Result<(), String> {
        let positive = [
            ("strategy.interval.max_hits", self.max_hits),
            (
                "strategy.interval.completeness.passes",
                self.completeness.passes.into(),
            ),
        ];
        if let Some((name, _)) = positive.iter().find(|(_, value)| *value == 0) {
            return Err(format!("`{name}` must not be 0"));
        }
        positive_durations(&[
            (
                "strategy.interval.sweep.published_back",
                self.sweep.published_back,
            ),
            (
                "strategy.interval.sweep.updated_back",
                self.sweep.updated_back,
            ),
            (
                "strategy.interval.sweep.updated_back_max",
                self.sweep.updated_back_max,
            ),
        ])?;
        other_durations(&[("strategy.interval.overlap", self.overlap)])
    }

    /// The parameters that bound its requests.
    pub(crate) fn bounds(&self) -> [&str; 4] {
        [
            &self.published.from,
            &self.published.to,
            &self.updated.from,
            &self.updated.to,
        ]
    }
}

/// Names of boards or keys that can be part of a request.
fn check_names(key: &str, names: &[String]) -> Result<(), String> {
    for name in names {
        if let Some(reason) = unusable(name) {
            return Err(format!("`{key}`: `{}` {reason}", name.escape_debug()));
        }
    }
    Ok(())
}

/// Why a board or key cannot be part of a request.
pub(crate) fn unusable(name: &str) -> Option<&'static str> {
    match name {
        _ if name.trim().is_empty() => Some("is blank"),
        _ if name.trim() != name => Some("has blanks around it"),
        // In a path they would lead elsewhere.
        "." | ".." => Some("is no name"),
        _ if name.len() > LONGEST_NAME => Some("is too long"),
        _ if name.contains(char::is_control) => Some("contains control characters"),
        _ => None,
    }
}

/// Of each the name and the value, which must be more than nothing.
fn positive_durations(durations: &[(&str, SignedDuration)]) -> Result<(), String> {
    if let Some((name, _)) = durations.iter().find(|(_, value)| !value.is_positive()) {
        return Err(format!("`{name}` must be greater than 0"));
    }
    other_durations(durations)
}

/// Of each the name and the value, which may be nothing.
fn other_durations(durations: &[(&str, SignedDuration)]) -> Result<(), String> {
    if let Some((name, _)) = durations.iter().find(|(_, value)| value.is_negative()) {
        return Err(format!("`{name}` must not be negative"));
    }
    if let Some((name, _)) = durations.iter().find(|(_, value)| *value > LONGEST) {
        return Err(format!("`{name}` must not be more than a year"));
    }
    Ok(())
}

/// Whether a byte may be part of the name of a cookie.
fn is_of_a_token(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(&byte)
}

fn time_zone(key: &str, name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| format!("`{key}`: there is no time zone `{name}`"))
}

#[cfg(test)]
mod tests {
    use crate::source::SourceDescription;
    use crate::source::tests::SARAMIN;

    #[test]
    fn what_is_wrong_with_a_description_is_named() {
        for (from, to, named) in [
            ("[endpoint]", "[endpoint]\nretries = 3", "retries"),
            ("\n[paginator.page]", "\n[paginator.curser]", "curser"),
            (
                "time_zone = \"Asia/Seoul\"\nformat",
                "time_zone = \"Asia/Soul\"\nformat",
                "Asia/Soul",
            ),
            ("size = 110", "size = 0", "paginator.size"),
            (
                "overlap = \"2h\"",
                "overlap = \"-2h\"",
                "strategy.interval.overlap",
            ),
            ("overlap = \"2h\"", "overlap = 2", "overlap"),
            (
                "overlap = \"2h\"",
                "overlap = \"90000h\"",
                "strategy.interval.overlap",
            ),
            ("gap = \"0s\"", "gap = \"-1s\"", "endpoint.gap"),
            ("base = \"100ms\"", "base = \"-1ms\"", "retry.base"),
            (
                "published_back = \"48h\"",
                "published_back = \"0s\"",
                "strategy.interval.sweep.published_back",
            ),
            ("code = 99", "code = 4", "errors.codes"),
            ("action = \"retry\"", "action = \"panic\"", "panic"),
            ("dataset = \"recruit\"", "dataset = \"../x\"", "../x"),
            ("sort = { selects", "start = { selects", "parameters.start"),
            (
                "path = \"/job-search\"",
                "path = \"job-search\"",
                "endpoint.path",
            ),
        ] {
            let text = SARAMIN.replacen(from, to, 1);
            assert_ne!(text, SARAMIN, "{from}");
            let error = SourceDescription::parse("mine.toml", &text).expect_err(to);
            let error = error.to_string();
            assert!(
                error.contains(named) && error.contains("mine.toml"),
                "{error}"
            );
        }
    }
}
