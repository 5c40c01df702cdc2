//! Names of tables: `schema.table`, lower-case SQL identifiers.

use std::fmt;
use std::str::FromStr;

use kernel::is_identifier;
use serde::{Deserialize, Serialize};

/// A qualified table name. The schema is the layer, and the folder of the model's file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TableName {
    schema: String,
    table: String,
}

/// Why a text is not a table name.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a table name; it should look like `visual_tables.all_count`")]
pub struct InvalidName(String);

impl TableName {
    /// Joins a schema and a table, both lower-case identifiers.
    pub fn new(schema: &str, table: &str) -> Result<Self, InvalidName> {
        if is_identifier(schema) && is_identifier(table) {
            Ok(Self {
                schema: schema.to_owned(),
                table: table.to_owned(),
            })
        } else {
            Err(InvalidName(format!("{schema}.{table}")))
        }
    }

    /// The layer.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// The table within its layer.
    pub fn table(&self) -> &str {
        &self.table
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.table)
    }
}

impl FromStr for TableName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (schema, table) = text
            .split_once('.')
            .ok_or_else(|| InvalidName(text.to_owned()))?;
        Self::new(schema, table)
    }
}

impl TryFrom<String> for TableName {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TableName> for String {
    fn from(name: TableName) -> Self {
        name.to_string()
    }
}
