//! A dimension in the image: its values, their postings, and the fastest way to count by it.

use std::borrow::Cow;
use std::cmp::Reverse;

use crate::bits::Bits;
use crate::chosen::Chosen;
use crate::codes::Codes;
use crate::search::SearchText;

/// Cost model: counting either intersects the posting set of each value, or scans the postings.
/// Costs in nanoseconds: per word of a set, per row of a list, per posting, per value of a posting.
const WORD: usize = 1;
const LISTED: usize = 1;
const POSTING: usize = 3;
const VALUE: usize = 1;

/// A dimension's values are numbered in its order, from 0.
#[derive(Debug)]
pub(crate) struct Dimension {
    values: Vec<Box<str>>,
    /// Numbers of the values in the order of their texts.
    by_text: Vec<u32>,
    /// Each value's rank in that order.
    text_rank: Vec<u32>,
    /// The parent of each value.
    parents: Vec<Option<Box<str>>>,
    codes: Codes,
    postings: Vec<Postings>,
    /// Postings of each value in the whole image.
    totals: Vec<u32>,
    /// Postings that have a value.
    any: Bits,
    with_any: usize,
    search: SearchText,
    /// The cost of counting value by value.
    by_value_cost: usize,
}

/// The postings of a value: a bit set for many, else a list.
#[derive(Debug)]
enum Postings {
    Many(Bits),
    Few(Box<[u32]>),
}

/// A value as it was received.
#[derive(Debug)]
pub(crate) struct ReceivedValue {
    pub text: Box<str>,
    /// Its parents, each with its number of rows.
    pub parents: Vec<(Box<str>, u32)>,
}

impl Dimension {
    /// From the values in any order and pairs of posting and value.
    ///
    /// A value with several parents belongs to the most frequent one.
    pub fn new(
        rows: usize,
        received: Vec<ReceivedValue>,
        mut pairs: Vec<(u32, u32)>,
        order: Option<&[String]>,
        search_of: impl Fn(&str) -> String,
    ) -> Result<Self, crate::text::TooMuchText> {
        pairs.sort_unstable();
        pairs.dedup();
        let mut totals = vec![0_u32; received.len()];
        for (_, value) in &pairs {
            totals[*value as usize] += 1;
        }
        let numbers = numbering(&received, &totals, order);
        let mut new_number = vec![0_u32; received.len()];
        for (number, value) in numbers.iter().enumerate() {
            new_number[*value] = number as u32;
        }
        for (_, value) in &mut pairs {
            *value = new_number[*value as usize];
        }
        let totals: Vec<u32> = numbers.iter().map(|value| totals[*value]).collect();
        let mut received: Vec<Option<ReceivedValue>> = received.into_iter().map(Some).collect();
        let (mut values, mut parents) = (Vec::new(), Vec::new());
        for value in numbers {
            if let Some(value) = received[value].take() {
                parents.push(main_parent(value.parents));
                values.push(value.text);
            }
        }
        let codes = Codes::new(rows, values.len(), &pairs);
        let postings = postings_of_values(rows, &totals, &pairs);
        let mut any = Bits::none(rows);
        for (row, _) in &pairs {
            any.insert(*row as usize);
        }
        let by_value_cost = postings
            .iter()
            .map(|postings| match postings {
                Postings::Many(bits) => bits.words().len() * WORD,
                Postings::Few(rows) => rows.len() * LISTED,
            })
            .sum();
        let mut by_text: Vec<u32> = (0..values.len() as u32).collect();
        by_text.sort_unstable_by(|one, other| values[*one as usize].cmp(&values[*other as usize]));
        let mut text_rank = vec![0; values.len()];
        for (rank, value) in by_text.iter().enumerate() {
            text_rank[*value as usize] = rank as u32;
        }
        Ok(Self {
            search: SearchText::new(values.iter().map(|value| search_of(value)))?,
            by_text,
            text_rank,
            parents,
            codes,
            postings,
            totals,
            with_any: any.count(),
            any,
            by_value_cost,
            values,
        })
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn value(&self, value: usize) -> &str {
        &self.values[value]
    }

    pub fn parent(&self, value: usize) -> Option<&str> {
        self.parents[value].as_deref()
    }

    /// The number of a value.
    pub fn find(&self, text: &str) -> Option<usize> {
        let place = self
            .by_text
            .binary_search_by(|value| (*self.values[*value as usize]).cmp(text));
        place.ok().map(|place| self.by_text[place] as usize)
    }

    /// The rank of a value in text order: the tie-breaker of equal counts.
    pub fn text_rank(&self, value: usize) -> u32 {
        self.text_rank[value]
    }

    /// A posting's values.
    pub fn of(&self, row: usize) -> impl Iterator<Item = &str> {
        self.codes
            .of(row, self.len())
            .map(|value| &*self.values[value])
    }

    /// Normalised values, labels included.
    pub fn search(&self) -> &SearchText {
        &self.search
    }

    /// Adds the postings of a value.
    pub fn add_postings(&self, value: usize, to: &mut Bits) {
        match &self.postings[value] {
            Postings::Many(bits) => to.union_with(bits),
            Postings::Few(rows) => rows.iter().for_each(|row| to.insert(*row as usize)),
        }
    }

    /// The chosen postings that have this value.
    pub fn chosen_with(&self, value: usize, chosen: &Chosen) -> Chosen {
        match &self.postings[value] {
            Postings::Many(bits) => Chosen::new(chosen.bits.intersection(bits)),
            Postings::Few(rows) => {
                let mut bits = Bits::none(chosen.bits.len());
                for row in rows.iter().map(|row| *row as usize) {
                    if chosen.bits.contains(row) {
                        bits.insert(row);
                    }
                }
                Chosen::new(bits)
            }
        }
    }

    /// The chosen postings that have any value.
    pub fn chosen_with_any(&self, chosen: &Chosen) -> Chosen {
        Chosen::new(chosen.bits.intersection(&self.any))
    }

    /// The chosen postings that have any value.
    pub fn count_any(&self, chosen: &Chosen) -> usize {
        if self.with_any == self.any.len() {
            chosen.count
        } else if chosen.is_all() {
            self.with_any
        } else {
            self.any.intersection_count(&chosen.bits)
        }
    }

    /// The chosen postings that have any of these values.
    pub fn count_any_of(&self, values: impl Iterator<Item = usize>, chosen: &Chosen) -> usize {
        let mut any = Bits::none(self.any.len());
        values.for_each(|value| self.add_postings(value, &mut any));
        any.intersection_count(&chosen.bits)
    }

    /// Intersects with the postings that have any value.
    pub fn intersect_any(&self, bits: &mut Bits) {
        if self.with_any < self.any.len() {
            bits.intersect_with(&self.any);
        }
    }

    /// The chosen postings of each value.
    pub fn counts(&self, chosen: &Chosen) -> Cow<'_, [u32]> {
        if chosen.is_all() {
            return Cow::Borrowed(&self.totals);
        }
        let rows = self.any.len();
        // Counts the smaller of the chosen postings and their complement; the latter is subtracted
        // from the totals.
        let fewer = chosen.count.min(rows - chosen.count);
        let values_of_a_posting = self.codes.pairs().div_ceil(rows.max(1));
        let by_posting_cost = fewer * (POSTING + VALUE * values_of_a_posting);
        if self.by_value_cost < by_posting_cost {
            let counts = self.postings.iter().map(|postings| match postings {
                Postings::Many(bits) => bits.intersection_count(&chosen.bits) as u32,
                Postings::Few(rows) => {
                    let rows = rows
                        .iter()
                        .filter(|row| chosen.bits.contains(**row as usize));
                    rows.count() as u32
                }
            });
            return Cow::Owned(counts.collect());
        }
        if chosen.count == fewer {
            return Cow::Owned(self.codes.tally(chosen.bits.rows(), self.len()));
        }
        let mut counts = self.codes.tally(chosen.bits.complement_rows(), self.len());
        for (count, total) in counts.iter_mut().zip(&self.totals) {
            *count = total - *count;
        }
        Cow::Owned(counts)
    }

