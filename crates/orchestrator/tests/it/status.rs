//! The read model: what `jobtide status` and the API show.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::date;
use orchestrator::{CancellationToken, Dag, Engine, RunRequest, State, Step, TaskReport};
use serde_json::json;

use crate::support::{TestClock, fails, step, succeeds};

async fn record(engine: &Engine, name: &str, steps: impl IntoIterator<Item = Step>) {
    let dag = Dag::new(name, steps).unwrap();
    engine
        .run(&dag, RunRequest::scheduled(), &CancellationToken::new())
        .await
        .unwrap();
}

#[tokio::test]
async fn status_reports_every_dag() {
    let (state, clock) = (State::in_memory().await.unwrap(), TestClock::skipping());
    let engine = Engine::new(state.clone(), clock.clone());
    for (dag, step) in [
        ("weekly", succeeds("trends")),
        ("daily", succeeds("collect")),
        ("daily", fails("collect")),
        ("never-well", fails("collect")),
    ] {
        record(&engine, dag, [step]).await;
        clock.advance(Duration::from_secs(60));
    }
    let status = state.status(2).await.unwrap();
    let dags: Vec<_> = status
        .dags
        .iter()
        .map(|dag| {
            let minutes = |at: jiff::Timestamp| at.strftime("%M").to_string();
            (
                dag.dag.as_str(),
                minutes(dag.last_run.started_at),
                dag.last_success.as_ref().map(|run| minutes(run.started_at)),
            )
        })
        .collect();
    assert_eq!(
        dags,
        [
            ("daily", "32".to_owned(), Some("31".to_owned())),
            ("never-well", "33".to_owned(), None),
            ("weekly", "30".to_owned(), Some("30".to_owned())),
        ]
    );
    let runs: Vec<_> = status.runs.iter().map(|run| run.dag.as_str()).collect();
    assert_eq!(runs, ["never-well", "daily"], "the last two, newest first");

    let daily = state.last_runs(Some("daily"), 10).await.unwrap();
    assert_eq!(daily.len(), 2);
    assert_eq!(
        state.last_success("daily").await.unwrap().as_ref(),
        Some(&daily[1])
    );
    assert_eq!(state.last_success("never-well").await.unwrap(), None);
    assert_eq!(
        state.run(daily[0].id.as_str()).await.unwrap().as_ref(),
        Some(&daily[0])
    );
    assert_eq!(
        state.run("20200101T000000.000000Z-00000000").await.unwrap(),
        None
    );
}

#[tokio::test]
async fn status_is_json() {
    let (state, clock) = (State::in_memory().await.unwrap(), TestClock::skipping());
    let engine = Engine::new(state.clone(), clock.clone());
    let collect = step("collect", |context| async move {
        context.clock().sleep(Duration::from_millis(1500)).await;
        Ok(TaskReport::incomplete("the calls of today are spent")
            .rows(110)
            .bytes(260_000))
    });
    record(
        &engine,
        "daily",
        [collect, fails("build").after(["collect"])],
    )
    .await;
    state
        .calls()
        .take("saramin", date(2026, 7, 31), 500, Timestamp::UNIX_EPOCH)
        .await
        .unwrap();
    state
        .calls()
        .take("saramin", date(2026, 8, 1), 500, Timestamp::UNIX_EPOCH)
        .await
        .unwrap();
    let status = serde_json::to_value(state.status(10).await.unwrap()).unwrap();

    let run = json!({
        "id": status["runs"][0]["id"],
        "dag": "daily",
        "trigger": "schedule",
        "interval": null,
        "started_at": "2026-08-01T09:30:00Z",
        "ended_at": "2026-08-01T09:30:01.5Z",
        "outcome": "failed",
        "process_id": std::process::id(),
        "steps": [
            {
                "task": "collect",
                "outcome": "incomplete",
                "started_at": "2026-08-01T09:30:00Z",
                "ended_at": "2026-08-01T09:30:01.5Z",
                "attempts": 1,
                "rows": 110,
                "bytes": 260_000,
                "note": "the calls of today are spent",
                "errors": [],
            },
            {
                "task": "build",
                "outcome": "failed",
                "started_at": "2026-08-01T09:30:01.5Z",
                "ended_at": "2026-08-01T09:30:01.5Z",
                "attempts": 1,
                "rows": null,
                "bytes": null,
                "note": null,
                "errors": ["no such dataset"],
            },
        ],
    });
    let expected = json!({
        "dags": [{"dag": "daily", "last_run": run, "last_success": null}],
        "runs": [run],
        "calls": [{
            "source": "saramin",
            "day": "2026-08-01",
            "used": 1,
            "limit_seen": 500,
            "exhausted_at": null,
        }],
    });
    assert_eq!(status, expected);
}

#[tokio::test]
async fn a_state_without_runs_has_an_empty_status() {
    let status = State::in_memory().await.unwrap().status(10).await.unwrap();
    let status = serde_json::to_value(status).unwrap();
    assert_eq!(status, json!({"dags": [], "runs": [], "calls": []}));
}
