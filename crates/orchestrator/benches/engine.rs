//! What the engine itself costs: tasks do nothing, everything is durable. Prints one figure a line; those
//! that were published are in `docs/benchmarks.md`.
//!
//! `cargo bench --locked --workspace --bench engine [-- FOLDER]`: the folder is for the state files, and decides
//! which disk is measured; without one, that of temporary files. `ENGINE_SECONDS` sets how long scheduled
//! runs are timed, 60 by default.

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use kernel::{Clock as _, SystemClock};
use orchestrator::{
    CancellationToken, Dag, DagDefinition, DagName, DagSource, Engine, Mapping, RunRecord,
    RunRequest, Scheduler, State, Step, Task, TaskContext, TaskError, TaskReport,
};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Does nothing; the first of a run notes when it started, and for which interval.
struct Idle {
    name: String,
    starts: Option<Starts>,
}

type Starts = Arc<Mutex<Vec<(Timestamp, Option<Timestamp>)>>>;

#[async_trait]
impl Task for Idle {
    fn name(&self) -> &str {
        &self.name
    }

    async fn run(&self, context: &TaskContext) -> Result<TaskReport, TaskError> {
        if let Some(starts) = &self.starts {
            let due = context.interval().map(|interval| interval.to);
            let mut starts = starts.lock().unwrap_or_else(PoisonError::into_inner);
            starts.push((context.clock().now(), due));
        }
        Ok(TaskReport::new())
    }
}

fn idle(number: usize) -> Step {
    Step::new(Idle {
        name: format!("task {number}"),
        starts: None,
    })
}

fn chain(name: &str, tasks: usize) -> Outcome<Dag> {
    let steps = (0..tasks).map(|number| match number {
        0 => idle(0),
        _ => idle(number).after([format!("task {}", number - 1)]),
    });
    Ok(Dag::new(name, steps)?)
}

