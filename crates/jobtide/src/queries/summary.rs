//! What a worker says of its result beside writing it: the number of rows, and the rows themselves where
//! they are few.

use std::io::{Write as _, stderr};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use warehouse::query::{Format, Rows};

/// What the line begins with, the last one on stderr.
const BEGIN: &str = "summary: ";

/// More bytes of rows, as JSON, are not passed on.
const MOST_BYTES: usize = 60 << 10;

/// The rows of a result.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// How many there are.
    pub rows: u64,
    /// All of them, an object each, or the value of the only column; none if they are too many or too
    /// large.
    pub items: Option<Vec<Value>>,
}

impl Summary {
    /// Of a result; its rows only if there are at most `most`.
    ///
    /// # Errors
    /// When a value has no form in JSON.
    pub fn of(rows: &Rows, most: usize) -> Result<Self> {
        let mut summary = Self {
            rows: rows.len() as u64,
            items: None,
        };
        if rows.len() > most || rows.plain_bytes() > MOST_BYTES as u64 {
            return Ok(summary);
        }
        let mut json = Vec::new();
        rows.write(Format::Json, &mut json)?;
        if json.len() <= MOST_BYTES {
            let mut items: Vec<Value> =
                serde_json::from_slice(&json).context("the rows as JSON")?;
            if let [column] = &rows.schema.fields()[..] {
                let value = |item: &mut Value| item.get_mut(column.name()).map(Value::take);
                items = items.iter_mut().filter_map(value).collect();
            }
            summary.items = Some(items);
        }
        Ok(summary)
    }

    /// Writes it to stderr.
    ///
    /// # Errors
    /// When nobody reads that.
    pub fn tell(&self) -> Result<()> {
        let json = serde_json::to_string(self).context("a summary as JSON")?;
        writeln!(stderr(), "{BEGIN}{json}").context("cannot write the summary")
    }

    /// That of a worker, from its stderr.
    pub fn heard(messages: &str) -> Option<Self> {
        let last = messages.trim_end().lines().last()?;
        serde_json::from_str(last.strip_prefix(BEGIN)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_summary_is_the_last_line() {
        let items = Some(vec![json!("서울"), json!(null)]);
        let heard = Summary::heard("warning: x\nsummary: {\"rows\":2,\"items\":[\"서울\",null]}\n");
        assert_eq!(heard, Some(Summary { rows: 2, items }));
        for messages in [
            "",
            "warning: x",
            "summary: {\"rows\":2}\nerror: x",
            "summary: {",
        ] {
            assert_eq!(Summary::heard(messages), None, "{messages}");
        }
    }
}
