//! Wiring: the context struct, built once by hand from the settings and passed to the commands.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use instances::{StoreCalls, StoreClaims};
use jiff::Timestamp;
use kernel::{SystemClock, without_credentials};
use landing::{Landing, StoreUrl};
use lease::Holder;
use object_store::ObjectStore;
use orchestrator::{Claims, SharedCalls};
use warehouse::{EngineLimits, Pipeline, PipelineFiles, Warehouse};

use crate::config::Settings;
use crate::embedded;
use crate::lock::{SchedulerLock, WriterLockFile, host, machine};
use crate::sources::Sources;

/// The time zone of the days in all tables.
const SOURCE_ZONE: &str = "Asia/Seoul";

const CREDENTIALS_HINT: &str =
    "write no credentials into it: they are taken from the variables AWS_…, GOOGLE_…, AZURE_…";

/// The context of a command.
pub struct App {
    pub settings: Settings,
    pub store: Arc<dyn ObjectStore>,
    pub landing: Landing,
    pub files: PipelineFiles,
    pub sources: Sources,
    /// How many tables are models.
    pub models: u64,
    pub warehouse: Arc<Warehouse>,
    /// Where the calls of sources are counted for all instances, if not in this store.
    pub shared_calls: Option<Arc<dyn SharedCalls>>,
}

/// Opens the folder or bucket of a URL; no message repeats its credentials.
pub fn open_store(url: &str) -> Result<Arc<dyn ObjectStore>> {
    let shown = without_credentials(url);
    if shown != url
        && let Err(error) = url::Url::parse(url)
    {
        bail!("the storage URL `{shown}` cannot be opened: {error}\nhint: {CREDENTIALS_HINT}");
    }
    landing::open_store(url).with_context(|| format!("cannot open the store `{shown}`"))
}

impl App {
    /// Opens the store that the settings name.
    pub fn open(settings: Settings) -> Result<Self> {
        let limits = engine_limits(&settings);
        let url = settings.storage.url.clone();
        Self::open_within(settings, limits, &url)
    }

    /// Opens the store with an engine with other limits than those of `[engine]`, which knows the store
    /// by `url`.
    pub fn open_within(settings: Settings, limits: EngineLimits, url: &str) -> Result<Self> {
        let store = open_store(&settings.storage.url)?;
        Self::assemble(settings, store, limits, &StoreUrl::parse(url)?)
    }

    /// Uses a store that is already open, such as an in-memory one in tests.
    pub fn with_store(settings: Settings, store: Arc<dyn ObjectStore>) -> Result<Self> {
        let limits = engine_limits(&settings);
        let url = StoreUrl::parse(&settings.storage.url)?;
        Self::assemble(settings, store, limits, &url)
    }

    fn assemble(
        settings: Settings,
        store: Arc<dyn ObjectStore>,
        limits: EngineLimits,
        url: &StoreUrl,
    ) -> Result<Self> {
        let folder = Some(settings.pipeline.folder.as_str())
            .filter(|folder| !folder.is_empty())
            .map(PathBuf::from);
        let files = embedded::pipeline_files(folder.as_deref())?;
        let sources = Sources::read(&files, &settings.sources)?;
        if settings.analysis.time_zone != SOURCE_ZONE {
            bail!(
                "`analysis.time_zone` is `{}`\nhint: only `{SOURCE_ZONE}` is there so far: the source's own days",
                settings.analysis.time_zone
            );
        }
        let period = &settings.analysis.period;
        if let (Some(start), Some(end)) = (period.start, period.end)
            && start > end
        {
            bail!(
                "`analysis.period` starts on {start}, after its end on {end}\nhint: no posting would be in scope; leave one of them out, or exchange them"
            );
        }
        let pipeline = Pipeline::parse(&files)?;
        let models = pipeline.models.len() as u64;
        let analysis = warehouse::Analysis {
            employment_types: settings.analysis.employment_types.clone(),
            period: (settings.analysis.period.start, settings.analysis.period.end),
            open_ended_days: settings.analysis.open_ended_days,
            time_zone: settings.analysis.time_zone.clone(),
        };
        let warehouse = Warehouse::new(
            store.clone(),
            url,
            Arc::new(pipeline),
            analysis,
            limits,
            settings.storage.keep_builds,
        )?;
        Ok(Self {
            landing: Landing::new(store.clone()),
            warehouse: Arc::new(warehouse),
            shared_calls: None,
            settings,
            store,
            files,
            sources,
            models,
        })
    }

    /// Folder of runs, budgets and locks.
    pub fn state_folder(&self) -> PathBuf {
        if !self.settings.storage.state.is_empty() {
            return PathBuf::from(&self.settings.storage.state);
        }
        let url = &self.settings.storage.url;
        match url.split_once("://") {
            None => PathBuf::from(url).join("state"),
            Some(("file", _)) => url::Url::parse(url)
                .ok()
                .and_then(|url| url.to_file_path().ok())
                .map_or_else(|| PathBuf::from("jobtide-state"), |path| path.join("state")),
            Some(_) => PathBuf::from("jobtide-state"),
        }
    }

    /// The database of runs and budgets.
    pub fn state_file(&self) -> PathBuf {
        self.state_folder().join("jobtide.db")
    }

    /// The lock of everything that writes the warehouse.
    pub fn writer_lock(&self) -> WriterLockFile {
        WriterLockFile::new(
            &self.state_folder(),
            self.landing.clone(),
            self.warehouse.clone(),
            Duration::from_secs(self.settings.storage.lease_seconds),
        )
    }

    /// This instance among those of its store: the number of its state folder, which its data files carry.
    pub fn instance(&self) -> Result<String> {
        Ok(format!("{:08x}", self.writer_lock().writer()?))
    }

    /// Where the calls of sources are counted for all instances.
    pub fn shared_calls(&self) -> Result<Arc<dyn SharedCalls>> {
        if let Some(shared) = &self.shared_calls {
            return Ok(shared.clone());
        }
        let calls = StoreCalls::new(self.landing.clone(), self.instance()?);
        Ok(Arc::new(calls))
    }

    /// The claims of runs among the instances of the store, as one that takes over at once what it held
    /// itself before. Only for the scheduler: it finds out by the state what of that still runs. The lock
    /// says that there is one of it.
    pub fn claims(&self, _only: &SchedulerLock) -> Result<Arc<dyn Claims>> {
        // The machine, because a folder can be copied to another one.
        self.claims_of(format!("{}@{}", self.instance()?, machine()))
    }

    /// The same for a process beside it, which takes over nothing at once.
    pub fn claims_in_the_foreground(&self) -> Result<Arc<dyn Claims>> {
        let id = format!("{:016x}", rand::random::<u64>());
        self.claims_of(id)
    }

    fn claims_of(&self, id: String) -> Result<Arc<dyn Claims>> {
        let seconds = self.settings.storage.lease_seconds;
        let (instance, process) = (self.instance()?, std::process::id());
        let name = format!("instance {instance}, process {process} on {}", host());
        let (landing, length) = (self.landing.clone(), Duration::from_secs(seconds));
        let (holder, clock) = (Holder { id, name }, Arc::new(SystemClock));
        let claims = StoreClaims::new(landing, holder, length, clock);
        Ok(Arc::new(claims))
    }

    /// The current instant for this command.
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The limits of `[engine]`.
fn engine_limits(settings: &Settings) -> EngineLimits {
    let mut limits = EngineLimits {
        memory_bytes: settings.engine.memory_mb << 20,
        ..EngineLimits::default()
    };
    if settings.engine.partitions > 0 {
        limits.partitions = settings.engine.partitions;
    }
    limits
}
