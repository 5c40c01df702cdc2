//! The staging tables that the program itself fills: `windows`, `fields` and `quarantine`.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use landing::{Manifest, WindowRef};

use super::keys::FieldCount;
use super::rejects::Rejected;
use super::spec::timestamp_type;
use crate::name::TableName;

/// Names of the system tables of staging: `windows`, `fields`, `quarantine`.
pub fn system_tables() -> Vec<TableName> {
    ["windows", "fields", "quarantine"]
        .into_iter()
        .filter_map(|table| TableName::new("staging", table).ok())
        .collect()
}

/// One sentence about each of [`system_tables`], in their order.
pub(crate) const SYSTEM_TABLE_TEXTS: [&str; 3] = [
    "one row per window of the landing that was staged; `unread` counts its bodies that could not be read, and with any the window does not count as collected",
    "one row per window and key that is new, missing or of another JSON type",
    "one row per record, or whole body (row 0), that could not be read",
];

/// The result of staging one window, apart from its rows.
#[derive(Debug)]
pub(crate) struct WindowOutcome {
    pub window: WindowRef,
    pub manifest: Manifest,
    pub staged: u64,
    /// Records of postings that were taken down.
    pub purged: u64,
    /// Whether the manifest counts lines that are not one record each.
    pub uncounted: bool,
    pub fields: Vec<FieldCount>,
    /// Names of bodies that are damaged or missing: they are neither staged nor counted as
    /// reported.
    pub unread: HashSet<String>,
    /// Path of the body, when it was received, and what could not be read.
    pub rejected: Vec<(String, i64, Rejected)>,
}

impl WindowOutcome {
    /// Records, and whole bodies, that could not be read.
    pub fn quarantined(&self) -> u64 {
        let rejected = self.rejected.iter();
        rejected.map(|(_, _, rejected)| rejected.records).sum()
    }

    /// Records the manifest reports. A saved JSON document has no count, and for lines that are
    /// responses or lists the landing counted lines, so the number of records read is used instead.
    /// A body that could not be read at all counts as its one entry in quarantine: records that the
    /// collector assumed in it must not block publication.
    fn reported(&self) -> i64 {
        let bodies = &self.manifest.bodies;
        if self.uncounted || bodies.iter().any(|body| body.records.is_none()) {
            return (self.staged + self.purged + self.quarantined()) as i64;
        }
        let rejected = self.rejected_bodies();
        bodies
            .iter()
            .filter(|body| !self.unread.contains(&body.file))
            .map(|body| match rejected.contains(body.file.as_str()) {
                true => 1,
                false => body.records.unwrap_or_default() as i64,
            })
            .sum()
    }

    /// Bodies of which no record could be read: damaged, missing, or quarantined as a whole. A
    /// window with such a body does not cover its period: it is unknown which postings it lacks.
    fn unread_bodies(&self) -> i64 {
        (self.unread.len() + self.rejected_bodies().len()) as i64
    }

    /// Names of bodies that are in quarantine as a whole.
    fn rejected_bodies(&self) -> HashSet<&str> {
        self.rejected
            .iter()
            .filter(|(_, _, rejected)| rejected.row == 0)
            .filter_map(|(path, _, _)| path.rsplit('/').next())
            .collect()
    }
}

/// The columns of a system table; `None` for other tables.
pub(crate) fn columns(table: &TableName) -> Option<SchemaRef> {
    let at = system_tables().iter().position(|name| name == table)?;
    let batches = batches(&[]).ok()?;
    Some(batches[at].schema())
}

/// The rows of the system tables for the windows of this build, in the order of
/// [`system_tables`].
pub(crate) fn batches(outcomes: &[WindowOutcome]) -> Result<[RecordBatch; 3], ArrowError> {
    Ok([windows(outcomes)?, fields(outcomes)?, quarantine(outcomes)?])
}

