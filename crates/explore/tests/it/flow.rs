//! Tiles over time against the model.

use explore::TileAnswer;
use proptest::prelude::*;
use semantic::{Grain, Kind};

use super::fixture::{FIRST_DAY, Known, LAST_DAY, Posting, day, image, image_with, known, request};
use super::model;
use super::tiles::is_open;

/// The days that a flow tile shows.
pub fn shown_days(postings: &[Posting], chosen: &model::Chosen) -> Vec<i32> {
    let Some(first) = postings.iter().filter_map(|posting| posting.posted).min() else {
        return Vec::new();
    };
    let shown = |number: &i32| {
        let text = day(*number).to_string();
        chosen.from.as_ref().is_none_or(|from| text >= *from)
            && chosen.to.as_ref().is_none_or(|to| text <= *to)
    };
    (first..=LAST_DAY).filter(shown).collect()
}

pub fn series(
    tile: &TileAnswer,
    index: usize,
    value: &str,
    own: &[&Posting],
    days: &[i32],
    grain: Option<Grain>,
) -> Result<(), TestCaseError> {
    let TileAnswer::Flow(tile) = tile else {
        panic!("no flow")
    };
    if days.is_empty() {
        prop_assert!(tile.dates.is_empty() && tile.series.is_empty());
        return Ok(());
    }
    let period = |number: i32| -> String {
        let date = day(number);
        match grain {
            Some(Grain::Day) => date.to_string(),
            Some(Grain::Week) => {
                day(number - i32::from(date.weekday().to_monday_zero_offset())).to_string()
            }
            _ => date.first_of_month().to_string(),
        }
    };
    let mut expected: Vec<(String, [Option<u32>; 4])> = Vec::new();
    for number in days {
        let count = |holds: &dyn Fn(&&&Posting) -> bool| own.iter().filter(holds).count() as u32;
        let known = known(*number);
        let opened = count(&|posting| posting.posted == Some(*number));
        let closed = count(&|posting| posting.expires == Some(*number));
        let [opened, closed] = [opened, closed].map(|count| known.opened.then_some(count));
        let open = |assumed: bool| {
            count(&|posting| posting.assumed == assumed && is_open(posting, *number))
        };
        let [active, assumed] = [false, true].map(|of| known.active.then(|| open(of)));
        let sum = |one: Option<u32>, other: Option<u32>| match (one, other) {
            (None, None) => None,
            (one, other) => Some(one.unwrap_or(0) + other.unwrap_or(0)),
        };
        match expected.last_mut() {
            Some((begin, sums)) if *begin == period(*number) => {
                *sums = [sum(sums[0], opened), sum(sums[1], closed), active, assumed];
            }
            _ => expected.push((period(*number), [opened, closed, active, assumed])),
        }
    }
    let series = &tile.series[index];
    prop_assert_eq!(&series.value, value);
    let found: Vec<(String, [Option<u32>; 4])> = tile
        .dates
        .iter()
        .enumerate()
        .map(|(place, date)| {
            let columns = [
                &series.opened,
                &series.closed,
                &series.active,
                &series.assumed,
            ];
            (date.clone(), columns.map(|column| column[place]))
        })
        .collect();
    prop_assert_eq!(found, expected);
    Ok(())
}

fn flow_of(postings: &[Posting], days: &[Known], pairs: &[(&str, &str)]) -> explore::FlowTile {
    let mut pairs = pairs.to_vec();
    pairs.push(("tiles", "flow"));
    let request = request(Kind::Tiles, &pairs).expect("a request");
    let answer = image_with(postings, days, Some(LAST_DAY)).tiles(&request);
    match &answer.selections[0].tiles["flow"] {
        TileAnswer::Flow(tile) => tile.clone(),
        other => panic!("{other:?}"),
    }
}

/// Days from [`FIRST_DAY`] on, with the coverage of each.
fn read(shares: &[Option<f64>]) -> Vec<Known> {
    let days = (FIRST_DAY..).zip(shares);
    days.map(|(day, coverage)| Known {
        day,
        opened: *coverage != Some(0.0),
        active: *coverage != Some(0.0),
        coverage: *coverage,
        read_after: coverage.filter(|share| *share > 0.0).map(|_| 3),
    })
    .collect()
}

#[test]
fn gaps_are_clipped_to_the_days_shown() {
    let posting = Posting {
        posted: Some(FIRST_DAY),
        ..Posting::default()
    };
    // Collected from the middle of the 4th on; the 10th and 11th are missing, the 12th and the end are
    // partly covered.
    let mut shares = vec![Some(1.0); 41];
    shares[..4].copy_from_slice(&[Some(0.0), Some(0.0), Some(0.0), Some(0.4)]);
    shares[9..12].copy_from_slice(&[Some(0.0), Some(0.0), Some(0.5)]);
    shares[40] = Some(0.1);
    let days = read(&shares);
    let span = |from: &str, to: &str| [from.to_owned(), to.to_owned()];
    let tile = flow_of(std::slice::from_ref(&posting), &days, &[]);
    assert_eq!(
        tile.gaps,
        [
            span("2026-01-01", "2026-01-03"),
            span("2026-01-10", "2026-01-12")
        ]
    );
    let pairs = [("from", "2026-01-02"), ("to", "2026-01-10")];
    let tile = flow_of(std::slice::from_ref(&posting), &days, &pairs);
    assert_eq!(
        tile.gaps,
        [
            span("2026-01-02", "2026-01-03"),
            span("2026-01-10", "2026-01-10")
        ]
    );
    // Saved files have no coverage, and days without a row are unknown.
    for days in [read(&[None; 41]), Vec::new()] {
        assert!(
            flow_of(std::slice::from_ref(&posting), &days, &[])
                .gaps
                .is_empty()
        );
    }
}

