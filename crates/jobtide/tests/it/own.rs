//! A user's folder adds a source, its table, a DAG, a model, a check, a tile and a page, each by a file
//! alone.

use std::path::Path;

use serde_json::json;

use crate::program::{Ended, Place, Serving};
use crate::source::{DAYS, Source, description, still};
use crate::visit::record;
use crate::web::Web;

const BOARD: [(&str, &str); 3] = [
    ("source = \"saramin\"", "source = \"board\""),
    ("dataset = \"recruit\"", "dataset = \"ads\""),
    ("SARAMIN_ACCESS_KEY", "BOARD_KEY"),
];

const ADS: &str = "\
what = 'Advertisements of the board as received.'
source = 'board'
dataset = 'ads'
records = ['jobs.job']
id = 'id'
entity = 'ad'
id_column = 'ad_id'

[[column]]
name = 'title'
type = 'text'
paths = ['position.title']
json = 'string'
what = 'Title'
";

const COLLECT: &str = "\
what = 'Collects the board and builds.'

[[tasks]]
name = 'collect'
kind = 'collect'
with = { source = 'board' }

[[tasks]]
name = 'build'
kind = 'build'
after = ['collect']
";

const TITLES: &str = "\
-- what: Titles of the board; one row is one title.
-- grain: title
select
    title,
    count(distinct id) as ads
from staging.ads
group by title
";

const CHECK: &str = "\
-- what: Titles of the board are missing.
-- level: error
select id from staging.ads where title is null
";

/// A user's folder with all of these, collecting from `source`.
fn place(source: &Source) -> Place {
    let place = Place::new(&format!(
        "[pipeline]\nfolder = \"own\"\n[sources.board]\nbase_url = \"{}\"\nstart = \"{}\"\n",
        source.url, DAYS[0]
    ));
    place.file("own/sources/board.toml", description(&BOARD));
    place.file("own/staging/ads.toml", ADS);
    place.file("own/dags/collect_board.toml", COLLECT);
    place.file("own/visual_tables/board_titles.sql", TITLES);
    place.file("own/checks/board_titles.sql", CHECK);
    place
}

fn with_key(place: &Place, arguments: &[&str]) -> Ended {
    let mut command = place.command(arguments);
    Ended::of(command.env("BOARD_KEY", "the-key-of-the-board"))
}

#[test]
fn a_source_a_table_a_dag_a_model_and_a_check_are_there_by_their_files() {
    let source = Source::start(still(120));
    let place = place(&source);
    with_key(&place, &["run", "collect_board"])
        .expect(0)
        .tells(&["collected 120 postings", "build 1 is published"]);
    let counted = "select (select count(distinct id) from staging.ads) || ' ' || (select sum(ads) from visual_tables.board_titles)";
    assert_eq!(place.query(counted), ["120 120"]);
    // A window that was collected is not collected again.
    let calls = source.simulator.counters().calls;
    with_key(&place, &["run", "collect_board"]).expect(0);
    assert!(source.simulator.counters().calls < calls + 8);

    let doctor = with_key(&place, &["doctor"]);
    let said = &doctor.stdout;
    assert!(said.contains("board, saramin"), "{doctor}");
    assert!(said.contains("`BOARD_KEY` is set"), "{doctor}");
}

#[test]
fn saved_files_of_such_a_source_are_landed() {
    let source = Source::start(still(20));
    let place = place(&source);
    let saved = r#"{"jobs":{"job":[{"id":"7","position":{"title":"x"}}],"total":"1"}}"#;
    place.file("saved.json", saved);
    place.run(&["land", "board", "saved.json"]).expect(0);
    place.run(&["build"]).expect(0);
    let titles = "select title from visual_tables.board_titles";
    assert_eq!(place.query(titles), ["x"]);
}

#[test]
fn what_is_wrong_with_a_source_is_named_and_stops_no_other() {
    let source = Source::start(still(20));
    let place = place(&source);
    place
        .run(&["run", "collect_board"])
        .expect(1)
        .tells(&["`BOARD_KEY` holds no access key", "hint: "]);
    place
        .run(&["land", "bord", "x.json"])
        .expect(1)
        .tells(&["there is no source `bord`", "the nearest is `board`"]);
    let broken = description(&BOARD).replace("size = 110", "sise = 110");
    place.file("own/sources/board.toml", broken);
    place.run(&["run", "collect_board"]).expect(1).tells(&[
        "`dags/collect_board.toml`, line 3",
        "sources/board.toml",
        "sise",
    ]);
    place.run(&["build"]).expect(0);
    let doctor = place.run(&["doctor"]);
    assert!(doctor.stdout.contains("sise"), "{doctor}");

    let place = Place::new("[sources.bord]\nconcurrency = 1\n");
    place
        .run(&["status"])
        .expect(1)
        .tells(&["`sources.bord`", "there is `saramin`"]);
}

const TILE: &str = "\
label_ko = '고용 형태와 학력'
label_en = 'Employment types and education'
measure = 'postings'
by = ['employment_type', 'education']
look = 'stacked'
";

/// Titles by the day: a series of a table of the folder.
const DAYS_OF_TITLES: &str = "\
-- what: Postings by title and day; one row is one title on one day.
-- grain: date, title
select posting_date as date, title, count(*) as postings
from raw_data.recruits
where posting_date is not null and title is not null
group by posting_date, title
";

const SERIES: &str = "\
label_ko = '제목별 공고'
label_en = 'Postings by title'
kind = 'series'
look = 'lines'

[series]
table = 'visual_tables.days_of_titles'
time = 'date'
grain = 'day'
key = 'title'
key_ko = '제목'
key_en = 'Title'
value = 'postings'
value_ko = '공고 수'
value_en = 'Postings'
";

