//! What a task leaves behind for the tasks after it and for whoever started the run: a small typed
//! value, stored with the step in the transaction that records its end. Large things belong in a
//! store and are named in the output.

use std::error::Error;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::record::RunId;

/// The largest output that is stored, in bytes of JSON.
pub const OUTPUT_BYTES: usize = 64 * 1024;

/// A value that a task may leave behind.
pub trait TaskOutput: Serialize + DeserializeOwned {
    /// Its name in the state. It is stored for as long as the run is, and read by later versions of
    /// the program: a field is added with a default, a type that changes otherwise gets another name.
    const TYPE: &'static str;
}

/// An output as the state stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) type_name: String,
    pub(crate) json: String,
}

/// Where a context reads the outputs of its run.
#[async_trait]
pub(crate) trait Outputs: Send + Sync {
    /// By task, in topological order; tasks without one are left out.
    async fn of_run(&self, run: &RunId) -> Result<Vec<(String, Output)>, OutputError>;

    /// Of the instances of a mapped task, by item (JSON), in the order of its list.
    async fn of_items(&self, run: &RunId, task: &str)
    -> Result<Vec<(String, Output)>, OutputError>;
}

/// Why an output cannot be stored or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// It is larger than [`OUTPUT_BYTES`].
    #[error(
        "an output of the type `{type_name}` has {bytes} bytes, more than the {OUTPUT_BYTES} that the state stores\nhint: write what is large to a store and name it in the output"
    )]
    TooLarge {
        /// The type.
        type_name: &'static str,
        /// Its size as JSON.
        bytes: usize,
    },

    /// It has no form in JSON.
    #[error("an output of the type `{type_name}` cannot be written as JSON: {reason}")]
    Unwritable {
        /// The type.
        type_name: &'static str,
        /// What serde says.
        reason: String,
    },

    /// A task asks for the output of one that need not have ended.
    #[error(
        "the task `{task}` reads the output of `{of}`, which does not come before it\nhint: name `{of}` in its `after`"
    )]
    NotUpstream {
        /// The task that asks.
        task: String,
        /// The task that it asks about.
        of: String,
    },

    /// The task left none.
    #[error("the task `{task}` left no output; one of the type `{expected}` was expected")]
    Missing {
        /// The task.
        task: String,
        /// The type that was asked for.
        expected: &'static str,
    },

    /// The task left another type.
    #[error("the output of the task `{task}` is of the type `{found}`, not `{expected}`")]
    OtherType {
        /// The task.
        task: String,
        /// The type that is stored.
        found: String,
        /// The type that was asked for.
        expected: &'static str,
    },

    /// The value does not have the fields of its type: another version wrote it.
    #[error("the output of the task `{task}` is not a valid `{type_name}`: {reason}")]
    Unreadable {
        /// The task.
        task: String,
        /// The type, as stored and as asked for.
        type_name: &'static str,
        /// What serde says, which names the field.
        reason: String,
    },

    /// The state cannot be read.
    #[error("{source}")]
    State {
        /// Why.
        source: Box<dyn Error + Send + Sync>,
        /// Whether it is transient.
        retryable: bool,
    },
}

impl OutputError {
    /// Whether it is transient.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::State {
                retryable: true,
                ..
            }
        )
    }
}

impl Output {
    pub(crate) fn of<T: TaskOutput>(value: &T) -> Result<Self, OutputError> {
        let type_name = T::TYPE;
        let json = serde_json::to_string(value).map_err(|error| OutputError::Unwritable {
            type_name,
            reason: error.to_string(),
        })?;
        match json.len() {
            0..=OUTPUT_BYTES => Ok(Self {
                type_name: type_name.to_owned(),
                json,
            }),
            bytes => Err(OutputError::TooLarge { type_name, bytes }),
        }
    }

    /// Reads the output that `task` left.
    pub(crate) fn read<T: TaskOutput>(&self, task: &str) -> Result<T, OutputError> {
        if self.type_name != T::TYPE {
            return Err(OutputError::OtherType {
                task: task.to_owned(),
                found: self.type_name.clone(),
                expected: T::TYPE,
            });
        }
        serde_json::from_str(&self.json).map_err(|error| OutputError::Unreadable {
            task: task.to_owned(),
            type_name: T::TYPE,
            reason: error.to_string(),
        })
    }
}

/// Those of a type, by task.
pub(crate) fn of_type<T: TaskOutput>(
    outputs: Vec<(String, Output)>,
) -> Result<Vec<(String, T)>, OutputError> {
    let of_type = outputs
        .into_iter()
        .filter(|(_, output)| output.type_name == T::TYPE);
    of_type
        .map(|(task, output)| output.read(&task).map(|value| (task, value)))
        .collect()
}

/// The one of a task.
pub(crate) fn of_task<T: TaskOutput>(
    outputs: &[(String, Output)],
    task: &str,
) -> Result<Option<T>, OutputError> {
    let found = outputs.iter().find(|(own, _)| own == task);
    found.map(|(_, output)| output.read(task)).transpose()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Page {
        text: String,
    }

    impl TaskOutput for Page {
        const TYPE: &'static str = "page";
    }

    #[test]
    fn an_output_is_read_as_it_was_written_up_to_the_limit() {
        let overhead = r#"{"text":""}"#.len();
        let page = Page {
            text: "x".repeat(OUTPUT_BYTES - overhead),
        };
        let output = Output::of(&page).unwrap();
        assert_eq!(output.read::<Page>("write").unwrap(), page);
        let page = Page {
            text: "x".repeat(OUTPUT_BYTES - overhead + 1),
        };
        let error = Output::of(&page).unwrap_err();
        assert!(!error.is_retryable());
        let said = error.to_string();
        assert!(said.contains("`page` has 65537 bytes"), "{said}");
        assert!(said.contains("\nhint: "), "{said}");
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_types_and_fields() {
        let stored = |type_name: &str, json: &str| Output {
            type_name: type_name.to_owned(),
            json: json.to_owned(),
        };
        let error = stored("pages", "[]").read::<Page>("write").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the output of the task `write` is of the type `pages`, not `page`"
        );
        for (json, words) in [
            ("{}", "missing field `text`"),
            (r#"{"text":1}"#, "expected a string"),
        ] {
            let error = stored("page", json).read::<Page>("write").unwrap_err();
            let said = error.to_string();
            assert!(said.contains("`write` is not a valid `page`: "), "{said}");
            assert!(said.contains(words), "{said}");
        }
    }
}
