//! Runs a program of the user.
//!
//! It gets the variables that the file names and what a run is, and nothing else of the environment: no
//! access key by accident. Of what it writes the last is kept. It has ended when its process has, whatever
//! it leaves running. When its run is cancelled, its time is over or this process dies, it is ended with
//! all processes that it started: by SIGTERM, and two seconds later by SIGKILL.

mod group;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use orchestrator::{Parameter, Task, TaskContext, TaskError, TaskReport};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

use super::Parts;
use crate::run_logs;
use group::Group;

/// The last of what a program writes that is kept, in bytes.
const KEPT: usize = 2_048;

/// The longest line in the log of a run, in bytes.
const LINE: usize = 4_096;

/// How long its output is read after it has ended: a process that it leaves running may hold the pipes.
const READS_ON: Duration = Duration::from_secs(1);

/// When a cancelled program that is in no group any more is killed by itself.
const KILLED_AFTER: Duration = Duration::from_secs(4);

/// Variables without which few programs run.
const ALWAYS_PASSED: [&str; 5] = ["PATH", "HOME", "LANG", "TZ", "TMPDIR"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct With {
    /// A path, or a name that `PATH` finds.
    program: String,
    #[serde(default)]
    arguments: Vec<String>,
    /// Its working folder; without one, that of this process.
    folder: Option<PathBuf>,
    /// Variables with their values.
    #[serde(default)]
    environment: BTreeMap<String, String>,
    /// Variables that it gets from this process.
    #[serde(default)]
    pass: Vec<String>,
    /// Exit codes that mean success.
    #[serde(default = "zero")]
    succeeds: Vec<i32>,
    /// Exit codes that mean that there was nothing to do: what comes after is skipped.
    #[serde(default)]
    nothing_new: Vec<i32>,
    /// Exit codes that mean that another attempt makes sense.
    #[serde(default)]
    retries: Vec<i32>,
}

fn zero() -> Vec<i32> {
    vec![0]
}

pub fn make(name: &str, with: With, _parts: &Parts) -> Result<Program, String> {
    Program::new(name, with)
}

pub struct Program {
    name: String,
    with: With,
}

impl Program {
    fn new(name: &str, with: With) -> Result<Self, String> {
        if with.program.is_empty() {
            return Err("`program` is empty".to_owned());
        }
        let name = name.to_owned();
        Ok(Self { name, with })
    }

    fn command(&self, context: &TaskContext) -> Command {
        let with = &self.with;
        let mut command = Command::new(&with.program);
        command
            .args(&with.arguments)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(folder) = &with.folder {
            command.current_dir(folder);
        }
        let passed = with.pass.iter().map(String::as_str).chain(ALWAYS_PASSED);
        for name in passed {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(&with.environment);
        command.env("JOBTIDE_DAG", context.dag().as_str());
        command.env("JOBTIDE_RUN", context.run().as_str());
        command.env("JOBTIDE_ATTEMPT", context.attempt().to_string());
        if let Some(interval) = context.interval() {
            command.env("JOBTIDE_FROM", interval.from.to_string());
            command.env("JOBTIDE_TO", interval.to.to_string());
        }
        for (name, value) in context.parameters().iter() {
            let value = match value {
                Parameter::Flag(flag) => flag.to_string(),
                Parameter::Number(number) => number.to_string(),
                Parameter::Text(text) => text.clone(),
            };
            command.env(format!("JOBTIDE_PARAMETER_{}", name.to_uppercase()), value);
        }
        if let Ok(item) = context.item::<serde_json::Value>() {
            let item = match item {
                serde_json::Value::String(text) => text,
                other => other.to_string(),
            };
            command.env("JOBTIDE_ITEM", item);
        }
        command
    }
}

#[async_trait]
impl Task for Program {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        let program = &self.with.program;
        let group = Group::start().map_err(|error| {
            TaskError::retryable(format!("`/bin/sh` cannot be started: {error}"))
        })?;
        let mut command = self.command(context);
        group.of(&mut command);
        let mut child = command.spawn().map_err(|error| {
            let hint = "hint: `program` is a path, or a name that `PATH` finds";
            TaskError::permanent(format!("`{program}` cannot be started: {error}\n{hint}"))
        })?;
        let pipes = (child.stdout.take(), child.stderr.take());
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let status = {
            let mut reading = std::pin::pin!(async {
                tokio::join!(
                    last_of(pipes.0, "stdout", &mut out),
                    last_of(pipes.1, "stderr", &mut err)
                )
            });
            let mut is_read = false;
            let status = loop {
                // Read meanwhile: a program whose pipe is full does not end.
                tokio::select! {
                    status = child.wait() => break status,
                    _ = &mut reading, if !is_read => is_read = true,
                    () = context.cancel().cancelled() => {
                        drop(group);
                        end(&mut child).await;
                        return Err(TaskError::cancelled());
                    }
                }
            };
            if !is_read {
                tokio::select! {
                    _ = &mut reading => {}
                    () = context.clock().sleep(READS_ON) => {}
                }
            }
            status.map_err(TaskError::retryable)?
        };
        group.release().await;
        let (out, err) = (text(&out), text(&err));
        let last_line = out.trim_end().lines().last().unwrap_or_default().to_owned();
        let noted = |report: TaskReport| match last_line.is_empty() {
            true => report,
            false => report.note(last_line.clone()),
        };
        let Some(code) = status.code() else {
            return Err(TaskError::retryable(format!(
                "`{program}` was ended: {status}"
            )));
        };
        if self.with.nothing_new.contains(&code) {
            let why = match last_line.is_empty() {
                true => format!("`{program}` found nothing new"),
                false => last_line,
            };
            return Ok(TaskReport::nothing_follows(why));
        }
        if self.with.succeeds.contains(&code) {
            return Ok(noted(TaskReport::new()));
        }
        let said = match err.trim() {
            "" => out.trim().to_owned(),
            err => err.to_owned(),
        };
        let problem = format!("`{program}` ended with exit code {code}: {said}");
        Err(match self.with.retries.contains(&code) {
            true => TaskError::retryable(problem),
            false => TaskError::permanent(problem),
        })
    }
}

/// Waits until a program whose group is ended has.
async fn end(child: &mut Child) {
    if tokio::time::timeout(KILLED_AFTER, child.wait())
        .await
        .is_err()
    {
        // One that has ended meanwhile needs no signal.
        child.kill().await.ok();
    }
}

/// Reads to the end, keeps the last of it, and writes each line to the log of the run.
async fn last_of(from: Option<impl AsyncRead + Unpin>, stream: &str, last: &mut Vec<u8>) {
    let Some(mut from) = from else {
        return;
    };
    let mut read = [0; 8_192];
    let mut line = Vec::new();
    // A pipe that cannot be read any more has ended, as far as anybody can tell.
    while let Ok(count @ 1..) = from.read(&mut read).await {
        for part in read[..count].split_inclusive(|byte| *byte == b'\n') {
            // Of a longer line the rest is left out.
            let room = LINE.saturating_sub(line.len());
            line.extend_from_slice(&part[..part.len().min(room)]);
            if part.ends_with(b"\n") {
                log_line(stream, &line);
                line.clear();
            }
        }
        last.extend_from_slice(&read[..count]);
        if last.len() > 2 * KEPT {
            last.drain(..last.len() - KEPT);
        }
    }
    log_line(stream, &line);
}

fn log_line(stream: &str, line: &[u8]) {
    let line = String::from_utf8_lossy(line);
    let line = line.trim_end();
    if !line.is_empty() {
        tracing::info!(target: run_logs::OUTPUT, stream, "{line}");
    }
}

fn text(read: &[u8]) -> String {
    let begin = read.len().saturating_sub(KEPT);
    String::from_utf8_lossy(&read[begin..]).into_owned()
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use kernel::{Interval, SystemClock};
    use orchestrator::{
        CancellationToken, Dag, Engine, RetryPolicy, RunOutcome, RunRecord, RunRequest, State,
        Step, StepOutcome,
    };

    use super::*;

    fn shell(script: &str, more: &str) -> Step {
        let with = format!("program = 'sh'\narguments = ['-c', '''{script}''']\n{more}");
        let with: With = toml::from_str(&with).unwrap();
        Step::new(Program::new("program", with).unwrap()).retry(RetryPolicy {
            attempts: 2,
            first_delay: Duration::ZERO,
            max_delay: Duration::ZERO,
        })
    }

    async fn run(step: Step, cancel: &CancellationToken) -> RunRecord {
        let dag = Dag::new("daily", [step]).unwrap();
        let engine = Engine::new(State::in_memory().await.unwrap(), Arc::new(SystemClock));
        let at = |text: &str| text.parse().unwrap();
        let day = Interval::new(at("2026-05-01T00:00:00Z"), at("2026-05-02T00:00:00Z"));
        let request = RunRequest::manual()
            .for_interval(day.unwrap())
            .with("full", true);
        engine.run(&dag, request, cancel).await.unwrap()
    }

    async fn ended(script: &str, more: &str) -> RunRecord {
        run(shell(script, more), &CancellationToken::new()).await
    }

    #[tokio::test]
    async fn a_program_is_told_what_it_runs_for_and_nothing_else() {
        let script = "echo $JOBTIDE_DAG $JOBTIDE_FROM $JOBTIDE_PARAMETER_FULL $OWN; env | grep -c CARGO || echo none";
        let run = ended(script, "environment = { OWN = 'mine' }").await;
        assert_eq!(run.steps[0].note.as_deref(), Some("none"));
        let script = "echo $JOBTIDE_DAG $JOBTIDE_FROM $JOBTIDE_PARAMETER_FULL $OWN";
        let run = ended(script, "environment = { OWN = 'mine' }").await;
        let note = Some("daily 2026-05-01T00:00:00Z true mine");
        assert_eq!(run.steps[0].note.as_deref(), note);
        // Any that is not passed by itself.
        let given = std::env::vars().find(|(name, value)| {
            let is_plain = name.bytes().all(|byte| byte.is_ascii_uppercase());
            is_plain && name != "PWD" && !value.is_empty() && !ALWAYS_PASSED.contains(&&**name)
        });
        if let Some((name, _)) = given {
            let script = format!("test -n \"${name}\"");
            let run = ended(&script, &format!("pass = ['{name}']")).await;
            assert_eq!(run.outcome, RunOutcome::Success, "{name}");
            assert_eq!(
                ended(&script, "").await.outcome,
                RunOutcome::Failed,
                "{name}"
            );
        }
        let run = ended("pwd", "folder = '/'").await;
        assert_eq!(run.steps[0].note.as_deref(), Some("/"));
    }

    #[tokio::test]
    async fn exit_codes_mean_what_the_file_says() {
        let codes = "succeeds = [0, 9]\nnothing_new = [3]\nretries = [75]";
        let success = StepOutcome::Success;
        for (code, outcome, attempts) in [
            (0, success, 1),
            (9, success, 1),
            (3, success, 1),
            (1, StepOutcome::Failed, 1),
            (75, StepOutcome::Failed, 2),
        ] {
            let run = ended(&format!("exit {code}"), codes).await;
            let step = &run.steps[0];
            assert_eq!((step.outcome, step.attempts), (outcome, attempts), "{code}");
        }
        let run = ended("echo why >&2; exit 4", "").await;
        assert_eq!(run.steps[0].errors, ["`sh` ended with exit code 4: why"]);
        let run = ended("kill -9 $$", "").await;
        assert_eq!(run.steps[0].attempts, 2, "somebody ended it");
    }

    #[tokio::test]
    async fn much_output_is_read_and_its_end_kept() {
        let script = "i=0; while [ $i -lt 20000 ]; do echo a line of some length that nobody reads; i=$((i+1)); done; echo last; exit 1";
        let run = ended(script, "").await;
        let error = &run.steps[0].errors[0];
        assert!(error.ends_with("last"), "{error}");
        assert!(error.len() < 4_000);
        let run = ended(r"printf '\377\376 binary'; exit 1", "").await;
        assert!(run.steps[0].errors[0].ends_with(" binary"));
    }

    /// A named pipe, and the script's words to hold it open in the background. It can be read to its end
    /// once nothing of the program is left.
    fn held(folder: &tempfile::TempDir) -> (PathBuf, String) {
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let holds = format!("sleep 600 > {} &", pipe.display());
        (pipe, holds)
    }

    async fn read_to_the_end(pipe: PathBuf) {
        tokio::task::spawn_blocking(move || std::fs::read(pipe).unwrap())
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_program_has_ended_though_something_of_it_runs_on() {
        let run = ended("sleep 600 & echo $!", "").await;
        assert_eq!(run.outcome, RunOutcome::Success);
        let left = run.steps[0].note.as_deref().unwrap();
        let ended = std::process::Command::new("kill").arg(left).status();
        assert!(ended.unwrap().success(), "what it leaves is left alone");
    }

    #[tokio::test]
    async fn all_of_a_program_ends_when_it_is_cancelled_or_takes_too_long() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, holds) = held(&folder);
        let script = format!("trap '' TERM; {holds} wait");
        let cancel = CancellationToken::new();
        let stops = async {
            // It can be opened to read once the program holds it.
            let opened = pipe.clone();
            let read = tokio::task::spawn_blocking(move || std::fs::File::open(opened).unwrap());
            let mut file = read.await.unwrap();
            cancel.cancel();
            let read = move || std::io::Read::read_to_end(&mut file, &mut Vec::new()).unwrap();
            tokio::task::spawn_blocking(read).await.unwrap();
        };
        let (run, _) = tokio::join!(run(shell(&script, ""), &cancel), stops);
        assert_eq!(run.outcome, RunOutcome::Cancelled);

        let script = format!("{holds} wait");
        let step = shell(&script, "").timeout(Duration::from_millis(500));
        let never = CancellationToken::new();
        let (run, ()) = tokio::join!(super::tests::run(step, &never), read_to_the_end(pipe));
        assert_eq!(run.steps[0].error_class.as_deref(), Some("timeout"));
    }

    #[tokio::test]
    async fn a_cancelled_program_is_killed_and_a_missing_one_named() {
        let cancel = CancellationToken::new();
        let begun = tempfile::tempdir().unwrap();
        let file = begun.path().join("begun");
        let script = format!("echo > {}; exec sleep 600", file.display());
        let step = shell(&script, "");
        let stops = async {
            while !file.exists() {
                tokio::task::yield_now().await;
            }
            cancel.cancel();
        };
        let (run, ()) = tokio::join!(run(step, &cancel), stops);
        assert_eq!(run.outcome, RunOutcome::Cancelled);
        let with: With = toml::from_str("program = 'no-such-program'").unwrap();
        let step = Step::new(Program::new("program", with).unwrap());
        let run = super::tests::run(step, &CancellationToken::new()).await;
        let error = &run.steps[0].errors[0];
        assert!(
            error.starts_with("`no-such-program` cannot be started: "),
            "{error}"
        );
        assert!(error.contains("\nhint: "), "{error}");
    }
}
