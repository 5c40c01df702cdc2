//! The DAGs of the pipeline's files, `dags/*.toml`, the user's among them.

use std::num::NonZeroUsize;
use std::str::Utf8Error;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Error, Result, bail};
use kernel::{SystemClock, nearest};
use orchestrator::{DagDefinition, DefinitionError, Engine, Pools, State, Waits, check_together};
use warehouse::PipelineFiles;

use crate::messages::Messages;
use crate::sources::Sources;
use crate::tasks;

/// Collects what is due, then builds and publishes; what `demo` runs.
pub const COLLECT_POSTINGS: &str = "collect_postings";

/// Where schedules stood before each DAG was a file.
const SCHEDULE: &str = "schedule.toml";

/// How many tasks run at a time. Most of them wait, for a network or a program; those that write the
/// warehouse run one after the other.
const TASKS_AT_ONCE: NonZeroUsize = NonZeroUsize::new(16).unwrap();

/// How long an attempt may take of a task whose file does not say: what takes longer hangs.
const TASK_ENDS_WITHIN: Duration = Duration::from_hours(6);

/// How long a task may wait for something, such as a file, whose file does not say.
pub const GIVE_UP_AFTER: Duration = Duration::from_hours(24);

/// What runs DAGs.
pub fn engine(state: &State, pools: &Pools, messages: &Messages) -> Engine {
    let messages = messages.clone();
    Engine::new(state.clone(), Arc::new(SystemClock))
        .parallel(TASKS_AT_ONCE)
        .pools(pools.clone())
        .timeout(TASK_ENDS_WITHIN)
        .give_up_after(GIVE_UP_AFTER)
        .on_wait(move |waits| {
            messages.say(&match waits {
                Waits::Pool(tasks::WAREHOUSE) => {
                    "another process is building; waiting for it to end".to_owned()
                }
                Waits::Pool(pool) => {
                    format!("another process has the slots of `{pool}`; waiting for one")
                }
                Waits::Elsewhere { dag, by, again_in } => {
                    let seconds = again_in.as_secs();
                    format!(
                        "a run of `{dag}` is left to {by}; if that one does not end it, it runs here (asking again in {seconds} s)"
                    )
                }
            });
        })
}

/// All DAGs, by name.
pub struct Dags {
    sound: Vec<DagDefinition>,
    /// Files that describe none, by the name that their DAG would have.
    broken: Vec<(String, Error)>,
    pools: Pools,
}

impl Dags {
    /// Reads and checks the files. One that describes no DAG keeps no other from running.
    ///
    /// # Errors
    /// For a file of an earlier version that would go unread.
    pub fn read(files: &PipelineFiles, sources: &Sources) -> Result<Self> {
        if files.contains_key(SCHEDULE) {
            bail!(
                "`{SCHEDULE}` in the pipeline folder is no longer read\nhint: write its `cron` and `time_zone` below `[schedule]` of a copy of `dags/{COLLECT_POSTINGS}.toml`, and remove it"
            );
        }
        let registry = tasks::registry();
        let read = |path: &str, bytes: &[u8]| -> Result<DagDefinition> {
            let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(path, bytes, error))?;
            let dag = DagDefinition::parse(path, text)?;
            registry.check(&dag)?;
            for (task, source) in tasks::sources_by_task(&dag) {
                if let Err(error) = sources.named(source) {
                    return Err(dag.task_error(task, &error.to_string()).into());
                }
            }
            if let Err((task, problem)) = tasks::check_files(&dag, files) {
                return Err(dag.task_error(&task, &problem).into());
            }
            Ok(dag)
        };
        let (mut sound, mut broken) = (Vec::new(), Vec::new());
        for (path, bytes) in files {
            let Some(name) = DagDefinition::named_by(path) else {
                continue;
            };
            match read(path, bytes) {
                Ok(dag) => sound.push(dag),
                Err(error) => broken.push((name.to_owned(), error)),
            }
        }
        let mut pools = match files.get(Pools::FILE) {
            Some(bytes) => {
                let text = std::str::from_utf8(bytes).with_context(|| Pools::FILE.to_owned())?;
                Pools::parse(text)?
            }
            None => Pools::default(),
        };
        // The program's own may be named, too, by tasks of other kinds that write the same.
        let own = sound.iter().flat_map(|dag| &dag.tasks);
        let own = own.filter_map(|task| registry.pool_of(task));
        for pool in own.chain([tasks::WAREHOUSE.to_owned()]) {
            if pools.get(&pool).is_none() {
                pools = pools.with(pool, NonZeroUsize::MIN);
            }
        }
        let names: Vec<&str> = broken.iter().map(|(name, _)| name.as_str()).collect();
        for (name, error) in check_together(&sound, &pools, &names) {
            sound.retain(|dag| dag.name != name);
            broken.push((name.to_string(), error.into()));
        }
        Ok(Self {
            sound,
            broken,
            pools,
        })
    }

    /// What tasks of all DAGs share.
    pub fn pools(&self) -> &Pools {
        &self.pools
    }

    /// Those that can run.
    pub fn all(&self) -> &[DagDefinition] {
        &self.sound
    }

    /// Why the others cannot, with file and line.
    pub fn broken(&self) -> impl Iterator<Item = &Error> {
        self.broken.iter().map(|(_, error)| error)
    }

    /// Whether a DAG cannot run because of what is wrong with its file.
    pub fn is_broken(&self, name: &str) -> bool {
        self.broken.iter().any(|(own, _)| own == name)
    }

    /// The DAG of a name.
    ///
    /// # Errors
    /// When there is none: the message names the nearest, or all; or says what is wrong with its file.
    pub fn named(&self, name: &str) -> Result<&DagDefinition> {
        let found = self.sound.iter().find(|dag| dag.name.as_str() == name);
        if let Some(dag) = found {
            return Ok(dag);
        }
        if let Some((_, error)) = self.broken.iter().find(|(own, _)| own == name) {
            bail!("{error:#}");
        }
        let known = || self.sound.iter().map(|dag| dag.name.as_str());
        let hint = match nearest(name, known()) {
            Some(near) => format!("the nearest is `{near}`"),
            None => format!("there is `{}`", known().collect::<Vec<_>>().join("`, `")),
        };
        bail!("there is no DAG `{name}`\nhint: {hint}");
    }
}

