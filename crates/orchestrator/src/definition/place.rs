//! Where a mistake in a file is, and how it is reported: file, line, and the nearest known name.

use std::fmt;

use kernel::nearest;

use crate::dag_name::DagError;

/// A file that describes no DAG, or no pools.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct DefinitionError {
    /// Below the pipeline.
    pub file: String,
    /// Counted from 1; none where the file as a whole is meant.
    pub line: Option<usize>,
    /// What is wrong.
    pub problem: String,
    /// The next step, where one is known.
    pub hint: Option<String>,
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}`", self.file)?;
        if let Some(line) = self.line {
            write!(out, ", line {line}")?;
        }
        write!(out, ": {}", self.problem)?;
        match &self.hint {
            Some(hint) => write!(out, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

/// A file whose mistakes are reported.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

impl Place<'_> {
    /// An error at a byte of the file. A line of `problem` that begins with `hint: ` is the hint.
    pub fn error(self, at: Option<usize>, problem: impl Into<String>) -> DefinitionError {
        let line = at.and_then(|at| Some(1 + self.text.get(..at)?.matches('\n').count()));
        let mut problem = problem.into();
        let hint = problem.find("\nhint: ").map(|end| {
            let hint = problem.split_off(end);
            hint.trim_start_matches("\nhint: ").to_owned()
        });
        DefinitionError {
            file: self.file.to_owned(),
            line,
            problem,
            hint,
        }
    }

    /// What serde says, with the nearest of the keys that it lists.
    pub fn of_serde(self, error: &toml::de::Error, at: Option<usize>) -> DefinitionError {
        let message = error.message();
        let at = error.span().map(|span| span.start).or(at);
        let mut quoted = message.split('`').skip(1).step_by(2);
        let unknown = quoted.next().filter(|_| message.starts_with("unknown "));
        let hint = unknown.and_then(|unknown| nearest_hint(unknown, quoted));
        let error = self.error(at, message);
        DefinitionError {
            hint: hint.or_else(|| error.hint.clone()),
            ..error
        }
    }

    /// An error of the graph.
    pub fn of_dag(self, at: Option<usize>, error: &DagError) -> DefinitionError {
        self.error(at, error.to_string())
    }
}

/// A hint that names the nearest of the known names.
pub(crate) fn nearest_hint<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(name, known).map(|near| format!("the nearest is `{near}`"))
}

/// A hint that names the nearest of the known names, or all of them.
pub(crate) fn known_hint<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<String> {
    nearest_hint(name, known.clone()).or_else(|| {
        let known: Vec<&str> = known.into_iter().collect();
        (!known.is_empty()).then(|| format!("there is `{}`", known.join("`, `")))
    })
}
