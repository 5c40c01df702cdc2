//! The dashboard's endpoints: figures against SQL on `raw_data`, unknown values, hostile text, and
//! a build that is published meanwhile.

use serde_json::{Value, json};

use crate::program::Place;
use crate::source::{Source, recent, still};
use crate::visit::{Visit, collected, collected_from, record};

/// Titles that have broken pages: markup, right-to-left marks, nothing visible, emoji, combining signs.
const HOSTILE: [&str; 6] = [
    "<script>alert(1)</script> 데이터 엔지니어",
    "\u{202e}abc 데이터엔지니어\u{202c}",
    "데이터\u{200b} 엔지\u{200d}니어",
    "👩‍💻🔥 Data Engineer 🔥",
    "e\u{301}ngineer ﬁnance Ｄａｔａ　Ｅｎｇｉｎｅｅｒ",
    "'; drop table recruits; -- \" \\ data-engineer",
];

/// Every row of a tile with one dimension, as SQL has it.
#[track_caller]
fn same_groups(place: &Place, visit: &Visit, query: &str, tile: &str, sql: &str) {
    let answer = visit.json(&format!("/api/v1/tiles?tiles={tile}&{query}"));
    let rows = answer["selections"][0]["tiles"][tile]["rows"].as_array();
    let mut found: Vec<String> = rows
        .expect("rows")
        .iter()
        .map(|row| {
            format!(
                "{},{}",
                row["value"].as_str().expect("a value"),
                row["count"]
            )
        })
        .collect();
    let mut expected = place.query(sql);
    found.sort();
    expected.sort();
    assert!(!expected.is_empty(), "{tile}: nothing is compared");
    assert_eq!(found, expected, "{tile} for `{query}`");
}

#[test]
fn figures_are_those_of_sql_on_the_tables() {
    let place = collected(2_000);
    let visit = Visit::to(&place);
    let seoul = "province=%EC%84%9C%EC%9A%B8";
    let in_seoul = "id in (select id from raw_data.locations where wide_location = '서울전체')";
    for (query, condition) in [
        ("", "true"),
        (seoul, in_seoul),
        (
            "role=datajob&experience=%EA%B2%BD%EB%A0%A5",
            "id in (select id from analytic.datajob_ids) and id in (select id from raw_data.experiences where exp_code = 2)",
        ),
    ] {
        let chosen = format!("with chosen as (select id from raw_data.recruits where {condition})");
        for (tile, table, value, only) in [
            ("keywords", "job_code_keywords", "job_name", "true"),
            ("experiences", "experiences", "exp_name", "true"),
            (
                "provinces",
                "locations",
                "replace(wide_location, '전체', '')",
                "cast(code as int) < 200000",
            ),
        ] {
            let limit = if tile == "keywords" { 50 } else { 1000 };
            let sql = format!(
                "{chosen} select {value} as value, count(distinct chosen.id) as postings
                from chosen inner join raw_data.{table} as part on part.id = chosen.id
                where {only} group by 1 order by postings desc, value limit {limit}"
            );
            same_groups(&place, &visit, query, tile, &sql);
        }
        let answer = visit.json(&format!(
            "/api/v1/tiles?tiles=postings,mean_minimum_years&{query}"
        ));
        let selection = &answer["selections"][0];
        let count = place.query(&format!("{chosen} select count(*) from chosen"));
        assert_eq!(selection["postings"].to_string(), count[0]);
        let mean = place.query(&format!(
            "{chosen} select round(avg(cast(exp_min as double)), 6) from raw_data.experiences where id in (select id from chosen)"
        ));
        let value = selection["tiles"]["mean_minimum_years"]["value"].as_f64();
        let expected: f64 = mean[0].parse().expect("a mean");
        assert!((value.expect("a mean") - expected).abs() < 1e-5, "{query}");
    }
    // The SQL that explains a tile computes its figures.
    for tile in [
        "keywords",
        "role_experience",
        "data_job_share",
        "flow",
        "provinces",
    ] {
        let answer = visit.json(&format!(
            "/api/v1/tiles/{tile}/explain?{seoul}&q=%EA%B0%9C%EB%B0%9C"
        ));
        let sql = answer["sql"].as_str().expect("SQL");
        place.run(&["query", "--", sql]).expect(0);
    }
}

