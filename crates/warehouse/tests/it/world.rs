//! A store in memory with the real pipeline: what the engine's tests land in, build and read.

use std::collections::BTreeMap;
use std::path::Path as FilePath;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use landing::{
    Dataset, Format, Landed, Landing, NewBody, Origin, Query, StoreUrl, WindowKind, WindowRef,
    WindowSpec, WindowSummary,
};
use object_store::ObjectStore;
use object_store::path::Path;
use warehouse::build::{BuildEvent, BuildReport, BuildRequest, How};
use warehouse::{
    Analysis, BuildRecord, EngineLimits, Pipeline, PipelineFiles, TableName, Warehouse,
};

use crate::text;

/// The folder of the pipeline, read when the tests run.
pub const PIPELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../pipeline");

const SMALL_CHECKS: [&str; 3] = [
    "code_tables_are_whole.sql",
    "records_are_counted.sql",
    "records_are_readable.sql",
];

/// The time of everything unless a test sets another.
pub fn now() -> Timestamp {
    time("2023-06-10T00:00:00Z")
}

pub fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub fn name(text: &str) -> TableName {
    text.parse().expect("a table name")
}

/// The files of the pipeline by their path below it.
pub fn pipeline_files() -> &'static PipelineFiles {
    static FILES: OnceLock<PipelineFiles> = OnceLock::new();
    FILES.get_or_init(|| {
        let mut files = PipelineFiles::new();
        read_folder(FilePath::new(PIPELINE), "", &mut files).expect("the pipeline's folder");
        files
    })
}

