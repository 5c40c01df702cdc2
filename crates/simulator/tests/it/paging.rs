//! Parameters, order and pages: what is requested is found once, in the correct order.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde_json::Value;
use simulator::{Simulator, Truth};

use crate::api::{at, get, simulator, small};

async fn all_pages(simulator: &Simulator, query: &str, count: u64) -> Vec<String> {
    let mut ids = Vec::new();
    for start in 0.. {
        let answer = get(simulator, &format!("{query}&start={start}&count={count}")).await;
        assert_eq!(answer.json()["jobs"]["start"], start);
        let page = answer.ids();
        assert_eq!(answer.json()["jobs"]["count"], page.len());
        if page.is_empty() {
            assert_eq!(answer.total(), ids.len() as u64, "{query}");
            return ids;
        }
        ids.extend(page);
    }
    unreachable!("pages end")
}

fn truths(simulator: &Simulator) -> Vec<(Truth, Value)> {
    simulator
        .snapshot()
        .postings()
        .map(|truth| {
            let json = serde_json::from_str(&truth.json).expect("JSON");
            (truth, json)
        })
        .collect()
}

/// Identifiers of the truths that fit, newest first.
fn expected(truths: &[(Truth, Value)], fits: impl Fn(&Truth, &Value) -> bool) -> Vec<String> {
    truths
        .iter()
        .rev()
        .filter(|(truth, json)| fits(truth, json))
        .map(|(truth, _)| truth.id.clone())
        .collect()
}

fn codes(value: &Value) -> BTreeSet<String> {
    let text = value["code"].as_str().unwrap_or_default();
    text.split(',')
        .filter(|code| !code.is_empty())
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn pages_add_up_in_every_order() {
    let simulator = simulator(small(700));
    let mut ids = simulator.snapshot().ids();
    assert_eq!(all_pages(&simulator, "ind_cd=3&sort=pa", 110).await, ids);
    ids.reverse();
    assert_eq!(all_pages(&simulator, "ind_cd=3", 110).await, ids);
    for sort in ["pd", "pa", "ud", "ua", "da", "dd", "rc", "ac"] {
        for count in [37, 100, 110] {
            let found = all_pages(&simulator, &format!("sort={sort}"), count).await;
            assert_eq!(found.len(), 700, "{sort}");
            assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), 700, "{sort}");
        }
    }
}

#[tokio::test]
async fn each_sort_orders_by_its_value() {
    let simulator = simulator(small(600));
    for (sort, name, descending) in [
        ("pd", "posting-timestamp", true),
        ("pa", "posting-timestamp", false),
        ("ud", "modification-timestamp", true),
        ("ua", "modification-timestamp", false),
        ("dd", "expiration-timestamp", true),
        ("da", "expiration-timestamp", false),
        ("rc", "read-cnt", true),
        ("ac", "apply-cnt", true),
    ] {
        let answer = get(
            &simulator,
            &format!("sort={sort}&count=110&start=1&fields=count"),
        )
        .await;
        let values: Vec<u64> = answer
            .jobs()
            .iter()
            .map(|job| job[name].as_str().expect(name).parse().expect("digits"))
            .collect();
        let ordered = if descending {
            values.is_sorted_by(|a, b| a >= b)
        } else {
            values.is_sorted()
        };
        assert!(ordered, "{sort}: {values:?}");
        if name == "posting-timestamp" {
            let distinct: BTreeSet<_> = values.iter().collect();
            assert_eq!(
                distinct.len(),
                110,
                "posting times differ by a second at least"
            );
        }
    }
}

#[tokio::test]
async fn counts_are_clamped_and_ten_by_default() {
    let simulator = simulator(small(300));
    assert_eq!(get(&simulator, "").await.ids().len(), 10);
    assert_eq!(get(&simulator, "count=500").await.ids().len(), 110);
    assert_eq!(get(&simulator, "count=110&start=2").await.ids().len(), 80);
    let beyond = get(&simulator, "count=110&start=999999999999").await;
    let empty = r#"{"jobs":{"count":0,"start":999999999999,"total":"300","job":[]}}"#;
    assert_eq!(beyond.body, empty);
    let none = get(&simulator, "published_max=0").await;
    assert_eq!(
        none.body,
        r#"{"jobs":{"count":0,"start":0,"total":"0","job":[]}}"#
    );
}