/// The postings behind a figure of the overview can be listed: the list has exactly that many.
#[test]
fn the_postings_behind_a_figure_can_be_chosen() {
    let place = collected_from(Source::start(recent(1_000)));
    let visit = Visit::to(&place);
    let definitions = visit.json("/api/v1/definitions");
    let measures = definitions["measures"].as_array().expect("measures");
    let data_engineers = "role=de";
    for (tile, figure, asked) in [
        ("active_postings", "value", ""),
        ("active_postings", "value", data_engineers),
        ("assumed_active_postings", "value", ""),
        ("entry_share", "count", ""),
        ("entry_share", "count", data_engineers),
        ("data_jobs", "value", ""),
    ] {
        let answer = visit.json(&format!("/api/v1/tiles?tiles={tile}&{asked}"));
        let tiles = &answer["selections"][0]["tiles"];
        let expected = tiles[tile][figure].as_f64().expect("a figure") as u64;
        assert!(expected > 0, "{tile}: nothing is compared");
        let measure = measures.iter().find(|measure| measure["name"] == tile);
        let counts = measure.expect(tile)["counts"].as_object().expect("filters");
        let mut filters = url::form_urlencoded::Serializer::new(asked.to_owned());
        let mut facet = Value::Null;
        for (dimension, values) in counts {
            for value in values.as_array().expect("values") {
                let value = value.as_str().expect("a value");
                filters.append_pair(dimension, value);
                let path = format!("/api/v1/facets?dimension={dimension}&{asked}");
                let values = visit.json(&path)["facets"][dimension].clone();
                let values = values.as_array().expect("values").clone();
                let found = values.into_iter().find(|each| each["value"] == value);
                facet = found.expect("the value")["count"].clone();
            }
        }
        let filters = filters.finish();
        assert_eq!(facet, expected, "{filters}: facet");
        let answer = visit.json(&format!("/api/v1/tiles?tiles=postings&{filters}"));
        assert_eq!(answer["selections"][0]["postings"], expected, "{filters}");
        assert_eq!(answer["selections"][0]["unknown"], json!([]), "{filters}");
        let list = visit.json(&format!("/api/v1/postings?limit=1&{filters}"));
        assert_eq!(list["total"], expected, "{filters}: list");
        let csv = visit.get(&format!("/api/v1/postings.csv?{filters}")).text();
        assert_eq!(csv.lines().count() as u64, expected + 1, "{filters}: file");
        // And the same by SQL, from the figure's side and from the list's.
        for (tile, asked) in [(tile, asked), ("postings", &filters)] {
            let path = format!("/api/v1/tiles/{tile}/explain?{asked}");
            let sql = visit.json(&path)["sql"].as_str().expect("SQL").to_owned();
            let column = match figure {
                "count" if tile != "postings" => "count",
                _ => "postings",
            };
            let rows = place.query(&format!("select \"{column}\" from ({sql}) as answer"));
            assert_eq!(rows, [expected.to_string()], "{path}");
        }
    }
    // Each posting is in exactly one state.
    let states = visit.json("/api/v1/facets?dimension=status")["facets"]["status"].clone();
    let states: Vec<(&str, u64)> = states
        .as_array()
        .expect("states")
        .iter()
        .map(|state| {
            let value = state["value"].as_str().expect("a value");
            (value, state["count"].as_u64().expect("a count"))
        })
        .collect();
    let names: Vec<&str> = states.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["open", "assumed", "closed"]);
    let sum: u64 = states.iter().map(|(_, count)| count).sum();
    let rows = place.query(
        "select count(*) from raw_data.recruits
         where posting_date <= (select max(date) from visual_tables.posting_flow)",
    );
    assert_eq!(rows, [sum.to_string()], "{states:?}");
}

