//! Take-downs: removing one posting everywhere, the landing included, and excluding it from then
//! on.
//!
//! The order makes every interruption harmless. The record is written first, and every build reads
//! the list of records: from then on no build stages the posting, wherever it still is. Then the
//! bodies are rewritten, then the tables are built and published, then the kept builds that still
//! contain it are deleted with their files. Repeating the call finishes what was not reached.
//!
//! A build is needed, and it reads all datasets with the posting's entity again: where these are all
//! there are, a take-down costs as much as `jobtide build --full`. Backups, exports and copies that
//! others made are out of reach.
//!
//! It must not run concurrently with itself or with a build: the caller holds the lock and the
//! store's writer lease.

mod bodies;
mod cut;
mod forms;
mod named;
mod record;

use std::collections::{BTreeSet, HashSet};

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use jiff::{SignedDuration, Timestamp};
use landing::{BodyChange, BodyFile, Format, Listing, MANIFEST, Unlanded, WindowRef};

use crate::build::{BuildEvent, BuildReport, BuildRequest};
use crate::engine;
use crate::error::{Error, Result};
use crate::publish::{BuildRecord, Records};
use crate::staging::rejects::PAYLOAD_LIMIT;
use crate::warehouse::Warehouse;
use bodies::Cuts;
use cut::Wanted;

pub use named::Posting;
pub use record::{TakeDown, TakeDowns};

/// A window last written longer ago than this is no longer being collected.
const ABANDONED: SignedDuration = SignedDuration::from_hours(24);

/// What the landing holds of the postings to take down.
#[derive(Debug, Clone, Default)]
pub struct Holdings {
    windows: Vec<WindowRef>,
    /// Bodies that hold them.
    pub bodies: u64,
    /// Records in these, as far as they can be counted.
    pub records: u64,
    /// Bodies among them that cannot be read, mention the posting and are removed as a whole.
    pub unreadable: u64,
    /// Manifests and bodies that are damaged or missing and could not be searched.
    pub damaged: Vec<String>,
    /// Windows without a manifest, not old enough to be removed, that were not searched.
    pub unfinished: usize,
}

impl Holdings {
    /// How many windows hold them.
    pub fn windows(&self) -> usize {
        self.windows.len()
    }
}

/// What a take-down did.
#[derive(Debug, Clone)]
pub struct TakeDownReport {
    /// What was taken out of the landing.
    pub holdings: Holdings,
    /// The build without the posting; `None` when nothing was published before.
    pub build: Option<BuildReport>,
    /// Builds that contained the posting and were deleted.
    pub forgotten: BTreeSet<u64>,
}

impl Warehouse {
    /// Finds what the landing holds of a posting and of all that were taken down before. Reads the
    /// bodies that the published build names, and those that it has not staged.
    pub async fn holdings(&self, posting: Option<&Posting>) -> Result<Holdings> {
        self.search(&self.wanted(posting).await?).await
    }

    async fn search(&self, wanted: &Wanted) -> Result<Holdings> {
        let listing = self.landing.list().await?;
        let mut found = Holdings::default();
        let (lost, unfinished) = self.without_manifest(&listing).await?;
        found.unfinished = unfinished;
        found.damaged.extend(lost);
        let unsound = listing
            .unsound
            .iter()
            .map(|window| window.path().join(MANIFEST));
        found.damaged.extend(unsound.map(String::from));
        // Content that was taken back exists until no kept build was made of it.
        let unlanded = listing.unlanded.into_iter().filter(Unlanded::is_held);
        let unlanded: HashSet<WindowRef> = unlanded.map(|unlanded| unlanded.window).collect();
        let mut windows = listing.windows;
        windows.extend(unlanded.iter().cloned());
        for window in self.candidates(wanted, windows).await? {
            let Cuts { cuts, mut damaged } = self.cut_window(&window, wanted).await?;
            if unlanded.contains(&window) {
                // Its removal was interrupted: a missing file contains nothing.
                damaged.retain(|damaged| !damaged.is_gone);
            }
            found
                .damaged
                .extend(damaged.into_iter().map(|damaged| damaged.path));
            if cuts.is_empty() {
                continue;
            }
            found.bodies += cuts.len() as u64;
            for (_, cut) in &cuts {
                found.records += cut.removed.unwrap_or(1);
                found.unreadable += u64::from(cut.removed.is_none());
            }
            found.windows.push(window);
        }
        Ok(found)
    }

    /// Windows without a manifest: the lost manifests of windows that kept builds were made of, and
    /// the number of other windows.
    async fn without_manifest(&self, listing: &Listing) -> Result<(Vec<String>, usize)> {
        if listing.unfinished.is_empty() {
            return Ok((Vec::new(), 0));
        }
        let kept = self.windows_of_kept_builds().await?;
        let paths = listing
            .unfinished
            .iter()
            .map(|window| window.window.path().to_string());
        let (lost, others): (Vec<String>, Vec<String>) =
            paths.partition(|path| kept.as_ref().is_none_or(|kept| kept.contains(path)));
        let lost = lost.into_iter().map(|path| format!("{path}/{MANIFEST}"));
        Ok((lost.collect(), others.len()))
    }

