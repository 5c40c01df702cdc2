//! Retention of runs and calls, detection of dead runs, and damaged records.

use super::*;
use crate::record::StepOutcome;

#[tokio::test]
async fn the_last_runs_are_kept_and_what_status_needs() {
    let state = State::in_memory().await.unwrap();
    let state = state.with_runs_kept(NonZeroU32::new(3).unwrap());
    let (daily, weekly) = (dag("daily"), dag("weekly"));
    record(&state, &weekly, 0, RunOutcome::Success).await;
    record(&state, &weekly, 1, RunOutcome::Success).await;
    record(&state, &weekly, 2, RunOutcome::Failed).await;
    for second in 3..9 {
        record(&state, &daily, second, RunOutcome::Success).await;
    }
    let expected = [
        ("daily", 8),
        ("daily", 7),
        ("daily", 6),
        // Its last run, and its last success.
        ("weekly", 2),
        ("weekly", 1),
    ];
    assert_eq!(
        kept(&state).await,
        expected.map(|(dag, second)| (dag.to_owned(), second))
    );
    let steps: i64 = sqlx::query_scalar("select count(*) from steps")
        .fetch_one(&state.pool)
        .await
        .unwrap();
    assert_eq!(steps, 5, "the steps go with their run");
}

#[tokio::test]
async fn tidying_deletes_old_runs_and_makes_the_file_smaller() {
    let (_folder, path) = fresh_file();
    let state = State::open(&path).await.unwrap();
    let (daily, weekly) = (dag("daily"), dag("weekly"));
    for second in 0..4 {
        record(&state, &daily, second, RunOutcome::Success).await;
    }
    record(&state, &weekly, 4, RunOutcome::Success).await;
    assert_eq!(state.tidy().await.unwrap(), Upkeep::default());
    let text = "x".repeat(8 << 20);
    sqlx::query("update steps set note = ?1 where run_id = (select min(id) from runs)")
        .bind(text)
        .execute(&state.pool)
        .await
        .unwrap();
    let state = state.with_runs_kept(NonZeroU32::MIN);
    let tidied = state.tidy().await.unwrap();
    assert_eq!(tidied.runs, 3);
    assert!(tidied.bytes > 4 << 20, "{tidied:?}");
    assert_eq!(state.damage().await.unwrap(), Vec::<String>::new());
    let left = [("weekly", 4), ("daily", 3)];
    assert_eq!(
        kept(&state).await,
        left.map(|(dag, second)| (dag.to_owned(), second))
    );
}

#[tokio::test]
async fn a_dag_may_keep_fewer_runs_than_others() {
    let state = State::in_memory().await.unwrap();
    let daily = dag("daily");
    let often = dag("often").keep_runs(NonZeroU32::new(1));
    record(&state, &daily, 0, RunOutcome::Success).await;
    for second in 1..5 {
        record(&state, &often, second, RunOutcome::Success).await;
    }
    // Those that were there when the last one started: its last success was the one before.
    let expected = [("often", 4), ("often", 3), ("daily", 0)];
    assert_eq!(
        kept(&state).await,
        expected.map(|(dag, second)| (dag.to_owned(), second))
    );
    // After failures its last success is there.
    for second in 5..8 {
        record(&state, &often, second, RunOutcome::Failed).await;
    }
    let expected = [("often", 7), ("often", 4), ("daily", 0)];
    assert_eq!(
        kept(&state).await,
        expected.map(|(dag, second)| (dag.to_owned(), second))
    );
}

