//! Pages behind a cursor, XML, CSV, and series.

use serde_json::json;

use super::{ENDPOINT, place, run};
use crate::replay::{Replay, Reply};

fn cursor() -> String {
    format!(
        "source = 'pages'
dataset = 'offers'
what = 'Offers'
auth = 'none'

[paginator.cursor]
cursor_parameter = 'after'
next = 'page.next'
{}
[answer]
records = '.'
id = 'id'

[strategy.snapshot]
",
        ENDPOINT.replace("accept", "path = '/offers'\naccept")
    )
    .replace("records = '.'", "records = 'offers'")
}

const OFFERS: &str = "\
what = 'Offers as received.'
source = 'pages'
dataset = 'offers'
records = ['offers']
id = 'id'
entity = 'offer'
id_column = 'offer_id'

[[column]]
name = 'title'
type = 'text'
paths = ['title']
";

#[test]
fn pages_behind_a_cursor_become_a_table() {
    let replay = Replay::start(|asked, _| {
        Reply::ok(match asked {
            "/offers" => r#"{"offers":[{"id":"a","title":"A"}],"page":{"next":"t2"}}"#,
            "/offers?after=t2" => r#"{"offers":[{"id":"b","title":"B"}],"page":{"next":null}}"#,
            _ => r#"{"error":"no such page"}"#,
        })
    });
    let place = place(&replay, "pages", &cursor(), OFFERS, "");
    run(&place, "pages").expect(0);
    assert_eq!(replay.asked(), ["/offers", "/offers?after=t2"]);
    let rows = "select offer_id, title from staging.pages_rows order by 1";
    assert_eq!(place.query(rows), ["a,A", "b,B"]);
}

fn wanted() -> String {
    format!(
        "source = 'wanted'
dataset = 'list'
what = 'Postings in XML'
auth = 'none'

[paginator.page]
page_parameter = 'startPage'
first_page = 1
{}
[answer]
format = 'xml'
records = 'wantedRoot.wanted'
id = 'wantedAuthNo'

[strategy.snapshot]
total = 'wantedRoot.total'
",
        ENDPOINT.replace("accept", "path = '/list'\naccept")
    )
}

const WANTED: &str = "\
what = 'Postings in XML as received.'
source = 'wanted'
dataset = 'list'
records = ['wantedRoot.wanted']
id = 'wantedAuthNo'
entity = 'wanted'
id_column = 'wanted_id'

[[column]]
name = 'title'
type = 'text'
paths = ['title']

[[column]]
name = 'closes_on'
type = 'date'
paths = ['closeDt']

[[column]]
name = 'grade'
type = 'bigint'
paths = ['@grade']
";

#[test]
fn xml_becomes_a_table_and_a_damaged_record_is_in_quarantine() {
    let replay = Replay::start(|_, _| {
        Reply::ok(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><wantedRoot><total>3</total>\
             <wanted grade=\"2\"><wantedAuthNo>K12345</wantedAuthNo><title>개발 &amp; 운영</title><closeDt>2026-09-12</closeDt></wanted>\
             <wanted><wantedAuthNo>K2</wantedAuthNo><title>a & b</title></wanted>\
             <wanted><wantedAuthNo>K3</wantedAuthNo><title><![CDATA[<상시>]]></title><closeDt/></wanted></wantedRoot>",
        )
    });
    let place = place(&replay, "wanted", &wanted(), WANTED, "");
    run(&place, "wanted").expect(0);
    let rows =
        "select wanted_id, title, closes_on, grade from staging.wanted_rows order by wanted_id";
    assert_eq!(
        place.query(rows),
        ["K12345,개발 & 운영,2026-09-12,2", "K3,<상시>,,"]
    );
    let quarantine = "select landing_row, reason like 'not well-formed XML%', payload like '<wanted>%K2%' from staging.quarantine";
    assert_eq!(place.query(quarantine), ["3,true,true"]);

    // Its body is cut as well; what remains is read as before.
    let key = place.query("select id from staging.wanted_rows where wanted_id = 'K12345'");
    place
        .run(&["purge", &key[0], "--reason", "asked"])
        .expect(0);
    let landed = place
        .listing()
        .into_iter()
        .map(|(path, _)| path.display().to_string());
    let bodies: Vec<String> = landed
        .filter(|path| path.contains("/wanted/") && path.ends_with(".zst"))
        .collect();
    assert!(
        bodies.len() == 1 && bodies[0].ends_with("00001-r1.json.zst"),
        "{bodies:?}"
    );
    place.run(&["build", "--full"]).expect(0);
    assert_eq!(place.query(rows), ["K3,<상시>,,"]);
    assert_eq!(
        place.query("select count(*) from staging.quarantine"),
        ["1"]
    );
}

#[test]
fn pages_of_damaged_records_only_block_nothing() {
    let source = wanted().replace("total = 'wantedRoot.total'\n", "");
    let replay = Replay::start(|asked, _| {
        Reply::ok(match asked {
            "/list?startPage=1" => {
                "<wantedRoot><total>5</total><wanted><wantedAuthNo>K1</wantedAuthNo></wanted></wantedRoot>"
            }
            "/list?startPage=2" => {
                "<wantedRoot><total>5</total><wanted>a & b</wanted><wanted>&x;</wanted></wantedRoot>"
            }
            "/list?startPage=3" => "<wantedRoot><wanted>&y;</wanted></wantedRoot>",
            _ => "<wantedRoot><total>5</total></wantedRoot>",
        })
    });
    let place = place(&replay, "wanted", &source, WANTED, "");
    run(&place, "wanted").expect(0);
    assert_eq!(replay.asked().len(), 4);
    let rows = "select wanted_id from staging.wanted_rows";
    assert_eq!(place.query(rows), ["K1"]);
    let quarantine = "select landing_row, payload from staging.quarantine order by payload";
    assert_eq!(
        place.query(quarantine),
        [
            "2,<wanted>&x;</wanted>",
            "1,<wanted>&y;</wanted>",
            "1,<wanted>a & b</wanted>"
        ]
    );
}

