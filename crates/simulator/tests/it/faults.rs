//! Each fault as a client sees it, and the reproducibility of faults.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Fault, Faults, Simulator};

use crate::api::{get, raw, simulator, small};

fn with(faults: Faults) -> Simulator {
    let mut options = small(400);
    options.faults = faults;
    simulator(options)
}

/// A simulator with the fault in every response.
fn always(fault: Fault) -> Simulator {
    let mut faults = Faults::only(fault, 1.0);
    faults.stay = true;
    with(faults)
}

const QUERY: &str = "ind_cd=3&count=20&start=2";

async fn right_body() -> String {
    get(&with(Faults::default()), QUERY).await.body
}

#[tokio::test]
async fn pages_instead_of_responses() {
    for (fault, status, part) in [
        (Fault::Html, 200, "서비스 점검"),
        (Fault::Maintenance, 503, "서비스 점검"),
        (Fault::Http500, 500, "Internal Server Error"),
        (Fault::Http502, 502, "502 Bad Gateway"),
        (Fault::TooMany, 429, "Too Many Requests"),
        (Fault::TooManyBare, 429, "Too Many Requests"),
    ] {
        let simulator = always(fault);
        let answer = get(&simulator, QUERY).await;
        assert_eq!(answer.status.as_u16(), status, "{fault}");
        assert_eq!(
            answer.header("content-type"),
            Some("text/html;charset=UTF-8"),
            "{fault}"
        );
        assert!(answer.body.contains(part), "{fault}");
        let retry_after = (fault == Fault::TooMany).then_some("1");
        assert_eq!(answer.header("retry-after"), retry_after, "{fault}");
        assert_eq!(
            answer.header("x-jobtide-generated"),
            Some("saramin-simulator/0.1.0; seed=1")
        );
        assert_eq!(simulator.counters().faults, BTreeMap::from([(fault, 1)]));
        assert_eq!(simulator.counters().pages, 0);
    }
    let answer = get(&always(Fault::Code99), QUERY).await;
    assert_eq!(
        (answer.status.as_u16(), answer.body.as_str()),
        (200, r#"{"code":99,"message":"Server error"}"#)
    );
}

#[tokio::test]
async fn a_cut_response_has_its_own_length_and_broken_json() {
    let simulator = always(Fault::Cut);
    let received = raw(&simulator, QUERY).await;
    let text = String::from_utf8_lossy(&received);
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let right = right_body().await;
    assert!(right.as_bytes().starts_with(&received[head.len() + 4..]));
    assert!(body.len() < right.len());
    assert!(
        head.contains(&format!(
            "content-length: {}",
            received.len() - head.len() - 4
        )),
        "{head}"
    );
    assert!(serde_json::from_str::<Value>(body).is_err());
}

#[tokio::test]
async fn a_truncated_response_announces_more_than_it_sends() {
    let received = raw(&always(Fault::Truncated), QUERY).await;
    let text = String::from_utf8_lossy(&received);
    let (head, _) = text.split_once("\r\n\r\n").expect("a head");
    let right = right_body().await;
    assert!(
        head.contains(&format!("content-length: {}", right.len())),
        "{head}"
    );
    assert_eq!(received.len() - head.len() - 4, right.len() / 2);
}

#[tokio::test]
async fn a_reset_sends_nothing() {
    assert_eq!(raw(&always(Fault::Reset), QUERY).await, b"");
}

#[tokio::test]
async fn a_reset_in_the_body_ends_without_the_last_chunk() {
    let received = raw(&always(Fault::ResetBody), QUERY).await;
    let text = String::from_utf8_lossy(&received);
    assert!(text.contains("transfer-encoding: chunked"), "{text}");
    assert!(!text.ends_with("0\r\n\r\n"));
    let sent = right_body().await.len() / 2;
    assert!(received.len() > sent && received.len() < sent + 1_000);
}

#[tokio::test]
async fn a_timeout_is_the_correct_response() {
    // The delay is tested with the reply, without waiting.
    let mut faults = Faults::only(Fault::Timeout, 1.0);
    faults.delay = Duration::ZERO;
    let simulator = with(faults);
    assert_eq!(get(&simulator, QUERY).await.body, right_body().await);
    assert_eq!(
        simulator.counters().faults,
        BTreeMap::from([(Fault::Timeout, 1)])
    );
}

#[tokio::test]
async fn wrong_shapes_are_of_three_kinds() {
    let simulator = always(Fault::Shape);
    let mut kinds = BTreeMap::new();
    for start in 0..20 {
        let body = get(&simulator, &format!("count=20&start={start}"))
            .await
            .json();
        let kind = if body.is_array() {
            "a list"
        } else if body["jobs"].is_null() {
            "null"
        } else {
            assert!(body["jobs"].get("total").is_none());
            assert_eq!(body["jobs"]["job"].as_array().map(Vec::len), Some(20));
            "no total"
        };
        *kinds.entry(kind).or_insert(0) += 1;
    }
    assert_eq!(kinds.len(), 3, "{kinds:?}");
}

#[tokio::test]
async fn a_wrong_total_comes_with_the_correct_rows() {
    let (faulty, sound) = (always(Fault::Total), with(Faults::default()));
    let (mut less, mut more) = (0, 0);
    for start in 0..20 {
        let query = format!("ind_cd=3&count=20&start={start}");
        let (wrong, right) = (get(&faulty, &query).await, get(&sound, &query).await);
        assert_eq!(wrong.jobs(), right.jobs());
        match wrong.total() {
            200 => less += 1,
            total => {
                assert!((401..=901).contains(&total));
                more += 1;
            }
        }
    }
    assert!(less > 0 && more > 0, "{less} {more}");
}

#[tokio::test]
async fn a_shifted_page_begins_with_the_row_before() {
    let (shifted, honest) = (always(Fault::Shift), with(Faults::default()));
    let all = get(&honest, "ind_cd=3&count=60").await.ids();
    let page = get(&shifted, QUERY).await;
    assert_eq!(page.ids(), all[39..60]);
    assert_eq!(page.json()["jobs"]["count"], 21);
    assert_eq!(page.total(), 400);
    let first = get(&shifted, "ind_cd=3&count=20").await;
    assert_eq!(first.ids(), all[..20]);
    assert_eq!(
        shifted.counters().faults,
        BTreeMap::from([(Fault::Shift, 1)])
    );
}

#[tokio::test]
async fn loosely_typed_values_change_records_and_are_enabled_by_name() {
    let (spoiled, honest) = (always(Fault::Values), with(Faults::default()));
    let mut changed = BTreeMap::new();
    for start in 0..4 {
        let query = format!("count=100&start={start}");
        let (wrong, right) = (get(&spoiled, &query).await, get(&honest, &query).await);
        for (wrong, right) in wrong.jobs().iter().zip(right.jobs()) {
            let mut found = Vec::new();
            for name in [
                "id",
                "active",
                "posting-timestamp",
                "modification-timestamp",
                "expiration-timestamp",
                "company",
            ] {
                if wrong[name] != right[name] {
                    found.push(name);
                }
            }
            for name in ["title", "industry", "experience-level"] {
                if wrong["position"][name] != right["position"][name] {
                    found.push(name);
                }
            }
            assert!(found.len() <= 1, "{found:?}");
            for name in found {
                changed
                    .entry(name)
                    .or_insert_with(Vec::new)
                    .push(wrong.clone());
            }
        }
    }
    assert_eq!(changed.len(), 9, "{:?}", changed.keys());
    assert!(
        changed["title"]
            .iter()
            .all(|job| job["position"]["title"].is_null())
    );
    assert!(changed["id"].iter().all(|job| job["id"].is_u64()));
    assert!(
        changed["active"]
            .iter()
            .all(|job| job["active"] == "1" || job["active"] == "0")
    );
    assert!(
        changed["posting-timestamp"]
            .iter()
            .any(|job| job["posting-timestamp"] == "16327x4241")
    );
    assert!(
        changed["modification-timestamp"]
            .iter()
            .all(|job| job["modification-timestamp"] == json!(""))
    );

    assert_eq!(Faults::all(0.5).rate(Fault::Values), 0.0);
}

/// The responses that a client received, call by call. Connection faults count by the body's error.
async fn run(simulator: &Simulator) -> Vec<(u16, usize)> {
    let mut seen = Vec::new();
    for start in 0..40 {
        for _attempt in 0..2 {
            let answer = get(simulator, &format!("count=10&start={start}")).await;
            seen.push((answer.status.as_u16(), answer.body.len()));
        }
    }
    seen
}

#[tokio::test]
async fn the_same_seed_and_calls_meet_the_same_faults() {
    // Without those of the connection, which an in-memory call cannot carry.
    let faults: Faults = "html=0.1,http500=0.1,cut=0.1,code99=0.1,total=0.1,too-many=0.1"
        .parse()
        .expect("valid");
    let (first, second) = (with(faults.clone()), with(faults.clone()));
    assert_eq!(run(&first).await, run(&second).await);
    assert_eq!(first.counters(), second.counters());
    let counters = first.counters();
    assert_eq!(counters.faulty() + counters.pages, 80);
    assert!((30..66).contains(&counters.faulty()), "{counters:?}");
    assert_eq!(counters.faults.len(), 6);

    let mut options = small(400);
    options.faults = faults;
    options.seed = 2;
    let other = simulator(options);
    run(&other).await;
    assert_ne!(other.counters().faults, counters.faults);
}

#[tokio::test]
async fn a_run_at_another_time_meets_the_same_faults() {
    let faults = Faults::all(0.4)
        .with(Fault::Reset, 0.0)
        .with(Fault::ResetBody, 0.0)
        .with(Fault::Truncated, 0.0)
        .with(Fault::Timeout, 0.0);
    // Postings published from a fixed day until now, then those edited since yesterday.
    let run = async |now: &str, yesterday: &str| {
        let simulator = with(faults.clone());
        for bounds in [
            format!("published_min=2020-01-01&published_max={now}"),
            format!("updated_min={yesterday}&updated_max={now}"),
        ] {
            for start in 0..20 {
                get(&simulator, &format!("count=10&start={start}&{bounds}")).await;
            }
        }
        simulator.counters()
    };
    let first = run("2026-08-01+12:00:00", "2026-07-31+12:00:00").await;
    let second = run("2026-08-01+12:00:01", "2026-07-31+12:00:01").await;
    assert!(first.faulty() > 5, "{first:?}");
    assert_eq!(first.faults, second.faults);
}

#[tokio::test]
async fn a_client_that_retries_gets_every_posting() {
    let faults: Faults = "html=0.3,http502=0.3,cut=0.3".parse().expect("valid");
    let simulator = with(faults);
    let mut ids = Vec::new();
    for start in 0..4 {
        let page = loop {
            let answer = get(&simulator, &format!("ind_cd=3&count=110&start={start}")).await;
            let body = serde_json::from_str::<Value>(&answer.body);
            if answer.status == 200 && body.is_ok() {
                break answer.ids();
            }
        };
        ids.extend(page);
    }
    ids.reverse();
    assert_eq!(ids, simulator.snapshot().ids());
    assert!(simulator.counters().faulty() > 0);
}
