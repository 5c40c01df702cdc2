//! Diagnosis of the landing and the published build.

use std::collections::HashSet;

use anyhow::Result;
use futures::StreamExt as _;
use jiff::SignedDuration;
use landing::{Listing, OriginClass, WindowKind, WindowRef};
use warehouse::BuildRecord;

use super::Finding;
use crate::app::App;
use crate::messages::{DAMAGED_RECORD_HINT, UNREAD_HINT};
use crate::{config, times};

/// A window last written longer ago than this is no longer being collected.
const ABANDONED: SignedDuration = SignedDuration::from_hours(24);

/// The daily sweeps rely on at least one collection a day; one may fail.
const FRESH: SignedDuration = SignedDuration::from_hours(48);

/// Number of bodies read concurrently.
const BODIES_AT_ONCE: usize = 8;

/// Damaged windows that are named individually.
const NAMED: usize = 5;

/// The landing: complete windows, leftovers, lateness; returns the damaged files among those read.
pub async fn landing(app: &App, deep: bool) -> (Vec<Finding>, HashSet<String>) {
    let mut read = HashSet::new();
    let listing = match app.landing.list().await {
        Ok(listing) => listing,
        Err(error) => return (vec![Finding::error("landing", error)], read),
    };
    let mut findings = vec![Finding::fine(
        "landing",
        format!("{} windows", listing.windows.len()),
    )];
    let now = app.now();
    let abandoned = listing
        .unfinished
        .iter()
        .filter(|left| now.duration_since(left.last_written) > ABANDONED)
        .count();
    if abandoned > 0 {
        findings.push(Finding::note(
            "landing",
            format!("{abandoned} windows were left unfinished by a crash; they are ignored"),
            "the next collections remove them after a week",
        ));
    }
    let unsound = listing.unsound.iter().map(|window| {
        let path = window.path().join(landing::MANIFEST);
        Finding::wrong("landing", format!("`{path}` is empty"), UNREAD_HINT)
    });
    findings.extend(unsound.take(NAMED));
    let held = listing.unlanded.iter().filter(|window| window.is_held());
    let held = held.count();
    if held > 0 {
        findings.push(Finding::note(
            "landing",
            format!("{held} windows were taken back by `jobtide unland`; they are ignored"),
            "a build removes them once no kept build contains them (`keep_builds`); until then, landing the same file undoes this",
        ));
    }
    if !listing.half_rewritten.is_empty() {
        findings.push(Finding::wrong(
            "landing",
            format!(
                "a take-down was interrupted: {} windows still hold the old bodies",
                listing.half_rewritten.len()
            ),
            "run the same `jobtide purge` again",
        ));
    }
    if deep {
        findings.extend(bodies(app, &listing.windows, &mut read).await);
    }
    findings.extend(collection(app, &listing).await);
    (findings, read)
}

/// Verifies the checksum of every body; records the damaged files.
async fn bodies(app: &App, windows: &[WindowRef], noted: &mut HashSet<String>) -> Vec<Finding> {
    let read: Vec<Result<usize, landing::Error>> = futures::stream::iter(windows)
        .map(|window| async move {
            let manifest = app.landing.manifest(window).await?;
            for entry in &manifest.bodies {
                app.landing.body(window, entry).await?;
            }
            Ok(manifest.bodies.len())
        })
        .buffered(BODIES_AT_ONCE)
        .collect()
        .await;
    let sound: usize = read.iter().flatten().sum();
    let mut findings = vec![Finding::fine("bodies", format!("{sound} are intact"))];
    let damaged: Vec<landing::Error> = read.into_iter().filter_map(Result::err).collect();
    noted.extend(damaged.iter().filter_map(|error| match error {
        landing::Error::Damaged { path, .. }
        | landing::Error::Manifest { path, .. }
        | landing::Error::Store { path, .. } => Some(path.clone()),
        _ => None,
    }));
    if damaged.len() > NAMED {
        findings.push(Finding::wrong(
            "bodies",
            format!("{} windows are damaged; the first:", damaged.len()),
            "restore the store from a backup, or collect these windows again",
        ));
    }
    let named = damaged.into_iter().take(NAMED);
    findings.extend(named.map(|error| Finding::error("bodies", error)));
    findings
}

