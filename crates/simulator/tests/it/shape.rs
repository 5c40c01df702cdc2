//! The response's shape, against the reference.

use std::fmt::Write;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::api::{get, request, simulator, small};

/// JSON with the order of its keys.
#[derive(Debug)]
enum Ordered {
    Object(Vec<(String, Ordered)>),
    Array(Vec<Ordered>),
    Text(String),
    Number(i64),
    Null,
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Ordered;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("JSON as the API sends it")
            }
            fn visit_str<E>(self, text: &str) -> Result<Ordered, E> {
                Ok(Ordered::Text(text.to_owned()))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Ordered, E> {
                Ok(Ordered::Number(number as i64))
            }
            fn visit_unit<E>(self) -> Result<Ordered, E> {
                Ok(Ordered::Null)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Ordered, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Ordered::Array(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Ordered, A::Error> {
                let mut list = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    list.push(entry);
                }
                Ok(Ordered::Object(list))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

impl Ordered {
    fn parse(text: &str) -> Self {
        serde_json::from_str(text).expect("JSON")
    }

    fn get(&self, name: &str) -> &Self {
        let Self::Object(entries) = self else {
            panic!("no object: {self:?}")
        };
        &entries.iter().find(|(key, _)| key == name).expect(name).1
    }

    /// One line per key: indentation and order as sent.
    fn lines(&self, depth: usize, out: &mut String) {
        let indent = "  ".repeat(depth);
        match self {
            Self::Object(entries) if entries.is_empty() => out.push_str(" {}\n"),
            Self::Object(entries) => {
                out.push('\n');
                for (key, value) in entries {
                    write!(out, "{indent}{key}:").expect("a string");
                    value.lines(depth + 1, out);
                }
            }
            Self::Array(items) => {
                out.push('\n');
                for item in items {
                    write!(out, "{indent}-").expect("a string");
                    item.lines(depth + 1, out);
                }
            }
            Self::Text(text) => writeln!(out, " {text:?}").expect("a string"),
            Self::Number(number) => writeln!(out, " {number}").expect("a string"),
            Self::Null => out.push_str(" null\n"),
        }
    }
}

const FIELDS: &str = "fields=posting-date,expiration-date,keyword-code,count";

#[tokio::test]
async fn a_seeded_response_is_pinned() {
    let simulator = simulator(small(40));
    let answer = get(&simulator, "ind_cd=3&count=3&start=2").await;
    assert_eq!(
        answer.header("content-type"),
        Some("application/json;charset=UTF-8")
    );
    assert_eq!(
        answer.header("x-jobtide-generated"),
        Some("saramin-simulator/0.1.0; seed=1")
    );
    let mut lines = String::new();
    Ordered::parse(&answer.body).lines(0, &mut lines);
    insta::assert_snapshot!("page", lines);

    let answer = get(&simulator, &format!("count=2&sort=pa&{FIELDS}")).await;
    let mut lines = String::new();
    Ordered::parse(&answer.body).lines(0, &mut lines);
    insta::assert_snapshot!("page_with_all_fields", lines);
}

#[tokio::test]
async fn xml_is_pinned() {
    let simulator = simulator(small(40));
    let target = format!("/job-search?access-key=any&count=2&{FIELDS}");
    let answer = request(&simulator, &target, Some("application/xml")).await;
    assert_eq!(
        answer.header("content-type"),
        Some("application/xml;charset=UTF-8")
    );
    insta::assert_snapshot!("xml", answer.body.replace("><", ">\n<"));
}

#[tokio::test]
async fn json_is_the_default() {
    let simulator = simulator(small(5));
    let target = "/job-search?access-key=any";
    for accept in [
        None,
        Some("*/*"),
        Some("application/json"),
        Some("application/json, application/xml"),
    ] {
        let answer = request(&simulator, target, accept).await;
        assert!(
            answer
                .body
                .starts_with(r#"{"jobs":{"count":5,"start":0,"total":"5","job":["#)
        );
    }
    for accept in [
        "application/xml",
        "text/xml",
        "application/xml, application/json;q=0.5",
    ] {
        let answer = request(&simulator, target, Some(accept)).await;
        assert!(answer.body.starts_with("<?xml"), "{accept}");
    }
}

/// Keys, in the order of the reference, of which some may be missing.
fn in_order(object: &Ordered, order: &[&str]) {
    let Ordered::Object(entries) = object else {
        panic!("no object: {object:?}")
    };
    let mut places = order.iter();
    for (key, _) in entries {
        assert!(
            places.any(|place| place == key),
            "`{key}` is unknown or out of order"
        );
    }
}

#[tokio::test]
async fn keys_and_types_are_the_references() {
    let simulator = simulator(small(2_000));
    let mut records = 0;
    for page in simulator.pages(simulator.options().start, simulator.options().end) {
        let page = Ordered::parse(std::str::from_utf8(&page).expect("UTF-8"));
        let jobs = page.get("jobs");
        in_order(jobs, &["count", "start", "total", "job"]);
        assert!(matches!(jobs.get("total"), Ordered::Text(total) if total == "2000"));
        let (Ordered::Array(list), Ordered::Number(count)) = (jobs.get("job"), jobs.get("count"))
        else {
            panic!("a list and a number")
        };
        assert_eq!(list.len() as i64, *count);
        for job in list {
            record(job);
            records += 1;
        }
    }
    assert_eq!(records, 2_000);
}

fn record(job: &Ordered) {
    in_order(
        job,
        &[
            "url",
            "active",
            "company",
            "position",
            "keyword",
            "salary",
            "id",
            "posting-timestamp",
            "posting-date",
            "modification-timestamp",
            "opening-timestamp",
            "expiration-timestamp",
            "expiration-date",
            "close-type",
            "read-cnt",
            "apply-cnt",
        ],
    );
    let position = job.get("position");
    in_order(
        position,
        &[
            "title",
            "industry",
            "location",
            "job-type",
            "industry-keyword-code",
            "job-mid-code",
            "job-code",
            "job-code-keyword-code",
            "experience-level",
            "required-education-level",
        ],
    );
    assert!(matches!(job.get("active"), Ordered::Number(0 | 1)));
    let digits = |name: &str| match job.get(name) {
        Ordered::Text(text) => text.parse::<u64>().expect(name),
        other => panic!("{name}: {other:?}"),
    };
    let id = digits("id");
    let url = format!(
        "http://www.saramin.co.kr/zf_user/jobs/relay/view?rec_idx={id}&utm_source=job-search-api&utm_medium=api&utm_campaign=saramin-job-search-api"
    );
    assert!(matches!(job.get("url"), Ordered::Text(text) if *text == url));
    for name in [
        "modification-timestamp",
        "opening-timestamp",
        "expiration-timestamp",
        "read-cnt",
        "apply-cnt",
    ] {
        digits(name);
    }
    assert_eq!(
        digits("opening-timestamp") % 3_600,
        0,
        "rounded to the hour"
    );
    if let Ordered::Object(years) = position.get("experience-level") {
        for (key, value) in years.iter().filter(|(key, _)| key != "name") {
            assert!(matches!(value, Ordered::Number(_)), "{key}");
        }
    }
}

fn codes(value: &Value) -> Vec<&str> {
    value["code"]
        .as_str()
        .map_or(Vec::new(), |codes| codes.split(',').collect())
}

#[test]
fn the_quirks_of_the_real_api_occur() {
    let simulator = simulator(small(6_000));
    let snapshot = simulator.snapshot();
    let all: Vec<Value> = snapshot
        .postings()
        .map(|truth| serde_json::from_str(&truth.json).expect("JSON"))
        .collect();
    let count = |fits: &dyn Fn(&Value) -> bool| all.iter().filter(|job| fits(job)).count();
    let close_type = |job: &Value| {
        job["close-type"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let seconds = |job: &Value, name: &str| {
        job[name]
            .as_str()
            .expect(name)
            .parse::<i64>()
            .expect("digits")
    };

    // Escaped names of places, in the order of the codes.
    assert!(all.iter().all(|job| {
        let name = job["position"]["location"]["name"]
            .as_str()
            .unwrap_or(" &gt; ");
        name.split(',').all(|place| place.contains(" &gt; "))
    }));
    assert!(count(&|job| codes(&job["position"]["location"]).len() > 1) > 300);
    // Job codes repeat, and their names do not correspond.
    let repeats = |job: &Value| {
        let codes = codes(&job["position"]["job-code"]);
        (1..codes.len()).any(|at| codes[..at].contains(&codes[at]))
    };
    assert!(count(&repeats) > 1_000);
    let misaligned = |job: &Value| {
        let names = job["position"]["job-code"]["name"]
            .as_str()
            .unwrap_or_default();
        names.split(',').count() != codes(&job["position"]["job-code"]).len()
    };
    assert!(count(&misaligned) > 4_000);
    // Missing keys and empty objects.
    assert!(count(&|job| job["position"].get("job-code").is_none()) > 10);
    assert!(count(&|job| job["position"]["job-code"] == serde_json::json!({})) > 10);
    assert!(count(&|job| job["position"].get("job-code-keyword-code").is_none()) > 100);
    assert!(count(&|job| job["position"]["job-code-keyword-code"] == "") > 20);
    assert!(count(&|job| job["position"]["location"].get("code").is_none()) > 3);
    assert!(count(&|job| job["company"]["detail"].get("href").is_none()) > 60);
    assert!(
        count(&|job| job["salary"].get("code").is_some() && job["salary"].get("name").is_none())
            > 20
    );
    // Several industries are rare, several job types sorted as text.
    assert!((20..150).contains(&count(&|job| codes(&job["position"]["industry"]).len() > 1)));
    assert!(count(&|job| job["position"]["job-type"]["code"] == "1,10,2") > 150);
    // Sentinels for open-ended postings, the end of the day for others.
    for (kind, sentinel) in [("2", 1_988_118_000), ("3", 2_019_567_600)] {
        let with = count(&|job| close_type(job) == kind);
        assert!(with > 200, "{kind}: {with}");
        assert_eq!(
            count(
                &|job| close_type(job) == kind && seconds(job, "expiration-timestamp") == sentinel
            ),
            with
        );
    }
    let dated = count(&|job| close_type(job) == "1");
    let midnight = |job: &Value| {
        close_type(job) == "1" && seconds(job, "expiration-timestamp") % 86_400 == 15 * 3_600 - 1
    };
    let share = count(&midnight) as f64 / dated as f64;
    assert!((0.92..0.98).contains(&share), "{share} close at 23:59:59");
    // Some were modified, a few before they were posted.
    let modified =
        |job: &Value| seconds(job, "modification-timestamp") - seconds(job, "posting-timestamp");
    assert!(count(&|job| modified(job) > 0) > 1_500);
    assert!(count(&|job| modified(job) < 0) > 50);
    assert!(count(&|job| job["active"] == 0) > 1_000);
}

#[test]
fn dates_and_counters_agree_with_their_timestamps() {
    let simulator = simulator(small(300));
    for truth in simulator.snapshot().postings() {
        let job: Value = serde_json::from_str(&truth.json).expect("JSON");
        assert_eq!(job["id"], truth.id.as_str());
        assert_eq!(
            job["posting-timestamp"],
            truth.posting_at.as_second().to_string()
        );
        assert_eq!(
            job["modification-timestamp"],
            truth.modification_at.as_second().to_string()
        );
        assert_eq!(job["active"], i32::from(truth.active));
        assert_eq!(job["position"]["title"], truth.title.as_str());
        let date = job["posting-date"].as_str().expect("a string");
        let parsed =
            jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%z", date).and_then(|t| t.to_timestamp());
        assert_eq!(parsed.expect("a date"), truth.posting_at);
        let reads: u64 = job["read-cnt"]
            .as_str()
            .expect("a string")
            .parse()
            .expect("digits");
        let applies: u64 = job["apply-cnt"]
            .as_str()
            .expect("a string")
            .parse()
            .expect("digits");
        assert!(applies <= reads);
    }
}
