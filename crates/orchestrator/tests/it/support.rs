//! Time and tasks for tests.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use kernel::Clock;
use orchestrator::{Step, Task, TaskContext, TaskError, TaskReport};

/// A clock that only moves on sleeps, or when set.
pub struct TestClock {
    now: Mutex<Timestamp>,
    sleeps: Mutex<Vec<Duration>>,
    stands_still: bool,
}

impl TestClock {
    /// Sleeping takes no time and moves the clock.
    pub fn skipping() -> Arc<Self> {
        Arc::new(Self {
            now: Mutex::new("2026-08-01T09:30:00Z".parse().unwrap()),
            sleeps: Mutex::default(),
            stands_still: false,
        })
    }

    /// Sleeps never end.
    pub fn standing_still() -> Arc<Self> {
        Arc::new(Self {
            now: Mutex::new("2026-08-01T09:30:00Z".parse().unwrap()),
            sleeps: Mutex::default(),
            stands_still: true,
        })
    }

    pub fn advance(&self, duration: Duration) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_add(duration).unwrap();
    }

    pub fn set_back(&self, duration: Duration) {
        let mut now = self.now.lock().unwrap();
        *now = now.checked_sub(duration).unwrap();
    }

    pub fn sleeps(&self) -> Vec<Duration> {
        self.sleeps.lock().unwrap().clone()
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        self.sleeps.lock().unwrap().push(duration);
        if self.stands_still {
            std::future::pending::<()>().await;
        }
        self.advance(duration);
        tokio::task::yield_now().await;
    }
}

pub type TaskResult = Result<TaskReport, TaskError>;
type BoxedResult = Pin<Box<dyn Future<Output = TaskResult> + Send>>;

struct FnTask<F> {
    name: String,
    function: F,
}

#[async_trait]
impl<F> Task for FnTask<F>
where
    F: Fn(TaskContext) -> BoxedResult + Send + Sync,
{
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, context: &TaskContext) -> TaskResult {
        (self.function)(context.clone()).await
    }
}

/// A step that does what `function` does.
pub fn step<F, Fut>(name: impl Into<String>, function: F) -> Step
where
    F: Fn(TaskContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = TaskResult> + Send + 'static,
{
    Step::new(FnTask {
        name: name.into(),
        function: move |context| -> BoxedResult { Box::pin(function(context)) },
    })
}

/// A step that succeeds.
pub fn succeeds(name: &str) -> Step {
    step(name, |_| async { Ok(TaskReport::new()) })
}

/// A step that fails permanently.
pub fn fails(name: &str) -> Step {
    step(name, |_| async {
        Err(TaskError::permanent("no such dataset"))
    })
}
