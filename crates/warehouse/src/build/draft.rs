//! A build in several steps, each of which may be a process of its own.
//!
//! After each step, what was made is recorded in a *draft*, `state/draft-<writer>.json`, which the next
//! step continues and the last one publishes. No reader looks at a draft. There is one for each writer,
//! and the steps hold the lock of builds, one after the other.
//!
//! A draft counts while nothing was published since it was begun, the definitions, settings and
//! take-downs are the same, its files are there and it is less than a day old. Otherwise a step starts
//! over: it stages the landing, and does what the steps before it would have done. So each step can be
//! repeated, left out or killed; what is published was checked in any case.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use futures::TryStreamExt as _;
use jiff::Timestamp;
use landing::{Unlanded, from_checked_json, layout, sealed, to_checked_json};
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _, PutMode};
use serde::{Deserialize, Serialize};

use super::cleanup::{BUILDS_TAKE_AT_MOST, Clean};
use super::held::Allowance;
use super::models::LONGEST_LIST;
use super::report::{BuildEvent, BuildReport, BuildRequest};
use super::staging::StagingSummary;
use super::{BUILT_WHOLE, Begun, Build, Change, Made, fingerprint};
use crate::data_file::DataFile;
use crate::error::{Error, Result};
use crate::files::FileNames;
use crate::finding::Finding;
use crate::name::TableName;
use crate::publish::{PublishedTable, UnreadFile};
use crate::staging::spec::StagingSpec;
use crate::warehouse::Warehouse;

/// How far a step takes a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// What is landed is staged; code tables, data files and settings are tables. Always a new draft.
    Staged,
    /// Besides, the checks of these tables passed.
    Checked,
    /// Besides, the models of this layer, and those that they read, are made and passed their checks.
    Layer(&'static str),
    /// All of it, and published.
    Published,
}

/// What became of a build in a step.
#[derive(Debug)]
pub struct Progressed {
    /// The number of the build.
    pub build: u64,
    /// Why the step did what those before it are for.
    pub started_over: Option<String>,
    /// Of the last step.
    pub report: Option<BuildReport>,
}

/// What a process remembers of a draft between two steps, so as not to read again what it has just
/// written. It is used if the draft in the store is still the same.
#[derive(Default)]
pub struct HeldDraft(Option<Held>);

struct Held {
    token: String,
    made: BTreeMap<TableName, Made>,
    parts: Parts,
}