#[test]
fn what_is_not_known_is_reported_with_the_nearest_name() {
    let place = collected(100);
    let visit = Visit::to(&place);
    let long = "a".repeat(10_000);
    for (path, code) in [
        ("/api/v1/tiles?tiles=postings&rol=de", "unknown_parameter"),
        ("/api/v1/tiles?tiles=posting", "unknown_tile"),
        ("/api/v1/tiles?tiles=postings&from=yesterday", "bad_value"),
        ("/api/v1/tiles?tiles=postings&grain=year", "bad_value"),
        (
            "/api/v1/tiles?tiles=postings&from=2026-11-01&to=2026-10-01",
            "bad_value",
        ),
        (
            "/api/v1/tiles?tiles=postings&from=2026-11-01&vs.to=2026-10-01",
            "bad_value",
        ),
        ("/api/v1/facets?from=2026-11-01&to=2026-10-01", "bad_value"),
        (
            "/api/v1/postings?from=2026-11-01&to=2026-10-01",
            "bad_value",
        ),
        (
            "/api/v1/postings.csv?from=2026-11-01&to=2026-10-01",
            "bad_value",
        ),
        (
            "/api/v1/tiles/postings/explain?from=2026-11-01&to=2026-10-01",
            "bad_value",
        ),
        ("/api/v1/tiles?tiles=postings&build=latest", "bad_value"),
        ("/api/v1/facets?dimension=rolle", "bad_value"),
        ("/api/v1/postings?sort=salary", "bad_value"),
        ("/api/v1/postings?limit=-1", "bad_value"),
        (&*format!("/api/v1/postings?q={long}"), "bad_value"),
        ("/api/v1/postings.csv?sort=salary", "bad_value"),
        ("/api/v1/tiles/nothing/explain", "unknown_tile"),
    ] {
        let answer = visit.get(path);
        assert_eq!(answer.error(400), code, "{}", &path[..path.len().min(80)]);
    }
    let answer = visit.get("/api/v1/tiles?tiles=postings&rol=de");
    assert!(answer.json()["error"]["hint"].to_string().contains("role"));
    for path in [
        "/api/v1/tiles?tiles=postings&build=99",
        "/api/v1/tiles?tiles=postings&role=de&vs.role=da&build=99",
        "/api/v1/tiles/postings/explain?build=99",
        "/api/v1/facets?dimension=skill&build=99",
        "/api/v1/postings?build=99",
        "/api/v1/postings/1?build=99",
        "/api/v1/postings.csv?build=99",
        "/api/v1/postings.parquet?build=99",
        "/api/v1/tables/visual_tables.all_count?build=99",
    ] {
        let answer = visit.get(path);
        assert_eq!(answer.error(404), "unknown_build", "{path}");
        // A visitor who follows a link gets a hint that applies to them.
        assert!(answer.text().contains("without `build`"), "{path}");
        assert!(!answer.text().contains("jobtide builds"), "{path}");
    }
    let gone = json!({"sql": "select 1", "build": 99}).to_string();
    assert_eq!(visit.query("", &gone).error(404), "unknown_build");
    for path in ["tables/%ff", "tiles/%ff/explain", "postings/%ff"] {
        let answer = visit.get(&format!("/api/v1/{path}"));
        assert!(answer.text().contains("`\u{fffd}`"), "{}", answer.text());
    }
    assert_eq!(
        visit.get("/api/v1/postings/abc").error(404),
        "unknown_posting"
    );
    assert_eq!(
        visit.get("/api/v1/postings/1").error(404),
        "unknown_posting"
    );
    // An unknown value gives an empty result and the reason.
    for (text, some) in [("!!!", false), (" ", true)] {
        let text: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let answer = visit.json(&format!("/api/v1/facets?dimension=skill&contains={text}"));
        let found = answer["facets"]["skill"].as_array().expect("values");
        assert_eq!(!found.is_empty(), some, "`{text}`");
    }
    let answer = visit.json("/api/v1/tiles?tiles=postings,keywords&skill=Fortran77&role=wizard");
    let selection = &answer["selections"][0];
    assert_eq!(selection["postings"], 0);
    assert_eq!(
        selection["unknown"].as_array().map(Vec::len),
        Some(2),
        "{selection}"
    );
    assert_eq!(selection["tiles"]["keywords"]["rows"], json!([]));
}

#[test]
fn hostile_titles_are_only_text() {
    let place = Place::new("");
    let records: Vec<Value> = HOSTILE
        .iter()
        .zip(1..)
        .map(|(title, id)| record(id, title))
        .collect();
    let count = records.len().to_string();
    let body =
        json!({"jobs": {"count": records.len(), "start": 0, "total": count, "job": records}});
    place.file("answer.json", body.to_string());
    place.run(&["land", "saramin", "answer.json"]).expect(0);
    place.run(&["build"]).expect(0);
    let visit = Visit::to(&place);
    let titles = |path: &str| -> Vec<String> {
        let answer = visit.json(path);
        let rows = answer["rows"].as_array().expect("rows");
        rows.iter()
            .map(|row| row["title"].as_str().expect("a title").to_owned())
            .collect()
    };
    // Korean and English, with and without spaces, full width, with invisible characters: all
    // equal.
    for words in [
        "데이터 엔지니어",
        "데이터엔지니어",
        "data engineer",
        "DataEngineer",
        "Ｄａｔａ Ｅｎｇｉｎｅｅｒ",
    ] {
        let encoded: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
        let found = titles(&format!("/api/v1/postings?q={encoded}"));
        assert_eq!(found.len(), HOSTILE.len(), "`{words}` found {found:?}");
    }
    let encoded: String = url::form_urlencoded::byte_serialize("<script>".as_bytes()).collect();
    assert_eq!(
        titles(&format!("/api/v1/postings?q={encoded}")),
        [HOSTILE[0]]
    );
    let csv = visit.get("/api/v1/postings.csv?sort=title&order=asc&raw=true");
    assert_eq!(csv.status, 200);
    let mut reader = csv::Reader::from_reader(csv.body.as_slice());
    let at = reader
        .headers()
        .expect("a header")
        .iter()
        .position(|name| name == "title");
    let mut found: Vec<String> = reader
        .records()
        .map(|row| row.expect("a row")[at.expect("a title")].to_owned())
        .collect();
    let mut expected = HOSTILE.map(str::to_owned).to_vec();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);

    let answer = visit.json("/api/v1/postings?limit=1&sort=title");
    let row = &answer["rows"][0];
    assert_eq!(row["company"], "<b>회사</b>");
    assert_eq!(row["provinces"], json!(["경기", "서울"]));
    let id = row["id"].as_str().expect("an id is text");
    let detail = visit.json(&format!("/api/v1/postings/{id}"));
    assert_eq!(detail["row"]["id"], row["id"]);
    assert_eq!(detail["versions"].as_array().map(Vec::len), Some(1));
    let fields = detail["fields"].as_array().expect("fields");
    assert!(
        fields
            .iter()
            .any(|field| field["name"] == "education_level" && field["value"] == "학력무관")
    );
}

