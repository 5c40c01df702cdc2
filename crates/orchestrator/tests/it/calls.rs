//! Call budgets: exactly the limit, whoever asks and however often everything restarts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use jiff::civil::{Date, date};
use orchestrator::{State, Take};

const DAY: Date = date(2026, 8, 1);

fn now() -> Timestamp {
    "2026-08-01T09:30:00.25Z".parse().unwrap()
}

/// Draws until refused, or until the limit is clearly not kept; returns the calls granted.
async fn draw(state: &State, limit: u32) -> u32 {
    let calls = state.calls();
    let mut granted = 0;
    while granted <= limit
        && let Take::Granted { .. } = calls.take("saramin", DAY, limit).await.unwrap()
    {
        granted += 1;
    }
    granted
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_handles_on_one_file_are_granted_exactly_the_limit() {
    const LIMIT: u32 = 100;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobtide.db");
    let granted = Arc::new(AtomicU32::new(0));
    let mut drawers = Vec::new();
    for _handle in 0..2 {
        let state = State::open(&path).await.unwrap();
        for _drawer in 0..3 {
            let (state, granted) = (state.clone(), Arc::clone(&granted));
            drawers.push(tokio::spawn(async move {
                granted.fetch_add(draw(&state, LIMIT).await, Ordering::Relaxed);
            }));
        }
    }
    for drawer in drawers {
        drawer.await.unwrap();
    }
    assert_eq!(granted.load(Ordering::Relaxed), LIMIT);
    let usage = State::open(&path)
        .await
        .unwrap()
        .calls()
        .used("saramin", DAY)
        .await
        .unwrap();
    assert_eq!((usage.used, usage.limit_seen), (LIMIT, Some(LIMIT)));
}

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobtide.db");
    for remaining in [2, 1, 0] {
        let state = State::open(&path).await.unwrap();
        let take = state.calls().take("saramin", DAY, 3).await.unwrap();
        assert_eq!(take, Take::Granted { remaining });
        state.close().await;
    }
    let calls = State::open(&path).await.unwrap().calls();
    assert_eq!(
        calls.take("saramin", DAY, 3).await.unwrap(),
        Take::Spent { used: 3 }
    );
}

#[tokio::test]
async fn sources_and_days_have_budgets_of_their_own() {
    let calls = State::in_memory().await.unwrap().calls();
    let tomorrow = DAY.tomorrow().unwrap();
    let granted = Take::Granted { remaining: 0 };
    assert_eq!(calls.take("saramin", DAY, 1).await.unwrap(), granted);
    assert_eq!(calls.take("saramin", tomorrow, 1).await.unwrap(), granted);
    assert_eq!(calls.take("lever", DAY, 1).await.unwrap(), granted);
    assert_eq!(
        calls.take("saramin", DAY, 1).await.unwrap(),
        Take::Spent { used: 1 }
    );
}

#[tokio::test]
async fn a_changed_limit_holds_from_the_next_call_on() {
    let calls = State::in_memory().await.unwrap().calls();
    for _ in 0..3 {
        calls.take("saramin", DAY, 500).await.unwrap();
    }
    assert_eq!(
        calls.take("saramin", DAY, 2).await.unwrap(),
        Take::Spent { used: 3 }
    );
    assert_eq!(
        calls.take("saramin", DAY, 5).await.unwrap(),
        Take::Granted { remaining: 1 }
    );
}

#[tokio::test]
async fn a_limit_of_nothing_grants_nothing() {
    let calls = State::in_memory().await.unwrap().calls();
    assert_eq!(
        calls.take("saramin", DAY, 0).await.unwrap(),
        Take::Spent { used: 0 }
    );
    assert_eq!(calls.used("saramin", DAY).await.unwrap().used, 0);
}

#[tokio::test]
async fn what_the_source_says_counts_more_than_the_count() {
    let calls = State::in_memory().await.unwrap().calls();
    calls.take("saramin", DAY, 500).await.unwrap();
    calls.mark_exhausted("saramin", DAY, now()).await.unwrap();
    let later = now() + std::time::Duration::from_secs(60);
    calls.mark_exhausted("saramin", DAY, later).await.unwrap();
    assert_eq!(
        calls.take("saramin", DAY, 500).await.unwrap(),
        Take::Exhausted { used: 1, at: now() }
    );
    let tomorrow = DAY.tomorrow().unwrap();
    assert_eq!(
        calls.take("saramin", tomorrow, 500).await.unwrap(),
        Take::Granted { remaining: 499 }
    );
}
