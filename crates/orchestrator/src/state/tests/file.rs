//! Opening the state file: its tables' versions, its settings, its locks, and what is refused.

use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use super::*;

async fn on_file(path: &Path, sql: &'static str) {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn open_error(path: &Path) -> StateError {
    match State::open(path).await {
        Ok(_) => panic!("`{}` should not open", path.display()),
        Err(error) => error,
    }
}

#[tokio::test]
async fn a_new_file_has_its_folder_its_tables_and_safe_settings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/down/jobtide.db");
    let state = State::open(&path).await.unwrap();
    for (pragma, expected) in [
        ("pragma journal_mode", "wal"),
        ("pragma synchronous", "2"),
        ("pragma foreign_keys", "1"),
        ("pragma busy_timeout", "10000"),
        ("pragma journal_size_limit", WAL_BYTES_KEPT),
        ("pragma user_version", "6"),
    ] {
        let row = sqlx::query(pragma).fetch_one(&state.pool).await.unwrap();
        let found = sqlx::Row::try_get_unchecked::<String, _>(&row, 0).unwrap();
        assert_eq!(found, expected, "{pragma}");
    }
    state.close().await;
    State::open(&path).await.unwrap();
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let (_folder, path) = fresh_file();
    State::open(&path).await.unwrap().close().await;
    on_file(&path, "pragma user_version = 8").await;
    let error = open_error(&path).await;
    assert!(
        matches!(
            error,
            StateError::NewerSchema {
                found: 8,
                known: 6,
                ..
            }
        ),
        "{error}"
    );
    let message = error.to_string();
    assert!(message.contains("jobtide.db` has schema 8"), "{message}");
    assert!(
        message.contains("\nhint: run the newer jobtide"),
        "{message}"
    );
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn other_programs_files_are_refused() {
    let (_folder, path) = fresh_file();
    on_file(&path, "create table recipes (name text)").await;
    let error = open_error(&path).await;
    assert!(matches!(error, StateError::NotOurs { .. }), "{error}");

    let (_folder, path) = fresh_file();
    std::fs::write(&path, "dear diary, ".repeat(500)).unwrap();
    let message = open_error(&path).await.to_string();
    assert!(
        message.contains("jobtide.db` cannot be opened"),
        "{message}"
    );
    assert!(message.contains("not a database"), "{message}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let (folder, _path) = fresh_file();
    std::fs::write(folder.path().join("state"), "a file").unwrap();
    let error = open_error(&folder.path().join("state/jobtide.db")).await;
    assert!(matches!(error, StateError::Folder { .. }), "{error}");
}

#[tokio::test]
async fn migrations_run_once_in_order_and_all_or_nothing() {
    let (_folder, path) = fresh_file();
    let state = State::open(&path).await.unwrap();
    record(&state, &dag("daily"), 0, RunOutcome::Success).await;
    let first = include_str!("../migrations/0001_runs_and_calls.sql");
    let second = include_str!("../migrations/0002_unread.sql");
    let third = include_str!("../migrations/0003_outputs_and_parameters.sql");
    let fourth = include_str!("../migrations/0004_queue.sql");
    let fifth = include_str!("../migrations/0005_queue_by_dag.sql");
    let sixth = include_str!("../migrations/0006_call_blocks.sql");
    let seventh = "alter table runs add column host text;";
    let broken = "create table half (a text); insert into nowhere values (1);";

    let migrate = |steps: Vec<&'static str>| {
        let (pool, path) = (state.pool.clone(), path.clone());
        async move { schema::migrate_with(&pool, &path, &steps).await }
    };
    migrate(vec![
        first, second, third, fourth, fifth, sixth, seventh, broken,
    ])
    .await
    .unwrap_err();
    let version = || sqlx::query_scalar::<_, i64>("pragma user_version").fetch_one(&state.pool);
    assert_eq!(version().await.unwrap(), 6);

    migrate(vec![first, second, third, fourth, fifth, sixth, seventh])
        .await
        .unwrap();
    migrate(vec![first, second, third, fourth, fifth, sixth, seventh])
        .await
        .unwrap();
    assert_eq!(version().await.unwrap(), 7);
    assert_eq!(kept(&state).await.len(), 1, "the data is still there");
}