#[tokio::test]
async fn no_postings_are_an_empty_response() {
    let simulator = simulator(small(0));
    assert!(simulator.snapshot().is_empty() && simulator.edit(3).is_empty());
    let empty = r#"{"jobs":{"count":0,"start":0,"total":"0","job":[]}}"#;
    assert_eq!(get(&simulator, "ind_cd=3").await.body, empty);
    assert_eq!(
        get(&simulator, "ind_cd=3&sort=rc&job_cd=83").await.body,
        empty
    );
}

fn korean(instant: Timestamp) -> String {
    let zone = TimeZone::fixed(Offset::constant(9));
    instant
        .to_zoned(zone)
        .strftime("%Y-%m-%d%%20%H:%M:%S")
        .to_string()
}

#[tokio::test]
async fn windows_are_inclusive_in_both_formats() {
    let simulator = simulator(small(400));
    let truths = truths(&simulator);
    let (from, to) = (truths[100].0.posting_at, truths[250].0.posting_at);
    let between = expected(&truths, |t, _| (from..=to).contains(&t.posting_at));
    assert_eq!(between.len(), 151);
    let unix = format!(
        "published_min={}&published_max={}",
        from.as_second(),
        to.as_second()
    );
    assert_eq!(all_pages(&simulator, &unix, 110).await, between);
    let text = format!(
        "ind_cd=3&published_min={}&published_max={}",
        korean(from),
        korean(to)
    );
    assert_eq!(all_pages(&simulator, &text, 60).await, between);
    // Adjacent windows: no duplicates, no gaps.
    let before = format!("published_max={}", from.as_second() - 1);
    let after = format!("published_min={}", to.as_second() + 1);
    assert_eq!(get(&simulator, &before).await.total(), 100);
    assert_eq!(get(&simulator, &after).await.total(), 149);

    let day = all_pages(&simulator, "published=2023-07-20", 110).await;
    let (first, last) = (at("2023-07-19T15:00:00Z"), at("2023-07-20T14:59:59Z"));
    assert_eq!(
        day,
        expected(&truths, |t, _| (first..=last).contains(&t.posting_at))
    );
    assert!(!day.is_empty());

    let updated = format!("updated_min={}", korean(at("2023-07-25T00:00:00Z")));
    let changed = expected(&truths, |t, _| {
        t.modification_at >= at("2023-07-25T00:00:00Z")
    });
    assert_eq!(all_pages(&simulator, &updated, 110).await, changed);
    assert!(changed.len() > 20 && changed.len() < 400);
}

#[tokio::test]
async fn filters_find_what_fits_and_nothing_else() {
    let mut options = small(1_500);
    options.elsewhere = 0.5;
    let simulator = simulator(options);
    let truths = truths(&simulator);
    let has = |json: &Value, part: &str, wanted: &[&str]| {
        let codes = codes(&json["position"][part]);
        wanted.iter().any(|code| codes.contains(*code))
    };
    let check = async |query: &str, fits: &dyn Fn(&Truth, &Value) -> bool| {
        let found = all_pages(&simulator, query, 110).await;
        let fitting = expected(&truths, |t, j| fits(t, j));
        // An empty object hides a value that the filter still matches.
        let missing: Vec<_> = fitting.iter().filter(|id| !found.contains(id)).collect();
        assert!(missing.is_empty(), "{query}: {missing:?}");
        let more = found.len() - fitting.len();
        assert!(more <= 6, "{query}: {more} too many");
        assert!(fitting.len() > 5, "{query} finds only {}", fitting.len());
        found.len()
    };
    check("job_cd=235", &|_, j| has(j, "job-code", &["235"])).await;
    check("job_cd=235,205", &|_, j| {
        has(j, "job-code", &["235", "205"])
    })
    .await;
    check("job_cd=235+205", &|_, j| {
        has(j, "job-code", &["235", "205"])
    })
    .await;
    check("job_mid_cd=8,15", &|_, j| {
        has(j, "job-mid-code", &["8", "15"])
    })
    .await;
    check("job_type=2", &|_, j| has(j, "job-type", &["2"])).await;
    check("edu_lv=7,8", &|_, j| {
        has(j, "required-education-level", &["7", "8"])
    })
    .await;
    check("loc_bcd=101010", &|_, j| has(j, "location", &["101010"])).await;
    check("loc_mcd=105000", &|_, j| {
        codes(&j["position"]["location"])
            .iter()
            .any(|c| c.starts_with("105"))
    })
    .await;
    check("loc_cd=101000", &|_, j| {
        codes(&j["position"]["location"])
            .iter()
            .any(|c| c.starts_with("101"))
    })
    .await;
    check("job_cd=235&loc_mcd=102000&edu_lv=0", &|_, j| {
        has(j, "job-code", &["235"])
            && codes(&j["position"]["location"])
                .iter()
                .any(|c| c.starts_with("102"))
            && has(j, "required-education-level", &["0"])
    })
    .await;
}

