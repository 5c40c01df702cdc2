//! Windows by their path: the folder's name encodes everything that decides what is due.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use kernel::{Interval, is_lower_hex, whole_second};
use object_store::path::Path;

use crate::{Dataset, Error, Query, QueryId, Result};

/// Why a window was landed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum WindowKind {
    /// Everything published in the window. The only kind that counts as coverage.
    Collect,
    /// A repeated read of what was published in the last days: for late and closed postings.
    Sweep,
    /// Edited in the window, regardless of when published.
    Updated,
    /// A file that was saved elsewhere.
    Saved,
    /// The readable part of a period that cannot be read completely. Its records count; its period
    /// is not covered and stays due.
    Partial,
    /// One poll of whole lists. Its bounds are those of the poll; its parts say which lists were
    /// complete.
    Snapshot,
    /// One pull of ranges of time series. Its bounds are those of the pull; its parts name the
    /// ranges.
    Series,
}

impl WindowKind {
    const ALL: [Self; 7] = [
        Self::Collect,
        Self::Sweep,
        Self::Updated,
        Self::Saved,
        Self::Partial,
        Self::Snapshot,
        Self::Series,
    ];

    /// As written in paths and manifests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Collect => "collect",
            Self::Sweep => "sweep",
            Self::Updated => "updated",
            Self::Saved => "saved",
            Self::Partial => "partial",
            Self::Snapshot => "snapshot",
            Self::Series => "series",
        }
    }
}

impl fmt::Display for WindowKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for WindowKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.as_str() == text).ok_or(())
    }
}

/// One landing of a window: when it began (UTC, microseconds), and a tag that distinguishes two of
/// the same microsecond. The tag is 4 random hex digits; of a saved file, the first 16 hex
/// digits of its content's sha-256, by which the same content is recognised.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt {
    begun_at: Timestamp,
    tag: String,
}

impl Attempt {
    pub(crate) fn new(begun_at: Timestamp, tag: String) -> Self {
        let second = whole_second(begun_at);
        let fraction = begun_at.duration_since(second).as_micros();
        let micros = SignedDuration::from_micros(i64::try_from(fraction).unwrap_or(0));
        Self {
            begun_at: second.checked_add(micros).unwrap_or(second),
            tag,
        }
    }

    pub(crate) fn random(begun_at: Timestamp) -> Self {
        Self::new(begun_at, format!("{:04x}", rand::random::<u16>()))
    }

    /// When the landing of this window began.
    pub fn begun_at(&self) -> Timestamp {
        self.begun_at
    }

    /// Distinguishes it from others: see [`Attempt`].
    pub fn tag(&self) -> &str {
        &self.tag
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = whole_second(self.begun_at);
        let micros = self.begun_at.duration_since(second).as_micros();
        let compact = compact(second);
        write!(out, "{}{micros:06}Z-{}", &compact[..15], self.tag)
    }
}

impl FromStr for Attempt {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (time, tag) = text.split_once('-').ok_or(())?;
        if time.len() != 22 || !time.is_ascii() || tag.is_empty() || !is_lower_hex(tag) {
            return Err(());
        }
        let second = parse_compact(&format!("{}Z", &time[..15]))?;
        let micros: i64 = time[15..21].parse().map_err(|_| ())?;
        let begun_at = second
            .checked_add(SignedDuration::from_micros(micros))
            .map_err(|_| ())?;
        let attempt = Self {
            begun_at,
            tag: tag.to_owned(),
        };
        (attempt.to_string() == text).then_some(attempt).ok_or(())
    }
}

/// The window to be landed: see [`crate::Landing::begin`].
#[derive(Clone, Debug)]
pub struct WindowSpec {
    pub dataset: Dataset,
    pub kind: WindowKind,
    /// Inclusive; whole seconds.
    pub from: Timestamp,
    /// Exclusive; whole seconds. Equal to `from` for a saved file.
    pub to: Timestamp,
    /// The query: see [`Query`].
    pub query: Query,
}

