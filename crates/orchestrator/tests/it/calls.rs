//! Call budgets: exactly the limit, with any number of processes and restarts.

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
        && let Take::Granted { .. } = calls.take("saramin", DAY, limit, now()).await.unwrap()
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
        let take = state.calls().take("saramin", DAY, 3, now()).await.unwrap();
        assert_eq!(take, Take::Granted { remaining });
        state.close().await;
    }
    let calls = State::open(&path).await.unwrap().calls();
    assert_eq!(
        calls.take("saramin", DAY, 3, now()).await.unwrap(),
        Take::Spent { used: 3 }
    );
}

#[tokio::test]
async fn sources_and_days_have_budgets_of_their_own() {
    let calls = State::in_memory().await.unwrap().calls();
    let tomorrow = DAY.tomorrow().unwrap();
    let granted = Take::Granted { remaining: 0 };
    assert_eq!(calls.take("saramin", DAY, 1, now()).await.unwrap(), granted);
    assert_eq!(
        calls.take("saramin", tomorrow, 1, now()).await.unwrap(),
        granted
    );
    assert_eq!(calls.take("lever", DAY, 1, now()).await.unwrap(), granted);
    assert_eq!(
        calls.take("saramin", DAY, 1, now()).await.unwrap(),
        Take::Spent { used: 1 }
    );
}

#[tokio::test]
async fn a_changed_limit_holds_from_the_next_call_on() {
    let calls = State::in_memory().await.unwrap().calls();
    for _ in 0..3 {
        calls.take("saramin", DAY, 500, now()).await.unwrap();
    }
    assert_eq!(
        calls.take("saramin", DAY, 2, now()).await.unwrap(),
        Take::Spent { used: 3 }
    );
    assert_eq!(
        calls.take("saramin", DAY, 5, now()).await.unwrap(),
        Take::Granted { remaining: 1 }
    );
}

#[tokio::test]
async fn a_limit_of_nothing_grants_nothing() {
    let calls = State::in_memory().await.unwrap().calls();
    assert_eq!(
        calls.take("saramin", DAY, 0, now()).await.unwrap(),
        Take::Spent { used: 0 }
    );
    assert_eq!(calls.used("saramin", DAY).await.unwrap().used, 0);
}

#[tokio::test]
async fn the_sources_quota_error_overrides_the_count() {
    let calls = State::in_memory().await.unwrap().calls();
    calls.take("saramin", DAY, 500, now()).await.unwrap();
    calls.mark_exhausted("saramin", DAY, now()).await.unwrap();
    let later = now() + std::time::Duration::from_secs(60);
    calls.mark_exhausted("saramin", DAY, later).await.unwrap();
    assert_eq!(
        calls.take("saramin", DAY, 500, now()).await.unwrap(),
        Take::Exhausted { used: 1, at: now() }
    );
    let tomorrow = DAY.tomorrow().unwrap();
    assert_eq!(
        calls.take("saramin", tomorrow, 500, now()).await.unwrap(),
        Take::Granted { remaining: 499 }
    );
}

#[tokio::test]
async fn once_an_hour_one_call_probes_the_sources_quota() {
    let calls = State::in_memory().await.unwrap().calls();
    let minutes = |minutes: u64| now() + std::time::Duration::from_secs(minutes * 60);
    let take = async |limit, at| calls.take("saramin", DAY, limit, at).await.unwrap();
    take(500, now()).await;
    calls.mark_exhausted("saramin", DAY, now()).await.unwrap();
    let exhausted = |used, at| Take::Exhausted { used, at };
    assert_eq!(take(500, minutes(59)).await, exhausted(1, now()));
    // One of all callers; the next probe comes an hour later, whatever its result.
    assert_eq!(take(500, minutes(60)).await, Take::Probe { remaining: 498 });
    assert_eq!(take(500, minutes(60)).await, exhausted(2, minutes(60)));
    calls
        .mark_exhausted("saramin", DAY, minutes(61))
        .await
        .unwrap();
    assert_eq!(take(500, minutes(119)).await, exhausted(2, minutes(60)));
    assert_eq!(
        take(500, minutes(120)).await,
        Take::Probe { remaining: 497 }
    );
    calls.mark_open("saramin", DAY).await.unwrap();
    assert_eq!(
        take(500, minutes(120)).await,
        Take::Granted { remaining: 496 }
    );

    // The limit holds for these too.
    calls
        .mark_exhausted("saramin", DAY, minutes(121))
        .await
        .unwrap();
    assert_eq!(take(4, minutes(300)).await, exhausted(4, minutes(121)));
}
