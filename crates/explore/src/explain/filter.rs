//! Filters as conditions. Values are untrusted: they appear only in quoted literals.

use super::Statement;
use crate::definitions::SKILL;
use crate::search::{Beside, Part, Query, Synonyms, Wording};
use crate::selection::Filters;

/// What may separate two characters of a wording: everything that the search ignores.
const GAP: &str = r"[^\p{Alphabetic}\p{N}+#]*";

/// The conditions on a posting, and a comment about them.
pub(super) fn conditions(
    sql: &mut Statement<'_>,
    filters: &Filters,
    synonyms: &Synonyms,
) -> (Vec<String>, &'static str) {
    let mut conditions = Vec::new();
    let mut note = "";
    for values in &filters.values {
        conditions.push(sql.with_values("posting", values));
    }
    if let Some(from) = filters.from {
        conditions.push(format!("posting.posting_date >= date '{from}'"));
    }
    if let Some(to) = filters.to {
        conditions.push(format!("posting.posting_date <= date '{to}'"));
    }
    let query = Query::new(&filters.text, synonyms);
    if query.is_hopeless() {
        note = "-- What is searched for has neither letters nor digits: nothing matches.\n";
        conditions.push("false".to_owned());
    }
    for part in query.parts() {
        note = "-- The search compares compatibility forms too (full-width letters, composed marks) \
                and does not\n-- see characters without width; this does not.\n";
        let skill = sql.definitions.dimension(SKILL);
        let skill = skill.map(|skill| sql.dimension(skill).name.as_str());
        conditions.push(found(part, skill));
    }
    (conditions, note)
}

fn found(part: &Part, skill: Option<&str>) -> String {
    let wordings: Vec<String> = part.wordings().iter().map(pattern).collect();
    let pattern = literal(&wordings.join("|"));
    let mut found = format!(
        "(\n        regexp_like(lower(posting.title), {pattern})\n        \
         or regexp_like(lower(posting.company_name), {pattern})"
    );
    if let Some(skill) = skill {
        found.push_str(&format!(
            "\n        or posting.id in (select id from {skill} where regexp_like(lower(value), {pattern}))"
        ));
    }
    found + "\n    )"
}

/// A wording as a regular expression over text in lower case.
fn pattern(wording: &Wording) -> String {
    let characters: Vec<String> = wording
        .text()
        .chars()
        .map(|character| match character {
            '+' => r"\+".to_owned(),
            // In normal form there are letters, digits and two signs only.
            other => other.to_string(),
        })
        .collect();
    let text = characters.join(GAP);
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

/// `column` is one of the values.
pub(super) fn condition(column: &str, values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
    format!("{column} in ({})", values.join(", "))
}

/// A text as an SQL literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name as an SQL identifier.
pub(super) fn name(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
