//! The one place where the parts meet: built once by hand from the settings, then passed along.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use landing::Landing;
use object_store::ObjectStore;
use warehouse::{EngineLimits, Pipeline, PipelineFiles, Warehouse};

use crate::config::Settings;
use crate::embedded;
use crate::lock::WriterLockFile;

/// The zone of the days in all tables.
const SOURCE_ZONE: &str = "Asia/Seoul";

/// Everything a command works with.
pub struct App {
    pub settings: Settings,
    pub store: Arc<dyn ObjectStore>,
    pub landing: Landing,
    pub files: PipelineFiles,
    pub warehouse: Arc<Warehouse>,
}

impl App {
    /// Opens the store that the settings name.
    pub fn open(settings: Settings) -> Result<Self> {
        let store = landing::open_store(&settings.storage.url)
            .with_context(|| format!("cannot open the store `{}`", settings.storage.url))?;
        Self::with_store(settings, store)
    }

    /// Works on a store that is already open; tests keep theirs in memory.
    pub fn with_store(settings: Settings, store: Arc<dyn ObjectStore>) -> Result<Self> {
        let folder = Some(settings.pipeline.folder.as_str())
            .filter(|folder| !folder.is_empty())
            .map(PathBuf::from);
        let files = embedded::pipeline_files(folder.as_deref())?;
        if settings.analysis.time_zone != SOURCE_ZONE {
            bail!(
                "`analysis.time_zone` is `{}`\nhint: only `{SOURCE_ZONE}` is there so far: the source's own days",
                settings.analysis.time_zone
            );
        }
        let pipeline = Pipeline::parse(&files)?;
        let analysis = warehouse::Analysis {
            employment_types: settings.analysis.employment_types.clone(),
            period: (settings.analysis.period.start, settings.analysis.period.end),
            open_ended_days: settings.analysis.open_ended_days,
            time_zone: settings.analysis.time_zone.clone(),
        };
        let mut limits = EngineLimits {
            memory_bytes: settings.engine.memory_mb << 20,
            ..EngineLimits::default()
        };
        if settings.engine.partitions > 0 {
            limits.partitions = settings.engine.partitions;
        }
        let warehouse = Warehouse::new(
            store.clone(),
            Arc::new(pipeline),
            analysis,
            limits,
            settings.storage.keep_builds,
        )?;
        Ok(Self {
            landing: Landing::new(store.clone()),
            warehouse: Arc::new(warehouse),
            settings,
            store,
            files,
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
        WriterLockFile::new(&self.state_folder())
    }

    /// The instant that this command calls now.
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
