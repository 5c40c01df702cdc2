//! Filters as conditions. Values are untrusted: they appear only in quoted literals.

use super::statement::Statement;
use crate::dialect::Dialect;
use crate::filters::Filters;
use crate::model::SKILL;
use crate::search::{Beside, Query, Term, Wording};

impl Statement<'_> {
    /// Filters to the selection.
    pub(super) fn choose(&mut self, filters: &Filters) {
        let (conditions, note) = conditions(self, filters);
        if conditions.is_empty() {
            return;
        }
        let conditions = conditions.join("\n    and ");
        self.step(
            "chosen",
            format!("{note}select posting.*\nfrom posting\nwhere\n    {conditions}"),
        );
        self.postings = "chosen";
    }
}

/// The conditions on a posting, and a comment about them.
fn conditions(sql: &mut Statement<'_>, filters: &Filters) -> (Vec<String>, &'static str) {
    let mut conditions = Vec::new();
    let mut note = "";
    for values in &filters.values {
        conditions.push(sql.with_values("posting", values));
    }
    if let Some(from) = filters.from {
        conditions.push(format!(
            "posting.posting_date >= {}",
            sql.dialect.date(from)
        ));
    }
    if let Some(to) = filters.to {
        conditions.push(format!("posting.posting_date <= {}", sql.dialect.date(to)));
    }
    let query = Query::new(&filters.text, &sql.definitions.search);
    if query.is_unsearchable() {
        note = "-- What is searched for has neither letters nor digits: nothing matches.\n";
        conditions.push("false".to_owned());
    }
    for term in query.terms() {
        note = "-- The search compares compatibility forms too (full-width letters, composed marks) \
                and does not\n-- see characters without width; this does not.\n";
        let skill = sql.definitions.dimension(SKILL);
        let skill = skill.map(|skill| sql.dimension(skill).name.as_str());
        conditions.push(found(term, skill, sql.dialect));
    }
    (conditions, note)
}

fn found(term: &Term, skill: Option<&str>, dialect: &dyn Dialect) -> String {
    // What may separate two characters of a wording: everything that the search ignores.
    let gap = format!("[^{}+#]*", dialect.letters_and_numbers());
    let wordings = term.wordings().iter();
    let wordings: Vec<String> = wordings.map(|wording| pattern(wording, &gap)).collect();
    let pattern = dialect.literal(&wordings.join("|"));
    let found_in = |column: &str| dialect.found(column, &pattern);
    let mut found = format!(
        "(\n        {}\n        or {}",
        found_in("posting.title"),
        found_in("posting.company_name")
    );
    if let Some(skill) = skill {
        found.push_str(&format!(
            "\n        or posting.id in (select id from {skill} where {})",
            found_in("value")
        ));
    }
    found + "\n    )"
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
