//! `jobtide airflow`

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::airflow::{self, MARK, OPERATORS, POOL_MARK, POOLS, Program, Written};
use crate::app::App;
use crate::cli;
use crate::dags::Dags;
use crate::exit;
use crate::messages::{Messages, tell};

/// Writes the DAGs as files of Airflow. A DAG whose file is broken keeps the file that it has.
pub fn run(
    app: &App,
    args: &cli::airflow::Airflow,
    config: Option<&Path>,
    messages: &Messages,
) -> Result<()> {
    let dags = Dags::read(&app.files, &app.sources)?;
    if dags.named(OPERATORS).is_ok() {
        bail!(
            "the DAG `{OPERATORS}` has the name of the file of the operators\nhint: give it another name"
        );
    }
    let program = program(args, config)?;
    let mut files = vec![airflow::operators()];
    files.extend(airflow::pools(dags.pools()));
    files.extend(dags.all().iter().map(|dag| airflow::dag(dag, &program)));

    let folder = &args.out;
    std::fs::create_dir_all(folder).with_context(|| cannot("make", folder))?;
    // Before anything is written: nothing of anyone else is overwritten.
    for file in &files {
        let path = folder.join(&file.name);
        if path.symlink_metadata().is_ok() && !is_own(&path)? {
            bail!(
                "`{}` was not written by `jobtide airflow`\nhint: move it away, or choose another folder with `--out`",
                path.display()
            );
        }
    }
    let mut changed = 0;
    for file in &files {
        for note in &file.notes {
            tell(&format!(
                "warning: `{}` differs from the DAG: {note}",
                file.name
            ));
        }
        changed += usize::from(write(folder, file)?);
    }
    for error in dags.broken() {
        tell(&format!("warning: {}", exit::text(error)));
    }
    let removed = remove_others(folder, &files, &dags)?;
    messages.say(&format!(
        "{} files in `{}`, {changed} of them changed, {removed} removed{}",
        files.len(),
        folder.display(),
        match files.iter().any(|file| file.name == POOLS) {
            true => format!("; `airflow pools import {POOLS}` sets the pools"),
            false => String::new(),
        }
    ));
    Ok(())
}

fn cannot(what: &str, path: &Path) -> String {
    format!("cannot {what} `{}`", path.display())
}

/// How workers start the program: with absolute paths.
fn program(args: &cli::airflow::Airflow, config: Option<&Path>) -> Result<Program> {
    let text = |path: &Path| -> Result<String> {
        let path = std::path::absolute(path)?;
        let text = path.to_str().map(str::to_owned);
        text.with_context(|| format!("`{}` is not UTF-8", path.display()))
    };
    let mut command = vec![args.program.clone()];
    if let Some(config) = config {
        command.extend(["--config".to_owned(), text(config)?]);
    }
    let folder = text(args.folder.as_deref().unwrap_or(Path::new(".")))?;
    Ok(Program { command, folder })
}

/// Whether this command wrote a file.
fn is_own(path: &Path) -> Result<bool> {
    let read = std::fs::read(path).with_context(|| cannot("read", path))?;
    if path.extension().is_some_and(|ending| ending == "py") {
        return Ok(read.starts_with(MARK.as_bytes()));
    }
    let pools: Option<Value> = serde_json::from_slice(&read).ok();
    let pools = pools.as_ref().and_then(Value::as_object);
    Ok(pools.is_some_and(|pools| {
        pools.values().all(|pool| {
            let what = pool.get("description").and_then(Value::as_str);
            what.is_some_and(|what| what.starts_with(POOL_MARK))
        })
    }))
}

/// Writes a file at once, unless it is the same; returns whether it was not. Airflow may read meanwhile.
fn write(folder: &Path, file: &Written) -> Result<bool> {
    let path = folder.join(&file.name);
    if std::fs::read(&path).is_ok_and(|found| found == file.text.as_bytes()) {
        return Ok(false);
    }
    let beside = folder.join(format!(".{}.new", file.name));
    std::fs::write(&beside, &file.text).with_context(|| cannot("write", &beside))?;
    std::fs::rename(&beside, &path).with_context(|| cannot("write", &path))?;
    Ok(true)
}

/// Removes the files of DAGs that are gone: Airflow would go on with them.
fn remove_others(folder: &Path, files: &[Written], dags: &Dags) -> Result<usize> {
    let mut removed = 0;
    for entry in std::fs::read_dir(folder).with_context(|| cannot("list", folder))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let is_wanted = files.iter().any(|file| file.name == name);
        let may_be_own = name == POOLS || name.ends_with(".py");
        let is_broken = name
            .strip_suffix(".py")
            .is_some_and(|dag| dags.is_broken(dag));
        if !is_wanted && may_be_own && !is_broken && path.is_file() && is_own(&path)? {
            std::fs::remove_file(&path).with_context(|| cannot("remove", &path))?;
            removed += 1;
        }
    }
    Ok(removed)
}