    /// Takes a posting down, and with it new copies of postings that were taken down before.
    /// Without a posting, only the latter.
    pub async fn take_down(
        &self,
        posting: Option<&Posting>,
        reason: &str,
        now: Timestamp,
        on_event: &(dyn Fn(BuildEvent) + Sync),
    ) -> Result<TakeDownReport> {
        let mut holdings = self.holdings(posting).await?;
        self.fence.check().await?;
        self.write_take_down(&TakeDown {
            asked_at: now,
            source: posting.and_then(|posting| posting.source.clone()),
            entity: posting.map(|posting| posting.entity.clone()),
            id: posting.map(|posting| posting.key.to_string()),
            reason: reason.to_owned(),
            windows: holdings.windows.iter().map(ToString::to_string).collect(),
            bodies: holdings.bodies,
            records: holdings.records,
            program: landing::PROGRAM.to_owned(),
        })
        .await?;
        let wanted = self.wanted(posting).await?;
        for window in &holdings.windows {
            self.fence.check_now_and_then().await?;
            self.rewrite(window, &wanted, reason, now).await?;
        }
        // Old revisions left by an interrupted take-down, and windows left by a crash.
        let listing = self.landing.list().await?;
        self.tidy_landing(&listing, now, ABANDONED).await?;
        let listing = self.landing.list().await?;
        (_, holdings.unfinished) = self.without_manifest(&listing).await?;
        let build = match self.builds.published().await? {
            Some(_) => Some(self.build(BuildRequest::default(), now, on_event).await?),
            None => None,
        };
        let forgotten = self.forget_builds_with(&wanted).await?;
        Ok(TakeDownReport {
            holdings,
            build,
            forgotten,
        })
    }

    async fn wanted(&self, posting: Option<&Posting>) -> Result<Wanted> {
        let mut wanted = match posting {
            Some(posting) => Wanted::new(&posting.entity, posting.key, posting.own_id.as_deref()),
            None => Wanted::default(),
        };
        let take_downs = self.take_downs().await?;
        for (_, spec) in self.record_specs() {
            wanted.add(&spec.entity, take_downs.keys(&spec.entity));
        }
        Ok(wanted)
    }

    /// Windows that may contain matches: those that the published build read it from, those with
    /// excluded or unreadable records, and those that the build has not staged.
    async fn candidates(&self, wanted: &Wanted, windows: Vec<WindowRef>) -> Result<Vec<WindowRef>> {
        let Some(record) = self.builds.published().await? else {
            return Ok(windows);
        };
        let staged = self.texts(&record, "select window from staging.windows");
        let staged: HashSet<String> = staged.await?.into_iter().collect();
        // A window with a file that the build could not read is staged in part.
        let unread = record.unread.iter().map(|file| file.window.clone());
        let mut holding: HashSet<String> = unread.collect();
        for name in self.naming_queries(&record, wanted).await? {
            for path in self.texts(&record, &name).await? {
                let window = path
                    .rsplit_once('/')
                    .map_or(path.as_str(), |(window, _)| window);
                holding.insert(window.to_owned());
            }
        }
        Ok(windows
            .into_iter()
            .filter(|window| {
                let path = window.path().to_string();
                !staged.contains(&path) || holding.contains(&path)
            })
            .collect())
    }

    /// Queries that name bodies to search.
    async fn naming_queries(&self, record: &BuildRecord, wanted: &Wanted) -> Result<Vec<String>> {
        let mut queries = vec!["select distinct landing_path from staging.quarantine".to_owned()];
        if self.counts_take_downs(record).await? {
            let kept_out = "select concat(window, '/') from staging.windows where purged > 0";
            queries.push(kept_out.to_owned());
        }
        for (table, spec) in self.record_specs() {
            if let Some(keys) = wanted.keys(spec)
                && record.tables.contains_key(table)
            {
                queries.push(format!(
                    "select distinct landing_path from {table} where id in ({})",
                    key_list(keys)
                ));
            }
        }
        Ok(queries)
    }

    /// Whether a build counts excluded records; earlier versions excluded none.
    async fn counts_take_downs(&self, record: &BuildRecord) -> Result<bool> {
        let windows = crate::TableName::new("staging", "windows");
        let windows = windows.map_err(|error| Error::Query(error.to_string()))?;
        let schema = self.table_schema(record, &windows).await?;
        Ok(schema.field_with_name("purged").is_ok())
    }

    /// Landed records that a build excluded because their postings were taken down.
    pub async fn kept_out(&self, record: &BuildRecord) -> Result<u64> {
        if !self.counts_take_downs(record).await? {
            return Ok(0);
        }
        let sum = self.texts(record, "select sum(purged) from staging.windows");
        Ok(sum
            .await?
            .iter()
            .find_map(|sum| sum.parse().ok())
            .unwrap_or(0))
    }

