//! Kinds of tasks by name. A kind is a name, the type of its parameters, and how a task is made of
//! them and of the parts of the program; files know nothing but names and parameters.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use toml::Table;

use crate::dag::Dag;
use crate::definition::{DagDefinition, DefinitionError, TRIGGER, TaskDefinition, known_hint};
use crate::step::Step;
use crate::task::Task;
use crate::trigger::TriggerDag;
use crate::wait::{self, WaitForFile, WaitUntil};

/// Makes a task of parameters that were read; without parts it only reads them.
type Make<P> =
    Box<dyn Fn(&TaskDefinition, Option<&P>) -> Result<Option<Arc<dyn Task>>, Wrong> + Send + Sync>;

/// Why a task cannot be made.
enum Wrong {
    Parameters(toml::de::Error),
    Task(String),
}

/// The kinds of tasks that there are, made of parts `P`.
pub struct Registry<P> {
    kinds: BTreeMap<&'static str, Make<P>>,
    pools: BTreeMap<&'static str, fn(&Table) -> Option<String>>,
}

impl<P> Default for Registry<P> {
    /// With the kinds that need nothing but the orchestrator: `trigger`, `wait_for_file`, `wait_until`.
    fn default() -> Self {
        let none = Self {
            kinds: BTreeMap::new(),
            pools: BTreeMap::new(),
        };
        none.kind(TRIGGER, |name, with, _parts| TriggerDag::make(name, with))
            .kind(wait::FILE, |name, with, _parts| {
                WaitForFile::make(name, with)
            })
            .kind(wait::TIME, |name, with, _parts| WaitUntil::make(name, with))
    }
}

impl<P> Registry<P> {
    /// Registers a kind. `make` is given the task's name, its parameters and the parts, and says
    /// why there can be no such task.
    pub fn kind<W, T, F>(mut self, kind: &'static str, make: F) -> Self
    where
        W: DeserializeOwned,
        T: Task + 'static,
        F: Fn(&str, W, &P) -> Result<T, String> + Send + Sync + 'static,
    {
        let make = move |task: &TaskDefinition, parts: Option<&P>| {
            let with = parameters(&task.with).map_err(Wrong::Parameters)?;
            let Some(parts) = parts else { return Ok(None) };
            let made = make(&task.name, with, parts).map_err(Wrong::Task)?;
            Ok(Some(Arc::new(made) as Arc<dyn Task>))
        };
        self.kinds.insert(kind, Box::new(make));
        self
    }

    /// Sets the pool of which each task of a kind takes a slot by itself, by its parameters, beside the one
    /// that its file names: of what must not run twice at a time, whoever writes the file. Undeclared,
    /// it has one slot.
    pub fn pool(mut self, kind: &'static str, pool: fn(&Table) -> Option<String>) -> Self {
        self.pools.insert(kind, pool);
        self
    }

    /// The pool of which a task takes a slot by its kind.
    pub fn pool_of(&self, task: &TaskDefinition) -> Option<String> {
        self.pools.get(task.kind.as_str())?(&task.with)
    }

    fn step(&self, made: Arc<dyn Task>, task: &TaskDefinition) -> Step {
        let step = Step::defined(made, task);
        match self.pool_of(task) {
            Some(pool) => step.pool(pool),
            None => step,
        }
    }

    /// Looks whether a DAG could be made: its kinds, its parameters and its order.
    ///
    /// # Errors
    /// A [`DefinitionError`] with the line.
    pub fn check(&self, definition: &DagDefinition) -> Result<(), DefinitionError> {
        self.graph(definition).map(drop)
    }

    /// The DAG of a file without its parts: its order and its policies, with tasks that do nothing.
    ///
    /// # Errors
    /// A [`DefinitionError`] with the line.
    pub fn graph(&self, definition: &DagDefinition) -> Result<Dag, DefinitionError> {
        self.dag_of(definition, |_| None)
    }

    /// The DAG of a file.
    ///
    /// # Errors
    /// A [`DefinitionError`] with the line, as of [`Registry::check`], or of a task that cannot be
    /// made of the parts.
    pub fn dag(&self, definition: &DagDefinition, parts: &P) -> Result<Dag, DefinitionError> {
        self.dag_of(definition, |_| Some(parts))
    }

    /// The DAG of a file of which only one task is made of the parts, to be run by itself
    /// ([`OneTask`](crate::OneTask)): the others stand for their places.
    ///
    /// # Errors
    /// As of [`Registry::dag`].
    pub fn dag_of_one(
        &self,
        definition: &DagDefinition,
        task: &str,
        parts: &P,
    ) -> Result<Dag, DefinitionError> {
        self.dag_of(definition, |one| (one.name == task).then_some(parts))
    }

    /// The DAG of a file; tasks without parts stand for their places.
    fn dag_of<'a>(
        &self,
        definition: &DagDefinition,
        parts: impl Fn(&TaskDefinition) -> Option<&'a P>,
    ) -> Result<Dag, DefinitionError>
    where
        P: 'a,
    {
        let mut steps = Vec::new();
        for task in &definition.tasks {
            let made = self.make(definition, task, parts(task))?;
            let made = made.unwrap_or_else(|| Arc::new(Named(task.name.clone())));
            steps.push(self.step(made, task));
        }
        Dag::new(definition.name.as_str(), steps)
            .map(|dag| {
                dag.max_active_runs(definition.max_active_runs)
                    .max_active_backfills(definition.max_active_backfills)
                    .keep_runs(definition.keep_runs)
                    .everywhere(definition.everywhere)
            })
            .map_err(|error| definition.graph_error(&error))
    }

