//! Rows sorted by a column, walked in either direction.

use crate::bits::Bits;

/// Rows in the order of a column's values, ties by identifier, rows without a value last.
#[derive(Debug)]
pub(crate) struct Order {
    /// The rows; `None` if they are already in this order.
    rows: Option<Box<[u32]>>,
    /// The positions where a new value begins.
    begins: Bits,
    /// Rows that have a value.
    valued: usize,
    /// Whether the first value is the greatest.
    descending: bool,
}

impl Order {
    /// Sorts rows by value, ascending; `value` returns none for rows that come last, and `by_id`
    /// breaks ties.
    pub fn new<T: Ord + Copy>(
        rows: usize,
        value: impl Fn(usize) -> Option<T>,
        by_id: impl Fn(usize) -> i64,
    ) -> Self {
        let mut sorted: Vec<(T, u32)> = Vec::with_capacity(rows);
        let mut last = Vec::new();
        for row in 0..rows {
            match value(row) {
                Some(value) => sorted.push((value, row as u32)),
                None => last.push(row as u32),
            }
        }
        sorted.sort_unstable_by(|one, other| {
            let by_value = one.0.cmp(&other.0);
            by_value.then_with(|| by_id(one.1 as usize).cmp(&by_id(other.1 as usize)))
        });
        last.sort_unstable_by_key(|row| by_id(*row as usize));
        let mut begins = Bits::none(rows);
        for place in 0..sorted.len() {
            if place == 0 || sorted[place].0 != sorted[place - 1].0 {
                begins.insert(place);
            }
        }
        let valued = sorted.len();
        let rows = sorted.into_iter().map(|(_, row)| row).chain(last);
        Self {
            rows: Some(rows.collect()),
            begins,
            valued,
            descending: false,
        }
    }

    /// The existing order of the rows: by value descending.
    pub fn as_they_are<T: PartialEq>(rows: usize, value: impl Fn(usize) -> Option<T>) -> Self {
        let mut begins = Bits::none(rows);
        let mut before: Option<T> = None;
        let mut valued = 0;
        for row in 0..rows {
            let Some(value) = value(row) else { break };
            if before.as_ref() != Some(&value) {
                begins.insert(row);
            }
            before = Some(value);
            valued = row + 1;
        }
        Self {
            rows: None,
            begins,
            valued,
            descending: true,
        }
    }

    /// Iterates over all rows: ties by identifier and rows without a value last in both directions.
    pub fn walk(&self, descending: bool) -> Walk<'_> {
        let forwards = descending == self.descending;
        Walk {
            order: self,
            place: 0,
            end: if forwards { self.begins.len() } else { 0 },
            next_group: if forwards { 0 } else { self.valued },
            rest: if forwards {
                self.begins.len()
            } else {
                self.valued
            },
        }
    }

    /// The number of rows with a value: in both directions these come first.
    pub fn valued(&self) -> usize {
        self.valued
    }

    pub fn memory_bytes(&self) -> usize {
        self.rows.as_ref().map_or(0, |rows| rows.len() * 4) + self.begins.memory_bytes()
    }
}

/// An iterator over all rows in an order.
#[derive(Clone, Debug)]
pub(crate) struct Walk<'a> {
    order: &'a Order,
    place: usize,
    end: usize,
    /// The end of the next group, iterating backwards over groups.
    next_group: usize,
    /// Where the rows without a value begin.
    rest: usize,
}

impl Iterator for Walk<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while self.place == self.end {
            if self.next_group > 0 {
                self.end = self.next_group;
                self.place = self.order.begins.last_before(self.next_group).unwrap_or(0);
                self.next_group = self.place;
            } else if self.rest < self.order.begins.len() {
                self.place = self.rest;
                self.end = self.order.begins.len();
                self.rest = self.end;
            } else {
                return None;
            }
        }
        let place = self.place;
        self.place += 1;
        Some(match &self.order.rows {
            Some(rows) => rows[place] as usize,
            None => place,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cmp::Reverse;

    proptest! {
        #[test]
        fn both_directions_equal_a_sort(values in proptest::collection::vec(proptest::option::of(0_i32..6), 0..80)) {
            let by_id = |row: usize| -(row as i64 * 37 % 11);
            let order = Order::new(values.len(), |row| values[row], by_id);
            let mut rows: Vec<usize> = (0..values.len()).collect();
            rows.sort_by_key(|row| (values[*row].is_none(), values[*row], by_id(*row)));
            prop_assert_eq!(order.walk(false).map(|row| (values[row], by_id(row))).collect::<Vec<_>>(),
                rows.iter().map(|row| (values[*row], by_id(*row))).collect::<Vec<_>>());
            rows.sort_by_key(|row| (values[*row].is_none(), Reverse(values[*row]), by_id(*row)));
            let walked: Vec<usize> = order.walk(true).collect();
            prop_assert_eq!(walked.iter().map(|row| (values[*row], by_id(*row))).collect::<Vec<_>>(),
                rows.iter().map(|row| (values[*row], by_id(*row))).collect::<Vec<_>>());

            let sorted: Vec<Option<i32>> = rows.iter().map(|row| values[*row]).collect();
            let order = Order::as_they_are(sorted.len(), |row| sorted[row]);
            prop_assert_eq!(order.walk(true).collect::<Vec<_>>(), (0..sorted.len()).collect::<Vec<_>>());
            let mut rows: Vec<usize> = (0..sorted.len()).collect();
            rows.sort_by_key(|row| (sorted[*row].is_none(), sorted[*row]));
            prop_assert_eq!(order.walk(false).collect::<Vec<_>>(), rows);
        }
    }
}