/// Verifies the checksum of every file of the published build.
pub async fn files(app: &App) -> Vec<Finding> {
    let record = match app.warehouse.builds().published().await {
        Ok(Some(record)) => record,
        // Reported already.
        Ok(None) | Err(_) => return Vec::new(),
    };
    let (sound, damaged) = match app.warehouse.files_as_written(&record).await {
        Ok(found) => found,
        Err(error) => return vec![Finding::error("tables", error)],
    };
    let mut findings = vec![Finding::fine("tables", format!("{sound} files are intact"))];
    let hint = "`jobtide build --full` rebuilds all tables from the landing";
    let named = damaged.into_iter().take(NAMED);
    findings.extend(named.map(|text| Finding::wrong("tables", text, hint)));
    findings
}

/// Whether collections can run, and their progress.
async fn collection(app: &App, listing: &Listing) -> Vec<Finding> {
    let class = match app.landing.origin_class().await {
        Ok(class) => class,
        Err(error) => return vec![Finding::error("landing", error)],
    };
    let through = listing
        .windows
        .iter()
        .filter(|window| window.kind == WindowKind::Collect)
        .map(|window| window.to)
        .max();
    let mut findings = Vec::new();
    let after_now = extract::after_now(&listing.windows, app.now());
    let last = after_now.clone().map(|window| window.to).max();
    if let Some(last) = last {
        findings.push(Finding::wrong(
            "clock",
            format!(
                "{} windows end in the future, the last at {}: the clock was ahead when they were collected, or is behind now",
                after_now.count(),
                times::time(last)
            ),
            "set the clock; the windows count up to the time they were read, and the next collections read the rest",
        ));
    }
    let collects = through.is_some() && class != Some(OriginClass::Generated);
    findings.extend(keys(app, listing, collects));
    if let (Some(through), true) = (through, collects) {
        let text = format!("collected to {}", times::time(through));
        findings.push(if app.now().duration_since(through) > FRESH {
            let hint = "`jobtide run collect_postings` collects what is due; `jobtide up` does so on schedule";
            Finding::wrong("freshness", text, hint)
        } else {
            Finding::fine("freshness", text)
        });
    }
    findings
}

/// The access keys of the sources: each source that was collected from needs one.
fn keys(app: &App, listing: &Listing, collects: bool) -> Vec<Finding> {
    let keys = app.sources.all().filter_map(|source| {
        let variable = source.key_variable()?;
        let name = source.name();
        let collected = |window: &WindowRef| {
            window.kind != WindowKind::Saved && window.dataset.source() == name
        };
        Some(match config::secret(variable) {
            Ok(Some(_)) => Finding::fine("access key", format!("`{variable}` is set")),
            Ok(None) => {
                let text =
                    format!("`{variable}` is not set: nothing can be collected from `{name}`");
                let hint = format!(
                    "{} and set {variable} (or {variable}_FILE)",
                    source.key_hint()
                );
                match collects && listing.windows.iter().any(collected) {
                    true => Finding::wrong("access key", text, &hint),
                    false => Finding::note("access key", text, &hint),
                }
            }
            Err(error) => Finding::error("access key", error),
        })
    });
    keys.collect()
}