/// A window of the store, as described by its path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowRef {
    /// Source and dataset.
    pub dataset: Dataset,
    /// The day of `from` in Seoul, which makes the window easy to find in the store.
    pub date: Date,
    /// Why it was landed.
    pub kind: WindowKind,
    /// Inclusive.
    pub from: Timestamp,
    /// Exclusive.
    pub to: Timestamp,
    /// Which query it answers.
    pub query: QueryId,
    /// Which landing of it this is.
    pub attempt: Attempt,
}

impl WindowRef {
    pub(crate) fn new(spec: &WindowSpec, attempt: Attempt) -> Result<Self> {
        let refuse = |reason| Error::Window {
            from: spec.from,
            to: spec.to,
            reason,
        };
        if whole_second(spec.from) != spec.from || whole_second(spec.to) != spec.to {
            return Err(refuse("its bounds are not whole seconds"));
        }
        if spec.to < spec.from || (spec.to == spec.from && spec.kind != WindowKind::Saved) {
            return Err(refuse("it ends before it begins"));
        }
        let window = Self {
            dataset: spec.dataset.clone(),
            date: seoul_day(spec.from),
            kind: spec.kind,
            from: spec.from,
            to: spec.to,
            query: QueryId::of(&spec.query),
            attempt,
        };
        if Self::parse(&window.path()).as_ref() != Some(&window) {
            return Err(refuse("its years do not have four digits"));
        }
        Ok(window)
    }

    /// The folder's own name: `<kind>-<from>-<to>-<query8>-<attempt>`.
    pub fn name(&self) -> String {
        let (from, to) = (compact(self.from), compact(self.to));
        format!("{}-{from}-{to}-{}-{}", self.kind, self.query, self.attempt)
    }

    /// The folder from the storage root.
    pub fn path(&self) -> Path {
        self.dataset
            .path()
            .join(format!("date={}", self.date))
            .join(self.name())
    }

    /// The interval that it covers.
    pub fn interval(&self) -> Interval {
        Interval {
            from: self.from,
            to: self.to,
        }
    }

    /// The window that a folder's path encodes, or `None` for any other folder.
    pub fn parse(folder: &Path) -> Option<Self> {
        let parts: Vec<_> = folder.parts().collect();
        let [landing, source, name, date, window] = parts.as_slice() else {
            return None;
        };
        if landing.as_ref() != "landing" {
            return None;
        }
        let mut fields = window.as_ref().splitn(5, '-');
        let parsed = Self {
            dataset: Dataset::new(source.as_ref(), name.as_ref()).ok()?,
            date: date.as_ref().strip_prefix("date=")?.parse().ok()?,
            kind: fields.next()?.parse().ok()?,
            from: parse_compact(fields.next()?).ok()?,
            to: parse_compact(fields.next()?).ok()?,
            query: fields.next()?.parse().ok()?,
            attempt: fields.next()?.parse().ok()?,
        };
        let well_formed = parsed.path() == *folder
            && parsed.date == seoul_day(parsed.from)
            && parsed.from <= parsed.to;
        well_formed.then_some(parsed)
    }
}

impl fmt::Display for WindowRef {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.path())
    }
}

/// The calendar day of an instant in Seoul. Korea has been nine hours ahead of UTC, without summer
/// time, since 1988: no time zone database decides the path of a window.
fn seoul_day(instant: Timestamp) -> Date {
    instant
        .to_zoned(TimeZone::fixed(Offset::constant(9)))
        .date()
}

pub(crate) fn compact(instant: Timestamp) -> String {
    instant.strftime("%Y%m%dT%H%M%SZ").to_string()
}

