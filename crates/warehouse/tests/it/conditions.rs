//! Every grain and every condition in a model's head is shown to fail: rows that violate it are
//! planted in the table of a build, and the checks of that build must name it.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray, UInt64Array,
};
use datafusion::arrow::compute::{concat_batches, take, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::datasource::MemTable;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::prelude::SessionContext;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use warehouse::{DataFile, Level, Model, Pipeline};

use crate::world::{World, pipeline_files};

/// Values of each type for testing conditions: null, and numbers around the bounds in use.
const NUMBERS: [Option<i64>; 5] = [None, Some(-1), Some(0), Some(2), Some(101)];

fn values(data_type: &DataType, condition: &str) -> ArrayRef {
    let numbers = NUMBERS.to_vec();
    match data_type {
        DataType::Int64 => Arc::new(Int64Array::from(numbers)),
        DataType::Float64 => Arc::new(Float64Array::from_iter(
            numbers
                .iter()
                .map(|number| number.map(|number| number as f64)),
        )),
        DataType::Date32 => Arc::new(Date32Array::from_iter(
            numbers
                .iter()
                .map(|number| number.map(|number| number as i32)),
        )),
        DataType::Timestamp(..) => {
            Arc::new(TimestampMicrosecondArray::from(numbers).with_timezone("UTC"))
        }
        DataType::Boolean => Arc::new(BooleanArray::from(vec![
            None,
            Some(true),
            Some(false),
            None,
            None,
        ])),
        // A number, because codes are read as such elsewhere; and the first text of the condition.
        _ => Arc::new(StringArray::from(vec![
            None,
            Some("1"),
            Some("2"),
            condition.split('\'').nth(1),
            None,
        ])),
    }
}

/// The Cartesian product of values for the columns of a condition; null elsewhere.
fn combinations(schema: &SchemaRef, condition: &str) -> RecordBatch {
    let words: BTreeSet<&str> = condition
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .collect();
    let named: Vec<&str> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .filter(|name| words.contains(name))
        .collect();
    assert!(!named.is_empty(), "`{condition}` names a column");
    let rows = NUMBERS.len().pow(named.len() as u32);
    let columns: Vec<ArrayRef> = schema
        .fields()
        .iter()
        .map(|field| {
            let at = named.iter().position(|name| name == field.name());
            let index = (0..rows as u64)
                .map(|row| at.map_or(0, |at| row / (NUMBERS.len() as u64).pow(at as u32) % 5));
            let index = UInt64Array::from_iter_values(index);
            take(&values(field.data_type(), condition), &index, None)
                .expect("an index of the values")
        })
        .collect();
    RecordBatch::try_new(schema.clone(), columns).expect("columns of the schema")
}

/// The first of some rows for which a condition does not hold, and whether it holds for any.
async fn broken(rows: &RecordBatch, condition: &str) -> (Option<RecordBatch>, bool) {
    let context = SessionContext::new();
    warehouse::register_functions(&context);
    let table = MemTable::try_new(rows.schema(), vec![vec![rows.clone()]]).expect("a table");
    context
        .register_table("planted", Arc::new(table))
        .expect("a name");
    let query = async |sql: String| {
        let frame = context.sql(&sql).await.expect("the condition is SQL");
        let schema = frame.schema().as_arrow().clone();
        let found = frame.collect().await.expect("the condition is computed");
        concat_batches(&schema.into(), &found).expect("one schema")
    };
    let fails = query(format!(
        "select * from planted where not coalesce(({condition}), true) limit 1"
    ))
    .await;
    let holds = query(format!("select * from planted where ({condition}) limit 1")).await;
    let fails = (fails.num_rows() > 0).then_some(fails);
    (fails, holds.num_rows() > 0)
}

/// The conjuncts of a condition: `a <= b and c <= b` has two.
fn parts(condition: &str) -> Vec<&str> {
    let parts: Vec<&str> = condition.split(" and ").collect();
    match parts.iter().all(|part| part.contains(['<', '>', '='])) {
        true => parts,
        false => vec![condition],
    }
}

/// Rows that violate a table's grain, and each conjunct of each of its conditions.
async fn planted(model: &Model, schema: &SchemaRef) -> RecordBatch {
    let mut rows = Vec::new();
    for check in &model.checks {
        for part in parts(&check.condition) {
            let (fails, holds) = broken(&combinations(schema, part), part).await;
            let table = &model.name;
            rows.push(fails.unwrap_or_else(|| panic!("`{part}` of {table} cannot fail")));
            assert!(holds, "`{part}` of {table} cannot hold");
        }
    }
    // The grain: rows without a key, and two with the same.
    let columns: Vec<ArrayRef> = schema
        .fields()
        .iter()
        .map(|field| values(field.data_type(), ""))
        .collect();
    let whole = RecordBatch::try_new(schema.clone(), columns).expect("columns of the schema");
    let twice = UInt64Array::from(vec![0, 1, 1]);
    rows.push(take_record_batch(&whole, &twice).expect("rows of the values"));
    concat_batches(schema, &rows).expect("one schema")
}

/// A finding, for comparison.
fn found(check: String, level: Level) -> (String, String) {
    (check, format!("{level:?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_grain_and_every_condition_is_shown_to_fail() {
    let world = World::new();
    let mut record = world.build().await.record;
    let warehouse = world.warehouse();
    let passed = warehouse.check(&record).await.expect("the checks run");
    let pipeline = Pipeline::parse(pipeline_files()).expect("the pipeline parses");
    let about_tables: Vec<_> = passed.iter().filter(|f| f.check.contains(": ")).collect();
    assert!(
        about_tables.is_empty(),
        "an empty build passes: {about_tables:?}"
    );

    let mut expected = BTreeSet::new();
    for model in &pipeline.models {
        let built = warehouse
            .table_schema(&record, &model.name)
            .await
            .expect("a schema");
        // Text as it is written, not as it is read.
        let fields = built.fields().iter().map(|field| match field.data_type() {
            DataType::Utf8View => Field::new(field.name(), DataType::Utf8, true),
            _ => field.as_ref().clone().with_nullable(true),
        });
        let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let rows = planted(model, &schema).await;

        let mut writer = ArrowWriter::try_new(Vec::new(), schema, None).expect("a writer");
        writer.write(&rows).expect("rows");
        let file = writer.into_inner().expect("a file");
        let folder = format!("warehouse/{}/{}", model.name.schema(), model.name.table());
        let path = format!("{folder}/planted.parquet");
        let table = record.tables.get_mut(&model.name).expect("a built table");
        table.files = vec![DataFile {
            path: path.clone(),
            bytes: file.len() as u64,
            rows: rows.num_rows() as u64,
            xxh3: None,
            blocks: String::new(),
        }];
        let stored = world.store.put(&Path::from(path), file.into()).await;
        stored.expect("the file is stored");

        let table = &model.name;
        expected.insert(found(format!("{table}: grain"), Level::Error));
        if !model.grain.is_empty() {
            expected.insert(found(format!("{table}: key not null"), Level::Error));
        }
        for check in &model.checks {
            expected.insert(found(format!("{table}: {}", check.condition), check.level));
        }
    }

    let findings: BTreeSet<_> = warehouse
        .check(&record)
        .await
        .expect("the checks run")
        .into_iter()
        .filter(|finding| finding.check.contains(": "))
        .map(|finding| found(finding.check, finding.level))
        .collect();
    assert_eq!(findings, expected);
}