    async fn rewrite(
        &self,
        window: &WindowRef,
        wanted: &Wanted,
        reason: &str,
        now: Timestamp,
    ) -> Result<()> {
        let Cuts { cuts, .. } = self.cut_window(window, wanted).await?;
        let manifest = self.landing.manifest(window).await?;
        let counted = |file: &str| {
            let entry = manifest.bodies.iter().find(|entry| entry.file == file);
            entry.and_then(|entry| entry.records)
        };
        let mut distinct = BTreeSet::new();
        let mut unread = 0;
        let mut changes = Vec::with_capacity(cuts.len());
        for (file, cut) in cuts {
            let removed = match cut.removed {
                Some(removed) => removed,
                None => counted(&file).unwrap_or(1),
            };
            if cut.keys.is_empty() {
                unread += removed;
            }
            distinct.extend(cut.keys);
            let named = file.parse::<BodyFile>();
            let format = named.map_or(Format::Json, |named| named.format);
            changes.push(BodyChange {
                file,
                bytes: cut.bytes.into(),
                format: match format {
                    Format::JsonLines => Format::JsonLines,
                    // What remains of XML and CSV is written as JSON.
                    Format::Json | Format::Xml | Format::Csv => Format::Json,
                },
                removed,
            });
        }
        let removed = distinct.len() as u64 + unread;
        self.landing
            .replace_bodies(window, changes, removed, reason, now)
            .await?;
        Ok(())
    }

    /// Deletes the builds before the published one that contain matches.
    async fn forget_builds_with(&self, wanted: &Wanted) -> Result<BTreeSet<u64>> {
        let Records {
            sound: mut records,
            damaged,
        } = self.builds.records().await?;
        // The files of a damaged record cannot be searched; the posting must not come back from
        // them.
        for record in &damaged {
            self.builds.forget(record.generation).await?;
        }
        let published = records.pop().map(|record| record.build);
        let mut forgotten = BTreeSet::new();
        for record in records {
            if Some(record.build) == published {
                continue;
            }
            let holds = match self.holds(&record, wanted).await {
                // As with a damaged record.
                Err(Error::DamagedFile { .. }) => true,
                holds => holds?,
            };
            if holds {
                forgotten.insert(record.build);
            }
        }
        // Also when there are none: an interrupted build of another writer may have left files with
        // matches.
        self.forget(&forgotten).await?;
        Ok(forgotten)
    }

    async fn holds(&self, record: &BuildRecord, wanted: &Wanted) -> Result<bool> {
        for (table, spec) in self.record_specs() {
            if let Some(keys) = wanted.keys(spec)
                && record.tables.contains_key(table)
            {
                let keys = key_list(keys);
                let sql = format!("select source from {table} where id in ({keys}) limit 1");
                if !self.texts(record, &sql).await?.is_empty() {
                    return Ok(true);
                }
            }
        }
        if self.holds_a_part(record).await? {
            return Ok(true);
        }
        let payloads = "select payload from staging.quarantine";
        let payloads = self.texts(record, payloads).await?;
        Ok(payloads.iter().map(String::as_bytes).any(|payload| {
            self.record_specs().any(|(_, spec)| {
                // The part of a record in quarantine is not known: it may be the wanted one.
                let part = wanted.part(spec);
                wanted.mentioned(spec, payload) || wanted.judge(spec, part, payload).1
            })
        }))
    }

    /// Whether the quarantine keeps the beginning of a long record of a window that a take-down
    /// found a posting in. It may be of the posting and be truncated before the id.
    async fn holds_a_part(&self, record: &BuildRecord) -> Result<bool> {
        let cut = format!(
            "select distinct landing_path from staging.quarantine where octet_length(payload) >= {PAYLOAD_LIMIT}"
        );
        let cut = self.texts(record, &cut).await?;
        if cut.is_empty() {
            return Ok(false);
        }
        let take_downs = self.take_downs().await?;
        let windows = take_downs
            .records()
            .iter()
            .flat_map(|take_down| &take_down.windows);
        let windows: HashSet<&str> = windows.map(String::as_str).collect();
        let window = |path: &String| {
            path.rsplit_once('/')
                .is_some_and(|(window, _)| windows.contains(window))
        };
        Ok(cut.iter().any(window))
    }

    /// The first column of a query on a build, as text, without nulls.
    pub async fn texts(&self, record: &BuildRecord, sql: &str) -> Result<Vec<String>> {
        let batches = engine::rows(&*self.catalog(record), sql).await?;
        let mut texts = Vec::new();
        for batch in batches {
            let column = cast(batch.column(0), &DataType::Utf8)?;
            let column = column.as_string::<i32>();
            texts.extend(
                (0..column.len())
                    .filter(|row| column.is_valid(*row))
                    .map(|row| column.value(row).to_owned()),
            );
        }
        Ok(texts)
    }
}

fn key_list(keys: &HashSet<i64>) -> String {
    let keys: Vec<String> = keys.iter().map(i64::to_string).collect();
    keys.join(", ")
}
