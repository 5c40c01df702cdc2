//! Time: the same seed gives the same bytes; postings appear, are edited, come late.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use simulator::{Change, Late, Live, Simulator};

use crate::api::{get, simulator, small, with_clock};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn json(simulator: &Simulator, id: &str) -> Value {
    let snapshot = simulator.snapshot();
    let truth = snapshot
        .postings()
        .find(|truth| truth.id == id)
        .expect("visible");
    serde_json::from_str(&truth.json).expect("JSON")
}

fn seconds(job: &Value, name: &str) -> i64 {
    job[name].as_str().expect(name).parse().expect("digits")
}

#[tokio::test]
async fn the_same_seed_gives_the_same_bytes() {
    let bodies = |seed| {
        let mut options = small(500);
        options.seed = seed;
        let simulator = simulator(options);
        let options = simulator.options().clone();
        simulator
            .pages(options.start, options.end)
            .collect::<Vec<_>>()
    };
    assert_eq!(bodies(5), bodies(5));
    assert_ne!(bodies(5), bodies(6));
    let over_http = get(
        &simulator(small(500)),
        "ind_cd=3&count=110&fields=posting-date,expiration-date,keyword-code,count",
    )
    .await;
    let first = simulator(small(500))
        .pages(Timestamp::UNIX_EPOCH, Timestamp::MAX)
        .next();
    assert_eq!(over_http.body.as_bytes(), first.expect("a page"));
}

#[test]
fn pages_of_a_window_hold_each_of_its_postings_once() {
    let simulator = simulator(small(1_000));
    let ids = simulator.snapshot().ids();
    let posted = |at: usize| {
        simulator
            .snapshot()
            .postings()
            .nth(at)
            .expect("visible")
            .posting_at
    };
    let mut found = BTreeSet::new();
    for page in simulator.pages(posted(200), posted(700)) {
        let page: Value = serde_json::from_slice(&page).expect("JSON");
        assert_eq!(page["jobs"]["total"], "500");
        for job in page["jobs"]["job"].as_array().expect("a list") {
            assert!(found.insert(job["id"].as_str().expect("a string").to_owned()));
        }
    }
    assert_eq!(found, ids[200..700].iter().cloned().collect());
    assert_eq!(simulator.pages(posted(5), posted(5)).count(), 0);
}

#[tokio::test]
async fn before_the_end_only_what_was_posted_is_visible() {
    let (simulator, clock) = with_clock(small(1_000));
    let options = simulator.options().clone();
    clock.set(options.start - HOUR);
    assert_eq!(get(&simulator, "ind_cd=3").await.total(), 0);
    let mut seen = 0;
    for day in (0..=92).step_by(4) {
        clock.set(options.start + HOUR * 24 * day);
        let shown_at = simulator.shown_at();
        let total = get(&simulator, "ind_cd=3").await.total();
        assert!(total >= seen);
        seen = total;
        for truth in simulator.snapshot().postings() {
            assert!(truth.posting_at <= shown_at && truth.modification_at <= shown_at);
        }
    }
    assert_eq!(seen, 1_000);
    // Then it is frozen.
    let page = get(&simulator, "count=110&fields=count").await.body;
    clock.advance(HOUR * 24 * 365);
    assert_eq!(get(&simulator, "count=110&fields=count").await.body, page);
}

#[tokio::test]
async fn added_postings_are_new_and_dated_since_the_last_addition() {
    let (simulator, clock) = with_clock(small(300));
    let before = simulator.snapshot().ids();
    let end = simulator.options().end;
    clock.advance(HOUR);
    let added = simulator.add(5);
    assert_eq!(simulator.shown_at(), end + HOUR);
    let answer = get(&simulator, "ind_cd=3&count=6").await;
    assert_eq!(answer.total(), 305);
    let newest_first: Vec<String> = added.iter().rev().cloned().collect();
    assert_eq!(answer.ids()[..5], newest_first);
    assert_eq!(answer.ids()[5], before[299]);
    for job in &answer.jobs()[..5] {
        let posted = seconds(job, "posting-timestamp");
        assert!(posted > end.as_second() && posted <= (end + HOUR).as_second());
    }
    clock.advance(HOUR);
    let more = simulator.add(2);
    assert!(more[0].parse::<u64>().expect("digits") > added[4].parse().expect("digits"));
    let window = format!("published_min={}", (end + HOUR).as_second() + 1);
    assert_eq!(get(&simulator, &window).await.total(), 2);
}