/// The error of a file that is no text, with the line of its first byte that is none.
fn not_utf8(path: &str, bytes: &[u8], error: Utf8Error) -> DefinitionError {
    let before = bytes.iter().take(error.valid_up_to());
    DefinitionError {
        file: path.to_owned(),
        line: Some(1 + before.filter(|byte| **byte == b'\n').count()),
        problem: "it is not UTF-8".to_owned(),
        hint: Some("save it as UTF-8, without another charset".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    mod mistakes;

    use std::collections::BTreeMap;

    use super::*;
    use crate::embedded;

    /// The program's files with one of the user's.
    fn with(path: &str, text: &str) -> Result<Dags> {
        let mut files = embedded::pipeline_files(None).unwrap();
        files.insert(path.to_owned(), text.as_bytes().to_vec());
        read(&files)
    }

    fn read(files: &PipelineFiles) -> Result<Dags> {
        let sources = Sources::read(files, &BTreeMap::new())?;
        Dags::read(files, &sources)
    }

    #[test]
    fn the_dags_of_the_program_are_sound() {
        let dags = read(&embedded::pipeline_files(None).unwrap()).unwrap();
        let broken: Vec<String> = dags.broken().map(ToString::to_string).collect();
        assert!(broken.is_empty(), "{broken:?}");
        let collect = dags.named(COLLECT_POSTINGS).unwrap();
        assert_eq!(tasks::sources(collect), ["saramin"]);
        assert!(collect.schedule.is_some());
    }

    #[test]
    fn the_examples_of_the_guide_are_valid() {
        let guide = include_str!("../../../docs/guide/dags.md");
        let mut files = embedded::pipeline_files(None).unwrap();
        let blocks: Vec<&str> = guide.split("\n```").skip(1).step_by(2).collect();
        for block in blocks {
            let (_, block) = block.split_once('\n').unwrap();
            let (path, text) = block.split_once('\n').unwrap();
            let path = path.trim_start_matches(['#', '-', ' ']);
            // The pools of all examples are one file.
            let file = files.entry(path.to_owned()).or_default();
            file.extend(text.as_bytes());
            file.push(b'\n');
        }
        let dags = read(&files).unwrap();
        let broken: Vec<String> = dags.broken().map(ToString::to_string).collect();
        assert!(broken.is_empty(), "{broken:?}");
        assert_eq!(dags.named("fetch_cities").unwrap().tasks.len(), 2);
    }

    #[test]
    fn a_dag_of_a_folder_is_there_by_its_file_alone() {
        let text = "what = 'Builds at night.'\n\n[schedule]\ncron = '0 3 * * *'\ntime_zone = 'Asia/Seoul'\n\n[[tasks]]\nname = 'build'\nkind = 'build'\n";
        let dags = with("dags/nightly.toml", text).unwrap();
        assert_eq!(dags.named("nightly").unwrap().what, "Builds at night.");
        let of_the_program = read(&embedded::pipeline_files(None).unwrap()).unwrap();
        assert_eq!(dags.all().len(), of_the_program.all().len() + 1);
        let error = dags.named("nihgtly").err().unwrap().to_string();
        assert!(error.contains("the nearest is `nightly`"), "{error}");
    }

    #[test]
    fn mistakes_in_a_file_are_named_with_their_line() {
        let task = "what = ''\n[[tasks]]\nname = 'a'\nkind = 'build'\n";
        for (text, words) in [
            (
                task.replace("'build'", "'biuld'"),
                "line 2: there is no kind of task `biuld`\nhint: the nearest is `build`",
            ),
            (
                format!("{task}with = {{ full = true }}"),
                "line 2: unknown field `full`",
            ),
            (
                task.replace(
                    "kind = 'build'",
                    "kind = 'collect'\nwith = { source = 'sarmin' }",
                ),
                "line 2: there is no source `sarmin`\nhint: the nearest is `saramin`",
            ),
            (
                format!("{task}after = ['biuld']\n"),
                "line 2: the task `a` of the dag `a` comes after `biuld`",
            ),
            (
                task.replace("kind = 'build'", "kind = 'collect'"),
                "line 2: missing field `source`",
            ),
            (task.replace("what", "waht"), "line 1: unknown field `waht`"),
        ] {
            let dags = with("dags/a.toml", &text).unwrap();
            let error = dags.named("a").err().unwrap().to_string();
            assert!(error.contains(words), "{error}");
            assert_eq!(dags.broken().count(), 1);
            assert!(dags.named(COLLECT_POSTINGS).is_ok(), "others go on");
        }
        let error = with(SCHEDULE, "").err().unwrap().to_string();
        assert!(error.contains("no longer read"), "{error}");
    }
}
