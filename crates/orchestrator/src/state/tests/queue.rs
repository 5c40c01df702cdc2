//! The queue and the changes that are written together, with many runs and in spite of crashes.

use super::*;
use crate::record::RunId;

async fn many_runs(state: &State, count: i64) {
    sqlx::query(
        "with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ?1)
         insert into runs (id, dag, trigger, started_at, outcome, process_id)
         select printf('20260101T000000.%06dZ-%08x', n, n), 'dag' || (n % 7), 'schedule',
                '2026-01-01T00:00:00.000000Z', iif(n % 5, 'success', 'failed'), 1
         from numbers",
    )
    .bind(count)
    .execute(&state.pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn a_hundred_thousand_runs_are_kept_and_no_more() {
    let state = State::in_memory().await.unwrap();
    many_runs(&state, 100_000).await;
    record(&state, &dag("daily"), 0, RunOutcome::Success).await;
    let count: i64 = sqlx::query_scalar("select count(*) from runs")
        .fetch_one(&state.pool)
        .await
        .unwrap();
    assert_eq!(count, 100_000);
    let status = state.status(10).await.unwrap();
    assert_eq!((status.dags.len(), status.runs.len()), (8, 10));
    let last = state.last_success("dag3").await.unwrap().unwrap();
    assert_eq!(last.dag, "dag3");
}

#[tokio::test]
async fn the_instances_of_the_last_thousand_runs_are_kept() {
    let state = State::in_memory().await.unwrap();
    many_runs(&state, 1_500).await;
    let all = "insert into instances (run_id, task, position, item, outcome)
               select id, 'each', 0, '1', 'success' from runs";
    sqlx::query(all).execute(&state.pool).await.unwrap();
    let oldest: String = sqlx::query_scalar("select min(id) from runs")
        .fetch_one(&state.pool)
        .await
        .unwrap();
    // One that waits to go on needs its own.
    sqlx::query(
        "insert into queue (dag, trigger, queued_at, run_id)
         values ('dag1', 'manual', '2026-01-01T00:00:00.000000Z', ?1)",
    )
    .bind(&oldest)
    .execute(&state.pool)
    .await
    .unwrap();
    record(&state, &dag("daily"), 0, RunOutcome::Success).await;
    let (count, first): (i64, String) =
        sqlx::query_as("select count(*), min(run_id) from instances")
            .fetch_one(&state.pool)
            .await
            .unwrap();
    assert_eq!((count, first), (999 + 1, oldest));
}

async fn used(state: &State) -> i64 {
    let mut sizes = Vec::new();
    for pragma in ["pragma page_count", "pragma freelist_count"] {
        let size: i64 = sqlx::query_scalar(pragma)
            .fetch_one(&state.pool)
            .await
            .unwrap();
        sizes.push(size);
    }
    4_096 * (sizes[0] - sizes[1])
}

#[tokio::test]
async fn a_history_that_is_too_large_is_forgotten_from_its_old_end() {
    let state = State::in_memory().await.unwrap();
    many_runs(&state, 900).await;
    let all = "insert into instances (run_id, task, position, item, outcome, note)
               select id, 'each', 0, '1', 'success', hex(zeroblob(2000)) from runs";
    sqlx::query(all).execute(&state.pool).await.unwrap();
    let count = |of: &'static str| {
        let state = state.clone();
        async move {
            let counted = sqlx::query_scalar::<_, i64>(of).fetch_one(&state.pool);
            counted.await.unwrap()
        }
    };
    let (instances, runs) = (
        "select count(*) from instances",
        "select count(*) from runs",
    );
    // Instances first.
    let most = 2 << 20;
    assert!(used(&state).await > most);
    let limited = state.clone().with_bytes_kept(most.unsigned_abs());
    record(&limited, &dag("daily"), 0, RunOutcome::Success).await;
    assert!(used(&state).await <= most);
    assert_eq!(count(runs).await, 901);
    assert!((1..900).contains(&count(instances).await));
    // Then runs; the last of each DAG stays, however little may be kept.
    let limited = state.clone().with_bytes_kept(200 << 10);
    for second in 1..=100 {
        record(&limited, &dag("daily"), second, RunOutcome::Success).await;
    }
    assert!(used(&state).await <= 200 << 10);
    assert_eq!(count(instances).await, 0);
    assert!((9..800).contains(&count(runs).await));
    let none = state.clone().with_bytes_kept(0);
    record(&none, &dag("daily"), 101, RunOutcome::Success).await;
    let status = state.status(10).await.unwrap();
    assert_eq!(status.dags.len(), 8);
    assert!(status.dags.iter().all(|dag| dag.last_success.is_some()));
}

#[tokio::test]
async fn no_more_of_a_dag_waits_than_may() {
    let state = State::in_memory().await.unwrap();
    sqlx::query(
        "with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 9999)
         insert into queue (dag, trigger, parameters, queued_at)
         select 'daily', 'manual', '{\"n\":' || n || '}', '2026-01-01T00:00:00.000000Z' from numbers",
    )
    .execute(&state.pool)
    .await
    .unwrap();
    let daily = dag("daily").name().clone();
    let asks = |number: i64| RunRequest::manual().with("more", number);
    assert!(state.enqueue(&daily, &asks(1), at(0)).await.unwrap());
    assert!(!state.enqueue(&daily, &asks(1), at(0)).await.unwrap());
    let error = state.enqueue(&daily, &asks(2), at(0)).await.unwrap_err();
    assert!(matches!(error, StateError::QueueFull { .. }), "{error}");
    assert!(error.is_retryable());
    // A task that starts another run succeeds all the same; other DAGs have room of their own.
    let run = start(&state, &dag("starts"), 0).await;
    let report = TaskReport::new()
        .trigger(daily.clone(), asks(3))
        .trigger(dag("other").name().clone(), asks(3));
    let ended = state.step_ended(place(&run, "idle"), StepEnd::reported(report), &[], at(1));
    ended.await.unwrap();
    let queue = state.queue().await.unwrap();
    let of_daily = queue.iter().filter(|entry| entry.dag == "daily").count();
    assert_eq!((of_daily, queue.len()), (10_000, 10_001));
}

#[tokio::test]
async fn a_run_that_goes_on_knows_since_when_its_tasks_wait() {
    let (_folder, path) = fresh_file();
    let state = State::open(&path).await.unwrap();
    let daily = dag("daily");
    let manual = RunRequest::manual();
    state.enqueue(daily.name(), &manual, at(0)).await.unwrap();
    let new = NewRun {
        dag: &daily,
        request: manual,
        at: at(0),
        queued: Some(state.queue().await.unwrap()[0].id),
    };
    let run = state.start_run(new).await.unwrap();
    let waits = place(&run, "idle");
    state.attempt_started(waits, 1, at(5)).await.unwrap();
    let id = run.id.clone();
    drop(run);
    state.mark_interrupted().await.unwrap();
    let entry = state.queue().await.unwrap().remove(0);
    let resumed = state.resume_run(&entry, &daily).await.unwrap().unwrap();
    assert_eq!(resumed.begun, [("idle".to_owned(), at(5))]);
    // By a person's word it begins again.
    let gave_up = StepEnd::failed(vec!["gave up".to_owned()]);
    let task = place(&resumed.open, "idle");
    state.step_ended(task, gave_up, &[], at(6)).await.unwrap();
    let ended = state.finish_run(resumed.open, RunOutcome::Failed, at(6));
    ended.await.unwrap();
    assert!(state.retry(&id, &daily, at(7)).await.unwrap());
    let entry = state.queue().await.unwrap().remove(0);
    let resumed = state.resume_run(&entry, &daily).await.unwrap().unwrap();
    assert_eq!(resumed.begun, []);
}

#[tokio::test]
async fn lists_are_read_from_an_index() {
    let state = State::in_memory().await.unwrap();
    for (sql, index) in [
        (
            "select * from runs order by id desc limit 10",
            "sqlite_autoindex_runs_1",
        ),
        (
            "select * from runs where dag = 'a' order by id desc limit 10",
            "runs_by_dag",
        ),
        (
            "select * from runs where dag = 'a' and outcome = 'success' order by id desc limit 1",
            "runs_succeeded",
        ),
        (
            "select dag from runs where outcome = 'running'",
            "runs_under_way",
        ),
        (
            "select id from runs order by id desc limit 1 offset 100000",
            "sqlite_autoindex_runs_1",
        ),
        ("select * from queue where run_id = 'a'", "queue_runs"),
        ("select count(*) from queue where dag = 'a'", "queue_by_dag"),
    ] {
        let explained = sqlx::AssertSqlSafe(format!("explain query plan {sql}"));
        let rows = sqlx::query(explained).fetch_all(&state.pool).await.unwrap();
        let plan: Vec<String> = rows
            .iter()
            .map(|row| sqlx::Row::get(row, "detail"))
            .collect();
        let plan = plan.join("; ");
        assert!(
            plan.contains(index) && !plan.contains("TEMP B-TREE"),
            "{sql}: {plan}"
        );
    }
}

#[tokio::test]
async fn an_entry_goes_with_the_end_of_its_run_and_stays_with_an_interrupted_one() {
    let (_folder, path) = fresh_file();
    let state = State::open(&path).await.unwrap();
    let daily = dag("daily");
    let new = |queued| NewRun {
        dag: &daily,
        request: RunRequest::manual(),
        at: at(0),
        queued: Some(queued),
    };
    state
        .enqueue(daily.name(), &RunRequest::manual(), at(0))
        .await
        .unwrap();
    let id = state.queue().await.unwrap()[0].id;
    let run = state.start_run(new(id)).await.unwrap();
    let queue = state.queue().await.unwrap();
    assert_eq!(queue[0].outcome, Some(RunOutcome::Running));
    // While it runs, more may become due.
    assert!(
        state
            .enqueue(daily.name(), &RunRequest::manual(), at(1))
            .await
            .unwrap()
    );
    drop(run);
    state.mark_interrupted().await.unwrap();
    let queue = state.queue().await.unwrap();
    assert_eq!(queue[0].outcome, Some(RunOutcome::Interrupted));
    let Err(error) = state.start_run(new(id)).await else {
        panic!("it was started");
    };
    assert!(matches!(error, StateError::Taken { .. }), "{error}");
    assert_eq!(
        kept(&state).await.len(),
        1,
        "nothing is left of the refused start"
    );
    for resumed in 1..=4 {
        let taken = state.resume_run(&queue[0], &daily).await.unwrap();
        assert!(taken.is_some(), "{resumed}");
        // A process that saw it interrupted is too late, also where there is room for a second run.
        let wide = dag("daily").max_active_runs(2.try_into().unwrap());
        let late = state.resume_run(&queue[0], &wide).await;
        assert!(matches!(late, Err(StateError::Taken { .. })));
        assert_eq!(state.queue().await.unwrap().len(), 2);
        drop(taken);
        state.mark_interrupted().await.unwrap();
    }
    let given_up = state.resume_run(&queue[0], &daily).await.unwrap();
    assert!(given_up.is_none(), "it ended its process five times");
    assert_eq!(state.queue().await.unwrap().len(), 1, "the other one");
}

#[tokio::test]
async fn a_task_that_was_stopped_is_not_done_until_its_run_has_ended() {
    let (_folder, path) = fresh_file();
    let state = State::open(&path).await.unwrap();
    let daily = dag("daily");
    let manual = RunRequest::manual();
    state.enqueue(daily.name(), &manual, at(0)).await.unwrap();
    let new = NewRun {
        dag: &daily,
        request: manual,
        at: at(0),
        queued: Some(state.queue().await.unwrap()[0].id),
    };
    let run = state.start_run(new).await.unwrap();
    let stopped = || StepEnd::stopped("stopped".to_owned(), Vec::new());
    let task = place(&run, "idle");
    state.step_ended(task, stopped(), &[], at(1)).await.unwrap();
    // The process dies before it has closed the record.
    drop(run);
    state.mark_interrupted().await.unwrap();
    let entry = state.queue().await.unwrap().remove(0);
    let resumed = state.resume_run(&entry, &daily).await.unwrap().unwrap();
    assert!(resumed.done.is_empty());
    let task = place(&resumed.open, "idle");
    state.step_ended(task, stopped(), &[], at(2)).await.unwrap();
    let outcome = RunOutcome::Cancelled;
    let ended = state
        .finish_run(resumed.open, outcome, at(3))
        .await
        .unwrap();
    assert_eq!(ended.steps[0].ended_at, Some(at(3)));
}

#[tokio::test]
async fn a_run_whose_end_was_asked_for_does_not_go_on() {
    let (_folder, path) = fresh_file();
    let state = State::open(&path).await.unwrap();
    let daily = dag("daily");
    let manual = RunRequest::manual();
    state.enqueue(daily.name(), &manual, at(0)).await.unwrap();
    let new = NewRun {
        dag: &daily,
        request: manual,
        at: at(0),
        queued: Some(state.queue().await.unwrap()[0].id),
    };
    let run = state.start_run(new).await.unwrap();
    let id = run.id.clone();
    assert!(state.cancel(&id, at(1)).await.unwrap());
    drop(run);
    state.mark_interrupted().await.unwrap();
    let entry = state.queue().await.unwrap().remove(0);
    assert!(state.resume_run(&entry, &daily).await.unwrap().is_none());
    assert!(state.queue().await.unwrap().is_empty());
    let ended = state.last_runs(None, 1).await.unwrap().remove(0);
    assert_eq!(ended.outcome, RunOutcome::Cancelled);
    // Asked for again, it goes on.
    assert!(state.retry(&id, &daily, at(2)).await.unwrap());
    let entry = state.queue().await.unwrap().remove(0);
    assert!(state.resume_run(&entry, &daily).await.unwrap().is_some());
}

#[tokio::test]
async fn changes_that_arrive_together_are_each_written() {
    let (_folder, path) = fresh_file();
    let state = State::open(&path).await.unwrap();
    let tasks: Vec<String> = (0..64).map(|number| format!("task {number}")).collect();
    let names: Vec<&'static str> = tasks.iter().map(|task| &*task.clone().leak()).collect();
    let wide = Dag::new("wide", names.iter().map(|name| Step::new(Idle(name)))).unwrap();
    let run = start(&state, &wide, 0).await;
    let mut changes = tokio::task::JoinSet::new();
    for task in &tasks {
        let (own, at_task) = (state.clone(), place(&run, task));
        changes.spawn(async move {
            own.attempt_started(at_task.clone(), 1, at(1)).await?;
            let end = StepEnd::reported(TaskReport::new().rows(1));
            own.step_ended(at_task, end, &["landed".to_owned()], at(2))
                .await
        });
        if task.ends_with('7') {
            // A caller that is dropped half way takes nobody with it.
            let (own, at_task) = (state.clone(), place(&run, "no task"));
            let dropped = tokio::spawn(async move { own.attempt_started(at_task, 1, at(1)).await });
            tokio::task::yield_now().await;
            dropped.abort();
        }
    }
    while let Some(written) = changes.join_next().await {
        written.unwrap().unwrap();
    }
    let record = state
        .finish_run(run, RunOutcome::Success, at(3))
        .await
        .unwrap();
    assert!(record.steps.iter().all(|step| step.rows == Some(1)));
    assert_eq!(state.known().await.unwrap().datasets["landed"], 64);
}

#[tokio::test]
async fn an_error_of_one_change_is_not_that_of_another() {
    let state = State::in_memory().await.unwrap();
    let run = start(&state, &dag("daily"), 0).await;
    let ends = |text: &str| {
        let request = RunRequest::manual().with("text", text);
        let report = TaskReport::new().trigger(dag("other").name().clone(), request);
        StepEnd::reported(report)
    };
    let long = "x".repeat(5_000);
    let (bad, good) = tokio::join!(
        state.step_ended(place(&run, "idle"), ends(&long), &[], at(1)),
        state.attempt_started(place(&run, "idle"), 1, at(1)),
    );
    assert!(matches!(bad, Err(StateError::Parameters { .. })));
    good.unwrap();
    assert!(state.queue().await.unwrap().is_empty());
    let end = state
        .step_ended(place(&run, "idle"), ends("short"), &[], at(1))
        .await;
    end.unwrap();
    assert_eq!(state.queue().await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_a_plan_says_is_written_once() {
    let state = State::in_memory().await.unwrap();
    let daily = dag("daily").name().clone();
    let interval = kernel::Interval::new(at(0), at(60)).unwrap();
    let request = RunRequest::scheduled().for_interval(interval);
    let plan = crate::planner::DuePlan {
        runs: vec![(daily.clone(), request)],
        watermarks: [(daily.clone(), at(60))].into(),
        reads: [(("daily".to_owned(), "landed".to_owned()), 3)].into(),
        cancelled: vec![RunId::stored("none".to_owned())],
        ..Default::default()
    };
    for _ in 0..2 {
        state.plan(at(61), |_| plan.clone()).await.unwrap();
    }
    let known = state.known().await.unwrap();
    assert_eq!(known.open.len(), 1);
    assert_eq!(known.watermarks["daily"], at(60));
    assert_eq!(known.reads[&("daily".to_owned(), "landed".to_owned())], 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_plan_at_once_queue_an_interval_once() {
    use crate::definition::DagDefinition;
    use crate::planner::due;

    let (_folder, path) = fresh_file();
    let text = "what = ''\ncatch_up = 'all'\nschedule = { cron = '* * * * *', time_zone = 'UTC' }\n[[tasks]]\nname = 'idle'\nkind = 'idle'\n";
    let definition = DagDefinition::parse("dags/daily.toml", text).unwrap();
    let mut planners = tokio::task::JoinSet::new();
    let minutes = Arc::new(std::sync::atomic::AtomicI64::new(1));
    // In step: one whose time is minutes behind would set the watermark back.
    let step = Arc::new(tokio::sync::Barrier::new(2));
    for _ in 0..2 {
        let (minutes, step) = (Arc::clone(&minutes), Arc::clone(&step));
        let state = State::open(&path).await.unwrap();
        let definition = definition.clone();
        planners.spawn(async move {
            let daily = dag("daily");
            for _ in 0..40 {
                step.wait().await;
                let minute = minutes.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let now = at(60 * minute);
                let (_, known) = state
                    .plan(now, |known| due(known, now, [&definition]))
                    .await
                    .unwrap();
                for entry in known.open.into_iter().filter(|entry| entry.run.is_none()) {
                    let new = NewRun {
                        dag: &daily,
                        request: entry.request,
                        at: now,
                        queued: Some(entry.id),
                    };
                    // Otherwise the other one has it.
                    if let Ok(run) = state.start_run(new).await {
                        let ended = state.finish_run(run, RunOutcome::Success, now);
                        ended.await.unwrap();
                    }
                }
            }
        });
    }
    while let Some(ended) = planners.join_next().await {
        ended.unwrap();
    }
    let state = State::open(&path).await.unwrap();
    let runs = state.last_runs(None, 1_000).await.unwrap();
    let mut intervals: Vec<_> = runs.iter().filter_map(|run| run.interval).collect();
    assert!(intervals.len() >= 30, "{}", intervals.len());
    let all = intervals.len();
    intervals.sort();
    intervals.dedup();
    assert_eq!(intervals.len(), all, "none ran twice");
}
