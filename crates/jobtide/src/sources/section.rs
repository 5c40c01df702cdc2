//! The section of a source in the settings, as `jobtide init` writes it.

use std::fmt::Write as _;

use extract::{SourceDescription, Strategy};

use super::MOST_CONCURRENT;

/// Every setting with its default value.
pub fn of(source: &SourceDescription) -> String {
    let mut text = format!("# {}.\n[sources.{}]\n", source.what, source.source);
    let mut setting = |comment: &str, key: &str, value: &str| {
        let comment = comment.replace('\n', "\n# ");
        // Writing to a string cannot fail.
        let _ = write!(text, "# {comment}\n{key} = {value}\n");
    };
    let url = source.endpoint.base_url.as_str().trim_end_matches('/');
    setting(
        &format!("The API; `{}` is appended.", source.endpoint.path),
        "base_url",
        &quoted(url),
    );
    if let Some(env) = source.auth.env() {
        let comment = "The environment variable that holds the access key.";
        setting(comment, "access_key_env", &quoted(env));
    }
    match &source.strategy {
        Strategy::Interval(_) => setting(
            "The first day to collect when nothing was collected yet, such as \"2023-05-01\". Empty: a first run\nasks for --from.",
            "start",
            "\"\"",
        ),
        Strategy::Snapshot(snapshot) => setting(
            "The boards whose lists are collected.",
            "boards",
            &list(&snapshot.boards),
        ),
        Strategy::Series(series) => {
            setting("What there is a series of.", "keys", &list(&series.keys));
            let otherwise = match series.back_days {
                Some(days) => format!("Empty: the last {days} days."),
                None => "Empty: a run asks for --from.".to_owned(),
            };
            setting(
                &format!("The first day of each pull, such as \"2023-05-01\". {otherwise}"),
                "start",
                "\"\"",
            );
        }
    }
    setting(
        "Calls a day that the source allows this key, counted across restarts.",
        "daily_quota",
        &source.quota.daily_calls.to_string(),
    );
    setting(
        "Stop when the source's clock differs from this machine's by more than 10 minutes: a clock that is ahead\nmarks periods as collected that were not.",
        "check_clock",
        "true",
    );
    setting(
        "Concurrent requests.",
        "concurrency",
        // A description may say more than the settings accept.
        &source.endpoint.concurrency.min(MOST_CONCURRENT).to_string(),
    );
    let gap = source.endpoint.gap.as_secs_f64();
    let calls = if gap > 0.0 { 1.0 / gap } else { 0.0 };
    setting(
        "Requests a second at most; 0 for no limit but that of the source's file.",
        "requests_per_second",
        &calls.to_string(),
    );
    if let Some(interval) = source.strategy.interval() {
        setting(
            "How far each window reaches back for postings that appear late.",
            "overlap_hours",
            &(interval.overlap.as_secs_f64() / 3600.0).to_string(),
        );
        setting(
            "Once a day, the last days are collected again for edits and closings; 0 turns it off.",
            "sweep_days",
            &(interval.sweep.published_back.as_secs_f64() / 86_400.0).to_string(),
        );
    }
    let _ = write!(
        text,
        "# Extra parameters of every request, as the API names them; an empty text removes one of the defaults.\n[sources.{}.query]\n",
        source.source
    );
    for (name, value) in &source.query {
        let _ = writeln!(text, "# {name} = {}", quoted(value));
    }
    text
}

/// Names as a list; a long one on several lines.
fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let line = quoted.join(", ");
    match line.len() {
        ..100 => format!("[{line}]"),
        _ => format!("[\n    {},\n]", quoted.join(",\n    ")),
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