#[tokio::test]
async fn a_file_of_each_earlier_schema_is_upgraded_in_place() {
    let all = [
        include_str!("../migrations/0001_runs_and_calls.sql"),
        include_str!("../migrations/0002_unread.sql"),
        include_str!("../migrations/0003_outputs_and_parameters.sql"),
        include_str!("../migrations/0004_queue.sql"),
    ];
    for schema in 1..=all.len() {
        let (_folder, path) = fresh_file();
        let pool = connect(&path, &path).await.unwrap();
        schema::migrate_with(&pool, &path, &all[..schema])
            .await
            .unwrap();
        let run = "insert into runs (id, dag, trigger, started_at, outcome, process_id)
            values ('20260801T093000.000000Z-00000001', 'daily', 'manual',
                    '2026-08-01T09:30:00.000000Z', 'failed', 7);
            insert into steps (run_id, position, task, outcome, errors)
            values ('20260801T093000.000000Z-00000001', 0, 'idle', 'failed', '[\"no\"]');";
        sqlx::raw_sql(run).execute(&pool).await.unwrap();
        pool.close().await;

        let state = State::open(&path).await.unwrap();
        let runs = state.last_runs(None, 10).await.unwrap();
        let [run] = &runs[..] else { panic!("{runs:?}") };
        assert!(run.parameters.is_empty());
        let step = &run.steps[0];
        assert_eq!(
            (&step.errors[..], &step.error_class),
            (&["no".to_owned()][..], &None)
        );
        assert!(state.of_run(&run.id).await.unwrap().is_empty());
        record(&state, &dag("daily"), 0, RunOutcome::Success).await;
    }
}

#[test]
fn many_can_open_a_new_file_at_once() {
    // Without `Locks::opening` about one round in thirty finds the database locked.
    for _round in 0..20 {
        open_a_new_file_from_threads(8);
    }
}

fn open_a_new_file_from_threads(threads: usize) {
    let (_folder, path) = fresh_file();
    let start = std::sync::Barrier::new(threads);
    let open = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        start.wait();
        runtime.block_on(async { State::open(&path).await.map(drop) })
    };
    std::thread::scope(|scope| {
        let opening: Vec<_> = (0..threads).map(|_| scope.spawn(open)).collect();
        for opened in opening {
            opened.join().unwrap().unwrap();
        }
    });
}

#[cfg(unix)]
#[tokio::test]
async fn one_file_has_one_set_of_locks_through_every_path() {
    let (folder, path) = fresh_file();
    let state = State::open(&path).await.unwrap();
    let link = folder.path().join("link");
    let linked = folder.path().join("linked.db");
    std::os::unix::fs::symlink(folder.path(), &link).unwrap();
    std::os::unix::fs::symlink(&path, &linked).unwrap();
    let _held = state
        .locks
        .try_take(dag("daily").name(), 0)
        .unwrap()
        .unwrap();
    for other in [link.join("jobtide.db"), linked] {
        let other = State::open(&other).await.unwrap();
        let taken = other.locks.try_take(dag("daily").name(), 0).unwrap();
        assert!(taken.is_none());
    }
}

#[tokio::test]
async fn a_copy_is_complete_while_the_state_is_in_use() {
    let (_folder, path) = fresh_file();
    let state = State::open(&path).await.unwrap();
    let daily = dag("daily");
    record(&state, &daily, 0, RunOutcome::Success).await;
    let _under_way = start(&state, &daily, 1).await;
    let copy = path.with_file_name("copy.db");
    state.copy_to(&copy).await.unwrap();
    assert!(state.copy_to(&copy).await.is_err(), "it is there already");
    assert!(!copy.with_file_name("copy.db-wal").exists());
    let copied = State::open(&copy).await.unwrap();
    assert_eq!(kept(&copied).await, kept(&state).await);
    assert!(copied.damage().await.unwrap().is_empty());
}

#[tokio::test]
async fn damage_in_the_middle_of_the_file_is_found() {
    let (_folder, path) = fresh_file();
    let state = State::open(&path).await.unwrap();
    for second in 0..200 {
        record(&state, &dag("daily"), second, RunOutcome::Success).await;
    }
    state.close().await;
    let mut bytes = std::fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[half..half + 8192].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    let damaged = match State::open(&path).await {
        Ok(state) => !matches!(state.damage().await, Ok(found) if found.is_empty()),
        Err(_) => true,
    };
    assert!(damaged);
}
