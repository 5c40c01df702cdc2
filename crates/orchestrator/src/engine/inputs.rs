//! What a step is given before it runs: whether its condition holds, and the items that it is mapped
//! over. Both are read from the state. What is missing is an error, never a default.

use std::collections::HashSet;

use serde_json::Value;

use crate::definition::{Mapping, Of, Test, When};
use crate::output::Outputs;
use crate::parameter::{Parameter, Parameters};
use crate::record::RunId;
use crate::state::State;

/// The most instances of a task.
const ITEMS: usize = 100_000;

/// What a condition, or a list, says.
pub(super) struct Inputs<'a> {
    pub(super) state: &'a State,
    pub(super) run: &'a RunId,
    pub(super) parameters: &'a Parameters,
}

impl Inputs<'_> {
    /// Why a step does not apply; `None` when it does.
    pub(super) async fn refusal(&self, when: &When) -> Result<Option<String>, String> {
        let (name, value) = match &when.of {
            Of::Parameter(name) => {
                let given = self.parameters.get(name).map(|given| match given {
                    Parameter::Flag(flag) => Value::from(*flag),
                    Parameter::Number(number) => Value::from(*number),
                    Parameter::Text(text) => Value::from(text.as_str()),
                });
                let named = format!("the parameter `{name}`");
                match given {
                    Some(value) => (named, value),
                    // A parameter that was not given differs from every value.
                    None if matches!(when.test, Test::IsNot(_)) => return Ok(None),
                    None => return Ok(Some(format!("{named} is not given"))),
                }
            }
            Of::Field { task, field } => {
                let value = self.field(task, field).await?;
                (format!("`{field}` of `{task}`"), value)
            }
        };
        let refusal = match &when.test {
            Test::Is(expected) => {
                (value != *expected).then(|| format!("{name} is {value}, not {expected}"))
            }
            Test::IsNot(other) => (value == *other).then(|| format!("{name} is {value}")),
            Test::Above(limit) => {
                let number = value
                    .as_f64()
                    .ok_or_else(|| format!("{name} is {value}, which is not a number"))?;
                (number <= *limit).then(|| format!("{name} is {value}, not above {limit}"))
            }
        };
        Ok(refusal)
    }

    /// The items, as JSON; each once.
    pub(super) async fn items(&self, mapping: &Mapping) -> Result<Vec<String>, String> {
        let items = match mapping {
            Mapping::Items(items) => items.clone(),
            Mapping::Field { task, field } => match self.field(task, field).await? {
                Value::Array(items) => items,
                other => return Err(format!("`{field}` of `{task}` is {other}, not a list")),
            },
        };
        if items.len() > ITEMS {
            let count = items.len();
            return Err(format!("the list has {count} items, more than {ITEMS}"));
        }
        let mut seen = HashSet::new();
        let items = items.iter().map(Value::to_string);
        Ok(items.filter(|item| seen.insert(item.clone())).collect())
    }

    async fn field(&self, task: &str, field: &str) -> Result<Value, String> {
        let outputs = self.state.of_run(self.run).await;
        let outputs = outputs.map_err(|error| error.to_string())?;
        let output = outputs.into_iter().find(|(of, _)| of == task);
        let (_, output) = output.ok_or_else(|| format!("the task `{task}` left no output"))?;
        let mut value: Value = serde_json::from_str(&output.json)
            .map_err(|error| format!("the output of `{task}` cannot be read: {error}"))?;
        match value.get_mut(field).map(Value::take) {
            Some(value) if !value.is_null() => Ok(value),
            _ => Err(format!(
                "the output of `{task}`, of the type `{}`, has no `{field}`",
                output.type_name
            )),
        }
    }
}
