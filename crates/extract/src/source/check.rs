//! Semantic validation of a description.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Auth, Paginator, SourceDescription};

/// The maximum of every duration in a description.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

impl SourceDescription {
    /// Validates it.
    pub(super) fn check(&self) -> Result<(), String> {
        landing::Dataset::new(&self.source, &self.dataset).map_err(|error| error.to_string())?;
        self.window_time_zone()?;
        self.quota_time_zone()?;
        let Paginator::Page { size, .. } = &self.paginator;
        let positive = [
            ("paginator.size", *size),
            ("window.max_hits", self.window.max_hits),
            ("endpoint.concurrency", self.endpoint.concurrency as u64),
            (
                "endpoint.max_body_bytes",
                self.endpoint.max_body_bytes as u64,
            ),
            ("completeness.passes", self.completeness.passes.into()),
            ("retry.attempts", self.retry.attempts.into()),
            ("retry.failed_windows", self.retry.failed_windows.into()),
        ];
        if let Some((name, _)) = positive.iter().find(|(_, value)| *value == 0) {
            return Err(format!("`{name}` must not be 0"));
        }
        let durations = [
            ("endpoint.timeout", self.endpoint.timeout),
            ("sweep.published_back", self.sweep.published_back),
            ("sweep.updated_back", self.sweep.updated_back),
            ("sweep.updated_back_max", self.sweep.updated_back_max),
        ];
        if let Some((name, _)) = durations.iter().find(|(_, value)| !value.is_positive()) {
            return Err(format!("`{name}` must be more than nothing"));
        }
        let none_or_more = [
            ("window.overlap", self.window.overlap),
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
        let Paginator::Page {
            page_parameter,
            size_parameter,
            ..
        } = &self.paginator;
        let window = &self.window;
        let mut own = vec![
            page_parameter.as_str(),
            size_parameter,
            &window.published.from,
            &window.published.to,
            &window.updated.from,
            &window.updated.to,
        ];
        if let Auth::Query { parameter, .. } = &self.auth {
            own.push(parameter);
        }
        own
    }

    /// The zone in which windows are written. Checked by [`SourceDescription::parse`].
    pub(crate) fn window_time_zone(&self) -> Result<TimeZone, String> {
        let zone = time_zone("window.time_zone", &self.window.time_zone)?;
        jiff::fmt::strtime::format(
            &self.window.format,
            &Timestamp::UNIX_EPOCH.to_zoned(zone.clone()),
        )
        .map_err(|error| format!("`window.format`: {error}"))?;
        Ok(zone)
    }

    /// The zone whose midnight begins a day of the quota. Checked by [`SourceDescription::parse`].
    pub(crate) fn quota_time_zone(&self) -> Result<TimeZone, String> {
        time_zone("quota.time_zone", &self.quota.time_zone)
    }
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
            ("kind = \"page\"\n", "kind = \"cursor\"\n", "cursor"),
            (
                "time_zone = \"Asia/Seoul\"\nformat",
                "time_zone = \"Asia/Soul\"\nformat",
                "Asia/Soul",
            ),
            ("size = 110", "size = 0", "paginator.size"),
            ("overlap = \"2h\"", "overlap = \"-2h\"", "window.overlap"),
            ("overlap = \"2h\"", "overlap = 2", "overlap"),
            ("overlap = \"2h\"", "overlap = \"90000h\"", "window.overlap"),
            ("gap = \"0s\"", "gap = \"-1s\"", "endpoint.gap"),
            ("base = \"100ms\"", "base = \"-1ms\"", "retry.base"),
            (
                "published_back = \"48h\"",
                "published_back = \"0s\"",
                "sweep.published_back",
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
