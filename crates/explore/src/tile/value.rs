//! Tiles of one figure.

use semantic::Aggregate;

use crate::answer::ValueTile;
use crate::chosen::Chosen;
use crate::image::Image;
use crate::statistics::{rounded, wilson};

pub(super) fn value_tile(image: &Image, aggregate: &Aggregate, chosen: &Chosen) -> ValueTile {
    let whole = |count: usize| ValueTile {
        n: chosen.count as u32,
        value: Some(count as f64),
        low: None,
        high: None,
        count: None,
        without: 0,
    };
    match aggregate {
        Aggregate::Count => whole(chosen.count),
        Aggregate::Active => whole(image.active.intersection_count(&chosen.bits)),
        Aggregate::Assumed => whole(image.assumed.intersection_count(&chosen.bits)),
        Aggregate::Share(of) => {
            let mut bits = chosen.bits.clone();
            for values in of {
                image.dimensions[values.dimension].intersect_any(&mut bits);
            }
            let n = bits.count() as u32;
            for values in of {
                image.intersect_values(values, &mut bits);
            }
            let count = bits.count() as u32;
            let interval = (n > 0).then(|| wilson(count, n));
            let percent = |share: f64| rounded(share * 100.0);
            ValueTile {
                n,
                value: interval.map(|_| percent(f64::from(count) / f64::from(n))),
                low: interval.map(|(low, _)| percent(low)),
                high: interval.map(|(_, high)| percent(high)),
                count: Some(count),
                without: chosen.count as u32 - n,
            }
        }
        Aggregate::Mean(column) => {
            let sums = image.postings.sums(*column, &chosen.bits);
            let interval = sums.interval();
            ValueTile {
                n: sums.n,
                value: sums.mean().map(rounded),
                low: interval.map(|(low, _)| rounded(low)),
                high: interval.map(|(_, high)| rounded(high)),
                count: None,
                without: chosen.count as u32 - sums.n,
            }
        }
    }
}