/// The published build: whether its files exist, and whether it includes all that is landed. Files
/// of the landing in `read` are reported already.
pub async fn builds(app: &App, read: &HashSet<String>) -> Vec<Finding> {
    let mut records = match app.warehouse.builds().records().await {
        Ok(records) => records,
        Err(error) => return vec![Finding::error("build", error)],
    };
    let damaged = records.damaged.iter();
    let mut findings: Vec<Finding> = damaged
        .map(|record| Finding::wrong("build", record.to_string(), DAMAGED_RECORD_HINT))
        .collect();
    let Some(record) = records.sound.pop() else {
        let hint = "`jobtide build` builds tables from the landing";
        findings.push(match app.warehouse.build_of_logs().await {
            Ok(Some(build)) if findings.is_empty() => {
                let text =
                    format!("there is no build record, but the Delta logs are of build {build}");
                Finding::wrong("build", text, hint)
            }
            Ok(_) => Finding::note("build", "nothing is published yet", hint),
            Err(error) => Finding::error("build", error),
        });
        return findings;
    };
    findings.push(Finding::fine(
        "build",
        format!(
            "{} of {}, {} postings, {} warnings",
            record.build,
            times::time(record.published_at),
            record.postings,
            record.warnings.len()
        ),
    ));
    // Empty manifests are reported with the landing.
    let unread = record
        .unread
        .iter()
        .filter(|file| file.reason != "it is empty" && !read.contains(&file.file));
    let count = unread.clone().count();
    if count > NAMED {
        findings.push(Finding::wrong(
            "landing",
            format!("{count} files of the landing are damaged; the first:"),
            UNREAD_HINT,
        ));
    }
    findings.extend(
        unread
            .take(NAMED)
            .map(|file| Finding::wrong("landing", file.to_string(), UNREAD_HINT)),
    );
    match app.warehouse.lost_files(&record).await {
        Ok(lost) if lost.is_empty() => match waiting(app, &record).await {
            Ok(waiting) => findings.extend(waiting),
            Err(error) => findings.push(Finding::error("build", error)),
        },
        Ok(lost) => findings.push(Finding::wrong(
            "build",
            format!(
                "{} of its files are missing or truncated: {}",
                lost.len(),
                lost[0]
            ),
            "`jobtide build --full` rebuilds all tables from the landing",
        )),
        Err(error) => findings.push(Finding::error("build", error)),
    }
    findings.extend(logs(app, &record).await);
    findings
}

/// Whether the Delta logs, which other tools read, match the published build.
async fn logs(app: &App, record: &BuildRecord) -> Vec<Finding> {
    let warehouse = &app.warehouse;
    // Unreadable files are reported with the build; then the logs are compared without columns.
    let schemas = warehouse.schemas(record).await.unwrap_or_default();
    let damaged = match warehouse.damaged_logs(record, &schemas).await {
        Ok(damaged) => damaged,
        Err(error) => return vec![Finding::error("Delta logs", error)],
    };
    let hint = "`jobtide build` restores the Delta logs to the published build";
    let mut findings = Vec::new();
    if damaged.len() > NAMED {
        let text = format!("{} Delta logs are damaged; the first:", damaged.len());
        findings.push(Finding::wrong("Delta logs", text, hint));
    }
    let named = damaged.into_iter().take(NAMED);
    findings.extend(named.map(|(_, text)| Finding::wrong("Delta logs", text, hint)));
    findings
}

/// Landed data that is not in the build, and pending work of take-downs.
async fn waiting(app: &App, record: &BuildRecord) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let staged = app
        .warehouse
        .texts(record, "select window from staging.windows")
        .await?;
    let staged: HashSet<&str> = staged.iter().map(String::as_str).collect();
    let in_it = |window: &WindowRef| staged.contains(window.path().as_ref());
    let listing = app.landing.list().await?;
    let waiting = listing.windows.iter().filter(|window| !in_it(window));
    let waiting = waiting.count();
    if waiting > 0 {
        findings.push(Finding::note(
            "build",
            format!("{waiting} landed windows are not in it yet"),
            "`jobtide build` reads them",
        ));
    }
    let unlanded = listing.unlanded.iter();
    let unlanded = unlanded.filter(|unlanded| in_it(&unlanded.window)).count();
    if unlanded > 0 {
        findings.push(Finding::note(
            "build",
            format!("{unlanded} windows that were taken back are still in it"),
            "`jobtide build` builds tables without them",
        ));
    }
    let take_downs = app.warehouse.take_downs().await?;
    let last = take_downs.records().last();
    if let Some(last) = last.filter(|last| last.asked_at > record.built_at) {
        findings.push(Finding::wrong(
            "take-downs",
            format!(
                "the build was made before the take-down of {}",
                times::time(last.asked_at)
            ),
            "run the same `jobtide purge` again; it also removes the earlier builds that hold the posting",
        ));
        return Ok(findings);
    }
    let kept_out = app.warehouse.kept_out(record).await?;
    if kept_out > 0 {
        findings.push(Finding::wrong(
            "take-downs",
            format!("{kept_out} landed records are of postings that were taken down; no table holds them"),
            "`jobtide purge --reason \"collected again\"` removes them from the landing too",
        ));
    }
    Ok(findings)
}
