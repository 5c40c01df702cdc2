//! Real postings: everything below JOBTIDE_REAL_DATA/saramin is landed and built by the real
//! program, and its tables are compared with an independent computation from the JSON.
//!
//! Not part of `cargo test`: `make test-real` runs it. It prints only counts, nothing of a posting.

#[allow(
    dead_code,
    reason = "shared with the target `product`, which uses all of it"
)]
#[path = "it/figures.rs"]
mod figures;
#[allow(
    dead_code,
    reason = "shared with the target `product`, which uses all of it"
)]
#[path = "it/program.rs"]
mod program;
#[allow(
    dead_code,
    reason = "shared with the target `product`, which uses all of it"
)]
#[path = "it/source.rs"]
mod source;
#[allow(
    dead_code,
    reason = "shared with the target `product`, which uses all of it"
)]
#[path = "it/tables.rs"]
mod tables;
#[allow(
    dead_code,
    reason = "shared with the target `product`, which uses all of it"
)]
#[path = "it/truth/mod.rs"]
mod truth;
#[allow(
    dead_code,
    reason = "shared with the target `product`, which uses all of it"
)]
#[path = "it/visit.rs"]
mod visit;
#[allow(
    dead_code,
    reason = "shared with the target `product`, which uses all of it"
)]
#[path = "it/web.rs"]
mod web;

use std::collections::BTreeMap;
use std::path::PathBuf;

use program::Place;
use serde_json::{Value, json};
use truth::posting::pairs;
use truth::{Codes, Posting, Truth};
use visit::Visit;

fn folder() -> PathBuf {
    let folder = std::env::var_os("JOBTIDE_REAL_DATA")
        .expect("JOBTIDE_REAL_DATA names the folder of the real data; `make test-real` sets it");
    PathBuf::from(folder).join("saramin")
}

/// The source's code lists beside the postings, not the program's.
fn codes() -> Codes {
    let folder = folder().join("codes");
    let table = |name: &str, columns: [&str; 2]| pairs(&folder.join(name), &columns);
    let both = |file: &str, second: &str| {
        let mut more = table(file, ["code", second]);
        table(file, ["code", "name"])
            .into_iter()
            .map(|(code, name)| {
                let more = more.remove(&code).expect("the same code");
                (code, (name, more))
            })
            .collect()
    };
    Codes {
        jobs: table("job_codes.csv", ["code", "name"]),
        industries: both("industries.csv", "super_name"),
        places: both("locations.csv", "wide_code"),
        experiences: table("experience.csv", ["code", "name"]),
    }
}

/// All samples, then the collected lines.
fn files() -> Vec<PathBuf> {
    let mut files = program::files(&folder().join("samples"));
    files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
    files.push(folder().join("postings_2026_real.jsonl"));
    files
}

/// The records of a file: of a response, of lines, or the file itself.
fn records(file: &PathBuf) -> Vec<Value> {
    let text = std::fs::read_to_string(file).expect("a file");
    let documents: Vec<Value> = match file.extension().is_some_and(|ending| ending == "jsonl") {
        true => {
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            lines
                .map(|line| serde_json::from_str(line).expect("JSON"))
                .collect()
        }
        false => vec![serde_json::from_str(&text).expect("JSON")],
    };
    let found = documents
        .into_iter()
        .map(|document| match document.get("jobs") {
            Some(jobs) => jobs["job"].clone(),
            None => document,
        });
    found
        .flat_map(|found| match found {
            Value::Array(records) => records,
            record => vec![record],
        })
        .collect()
}