fn read_folder(folder: &FilePath, prefix: &str, files: &mut PipelineFiles) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read_folder(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.insert(path, std::fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// One landed response.
#[derive(Debug, Clone)]
pub struct Body {
    pub text: String,
    pub format: Format,
    /// How many records the collector counted in it.
    pub records: Option<u64>,
    pub received_at: Timestamp,
}

impl Body {
    /// A response of the API that the collector could not count.
    pub fn document(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            format: Format::Json,
            records: None,
            received_at: now(),
        }
    }

    /// One record a line.
    pub fn lines(text: impl Into<String>) -> Self {
        Self {
            format: Format::JsonLines,
            ..Self::document(text)
        }
    }

    pub fn counted(self, records: u64) -> Self {
        Self {
            records: Some(records),
            ..self
        }
    }

    pub fn received_at(self, received_at: Timestamp) -> Self {
        Self {
            received_at,
            ..self
        }
    }
}

pub struct World {
    pub store: Arc<dyn ObjectStore>,
    /// Where the store is.
    pub url: StoreUrl,
    pub files: PipelineFiles,
    pub keep_builds: usize,
    /// No time at all unless a test sets another.
    pub keep_unnamed: SignedDuration,
    /// How many windows were landed so far.
    landed: Arc<AtomicI64>,
}

impl World {
    pub fn new() -> Self {
        Self {
            store: landing::open_store("memory:///").expect("a store in memory"),
            url: StoreUrl::parse("memory:///").expect("a URL"),
            files: pipeline_files().clone(),
            keep_builds: warehouse::KEEP_BUILDS,
            keep_unnamed: SignedDuration::ZERO,
            landed: Arc::default(),
        }
    }

    /// A world with few models and checks, for tests of how builds are published, not of what is in
    /// them: a build takes a fraction of the time.
    pub fn small() -> Self {
        let mut world = Self::new();
        world.files.retain(|path, _| {
            let (layer, file) = path.split_once('/').unwrap_or(("", path));
            match layer {
                "raw_data" => file == "recruits.sql",
                "visual_tables" => file == "all_count.sql",
                "checks" => SMALL_CHECKS.contains(&file),
                "analytic" | "adhoc" => false,
                _ => true,
            }
        });
        world
    }

    /// The same pipeline on another store.
    pub fn with_store(&self, store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            url: self.url.clone(),
            files: self.files.clone(),
            keep_builds: self.keep_builds,
            keep_unnamed: self.keep_unnamed,
            landed: self.landed.clone(),
        }
    }

    /// Adds or replaces a file of the pipeline.
    pub fn file(&mut self, path: &str, text: &str) {
        self.files.insert(path.to_owned(), text.as_bytes().to_vec());
    }

    /// Replaces a part of a file of the pipeline.
    pub fn edit(&mut self, path: &str, from: &str, to: &str) {
        let text = String::from_utf8(self.files[path].clone()).expect("text");
        assert!(text.contains(from), "`{path}` holds no `{from}`");
        self.file(path, &text.replace(from, to));
    }

    pub fn landing(&self) -> Landing {
        Landing::new(self.store.clone())
    }

    pub fn warehouse(&self) -> Warehouse {
        self.try_warehouse().expect("the pipeline parses")
    }

    pub fn try_warehouse(&self) -> warehouse::Result<Warehouse> {
        let limits = EngineLimits {
            partitions: 2,
            ..EngineLimits::default()
        };
        let warehouse = Warehouse::new(
            self.store.clone(),
            &self.url,
            Arc::new(Pipeline::parse(&self.files)?),
            Analysis::default(),
            limits,
            self.keep_builds,
        )?;
        Ok(warehouse.keep_unnamed(self.keep_unnamed))
    }

    /// Lands one complete window of collected responses.
    pub async fn land(&self, bodies: Vec<Body>) -> WindowRef {
        self.land_in(dataset(), bodies).await
    }

    /// The same of any dataset.
    pub async fn land_in(&self, dataset: Dataset, bodies: Vec<Body>) -> WindowRef {
        let bodies = bodies.into_iter().map(|body| NewBody {
            bytes: Bytes::from(body.text),
            format: body.format,
            records: body.records,
            received_at: body.received_at,
            name: None,
            part: None,
        });
        self.land_all(dataset, bodies.collect()).await
    }

    /// Lands a saved file. Nothing examines it: files of earlier versions were landed like this.
    pub async fn land_saved(&self, name: &str, text: impl Into<Bytes>) -> WindowRef {
        self.land_saved_in(dataset(), name, text).await
    }

    /// The same of any dataset.
    pub async fn land_saved_in(
        &self,
        dataset: Dataset,
        name: &str,
        text: impl Into<Bytes>,
    ) -> WindowRef {
        let earlier = self.landed.fetch_add(1, Ordering::Relaxed);
        let at = now() + SignedDuration::from_micros(earlier);
        let files = self.landing().saved_files(dataset).await;
        let files = files.expect("a listing");
        match files.land_bytes(name, text.into(), at).await.expect(name) {
            Landed::New(window) => window,
            other => panic!("`{name}` is new: {other:?}"),
        }
    }

    /// The same with bodies that need not be text: bytes, format and number of records.
    pub async fn land_bytes(&self, bodies: Vec<(Vec<u8>, Format, Option<u64>)>) -> WindowRef {
        let bodies = bodies.into_iter().map(|(bytes, format, records)| NewBody {
            bytes: bytes.into(),
            format,
            records,
            received_at: now(),
            name: None,
            part: None,
        });
        self.land_all(dataset(), bodies.collect()).await
    }

    /// Lands a window a microsecond after the one before it: the listing order of windows begun at
    /// the same moment would be random.
    async fn land_all(&self, dataset: Dataset, bodies: Vec<NewBody>) -> WindowRef {
        let earlier = self.landed.fetch_add(1, Ordering::Relaxed);
        let at = now() + SignedDuration::from_micros(earlier);
        let spec = WindowSpec {
            dataset,
            kind: WindowKind::Collect,
            from: time("2023-06-09T00:00:00Z"),
            to: time("2023-06-10T00:00:00Z"),
            query: Query::new(),
        };
        let writer = self.landing().begin(spec, at).expect("a window");
        let records = bodies.iter().filter_map(|body| body.records).sum();
        for (number, body) in (1..).zip(bodies) {
            writer.put(number, body).await.expect("a body is stored");
        }
        let summary = WindowSummary {
            origin: Origin::Collected,
            total_reported: None,
            records: Some(records),
            duplicates: 0,
            finished_at: at,
        };
        writer.finish(summary).await.expect("a window is complete")
    }

    pub async fn try_build(&self, request: BuildRequest) -> warehouse::Result<BuildReport> {
        self.try_warehouse()?.build(request, now(), &|_| {}).await
    }

    pub async fn build(&self) -> BuildReport {
        self.try_build(BuildRequest::default())
            .await
            .unwrap_or_else(|error| panic!("the build failed: {error}\n{error:#?}"))
    }

    /// Builds, and returns how each table was made.
    pub async fn build_how(&self) -> (BuildReport, BTreeMap<String, How>) {
        let how = std::sync::Mutex::new(BTreeMap::new());
        let note = |event| {
            if let BuildEvent::Table { name, how: way, .. } = event {
                how.lock().expect("no panic").insert(name.to_string(), way);
            }
        };
        let report = self
            .warehouse()
            .build(BuildRequest::default(), now(), &note)
            .await
            .expect("the build passes");
        (report, how.into_inner().expect("no panic"))
    }

    pub async fn published(&self) -> Option<BuildRecord> {
        let warehouse = self.warehouse();
        warehouse.builds().published().await.expect("a record")
    }

    /// The rows of a query on a build, values joined by `|`.
    pub async fn rows(&self, record: &BuildRecord, sql: &str) -> Vec<String> {
        let found = self
            .warehouse()
            .query(record, sql, usize::MAX)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        let rows = text::rows(&found.batches).expect("values have a text");
        rows.into_iter().map(|row| row.join("|")).collect()
    }

    /// All objects below a folder of the store, in order.
    pub async fn objects(&self, folder: &str) -> Vec<String> {
        let prefix = Path::from(folder);
        let found: Vec<_> = self
            .store
            .list(Some(&prefix))
            .try_collect()
            .await
            .expect("a listing");
        let mut paths: Vec<String> = found
            .into_iter()
            .map(|object| object.location.to_string())
            .collect();
        paths.sort();
        paths
    }

    /// The tables' data files.
    pub async fn data_files(&self) -> Vec<String> {
        let mut files = self.objects("warehouse").await;
        files.retain(|path| path.ends_with(".parquet") && !path.contains("/_delta_log/"));
        files
    }
}

pub fn dataset() -> Dataset {
    Dataset::new("saramin", "recruit").expect("a dataset")
}

/// The data files that some builds name, each once, in order.
pub fn named_files<'a>(records: impl IntoIterator<Item = &'a BuildRecord>) -> Vec<String> {
    let files: std::collections::BTreeSet<String> = records
        .into_iter()
        .flat_map(|record| record.tables.values())
        .flat_map(|table| &table.files)
        .map(|file| file.path.clone())
        .collect();
    files.into_iter().collect()
}