#[test]
fn the_response_has_the_coverage_before_the_data_date() {
    for coverage in [None, Some(0.0), Some(0.85)] {
        let mut last = known(LAST_DAY);
        last.coverage = coverage;
        let image = image_with(&[], &[known(FIRST_DAY), last], Some(LAST_DAY));
        let request = super::fixture::asked(
            Kind::Tiles,
            &vec![("tiles".to_owned(), "postings".to_owned())],
        );
        assert_eq!(image.tiles(&request).active_coverage, coverage);
    }
}

#[test]
fn unknown_figures_are_null() {
    let posting = Posting {
        posted: Some(FIRST_DAY),
        until: Some(FIRST_DAY + 20),
        ..Posting::default()
    };
    // 2026-01-01 is a Thursday. The second week was not collected, and only one day of the third.
    let mut shares = vec![Some(1.0); 18];
    shares[4..11].fill(Some(0.0));
    shares[12..].fill(Some(0.0));
    let tile = flow_of(
        std::slice::from_ref(&posting),
        &read(&shares),
        &[("grain", "week"), ("to", "2026-01-18")],
    );
    let series = &tile.series[0];
    assert_eq!(tile.dates, ["2025-12-29", "2026-01-05", "2026-01-12"]);
    assert_eq!(series.opened, [Some(1), None, Some(0)]);
    assert_eq!(series.closed, [Some(0), None, Some(0)]);
    // Unknown for its last day.
    assert_eq!(series.active, [Some(1), None, None]);
    assert_eq!(series.assumed, [Some(0), None, None]);
    assert_eq!(tile.coverage, [Some(1.0), Some(0.0), Some(1.0 / 7.0)]);
    assert_eq!(tile.read_after_days, [Some(3), None, Some(3)]);
    assert_eq!(tile.active_coverage, [Some(1.0), Some(0.0), Some(0.0)]);
    let tile = flow_of(&[posting], &[], &[("to", "2026-01-02")]);
    assert_eq!(tile.series[0].opened, [None, None]);
    assert_eq!(
        (&*tile.coverage, &*tile.active_coverage),
        (&[None; 2][..], &[None; 2][..])
    );
}

#[test]
fn without_a_last_day_there_is_no_axis_and_nothing_is_active() {
    let posting = Posting {
        posted: Some(FIRST_DAY),
        until: Some(LAST_DAY),
        ..Posting::default()
    };
    let request = request(Kind::Tiles, &[("tiles", "flow,active")]).expect("a request");
    let answer = image_with(&[posting], &[], None).tiles(&request);
    let tiles = &answer.selections[0].tiles;
    assert!(
        matches!(&tiles["flow"], TileAnswer::Flow(tile) if tile.n == 1 && tile.dates.is_empty())
    );
    assert!(matches!(&tiles["active"], TileAnswer::Value(tile) if tile.value == Some(0.0)));
}

#[test]
fn periods_suit_the_span_unless_they_are_requested() {
    let posting = |posted: i32| Posting {
        id: posted.into(),
        posted: Some(posted),
        ..Posting::default()
    };
    let grain = |first: i32, pairs: &[(&str, &str)]| {
        let mut pairs = pairs.to_vec();
        pairs.push(("tiles", "flow"));
        let request = request(Kind::Tiles, &pairs).expect("a request");
        image(&[posting(first)]).tiles(&request).grain
    };
    assert_eq!(grain(LAST_DAY - 91, &[]), Some(Grain::Day));
    assert_eq!(grain(LAST_DAY - 92, &[]), Some(Grain::Week));
    assert_eq!(grain(LAST_DAY - 2_000, &[]), Some(Grain::Month));
    assert_eq!(
        grain(LAST_DAY - 2_000, &[("from", "2026-01-20")]),
        Some(Grain::Day)
    );
    assert_eq!(
        grain(LAST_DAY - 2_000, &[("from", "2026-01-20"), ("vs.from", "")]),
        Some(Grain::Month)
    );
    assert_eq!(
        grain(LAST_DAY - 2_000, &[("grain", "day")]),
        Some(Grain::Day)
    );
    // One posting with a day from long ago must not produce a response of megabytes.
    assert_eq!(grain(-600_000, &[("grain", "day")]), Some(Grain::Month));
}
