//! Semantic validation of a description.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Auth, SourceDescription, Strategy};

/// The maximum of every duration in a description.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

impl SourceDescription {
    /// Validates it.
    pub(super) fn check(&self) -> Result<(), String> {
        landing::Dataset::new(&self.source, &self.dataset).map_err(|error| error.to_string())?;
        self.window_time_zone()?;
        self.quota_time_zone()?;
        let Strategy::Interval(interval) = &self.strategy;
        let positive = [
            ("paginator.size", self.paginator.size()),
            ("strategy.interval.max_hits", interval.max_hits),
            ("endpoint.concurrency", self.endpoint.concurrency as u64),
            (
                "endpoint.max_body_bytes",
                self.endpoint.max_body_bytes as u64,
            ),
            (
                "strategy.interval.completeness.passes",
                interval.completeness.passes.into(),
            ),
            ("retry.attempts", self.retry.attempts.into()),
            ("retry.failed_windows", self.retry.failed_windows.into()),
        ];
        if let Some((name, _)) = positive.iter().find(|(_, value)| *value == 0) {
            return Err(format!("`{name}` must not be 0"));
        }
        let durations = [
            ("endpoint.timeout", self.endpoint.timeout),
            (
                "strategy.interval.sweep.published_back",
                interval.sweep.published_back,
            ),
            (
                "strategy.interval.sweep.updated_back",
                interval.sweep.updated_back,
            ),
            (
                "strategy.interval.sweep.updated_back_max",
                interval.sweep.updated_back_max,
            ),
        ];
        if let Some((name, _)) = durations.iter().find(|(_, value)| !value.is_positive()) {
            return Err(format!("`{name}` must be greater than 0"));
        }
        let none_or_more = [
            ("strategy.interval.overlap", interval.overlap),
            ("endpoint.gap", self.endpoint.gap),
            ("retry.base", self.retry.base),
            ("retry.cap", self.retry.cap),
            ("retry.retry_after_cap", self.retry.retry_after_cap),
        ];
        if let Some((name, _)) = none_or_more.iter().find(|(_, value)| value.is_negative()) {
            return Err(format!("`{name}` must not be negative"));
        }
        if let Some((name, _)) = none_or_more
            .iter()
            .chain(&durations)
            .find(|(_, value)| *value > LONGEST)
        {
            return Err(format!("`{name}` must not be more than a year"));
        }
        if !self.endpoint.path.starts_with('/') {
            return Err("`endpoint.path` must begin with `/`".to_owned());
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
        let codes: BTreeSet<i64> = self.errors.codes.iter().map(|code| code.code).collect();
        if codes.len() != self.errors.codes.len() {
            return Err("`errors.codes` names a code twice".to_owned());
        }
        let own = self.own_parameters();
        if let Some(name) = own.iter().find(|name| self.parameters.contains_key(**name)) {
            return Err(format!(
                "`parameters.{name}` is set by the program, not by a query"
            ));
        }
        Ok(())
    }

    /// The parameters that the program sets itself: the key, the page, the window.
    pub(crate) fn own_parameters(&self) -> Vec<&str> {
        let Strategy::Interval(interval) = &self.strategy;
        let mut own = vec![
            self.paginator.place_parameter(),
            self.paginator.size_parameter(),
            &interval.published.from,
            &interval.published.to,
            &interval.updated.from,
            &interval.updated.to,
        ];
        if let Auth::Query { parameter, .. } = &self.auth {
            own.push(parameter);
        }
        own
    }

    /// The zone in which windows are written. Checked by [`SourceDescription::parse`].
    pub(crate) fn window_time_zone(&self) -> Result<TimeZone, String> {
        let Strategy::Interval(interval) = &self.strategy;
        let zone = time_zone("strategy.interval.time_zone", &interval.time_zone)?;
        jiff::fmt::strtime::format(
            &interval.format,
            &Timestamp::UNIX_EPOCH.to_zoned(zone.clone()),
        )
        .map_err(|error| format!("`strategy.interval.format`: {error}"))?;
        Ok(zone)
    }

    /// The zone whose midnight begins a day of the quota. Checked by [`SourceDescription::parse`].
    pub(crate) fn quota_time_zone(&self) -> Result<TimeZone, String> {
        time_zone("quota.time_zone", &self.quota.time_zone)
    }
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
            ("\n[paginator.page]", "\n[paginator.cursor]", "cursor"),
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
