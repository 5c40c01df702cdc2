//! Why a task failed, and whether it makes sense to repeat it.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::output::{Output, OutputError, TaskOutput};

/// The class of the error of an attempt that took too long.
pub const TIMEOUT: &str = "timeout";

/// Why a task failed, with its causes, and whether it is retryable.
pub struct TaskError {
    kind: Kind,
    class: Option<&'static str>,
    output: Option<Output>,
    source: Box<dyn Error + Send + Sync>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Permanent,
    Retryable {
        after: Option<Duration>,
    },
    Cancelled,
    NotYet {
        again_in: Duration,
        is_certain: bool,
    },
}

impl TaskError {
    fn new(kind: Kind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            kind,
            class: None,
            output: None,
            source: source.into(),
        }
    }

    /// Not retryable: the cause has to be fixed first.
    pub fn permanent(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Kind::Permanent, source)
    }

    /// Retryable.
    pub fn retryable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Kind::Retryable { after: None }, source)
    }

    /// Retryable, but not before `after` has passed (a server's `Retry-After`).
    pub fn retryable_after(
        source: impl Into<Box<dyn Error + Send + Sync>>,
        after: Duration,
    ) -> Self {
        Self::new(Kind::Retryable { after: Some(after) }, source)
    }

    /// The task stopped because its context was cancelled; recorded as `incomplete`, not as a
    /// failure. Without a cancelled context it counts as permanent.
    pub fn cancelled() -> Self {
        Self::new(Kind::Cancelled, "stopped because the run was cancelled")
    }

    /// Not a failure: what the task waits for has not happened yet. It is run again after `again_in`, as
    /// the same attempt; until then it holds neither a worker nor a slot of a pool.
    pub fn not_yet(reason: impl Into<String>, again_in: Duration) -> Self {
        let is_certain = false;
        let kind = Kind::NotYet {
            again_in,
            is_certain,
        };
        Self::new(kind, reason.into())
    }

    /// Not a failure: the task waits for a time, which is `left` away. As [`TaskError::not_yet`], but a time
    /// comes for certain: it is given up only where the step itself sets a limit.
    pub fn not_before(reason: impl Into<String>, left: Duration) -> Self {
        let kind = Kind::NotYet {
            again_in: left,
            is_certain: true,
        };
        Self::new(kind, reason.into())
    }

    /// The attempt took longer than its step allows.
    pub(crate) fn timed_out(after: Duration) -> Self {
        let seconds = after.as_secs_f64();
        Self::retryable(format!("not done after {seconds} s")).class(TIMEOUT)
    }

    /// Sets a word by which whoever reads the record distinguishes this failure from others, such as
    /// `checks_failed`; recorded with the step.
    pub fn class(mut self, class: &'static str) -> Self {
        self.class = Some(class);
        self
    }

    /// What whoever started the run may read of this failure
    /// ([`State::output`](crate::State::output)).
    ///
    /// # Errors
    /// [`OutputError::TooLarge`] when it has more than [`OUTPUT_BYTES`](crate::OUTPUT_BYTES).
    pub fn output<T: TaskOutput>(mut self, output: &T) -> Result<Self, OutputError> {
        self.output = Some(Output::of(output)?);
        Ok(self)
    }

    /// Whether it is retryable.
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind, Kind::Retryable { .. })
    }

    /// The minimum wait before a retry.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            Kind::Retryable { after } => after,
            Kind::Permanent | Kind::Cancelled | Kind::NotYet { .. } => None,
        }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.kind == Kind::Cancelled
    }

    /// When to look again, if it only waits.
    pub(crate) fn again_in(&self) -> Option<Duration> {
        match self.kind {
            Kind::NotYet { again_in, .. } => Some(again_in),
            _ => None,
        }
    }

    /// Whether what it waits for may never happen.
    pub(crate) fn may_wait_in_vain(&self) -> bool {
        matches!(
            self.kind,
            Kind::NotYet {
                is_certain: false,
                ..
            }
        )
    }

    pub(crate) fn class_name(&self) -> Option<&'static str> {
        self.class
    }

    pub(crate) fn class_and_output(self) -> (Option<&'static str>, Option<Output>) {
        (self.class, self.output)
    }

    /// The messages of the error and its causes, outermost first; a cause that the message before
    /// it already quotes is left out.
    pub fn chain(&self) -> Vec<String> {
        let mut messages = vec![self.source.to_string()];
        let mut cause = self.source.source();
        while let Some(error) = cause {
            let message = error.to_string();
            if messages.last().is_none_or(|last| !last.contains(&message)) {
                messages.push(message);
            }
            cause = error.source();
        }
        messages
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.source, f)
    }
}

impl fmt::Debug for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskError")
            .field("kind", &self.kind)
            .field("class", &self.class)
            .field("source", &self.source)
            .finish()
    }
}

impl Error for TaskError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.source()
    }
}

impl From<OutputError> for TaskError {
    fn from(error: OutputError) -> Self {
        match error.is_retryable() {
            true => Self::retryable(error),
            false => Self::permanent(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("page 3 failed: {source}")]
    struct Quoting {
        source: std::io::Error,
    }

    #[test]
    fn a_chain_names_each_cause_once() {
        let quoting = Quoting {
            source: std::io::Error::other("connection reset"),
        };
        assert_eq!(
            TaskError::retryable(quoting).chain(),
            ["page 3 failed: connection reset"]
        );
        assert_eq!(TaskError::permanent("plain").chain(), ["plain"]);
    }
}
