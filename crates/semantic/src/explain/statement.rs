//! A statement under construction.

use std::collections::BTreeSet;

use super::layout::indented;
use crate::dialect::Dialect;
use crate::model::{Definitions, Dimension, Fact, Values};

/// A statement under construction: named steps, then the final query that computes the figures.
pub(super) struct Statement<'a> {
    pub(super) definitions: &'a Definitions,
    pub(super) fact: &'a Fact,
    pub(super) dialect: &'a dyn Dialect,
    steps: Vec<(String, String)>,
    dimensions: BTreeSet<usize>,
    /// The step with the rows so far.
    pub(super) rows: &'a str,
}

impl<'a> Statement<'a> {
    pub(super) fn new(
        definitions: &'a Definitions,
        fact: &'a Fact,
        dialect: &'a dyn Dialect,
    ) -> Self {
        Self {
            definitions,
            fact,
            dialect,
            steps: Vec::new(),
            dimensions: BTreeSet::new(),
            rows: &fact.row,
        }
    }

    pub(super) fn step(&mut self, name: &str, sql: impl Into<String>) {
        self.steps.push((name.to_owned(), sql.into()));
    }

    pub(super) fn dimension(&mut self, dimension: usize) -> &'a Dimension {
        self.dimensions.insert(dimension);
        &self.definitions.dimensions[dimension]
    }

    /// The statement: the required queries of the definitions, then its steps.
    pub(super) fn finish(self, last: &str) -> String {
        let mut all = vec![(self.fact.row.clone(), self.fact.sql.clone())];
        for dimension in self.dimensions {
            let dimension = &self.definitions.dimensions[dimension];
            all.push((dimension.name.clone(), dimension.sql.clone()));
        }
        all.extend(self.steps);
        let steps = all
            .iter()
            .map(|(name, sql)| format!("{name} as (\n{}\n)", indented(sql)));
        format!("with {}\n\n{last}", steps.collect::<Vec<_>>().join(",\n\n"))
    }

    /// The step with the selection, before the tile's own filters.
    pub(super) fn chosen(&self) -> &'a str {
        match self.steps.iter().any(|(name, _)| name == "chosen") {
            true => "chosen",
            false => &self.fact.row,
        }
    }

    /// Filters to rows with these values.
    pub(super) fn narrow(&mut self, wanted: &[Values]) {
        if wanted.is_empty() {
            return;
        }
        let before = self.rows;
        let conditions: Vec<String> = wanted
            .iter()
            .map(|values| self.with_values(before, values))
            .collect();
        let conditions = conditions.join("\n    and ");
        self.step(
            "counted",
            format!("select {before}.*\nfrom {before}\nwhere\n    {conditions}"),
        );
        self.rows = "counted";
    }

    /// `column` is one of the values.
    pub(super) fn condition(&self, column: &str, values: &[String]) -> String {
        let values: Vec<String> = values
            .iter()
            .map(|value| self.dialect.literal(value))
            .collect();
        format!("{column} in ({})", values.join(", "))
    }

    /// The identifier of a row of a step.
    pub(super) fn id(&self, rows: &str) -> String {
        format!("{rows}.{}", self.fact.id)
    }

    /// Rows of a step have one of the values.
    pub(super) fn with_values(&mut self, rows: &str, values: &Values) -> String {
        let dimension = &self.dimension(values.dimension).name;
        let condition = self.condition("value", &values.values);
        format!(
            "{} in (select id from {dimension} where {condition})",
            self.id(rows)
        )
    }
}

pub(super) fn limit(top: Option<usize>) -> String {
    top.map(|top| format!("\nlimit {top}")).unwrap_or_default()
}
