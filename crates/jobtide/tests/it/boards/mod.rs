//! Sources of whole lists and of series, in a user's folder: a description, a staging specification
//! and a DAG each, to a table and a query. The answers are made up, in the shape of real ones.

mod formats;

use serde_json::{Value, json};

use crate::program::{Ended, Place};
use crate::replay::{Replay, Reply};

/// What every description has.
const COMMON: &str = "
[retry]
attempts = 2
base = '1ms'
cap = '1ms'
retry_after_cap = '1s'
failed_windows = 3

[quota]
daily_calls = 1000
time_zone = 'UTC'

[attribution]
name_ko = '게시판'
name_en = 'Board'
url = 'https://board.example'
";

const ENDPOINT: &str = "
[endpoint]
base_url = 'https://board.example'
accept = '*/*'
timeout = '5s'
max_body_bytes = 4_000_000
concurrency = 4
gap = '0s'
";

/// Places the files of a source in a user's folder, with the settings of its section.
fn place(replay: &Replay, name: &str, source: &str, staging: &str, settings: &str) -> Place {
    let place = Place::new(&format!(
        "[pipeline]\nfolder = \"own\"\n[sources.{name}]\nbase_url = \"{}\"\n{settings}\n",
        replay.url
    ));
    place.file(
        &format!("own/sources/{name}.toml"),
        format!("{source}{COMMON}"),
    );
    place.file(&format!("own/staging/{name}_rows.toml"), staging);
    place.file(
        &format!("own/dags/collect_{name}.toml"),
        format!(
            "what = 'Collects {name} and builds.'\n\n[[tasks]]\nname = 'collect'\nkind = 'collect'\nwith = {{ source = '{name}' }}\n\n[[tasks]]\nname = 'build'\nkind = 'build'\nafter = ['collect']\n"
        ),
    );
    place
}

fn run(place: &Place, name: &str) -> Ended {
    place.run(&["run", &format!("collect_{name}")])
}

/// A source of boards whose lists come whole, with validators.
fn greenhouse() -> String {
    format!(
        "source = 'greenhouse'
dataset = 'jobs'
what = 'Postings of company boards'
auth = 'none'
paginator = 'none'
{}
[answer]
records = 'jobs'
id = 'id'

[strategy.snapshot]
total = 'meta.total'
",
        ENDPOINT.replace("accept", "path = '/v1/boards/{board}/jobs'\naccept")
    )
}

const GREENHOUSE: &str = "\
what = 'Postings of company boards as received.'
source = 'greenhouse'
dataset = 'jobs'
records = ['jobs']
id = 'id'
entity = 'opening'
id_column = 'opening_id'
ignore = ['metadata', 'departments']

[[column]]
name = 'board'
type = 'text'
part = true

[[column]]
name = 'title'
type = 'text'
paths = ['title']

[[column]]
name = 'location'
type = 'text'
paths = ['location.name']

[[column]]
name = 'updated_at'
type = 'timestamp'
paths = ['updated_at']

[[column]]
name = 'content'
type = 'text'
paths = ['content']
text = 'html'
";

/// One row is one board: when its list was last read, and how many are open.
const OPENINGS: &str = "\
-- what: Openings by board; one row is one board.
-- grain: board
select
    board,
    count(distinct id) as openings
from staging.greenhouse_rows
group by board
";

fn opening(id: u32, title: &str) -> Value {
    json!({
        "id": id, "title": title, "location": {"name": "Seoul"}, "metadata": null, "departments": [],
        "updated_at": "2026-07-01T10:00:00-04:00", "content": "&lt;p&gt;R&amp;amp;D&lt;/p&gt;",
    })
}

fn board(openings: &[Value]) -> String {
    json!({"jobs": openings, "meta": {"total": openings.len()}}).to_string()
}