pub(crate) fn parse_compact(text: &str) -> Result<Timestamp, ()> {
    let instant: Timestamp = text.parse().map_err(|_| ())?;
    (compact(instant) == text).then_some(instant).ok_or(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spec(from: i64, seconds: i64, kind: WindowKind) -> WindowSpec {
        WindowSpec {
            dataset: Dataset::new("saramin", "recruit").expect("a dataset"),
            kind,
            from: Timestamp::from_second(from).expect("in range"),
            to: Timestamp::from_second(from + seconds).expect("in range"),
            query: Query::from([("ind_cd".to_owned(), "3".to_owned())]),
        }
    }

    #[test]
    fn a_path_reads_as_the_layout_says() {
        let begun: Timestamp = "2026-05-01T00:01:02.000345Z".parse().expect("a time");
        // 2023-04-30T20:00:00Z is the first of May in Seoul.
        let spec = spec(1_682_884_800, 3600, WindowKind::Collect);
        let window = WindowRef::new(&spec, Attempt::new(begun, "ab12".to_owned())).expect("fine");
        let id = QueryId::of(&spec.query);
        assert_eq!(
            window.path().as_ref(),
            format!(
                "landing/saramin/recruit/date=2023-05-01/collect-20230430T200000Z-20230430T210000Z-{id}-20260501T000102000345Z-ab12"
            )
        );
    }

    #[test]
    fn other_folders_are_refused() {
        let good = "landing/saramin/recruit/date=2023-05-01/collect-20230430T200000Z-20230430T210000Z-44136fa3-20260501T000102000345Z-ab12";
        assert!(WindowRef::parse(&good.into()).is_some());
        for (from, to) in [
            ("landing/", "landed/"),
            ("recruit/", "Recruit/"),
            ("date=2023-05-01", "date=2023-05-02"),
            ("date=2023-05-01", "2023-05-01"),
            ("collect-", "collected-"),
            ("20230430T200000Z", "20230430T200000"),
            ("20230430T200000Z", "20230431T200000Z"),
            ("20230430T210000Z", "20230430T190000Z"),
            ("44136fa3", "44136FA3"),
            ("000345Z", "0345Z"),
            ("-ab12", ""),
            ("-ab12", "-ab12-x"),
            ("-ab12", "-ab12/x"),
        ] {
            let bad = good.replace(from, to);
            assert_eq!(WindowRef::parse(&bad.as_str().into()), None, "{bad}");
        }
    }

    #[test]
    fn windows_that_no_path_can_express_are_refused() {
        let attempt = || Attempt::new(Timestamp::UNIX_EPOCH, "ab12".to_owned());
        WindowRef::new(&spec(0, 0, WindowKind::Collect), attempt()).expect_err("empty");
        WindowRef::new(&spec(0, 0, WindowKind::Saved), attempt()).expect("a saved file");
        WindowRef::new(&spec(10, -5, WindowKind::Sweep), attempt()).expect_err("backwards");
        WindowRef::new(&spec(-100_000_000_000, 5, WindowKind::Sweep), attempt())
            .expect_err("before the year 0");
        let mut fraction = spec(0, 10, WindowKind::Collect);
        fraction.to = "1970-01-01T00:00:05.5Z".parse().expect("a time");
        WindowRef::new(&fraction, attempt()).expect_err("half a second");
    }

    proptest! {
        #[test]
        fn paths_round_trip(
            from in -60_000_000_000i64..250_000_000_000,
            seconds in 1i64..1_000_000_000,
            kind in 0usize..7,
            begun_micros in 0i64..4_000_000_000_000_000,
            tag in "[0-9a-f]{4,16}",
        ) {
            let kind = WindowKind::ALL[kind];
            let begun = Timestamp::from_microsecond(begun_micros).expect("in range");
            let window = WindowRef::new(&spec(from, seconds, kind), Attempt::new(begun, tag)).expect("in range");
            prop_assert_eq!(WindowRef::parse(&window.path()), Some(window));
        }

        #[test]
        fn no_path_makes_it_panic(path in "landing/[a-z_]{1,3}/[a-z]{1,3}/date=[0-9-]{1,12}/\\PC{0,90}") {
            if let Ok(path) = Path::parse(&path) {
                let _ = WindowRef::parse(&path);
            }
        }
    }
}
