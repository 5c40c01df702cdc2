//! Every kind of tile against the model.

use std::collections::BTreeMap;

use explore::{GroupsTile, TileAnswer, ValueTile};
use proptest::prelude::*;
use semantic::Kind;

use super::fixture::{LAST_DAY, Pairs, Posting, asked, image};
use super::flow::{series, shown_days};
use super::model::{self, by_size, counts, has_any, has_below, has_one_of};
use super::random::{filters, postings};

const TILES: &str = "postings,role_postings,seoul_share,mean_views,active,assumed,by_experience,\
    by_experience_size,by_province,top_skills,seoul_districts,one_parent,top_districts,\
    role_experience,skill_role,district_grade,district_role,flow,flow_alone,most_views";

type Tiles = BTreeMap<String, TileAnswer>;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn all_tiles_equal_the_model(
        postings in postings(),
        first in filters(""),
        second in filters("vs."),
        grain in proptest::sample::select(&["", "day", "week", "month"][..]),
    ) {
        let mut pairs: Pairs = first.into_iter().chain(second).collect();
        let selections: Vec<model::Chosen> =
            std::iter::once(model::chosen(&pairs)).chain(model::versus(&pairs)).collect();
        pairs.push(("tiles".to_owned(), TILES.to_owned()));
        pairs.push(("grain".to_owned(), grain.to_owned()));
        let image = image(&postings);
        let request = asked(Kind::Tiles, &pairs);
        let answer = image.tiles(&request);
        // The second request is answered from the cache.
        prop_assert_eq!(&image.tiles(&request), &answer);
        prop_assert_eq!(answer.selections.len(), selections.len());
        for (answered, chosen) in answer.selections.iter().zip(&selections) {
            let own = chosen.of(&postings);
            prop_assert_eq!(answered.postings as usize, own.len());
            prop_assert_eq!(answered.of as usize, postings.len());
            let provides = |field: &str, some: bool| {
                let absent = answer.not_provided.iter().any(|other| other == field);
                postings.is_empty() || absent != some
            };
            prop_assert!(provides("company", postings.iter().any(|each| each.company.is_some())));
            prop_assert!(provides("views", postings.iter().any(|each| each.views.is_some())));
            prop_assert!(provides("posting_date", postings.iter().any(|each| each.posted.is_some())));
            let unknown = chosen.values.get("role").is_some_and(|roles| roles.contains("zz"));
            prop_assert_eq!(answered.unknown.iter().any(|each| each.value == "zz"), unknown);
            values(&answered.tiles, &own)?;
            groups(&answered.tiles, &own)?;
            crosses(&answered.tiles, &own)?;
            let days = shown_days(&postings, chosen);
            let (flow, alone) = (&answered.tiles["flow"], &answered.tiles["flow_alone"]);
            for (value, index) in [("it", 0), ("all", 1), ("de", 2), ("ds", 3), ("none", 4)] {
                let part: Vec<&Posting> = own.iter().copied()
                    .filter(|posting| value == "it" || posting.values["role"].contains(value))
                    .collect();
                series(flow, index, value, &part, &days, answer.grain)?;
            }
            let part: Vec<&Posting> = own.iter().copied().filter(|posting| in_roles(posting)).collect();
            series(alone, 0, "it", &part, &days, answer.grain)?;
        }
    }
}

fn in_roles(posting: &Posting) -> bool {
    posting.values["role"].contains("all") || posting.values["role"].contains("de")
}

fn with<'a>(postings: &[&'a Posting], dimension: &str, value: &str) -> Vec<&'a Posting> {
    let has = |posting: &&&Posting| posting.values[dimension].contains(value);
    postings.iter().filter(has).copied().collect()
}