#[test]
fn real_postings_become_the_tables_that_follow_from_them() {
    let place = Place::new("");
    let files = files();
    let mut land = vec!["land".into(), "saramin".into()];
    land.extend(files.iter().map(|file| file.clone().into_os_string()));
    place
        .run(&land)
        .expect(0)
        .tells(&["landed 9 new files, 0 known"]);
    let built = place.run(&["build"]);
    built
        .expect(0)
        .tells(&["build 1 is published: 1979 postings"]);

    // Nothing was refused; otherwise the rejected records are shown with their reasons.
    let refused = place.query("select landing_path, landing_row, reason from staging.quarantine");
    assert_eq!(refused, Vec::<String>::new(), "in quarantine");

    let codes = codes();
    let records: Vec<Value> = files.iter().flat_map(records).collect();
    let staged = place.query("select count(*) as n from staging.recruit");
    assert_eq!(staged, [records.len().to_string()]);
    // The latest version of each posting; no posting here has two of the same modification time.
    let mut latest: BTreeMap<String, (i64, Posting)> = BTreeMap::new();
    for record in &records {
        let posting = Posting::new(record, &codes);
        let modified = &record["modification-timestamp"];
        let modified = modified
            .as_i64()
            .or_else(|| modified.as_str()?.parse().ok())
            .unwrap_or(0);
        match latest.get(&posting.id) {
            Some((other, _)) if *other > modified => {}
            _ => drop(latest.insert(posting.id.clone(), (modified, posting))),
        }
    }
    let postings: Vec<Posting> = latest.into_values().map(|(_, posting)| posting).collect();
    // Nothing was collected: the data date is the last day on which a record states it was read.
    let read = records
        .iter()
        .filter_map(|record| record["collected_at"].as_str());
    let data_date = read.max().expect("a day").parse().expect("a day");
    let truth = Truth {
        postings: &postings,
        codes: &codes,
        data_date,
        readings: &[],
        saved: None,
    };

    // Known facts about exactly these files, counted by hand and by other programs.
    assert_eq!(postings.len(), 1_852 + 125 + 2);
    assert_eq!(truth.scope().count(), 1_557);
    let counts = ["datajob", "de", "da", "ds"].map(|role| truth.count(role));
    assert_eq!(counts, [399, 128, 92, 324]);
    let counts = ["web_back", "web_front", "security", "embedded"].map(|role| truth.count(role));
    assert_eq!(counts, [163, 50, 7, 4]);

    let expected = truth.tables();
    let names: Vec<&str> = expected.iter().map(|table| table.table).collect();
    let exported = tables::export(&place, &names);
    for table in &expected {
        let found = exported[table.table].sorted(table.columns);
        tables::assert_rows(table.table, &found, &table.rows, "real data");
    }
    let roles = [
        ("analytic.datajob_ids", "datajob"),
        ("analytic.de_ids", "de"),
        ("analytic.da_ids", "da"),
        ("analytic.ds_ids", "ds"),
        ("analytic.web_back_ids", "web_back"),
        ("analytic.web_front_ids", "web_front"),
        ("analytic.security_ids", "security"),
        ("analytic.embedded_ids", "embedded"),
    ];
    let exported = tables::export(&place, &roles.map(|(table, _)| table));
    for (table, role) in roles {
        assert_eq!(exported[table].rows.len(), truth.count(role), "{table}");
    }

    // Landing all of it again changes nothing.
    let listing = place.listing();
    place
        .run(&land)
        .expect(0)
        .tells(&["landed 0 new files, 9 known"]);
    place.run(&["build"]).expect(0).tells(&["nothing changed"]);
    assert_eq!(place.listing(), listing);
}

/// A store of these files alone, served.
fn served(files: &[PathBuf]) -> (Place, Visit) {
    let place = Place::new("");
    let mut land = vec!["land".into(), "saramin".into()];
    land.extend(files.iter().map(|file| file.clone().into_os_string()));
    place.run(&land).expect(0);
    place.run(&["build"]).expect(0);
    let visit = Visit::to(&place);
    (place, visit)
}

#[test]
fn each_number_of_the_postings_of_2026_is_that_of_its_sql() {
    let (_place, visit) = served(&[folder().join("postings_2026_real.jsonl")]);
    assert!(figures::equal_their_sql(&visit, true) > 5_000);

    let build = visit.json("/api/v1/build");
    assert_eq!(build["data_date"], "2026-07-20");
    let answer = visit.json("/api/v1/tiles?tiles=industries_by_role,industry_categories&role=de");
    assert_eq!(
        answer["not_provided"],
        json!(["url", "company", "applications"])
    );
    let tiles = &answer["selections"][0]["tiles"];
    assert_eq!(tiles["industry_categories"]["n"], 17);
    assert_eq!(tiles["industry_categories"]["without"], 109);
    // Of 126 postings for data engineers 17 name an industry, and 14 of those are of this one.
    let by_role = &tiles["industries_by_role"];
    let columns = by_role["columns"].as_array().expect("columns");
    let place = columns.iter().position(|column| column == "IT·웹·통신");
    let rows = by_role["rows"].as_array().expect("rows");
    let row = rows.iter().find(|row| row["value"] == "de").expect("a row");
    assert_eq!((&row["count"], &row["of"]), (&json!(126), &json!(17)));
    assert_eq!(row["counts"][place.expect("the industry")], 14);
}

#[test]
fn each_number_of_the_postings_of_2021_to_2024_is_that_of_its_sql() {
    let mut files = files();
    files.retain(|file| {
        let name = file.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("202"))
    });
    let (_place, visit) = served(&files);
    assert!(figures::equal_their_sql(&visit, true) > 2_000);
    assert_eq!(visit.json("/api/v1/build")["data_date"], "2024-09-04");
}