fn mapped(items: usize) -> Outcome<Dag> {
    let items = (0..items).map(serde_json::Value::from).collect();
    Ok(Dag::new("mapped", [idle(0).mapped(Mapping::Items(items))])?)
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let given = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"));
    let folder = match given {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let path = |name: &str| folder.path().join(name);
    chains(&path("chains.db")).await?;
    asked(&path("asked.db")).await?;
    scheduled(&path("scheduled.db")).await?;
    for parallel in [2, 16, 64] {
        transitions(&path(&format!("mapped-{parallel}.db")), parallel).await?;
    }
    history(&path("history.db")).await
}

fn engine(state: &State, parallel: usize) -> Engine {
    let engine = Engine::new(state.clone(), Arc::new(SystemClock));
    engine.parallel(NonZeroUsize::new(parallel).unwrap_or(NonZeroUsize::MIN))
}

async fn run(engine: &Engine, dag: &Dag) -> Outcome<RunRecord> {
    let never = CancellationToken::new();
    Ok(engine.run(dag, RunRequest::manual(), &never).await?)
}

async fn chains(path: &Path) -> Outcome<()> {
    let state = State::open(path).await?;
    let (engine, dag) = (engine(&state, 2), chain("chain", 40)?);
    let mut times = Vec::new();
    for _ in 0..30 {
        let begun = Instant::now();
        run(&engine, &dag).await?;
        times.push(begun.elapsed());
    }
    say("a chain of 40 tasks", &mut times);
    Ok(())
}

/// One DAG, `each`, whose first task notes when it starts.
struct Each {
    definitions: Vec<DagDefinition>,
    starts: Starts,
}

impl Each {
    fn new(schedule: &str) -> Outcome<Self> {
        let text = format!("what = ''\n{schedule}\n[[tasks]]\nname = 'a'\nkind = 'idle'\n");
        Ok(Self {
            definitions: vec![DagDefinition::parse("dags/each.toml", &text)?],
            starts: Starts::default(),
        })
    }
}

#[async_trait]
impl DagSource for Each {
    fn definitions(&self) -> &[DagDefinition] {
        &self.definitions
    }

    async fn dag(
        &self,
        definition: &DagDefinition,
        _request: &RunRequest,
    ) -> Result<Dag, Box<dyn Error + Send + Sync>> {
        let first = Step::new(Idle {
            name: "first".to_owned(),
            starts: Some(Arc::clone(&self.starts)),
        });
        let then = idle(1).after(["first"]);
        Ok(Dag::new(definition.name.as_str(), [first, then])?)
    }

    async fn finished(&self, _run: &RunRecord) {}
}

/// From the call that queues a run, by another handle on the state, to the start of its first task.
async fn asked(path: &Path) -> Outcome<()> {
    let each = Each::new("")?;
    let starts = Arc::clone(&each.starts);
    let state = State::open(path).await?;
    let cancel = CancellationToken::new();
    let (engine, stop) = (engine(&state, 16), cancel.clone());
    let running = tokio::spawn(async move { Scheduler::new(engine, each).run(&stop).await });
    let (other, dag) = (State::open(path).await?, DagName::new("each")?);
    let mut times = Vec::new();
    for number in 0..200_u64 {
        // Not in step with what the scheduler does.
        tokio::time::sleep(Duration::from_micros(30_000 + number * 7_919 % 20_000)).await;
        let asked_at = SystemClock.now();
        let request = RunRequest::manual();
        other.enqueue(&dag, &request, asked_at).await?;
        loop {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let mut starts = starts.lock().map_err(|_| "a task panicked")?;
            if let Some((at, _)) = starts.pop() {
                times.push(Duration::try_from(at.duration_since(asked_at))?);
                break;
            }
        }
    }
    cancel.cancel();
    running.await??;
    say("queued by another process → first task started", &mut times);
    Ok(())
}

/// From the time that a run is due to the start of its first task; one run a second.
async fn scheduled(path: &Path) -> Outcome<()> {
    let seconds = std::env::var("ENGINE_SECONDS").ok();
    let seconds = seconds.map_or(Ok(60), |text| text.parse())?;
    let each =
        Each::new("schedule = { cron = '* * * * * *', time_zone = 'UTC' }\nmax_active_runs = 4\n")?;
    let starts = Arc::clone(&each.starts);
    let state = State::open(path).await?;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let stops = async {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        stop.cancel();
    };
    let scheduler = Scheduler::new(engine(&state, 16), each);
    let (ran, ()) = tokio::join!(scheduler.run(&cancel), stops);
    ran?;
    let starts = starts.lock().map_err(|_| "a task panicked")?;
    // The first one was due before the scheduler began.
    let waited = starts.iter().skip(1).filter_map(|(at, due)| {
        let waited = at.duration_since((*due)?);
        Duration::try_from(waited).ok()
    });
    say("due → first task started", &mut waited.collect::<Vec<_>>());
    Ok(())
}

/// 10,000 instances, while another handle asks for the status and queues runs.
async fn transitions(path: &Path, parallel: usize) -> Outcome<()> {
    const ITEMS: usize = 10_000;
    let state = State::open(path).await?;
    let (engine, dag) = (engine(&state, parallel), mapped(ITEMS)?);
    let (done, other) = (CancellationToken::new(), State::open(path).await?);
    let asks = async {
        let (mut reads, mut writes) = (Vec::new(), Vec::new());
        let name = DagName::new("other")?;
        while !done.is_cancelled() {
            let begun = Instant::now();
            other.status(10).await?;
            reads.push(begun.elapsed());
            let (begun, now) = (Instant::now(), SystemClock.now());
            let request = RunRequest::manual().with("number", i64::try_from(writes.len())?);
            other.enqueue(&name, &request, now).await?;
            writes.push(begun.elapsed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Outcome::Ok((reads, writes))
    };
    let runs = async {
        let begun = Instant::now();
        let ran = run(&engine, &dag).await;
        done.cancel();
        ran.map(|_| begun.elapsed())
    };
    let (took, asked) = tokio::join!(runs, asks);
    let (took, (mut reads, mut writes)) = (took?, asked?);
    // Each starts and ends.
    let a_second = 2.0 * 10_000.0 / took.as_secs_f64();
    println!("10,000 instances, {parallel} at a time: {took:.2?}, {a_second:.0} transitions/s");
    say("  the status meanwhile", &mut reads);
    say("  a change by another process meanwhile", &mut writes);
    Ok(())
}

/// 100,000 runs of four tasks, and what reading and starting cost then.
async fn history(path: &Path) -> Outcome<()> {
    let state = State::open(path).await?;
    let template = run(&engine(&state, 2), &chain("template", 4)?).await?;
    fill(path, template.id.as_str()).await?;
    let bytes = std::fs::metadata(path)?.len();
    println!("100,000 runs of 4 tasks: {:.1} MB", mb(bytes));
    let (engine, dag) = (engine(&state, 2), chain("daily", 1)?);
    let mut times: [Vec<Duration>; 5] = Default::default();
    for _ in 0..200 {
        let mut begun = Instant::now();
        let mut lap = |of: usize| {
            times[of].push(begun.elapsed());
            begun = Instant::now();
        };
        state.status(20).await?;
        lap(0);
        state.last_runs(Some("template"), 20).await?;
        lap(1);
        state.run(template.id.as_str()).await?;
        lap(2);
        state.known().await?;
        lap(3);
        run(&engine, &dag).await?;
        lap(4);
    }
    let [status, last, one, known, start] = &mut times;
    say("  status", status);
    say("  the last 20 runs of a DAG", last);
    say("  a run by its id", one);
    say("  what the planner reads", known);
    say("  a run of one task", start);
    println!("  then: {:.1} MB", mb(std::fs::metadata(path)?.len()));
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Copies a run, as often as are kept.
async fn fill(path: &Path, template: &str) -> Outcome<()> {
    let options = SqliteConnectOptions::new().filename(path);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    for sql in [
        "insert into runs
         with recursive numbers (n) as
             (select 1 union all select n + 1 from numbers where n < 99999)
         select printf('20260101T000000.%06dZ-%08x', n, n), dag, trigger, interval_from,
                interval_to, started_at, ended_at, outcome, process_id, parameters, slot, resumed,
                cancel_asked_at
         from numbers, (select * from runs where id = ?1)",
        "insert into steps
         select runs.id, position, task, steps.outcome, steps.started_at, steps.ended_at, attempts,
                rows, bytes, note, errors, output_type, output, error_class, nothing_follows
         from runs, steps where run_id = ?1 and runs.id <> ?1",
    ] {
        sqlx::query(sql)
            .bind(template)
            .execute(&mut connection)
            .await?;
    }
    sqlx::query("pragma wal_checkpoint(truncate)")
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(())
}

fn say(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |hundredths: usize| times.get((times.len().saturating_sub(1)) * hundredths / 100);
    let [median, p99, most] = [50, 99, 100].map(|part| at(part).copied().unwrap_or_default());
    let count = times.len();
    println!("{what}: median {median:.2?}, p99 {p99:.2?}, longest {most:.2?} of {count}");
}