#[test]
fn a_link_keeps_its_build_while_newer_ones_are_published() {
    let place = Place::new("");
    let land = |ids: std::ops::Range<u64>, name: &str| {
        let lines: String = ids
            .map(|id| format!("{}\n", record(id, "개발자")))
            .collect();
        place.file(name, lines);
        place.run(&["land", "saramin", name]).expect(0);
        place.run(&["build"]).expect(0);
    };
    land(1..4, "first.jsonl");
    let visit = Visit::to(&place);
    let postings = |path: &str| {
        let answer = visit.json(path);
        (
            answer["build"].clone(),
            answer["selections"][0]["postings"].clone(),
        )
    };
    let (now, pinned) = (
        "/api/v1/tiles?tiles=postings",
        "/api/v1/tiles?tiles=postings&build=1",
    );
    let kept = visit.get(now);
    assert_eq!(postings(now), (1.into(), 3.into()));
    land(4..9, "second.jsonl");
    assert_eq!(postings(now), (2.into(), 8.into()));
    assert_eq!(postings(pinned), (1.into(), 3.into()));
    assert_eq!(postings(now), (2.into(), 8.into()));
    let all = |query: &str| {
        let path = format!("/api/v1/tables/visual_tables.all_count{query}");
        let answer = visit.json(&path);
        (answer["build"].clone(), answer["rows"].to_string())
    };
    assert_eq!(all("?build=2"), all(""));
    let (build, rows) = all("?build=1");
    assert_eq!(build, 1);
    assert_ne!(rows, all("").1);
    let table = "/api/v1/tables/visual_tables.all_count?build=";
    assert_eq!(visit.get(&format!("{table}latest")).error(400), "bad_value");
    assert_eq!(visit.get(&format!("{table}99")).error(404), "unknown_build");
    let tag = kept.header("etag");
    let url = format!("{}{now}", visit.serving.url);
    assert_eq!(visit.web.get(&url, &[("if-none-match", tag)]).status, 200);
    let fresh = visit.get(now);
    let tag = fresh.header("etag");
    assert_eq!(visit.web.get(&url, &[("if-none-match", tag)]).status, 304);
}

#[test]
fn a_frame_is_for_hosts_that_are_named() {
    let source = Source::start(still(50));
    let place = Place::new(
        &(source.settings("") + "[server]\nframe_hosts = [\"https://example.org\"]\nsql = false\n"),
    );
    place.run(&["run", "collect_postings"]).expect(0);
    let visit = Visit::to(&place);
    let policy = |path: &str| visit.get(path).header("content-security-policy").to_owned();
    assert!(policy("/embed/roles").ends_with("frame-ancestors 'self' https://example.org"));
    assert!(policy("/skills").ends_with("frame-ancestors 'self'"));
    assert!(
        visit
            .get("/embed/roles")
            .text()
            .contains("<base href=\"../\" />")
    );
    assert_eq!(
        visit.query("", "{\"sql\": \"select 1\"}").error(404),
        "sql_is_off"
    );
    place.file(
        "jobtide.toml",
        "[server]\nframe_hosts = [\"example.org\"]\n",
    );
    place
        .run(&["serve"])
        .expect(1)
        .tells(&["`example.org` in `server.frame_hosts`", "hint:"]);
}