    pub fn memory_bytes(&self) -> usize {
        let texts = self.values.iter().map(|value| value.len() + 16);
        let parents = self
            .parents
            .iter()
            .map(|parent| 16 + parent.as_ref().map_or(0, |parent| parent.len()));
        let postings = self.postings.iter().map(|postings| match postings {
            Postings::Many(bits) => bits.memory_bytes(),
            Postings::Few(rows) => rows.len() * 4,
        });
        texts.chain(parents).chain(postings).sum::<usize>()
            + self.len() * 12
            + self.codes.memory_bytes()
            + self.any.memory_bytes()
            + self.search.memory_bytes()
    }
}

/// The values in the dimension's order: those in it, then by text; without an order by size, ties
/// by text.
fn numbering(received: &[ReceivedValue], totals: &[u32], order: Option<&[String]>) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..received.len()).collect();
    let text = |value: &usize| &received[*value].text;
    match order {
        None => numbers.sort_unstable_by_key(|value| (Reverse(totals[*value]), text(value))),
        Some(order) => {
            let place = |value: &usize| {
                let place = order.iter().position(|other| **other == **text(value));
                place.unwrap_or(order.len())
            };
            numbers.sort_by_cached_key(|value| (place(value), text(value).clone()));
        }
    }
    numbers
}

fn main_parent(parents: Vec<(Box<str>, u32)>) -> Option<Box<str>> {
    let largest = parents
        .into_iter()
        .min_by(|one, other| (Reverse(one.1), &one.0).cmp(&(Reverse(other.1), &other.0)));
    largest.map(|(parent, _)| parent)
}

fn postings_of_values(rows: usize, totals: &[u32], pairs: &[(u32, u32)]) -> Vec<Postings> {
    enum Growing {
        Many(Bits),
        Few(Vec<u32>),
    }
    let mut growing: Vec<Growing> = totals
        .iter()
        .map(|total| {
            // A list takes 32 bits for each posting, a set one bit for every row.
            if *total as usize * 32 > rows {
                Growing::Many(Bits::none(rows))
            } else {
                Growing::Few(Vec::with_capacity(*total as usize))
            }
        })
        .collect();
    for (row, value) in pairs {
        match &mut growing[*value as usize] {
            Growing::Many(bits) => bits.insert(*row as usize),
            Growing::Few(rows) => rows.push(*row),
        }
    }
    growing
        .into_iter()
        .map(|growing| match growing {
            Growing::Many(bits) => Postings::Many(bits),
            Growing::Few(rows) => Postings::Few(rows.into_boxed_slice()),
        })
        .collect()
}
