//! The pipeline's own tests: every `pipeline/tests/**/*.slt`, read when this runs, so that editing a
//! model or its test compiles nothing.
//!
//! Besides SQL, a record may say `model <schema>.<table>` (run that model, its result takes the
//! name), `check <name>` (run that check) and `meta <table>` (load the pipeline's own code table,
//! or `role_rules`, in place of the test's). `include` resolves relative to the including file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::common::TableReference;
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use datafusion::prelude::{SessionConfig, SessionContext};
use sqllogictest::{
    AsyncDB, DBOutput, DefaultColumnType, Normalizer, QueryExpect, Record, Runner, SortMode,
    TestError, Validator, parse_file,
};
use tokio::task::JoinSet;
use warehouse::query::column_types;
use warehouse::staging::csv::text_table;
use warehouse::{Pipeline, TableName};

use crate::text;
use crate::world::{PIPELINE, World, name, pipeline_files};

/// Files under test at once.
const FILES_AT_ONCE: usize = 2;

/// One test file's session.
struct Session {
    context: SessionContext,
    pipeline: Arc<Pipeline>,
}

impl Session {
    fn new(pipeline: Arc<Pipeline>) -> Self {
        let config = SessionConfig::new().with_target_partitions(2);
        let context = SessionContext::new_with_config(config);
        warehouse::register_functions(&context);
        Self { context, pipeline }
    }

    async fn query(&self, sql: &str) -> Result<(SchemaRef, Vec<RecordBatch>), DataFusionError> {
        let frame = self.context.sql(sql).await?;
        let schema = Arc::new(frame.schema().as_arrow().clone());
        Ok((schema, frame.collect().await?))
    }

    /// Registers rows as a table, in place of one of that name.
    async fn register(
        &self,
        table: &TableName,
        schema: Schema,
        batches: Vec<RecordBatch>,
    ) -> Result<(), DataFusionError> {
        // A plan's string type may differ from that of its rows.
        let schema = batches
            .first()
            .map_or(schema.clone(), |rows| rows.schema().as_ref().clone());
        let fields: Vec<Field> = schema
            .fields()
            .iter()
            .map(|field| field.as_ref().clone().with_nullable(true))
            .collect();
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        let batches = batches
            .iter()
            .map(|batch| RecordBatch::try_new(schema.clone(), batch.columns().to_vec()))
            .collect::<Result<Vec<_>, _>>()?;
        let create = format!("create schema if not exists {}", table.schema());
        self.context.sql(&create).await?.collect().await?;
        let reference = TableReference::partial(table.schema(), table.table());
        self.context.deregister_table(reference.clone())?;
        let rows = MemTable::try_new(schema, vec![batches])?;
        self.context.register_table(reference, Arc::new(rows))?;
        Ok(())
    }
}

#[async_trait]
impl AsyncDB for Session {
    type Error = DataFusionError;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, DataFusionError> {
        let done = Ok(DBOutput::StatementComplete(0));
        let unknown = |what: &str| DataFusionError::Plan(format!("the pipeline has no {what}"));
        let (schema, batches) = match *sql.split_whitespace().collect::<Vec<_>>() {
            ["model", table] => {
                let table = name(table);
                let model = self.pipeline.model(&table).ok_or_else(|| unknown(sql))?;
                let (schema, batches) = self.query(&model.sql).await?;
                self.register(&table, schema.as_ref().clone(), batches)
                    .await?;
                return done;
            }
            ["meta", table] => {
                let table = name(&format!("meta.{table}"));
                let csv = self.pipeline.meta.get(&table).ok_or_else(|| unknown(sql))?;
                let batch = text_table(&csv.path, &csv.bytes)
                    .map_err(|error| DataFusionError::External(Box::new(error)))?;
                let schema = batch.schema().as_ref().clone();
                self.register(&table, schema, vec![batch]).await?;
                return done;
            }
            ["check", check] => {
                let mut checks = self.pipeline.checks.iter();
                let check = checks.find(|known| known.name == check);
                self.query(&check.ok_or_else(|| unknown(sql))?.sql).await?
            }
            _ => self.query(sql).await?,
        };
        if schema.fields().is_empty() {
            return done;
        }
        Ok(DBOutput::Rows {
            types: vec![DefaultColumnType::Any; schema.fields().len()],
            rows: text::rows(&batches)?,
        })
    }

    async fn shutdown(&mut self) {}
}

/// All test files, by their path below `pipeline/tests/` without the ending.
fn test_files() -> Vec<(String, PathBuf)> {
    pipeline_files()
        .keys()
        .filter_map(|path| path.strip_prefix("tests/")?.strip_suffix(".slt"))
        .map(|stem| {
            let path = Path::new(PIPELINE).join(format!("tests/{stem}.slt"));
            (stem.to_owned(), path)
        })
        .collect()
}

