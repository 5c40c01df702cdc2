//! Checks: a table's grain and row conditions right after it is built, and the queries of
//! `pipeline/checks/` when all tables are there. A check is a query that must return nothing; the
//! rows it returns are the evidence.

use arrow::array::RecordBatch;
use arrow::json::ArrayWriter;

use crate::engine::{self, Access, Catalog};
use crate::error::{Error, Result};
pub use crate::finding::Finding;
use crate::finding::Level;
use crate::grain::Grain;
use crate::model::{Check, Model, RowCheck};
use crate::name::TableName;
use crate::publish::BuildRecord;
use crate::query::ids_as_text;
use crate::warehouse::Warehouse;

/// Rows shown as evidence of a finding, and characters of each text in them: evidence is kept in the
/// build record, and its texts are the source's.
const EVIDENCE_ROWS: usize = 5;
const EVIDENCE_TEXT: usize = 200;

/// A query to run as a check, and its display name.
struct Question {
    name: String,
    what: String,
    level: Level,
    sql: String,
}

/// Runs a query of `pipeline/checks/`.
pub(crate) async fn run(tables: &dyn Catalog, check: &Check) -> Result<Option<Finding>> {
    ask(
        tables,
        Access::Scan,
        &Question {
            name: check.name.clone(),
            what: check.what.clone(),
            level: check.level,
            sql: check.sql.clone(),
        },
    )
    .await
}

/// Checks a table that was just built: the grain is unique and not null, every row meets the
/// conditions of the model's head. The table must be registered under its name. A grain that is
/// known to hold is not checked again.
pub(crate) async fn table(
    tables: &dyn Catalog,
    access: Access,
    model: &Model,
    grain: Grain,
) -> Result<Vec<Finding>> {
    let mut questions = Vec::new();
    if grain == Grain::Unknown {
        questions.extend(grain_questions(model));
    }
    if broken(tables, access, model).await? {
        questions.extend(row_questions(model));
    }
    let mut findings = Vec::new();
    for question in questions {
        findings.extend(ask(tables, access, &question).await?);
    }
    Ok(findings)
}

impl Warehouse {
    /// Runs every check of the pipeline on a build: the grain and conditions of each table, then
    /// the checks across tables. Nothing is written. What cannot be checked because the build was
    /// made before the table was, is a warning.
    pub async fn check(&self, record: &BuildRecord) -> Result<Vec<Finding>> {
        let tables = self.catalog(record);
        let mut findings = Vec::new();
        for model in &self.pipeline.models {
            if record.tables.contains_key(&model.name) {
                findings.extend(table(&*tables, Access::Scan, model, Grain::Unknown).await?);
            } else {
                findings.push(not_there(record, &model.name.to_string(), &model.name));
            }
        }
        for check in &self.pipeline.checks {
            match check
                .inputs
                .iter()
                .find(|input| !record.tables.contains_key(*input))
            {
                Some(input) => findings.push(not_there(record, &check.name, input)),
                None => findings.extend(run(&*tables, check).await?),
            }
        }
        Ok(findings)
    }
}

fn not_there(record: &BuildRecord, check: &str, table: &TableName) -> Finding {
    Finding {
        check: check.to_owned(),
        what: format!(
            "not checked: build {} is older than `{table}`; `jobtide build` builds it",
            record.build
        ),
        level: Level::Warning,
        rows: 0,
        evidence: Vec::new(),
    }
}

/// Whether any row violates a condition of the model's head, in one scan of the table: one
/// statement is much cheaper than one per condition, and nearly always suffices.
async fn broken(tables: &dyn Catalog, access: Access, model: &Model) -> Result<bool> {
    if model.checks.is_empty() {
        return Ok(false);
    }
    let met: Vec<String> = model
        .checks
        .iter()
        .map(|check| format!("coalesce(({}), true)", check.condition))
        .collect();
    let sql = format!(
        "select count(*) as rows from {} where not ({}) having count(*) > 0",
        model.name,
        met.join(" and ")
    );
    let question = Question {
        name: format!("{}: conditions", model.name),
        what: String::new(),
        level: Level::Error,
        sql,
    };
    Ok(ask(tables, access, &question).await?.is_some())
}

fn grain_questions(model: &Model) -> Vec<Question> {
    let table = &model.name;
    let grain = model.grain.join(", ");
    let mut questions = Vec::new();
    if model.grain.is_empty() {
        questions.push(Question {
            name: format!("{table}: grain"),
            what: format!("`{table}` must have exactly one row"),
            level: Level::Error,
            sql: format!("select count(*) as rows from {table} having count(*) <> 1"),
        });
    } else {
        questions.push(Question {
            name: format!("{table}: grain"),
            what: format!("`{table}` must have one row for each ({grain})"),
            level: Level::Error,
            sql: format!(
                "select {grain}, count(*) as rows from {table} group by {grain} having count(*) > 1"
            ),
        });
        let nulls: Vec<String> = model
            .grain
            .iter()
            .map(|column| format!("{column} is null"))
            .collect();
        questions.push(Question {
            name: format!("{table}: key not null"),
            what: format!("({grain}) of `{table}` must not be null"),
            level: Level::Error,
            sql: format!("select * from {table} where {}", nulls.join(" or ")),
        });
    }
    questions
}

fn row_questions(model: &Model) -> Vec<Question> {
    let table = &model.name;
    let question = |check: &RowCheck| {
        let condition = &check.condition;
        Question {
            name: format!("{table}: {condition}"),
            what: format!("every row of `{table}` must meet `{condition}`"),
            level: check.level,
            sql: format!("select * from {table} where not coalesce(({condition}), true)"),
        }
    };
    model.checks.iter().map(question).collect()
}

async fn ask(tables: &dyn Catalog, access: Access, question: &Question) -> Result<Option<Finding>> {
    let failed = |error: Error| error.of(format_args!("check {}", question.name));
    let plan = tables.plan(&question.sql, access).await.map_err(failed)?;
    let batches = engine::collect(plan).await.map_err(failed)?;
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    if rows == 0 {
        return Ok(None);
    }
    Ok(Some(Finding {
        check: question.name.clone(),
        what: question.what.clone(),
        level: question.level,
        rows: rows as u64,
        evidence: evidence(&batches)?,
    }))
}

fn evidence(batches: &[RecordBatch]) -> Result<Vec<serde_json::Value>> {
    let mut left = EVIDENCE_ROWS;
    let mut writer = ArrayWriter::new(Vec::new());
    for batch in batches {
        let rows = batch.num_rows().min(left);
        writer.write(&ids_as_text(&batch.slice(0, rows))?)?;
        left -= rows;
    }
    writer.finish()?;
    let rows: Vec<serde_json::Value> =
        serde_json::from_slice(&writer.into_inner()).map_err(|source| Error::Json {
            path: "evidence".to_owned(),
            source,
        })?;
    Ok(rows.into_iter().map(shortened).collect())
}

fn shortened(mut row: serde_json::Value) -> serde_json::Value {
    for value in row
        .as_object_mut()
        .into_iter()
        .flatten()
        .map(|(_, value)| value)
    {
        if let serde_json::Value::String(text) = value
            && let Some((end, _)) = text.char_indices().nth(EVIDENCE_TEXT)
        {
            text.truncate(end);
            text.push('…');
        }
    }
    row
}
