//! How much of a dag may wait, and what counts as in progress.

use super::*;

#[tokio::test]
async fn backfills_and_what_is_due_have_room_of_their_own() {
    let state = State::in_memory().await.unwrap();
    let daily = dag("daily").name().clone();
    let hour = |number: i64| {
        let (from, to) = (at(3_600 * number), at(3_600 * (number + 1)));
        RunRequest::backfill(kernel::Interval::new(from, to).unwrap())
    };
    let hours = |count| (0..count).map(hour).collect::<Vec<_>>();
    let mut bell = state.listen();
    let error = state.enqueue_all(&daily, &hours(10_001), at(0)).await;
    assert!(matches!(error, Err(StateError::QueueFull { .. })));
    assert!(state.queue().await.unwrap().is_empty());
    assert!(!bell.has_rung());
    let all = state.enqueue_all(&daily, &hours(10_000), at(0)).await;
    assert_eq!(all.unwrap(), 10_000);
    assert!(bell.has_rung());
    let error = state.enqueue(&daily, &hour(10_000), at(0)).await;
    assert!(matches!(error, Err(StateError::QueueFull { .. })));
    let manual = RunRequest::manual();
    assert!(state.enqueue(&daily, &manual, at(0)).await.unwrap());
    let run = start(&state, &dag("starts"), 0).await;
    let report = TaskReport::new().trigger(daily.clone(), manual.with("more", 1));
    let ended = state.step_ended(place(&run, "idle"), StepEnd::reported(report), &[], at(1));
    ended.await.unwrap();
    assert_eq!(state.queue().await.unwrap().len(), 10_002);
}

#[tokio::test]
async fn a_single_task_is_not_a_whole_run() {
    let state = State::in_memory().await.unwrap();
    let request = RunRequest::manual();
    let options = crate::one_task::OneTaskOptions::default();
    let one = crate::one_task::OneTask::of(&dag("daily"), "idle", options, &request).unwrap();
    let _run = start(&state, one.dag(), 0).await;
    let _other = start(&state, &dag("other"), 0).await;
    let known = state.known().await.unwrap();
    assert_eq!(known.outside, [("other".to_owned(), 1)].into());
    assert_eq!(known.single_tasks, ["daily".to_owned()].into());
}