fn records(path: &Path) -> Vec<Record<DefaultColumnType>> {
    parse_file(path).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs one file to its end; returns the failures.
async fn run_file(pipeline: Arc<Pipeline>, path: PathBuf) -> Vec<TestError> {
    let mut runner = Runner::new(move || {
        let session = Session::new(pipeline.clone());
        async move { Ok(session) }
    });
    let mut failures = Vec::new();
    for record in records(&path) {
        runner.with_validator(validator(&record));
        failures.extend(runner.run_async(record).await.err());
    }
    failures
}

/// The rows of a check are compared as a set; other rows only with `rowsort`.
fn validator(record: &Record<DefaultColumnType>) -> Validator {
    match record {
        Record::Query { sql, .. } if sql.starts_with("check ") => same_set,
        Record::Query {
            expected: QueryExpect::Results { sort_mode, .. },
            ..
        } if *sort_mode == Some(SortMode::RowSort) => same_set,
        _ => same_rows,
    }
}

fn same_rows(_: Normalizer, actual: &[Vec<String>], expected: &[String]) -> bool {
    let (actual, expected) = lines(actual, expected);
    actual == expected
}

fn same_set(_: Normalizer, actual: &[Vec<String>], expected: &[String]) -> bool {
    let (mut actual, mut expected) = lines(actual, expected);
    actual.sort();
    expected.sort();
    actual == expected
}

/// Rows as lines with white space collapsed.
fn lines(actual: &[Vec<String>], expected: &[String]) -> (Vec<String>, Vec<String>) {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    (
        actual.iter().map(|row| line(&row.join(" "))).collect(),
        expected.iter().map(|row| line(row)).collect(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn models_and_checks_pass_their_tests() {
    let pipeline = Arc::new(Pipeline::parse(pipeline_files()).expect("the pipeline parses"));
    let mut waiting = test_files().into_iter();
    let mut running = JoinSet::new();
    let mut report = String::new();
    loop {
        while running.len() < FILES_AT_ONCE
            && let Some((stem, path)) = waiting.next()
        {
            let pipeline = pipeline.clone();
            running.spawn(async move { (stem, run_file(pipeline, path).await) });
        }
        let Some(done) = running.join_next().await else {
            break;
        };
        let (stem, failures) = done.expect("a test file does not panic");
        for failure in failures {
            report.push_str(&format!(
                "\n--- tests/{stem}.slt\n{}\n",
                failure.display(false)
            ));
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn every_model_and_every_check_has_a_test() {
    let pipeline = Pipeline::parse(pipeline_files()).expect("the pipeline parses");
    let tests: Vec<String> = test_files().into_iter().map(|(stem, _)| stem).collect();
    let models = pipeline
        .models
        .iter()
        .map(|model| format!("{}/{}", model.name.schema(), model.name.table()));
    let checks = pipeline
        .checks
        .iter()
        .map(|check| format!("checks/{}", check.name));
    let wanted: Vec<String> = models.chain(checks).collect();
    let missing: Vec<_> = wanted.iter().filter(|it| !tests.contains(it)).collect();
    let left_over: Vec<_> = tests.iter().filter(|it| !wanted.contains(it)).collect();
    assert!(missing.is_empty(), "no test for {missing:?}");
    assert!(left_over.is_empty(), "nothing to test by {left_over:?}");
}

#[test]
fn every_check_is_shown_to_pass_and_to_fail() {
    let mut problems = Vec::new();
    for (stem, path) in test_files() {
        let Some(check) = stem.strip_prefix("checks/") else {
            continue;
        };
        let expected: Vec<bool> = records(&path)
            .iter()
            .filter_map(|record| match record {
                Record::Query {
                    sql,
                    expected: QueryExpect::Results { results, .. },
                    ..
                } if sql.split_whitespace().eq(["check", check]) => Some(results.is_empty()),
                _ => None,
            })
            .collect();
        for (passes, what) in [(true, "passes"), (false, "fails")] {
            if !expected.contains(&passes) {
                problems.push(format!(
                    "tests/{stem}.slt shows no data for which it {what}"
                ));
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

/// The empty tables that the tests start from are the tables of a build: same columns, same order,
/// same types.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_empty_tables_of_the_tests_are_those_of_a_build() {
    let world = World::new();
    let record = world.build().await.record;
    let warehouse = world.warehouse();
    let pipeline = Arc::new(Pipeline::parse(pipeline_files()).expect("the pipeline parses"));
    let mut differences = Vec::new();
    for table in record.tables.keys() {
        let part = format!("{PIPELINE}/tests/tables/{}.slt.part", table.schema());
        let session = Session::new(pipeline.clone());
        for part in records(Path::new(&part)) {
            if let Record::Statement { sql, .. } = part {
                session.query(&sql).await.expect("the part runs");
            }
        }
        let reference = TableReference::partial(table.schema(), table.table());
        let Ok(empty) = session.context.table(reference).await else {
            differences.push(format!("{table} is not in {part}"));
            continue;
        };
        let in_tests = column_types(empty.schema().as_arrow());
        let built = warehouse.table_schema(&record, table).await;
        let built = column_types(&built.expect("a schema"));
        if in_tests != built {
            differences.push(format!("{table}: tests {in_tests:?}, build {built:?}"));
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}
