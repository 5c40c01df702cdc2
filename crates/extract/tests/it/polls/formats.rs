//! Answers in XML, requests with a body, and what a description says of them.

use extract::{Error, SourceDescription, Stop};
use kernel::Interval;
use landing::PartOutcome::Complete;
use landing::{Part, WindowKind};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::pages::paged;
use super::{Bench, description, jobs, ok, outcomes, parameter, reason, snapshot};
use crate::time;

const XML: &str = "\
[endpoint]
base_url = \"https://board.example\"
path = \"/list\"
accept = \"application/xml\"
timeout = \"5s\"
max_body_bytes = 1000000
concurrency = 4
gap = \"0s\"

[answer]
format = \"xml\"
records = \"wantedRoot.wanted\"
id = \"wantedAuthNo\"

[errors]
code = \"GO24.messageCd\"
message = \"GO24.message\"
codes = [{ code = \"E-401\", action = \"stop_key\", meaning = \"the key is not valid\" }]

[paginator.page]
page_parameter = \"startPage\"
first_page = 1
size_parameter = \"display\"
size = 2

[strategy.snapshot]
total = \"wantedRoot.total\"
";

#[tokio::test]
async fn xml_is_read_by_the_same_paths() {
    let bench = Bench::new(description(XML), |request, _| {
        let wanted = match parameter(request, "startPage").as_deref() {
            Some("1") => "<wanted><wantedAuthNo>K1</wantedAuthNo></wanted><wanted><title>a & b</title></wanted>",
            _ => "<wanted><wantedAuthNo>K3</wantedAuthNo></wanted>",
        };
        ResponseTemplate::new(200).set_body_string(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><wantedRoot><total>3</total>{wanted}</wantedRoot>"
        ))
    })
    .await;
    let report = bench.poll().await;
    assert_eq!(outcomes(&report), [("", Complete)], "{report:?}");
    assert_eq!(report.records(), 3);
    let (manifest, bodies) = bench.landed(&report).await;
    assert!(
        manifest.bodies[0].file.ends_with(".xml.zst"),
        "{manifest:?}"
    );
    assert!(bodies[0].1.contains("a & b"), "as received");
    assert_eq!(manifest.bodies[0].records, Some(2));

    let key = "<GO24><messageCd>E-401</messageCd><message>인증키 오류</message></GO24>";
    let bench = Bench::new(description(XML), move |_, _| {
        ResponseTemplate::new(200).set_body_string(key)
    })
    .await;
    let report = bench.poll().await;
    let Some(Stop::Key { code, message, .. }) = &report.stopped else {
        panic!("{report:?}");
    };
    assert_eq!((code.as_str(), message.as_str()), ("E-401", "인증키 오류"));
    for (body, words) in [
        (
            "<html><body>점검</body></html>",
            "an HTML page instead of XML",
        ),
        ("<wantedRoot><total>3</total>", "invalid XML"),
        (
            "<!DOCTYPE a [<!ENTITY b 'c'>]><wantedRoot/>",
            "document type declaration",
        ),
        ("{\"total\": 0}", "invalid XML"),
        ("", "invalid XML"),
    ] {
        let bench = Bench::new(description(XML), move |_, _| {
            ResponseTemplate::new(200).set_body_string(body)
        })
        .await;
        let report = bench.poll().await;
        assert!(reason(&report, "").contains(words), "{body}: {report:?}");
    }
}

#[tokio::test]
async fn pages_of_xml_without_a_readable_record_are_pages() {
    let without_total = XML.replace("total = \"wantedRoot.total\"\n", "");
    let bench = Bench::new(description(&without_total), |request, _| {
        let wanted = match parameter(request, "startPage").as_deref() {
            Some("1") => "<wanted>&x;</wanted><wanted>&y;</wanted>",
            Some("2") => "<wanted><wantedAuthNo>K3</wantedAuthNo></wanted>",
            _ => "",
        };
        ResponseTemplate::new(200).set_body_string(format!("<wantedRoot>{wanted}</wantedRoot>"))
    })
    .await;
    let report = bench.poll().await;
    assert_eq!(outcomes(&report), [("", Complete)], "{report:?}");
    assert_eq!((report.records(), report.calls), (3, 3));
    let (manifest, _) = bench.landed(&report).await;
    let counts: Vec<Option<u64>> = manifest.bodies.iter().map(|body| body.records).collect();
    assert_eq!(counts, [Some(2), Some(1)]);

    // Without one before it, an answer without the list is none.
    for body in ["<wantedRoot/>", "<other/>", "<wantedRoot><a/></wantedRoot>"] {
        let bench = Bench::new(description(&without_total), move |_, _| {
            ResponseTemplate::new(200).set_body_string(body)
        })
        .await;
        let report = bench.poll().await;
        assert!(reason(&report, "").contains("is missing"), "{report:?}");
    }
    // Nor is one with another root.
    let bench = Bench::new(description(&without_total), |request, _| {
        let body = match parameter(request, "startPage").as_deref() {
            Some("1") => {
                "<wantedRoot><wanted><wantedAuthNo>K3</wantedAuthNo></wanted></wantedRoot>"
            }
            _ => "<error><a>busy</a></error>",
        };
        ResponseTemplate::new(200).set_body_string(body)
    })
    .await;
    let report = bench.poll().await;
    assert!(reason(&report, "").contains("is missing"), "{report:?}");
}

pub(super) const SERIES: &str = r#"
[endpoint]
base_url = "https://trend.example"
path = "/search"
method = "post_json"
accept = "application/json"
timeout = "5s"
max_body_bytes = 1000000
concurrency = 1
gap = "0s"

[endpoint.body]
startDate = "{from}"
endDate = "{to}"
timeUnit = "week"
keywordGroups = [{ groupName = "{key}", keywords = ["{key}"] }]

[answer]
records = "data"
id = "period"

[strategy.series]
keys = ["파이썬", "rust"]
time_zone = "Asia/Seoul"
format = "%Y-%m-%d"
max_days = 10
back_days = 25
"#;

#[tokio::test]
async fn a_series_is_requested_in_ranges_that_the_source_allows() {
    let bench = Bench::new(description(SERIES), |request, _| {
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        ok(&json!({"data": [{"period": body["startDate"], "ratio": 12.5}]}))
    })
    .await;
    let report = bench.poll().await;
    let ranges: Vec<(&str, String, String)> = report
        .parts
        .iter()
        .map(|part: &Part| {
            let day = |day: Option<jiff::civil::Date>| day.expect("a day").to_string();
            (part.name.as_str(), day(part.from), day(part.to))
        })
        .collect();
    // It is the first of July in Seoul.
    let days = [
        ("2026-06-07", "2026-06-16"),
        ("2026-06-17", "2026-06-26"),
        ("2026-06-27", "2026-07-01"),
    ];
    let expected = ["파이썬", "rust"]
        .into_iter()
        .flat_map(|key| days.map(|(from, to)| (key, from.to_owned(), to.to_owned())));
    assert_eq!(ranges, expected.collect::<Vec<_>>());
    let sent = bench.server.received_requests().await.expect("recorded");
    let sent: Value = serde_json::from_slice(&sent[0].body).expect("JSON");
    assert_eq!(
        sent,
        json!({
            "startDate": "2026-06-07", "endDate": "2026-06-16", "timeUnit": "week",
            "keywordGroups": [{"groupName": "파이썬", "keywords": ["파이썬"]}],
        })
    );
    let (manifest, bodies) = bench.landed(&report).await;
    assert_eq!((manifest.kind, bodies.len()), (WindowKind::Series, 6));
    // Each pull is kept.
    let again = bench.poll().await;
    assert_eq!(again.records(), 6);
    assert_eq!(bench.windows().await, 2);

    let poller = bench.poller().expect("a poller");
    let period = Interval::new(time("2026-01-01T00:00:00Z"), time("2026-01-02T15:00:00Z"));
    let report = poller
        .poll(Some(period.expect("a period")))
        .await
        .expect("a pull");
    let days = |part: &Part| {
        (
            part.from.map(|day| day.to_string()),
            part.to.map(|day| day.to_string()),
        )
    };
    let found: Vec<_> = report.parts.iter().map(days).collect();
    let expected = (Some("2026-01-01".to_owned()), Some("2026-01-02".to_owned()));
    assert_eq!(found, [expected.clone(), expected]);
}

#[tokio::test]
async fn a_series_needs_a_start_and_a_list_has_no_past() {
    let mut bench = Bench::new(
        description(&SERIES.replace("back_days = 25", "")),
        |_, _| ok(&json!({"data": []})),
    )
    .await;
    let poller = bench.poller().expect("a poller");
    assert!(matches!(
        poller.poll(None).await,
        Err(Error::NoStart { .. })
    ));
    bench.start = Some("2026-06-29T15:00:00Z");
    let report = bench.poll().await;
    assert_eq!(
        report.parts[0].from.map(|day| day.to_string()).as_deref(),
        Some("2026-06-30")
    );
    bench.start = Some("2027-01-01T00:00:00Z");
    let poller = bench.poller().expect("a poller");
    assert!(matches!(
        poller.poll(None).await,
        Err(Error::EmptyInterval { .. })
    ));

    let bench = Bench::new(snapshot(&["a"], ""), |_, _| ok(&jobs(0..1))).await;
    let period = Interval::new(time("2026-01-01T00:00:00Z"), time("2026-01-02T00:00:00Z"));
    let poller = bench.poller().expect("a poller");
    let refused = poller.poll(Some(period.expect("a period"))).await;
    assert!(matches!(refused, Err(Error::NoPast { .. })));
}

#[test]
fn what_does_not_fit_together_is_named() {
    let parse = |text: &str| {
        let read = SourceDescription::parse("board.toml", text);
        read.expect_err(text).to_string()
    };
    for (from, to, words) in [
        (
            "[strategy.snapshot]",
            "[strategy.snapshot]\nmax_hits = 3",
            "unknown field `max_hits`",
        ),
        (
            "[strategy.snapshot]",
            "[strategy.snapshott]",
            "unknown variant `snapshott`",
        ),
        (
            "records = \"jobs\"",
            "records = \"jobs\"\nformat = \"yaml\"",
            "unknown variant `yaml`",
        ),
        (
            "records = \"jobs\"",
            "records = \"jobs\"\nformat = \"csv\"",
            "CSV is a list",
        ),
        (
            "records = \"jobs\"",
            "records = \"jobs\"\ncharset = \"euc-kr\"",
            "JSON is UTF-8",
        ),
        ("[retry]", "[endpoint.body]\na = 1\n[retry]", "post_json"),
        ("boards =", "passes = 0\nboards =", "passes"),
        ("boards =", "every = \"-1s\"\nboards =", "every"),
    ] {
        let text = snapshot(&["x"], "").replacen(from, to, 1);
        let error = parse(&text);
        assert!(
            error.contains(words) && error.contains("board.toml"),
            "{error}"
        );
    }
    let error = parse(&paged(
        "[paginator.page]\npage_parameter = \"p\"\nfirst_page = 1\nsize = 3\n",
        "",
        "",
    ));
    assert!(error.contains("belong together"), "{error}");
    let window = crate::SARAMIN.replace(
        "[paginator.page]",
        "[paginator.cursor]\ncursor_parameter = 'c'\nnext = 'n'\n[unused]",
    );
    assert!(parse(&window).contains("unused"));
}
