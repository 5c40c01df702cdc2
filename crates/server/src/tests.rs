//! Fixtures for the tests of several modules.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use warehouse::{Analysis, EngineLimits, Pipeline, PipelineFiles, Warehouse};

use crate::Report;

/// Reports nothing.
pub const SILENT: Report = Report {
    line: |_| {},
    damaged_records: |_| {},
};

/// The files of the product's pipeline.
pub fn pipeline_files() -> PipelineFiles {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipeline");
    let mut files = PipelineFiles::new();
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            if name.starts_with("tests") {
                continue;
            }
            match path.is_dir() {
                true => folders.push(path),
                false => drop(files.insert(name, std::fs::read(path).unwrap())),
            }
        }
    }
    files
}

/// A warehouse of the product's pipeline.
pub fn warehouse(store: Arc<dyn ObjectStore>) -> Arc<Warehouse> {
    let pipeline = Arc::new(Pipeline::parse(&pipeline_files()).unwrap());
    let analysis = Analysis {
        employment_types: vec!["1".to_owned()],
        period: (None, None),
        open_ended_days: 60,
        time_zone: "Asia/Seoul".to_owned(),
    };
    let limits = EngineLimits::default();
    let url = landing::StoreUrl::parse("memory:///").unwrap();
    Arc::new(Warehouse::new(store, &url, pipeline, analysis, limits, 10).unwrap())
}

#[test]
fn the_written_description_is_fresh() {
    let written = include_str!("../../../docs/openapi.json");
    let now = crate::description().unwrap();
    assert_eq!(written.trim_end(), now, "run `make openapi`");
}
