//! `pipeline/schedule.toml`: which DAG runs when.

use anyhow::{Context as _, Result, bail};
use croner::Cron;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use warehouse::PipelineFiles;

use crate::dags;

const PATH: &str = "schedule.toml";

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    schedule: Vec<Line>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    dag: String,
    cron: String,
    time_zone: String,
}

/// When a DAG runs.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The DAG.
    pub dag: String,
    cron: Cron,
    zone: TimeZone,
}

impl Schedule {
    /// Reads all lines of the file.
    pub fn read(files: &PipelineFiles) -> Result<Vec<Self>> {
        let Some(bytes) = files.get(PATH) else {
            return Ok(Vec::new());
        };
        let named = || format!("`pipeline/{PATH}`");
        let text = std::str::from_utf8(bytes).with_context(named)?;
        let file: File = toml::from_str(text).with_context(named)?;
        file.schedule
            .into_iter()
            .map(|line| Self::parse(line).with_context(named))
            .collect()
    }

    fn parse(line: Line) -> Result<Self> {
        if line.dag != dags::COLLECT_POSTINGS {
            bail!(
                "there is no DAG `{}`; there is `{}`",
                line.dag,
                dags::COLLECT_POSTINGS
            );
        }
        Ok(Self {
            cron: line
                .cron
                .parse()
                .with_context(|| format!("`{}` is not a cron pattern", line.cron))?,
            zone: TimeZone::get(&line.time_zone)?,
            dag: line.dag,
        })
    }

    /// The first time after `now`.
    pub fn next(&self, now: Timestamp) -> Result<Timestamp> {
        let next = self
            .cron
            .find_next_occurrence(&now.to_zoned(self.zone.clone()), false)
            .with_context(|| format!("the schedule of `{}` has no next time", self.dag))?;
        Ok(next.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Schedule>> {
        let files = [(PATH.to_owned(), text.as_bytes().to_vec())];
        Schedule::read(&files.into())
    }

    #[test]
    fn the_next_time_is_in_the_zone_of_the_line() {
        let schedules = read(
            "[[schedule]]\ndag = 'collect_postings'\ncron = '30 6 * * *'\ntime_zone = 'Asia/Seoul'",
        )
        .unwrap();
        let now = "2023-05-01T21:30:00Z".parse().unwrap();
        let next = schedules[0].next(now).unwrap();
        assert_eq!(next, "2023-05-02T21:30:00Z".parse().unwrap());
    }

    #[test]
    fn a_line_that_cannot_run_is_refused() {
        let line = |dag: &str, cron: &str| {
            read(&format!(
                "[[schedule]]\ndag = '{dag}'\ncron = '{cron}'\ntime_zone = 'Asia/Seoul'"
            ))
        };
        assert!(line("collect_postings", "5 * * * *").is_ok());
        assert!(line("collect_postings", "five past").is_err());
        assert!(line("collect_everything", "5 * * * *").is_err());
    }
}