#[tokio::test]
async fn a_process_that_dies_again_and_again_leaves_a_bounded_history() {
    let state = State::in_memory().await.unwrap();
    let state = state.with_runs_kept(NonZeroU32::new(3).unwrap());
    let daily = dag("daily");
    for second in 0..20 {
        drop(start(&state, &daily, second).await);
    }
    let runs = state.last_runs(None, u32::MAX).await.unwrap();
    let outcomes: Vec<_> = runs.iter().map(|run| run.outcome).collect();
    assert_eq!(
        outcomes,
        [
            RunOutcome::Running,
            RunOutcome::Interrupted,
            RunOutcome::Interrupted
        ]
    );
    assert_eq!(
        state.mark_interrupted().await.unwrap(),
        [runs[0].id.clone()]
    );
    assert_eq!(state.mark_interrupted().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looking_for_dead_runs_never_blocks_a_start() {
    let (_folder, path) = fresh_file();
    let starter = State::open(&path).await.unwrap();
    let looker = State::open(&path).await.unwrap();
    let (done, mut is_done) = tokio::sync::oneshot::channel::<()>();
    let looking = tokio::spawn(async move {
        let mut found = 0;
        while is_done.try_recv().is_err() {
            found += looker.mark_interrupted().await.unwrap().len();
        }
        found
    });
    let daily = dag("daily");
    for second in 0..200 {
        drop(start(&starter, &daily, second).await);
    }
    done.send(()).unwrap();
    let found = looking.await.unwrap();
    assert!(found <= 200, "each dead run is found once: {found}");
    let runs = starter.last_runs(None, u32::MAX).await.unwrap();
    assert_eq!(runs.len(), 200);
    let open = runs.iter().filter(|run| run.outcome == RunOutcome::Running);
    assert!(open.count() <= 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_beside_the_end_of_another_run_finds_it_running_or_done() {
    let (_folder, path) = fresh_file();
    let mut runners = Vec::new();
    for _runner in 0..2 {
        let state = State::open(&path).await.unwrap();
        runners.push(tokio::spawn(async move {
            let daily = dag("daily");
            for second in 0..200 {
                let new = NewRun {
                    dag: &daily,
                    request: RunRequest::manual(),
                    at: at(second),
                    queued: None,
                };
                match state.start_run(new).await {
                    Ok(run) => {
                        let ended = state.finish_run(run, RunOutcome::Success, at(second));
                        ended.await.unwrap();
                    }
                    Err(StateError::AlreadyRunning { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }));
    }
    for runner in runners {
        runner.await.unwrap();
    }
}

#[tokio::test]
async fn a_lock_without_a_record_is_an_error_of_its_own() {
    let (_folder, path) = fresh_file();
    let state = State::open(&path).await.unwrap();
    let _held = state
        .locks
        .try_take(dag("daily").name(), 0)
        .unwrap()
        .unwrap();
    let new = NewRun {
        dag: &dag("daily"),
        request: RunRequest::manual(),
        at: at(0),
        queued: None,
    };
    let Err(error) = state.start_run(new).await else {
        panic!("the lock is held");
    };
    assert!(matches!(error, StateError::Locked { .. }), "{error}");
    assert!(error.to_string().contains("jobtide.db-locks"), "{error}");
}

#[tokio::test]
async fn an_interrupted_run_says_how_far_it_was() {
    let state = State::in_memory().await.unwrap();
    let two = Dag::new(
        "two",
        [
            Step::new(Idle("idle")),
            Step::new(Idle("other")).after(["idle"]),
        ],
    )
    .unwrap();
    let run = start(&state, &two, 0).await;
    state
        .attempt_started(place(&run, "idle"), 1, at(1))
        .await
        .unwrap();
    let id = run.id.clone();
    drop(run);
    state.mark_interrupted().await.unwrap();
    let record = state.run(id.as_str()).await.unwrap().unwrap();
    assert_eq!(
        (record.outcome, record.ended_at),
        (RunOutcome::Interrupted, None)
    );
    let steps: Vec<_> = record
        .steps
        .iter()
        .map(|step| {
            (
                step.task.as_str(),
                step.outcome,
                step.started_at,
                step.ended_at,
            )
        })
        .collect();
    assert_eq!(
        steps,
        [
            ("idle", StepOutcome::Incomplete, Some(at(1)), None),
            ("other", StepOutcome::Skipped, None, None),
        ]
    );
}

/// The errors that the record of a run has whose only step failed with these.
async fn recorded(state: &State, run: OpenRun, errors: Vec<String>) -> Vec<String> {
    let end = StepEnd::failed(errors);
    let ended = state.step_ended(place(&run, "idle"), end, &[], at(1)).await;
    ended.unwrap();
    let record = state.finish_run(run, RunOutcome::Failed, at(1)).await;
    record.unwrap().steps.remove(0).errors
}

#[tokio::test]
async fn long_texts_are_cut() {
    let state = State::in_memory().await.unwrap();
    let run = start(&state, &dag("daily"), 0).await;
    let errors = recorded(&state, run, vec!["가".repeat(10_000); 40]).await;
    assert_eq!(errors.len(), 16);
    assert_eq!(errors[0], "가".repeat(4_096 / 3));
}

#[tokio::test]
async fn a_long_text_keeps_its_hint() {
    let state = State::in_memory().await.unwrap();
    let run = start(&state, &dag("daily"), 0).await;
    let error = format!("{}\nhint: try again", "x".repeat(10_000));
    let error = &recorded(&state, run, vec![error]).await[0];
    assert_eq!(error.len(), 4_096);
    assert!(error.ends_with("x\nhint: try again"), "{error}");
}

#[tokio::test]
async fn parameters_that_are_too_long_start_no_run() {
    let state = State::in_memory().await.unwrap();
    let new = NewRun {
        dag: &dag("daily"),
        request: RunRequest::manual().with("text", "x".repeat(5_000)),
        at: at(0),
        queued: None,
    };
    let Err(error) = state.start_run(new).await else {
        panic!("the parameters are too long");
    };
    assert!(!error.is_retryable());
    let said = error.to_string();
    assert!(said.contains("5011 bytes"), "{said}");
    assert_eq!(kept(&state).await, []);
}

#[tokio::test]
async fn a_run_without_a_record_cannot_be_closed() {
    let state = State::in_memory().await.unwrap();
    let run = start(&state, &dag("daily"), 0).await;
    sqlx::query("delete from runs")
        .execute(&state.pool)
        .await
        .unwrap();
    let error = state
        .finish_run(run, RunOutcome::Success, at(1))
        .await
        .unwrap_err();
    assert!(matches!(error, StateError::RunGone { .. }), "{error}");
}

#[tokio::test]
async fn a_foreign_value_is_an_error() {
    let state = State::in_memory().await.unwrap();
    record(&state, &dag("daily"), 0, RunOutcome::Success).await;
    sqlx::query("update runs set outcome = 'fine'")
        .execute(&state.pool)
        .await
        .unwrap();
    let error = state.last_runs(None, 1).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the state holds `fine` as outcome"),
        "{error}"
    );
}

#[tokio::test]
async fn call_counts_of_long_ago_are_deleted() {
    let state = State::in_memory().await.unwrap();
    let calls = state.calls();
    let today: jiff::civil::Date = "2026-08-01".parse().unwrap();
    let long_ago = today.checked_sub(jiff::Span::new().days(401)).unwrap();
    let just_kept = today.checked_sub(jiff::Span::new().days(400)).unwrap();
    for day in [long_ago, just_kept, today] {
        let at = Timestamp::UNIX_EPOCH;
        calls.take("one", day, 5, at).await.unwrap();
    }
    let at = Timestamp::UNIX_EPOCH;
    calls.take("other", long_ago, 5, at).await.unwrap();
    drop(start(&state, &dag("daily"), 0).await);
    assert_eq!(calls.used("one", long_ago).await.unwrap().used, 0);
    assert_eq!(calls.used("one", just_kept).await.unwrap().used, 1);
    assert_eq!(
        calls.used("other", long_ago).await.unwrap().used,
        1,
        "its latest day"
    );
}