fn windows(outcomes: &[WindowOutcome]) -> Result<RecordBatch, ArrowError> {
    let mut rows = Columns::new(&[
        ("window", Kind::Text),
        ("source", Kind::Text),
        ("dataset", Kind::Text),
        ("kind", Kind::Text),
        ("origin", Kind::Text),
        ("window_from", Kind::Time),
        ("window_to", Kind::Time),
        ("started_at", Kind::Time),
        ("finished_at", Kind::Time),
        ("bodies", Kind::Int),
        ("records", Kind::Int),
        ("quarantined", Kind::Int),
        ("reported", Kind::Int),
        ("duplicates", Kind::Int),
        ("purged", Kind::Int),
        ("unread", Kind::Int),
    ]);
    for outcome in outcomes {
        let manifest = &outcome.manifest;
        let origin = match manifest.origin {
            landing::Origin::Collected => "collected",
            landing::Origin::Generated => "generated",
            landing::Origin::Saved => "saved",
        };
        rows.text(outcome.window.path().as_ref());
        rows.text(&manifest.source);
        rows.text(&manifest.dataset);
        rows.text(manifest.kind.as_str());
        rows.text(origin);
        for time in [
            manifest.window.from,
            manifest.window.to,
            manifest.started_at,
            manifest.finished_at,
        ] {
            rows.time(time.as_microsecond());
        }
        rows.int(manifest.bodies.len() as i64);
        rows.int(outcome.staged as i64);
        rows.int(outcome.quarantined() as i64);
        rows.int(outcome.reported());
        rows.int(manifest.duplicates as i64);
        rows.int(outcome.purged as i64);
        rows.int(outcome.unread_bodies());
    }
    rows.finish()
}

fn fields(outcomes: &[WindowOutcome]) -> Result<RecordBatch, ArrowError> {
    let mut rows = Columns::new(&[
        ("window", Kind::Text),
        ("source", Kind::Text),
        ("dataset", Kind::Text),
        ("field", Kind::Text),
        ("change", Kind::Text),
        ("json_type", Kind::Text),
        ("records", Kind::Int),
    ]);
    for outcome in outcomes {
        for count in &outcome.fields {
            rows.text(outcome.window.path().as_ref());
            rows.text(&outcome.manifest.source);
            rows.text(&outcome.manifest.dataset);
            rows.text(&count.field);
            rows.text(count.change.name());
            rows.text(count.json_type);
            rows.int(count.records as i64);
        }
    }
    rows.finish()
}

fn quarantine(outcomes: &[WindowOutcome]) -> Result<RecordBatch, ArrowError> {
    let mut rows = Columns::new(&[
        ("source", Kind::Text),
        ("dataset", Kind::Text),
        ("collected_at", Kind::Time),
        ("landing_path", Kind::Text),
        ("landing_row", Kind::Int),
        ("reason", Kind::Text),
        ("payload", Kind::Text),
    ]);
    for outcome in outcomes {
        for (path, collected_at, rejected) in &outcome.rejected {
            rows.text(&outcome.manifest.source);
            rows.text(&outcome.manifest.dataset);
            rows.time(*collected_at);
            rows.text(path);
            rows.int(rejected.row);
            rows.text(&rejected.reason);
            rows.text(&rejected.payload);
        }
    }
    rows.finish()
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Int,
    Time,
}

enum Column {
    Text(StringBuilder),
    Int(Int64Builder),
    Time(TimestampMicrosecondBuilder),
}

/// Appends values column by column, row after row.
struct Columns {
    schema: Schema,
    columns: Vec<Column>,
    next: usize,
}

impl Columns {
    fn new(columns: &[(&str, Kind)]) -> Self {
        let fields: Vec<Field> = columns
            .iter()
            .map(|(name, kind)| {
                let data_type = match kind {
                    Kind::Text => DataType::Utf8,
                    Kind::Int => DataType::Int64,
                    Kind::Time => timestamp_type(),
                };
                Field::new(*name, data_type, false)
            })
            .collect();
        let columns = columns
            .iter()
            .map(|(_, kind)| match kind {
                Kind::Text => Column::Text(StringBuilder::new()),
                Kind::Int => Column::Int(Int64Builder::new()),
                Kind::Time => Column::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            })
            .collect();
        Self {
            schema: Schema::new(fields),
            columns,
            next: 0,
        }
    }

    fn column(&mut self) -> &mut Column {
        let at = self.next;
        self.next = (self.next + 1) % self.columns.len();
        &mut self.columns[at]
    }

    fn text(&mut self, value: &str) {
        if let Column::Text(column) = self.column() {
            column.append_value(value);
        }
    }

    fn int(&mut self, value: i64) {
        if let Column::Int(column) = self.column() {
            column.append_value(value);
        }
    }

    fn time(&mut self, value: i64) {
        if let Column::Time(column) = self.column() {
            column.append_value(value);
        }
    }

    /// A value appended to a column of another type leaves columns of unequal length, which is an
    /// error here.
    fn finish(self) -> Result<RecordBatch, ArrowError> {
        let columns: Vec<ArrayRef> = self
            .columns
            .into_iter()
            .map(|column| -> ArrayRef {
                match column {
                    Column::Text(mut column) => Arc::new(column.finish()),
                    Column::Int(mut column) => Arc::new(column.finish()),
                    Column::Time(mut column) => Arc::new(column.finish()),
                }
            })
            .collect();
        RecordBatch::try_new(Arc::new(self.schema), columns)
    }
}
