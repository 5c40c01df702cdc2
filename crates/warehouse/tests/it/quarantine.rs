//! What cannot be read is reported, row by row; everything else is staged.

use jiff::ToSpan as _;
use landing::Format;
use serde_json::{Value, json};

use crate::posting::{Posting, page, postings};
use crate::world::{Body, World, now};

const QUARANTINE: &str =
    "select landing_row, reason from staging.quarantine order by landing_path, landing_row";
const ARRIVED: &str = "select posting_id from external.recruit_table order by posting_id";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_record_that_cannot_be_read_is_one_row_with_its_reason() {
    let world = World::small();
    let posting = |id| Posting::new(id).json();
    let mut without_id = posting(90);
    without_id["id"] = Value::Null;
    let mut blank_id = posting(91);
    blank_id["id"] = " ".into();
    let whole = page(&[posting(2)]).text;
    let line = |id| posting(id).to_string();
    world
        .land(vec![
            // Body by body, in the order of their paths.
            page(&[posting(1), without_id.clone(), json!("no object"), blank_id]),
            Body::document(&whole[..whole.len() / 2]),
            Body::document("<!doctype html><p>Under maintenance</p>"),
            Body::document(r#"{"code": 4, "message": "daily request limit exceeded"}"#),
            Body::document(r#"{"jobs": {"job": "none"}}"#),
            Body::document(r#"{"hello": "world"}"#),
            Body::document(""),
            Body::lines(format!("{}\n\n{{\"id\": \n{}\n[1]\n", line(3), line(4))).counted(4),
            Body::document("\u{feff}".to_owned() + &page(&[posting(5)]).text),
            Body::document(r#"{"jobs": {"count": 0, "start": 0, "total": "0", "job": []}}"#),
            Body::document(r#"{"jobs": {"count": 0, "start": 0, "total": "0"}}"#),
            Body::document(posting(6).to_string()),
            Body::document(json!({"jobs": {"total": "1", "job": posting(7)}}).to_string()),
        ])
        .await;
    let report = world.build().await;
    let record = &report.record;
    assert_eq!(
        world.rows(record, ARRIVED).await,
        ["1", "3", "4", "5", "6", "7"]
    );

    let found = world.rows(record, QUARANTINE).await;
    let expected = [
        "2|no `id`",
        "3|not an object",
        "4|`id` is blank",
        "0|not JSON: ",
        "0|HTML or XML where JSON belongs",
        "0|an error answer: daily request limit exceeded",
        "0|`jobs.job` holds no records",
        "0|neither `jobs.job` nor `id` is there",
        "0|not JSON: ",
        "3|not JSON: ",
        "5|not an object",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            found.starts_with(expected),
            "`{found}` is not `{expected}…`"
        );
    }
    assert_eq!(report.quarantined, expected.len() as u64);
    assert_eq!(report.new_rows, 6);

    let payloads = "select payload from staging.quarantine where landing_row = 2 or reason like 'an error%' \
                    order by landing_path, landing_row";
    let payloads = world.rows(record, payloads).await;
    let kept: Value = serde_json::from_str(&payloads[0]).expect("the record as it was");
    assert_eq!(kept, without_id);
    assert_eq!(
        payloads[1],
        r#"{"code": 4, "message": "daily request limit exceeded"}"#
    );

    let windows = "select bodies, records, quarantined, reported from staging.windows";
    assert_eq!(world.rows(record, windows).await, ["13|6|11|17"]);
    let warned = record
        .warnings
        .iter()
        .any(|finding| finding.check == "records_are_readable");
    assert!(warned, "{:?}", record.warnings);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_got_lost_between_manifest_and_table_stops_the_build() {
    let world = World::small();
    world.land(vec![postings(1..=2).counted(3)]).await;
    let error = world
        .try_build(Default::default())
        .await
        .expect_err("a record is missing");
    assert!(
        error.to_string().contains("`records_are_counted`"),
        "{error}"
    );
    assert!(world.published().await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_missing_and_retyped_fields_are_counted_and_reported_once() {
    let world = World::small();
    let changed = |id: u32, both: bool| {
        let mut record = Posting::new(id).json();
        record["remote"] = true.into();
        record["position"]["duties"] = "x".into();
        record["active"] = "1".into();
        record["keyword"] = Value::Null;
        if both {
            record["id"] = id.into();
            record["posting-timestamp"] = 1_685_577_600.into();
        }
        record.as_object_mut().expect("an object").remove("url");
        record
    };
    let records: Vec<Value> = (1..=25).map(|id| changed(id, id % 5 == 0)).collect();
    let window = world.land(vec![page(&records)]).await;
    let first = world.build().await;
    let fields = format!(
        "select change, field, json_type, records from staging.fields where window = '{}' \
         order by change, field, json_type",
        window.path()
    );
    let expected = [
        "missing|url|string|25",
        "new|position.duties|string|25",
        "new|remote|boolean|25",
        "retyped|active|string|25",
        "retyped|posting-timestamp|integer|5",
    ];
    assert_eq!(world.rows(&first.record, &fields).await, expected);
    assert_eq!(
        first.schema_changes,
        [
            "missing saramin url string",
            "new saramin position.duties string",
            "new saramin remote boolean",
            "retyped saramin active string",
            "retyped saramin posting-timestamp integer",
        ]
    );
    // Loosely typed values are still read.
    let read = "select count(*), count(posting_at), count(active), count(url) from staging.recruit";
    assert_eq!(world.rows(&first.record, read).await, ["25|25|25|0"]);

    // The same change again is counted but not reported again; another one is.
    let mut records: Vec<Value> = (26..=50).map(|id| changed(id, false)).collect();
    records[0]["remote"] = "yes".into();
    world.land(vec![page(&records)]).await;
    let second = world.build().await;
    assert_eq!(second.schema_changes, ["new saramin remote string"]);
    let rows = "select count(*) from staging.fields where field = 'remote'";
    assert_eq!(world.rows(&second.record, rows).await, ["3"]);

    let unchanged = world.build().await;
    assert!(unchanged.schema_changes.is_empty() && !unchanged.published);
}

/// A few records do not carry every key: that is no change of the schema.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_missing_from_a_handful_of_records_is_not_reported() {
    let world = World::small();
    let mut record = Posting::new(1).json();
    record.as_object_mut().expect("an object").remove("url");
    world.land(vec![page(&[record])]).await;
    let report = world.build().await;
    assert!(
        report.schema_changes.is_empty(),
        "{:?}",
        report.schema_changes
    );
}

/// A dropped key that first shows in a small window is reported when it shows in a large one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_key_is_reported_though_a_small_window_came_first() {
    let world = World::small();
    let without = |ids: std::ops::RangeInclusive<u32>| {
        let records: Vec<Value> = ids
            .map(|id| {
                let mut record = Posting::new(id).json();
                record.as_object_mut().expect("an object").remove("url");
                record
            })
            .collect();
        page(&records)
    };
    world.land(vec![without(1..=2)]).await;
    assert!(world.build().await.schema_changes.is_empty());
    world.land(vec![without(3..=40)]).await;
    let changes = world.build().await.schema_changes;
    assert_eq!(changes, ["missing saramin url string"]);
    world.land(vec![without(41..=80)]).await;
    assert!(world.build().await.schema_changes.is_empty());
}

/// What the collector accepts as a response without postings must not stop a build, in any
/// notation; and a body that only the decoder finds unreadable is quarantined.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn empty_responses_stop_nothing() {
    let world = World::small();
    let nothing = [
        r#"{"jobs": {"count": 0, "start": 0, "total": "0", "job": {}}}"#,
        r#"{"jobs": {"count": 0, "start": 0, "total": "0", "job": " "}}"#,
        r#"{"jobs": {"count": 0, "start": 0, "total": "0", "job": null}}"#,
        r#"{"jobs": {"count": 0, "start": 0, "total": 0}}"#,
        // Not JSON as a whole: cut by its structure, it contains no record either.
        r#"{"jobs": {"x": 1e999, "count": 0, "start": 0, "total": "0", "job": {}}}"#,
        r#"{"jobs": {"x": "\ud83d", "count": 0, "start": 0, "total": "0", "job": [ ]}}"#,
    ];
    let mut bodies: Vec<Body> = nothing.map(|text| Body::document(text).counted(0)).into();
    bodies.push(Body::document("not an answer at all").counted(3));
    bodies.push(postings(1..=2));
    world.land(bodies).await;
    let report = world.build().await;
    let found = world.rows(&report.record, QUARANTINE).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(world.rows(&report.record, ARRIVED).await, ["1", "2"]);
    let windows = "select records, quarantined, reported from staging.windows";
    assert_eq!(world.rows(&report.record, windows).await, ["2|1|3"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_values_are_null_and_their_neighbours_are_read() {
    let world = World::small();
    let odd = [
        // An integer out of range for every column.
        (
            r#""read-cnt":"0""#,
            r#""read-cnt":123456789012345678901234567890"#,
        ),
        // A list where an object is expected.
        (r#""location":{"#, r#""location":[],"place":{"#),
        // The last value of a repeated key wins, also for what it lacks.
        (
            r#""close-type":{"code":"1","name":"x"}"#,
            r#""close-type":{"code":"1","name":"x"},"close-type":{"name":"x"}"#,
        ),
    ];
    let mut text = page(&[Posting::new(1).json(), Posting::new(2).json()]).text;
    for (plain, changed) in odd {
        assert!(text.contains(plain), "`{plain}` is in {text}");
        text = text.replacen(plain, changed, 1);
    }
    world.land(vec![Body::document(text).counted(2)]).await;
    let report = world.build().await;
    let rows = "select posting_id, read_cnt is null, location_codes is null, close_type_code is null \
                from staging.recruit order by posting_id";
    assert_eq!(
        world.rows(&report.record, rows).await,
        ["1|true|true|true", "2|false|false|false"]
    );
    let changes = "select change, field, json_type from staging.fields \
                where field like 'position.location%' or field = 'read-cnt' order by change, field";
    let changes = world.rows(&report.record, changes).await;
    assert!(
        changes.contains(&"retyped|position.location|array".to_owned()),
        "{changes:?}"
    );
    assert!(
        changes.contains(&"retyped|read-cnt|number".to_owned()),
        "{changes:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_key_hides_no_records() {
    let world = World::small();
    let one = |id| Posting::new(id).json();
    let spoilt = r#"{"id":"901","t":"\ud83d"}"#;
    let bodies = [
        format!(
            r#"{{"jobs":{{"total":"2","job":[{},{}],"job":[]}}}}"#,
            one(1),
            one(2)
        ),
        format!(
            r#"{{"jobs":{{"job":{},"job":{}}},"jobs":{{"total":"2"}}}}"#,
            one(3),
            one(4)
        ),
        format!(
            r#"{{"jobs":{{"job":[{},{spoilt}],"job":{},"job":{{}}}}}}"#,
            one(5),
            one(6)
        ),
    ];
    world
        .land(bodies.into_iter().map(Body::document).collect())
        .await;
    let report = world.build().await;
    let record = &report.record;
    let arrived = world.rows(record, ARRIVED).await;
    assert_eq!(arrived, ["1", "2", "3", "4", "5", "6"]);
    let found = world.rows(record, QUARANTINE).await;
    assert!(
        found.len() == 1 && found[0].starts_with("2|not JSON: "),
        "{found:?}"
    );
    // A record path of the wrong type makes the body unreadable as a whole, not empty.
    let odd = format!(r#"{{"jobs":{{"job":[{}],"job":7}}}}"#, one(7));
    world.land(vec![Body::document(odd)]).await;
    let report = world.build().await;
    assert_eq!(report.quarantined, 1);
}

/// Records that no strict parser reads, each with an id of its own.
fn unreadable() -> Vec<(&'static str, Vec<u8>)> {
    let posting = |id: u32, from: &str, to: &[u8]| {
        let text = Posting::new(id).json().to_string();
        let (before, after) = text.split_once(from).expect("in the record");
        [before.as_bytes(), to, after.as_bytes()].concat()
    };
    let deep = ["[".repeat(200), "]".repeat(200)].concat();
    let deep = format!("\"deep\":{deep},\"active\":");
    vec![
        (
            "half an emoji",
            posting(901, "\"title\":\"", br#""title":"\ud83d"#),
        ),
        (
            "no UTF-8",
            posting(902, "\"title\":\"", b"\"title\":\"\xed\xa0\xbd"),
        ),
        ("depth 200", posting(903, "\"active\":", deep.as_bytes())),
        (
            "1e999",
            posting(904, "\"active\":", b"\"big\":1e999,\"active\":"),
        ),
        (
            "a control character",
            posting(905, "\"title\":\"", b"\"title\":\"\x01"),
        ),
        ("no escape", posting(906, "\"title\":\"", br#""title":"\x"#)),
        (
            "no number",
            posting(907, "\"active\":", b"\"big\":NaN,\"active\":"),
        ),
    ]
}

/// A page with an unreadable record between two valid ones.
fn page_around(spoilt: &[u8]) -> Vec<u8> {
    let (one, two) = (Posting::new(1).json(), Posting::new(2).json());
    let before = format!("{{\"jobs\": {{\"total\": \"3\", \"job\": [{one}, ");
    [
        before.as_bytes(),
        spoilt,
        format!(", {two}]}}}}").as_bytes(),
    ]
    .concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_unreadable_record_hides_no_other() {
    for (name, spoilt) in unreadable() {
        let world = World::small();
        let well = Posting::new(3).json().to_string();
        let lines = [spoilt.as_slice(), b"\n", well.as_bytes()];
        world
            .land_bytes(vec![
                (page_around(&spoilt), Format::Json, Some(3)),
                (page_around(&spoilt), Format::Json, None),
                (lines.concat(), Format::JsonLines, Some(2)),
            ])
            .await;
        let report = world.build().await;
        let record = &report.record;
        assert_eq!(world.rows(record, ARRIVED).await, ["1", "2", "3"], "{name}");
        let found = world.rows(record, QUARANTINE).await;
        assert_eq!(found.len(), 3, "{name}: {found:?}");
        for (found, row) in found.iter().zip([2, 2, 1]) {
            assert!(
                found.starts_with(&format!("{row}|not JSON: ")),
                "{name}: {found}"
            );
        }
        assert_eq!((report.quarantined, report.new_rows), (3, 5), "{name}");
        let windows = "select records, quarantined, reported from staging.windows";
        assert_eq!(world.rows(record, windows).await, ["5|3|8"], "{name}");
        let payloads = "select distinct payload from staging.quarantine";
        let payload = String::from_utf8_lossy(&spoilt);
        assert_eq!(
            world.rows(record, payloads).await,
            [payload.trim()],
            "{name}"
        );
    }
}

/// Ten thousand records that cannot be read, keys by the thousand and long texts: all are counted,
/// and what is kept and reported of them stays small.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_hostile_body_adds_to_reports_is_bounded() {
    let world = World::small();
    let nameless: Vec<String> = (0..10_000)
        .map(|number| format!("{{\"x\": \"{}\"}}", "y".repeat(number % 500)))
        .collect();
    let nameless = format!("{{\"jobs\": {{\"job\": [{}]}}}}", nameless.join(","));
    let mut strange = Posting::new(1).json();
    let fields = strange.as_object_mut().expect("an object");
    for number in 0..3_000 {
        fields.insert(format!("\u{1b}[2J{number}{}", "k".repeat(300)), 1.into());
    }
    let message = format!(
        "{{\"code\": 1, \"message\": \"\\u001b[2J{}\"}}",
        "m".repeat(100_000)
    );
    world
        .land(vec![
            Body::document(nameless).counted(10_000),
            page(&[strange.clone()]),
            page(&[strange]),
            Body::document(message),
        ])
        .await;
    let report = world.build().await;
    let record = &report.record;
    assert_eq!(report.quarantined, 10_001);
    let listed = "select count(*), max(length(reason)) < 300, sum(length(payload)) < 600000 \
                  from staging.quarantine";
    assert_eq!(world.rows(record, listed).await, ["1002|true|true"]);
    let last =
        "select landing_row, reason from staging.quarantine where reason like '% more records%'";
    assert_eq!(
        world.rows(record, last).await,
        ["1001|9000 more records from this one on; the first 1000 are listed"]
    );
    let fields = "select count(*), max(length(field)) <= 100, sum(records) from staging.fields";
    assert_eq!(world.rows(record, fields).await, ["201|true|6000"]);
    assert!(
        report.schema_changes.len() <= 21,
        "{}",
        report.schema_changes.len()
    );
    let reported = format!("{:?}{:?}", report.schema_changes, record.warnings);
    assert!(
        !reported.contains("\\u{1b}") && !reported.contains("\\u001b"),
        "{reported}"
    );
    assert!(reported.len() < 20_000, "{} bytes", reported.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_written_as_a_float_is_the_id() {
    let world = World::small();
    let with_id = |id: Value| {
        let mut posting = Posting::new(1).json();
        posting["id"] = id;
        posting
    };
    let broken = with_id(json!(5))
        .to_string()
        .replace("\"id\":5", "\"id\":36315105.0");
    let broken = broken.replacen('}', "", 1);
    world
        .land(vec![
            page(&[
                with_id(json!(36_315_100.0)),
                with_id(json!("36315101")),
                with_id(json!(36_315_102)),
                with_id(json!(3.5)),
                with_id(json!(1e300)),
                with_id(json!(true)),
            ]),
            Body::lines(format!("{broken}\n")),
        ])
        .await;
    let report = world.build().await;
    let ids = ["36315100", "36315101", "36315102"];
    assert_eq!(world.rows(&report.record, ARRIVED).await, ids);
    let reason = "`id` is neither text nor a whole number (number)";
    let found = world.rows(&report.record, QUARANTINE).await;
    assert_eq!(found[..2], [format!("4|{reason}"), format!("5|{reason}")]);
    assert!(
        found[2].starts_with("6|`id` is neither text nor a whole number"),
        "{found:?}"
    );
    assert_eq!(found.len(), 4, "{found:?}");

    // A take-down recognises the posting in every notation of its id, even in an unreadable record.
    for (second, id) in (1..).zip(["36315100", "36315105"]) {
        let warehouse = world.warehouse();
        let posting = warehouse.posting(&format!("saramin:{id}")).await;
        let posting = posting.expect("a posting");
        let taken = warehouse.take_down(Some(&posting), "asked", now() + second.seconds(), &|_| {});
        assert_eq!(taken.await.expect("taken down").holdings.records, 1, "{id}");
    }
    let report = world.build().await;
    assert_eq!(world.rows(&report.record, ARRIVED).await, ids[1..]);
    assert_eq!(world.rows(&report.record, QUARANTINE).await.len(), 3);
}
