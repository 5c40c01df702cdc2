//! A DAG as a file, `dags/<name>.toml`: its tasks by kind, what each comes after, and when it runs.
//!
//! ```toml
//! what = "Collects what is due, then builds."
//!
//! [schedule]
//! cron = "5 * * * *"
//! time_zone = "Asia/Seoul"
//!
//! [[tasks]]
//! name = "collect"
//! kind = "collect"
//! with = { source = "board" }
//!
//! [[tasks]]
//! name = "build"
//! kind = "build"
//! after = ["collect"]
//! ```

use std::fmt;

use croner::Cron;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kernel::nearest;
use serde::Deserialize;
use toml::{Spanned, Table};

use crate::dag::{DagError, DagName};

/// The folder of the files, below the pipeline.
const FOLDER: &str = "dags/";
const ENDING: &str = ".toml";

/// A DAG as its file describes it. Its kinds of tasks and their parameters are checked by a
/// [`Registry`](crate::Registry).
#[derive(Debug, Clone)]
pub struct DagDefinition {
    pub(crate) file: String,
    pub(crate) text: String,
    /// The file's name.
    pub name: DagName,
    /// One line for people.
    pub what: String,
    /// When it runs by itself; without one only on request.
    pub schedule: Option<Schedule>,
    /// Its tasks, in the order of the file.
    pub tasks: Vec<TaskDefinition>,
}

/// A task of a file.
#[derive(Debug, Clone)]
pub struct TaskDefinition {
    /// Unique within the DAG.
    pub name: String,
    /// What it does, as it is registered.
    pub kind: String,
    /// The tasks that come before it.
    pub after: Vec<String>,
    /// The parameters of its kind.
    pub with: Table,
    pub(crate) at: usize,
}

/// When a DAG runs.
#[derive(Debug, Clone)]
pub struct Schedule {
    cron: Cron,
    zone: TimeZone,
}

/// A file that describes no DAG.
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    what: String,
    schedule: Option<Spanned<Cronned>>,
    tasks: Vec<Spanned<Task>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cronned {
    cron: String,
    time_zone: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Task {
    name: String,
    kind: String,
    #[serde(default)]
    after: Vec<String>,
    #[serde(default)]
    with: Table,
}

/// Where errors of a file are.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

impl Place<'_> {
    pub fn error(self, at: Option<usize>, problem: impl Into<String>) -> DefinitionError {
        let line = at.and_then(|at| Some(1 + self.text.get(..at)?.matches('\n').count()));
        DefinitionError {
            file: self.file.to_owned(),
            line,
            problem: problem.into(),
            hint: None,
        }
    }

    /// What serde says, with the nearest of the keys that it lists.
    pub fn of_serde(self, error: &toml::de::Error, at: Option<usize>) -> DefinitionError {
        let message = error.message();
        let at = error.span().map(|span| span.start).or(at);
        let mut quoted = message.split('`').skip(1).step_by(2);
        let unknown = quoted.next().filter(|_| message.starts_with("unknown "));
        let hint = unknown.and_then(|unknown| nearest_hint(unknown, quoted));
        DefinitionError {
            hint,
            ..self.error(at, message)
        }
    }
}

/// A hint that names the nearest of the known names.
pub(crate) fn nearest_hint<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(name, known).map(|near| format!("the nearest is `{near}`"))
}

impl DagDefinition {
    /// The name of the DAG that a file of the pipeline describes; none for other files.
    pub fn named_by(path: &str) -> Option<&str> {
        let name = path.strip_prefix(FOLDER)?.strip_suffix(ENDING)?;
        (!name.contains('/')).then_some(name)
    }

    /// Reads the file at `path` below the pipeline.
    ///
    /// # Errors
    /// A [`DefinitionError`] with the line, and the nearest key where one is misspelt.
    pub fn parse(path: &str, text: &str) -> Result<Self, DefinitionError> {
        let place = Place { file: path, text };
        let name = Self::named_by(path).ok_or_else(|| {
            place.error(None, format!("a DAG is a file `{FOLDER}<name>{ENDING}`"))
        })?;
        let name = DagName::new(name).map_err(|error| from_dag(place, None, &error))?;
        let file: File = toml::from_str(text).map_err(|error| place.of_serde(&error, None))?;
        let schedule = file.schedule.map(|line| {
            let at = Some(line.span().start);
            Schedule::parse(line.get_ref()).map_err(|problem| place.error(at, problem))
        });
        let tasks = file.tasks.into_iter().map(|task| {
            let at = task.span().start;
            let Task {
                name,
                kind,
                after,
                with,
            } = task.into_inner();
            TaskDefinition {
                name,
                kind,
                after,
                with,
                at,
            }
        });
        Ok(Self {
            file: path.to_owned(),
            text: text.to_owned(),
            name,
            what: file.what,
            schedule: schedule.transpose()?,
            tasks: tasks.collect(),
        })
    }

