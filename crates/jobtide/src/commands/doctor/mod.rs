//! `jobtide doctor`: checks everything the program depends on, and names a next step for each problem.
//! It changes nothing, apart from writing one small object to the store and removing it again.

mod data;
mod place;

use std::io::{Write as _, stdout};

use anyhow::Result;
use warehouse::escaped_lines;

use crate::app::App;
use crate::cli;
use crate::config::Settings;
use crate::exit::{self, Failed, Failure};

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Fine,
    /// Informational; no action is needed now.
    Note,
    Wrong,
}

/// A finding.
#[derive(Debug)]
struct Finding {
    level: Level,
    subject: &'static str,
    text: String,
    hint: Option<String>,
}

impl Finding {
    fn fine(subject: &'static str, text: impl Into<String>) -> Self {
        Self {
            level: Level::Fine,
            subject,
            text: text.into(),
            hint: None,
        }
    }

    fn note(subject: &'static str, text: impl Into<String>, hint: &str) -> Self {
        Self {
            level: Level::Note,
            hint: Some(hint.to_owned()),
            ..Self::fine(subject, text)
        }
    }

    fn wrong(subject: &'static str, text: impl Into<String>, hint: &str) -> Self {
        Self {
            level: Level::Wrong,
            ..Self::note(subject, text, hint)
        }
    }

    /// An error with its hint.
    fn error(subject: &'static str, error: impl Into<anyhow::Error>) -> Self {
        let text = exit::text(&error.into());
        let (text, hint) = text
            .split_once("\nhint: ")
            .unwrap_or((&text, "correct what the message names"));
        Self::wrong(subject, text, hint)
    }
}

/// Runs the checks and prints the findings; fails when something is wrong.
pub async fn run(settings: Settings, args: &cli::Doctor) -> Result<()> {
    let findings = examine(settings, args).await;
    let mut out = stdout();
    for finding in &findings {
        let mark = match finding.level {
            Level::Fine => "ok   ",
            Level::Note => "note ",
            Level::Wrong => "WRONG",
        };
        let text = escaped_lines(&finding.text);
        writeln!(out, "{mark}  {:<13}  {text}", finding.subject)?;
        if let Some(hint) = &finding.hint {
            let hint = escaped_lines(hint);
            writeln!(out, "       {:<13}  hint: {hint}", "")?;
        }
    }
    let wrong = findings
        .iter()
        .filter(|finding| finding.level == Level::Wrong)
        .count();
    if wrong == 0 {
        return Ok(());
    }
    Err(Failed {
        failure: Failure::Wrong,
        message: match wrong {
            1 => "one problem; the hint below it says what to do".to_owned(),
            wrong => format!("{wrong} problems; the hints below them say what to do"),
        },
    }
    .into())
}

async fn examine(settings: Settings, args: &cli::Doctor) -> Vec<Finding> {
    let mut findings = vec![
        place::configuration(&settings),
        place::port(&settings.server.listen).await,
    ];
    let (storage, store) = place::storage(&settings).await;
    findings.extend(storage);
    let Some(store) = store else {
        return findings;
    };
    let app = match App::with_store(settings, store) {
        Ok(app) => app,
        Err(error) => {
            findings.push(Finding::error("pipeline", error));
            return findings;
        }
    };
    findings.extend(place::sources(&app));
    findings.extend(place::dags(&app));
    let (landing, read) = data::landing(&app, args.deep).await;
    findings.extend(landing);
    findings.extend(data::builds(&app, &read).await);
    if args.deep {
        findings.extend(data::files(&app).await);
    }
    findings.extend(place::state(&app).await);
    findings
}
