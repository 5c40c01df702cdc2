//! Keys, quota, parameters: refusals and their codes.

use jiff::SignedDuration;
use serde_json::{Value, json};
use simulator::{OptionsError, Simulator};

use crate::api::{get, request, simulator, small, with_clock};

fn error(body: &str) -> (i64, String) {
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert!(body.get("jobs").is_none());
    let message = body["message"].as_str().expect("a string").to_owned();
    (body["code"].as_i64().expect("a number"), message)
}

#[tokio::test]
async fn keys_are_needed_and_checked() {
    let mut options = small(20);
    options.access_key = Some("right".to_owned());
    let strict = simulator(options);
    let call = async |target: &str| request(&strict, target, None).await;
    let missing = call("/job-search?ind_cd=3").await;
    assert_eq!(missing.status, 200);
    assert_eq!(error(&missing.body), (1, "Missing access-key".to_owned()));
    let wrong = call("/job-search?access-key=wrong&start=x").await;
    assert_eq!(error(&wrong.body), (2, "Invalid access-key".to_owned()));
    let right = call("/job-search?access-key=right").await;
    assert_eq!(right.total(), 20);
    assert_eq!(strict.counters().refused, [(1, 1), (2, 1)].into());
    assert!(!format!("{:?}", strict.options()).contains("right"));

    let any = simulator(small(20));
    assert_eq!(
        request(&any, "/job-search?access-key=whatever", None)
            .await
            .total(),
        20
    );
    let blank = request(&any, "/job-search?access-key=", None).await;
    assert_eq!(error(&blank.body).0, 1);
}

#[tokio::test]
async fn parameters_that_cannot_be_read_are_code_3() {
    let simulator = simulator(small(20));
    let answer = get(&simulator, "ind_cd=3&sort=zz").await;
    assert_eq!(
        error(&answer.body),
        (3, "invalid parameter `sort`: `zz`".to_owned())
    );
    assert_eq!(
        answer.header("x-jobtide-generated"),
        Some("saramin-simulator/0.1.0; seed=1")
    );
    let xml = request(
        &simulator,
        "/job-search?access-key=a&start=x",
        Some("application/xml"),
    )
    .await;
    assert!(
        xml.body
            .contains("<result><code>3</code><message><![CDATA[invalid parameter"),
        "{}",
        xml.body
    );
}

#[tokio::test]
async fn the_quota_is_by_key_and_day_in_seoul() {
    let mut options = small(20);
    options.daily_quota = Some(3);
    options.error_status = 429;
    // The clock is at midnight in Seoul.
    let (simulator, clock) = with_clock(options);
    let call = async |key: &str| {
        let target = format!("/job-search?access-key={key}");
        let answer = request(&simulator, &target, None).await;
        (
            answer.status.as_u16(),
            answer.body.starts_with(r#"{"code":4,"#),
        )
    };
    for _ in 0..3 {
        assert_eq!(call("a").await, (200, false));
    }
    assert_eq!(call("a").await, (429, true));
    assert_eq!(call("b").await, (200, false));
    clock.advance(SignedDuration::from_secs(86_399));
    assert_eq!(call("a").await, (429, true));
    clock.advance(SignedDuration::from_secs(1));
    assert_eq!(call("a").await, (200, false));
    let counters = simulator.counters();
    assert_eq!((counters.calls, counters.pages), (7, 5));
    assert_eq!(counters.refused, [(4, 2)].into());
}

#[tokio::test]
async fn other_paths_explain_the_simulator() {
    let simulator = simulator(small(20));
    let about = request(&simulator, "/", None).await;
    assert!(
        about
            .body
            .contains("All postings are synthetic. seed=1 postings=20"),
        "{}",
        about.body
    );
    assert_eq!(request(&simulator, "/healthz", None).await.body, "ok\n");
    let missing = request(&simulator, "/job-searches", None).await;
    assert_eq!(missing.status, 404);
    assert!(
        missing
            .body
            .contains("hint: the simulated API is at /job-search")
    );
    assert!(missing.header("x-jobtide-generated").is_some());
}

#[tokio::test]
async fn the_mark_can_be_left_out_for_tests() {
    let mut options = small(20);
    options.generated_header = false;
    let answer = get(&simulator(options), "").await;
    assert_eq!(answer.header("x-jobtide-generated"), None);
    assert_eq!(answer.json()["jobs"]["total"], json!("20"));
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let refused = |change: &dyn Fn(&mut simulator::Options)| {
        let mut options = small(20);
        change(&mut options);
        Simulator::new(options)
            .map(|_| ())
            .expect_err("refused")
            .to_string()
    };
    assert!(refused(&|o| o.end = o.start).starts_with("the period from 2023-04-30T15:00:00Z to"));
    let crowded = refused(&|o| {
        o.end = o.start + SignedDuration::from_secs(10);
    });
    assert!(
        crowded.starts_with("20 postings do not fit into 10 seconds\nhint:"),
        "{crowded}"
    );
    assert!(refused(&|o| o.edited = 1.5).contains("`edited` cannot be 1.5"));
    assert!(refused(&|o| o.error_status = 42).contains("42 is not an HTTP status"));
    let mut options = small(20);
    options.faults = simulator::Faults::all(1.5);
    assert!(matches!(
        Simulator::new(options),
        Err(OptionsError::Faults(_))
    ));
}
