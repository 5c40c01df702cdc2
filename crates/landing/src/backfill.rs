//! Backfill requests: periods to collect even where data exists already. Each is one small file
//! directly below `landing/`, written before the first call and never changed.
//!
//! It is part of the landing so that what is due follows from the landing alone: what is left of a
//! backfill is its period minus the windows that were begun since the request. So it ends once it is
//! collected, and survives a crash at any point. The file's name encodes all of it; the content is
//! informational. To cancel one, delete its file.

use std::fmt;

use jiff::Timestamp;
use kernel::{Interval, IntervalSet, whole_second};
use object_store::PutMode;
use object_store::path::Path;
use serde::Serialize;

use crate::window::{compact, parse_compact};
use crate::{
    Attempt, Dataset, Error, Landing, PROGRAM, Query, QueryId, Result, WindowKind, WindowRef,
    sealed,
};

/// Placeholder for the end of a backfill that has none.
const OPEN: &str = "open";

/// A period that was requested.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Backfill {
    /// Source and dataset.
    pub dataset: Dataset,
    /// Inclusive; whole seconds.
    pub from: Timestamp,
    /// Exclusive; whole seconds. `None`: up to the time of the request; what follows is due anyway.
    /// Such a backfill also sets the start from which everything is due.
    pub to: Option<Timestamp>,
    /// The query it was requested for.
    pub query: QueryId,
    /// When it was requested.
    pub attempt: Attempt,
}

impl Backfill {
    /// The period it requests.
    pub fn interval(&self) -> Interval {
        let asked_at = whole_second(self.attempt.begun_at());
        Interval {
            from: self.from,
            to: self.to.unwrap_or(asked_at),
        }
    }

    /// What is left of it: its period minus the complete collect windows of its query begun since
    /// then. Ascending.
    pub fn left(&self, windows: &[WindowRef]) -> Vec<Interval> {
        let Interval { from, to } = self.interval();
        self.read_since(windows).gaps(from, to)
    }

    /// What was collected for its query since the request, of any period.
    pub fn read_since(&self, windows: &[WindowRef]) -> IntervalSet {
        windows
            .iter()
            .filter(|window| self.counts(window))
            .map(WindowRef::interval)
            .collect()
    }

    /// Whether a window may have been landed for it: begun since, and within its period.
    pub fn explains(&self, window: &WindowRef) -> bool {
        let Interval { from, to } = self.interval();
        self.counts(window) && from <= window.from && window.to <= to
    }

    fn counts(&self, window: &WindowRef) -> bool {
        window.kind == WindowKind::Collect
            && window.query == self.query
            && window.dataset == self.dataset
            && window.attempt.begun_at() >= self.attempt.begun_at()
    }

    /// The path of the file from the storage root.
    pub fn path(&self) -> Path {
        Path::from_iter(["landing".to_owned(), self.to_string()])
    }

    /// The backfill that a file's name encodes, or `None` for any other file.
    fn parse(name: &str) -> Option<Self> {
        let mut fields = name.strip_suffix(".json")?.splitn(7, '-');
        if fields.next()? != "backfill" {
            return None;
        }
        let backfill = Self {
            dataset: Dataset::new(fields.next()?, fields.next()?).ok()?,
            from: parse_compact(fields.next()?).ok()?,
            to: match fields.next()? {
                OPEN => None,
                to => Some(parse_compact(to).ok()?),
            },
            query: fields.next()?.parse().ok()?,
            attempt: fields.next()?.parse().ok()?,
        };
        let Interval { from, to } = backfill.interval();
        (backfill.to_string() == name && from < to).then_some(backfill)
    }
}

impl fmt::Display for Backfill {
    /// The file's name: `backfill-<source>-<dataset>-<from>-<to>-<query8>-<attempt>.json`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "backfill-{}-{}-{}-{}-{}-{}.json",
            self.dataset.source(),
            self.dataset.name(),
            compact(self.from),
            self.to.map_or_else(|| OPEN.to_owned(), compact),
            self.query,
            self.attempt
        )
    }
}

/// The content of the file.
#[derive(Serialize)]
struct Content<'a> {
    format: u32,
    source: &'a str,
    dataset: &'a str,
    from: Timestamp,
    /// Null: no end.
    to: Option<Timestamp>,
    query: &'a Query,
    asked_at: Timestamp,
    program: &'a str,
}