#[test]
fn a_list_that_states_that_it_is_empty_is_not_quarantined() {
    let source = wanted().replace("'wantedRoot.total'", "'wantedRoot.meta.count'");
    let replay =
        Replay::start(|_, _| Reply::ok("<wantedRoot><meta><count>0</count></meta></wantedRoot>"));
    let place = place(&replay, "wanted", &source, WANTED, "");
    run(&place, "wanted").expect(0);
    let quarantine = "select count(*) from staging.quarantine";
    assert_eq!(place.query(quarantine), ["0"]);
}

#[test]
fn csv_in_a_declared_charset_becomes_a_table() {
    let source = format!(
        "source = 'sheet'\ndataset = 'lines'\nwhat = 'Lines'\nauth = 'none'\npaginator = 'none'\n{}\n[answer]\nformat = 'csv'\ncharset = 'cp949'\ndelimiter = ';'\nrecords = '.'\nid = 'no'\n\n[strategy.snapshot]\n",
        ENDPOINT.replace("accept", "path = '/sheet'\naccept")
    );
    let staging = "\
what = 'Lines as received.'
source = 'sheet'
dataset = 'lines'
records = ['.']
id = 'no'
entity = 'line'
id_column = 'line_id'
charset = 'cp949'
delimiter = ';'

[[column]]
name = 'title'
type = 'text'
paths = ['position.title']
";
    // 가 and 나, a line that is too short, and bytes that the charset does not have.
    let replay = Replay::start(|_, _| {
        Reply::ok(
            b"no;position.title\n1;\xb0\xa1\n2\n3;\xff\xff\n4;\"\xb3\xaa; \xb0\xa1\"\n".as_slice(),
        )
    });
    let place = place(&replay, "sheet", &source, staging, "");
    run(&place, "sheet").expect(0);
    let rows = "select line_id, title from staging.sheet_rows order by 1";
    assert_eq!(place.query(rows), ["1,가", "4,나; 가"]);
    let quarantine = "select reason from staging.quarantine order by landing_row";
    assert_eq!(
        place.query(quarantine),
        [
            "\"line 3: 1 fields, and the header has 2\"",
            "line 4: not valid EUC-KR"
        ]
    );
}

fn trend() -> String {
    format!(
        "source = 'trend'
dataset = 'interest'
what = 'Search interest by week'
auth = 'none'
paginator = 'none'
{}
[answer]
records = 'points'
id = 'week'

[strategy.series]
send = {{ q = '{{key}}', start = '{{from}}', end = '{{to}}' }}
time_zone = 'Asia/Seoul'
format = '%Y%m%d'
max_days = 40
",
        ENDPOINT.replace("accept", "path = '/trend'\naccept")
    )
}

const TREND: &str = "\
what = 'Search interest as received; one row is a week of one pull.'
source = 'trend'
dataset = 'interest'
records = ['points']
id = 'week'
id_by_part = true
entity = 'point'
id_column = 'point_id'

[[column]]
name = 'keyword'
type = 'text'
part = true

[[column]]
name = 'week'
type = 'date'
paths = ['week']

[[column]]
name = 'value'
type = 'bigint'
paths = ['value']
";

#[test]
fn a_series_becomes_a_table_and_each_pull_is_kept() {
    let replay = Replay::start(|asked, _| {
        let start = asked.split_once("start=").expect("a start").1;
        let (year, month, day) = (&start[..4], &start[4..6], &start[6..8]);
        Reply::ok(
            json!({"points": [{"week": format!("{year}-{month}-{day}"), "value": 7}]}).to_string(),
        )
    });
    let place = place(
        &replay,
        "trend",
        &trend(),
        TREND,
        "keys = [\"파이썬\", \"sql\"]",
    );
    let pull = [
        "run",
        "collect_trend",
        "--from",
        "2026-01-01",
        "--to",
        "2026-03-01",
    ];
    place.run(&pull).expect(0);
    let mut asked = replay.asked();
    asked.sort();
    assert_eq!(
        asked,
        [
            "/trend?end=20260209&q=%ED%8C%8C%EC%9D%B4%EC%8D%AC&start=20260101",
            "/trend?end=20260209&q=sql&start=20260101",
            "/trend?end=20260228&q=%ED%8C%8C%EC%9D%B4%EC%8D%AC&start=20260210",
            "/trend?end=20260228&q=sql&start=20260210",
        ]
    );
    let rows = "select keyword, point_id, week, value from staging.trend_rows order by 1, 3";
    let expected = [
        "sql,sql/2026-01-01,2026-01-01,7",
        "sql,sql/2026-02-10,2026-02-10,7",
        "파이썬,파이썬/2026-01-01,2026-01-01,7",
        "파이썬,파이썬/2026-02-10,2026-02-10,7",
    ];
    assert_eq!(place.query(rows), expected);
    place.run(&pull).expect(0);
    let pulls = "select count(*), count(distinct id), count(distinct collected_at) > 1 from staging.trend_rows";
    assert_eq!(place.query(pulls), ["8,4,true"]);
    // Without a start.
    run(&place, "trend")
        .expect(1)
        .tells(&["no start of `trend` is set", "`--from`"]);
}
