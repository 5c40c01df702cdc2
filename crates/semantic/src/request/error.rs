//! Errors of invalid requests.

use std::fmt;

use kernel::nearest;

use crate::model::Definitions;

/// An invalid request, as the API reports it (400).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestError {
    /// `unknown_parameter`, `bad_value` or `unknown_tile`.
    pub code: &'static str,
    /// One sentence for people.
    pub message: String,
    /// The next step, if known.
    pub hint: Option<String>,
}

impl fmt::Display for RequestError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(out, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for RequestError {}

impl RequestError {
    pub(super) fn bad(name: &str, value: &str, problem: impl fmt::Display) -> Self {
        // Messages quote a limited number of characters.
        let mut shown: String = value.chars().take(60).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        Self {
            code: "bad_value",
            message: format!("`{name}={shown}`: {problem}"),
            hint: None,
        }
    }

    pub(super) fn one_of(name: &str, value: &str, known: &[&str]) -> Self {
        let near = nearest(value, known.iter().copied());
        Self {
            hint: Some(match near {
                Some(near) => format!("the nearest is `{near}`"),
                None => format!("it can be {}", known.join(", ")),
            }),
            ..Self::bad(name, value, "there is no such value")
        }
    }

    pub(crate) fn unknown_tile(name: &str, definitions: &Definitions) -> Self {
        let known = definitions.tiles.iter().map(|tile| tile.name.as_str());
        let shown: String = name.chars().take(60).collect();
        Self {
            code: "unknown_tile",
            message: format!("there is no tile `{shown}`"),
            hint: nearest(name, known).map(|near| format!("the nearest is `{near}`")),
        }
    }
}