/// What a draft does not record.
struct Parts {
    names: Arc<FileNames>,
    allowance: Arc<Allowance>,
    tables: Arc<dyn crate::engine::Catalog>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Draft {
    /// Another one after each step.
    token: String,
    definitions: String,
    generation: u64,
    build: u64,
    /// The generation of the build that unchanged tables are taken over from.
    base: Option<u64>,
    damage: Vec<String>,
    staged: StagingSummary,
    unread: Vec<UnreadFile>,
    /// The folders of windows that were taken back before.
    taken_back: BTreeSet<String>,
    keys: Vec<i64>,
    tables: BTreeMap<TableName, DraftTable>,
    findings: Vec<Finding>,
    checked: BTreeSet<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct DraftTable {
    table: PublishedTable,
    change: Change,
}

impl DraftTable {
    /// Its files, and those of what changed: models read these, and compaction leaves them out of the table.
    fn files(&self) -> impl Iterator<Item = &DataFile> {
        let fresh = match &self.change {
            Change::Keys { fresh: Some(fresh) } => fresh.as_slice(),
            _ => &[],
        };
        self.table.files.iter().chain(fresh)
    }
}

/// The draft of a writer as it is in the store.
enum Found {
    None,
    Stale(String),
    Usable(Box<Draft>),
}

impl Warehouse {
    /// Takes the build of this writer one step further. The caller holds the lock of builds.
    ///
    /// As [`Warehouse::build`], it builds everything from the landing once a file of the published build,
    /// or of the draft, is damaged.
    ///
    /// # Errors
    /// As [`Warehouse::build`]. [`Error::ChecksFailed`] with what was found so far; the draft is gone
    /// then.
    pub async fn build_until(
        &self,
        until: Until,
        held: &mut HeldDraft,
        now: Timestamp,
        on_event: &(dyn Fn(BuildEvent) + Sync),
    ) -> Result<Progressed> {
        let (mut begun, mut started_over) = (None, None);
        if until == Until::Staged {
            self.abandon().await?;
        } else {
            match self.take_up(held, until, on_event).await? {
                Ok(draft) => begun = Some(draft),
                Err(reason) => started_over = Some(reason),
            }
        }
        held.0 = None;
        let request = BuildRequest::default();
        let step = self.step(until, begun, (request, None), held, now, on_event);
        let mut done = match step.await {
            Err(error @ Error::DamagedFile { .. }) => {
                self.abandon().await?;
                let full = BuildRequest { full: true };
                let damage = format!("{error}; {BUILT_WHOLE}");
                started_over = (until != Until::Staged).then(|| error.to_string());
                let step = self.step(until, None, (full, Some(damage)), held, now, on_event);
                step.await?
            }
            done => done?,
        };
        done.started_over = started_over;
        Ok(done)
    }

    async fn step<'a>(
        &'a self,
        until: Until,
        begun: Option<Begun<'a>>,
        (request, damage): (BuildRequest, Option<String>),
        held: &mut HeldDraft,
        now: Timestamp,
        on_event: &'a (dyn Fn(BuildEvent) + Sync),
    ) -> Result<Progressed> {
        let generation = match &begun {
            Some(begun) => begun.generation,
            None => self.builds.next_generation().await?,
        };
        let ours = AtomicBool::new(false);
        let building = async {
            let mut begun = match begun {
                Some(begun) => begun,
                None => self.begin(request, on_event).await?,
            };
            begun.is_draft = true;
            begun.damage.extend(damage);
            let mut done = Progressed {
                build: begun.build.number,
                started_over: None,
                report: None,
            };
            match until {
                Until::Staged => {}
                Until::Checked => begun.advance(Some(&BTreeSet::new())).await?,
                Until::Layer(layer) => {
                    let wanted = self.pipeline.layer(layer);
                    begun.advance(Some(&wanted)).await?;
                }
                Until::Published => {
                    let report = self.finish(begun, now, &ours).await?;
                    done.report = Some(report);
                    return Ok(done);
                }
            }
            held.0 = Some(self.record_draft(begun).await?);
            Ok(done)
        };
        self.guarded(generation, &ours, building).await
    }

    /// The draft of this writer as a build under way, or why there is none to continue.
    async fn take_up<'a>(
        &'a self,
        held: &mut HeldDraft,
        until: Until,
        on_event: &'a (dyn Fn(BuildEvent) + Sync),
    ) -> Result<Result<Begun<'a>, String>> {
        self.landing.claim().await?;
        self.nobody_publishes().await?;
        let held = held.0.take();
        let draft = match self.draft().await? {
            Found::None => return Ok(Err("there is no draft to continue".to_owned())),
            Found::Stale(reason) => return Ok(Err(reason)),
            Found::Usable(draft) => draft,
        };
        let published = self.builds.published().await?;
        let base = match draft.base {
            None => None,
            Some(generation) => match &published {
                Some(record) if record.generation == generation => Some(record.clone()),
                _ => return Ok(Err("the build that it is based on is damaged".to_owned())),
            },
        };
        let mut unlanded = Vec::new();
        if until == Until::Published {
            unlanded = self.landing.list().await?.unlanded;
            if folders(&unlanded) != draft.taken_back {
                return Ok(Err("saved files were taken back meanwhile".to_owned()));
            }
        }
        let (made, parts) = match held.filter(|held| held.token == draft.token) {
            Some(held) => (held.made, held.parts),
            None => match self.read_again(&draft).await {
                Ok(read) => read,
                Err(error @ Error::DamagedFile { .. }) => return Ok(Err(error.to_string())),
                Err(error) => return Err(error),
            },
        };
        let build = Build {
            warehouse: self,
            published,
            base,
            number: draft.build,
            names: parts.names,
            allowance: parts.allowance,
            tables: parts.tables,
            made,
            keys: Arc::new(draft.keys.into_iter().collect()),
            unread: draft.unread,
            unlanded,
            on_event,
        };
        Ok(Ok(Begun {
            build,
            generation: draft.generation,
            damage: draft.damage,
            staged: draft.staged,
            findings: draft.findings,
            checked: draft.checked,
            taken_back: draft.taken_back,
            is_draft: true,
        }))
    }

    /// The tables of a draft that another process recorded.
    async fn read_again(&self, draft: &Draft) -> Result<(BTreeMap<TableName, Made>, Parts)> {
        let files = draft.tables.values().flat_map(DraftTable::files);
        if let Some(damage) = self.lost(files).await?.pop() {
            return Err(Error::DamagedFile {
                path: self.draft_path().to_string(),
                reason: damage,
            });
        }
        let tables = self.engine.catalog();
        let mut made = BTreeMap::new();
        for (name, DraftTable { table, change }) in &draft.tables {
            let one = Made {
                schema: self.engine.schema(&table.files).await?,
                table: table.clone(),
                change: change.clone(),
                held: None,
            };
            one.add_to(&*tables, name).await?;
            made.insert(name.clone(), one);
        }
        let parts = Parts {
            names: Arc::new(FileNames::new(draft.build, self.writer())),
            allowance: Allowance::new(),
            tables,
        };
        Ok((made, parts))
    }

    /// Records what was made so far, durably.
    async fn record_draft(&self, begun: Begun<'_>) -> Result<Held> {
        let Begun {
            build,
            generation,
            damage,
            staged,
            findings,
            checked,
            taken_back,
            ..
        } = begun;
        let tables = build.made.iter().map(|(name, made)| {
            let one = DraftTable {
                table: made.table.clone(),
                change: made.change.clone(),
            };
            (name.clone(), one)
        });
        let mut keys: Vec<i64> = build.keys.iter().copied().collect();
        // More are of no use: tables are computed whole then.
        keys.truncate(LONGEST_LIST + 1);
        let draft = Draft {
            token: format!("{:016x}", rand::random::<u64>()),
            definitions: self.definitions().await?,
            generation,
            build: build.number,
            base: build.base.as_ref().map(|base| base.generation),
            damage,
            staged,
            unread: build.unread,
            taken_back,
            keys,
            tables: tables.collect(),
            findings,
            checked,
        };
        let path = self.draft_path();
        let text = to_checked_json(&draft).map_err(|source| Error::Json {
            path: path.to_string(),
            source,
        })?;
        let options = sealed(PutMode::Overwrite);
        self.fence.check().await?;
        self.store.put_opts(&path, text.into(), options).await?;
        Ok(Held {
            token: draft.token,
            made: build.made,
            parts: Parts {
                names: build.names,
                allowance: build.allowance,
                tables: build.tables,
            },
        })
    }

    async fn draft(&self) -> Result<Found> {
        let path = self.draft_path();
        let found = match self.store.get(&path).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(Found::None),
            Err(error) => return Err(error.into()),
        };
        let young = self.store_time().await? - BUILDS_TAKE_AT_MOST;
        let is_old = found.meta.last_modified.timestamp() < young.as_second();
        let bytes = found.bytes().await?;
        let stale = |reason: &str| Ok(Found::Stale(reason.to_owned()));
        let draft: Draft = match from_checked_json(&bytes) {
            Ok(draft) => draft,
            Err(reason) => return stale(&format!("the draft is damaged: {reason}")),
        };
        if is_old {
            return stale("the draft is more than a day old");
        }
        let next = self.builds.next_generation().await?;
        if next != draft.generation {
            return stale("another build was published meanwhile");
        }
        if draft.definitions != self.definitions().await? {
            return stale("the definitions, the settings or what was taken down changed meanwhile");
        }
        Ok(Found::Usable(Box::new(draft)))
    }

    /// Data files of the draft of this writer, which no record names yet; one that counts no more is
    /// removed.
    pub(super) async fn files_of_draft(&self) -> Result<BTreeSet<String>> {
        match self.draft().await? {
            Found::None => Ok(BTreeSet::new()),
            Found::Stale(_) => {
                self.remove_draft().await?;
                Ok(BTreeSet::new())
            }
            Found::Usable(draft) => {
                let files = draft.tables.values().flat_map(DraftTable::files);
                Ok(files.map(|file| file.path.clone()).collect())
            }
        }
    }

    /// Removes the draft of this writer and what only it names.
    async fn abandon(&self) -> Result<()> {
        if matches!(self.draft().await?, Found::None) {
            return Ok(());
        }
        self.remove_draft().await?;
        self.clean(Clean::Ours).await?;
        Ok(())
    }

    pub(super) async fn remove_draft(&self) -> Result<()> {
        self.fence.check().await?;
        match self.store.delete(&self.draft_path()).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes the drafts of all writers, or those written before a time; returns how many.
    pub(super) async fn remove_drafts(&self, before: Option<Timestamp>) -> Result<usize> {
        let drafts = self.store.list(Some(&Path::from("state")));
        let old = drafts.try_filter(|file| {
            let written = file.last_modified.timestamp();
            let is_old = before.is_none_or(|before| written < before.as_second());
            std::future::ready(is_old && layout::is_draft(&file.location))
        });
        let old: Vec<_> = old.try_collect().await?;
        for file in &old {
            self.fence.check_now_and_then().await?;
            match self.store.delete(&file.location).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(old.len())
    }

    /// Whether the next step continues a draft of this writer.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn has_draft(&self) -> Result<bool> {
        Ok(matches!(self.draft().await?, Found::Usable(_)))
    }

    /// Now, by the store's clock: this machine's can be wrong.
    async fn store_time(&self) -> Result<Timestamp> {
        let checked = self.fence.check().await?;
        Ok(checked.map_or_else(Timestamp::now, |valid| valid.store_time))
    }

    fn draft_path(&self) -> Path {
        Path::from(format!("state/draft-{:08x}.json", self.writer()))
    }

    /// Of everything besides the landing that the tables of a build are made from.
    async fn definitions(&self) -> Result<String> {
        let pipeline = &self.pipeline;
        let take_downs = self.take_downs().await?;
        let mut text = env!("CARGO_PKG_VERSION").to_owned();
        for (name, spec) in &pipeline.staging {
            let taken_down = match spec {
                StagingSpec::Records(spec) => take_downs.fingerprint(&spec.entity),
                StagingSpec::Csv(_) => String::new(),
            };
            write!(text, "\n{name} {spec:?} {taken_down}").ok();
        }
        for (name, table) in &pipeline.meta {
            write!(text, "\n{name} {}", fingerprint(&table.bytes)).ok();
        }
        for (path, bytes) in &pipeline.data {
            write!(text, "\n{path} {}", fingerprint(bytes)).ok();
        }
        for model in &pipeline.models {
            write!(text, "\n{} {}", model.name, model.fingerprint).ok();
        }
        for check in &pipeline.checks {
            write!(text, "\n{} {}", check.name, check.fingerprint).ok();
        }
        write!(text, "\n{:?}", self.analysis).ok();
        Ok(fingerprint(text.as_bytes()))
    }
}

/// The folders of windows.
pub(super) fn folders(unlanded: &[Unlanded]) -> BTreeSet<String> {
    let windows = unlanded.iter();
    windows.map(|one| one.window.path().to_string()).collect()
}
