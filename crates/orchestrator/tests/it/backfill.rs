//! Queued backfills: beside the schedule, so many at a time, each interval once.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kernel::{Clock, Interval};
use orchestrator::{RunOutcome, RunRequest, Times, Trigger};

use crate::world::{NOTE, World, definition, in_time, name};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_range_is_cut_at_the_times_of_the_schedule() {
    let hourly = Times::parse("5 * * * *", "Asia/Seoul", None).unwrap();
    let range = Interval::new(at("2026-07-01T00:00:00Z"), at("2026-07-01T03:00:00Z")).unwrap();
    let pieces = hourly.pieces(range, 100);
    let bounds: Vec<String> = pieces.iter().map(|piece| piece.to.to_string()).collect();
    assert_eq!(
        bounds,
        [
            "2026-07-01T00:05:00Z",
            "2026-07-01T01:05:00Z",
            "2026-07-01T02:05:00Z",
            "2026-07-01T03:00:00Z"
        ]
    );
    assert_eq!(pieces[0].from, range.from);
    assert!(pieces.windows(2).all(|pair| pair[0].to == pair[1].from));
    assert_eq!(hourly.pieces(range, 2).len(), 2);
    // The range ends at a time of the schedule; another one has no time at all.
    let daily = Times::parse("0 9 * * *", "Asia/Seoul", None).unwrap();
    assert_eq!(daily.pieces(range, 100), [range]);
    let never = Times::parse("0 0 31 2 *", "Asia/Seoul", None);
    if let Ok(never) = never {
        assert_eq!(never.pieces(range, 100), [range]);
    }
}

fn days(count: i64) -> Vec<RunRequest> {
    let day =
        |number: i64| at("2026-05-01T00:00:00Z") + jiff::SignedDuration::from_hours(24 * number);
    let interval = |number| Interval::new(day(number), day(number + 1)).unwrap();
    (0..count)
        .map(|number| RunRequest::backfill(interval(number)))
        .collect()
}

#[tokio::test]
async fn so_many_backfills_at_a_time_and_the_schedule_beside_them() {
    let text = format!(
        "what = ''\nmax_active_backfills = 2\nschedule = {{ cron = '5 * * * *', time_zone = 'Asia/Seoul' }}\n{NOTE}with = {{ hangs = '' }}\n"
    );
    let world = World::new(vec![definition("hourly", &text)]).await;
    let now = world.clock.now();
    let hourly = name("hourly");
    let queued = world
        .state
        .enqueue_all(&hourly, &days(5), now)
        .await
        .unwrap();
    assert_eq!(queued, 5);
    let again = world
        .state
        .enqueue_all(&hourly, &days(6), now)
        .await
        .unwrap();
    assert_eq!(again, 1, "five are there");
    let cancel = orchestrator::CancellationToken::new();
    let scheduler = world.scheduler(100, &cancel);
    let observed = async {
        loop {
            let mut running: BTreeMap<&str, usize> = BTreeMap::new();
            let runs = world.runs().await;
            for run in &runs {
                if run.outcome == RunOutcome::Running {
                    *running.entry(run.trigger.as_str()).or_default() += 1;
                }
            }
            let of = |trigger: Trigger| running.get(trigger.as_str()).copied().unwrap_or_default();
            assert!(of(Trigger::Backfill) <= 2 && of(Trigger::Schedule) <= 1);
            if of(Trigger::Backfill) == 2 && of(Trigger::Schedule) == 1 {
                break;
            }
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (ran, ()) = in_time(async { tokio::join!(scheduler.run(&cancel), observed) }).await;
    ran.unwrap();
}

#[tokio::test]
async fn each_day_of_a_backfill_runs_once() {
    let text = format!("what = ''\noverlap = 'skip'\n{NOTE}");
    let world = World::new(vec![definition("daily", &text)]).await;
    let now = world.clock.now();
    let requests = days(7);
    world
        .state
        .enqueue_all(&name("daily"), &requests, now)
        .await
        .unwrap();
    world.until(7).await;
    let log = world.log.lock().unwrap().clone();
    let ran: Vec<Option<Interval>> = log.into_iter().map(|(_, interval)| interval).collect();
    let asked: Vec<Option<Interval>> = requests.iter().map(|one| one.interval).collect();
    assert_eq!(ran, asked);
    assert!(world.state.queue().await.unwrap().is_empty());
}