impl Landing {
    /// All backfills that were ever requested of a dataset, in the order of their paths.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn backfills(&self, dataset: &Dataset) -> Result<Vec<Backfill>> {
        let folder = Path::from("landing");
        let listed = self.store.list_with_delimiter(Some(&folder)).await;
        let listed = listed.map_err(|error| Error::store(&folder, error))?;
        let mut backfills: Vec<Backfill> = listed
            .objects
            .iter()
            .filter_map(|object| Backfill::parse(object.location.filename()?))
            .filter(|backfill| backfill.dataset == *dataset)
            .collect();
        backfills.sort_unstable();
        Ok(backfills)
    }

    /// Records at `now` the request for `from` to `to` ([`Backfill`]). It is durable when this
    /// returns. Bounds are rounded down to whole seconds.
    ///
    /// # Errors
    /// [`Error::Window`] for an empty period or one that no file name can express;
    /// [`Error::Store`].
    pub async fn ask_for(
        &self,
        dataset: &Dataset,
        from: Timestamp,
        to: Option<Timestamp>,
        query: &Query,
        now: Timestamp,
    ) -> Result<Backfill> {
        let backfill = Backfill {
            dataset: dataset.clone(),
            from: whole_second(from),
            to: to.map(whole_second),
            query: QueryId::of(query),
            attempt: Attempt::random(now),
        };
        if Backfill::parse(&backfill.to_string()).as_ref() != Some(&backfill) {
            let Interval { from, to } = backfill.interval();
            return Err(Error::Window {
                from,
                to,
                reason: "it is empty, or its years do not have four digits",
            });
        }
        self.claim().await?;
        let path = backfill.path();
        let content = Content {
            format: 1,
            source: dataset.source(),
            dataset: dataset.name(),
            from: backfill.from,
            to: backfill.to,
            query,
            asked_at: backfill.attempt.begun_at(),
            program: PROGRAM,
        };
        let mut text = serde_json::to_string_pretty(&content).map_err(|error| Error::Manifest {
            path: path.to_string(),
            reason: error.to_string(),
        })?;
        text.push('\n');
        let options = sealed(PutMode::Create);
        let written = self.store.put_opts(&path, text.into(), options).await;
        written.map_err(|error| Error::store(&path, error))?;
        Ok(backfill)
    }
}

/// Whether a file directly below `landing/` has the name of a backfill request.
pub(crate) fn is_backfill(name: &str) -> bool {
    Backfill::parse(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "backfill-saramin-recruit-20230430T200000Z-20230430T210000Z-44136fa3-20260501T000102000345Z-ab12.json";

    #[test]
    fn other_file_names_are_refused() {
        let backfill = Backfill::parse(GOOD).expect("a backfill");
        assert_eq!(
            backfill.interval().to_string(),
            "2023-04-30T20:00:00Z..2023-04-30T21:00:00Z"
        );
        assert!(Backfill::parse(&GOOD.replace("20230430T210000Z", OPEN)).is_some());
        for (from, to) in [
            ("backfill", "backfills"),
            (".json", ".json#1"),
            (".json", ""),
            ("saramin", "Saramin"),
            ("20230430T200000Z", "20230430T210000Z"),
            ("20230430T210000Z", "ever"),
            ("20260501T000102000345Z", "20220501T000102000345"),
            ("-ab12", ""),
            ("-ab12", "-ab12-x"),
        ] {
            let bad = GOOD.replace(from, to);
            assert_eq!(Backfill::parse(&bad), None, "{bad}");
        }
        assert_eq!(Backfill::parse("origin.json"), None);
    }

    proptest! {
        #[test]
        fn names_round_trip(
            from in -60_000_000_000i64..1_600_000_000,
            seconds in proptest::option::of(1i64..1_000_000_000),
            asked_micros in 1_700_000_000_000_000i64..4_000_000_000_000_000,
        ) {
            let at = |second| Timestamp::from_second(second).expect("in range");
            let asked = Timestamp::from_microsecond(asked_micros).expect("in range");
            let backfill = Backfill {
                dataset: Dataset::new("saramin", "job_ads").expect("a dataset"),
                from: at(from),
                to: seconds.map(|seconds| at(from + seconds)),
                query: QueryId::of(&Query::new()),
                attempt: Attempt::random(asked),
            };
            prop_assert_eq!(Backfill::parse(&backfill.to_string()), Some(backfill));
        }
    }
}