#[tokio::test]
async fn industries_are_found_by_what_is_shown_and_by_what_is_not() {
    let mut options = small(1_500);
    options.elsewhere = 0.5;
    let simulator = simulator(options);
    let truths = truths(&simulator);
    let shown = |json: &Value, prefix: &str| {
        codes(&json["position"]["industry"])
            .iter()
            .any(|code| code.len() == 3 && code.starts_with(prefix))
    };
    let category = all_pages(&simulator, "ind_cd=3", 110).await;
    let own = expected(&truths, |_, j| shown(j, "3"));
    assert!(own.iter().all(|id| category.contains(id)));
    let others = (category.len() - own.len()) as f64;
    let all_others = (1_500 - own.len()) as f64;
    assert!(
        (0.4..0.6).contains(&(others / all_others)),
        "{others} of {all_others}"
    );

    let one = all_pages(&simulator, "ind_cd=301", 110).await;
    let own = expected(&truths, |_, j| shown(j, "301"));
    assert!(own.iter().all(|id| one.contains(id)) && one.len() > own.len());
    assert!(one.iter().all(|id| category.contains(id)));

    let direct = all_pages(&simulator, "sr=directhire", 110).await;
    let agencies = expected(&truths, |_, j| shown(j, "111"));
    assert!(!agencies.is_empty() && agencies.iter().all(|id| !direct.contains(id)));
}

#[tokio::test]
async fn every_posting_matches_the_projects_query_by_default() {
    let simulator = simulator(small(500));
    assert_eq!(get(&simulator, "ind_cd=3").await.total(), 500);
    assert_eq!(get(&simulator, "").await.total(), 500);
}

#[tokio::test]
async fn keywords_are_anded_and_identifiers_ored() {
    let simulator = simulator(small(1_000));
    let truths = truths(&simulator);
    let mentions = |json: &Value, word: &str| json.to_string().to_lowercase().contains(word);
    let both = all_pages(&simulator, "keywords=JAVA,Spring", 110).await;
    let fitting = expected(&truths, |_, j| {
        mentions(&j["position"], "java") && mentions(&j["position"], "spring")
    });
    assert!(fitting.len() > 20);
    assert_eq!(both, fitting);

    let ids = simulator.snapshot().ids();
    let three = format!("id={},{}+{}", ids[3], ids[900], ids[3]);
    assert_eq!(
        all_pages(&simulator, &three, 10).await,
        [ids[900].clone(), ids[3].clone()]
    );
    assert_eq!(get(&simulator, "id=1").await.total(), 0);
    let listed = get(&simulator, "stock=kospi,kosdaq").await.total();
    assert!((50..200).contains(&listed), "{listed} of listed companies");
    let open = get(&simulator, "bbs_gb=1").await.total();
    assert!((5..50).contains(&open), "{open} open recruitments");
    // The wrong name of the parameter is ignored, as any unknown one.
    assert_eq!(get(&simulator, "keyword=java").await.total(), 1_000);
}

#[tokio::test]
async fn deadlines_are_days_in_seoul() {
    let simulator = simulator(small(3_000));
    let truths = truths(&simulator);
    let closes = |json: &Value, from: i64, to: i64| {
        let second = json["expiration-timestamp"]
            .as_str()
            .expect("a string")
            .parse::<i64>();
        (from..=to).contains(&second.expect("digits"))
    };
    // The content is frozen at the first second of 1 August 2023 in Seoul.
    let today = simulator.options().end.as_second();
    for (value, from) in [("today", today), ("tomorrow", today + 86_400)] {
        let found = all_pages(&simulator, &format!("deadline={value}"), 110).await;
        assert_eq!(
            found,
            expected(&truths, |_, j| closes(j, from, from + 86_399))
        );
        assert!(!found.is_empty());
    }
    let noon = format!("deadline={}", today + 12 * 3_600);
    assert_eq!(
        get(&simulator, &noon).await.total(),
        0,
        "postings close at the end of the day"
    );
}
