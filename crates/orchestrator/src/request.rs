//! What a run is asked for: its trigger, its interval and its parameters.

use jiff::SignedDuration;
use kernel::Interval;

use crate::parameter::{Parameter, Parameters};
use crate::record::{Trigger, in_microseconds};

/// The name of the parameter that [`RunRequest::open_ended`] sets.
const OPEN_END: &str = "open_end";

/// The name of the parameter that [`RunRequest::of_external_run`] sets.
pub(crate) const EXTERNAL_RUN: &str = "external_run";

/// The trigger of a run, its interval and its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRequest {
    /// What triggered the run.
    pub trigger: Trigger,
    /// The time the run is for; `None` for what is due.
    pub interval: Option<Interval>,
    /// What else its tasks may go by.
    pub parameters: Parameters,
}

impl RunRequest {
    fn of(trigger: Trigger) -> Self {
        Self {
            trigger,
            interval: None,
            parameters: Parameters::default(),
        }
    }

    /// A user started a run of what is due.
    pub fn manual() -> Self {
        Self::of(Trigger::Manual)
    }

    /// The schedule started a run of what is due.
    pub fn scheduled() -> Self {
        Self::of(Trigger::Schedule)
    }

    /// Another DAG started a run.
    pub fn triggered(parameters: Parameters) -> Self {
        Self {
            parameters,
            ..Self::of(Trigger::Dag)
        }
    }

    /// Data changed that the DAG is scheduled on.
    pub fn on_data() -> Self {
        Self::of(Trigger::Data)
    }

    /// A user requested a past period to be processed (again).
    pub fn backfill(interval: Interval) -> Self {
        Self::of(Trigger::Backfill).for_interval(interval)
    }

    /// For exactly this time, instead of what is due. Bounds are truncated to microseconds, as the
    /// state stores them; the interval stays one of at least a microsecond.
    pub fn for_interval(mut self, interval: Interval) -> Self {
        let (from, to) = (in_microseconds(interval.from), in_microseconds(interval.to));
        let shortest = from.checked_add(SignedDuration::from_micros(1));
        let to = to.max(shortest.unwrap_or(from));
        self.interval = Some(Interval { from, to });
        self
    }

    /// From the beginning of its interval on, without an end. An interval has an end in any case: the
    /// time of the request, which is what the run can cover. That it goes on from there is the
    /// parameter `open_end`, so that the same period with and without an end are two requests.
    pub fn open_ended(self) -> Self {
        self.with(OPEN_END, true)
    }

    /// Of a run of another scheduler, which starts each task by itself ([`OneTask`](crate::OneTask)): tasks
    /// of the same dag with the same name read the outputs of one another. It is the parameter
    /// `external_run`.
    pub fn of_external_run(self, run: impl Into<String>) -> Self {
        self.with(EXTERNAL_RUN, run.into())
    }

    /// Sets the trigger.
    pub fn triggered_by(mut self, trigger: Trigger) -> Self {
        self.trigger = trigger;
        self
    }

    /// Sets a parameter.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Parameter>) -> Self {
        self.parameters.insert(name.into(), value.into());
        self
    }

    /// Whether its interval goes on after its end: see [`RunRequest::open_ended`].
    pub fn is_open_ended(&self) -> bool {
        self.parameters.get(OPEN_END) == Some(&Parameter::Flag(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_truncated_to_microseconds_and_is_not_empty() {
        let at = |nanos: i64| jiff::Timestamp::from_nanosecond(nanos.into()).unwrap();
        for (from, to, stored) in [
            (1_900, 5_100, (1_000, 5_000)),
            (1_200, 1_900, (1_000, 2_000)),
        ] {
            let asked = Interval::new(at(from), at(to)).unwrap();
            let request = RunRequest::backfill(asked);
            let stored = Interval::new(at(stored.0), at(stored.1)).unwrap();
            assert_eq!(request.interval, Some(stored));
        }
    }

    #[test]
    fn equal_parameters_are_equal_texts_and_read_as_written() {
        let one = RunRequest::manual()
            .with("source", "board")
            .with("full", true)
            .with("days", 3);
        let other = RunRequest::manual()
            .with("days", 3)
            .with("full", false)
            .with("full", true)
            .with("source", "board".to_owned());
        let text = one.parameters.to_string();
        assert_eq!(text, r#"{"days":3,"full":true,"source":"board"}"#);
        assert_eq!(text, other.parameters.to_string());
        let read: Parameters = serde_json::from_str(&text).unwrap();
        assert_eq!(read, one.parameters);
        assert_eq!(Parameters::default().to_string(), "{}");
    }

    #[test]
    fn an_open_end_is_a_parameter() {
        assert!(!RunRequest::manual().is_open_ended());
        let open = RunRequest::manual().open_ended();
        assert!(open.is_open_ended());
        assert_eq!(open.parameters.to_string(), r#"{"open_end":true}"#);
    }
}
