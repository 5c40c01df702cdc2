//! A table as text.

use std::path::Path;

/// A table read from CSV.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub fn read(path: &Path) -> Self {
        let bytes =
            std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self::parse(&bytes)
    }

    pub fn parse(bytes: &[u8]) -> Self {
        let mut reader = csv::Reader::from_reader(bytes);
        let texts = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
        Self {
            columns: texts(reader.headers().expect("a header")),
            rows: reader
                .records()
                .map(|record| texts(&record.expect("a CSV record")))
                .collect(),
        }
    }

    /// Some columns, rows sorted.
    pub fn sorted(&self, columns: &[&str]) -> Vec<Vec<String>> {
        let places: Vec<usize> = columns
            .iter()
            .map(|name| {
                let place = self.columns.iter().position(|column| column == name);
                place.unwrap_or_else(|| panic!("no column `{name}` in {:?}", self.columns))
            })
            .collect();
        let mut rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| places.iter().map(|place| row[*place].clone()).collect())
            .collect();
        rows.sort();
        rows
    }
}