    fn make(
        &self,
        definition: &DagDefinition,
        task: &TaskDefinition,
        parts: Option<&P>,
    ) -> Result<Option<Arc<dyn Task>>, DefinitionError> {
        let (place, at) = (definition.place(), Some(task.at));
        let Some(make) = self.kinds.get(task.kind.as_str()) else {
            let known = self.kinds.keys().copied();
            return Err(DefinitionError {
                hint: known_hint(&task.kind, known),
                ..place.error(at, format!("there is no kind of task `{}`", task.kind))
            });
        };
        make(task, parts).map_err(|wrong| match wrong {
            Wrong::Parameters(error) => place.of_serde(&error, at),
            Wrong::Task(problem) => place.error(at, problem),
        })
    }
}

fn parameters<W: DeserializeOwned>(with: &Table) -> Result<W, toml::de::Error> {
    W::deserialize(toml::Value::Table(with.clone()))
}

/// Stands for a task where only its place counts.
struct Named(String);

#[async_trait::async_trait]
impl Task for Named {
    fn name(&self) -> &str {
        &self.0
    }

    async fn run(
        &self,
        _context: &crate::context::TaskContext,
    ) -> Result<crate::task::TaskReport, crate::task_error::TaskError> {
        Ok(crate::task::TaskReport::new())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Words {
        words: String,
    }

    fn registry() -> Registry<()> {
        Registry::default().kind("say", |name, with: Words, _parts: &()| match &*with.words {
            "nothing" => Err("there is nothing to say".to_owned()),
            _ => Ok(Named(name.to_owned())),
        })
    }

    fn definition(tasks: &str) -> DagDefinition {
        DagDefinition::parse("dags/talk.toml", &format!("what = ''\n{tasks}")).unwrap()
    }

    #[test]
    fn a_file_becomes_a_dag_in_its_order() {
        let definition = definition(
            "[[tasks]]\nname = 'b'\nkind = 'say'\nafter = ['a']\nwith = { words = 'x' }\n\
             [[tasks]]\nname = 'a'\nkind = 'say'\nwith = { words = 'y' }\n",
        );
        registry().check(&definition).unwrap();
        let dag = registry().dag(&definition, &()).unwrap();
        assert_eq!(dag.tasks().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_task_takes_a_slot_of_the_pool_of_its_kind_and_of_that_of_its_file() {
        let registry = registry().pool("say", |with| match with.get("words")?.as_str()? {
            "alone" => Some("voice".to_owned()),
            _ => None,
        });
        for (words, more, pools) in [
            ("alone", "", &["voice"][..]),
            ("alone", "pool = 'board'", &["board", "voice"]),
            ("alone", "pool = 'voice'", &["voice"]),
            ("together", "", &[]),
        ] {
            let task = format!(
                "[[tasks]]\nname = 'a'\nkind = 'say'\nwith = {{ words = '{words}' }}\n{more}\n"
            );
            let dag = registry.dag(&definition(&task), &()).unwrap();
            let node = dag.node("a").unwrap();
            assert_eq!(dag.step(node).pools, pools, "{words} {more}");
        }
    }

    #[test]
    fn what_cannot_be_made_is_named_with_its_line() {
        let task = "[[tasks]]\nname = 'a'\nkind = 'say'\nwith = { words = 'x' }\n";
        for (tasks, line, words) in [
            (
                task.replace("'say'", "'sya'"),
                Some(2),
                "the nearest is `say`",
            ),
            (
                task.replace("'say'", "'dance'"),
                Some(2),
                "there is `say`, `trigger`, `wait_for_file`, `wait_until`",
            ),
            (
                task.replace("words", "wrods"),
                Some(2),
                "the nearest is `words`",
            ),
            (task.replace("'x'", "1"), Some(2), "invalid type"),
            (
                format!("{task}after = ['c']\n"),
                Some(2),
                "comes after `c`, which does not exist",
            ),
            (format!("{task}{task}"), Some(6), "two tasks named `a`"),
        ] {
            let error = registry().check(&definition(&tasks)).unwrap_err();
            assert_eq!(error.line, line, "{error}");
            assert!(error.to_string().contains(words), "{error}");
        }
        let silent = definition(&task.replace("'x'", "'nothing'"));
        registry().check(&silent).unwrap();
        let error = registry().dag(&silent, &()).err().unwrap();
        assert!(
            error
                .to_string()
                .contains("line 2: there is nothing to say"),
            "{error}"
        );
    }
}