fn values(tiles: &Tiles, own: &[&Posting]) -> Result<(), TestCaseError> {
    let value = |name: &str| -> &ValueTile {
        match &tiles[name] {
            TileAnswer::Value(tile) => tile,
            other => panic!("{other:?}"),
        }
    };
    prop_assert_eq!(value("postings").value, Some(own.len() as f64));
    let roles = own
        .iter()
        .filter(|posting| in_roles(posting) && posting.values["experience"].contains("경력"));
    prop_assert_eq!(value("role_postings").value, Some(roles.count() as f64));

    let share = value("seoul_share");
    let (n, count) = (
        has_any(own, "province"),
        with(own, "province", "서울").len() as u32,
    );
    prop_assert_eq!((share.n, share.count), (n, Some(count)));
    prop_assert_eq!(share.without, own.len() as u32 - n);
    prop_assert_eq!(share.value.is_none(), n == 0);
    if let (Some(value), Some(low), Some(high)) = (share.value, share.low, share.high) {
        prop_assert!((value - 100.0 * f64::from(count) / f64::from(n)).abs() < 1e-5);
        prop_assert!(0.0 <= low && low <= value && value <= high && high <= 100.0);
    }

    let mean = value("mean_views");
    let meant: Vec<&&Posting> = own
        .iter()
        .filter(|posting| {
            !with(&[posting], "experience", "신입").is_empty()
                || !with(&[posting], "experience", "경력").is_empty()
        })
        .collect();
    let views: Vec<i64> = meant.iter().filter_map(|posting| posting.views).collect();
    prop_assert_eq!(mean.n as usize, views.len());
    prop_assert_eq!(mean.without as usize, meant.len() - views.len());
    prop_assert_eq!(mean.value.is_some(), !views.is_empty());
    prop_assert_eq!(mean.low.is_some(), views.len() > 1);
    if let Some(value) = mean.value {
        let expected = views.iter().sum::<i64>() as f64 / views.len() as f64;
        prop_assert!((value - expected).abs() < 1e-5);
    }

    let open = |assumed: bool| {
        let open = own
            .iter()
            .filter(|posting| posting.assumed == assumed && is_open(posting, LAST_DAY));
        Some(open.count() as f64)
    };
    prop_assert_eq!(value("active").value, open(false));
    prop_assert_eq!(value("assumed").value, open(true));

    let TileAnswer::Postings(most) = &tiles["most_views"] else {
        panic!("no postings")
    };
    let mut seen: Vec<&&Posting> = own
        .iter()
        .filter(|posting| posting.views.is_some())
        .collect();
    seen.sort_by_key(|posting| (std::cmp::Reverse(posting.views), posting.id));
    let ids: Vec<String> = seen
        .iter()
        .take(3)
        .map(|posting| posting.id.to_string())
        .collect();
    prop_assert_eq!(
        most.rows
            .iter()
            .map(|row| row.id.clone())
            .collect::<Vec<_>>(),
        ids
    );
    prop_assert_eq!(most.n as usize, own.len());
    Ok(())
}

pub fn is_open(posting: &Posting, day: i32) -> bool {
    posting.posted.is_some_and(|posted| posted <= day)
        && posting.until.is_some_and(|until| day <= until)
}

fn rows(tile: &GroupsTile) -> Vec<(String, u32)> {
    tile.rows
        .iter()
        .map(|row| (row.value.clone(), row.count))
        .collect()
}