#[tokio::test]
async fn edits_set_the_modification_time_and_change_something() {
    let (simulator, clock) = with_clock(small(400));
    let before: Vec<_> = simulator.snapshot().postings().collect();
    clock.advance(HOUR);
    let edited: BTreeSet<String> = simulator.edit(60).into_iter().collect();
    assert_eq!(edited.len(), 60);
    let now = simulator.shown_at();
    assert_eq!(now, simulator.options().end + HOUR);
    let (mut titles, mut dates, mut closed) = (0, 0, 0);
    for (old, new) in before.iter().zip(simulator.snapshot().postings()) {
        assert_eq!(old.id, new.id);
        if edited.contains(&new.id) {
            assert_eq!(new.modification_at, now);
            let (old_json, new_json): (Value, Value) = (
                serde_json::from_str(&old.json).expect("JSON"),
                serde_json::from_str(&new.json).expect("JSON"),
            );
            titles += usize::from(old.title != new.title);
            let expires = |job: &Value| seconds(job, "expiration-timestamp");
            dates += usize::from(expires(&old_json) < expires(&new_json));
            closed += usize::from(old.active && !new.active);
            assert_eq!(
                old_json["position"]["job-code"],
                new_json["position"]["job-code"]
            );
        } else {
            assert_eq!(
                (&old.title, old.modification_at),
                (&new.title, new.modification_at)
            );
        }
    }
    assert!(
        titles > 10 && dates > 10 && closed > 2,
        "{titles} titles, {dates} dates, {closed} closed"
    );
    let updated = get(
        &simulator,
        &format!("sort=ud&count=110&updated_min={}", now.as_second()),
    )
    .await;
    assert_eq!(updated.ids().into_iter().collect::<BTreeSet<_>>(), edited);
    assert_eq!(
        simulator.edit(1_000).len(),
        400,
        "all, when there are fewer"
    );
}

#[test]
fn one_change_can_be_chosen() {
    let (simulator, clock) = with_clock(small(50));
    clock.advance(HOUR);
    let snapshot = simulator.snapshot();
    let dated = snapshot.postings().find(|truth| {
        let job: Value = serde_json::from_str(&truth.json).expect("JSON");
        job["close-type"]["code"] == "1" && truth.active
    });
    let id = dated.expect("an open posting").id;
    let expires = |job: &Value| seconds(job, "expiration-timestamp");
    let before = json(&simulator, &id);
    assert!(simulator.change(&id, Change::Title("데이터 엔지니어 \"긴급\"".to_owned())));
    assert_eq!(
        json(&simulator, &id)["position"]["title"],
        "데이터 엔지니어 \"긴급\""
    );
    assert!(simulator.change(&id, Change::Retitle));
    let marked = json(&simulator, &id)["position"]["title"]
        .as_str()
        .expect("a string")
        .to_owned();
    assert!(
        marked.ends_with(" 데이터 엔지니어 \"긴급\"") && marked.len() > 30,
        "{marked}"
    );
    assert!(simulator.change(&id, Change::Extend));
    let days = (expires(&json(&simulator, &id)) - expires(&before)) / 86_400;
    assert!((7..=30).contains(&days), "{days}");
    assert!(simulator.change(&id, Change::Close));
    assert_eq!(json(&simulator, &id)["active"], 0);
    assert!(!simulator.change("1", Change::Close));
}