const PAGE: &str = "\
label_ko = '우리 화면'
label_en = 'Our page'
rows = [[{ tile = 'own_types', width = 8 }, { tile = 'seoul_share', width = 4 }], [{ tile = 'own_series' }], [{ block = 'sources' }]]
";

#[test]
fn a_tile_and_a_page_of_the_folder_are_served() {
    let place = Place::new("[pipeline]\nfolder = \"own\"\n");
    place.file("own/tiles/own_types.toml", TILE);
    place.file("own/tiles/own_series.toml", SERIES);
    place.file("own/visual_tables/days_of_titles.sql", DAYS_OF_TITLES);
    place.file("own/pages/ours.toml", PAGE);
    // A source of another entity, alphabetically before the other one.
    let board = description(&BOARD).replace("name_en = \"Saramin\"", "name_en = \"Board\"");
    place.file("own/sources/board.toml", board);
    place.file("own/staging/ads.toml", ADS);
    place.file(
        "lines.jsonl",
        record(41_000_000, "데이터 엔지니어").to_string(),
    );
    place.run(&["land", "saramin", "lines.jsonl"]).expect(0);
    place.run(&["build"]).expect(0);
    let serving = Serving::start(&place);
    let (web, url) = (Web::new(), &serving.url);
    let build = web.get(&format!("{url}/api/v1/build"), &[]).json();
    assert_eq!(build["attribution"]["name_en"], "Saramin", "{build}");
    assert_eq!(build["attributions"].as_array().map(Vec::len), Some(1));
    let definitions = web.get(&format!("{url}/api/v1/definitions"), &[]).json();
    let pages = definitions["pages"].as_array().expect("pages");
    let names: Vec<&str> = pages
        .iter()
        .filter_map(|page| page["name"].as_str())
        .collect();
    assert_eq!(
        names,
        [
            "overview",
            "time",
            "skills",
            "industries",
            "regions",
            "certificates",
            "interest",
            "ours"
        ]
    );
    let tiles = web.get(&format!("{url}/api/v1/tiles?tiles=own_types"), &[]);
    let tile = &tiles.json()["selections"][0]["tiles"]["own_types"];
    assert_eq!((&tile["kind"], &tile["n"]), (&"cross".into(), &1.into()));
    let series = definitions["series"].as_array().expect("series");
    let own = series.iter().find(|series| series["name"] == "own_series");
    let table = &own.expect("the series of the tile")["table"];
    assert_eq!(table, "visual_tables.days_of_titles");
    let rows = web.get(
        &format!("{url}/api/v1/tables/visual_tables.days_of_titles"),
        &[],
    );
    assert_eq!(rows.json()["rows"][0]["title"], "데이터 엔지니어");
    let page = web.get(&format!("{url}/ours?lang=en"), &[]);
    assert_eq!(page.status, 200);
    let text = page.text();
    assert!(text.contains("<title>Our page — jobtide</title>"), "{text}");
    let (_, layout) = text.split_once("id=\"layout\">").expect("the layout");
    let (layout, _) = layout.split_once("</script>").expect("its end");
    let layout: serde_json::Value = serde_json::from_str(layout).expect("JSON");
    for part in ["tiles", "pages"] {
        assert_eq!(layout[part], definitions[part]);
    }
    drop(serving);

    place.file("own/pages/ours.toml", PAGE.replace("own_types", "own_type"));
    place
        .run(&["serve", "--listen", "127.0.0.1:0"])
        .expect(1)
        .tells(&[
            "`pages/ours.toml`, `rows[0][0].tile`: there is no tile `own_type`",
            "hint: the nearest is `own_types`",
        ]);
}

/// Its postings are read by the table of postings, so both sources are to be named; each only while the
/// build has records of it.
#[test]
fn every_source_of_the_postings_of_a_build_is_named() {
    let place = Place::new("[pipeline]\nfolder = \"own\"\n");
    let board = description(&BOARD).replace("name_en = \"Saramin\"", "name_en = \"Board\"");
    place.file("own/sources/board.toml", board);
    let ads = ADS.replace("'ad'", "'posting'");
    place.file(
        "own/staging/ads.toml",
        ads.replace("'ad_id'", "'posting_id'"),
    );
    let model =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipeline/external/recruit_table.sql");
    let model = std::fs::read_to_string(model).expect("the model");
    let reads_both = model.replacen(
        "with staged as (",
        "with ads as (select id from staging.ads),\n\nstaged as (",
        1,
    );
    assert_ne!(model, reads_both);
    place.file("own/external/recruit_table.sql", reads_both);
    let named = || {
        let serving = Serving::start(&place);
        let build = Web::new().get(&format!("{}/api/v1/build", serving.url), &[]);
        let build = build.json();
        let attributions = build["attributions"].as_array().expect("a list");
        let names = attributions.iter().map(|one| one["name_en"].to_string());
        names.collect::<Vec<_>>().join(" ")
    };
    let posting = |id| record(id, "데이터 엔지니어");
    place.file("a.jsonl", posting(41_000_000).to_string());
    place.run(&["land", "saramin", "a.jsonl"]).expect(0);
    place.run(&["build"]).expect(0);
    assert_eq!(named(), "\"Saramin\"");
    let page = json!({"jobs": {"job": [posting(41_000_001)], "total": "1"}});
    place.file("b.json", page.to_string());
    place.run(&["land", "board", "b.json"]).expect(0);
    place.run(&["build"]).expect(0);
    assert_eq!(named(), "\"Board\" \"Saramin\"");
    // A description that cannot be read takes no source its name.
    place.file("own/sources/board.toml", "source = 'board'\n");
    assert_eq!(named(), "\"board\" \"Saramin\"");
}
