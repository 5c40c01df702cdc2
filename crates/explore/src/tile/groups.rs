//! Tiles of postings by one dimension or by two.

use std::cmp::Reverse;

use semantic::{Parents, Tile, Values};

use super::scope::Scope;
use crate::answer::{CrossRow, CrossTile, Group, GroupsTile};
use crate::chosen::Chosen;
use crate::dimension::Dimension;
use crate::statistics::{ranks, rounded, wilson};

/// The groups of a tile, in its order.
struct Groups {
    /// Postings that have a value of the dimension; if the tile has parents, a child of them.
    n: u32,
    /// Postings that state no value; where the tile has parents, of those that have one of them.
    without: u32,
    more: u32,
    parent: Option<String>,
    /// Values and counts, each with its rank range.
    shown: Vec<(usize, u32, [u32; 2])>,
}

pub(super) fn groups_tile(
    scope: &Scope<'_>,
    tile: &Tile,
    dimension: usize,
    chosen: &Chosen,
) -> GroupsTile {
    let groups = groups(scope, tile, dimension, chosen);
    let values = &scope.image.dimensions[dimension];
    let rows = groups.shown.iter().map(|(value, count, rank)| {
        let (low, high) = wilson(*count, groups.n);
        Group {
            value: values.value(*value).to_owned(),
            count: *count,
            share: rounded(f64::from(*count) / f64::from(groups.n)),
            low: rounded(low),
            high: rounded(high),
            rank: *rank,
        }
    });
    GroupsTile {
        n: groups.n,
        without: groups.without,
        more: groups.more,
        rows: rows.collect(),
        parent: groups.parent,
    }
}

pub(super) fn cross_tile(
    scope: &Scope<'_>,
    tile: &Tile,
    rows: usize,
    columns: usize,
    shares_of_group: bool,
    chosen: &Chosen,
) -> CrossTile {
    let groups = groups(scope, tile, rows, chosen);
    let second = &scope.image.dimensions[columns];
    let stated = scope.image.definitions.dimensions[columns].stated;
    let columns = shown_columns(scope, tile, columns);
    let first = &scope.image.dimensions[rows];
    let counts: Vec<Option<Vec<u32>>> = columns
        .iter()
        .map(|(_, column)| {
            // Without rows there are no columns.
            let column = column.filter(|_| !groups.shown.is_empty())?;
            Some(
                first
                    .counts(&second.chosen_with(column, chosen))
                    .into_owned(),
            )
        })
        .collect();
    let stated: Option<Vec<u32>> =
        (shares_of_group && stated && !groups.shown.is_empty()).then(|| {
            let chosen = second.chosen_with_any(chosen);
            first.counts(&chosen).into_owned()
        });
    let rows = groups.shown.iter().map(|(value, count, _)| {
        let of = match &stated {
            Some(stated) => stated[*value],
            None if shares_of_group => *count,
            None => groups.n,
        };
        let counts: Vec<u32> = counts
            .iter()
            .map(|counts| counts.as_ref().map_or(0, |counts| counts[*value]))
            .collect();
        let intervals = counts.iter().map(|count| wilson(*count, of));
        CrossRow {
            value: first.value(*value).to_owned(),
            count: *count,
            of,
            low: intervals.clone().map(|(low, _)| rounded(low)).collect(),
            high: intervals.map(|(_, high)| rounded(high)).collect(),
            counts,
        }
    });
    CrossTile {
        n: groups.n,
        without: groups.without,
        more: groups.more,
        rows: rows.collect(),
        columns: columns.into_iter().map(|(value, _)| value).collect(),
        parent: groups.parent,
    }
}

fn groups(scope: &Scope<'_>, tile: &Tile, dimension: usize, chosen: &Chosen) -> Groups {
    let values = &scope.image.dimensions[dimension];
    let shown = Shown::new(scope, tile, dimension);
    let n = shown.postings(values, chosen) as u32;
    let without = match scope.image.definitions.dimensions[dimension].stated {
        true => (shown.all(scope, dimension, chosen) as u32).saturating_sub(n),
        false => 0,
    };
    let counts = values.counts(chosen);
    let mut groups: Vec<(usize, u32)> = counts
        .iter()
        .enumerate()
        .filter(|(value, count)| **count > 0 && shown.has(values, *value))
        .map(|(value, count)| (value, *count))
        .collect();
    groups.sort_unstable_by_key(|(value, count)| (Reverse(*count), values.text_rank(*value)));
    let intervals: Vec<(f64, f64)> = groups.iter().map(|(_, count)| wilson(*count, n)).collect();
    let ranks = ranks(&intervals);
    let all = groups.len();
    let top = tile.top.unwrap_or(all).min(all);
    let mut shown_groups: Vec<(usize, u32, [u32; 2])> = groups
        .into_iter()
        .zip(ranks)
        .map(|((value, count), rank)| (value, count, rank))
        .take(top)
        .collect();
    let ordered = scope.image.definitions.dimensions[dimension]
        .order
        .is_some();
    if ordered && !tile.by_size {
        shown_groups.sort_unstable_by_key(|(value, ..)| *value);
    }
    Groups {
        n,
        without,
        more: (all - top) as u32,
        parent: shown.parent,
        shown: shown_groups,
    }
}