#[tokio::test]
async fn a_living_simulator_grows_with_its_clock() {
    let mut options = small(200);
    options.live = Some(Live {
        per_minute: 2.0,
        edit_share: 0.5,
    });
    let (simulator, clock) = with_clock(options);
    let end = simulator.options().end;
    assert_eq!(get(&simulator, "ind_cd=3").await.total(), 200);
    clock.advance(HOUR);
    let answer = get(&simulator, "ind_cd=3&count=110").await;
    assert!((319..=321).contains(&answer.total()), "{}", answer.total());
    let since = format!(
        "updated_min={}&published_max={}",
        end.as_second() + 1,
        end.as_second()
    );
    let edited = get(&simulator, &since).await.total();
    assert!(edited > 5, "{edited} older postings edited");
    let ids = answer.ids();
    assert!(ids.is_sorted_by(|a, b| a > b));

    // The same time shows the same content, however it was reached.
    let mut options = simulator.options().clone();
    let (other_clock, other_hands) = simulator::Clock::manual(end);
    options.clock = other_clock;
    let other = crate::api::simulator(options);
    for _ in 0..60 {
        other_hands.advance(SignedDuration::from_mins(1));
        get(&other, "count=1").await;
    }
    assert_eq!(get(&other, "ind_cd=3&count=110").await.body, answer.body);
}

#[tokio::test]
async fn views_grow_and_never_shrink() {
    let mut options = small(200);
    options.live = Some(Live {
        per_minute: 0.001,
        edit_share: 0.0,
    });
    let (simulator, clock) = with_clock(options);
    let counts = async || {
        let answer = get(&simulator, "sort=pa&count=110&fields=count").await;
        let count = |job: &Value, name: &str| {
            job[name]
                .as_str()
                .expect(name)
                .parse::<u64>()
                .expect("digits")
        };
        answer
            .jobs()
            .iter()
            .map(|job| (count(job, "read-cnt"), count(job, "apply-cnt")))
            .collect::<Vec<_>>()
    };
    let mut before = counts().await;
    for _ in 0..5 {
        clock.advance(HOUR * 24);
        let after = counts().await;
        assert!(
            before
                .iter()
                .zip(&after)
                .all(|(b, a)| b.0 <= a.0 && b.1 <= a.1)
        );
        assert!(before.iter().zip(&after).any(|(b, a)| b.0 < a.0));
        before = after;
    }
}

#[tokio::test]
async fn late_postings_appear_after_their_time() {
    let mut options = small(1_000);
    options.late = Some(Late {
        share: 0.3,
        by: Duration::from_secs(6 * 3_600),
    });
    let (simulator, clock) = with_clock(options);
    let end = simulator.options().end;
    // Thursday, 6 p.m.: the six hours before were busy.
    let now = end - HOUR * 24 * 5 + HOUR * 18;
    clock.set(now);
    let early: BTreeSet<String> = get(&simulator, "ind_cd=3&count=110")
        .await
        .ids()
        .into_iter()
        .collect();
    let seen = simulator.snapshot().ids();
    assert_eq!(get(&simulator, "ind_cd=3").await.total(), seen.len() as u64);
    clock.set(now + HOUR * 6);
    let window = format!("ind_cd=3&count=110&published_max={}", now.as_second());
    let late: Vec<String> = get(&simulator, &window)
        .await
        .ids()
        .into_iter()
        .filter(|id| !early.contains(id))
        .collect();
    let appeared = late.iter().filter(|id| !seen.contains(id)).count();
    assert!(
        appeared > 0,
        "some of the window appeared after it had been read"
    );
}

#[test]
fn a_million_postings_are_drawn_on_demand() {
    let mut options = small(1_000_000);
    options.start = crate::api::at("2021-01-01T00:00:00Z");
    let simulator = simulator(options);
    let options = simulator.options();
    let mut pages = simulator.pages(options.start, options.end);
    let first: Value = serde_json::from_slice(&pages.next().expect("a page")).expect("JSON");
    assert_eq!(first["jobs"]["total"], "1000000");
    assert_eq!(first["jobs"]["job"].as_array().map(Vec::len), Some(110));
}
