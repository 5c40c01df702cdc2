//! Stores with incomplete data: saved files without all fields, and a collection with a gap. Every
//! number must equal that of its SQL, and what is unknown is null.

use serde_json::{Value, json};

use crate::figures;
use crate::program::Place;
use crate::source::{Source, still};
use crate::visit::{Visit, landed, record};

/// Postings of two years, each with missing fields, as in saved responses.
fn incomplete() -> Vec<Value> {
    let day = 86_400;
    let titles = [
        "데이터 엔지니어",
        "데이터분석 매니저",
        "머신러닝 연구원",
        "백엔드 개발자",
    ];
    (0..60_u64)
        .map(|number| {
            let title = titles[number as usize % titles.len()];
            let mut record = record(40_000_000 + number, title);
            // A source that names no companies and counts no applications.
            record
                .as_object_mut()
                .expect("a record")
                .remove("apply-cnt");
            record["company"] = json!({"detail": {"name": ""}});
            let posted = 1_630_000_000 + number * 11 * day;
            record["posting-timestamp"] = posted.to_string().into();
            record["modification-timestamp"] = posted.to_string().into();
            record["expiration-timestamp"] = (posted + 30 * day).to_string().into();
            for name in ["posting-date", "expiration-date", "opening-timestamp"] {
                record.as_object_mut().expect("a record").remove(name);
            }
            let position = record["position"].as_object_mut().expect("a position");
            for (every, field) in [
                (3, "industry"),
                (5, "location"),
                (7, "experience-level"),
                (4, "required-education-level"),
                (6, "job-code"),
            ] {
                if number % every == 1 {
                    position.remove(field);
                }
            }
            if number % 10 == 9 {
                record["close-type"] = json!({"code": "3", "name": "상시"});
            }
            record
        })
        .collect()
}

fn flow(visit: &Visit, query: &str) -> Value {
    visit.json(&format!("/api/v1/tiles?tiles=flow&{query}"))["selections"][0]["tiles"]["flow"]
        .clone()
}

/// Whether tiles and lists of these selections report data for their days (`period_known`).
fn known_periods(visit: &Visit, asked: &[&str]) -> Vec<Value> {
    let known = |asked: &&str| {
        let tiles = visit.json(&format!("/api/v1/tiles?tiles=postings&{asked}"));
        let list = visit.json(&format!("/api/v1/postings?limit=1&{asked}"));
        let known = &tiles["selections"][0]["period_known"];
        assert_eq!(known, &list["period_known"], "{asked}");
        known.clone()
    };
    asked.iter().map(known).collect()
}

#[test]
fn saved_postings_are_counted_where_they_state_something() {
    let place = landed(incomplete());
    let visit = Visit::to(&place);
    assert!(figures::equal_their_sql(&visit, false) > 1_000);

    let answer =
        visit.json("/api/v1/tiles?tiles=industries_by_role,industry_categories,entry_share");
    assert_eq!(answer["not_provided"], json!(["company", "applications"]));
    let list = visit.json("/api/v1/postings?limit=1");
    assert_eq!(list["not_provided"], json!(["company", "applications"]));

    let tiles = &answer["selections"][0]["tiles"];
    // A third states no industry. All others are in the same one: 100 % of those that state any.
    assert_eq!(tiles["industry_categories"]["n"], 40);
    assert_eq!(tiles["industry_categories"]["without"], 20);
    for row in tiles["industries_by_role"]["rows"]
        .as_array()
        .expect("rows")
    {
        assert_eq!(row["counts"], json!([row["of"]]), "{row}");
        assert!(row["of"].as_u64() < row["count"].as_u64(), "{row}");
    }
    let without = tiles["entry_share"]["without"].as_u64();
    assert_eq!(
        without,
        Some((0..60).filter(|number| number % 7 == 1).count() as u64)
    );

    // 2019 has no data; a day with a posting has some, and so have all days together.
    assert_eq!(
        known_periods(
            &visit,
            &[
                "from=2019-01-01&to=2019-01-31",
                "from=2021-08-27&to=2021-08-27",
                ""
            ]
        ),
        [false, true, true]
    );

    // On days without data in the files it is unknown which postings were open.
    let days = flow(&visit, "grain=day");
    let known = |measure: &str| {
        let days = days["series"][0][measure].as_array().expect("days").iter();
        days.filter(|day| !day.is_null()).count()
    };
    let all = days["dates"].as_array().expect("days").len();
    assert!(known("opened") > 0 && known("opened") < all / 2);
    assert!(known("active") > 0 && known("active") < all / 2);
}

#[test]
fn a_gap_of_collection_is_no_number() {
    let source = Source::start(still(1_200));
    let place = Place::new(&source.settings(""));
    for days in [["2023-05-05", "2023-05-25"], ["2023-07-05", "2023-08-01"]] {
        place
            .run(&[
                "run",
                "collect_postings",
                "--from",
                days[0],
                "--to",
                days[1],
            ])
            .expect(0);
    }
    let visit = Visit::to(&place);
    assert!(figures::equal_their_sql(&visit, false) > 1_000);

    // The gap was not collected; in collected days nothing may match.
    assert_eq!(
        known_periods(
            &visit,
            &[
                "from=2023-06-05&to=2023-06-12",
                "from=2023-07-10&to=2023-07-10&q=nosuchword",
                "to=2019-01-01"
            ]
        ),
        [false, true, false]
    );

    let months = flow(&visit, "grain=month");
    assert_eq!(months["dates"][1], "2023-06-01");
    for series in months["series"].as_array().expect("series") {
        for measure in ["opened", "closed"] {
            assert!(series[measure][1].is_null(), "{measure} of June: {series}");
            assert!(series[measure][2].is_u64(), "{measure} of July: {series}");
        }
    }
    assert_eq!(months["gaps"][0], json!(["2023-05-25", "2023-07-04"]));
}