    /// An error of the graph at the last task that it names.
    pub(crate) fn graph_error(&self, error: &DagError) -> DefinitionError {
        let named = match error {
            DagError::DagName { .. } => None,
            DagError::TaskName { task, .. }
            | DagError::TwoTasks { task, .. }
            | DagError::UnknownDependency { task, .. } => Some(task),
            DagError::Cycle { tasks, .. } => tasks.first(),
        };
        let task = named.and_then(|named| self.tasks.iter().rfind(|task| task.name == *named));
        from_dag(self.place(), task.map(|task| task.at), error)
    }

    /// An error of the task of a name, with its line. A line of `text` that begins with `hint: `
    /// is the hint.
    pub fn task_error(&self, task: &str, text: &str) -> DefinitionError {
        let task = self.tasks.iter().find(|other| other.name == task);
        with_hint(self.place(), task.map(|task| task.at), text)
    }

    pub(crate) fn place(&self) -> Place<'_> {
        Place {
            file: &self.file,
            text: &self.text,
        }
    }
}

/// An error of the graph, of which the first line is the problem and the rest the hint.
fn from_dag(place: Place<'_>, at: Option<usize>, error: &DagError) -> DefinitionError {
    with_hint(place, at, &error.to_string())
}

fn with_hint(place: Place<'_>, at: Option<usize>, text: &str) -> DefinitionError {
    let (problem, hint) = match text.split_once("\nhint: ") {
        Some((problem, hint)) => (problem, Some(hint.to_owned())),
        None => (text, None),
    };
    DefinitionError {
        hint,
        ..place.error(at, problem)
    }
}

impl Schedule {
    fn parse(line: &Cronned) -> Result<Self, String> {
        let cron = line
            .cron
            .parse()
            .map_err(|error| format!("`{}` is not a cron pattern: {error}", line.cron))?;
        let zone = TimeZone::get(&line.time_zone)
            .map_err(|_| format!("`{}` is no time zone such as `Asia/Seoul`", line.time_zone))?;
        Ok(Self { cron, zone })
    }

    /// The cron pattern.
    pub fn cron(&self) -> &str {
        self.cron.as_str()
    }

    /// The name of the time zone that the pattern is in, such as `Asia/Seoul`.
    pub fn time_zone(&self) -> &str {
        self.zone.iana_name().unwrap_or_default()
    }

    /// The first time after an instant; none where the pattern matches no later day.
    pub fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        let now = instant.to_zoned(self.zone.clone());
        let next = self.cron.find_next_occurrence(&now, false).ok()?;
        Some(next.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
what = 'Collects.'

[schedule]
cron = '30 6 * * *'
time_zone = 'Asia/Seoul'

[[tasks]]
name = 'one'
kind = 'say'
with = { words = 'hello' }

[[tasks]]
name = 'two'
kind = 'say'
after = ['one']
";

    #[test]
    fn a_file_is_a_dag_of_its_name() {
        let dag = DagDefinition::parse("dags/morning.toml", GOOD).unwrap();
        assert_eq!((dag.name.as_str(), &*dag.what), ("morning", "Collects."));
        let [one, two] = &dag.tasks[..] else {
            panic!("{dag:?}");
        };
        assert_eq!(
            (&*one.kind, one.with["words"].as_str()),
            ("say", Some("hello"))
        );
        assert_eq!(two.after, ["one"]);
        let schedule = dag.schedule.unwrap();
        assert_eq!(
            (schedule.cron(), schedule.time_zone()),
            ("30 6 * * *", "Asia/Seoul")
        );
        let next = schedule.next_after("2023-05-01T21:30:00Z".parse().unwrap());
        assert_eq!(next, Some("2023-05-02T21:30:00Z".parse().unwrap()));
    }

    #[test]
    fn other_files_of_the_pipeline_are_no_dags() {
        assert_eq!(
            DagDefinition::named_by("dags/morning.toml"),
            Some("morning")
        );
        for path in ["dags/morning.sql", "dags/old/morning.toml", "morning.toml"] {
            assert_eq!(DagDefinition::named_by(path), None, "{path}");
        }
    }

    #[test]
    fn each_mistake_is_named_with_its_line_and_the_nearest_key() {
        let with = |from: &str, to: &str| {
            assert!(GOOD.contains(from), "{from}");
            DagDefinition::parse("dags/morning.toml", &GOOD.replacen(from, to, 1)).unwrap_err()
        };
        for (from, to, line, words) in [
            ("cron =", "corn =", 4, "the nearest is `cron`"),
            ("'30 6 * * *'", "'half past six'", 3, "not a cron pattern"),
            ("Asia/Seoul", "Asia/Soul", 3, "no time zone"),
            (
                "kind = 'say'\nwith",
                "kin = 'say'\nwith",
                9,
                "the nearest is `kind`",
            ),
            ("kind = 'say'\nafter", "after", 12, "missing field `kind`"),
            ("after = ['one']", "after = 'one'", 15, "invalid type"),
            ("what = 'Collects.'", "what = ", 1, ""),
        ] {
            let error = with(from, to);
            assert_eq!(error.line, Some(line), "{error}");
            let text = error.to_string();
            assert!(text.contains(words), "{text}");
            assert!(text.starts_with("`dags/morning.toml`, line "), "{text}");
        }
        let error = DagDefinition::parse("dags/Mor ning.toml", GOOD).unwrap_err();
        assert!(error.to_string().contains("cannot name a dag"), "{error}");
    }
}
