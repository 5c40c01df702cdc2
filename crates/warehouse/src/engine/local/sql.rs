//! Statements before they are planned.

use std::collections::BTreeSet;

use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast;

use crate::error::{Error, Result};
use crate::name::TableName;

/// Tables that a query references, from its syntax tree; what is wrong with the query otherwise.
pub fn inputs(sql: &str) -> Result<BTreeSet<TableName>, String> {
    let mut statements = DFParser::parse_sql(sql).map_err(|error| error.strip_backtrace())?;
    let Some(statement) = statements.pop_front().filter(|_| statements.is_empty()) else {
        return Err("there must be exactly one statement".to_owned());
    };
    if !is_query(&statement) {
        return Err("the statement must be a query".to_owned());
    }
    let (tables, _) =
        resolve_table_references(&statement, true).map_err(|error| error.strip_backtrace())?;
    tables
        .into_iter()
        .map(|table| match table.schema() {
            Some(schema) => {
                TableName::new(schema, table.table()).map_err(|error| error.to_string())
            }
            None => Err(format!("`{table}` needs its schema: `schema.table`")),
        })
        .collect()
}

fn is_query(statement: &Statement) -> bool {
    matches!(statement, Statement::Statement(inner) if matches!(**inner, ast::Statement::Query(_)))
}

/// Refuses everything but one query, and names the statement.
pub fn only_a_query(sql: &str) -> Result<()> {
    let mut statements = DFParser::parse_sql(sql)
        .map_err(|error| Error::Query(error.strip_backtrace().to_string()))?;
    let first = statements.pop_front();
    if !statements.is_empty() {
        return Err(Error::Query(
            "several statements are refused: send one query at a time".to_owned(),
        ));
    }
    match first {
        None => Err(Error::Query("there is no query".to_owned())),
        Some(Statement::Statement(statement)) => match *statement {
            ast::Statement::Query(_)
            | ast::Statement::ShowTables { .. }
            | ast::Statement::ShowColumns { .. }
            | ast::Statement::ExplainTable { .. } => Ok(()),
            other => {
                let text = other.to_string();
                let kind = text.split_whitespace().next().unwrap_or("this").to_owned();
                Err(refused(&kind))
            }
        },
        Some(Statement::Explain(explain)) => match *explain.statement {
            Statement::Statement(inner) if matches!(*inner, ast::Statement::Query(_)) => Ok(()),
            _ => Err(refused("EXPLAIN of anything but a query")),
        },
        Some(Statement::CopyTo(_)) => Err(refused("COPY")),
        Some(Statement::CreateExternalTable(_)) => Err(refused("CREATE EXTERNAL TABLE")),
        Some(Statement::Reset(_)) => Err(refused("RESET")),
    }
}

fn refused(kind: &str) -> Error {
    Error::Query(format!(
        "`{kind}` is refused: only queries (SELECT, WITH, EXPLAIN, SHOW TABLES, DESCRIBE) are allowed"
    ))
}
