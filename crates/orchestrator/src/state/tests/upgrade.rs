//! A state that the version before left, and one that is damaged: it goes on, or says what is wrong.

use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use super::*;
use crate::record::StepOutcome;

#[tokio::test]
async fn what_the_version_before_left_goes_on() {
    let (_folder, path) = fresh_file();
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let left = sqlx::raw_sql(include_str!("schema_4.sql"));
    left.execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();

    let state = State::open(&path).await.unwrap();
    assert!(state.damage().await.unwrap().is_empty());
    let runs = state.last_runs(None, 10).await.unwrap();
    let outcomes: Vec<_> = runs.iter().map(|run| (&*run.dag, run.outcome)).collect();
    assert_eq!(
        outcomes,
        [
            ("daily", RunOutcome::Failed),
            ("daily", RunOutcome::Failed),
            ("follows", RunOutcome::Interrupted),
            ("follows", RunOutcome::Interrupted),
            ("daily", RunOutcome::Failed),
        ]
    );
    let items = state.instances(&runs[0].id, "each", 10).await.unwrap();
    let items: Vec<_> = items.iter().map(|one| (&*one.item, one.outcome)).collect();
    assert_eq!(
        items,
        [
            ("\"b\"", StepOutcome::Failed),
            ("\"a\"", StepOutcome::Success)
        ]
    );
    let known = state.known().await.unwrap();
    let interval = runs[0].interval.unwrap();
    assert_eq!(known.watermarks["daily"], interval.to);
    assert!(known.paused.contains("daily"));
    let [goes_on, waits] = &known.open[..] else {
        panic!("{:?}", known.open)
    };
    assert_eq!(waits.request.parameters.to_string(), r#"{"a":2}"#);
    let follows = Dag::new(
        "follows",
        [
            Step::new(Idle("first")),
            Step::new(Idle("wait")).after(["first"]),
        ],
    );
    let resumed = state.resume_run(goes_on, &follows.unwrap()).await.unwrap();
    let resumed = resumed.unwrap();
    assert_eq!(resumed.open.id, runs[2].id);
    assert_eq!(resumed.done.len(), 1, "the first task is done");
    assert_eq!(resumed.begun[0].0, "wait");
    let new = NewRun {
        dag: &dag("daily"),
        request: waits.request.clone(),
        at: at(0),
        queued: Some(waits.id),
    };
    assert!(state.start_run(new).await.is_ok());
}

/// What opening a file and reading its runs says.
async fn said(path: &Path) -> Option<String> {
    let read = async {
        let state = State::open(path).await?;
        state.last_runs(None, u32::MAX).await?;
        record_one(&state).await
    };
    read.await.err().map(|error| error.to_string())
}

async fn record_one(state: &State) -> Result<(), StateError> {
    let new = NewRun {
        dag: &dag("weekly"),
        request: RunRequest::manual(),
        at: at(1_000),
        queued: None,
    };
    let run = state.start_run(new).await?;
    state
        .finish_run(run, RunOutcome::Success, at(1_000))
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_damaged_file_is_named_with_what_to_do() {
    let (folder, path) = fresh_file();
    let state = State::open(&path).await.unwrap();
    for second in 0..300 {
        record(&state, &dag("daily"), second, RunOutcome::Success).await;
    }
    state.close().await;
    let sound = std::fs::read(&path).unwrap();
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 4] = [
        ("cut in the middle", |bytes| bytes.truncate(bytes.len() / 2)),
        ("cut within a page", |bytes| bytes.truncate(5_000)),
        ("without its head", |bytes| bytes[..100].fill(0)),
        ("with a page of something else", |bytes| {
            let end = bytes.len();
            bytes[4_096..end].fill(0x5a);
        }),
    ];
    for (number, (what, damage)) in damages.into_iter().enumerate() {
        let mut bytes = sound.clone();
        damage(&mut bytes);
        let path = folder.path().join(format!("{number}.db"));
        std::fs::write(&path, &bytes).unwrap();
        let said = said(&path).await.unwrap_or_else(|| panic!("{what} passes"));
        assert!(
            said.contains("hint: the file is damaged: restore it from a backup"),
            "{what}: {said}"
        );
        // Nothing was repaired by leaving something out.
        assert_eq!(std::fs::read(&path).unwrap().len(), bytes.len(), "{what}");
    }
}