fn groups(tiles: &Tiles, own: &[&Posting]) -> Result<(), TestCaseError> {
    let tile = |name: &str| -> &GroupsTile {
        match &tiles[name] {
            TileAnswer::Groups(tile) => tile,
            other => panic!("{other:?}"),
        }
    };
    let experiences = by_size(counts(own, "experience"));
    prop_assert_eq!(rows(tile("by_experience_size")), experiences.clone());
    let place = |value: &str| {
        ["신입", "경력", "기타"]
            .iter()
            .position(|other| *other == value)
    };
    let mut ordered = experiences;
    ordered.sort_by_key(|(value, _)| place(value));
    prop_assert_eq!(rows(tile("by_experience")), ordered);
    let all = own.len() as u32;
    let n = has_any(own, "experience");
    prop_assert_eq!(tile("by_experience").n, n);
    prop_assert_eq!(tile("by_experience").without, all - n);

    let mut provinces = by_size(counts(own, "province"));
    provinces.retain(|(value, _)| value != "해외");
    prop_assert_eq!(rows(tile("by_province")), provinces);
    let n = has_any(own, "province");
    prop_assert_eq!(tile("by_province").n, n);
    prop_assert_eq!(tile("by_province").without, all - n);

    let skills = by_size(counts(own, "skill"));
    let top = tile("top_skills");
    prop_assert_eq!(rows(top), skills[..skills.len().min(2)].to_vec());
    prop_assert_eq!(top.more as usize, skills.len().saturating_sub(2));
    shares(top)?;

    let below = |postings: &[&Posting], above: &str| {
        let mut districts = by_size(counts(postings, "district"));
        districts.retain(|(value, _)| value.starts_with(&format!("{above} ")));
        districts
    };
    let roles: Vec<&Posting> = own
        .iter()
        .copied()
        .filter(|posting| in_roles(posting))
        .collect();
    prop_assert_eq!(rows(tile("seoul_districts")), below(&roles, "서울"));
    prop_assert_eq!(&tile("seoul_districts").parent, &None);
    prop_assert_eq!(
        tile("seoul_districts").n,
        has_below(&roles, &["서울", "없음"])
    );
    // If a posting has a district but not its province, more postings have a value than could have one.
    let lacking = |own: &[&Posting], provinces: &[&str]| {
        has_one_of(own, provinces).saturating_sub(has_below(own, provinces))
    };
    let without = lacking(&roles, &["서울", "없음"]);
    prop_assert_eq!(tile("seoul_districts").without, without);
    shares(tile("seoul_districts"))?;
    prop_assert_eq!(rows(tile("one_parent")), below(own, "부산"));
    prop_assert_eq!(tile("one_parent").parent.as_deref(), Some("부산"));
    prop_assert_eq!(tile("one_parent").n, has_below(own, &["부산"]));
    prop_assert_eq!(tile("one_parent").without, lacking(own, &["부산"]));
    shares(tile("one_parent"))?;
    let largest = by_size(counts(own, "province"))
        .into_iter()
        .next()
        .map(|(value, _)| value);
    let engineers = with(own, "role", "de");
    let expected = largest
        .as_deref()
        .map(|above| below(&engineers, above))
        .unwrap_or_default();
    prop_assert_eq!(rows(tile("top_districts")), expected);
    prop_assert_eq!(&tile("top_districts").parent, &largest);
    let parents: Vec<&str> = largest.as_deref().into_iter().collect();
    prop_assert_eq!(tile("top_districts").n, has_below(&engineers, &parents));
    let without = lacking(&engineers, &parents);
    prop_assert_eq!(tile("top_districts").without, without);
    shares(tile("top_districts"))
}

/// Shares are of n, and so are their intervals and ranks.
fn shares(tile: &GroupsTile) -> Result<(), TestCaseError> {
    for row in &tile.rows {
        prop_assert!(row.count <= tile.n);
        prop_assert!((row.share - f64::from(row.count) / f64::from(tile.n)).abs() < 1e-5);
        let (low, high) = wilson(row.count, tile.n);
        prop_assert!((row.low - low).abs() < 1e-5 && (row.high - high).abs() < 1e-5);
        prop_assert!(row.rank[0] >= 1 && row.rank[0] <= row.rank[1]);
        prop_assert!(row.rank[1] <= tile.rows.len() as u32 + tile.more);
    }
    Ok(())
}

/// The interval as defined by the score test: the shares within 1.96 standard deviations.
fn wilson(count: u32, n: u32) -> (f64, f64) {
    let (n, share) = (f64::from(n), f64::from(count) / f64::from(n));
    let z = 1.959_963_984_540_054_f64;
    // |share - p| = z·√(p(1 − p)/n), as a quadratic equation in p.
    let (a, b, c) = (n + z * z, -(2.0 * n * share + z * z), n * share * share);
    let root = (b * b - 4.0 * a * c).max(0.0).sqrt();
    ((-b - root) / (2.0 * a), (-b + root) / (2.0 * a))
}

