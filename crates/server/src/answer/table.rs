//! A table as JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::origin::Origin;

/// A column.
#[derive(Debug, Serialize, ToSchema)]
pub struct Column {
    /// Name.
    pub name: String,
    /// SQL type: text, bigint, double, boolean, date or timestamp.
    #[serde(rename = "type")]
    pub sql_type: String,
}

/// A table's rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct TableAnswer {
    /// `schema.table`
    pub table: String,
    /// Number of the build.
    pub build: u64,
    /// Where the build's postings come from.
    pub origin: Origin,
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows as objects by column; numbers that a double does not hold, and 64-bit identifiers, are
    /// strings, as in the result of a query.
    pub rows: Vec<BTreeMap<String, serde_json::Value>>,
}