#[test]
fn boards_of_whole_lists_become_a_table() {
    let replay = Replay::start(|asked, tag| match (asked, tag) {
        ("/v1/boards/alpha/jobs", Some("\"a\"")) => Reply::status(304),
        ("/v1/boards/alpha/jobs", _) => Reply::ok(board(&[
            opening(1, " 데이터 엔지니어 "),
            opening(2, "Analyst"),
        ]))
        .header("etag", "\"a\""),
        ("/v1/boards/beta/jobs", _) => Reply::ok(board(&[opening(3, "SRE")])),
        ("/v1/boards/short/jobs", _) => Reply::ok(r#"{"jobs":[],"meta":{"total":4}}"#),
        _ => Reply::status(404),
    });
    let boards = "boards = [\"alpha\", \"beta\", \"gone\"]";
    let place = place(&replay, "greenhouse", &greenhouse(), GREENHOUSE, boards);
    place.file("own/visual_tables/board_openings.sql", OPENINGS);
    // A board that is gone is a note.
    run(&place, "greenhouse").expect(0).tells(&[
        "collected 3 records of `greenhouse` in 2 lists",
        "note: `gone`: the source does not know it",
        "build 1 is published",
    ]);
    let rows = "select board, opening_id, title, location, content, updated_at from staging.greenhouse_rows order by opening_id";
    assert_eq!(
        place.query(rows),
        [
            "alpha,1,데이터 엔지니어,Seoul,<p>R&amp;D</p>,2026-07-01T14:00:00Z",
            "alpha,2,Analyst,Seoul,<p>R&amp;D</p>,2026-07-01T14:00:00Z",
            "beta,3,SRE,Seoul,<p>R&amp;D</p>,2026-07-01T14:00:00Z",
        ]
    );
    let openings = "select board, openings from visual_tables.board_openings order by board";
    assert_eq!(place.query(openings), ["alpha,2", "beta,1"]);
    let windows = "select kind, bodies, records, quarantined, unread from staging.windows";
    assert_eq!(place.query(windows), ["snapshot,2,3,0,0"]);

    // What did not change adds nothing to the tables.
    run(&place, "greenhouse")
        .expect(0)
        .tells(&["2 lists are unchanged"]);
    assert_eq!(place.query(openings), ["alpha,2", "beta,1"]);
    // The same from the landing alone.
    place.run(&["build", "--full"]).expect(0);
    assert_eq!(place.query(openings), ["alpha,2", "beta,1"]);

    let short = format!(
        "JOBTIDE__SOURCES__GREENHOUSE__BOARDS={}",
        "[\"alpha\", \"short\"]"
    );
    let (name, value) = short.split_once('=').expect("a variable");
    let mut command = place.command(&["run", "collect_greenhouse"]);
    Ended::of(command.env(name, value)).expect(3).tells(&[
        "warning: `short`: the source reports a total of 4 records and sent 0",
        "1 lists were not read and stay due (`short`)",
    ]);
    for arguments in [&["status"][..], &["doctor"]] {
        let said = place.run(arguments);
        assert!(!said.stderr.contains("panicked"), "{said}");
    }
    let doctor = place.run(&["doctor"]);
    assert!(doctor.stdout.contains("greenhouse, saramin"), "{doctor}");
    place
        .run(&["run", "collect_greenhouse", "--from", "2026-01-01"])
        .expect(1)
        .tells(&["sends what there is now", "without `--from`"]);
}

#[test]
fn settings_of_another_strategy_are_refused() {
    let replay = Replay::start(|_, _| Reply::status(404));
    for (settings, words) in [
        (
            "overlap_hours = 2",
            "`sources.greenhouse.overlap_hours` is for sources of windows",
        ),
        (
            "keys = [\"x\"]",
            "`sources.greenhouse.keys` is for sources of series",
        ),
        (
            "board = [\"x\"]",
            "did you mean `sources.greenhouse.boards`?",
        ),
        ("", "no boards of `greenhouse` are set"),
        (
            "boards = [\"..\"]",
            "`..` cannot be requested of `greenhouse`",
        ),
    ] {
        let place = place(&replay, "greenhouse", &greenhouse(), GREENHOUSE, settings);
        run(&place, "greenhouse").expect(1).tells(&[words]);
    }
}

#[test]
fn a_taken_down_posting_of_a_board_is_in_nothing() {
    let replay =
        Replay::start(|_, _| Reply::ok(board(&[opening(11_111, "A"), opening(22_222, "B")])));
    let place = place(
        &replay,
        "greenhouse",
        &greenhouse(),
        GREENHOUSE,
        "boards = [\"alpha\"]",
    );
    run(&place, "greenhouse").expect(0);
    let key = place.query("select id from staging.greenhouse_rows where title = 'A'");
    let ids = "select opening_id from staging.greenhouse_rows";
    let purge = place.run(&["purge", &key[0], "--reason", "asked"]);
    purge.expect(0);
    assert_eq!(place.query(ids), ["22222"]);
    // The source still sends it.
    run(&place, "greenhouse").expect(0);
    assert_eq!(place.query(ids), ["22222"]);
}