/// The columns of a tile: the values that it names, even without postings, or all existing ones.
fn shown_columns(scope: &Scope<'_>, tile: &Tile, dimension: usize) -> Vec<(String, Option<usize>)> {
    let values = &scope.image.dimensions[dimension];
    let shown = Shown::new(scope, tile, dimension);
    let mut columns: Vec<(String, Option<usize>)> = (0..values.len())
        .filter(|value| shown.has(values, *value))
        .map(|value| (values.value(value).to_owned(), Some(value)))
        .collect();
    if let Some(named) = find(&tile.values, dimension) {
        let absent = named
            .values
            .iter()
            .filter(|value| values.find(value).is_none());
        columns.extend(absent.map(|value| (value.clone(), None)));
        if let Some(order) = &scope.image.definitions.dimensions[dimension].order {
            let place = |value: &String| {
                let place = order.iter().position(|other| other == value);
                place.unwrap_or(order.len())
            };
            columns.sort_by_key(|(value, _)| place(value));
        }
    }
    columns
}

fn find(all: &[Values], dimension: usize) -> Option<&Values> {
    all.iter().find(|values| values.dimension == dimension)
}

/// Which values of a dimension a tile shows.
struct Shown<'a> {
    only: Option<&'a Values>,
    except: Option<&'a Values>,
    /// The parents of these values.
    below: Option<Vec<String>>,
    /// The only parent, if there is one.
    parent: Option<String>,
}

impl<'a> Shown<'a> {
    fn new(scope: &Scope<'_>, tile: &'a Tile, dimension: usize) -> Self {
        let parents = tile.parents.iter().find(|(other, _)| *other == dimension);
        let below = parents.map(|(_, parents)| match parents {
            Parents::These(values) => values.clone(),
            Parents::Top => largest_parent(scope, dimension).into_iter().collect(),
        });
        Self {
            only: find(&tile.values, dimension),
            except: find(&tile.except, dimension),
            parent: match below.as_deref() {
                Some([one]) => Some(one.clone()),
                _ => None,
            },
            below,
        }
    }

    fn has(&self, values: &Dimension, value: usize) -> bool {
        let lists = |list: &Values| list.values.iter().any(|other| other == values.value(value));
        self.only.is_none_or(lists)
            && !self.except.is_some_and(lists)
            && self
                .below
                .as_deref()
                .is_none_or(|below| lies_below(values, value, below))
    }

    /// The denominator of shares: the chosen postings with a child value of the parents. Values
    /// that are excluded for another reason count as well: a share must not depend on which values are
    /// shown.
    fn postings(&self, values: &Dimension, chosen: &Chosen) -> usize {
        let Some(below) = &self.below else {
            return values.count_any(chosen);
        };
        let own = (0..values.len()).filter(|value| lies_below(values, *value, below));
        values.count_any_of(own, chosen)
    }

    /// The chosen postings that could have such a value: all of them, or those with one of the parents.
    fn all(&self, scope: &Scope<'_>, dimension: usize, chosen: &Chosen) -> usize {
        let above = scope.image.definitions.dimensions[dimension].parent;
        let (Some(below), Some(above)) = (&self.below, above) else {
            return chosen.count;
        };
        let above = &scope.image.dimensions[above];
        let parents = below.iter().filter_map(|parent| above.find(parent));
        above.count_any_of(parents, chosen)
    }
}

fn lies_below(values: &Dimension, value: usize, parents: &[String]) -> bool {
    let own = values.parent(value);
    own.is_some_and(|own| parents.iter().any(|parent| parent == own))
}

/// The parent with the most postings in the selection, regardless of the tile's own filters:
/// adjacent tiles then show the same one.
fn largest_parent(scope: &Scope<'_>, dimension: usize) -> Option<String> {
    let above = scope.image.definitions.dimensions[dimension].parent?;
    let values = &scope.image.dimensions[above];
    let counts = values.counts(&scope.chosen);
    let counted = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    counted
        .min_by_key(|(value, count)| (Reverse(**count), values.text_rank(*value)))
        .map(|(value, _)| values.value(value).to_owned())
}
