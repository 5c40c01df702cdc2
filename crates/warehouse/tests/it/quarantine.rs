//! What cannot be read is told, row by row; everything beside it arrives.

use serde_json::{Value, json};

use crate::posting::{Posting, page, postings};
use crate::world::{Body, World};

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
        "4|no `id`",
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
async fn new_missing_and_retyped_fields_are_counted_and_told_once() {
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
    // Half-typed values are read all the same.
    let read = "select count(*), count(posting_at), count(active), count(url) from staging.recruit";
    assert_eq!(world.rows(&first.record, read).await, ["25|25|25|0"]);

    // The same change again is counted, and not told again; another one is.
    let mut records: Vec<Value> = (26..=50).map(|id| changed(id, false)).collect();
    records[0]["remote"] = "yes".into();
    world.land(vec![page(&records)]).await;
    let second = world.build().await;
    assert_eq!(second.schema_changes, ["new saramin remote string"]);
    let told = "select count(*) from staging.fields where field = 'remote'";
    assert_eq!(world.rows(&second.record, told).await, ["3"]);

    let unchanged = world.build().await;
    assert!(unchanged.schema_changes.is_empty() && !unchanged.published);
}

/// A few records do not carry every key: that is no change of the schema.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_missing_from_a_handful_of_records_is_not_told() {
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
