//! What a DAG file says about missed times, overlapping runs, failures and conditions.

use std::collections::BTreeMap;
use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::parameter::Parameter;
use crate::retry::{Retries, RetryPolicy};

/// Which of the intervals that ended while nothing planned are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CatchUp {
    /// None of them.
    None,
    /// The last one.
    #[default]
    Latest,
    /// All, oldest first.
    All,
    /// The last so many, oldest first.
    Last(NonZeroU32),
}

impl<'de> Deserialize<'de> for CatchUp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Written;

        impl Visitor<'_> for Written {
            type Value = CatchUp;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("`none`, `latest`, `all` or a number of intervals from 1 on")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<CatchUp, E> {
                match word {
                    "none" => Ok(CatchUp::None),
                    "latest" => Ok(CatchUp::Latest),
                    "all" => Ok(CatchUp::All),
                    _ => Err(E::unknown_variant(word, &["none", "latest", "all"])),
                }
            }

            fn visit_i64<E: de::Error>(self, count: i64) -> Result<CatchUp, E> {
                let counted = u32::try_from(count).ok().and_then(NonZeroU32::new);
                let invalid = || E::invalid_value(de::Unexpected::Signed(count), &self);
                counted.map(CatchUp::Last).ok_or_else(invalid)
            }
        }

        from.deserialize_any(Written)
    }
}

/// What becomes of an interval that is due while as many runs of its DAG as may be are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// It is left out.
    Skip,
    /// It waits.
    #[default]
    Queue,
    /// The older ones are cancelled.
    CancelOlder,
}

/// When a task runs, by what became of the tasks that it comes after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerRule {
    /// When all have succeeded (or ended incomplete); otherwise it is skipped.
    #[default]
    AllSucceeded,
    /// When all have ended, in whatever way.
    AllDone,
    /// As soon as one has failed, or was skipped because of a failure; it is skipped when all have
    /// ended without one.
    OneFailed,
}

/// A condition without which a task is skipped. It is looked at when the tasks before it have ended.
#[derive(Debug, Clone, PartialEq)]
pub struct When {
    pub(crate) of: Of,
    pub(crate) test: Test,
}

/// What a condition, or a list, is taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Of {
    /// A parameter of the run.
    Parameter(String),
    /// A field of the output of a task.
    Field { task: String, field: String },
}

/// What a value has to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    Is(Value),
    IsNot(Value),
    Above(f64),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenWhen {
    parameter: Option<String>,
    task: Option<String>,
    field: Option<String>,
    is: Option<Parameter>,
    is_not: Option<Parameter>,
    above: Option<f64>,
}

impl When {
    pub(super) fn parse(written: WrittenWhen) -> Result<Self, String> {
        let of = match (written.parameter, written.task, written.field) {
            (Some(parameter), None, None) => Of::Parameter(parameter),
            (None, Some(task), Some(field)) => Of::Field { task, field },
            _ => {
                return Err(
                    "a condition is of one value\nhint: write `parameter`, or `task` and `field`"
                        .to_owned(),
                );
            }
        };
        let test = match (written.is, written.is_not, written.above) {
            (Some(value), None, None) => Test::Is(json(&value)),
            (None, Some(value), None) => Test::IsNot(json(&value)),
            (None, None, Some(number)) => Test::Above(number),
            _ => {
                return Err(
                    "a condition has one test\nhint: write one of `is`, `is_not` and `above`"
                        .to_owned(),
                );
            }
        };
        Ok(Self { of, test })
    }
}

fn json(value: &Parameter) -> Value {
    match value {
        Parameter::Flag(flag) => Value::from(*flag),
        Parameter::Number(number) => Value::from(*number),
        Parameter::Text(text) => Value::from(text.as_str()),
    }
}

/// The items of a mapped task: one instance each.
#[derive(Debug, Clone, PartialEq)]
pub enum Mapping {
    /// As the file lists them.
    Items(Vec<Value>),
    /// A list in the output of a task before it.
    Field {
        /// The task.
        task: String,
        /// The field of its output.
        field: String,
    },
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WrittenMapping {
    task: String,
    field: String,
}

impl Mapping {
    pub(super) fn parse(written: toml::Value) -> Result<Self, String> {
        match written {
            toml::Value::Array(items) => {
                let items = items.into_iter().map(serde_json::to_value);
                let items: Result<Vec<Value>, _> = items.collect();
                items.map(Self::Items).map_err(|error| error.to_string())
            }
            toml::Value::Table(table) => {
                let written: WrittenMapping = table
                    .try_into()
                    .map_err(|error: toml::de::Error| error.message().to_owned())?;
                Ok(Self::Field {
                    task: written.task,
                    field: written.field,
                })
            }
            _ => Err(
                "`mapped` is a list, or the `task` and `field` of an output that is one".to_owned(),
            ),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenRetries {
    attempts: Option<NonZeroU32>,
    first_delay_seconds: Option<u64>,
    max_delay_seconds: Option<u64>,
    #[serde(default)]
    by_class: BTreeMap<String, WrittenPolicy>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPolicy {
    attempts: Option<NonZeroU32>,
    first_delay_seconds: Option<u64>,
    max_delay_seconds: Option<u64>,
}

impl WrittenPolicy {
    fn policy(&self, otherwise: RetryPolicy) -> RetryPolicy {
        let seconds = |written: Option<u64>| written.map(Duration::from_secs);
        let first_delay = seconds(self.first_delay_seconds).unwrap_or(otherwise.first_delay);
        let max_delay = seconds(self.max_delay_seconds);
        RetryPolicy {
            attempts: self.attempts.map_or(otherwise.attempts, NonZeroU32::get),
            first_delay,
            // A longer first delay than the default longest one is meant as it is written.
            max_delay: max_delay.unwrap_or(otherwise.max_delay.max(first_delay)),
        }
    }
}

impl WrittenRetries {
    pub(super) fn retries(&self) -> Retries {
        let general = WrittenPolicy {
            attempts: self.attempts,
            first_delay_seconds: self.first_delay_seconds,
            max_delay_seconds: self.max_delay_seconds,
        };
        let otherwise = general.policy(RetryPolicy::default());
        let by_class = self.by_class.iter();
        Retries {
            by_class: by_class
                .map(|(class, written)| (class.clone(), written.policy(otherwise)))
                .collect(),
            otherwise,
        }
    }
}

/// A number of seconds that is not zero.
pub(super) fn seconds(written: Option<NonZeroU64>) -> Option<Duration> {
    written.map(|seconds| Duration::from_secs(seconds.get()))
}