fn crosses(tiles: &Tiles, own: &[&Posting]) -> Result<(), TestCaseError> {
    let check =
        |name: &str, first: &str, second: &str, expected: Vec<(String, u32)>, columns: &[&str]| {
            let TileAnswer::Cross(tile) = &tiles[name] else {
                panic!("no cross")
            };
            let n = match first {
                "district" => {
                    has_below(own, &tile.parent.as_deref().into_iter().collect::<Vec<_>>())
                }
                _ => has_any(own, first),
            };
            prop_assert_eq!(tile.n, n);
            let without = match (first, tile.parent.as_deref()) {
                // Roles are assigned, not stated.
                ("role", _) => 0,
                ("district", above) => {
                    let above: Vec<&str> = above.into_iter().collect();
                    has_one_of(own, &above).saturating_sub(n)
                }
                _ => own.len() as u32 - n,
            };
            prop_assert_eq!(tile.without, without);
            let rows: Vec<(String, u32)> = tile
                .rows
                .iter()
                .map(|row| (row.value.clone(), row.count))
                .collect();
            prop_assert_eq!(rows, expected);
            // Columns are the values of the whole image: the selection may have fewer.
            let mut known = columns.iter();
            for column in &tile.columns {
                prop_assert!(known.any(|other| other == column), "{:?}", tile.columns);
            }
            for row in &tile.rows {
                let of_row = with(own, first, &row.value);
                for (place, column) in tile.columns.iter().enumerate() {
                    let count = with(&of_row, second, column).len() as u32;
                    prop_assert_eq!(row.counts[place], count);
                    // Shares are of postings with the second dimension, not of all in the row.
                    let of = match name {
                        "district_grade" => has_any(&of_row, second),
                        "district_role" => row.count,
                        _ => tile.n,
                    };
                    prop_assert_eq!(row.of, of);
                    let (low, high) = (row.low[place], row.high[place]);
                    if of == 0 {
                        prop_assert_eq!((low, high), (0.0, 1.0));
                        continue;
                    }
                    let share = f64::from(count) / f64::from(of);
                    prop_assert!(low - 1e-6 <= share && share <= high + 1e-6);
                }
            }
            Ok(())
        };
    let roles = by_size(counts(own, "role"));
    check(
        "role_experience",
        "role",
        "experience",
        roles,
        &["신입", "경력", "기타"],
    )?;
    let skills = by_size(counts(own, "skill"));
    let top = skills[..skills.len().min(3)].to_vec();
    check("skill_role", "skill", "role", top, &["de", "ds", "none"])?;
    let TileAnswer::Cross(tile) = &tiles["skill_role"] else {
        panic!("no cross")
    };
    prop_assert_eq!(&tile.columns, &["de", "ds", "none"]);
    let largest = by_size(counts(own, "province")).into_iter().next();
    let mut districts = by_size(counts(own, "district"));
    districts.retain(|(value, _)| {
        largest
            .as_ref()
            .is_some_and(|(above, _)| value.starts_with(&format!("{above} ")))
    });
    // Grades have no order: which one comes first depends on all postings.
    let TileAnswer::Cross(tile) = &tiles["district_grade"] else {
        panic!("no cross")
    };
    prop_assert_eq!(
        &tile.parent,
        &largest.as_ref().map(|(above, _)| above.clone())
    );
    let columns: Vec<&str> = tile.columns.iter().map(String::as_str).collect();
    check(
        "district_grade",
        "district",
        "grade",
        districts.clone(),
        &columns,
    )?;
    let columns = ["all", "de", "ds", "none"];
    check("district_role", "district", "role", districts, &columns)
}
