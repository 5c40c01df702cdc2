//! Filters as conditions. Values are untrusted: they appear only in quoted literals.

use super::statement::Statement;
use crate::filters::Filters;
use crate::search::{Beside, Query, Term, Wording};

impl Statement<'_> {
    /// Filters to the selection.
    pub(super) fn choose(&mut self, filters: &Filters) {
        let (conditions, note) = conditions(self, filters);
        if conditions.is_empty() {
            return;
        }
        let conditions = conditions.join("\n    and ");
        let row = &self.fact.row;
        self.step(
            "chosen",
            format!("{note}select {row}.*\nfrom {row}\nwhere\n    {conditions}"),
        );
        self.rows = "chosen";
    }
}

/// The conditions on a row, and a comment about them.
fn conditions(sql: &mut Statement<'_>, filters: &Filters) -> (Vec<String>, &'static str) {
    let mut conditions = Vec::new();
    let mut note = "";
    let fact = sql.fact;
    for values in &filters.values {
        conditions.push(sql.with_values(&fact.row, values));
    }
    let date = format!("{}.{}", fact.row, fact.date);
    if let Some(from) = filters.from {
        conditions.push(format!("{date} >= {}", sql.dialect.date(from)));
    }
    if let Some(to) = filters.to {
        conditions.push(format!("{date} <= {}", sql.dialect.date(to)));
    }
    let query = Query::new(&filters.text, &sql.definitions.search);
    if query.is_unsearchable() {
        note = "-- What is searched for has neither letters nor digits: nothing matches.\n";
        conditions.push("false".to_owned());
    }
    for term in query.terms() {
        note = "-- The search compares compatibility forms too (full-width letters, composed marks) \
                and does not\n-- see characters without width; this does not.\n";
        conditions.push(found(term, sql));
    }
    (conditions, note)
}

/// A term is found in any of the columns and dimensions that are searched.
fn found(term: &Term, sql: &mut Statement<'_>) -> String {
    let (fact, dialect) = (sql.fact, sql.dialect);
    // What may separate two characters of a wording: everything that the search ignores.
    let gap = format!("[^{}+#]*", dialect.letters_and_numbers());
    let wordings = term.wordings().iter();
    let wordings: Vec<String> = wordings.map(|wording| pattern(wording, &gap)).collect();
    let pattern = dialect.literal(&wordings.join("|"));
    let columns = fact.search.columns.iter();
    let mut found: Vec<String> = columns
        .map(|column| dialect.found(&format!("{}.{column}", fact.row), &pattern))
        .collect();
    for dimension in &fact.search.dimensions {
        let dimension = &sql.dimension(*dimension).name;
        found.push(format!(
            "{} in (select id from {dimension} where {})",
            sql.id(&fact.row),
            dialect.found("value", &pattern)
        ));
    }
    if found.is_empty() {
        return "false".to_owned();
    }
    format!("(\n        {}\n    )", found.join("\n        or "))
}

/// A wording as a regular expression over text in lower case.
fn pattern(wording: &Wording, gap: &str) -> String {
    let characters: Vec<String> = wording
        .text()
        .chars()
        .map(|character| match character {
            '+' => r"\+".to_owned(),
            // In normal form there are letters, digits and two signs only.
            other => other.to_string(),
        })
        .collect();
    let text = characters.join(gap);
    let plural = if wording.has_plural() { "s?" } else { "" };
    if wording.is_one_letter() {
        return format!("{ALONE_BEFORE}{text}{ALONE_AFTER}");
    }
    let before = other_than(wording.before()).map_or_else(String::new, |one| format!("(^|{one})"));
    let after = other_than(wording.after()).map_or_else(String::new, |one| format!("($|{one})"));
    format!("{before}{text}{plural}{after}")
}

/// The context of a single-letter word: an adjacent `&` only if it does not join two single letters
/// into one word, as in `r&d`.
const ALONE_BEFORE: &str = "(^|[^a-z&]|(^|[^a-z]|[a-z][a-z])&)";
const ALONE_AFTER: &str = "($|[^a-z+#&]|&($|[^a-z]|[a-z][a-z+#]))";

/// The character class allowed next to a wording, if restricted.
fn other_than(beside: Beside) -> Option<String> {
    let kinds = [
        (beside.letters, "a-z"),
        (beside.digits, "0-9"),
        (beside.signs, "+#"),
    ];
    let own: String = kinds
        .into_iter()
        .filter(|(own, _)| *own)
        .map(|(_, characters)| characters)
        .collect();
    (!own.is_empty()).then(|| format!("[^{own}]"))
}
