//! The postings of an image, column by column.

use jiff::civil::Date;
use semantic::{Column, ColumnKind};

use crate::bits::Bits;
use crate::days::{NO_DAY, day_number};
use crate::order::Order;
use crate::statistics::Sums;
use crate::text::{CodedTexts, Texts};

/// The columns of the postings. Rows are in the order of their posting day, latest first, undated
/// ones last, ties by identifier.
#[derive(Debug)]
pub(crate) struct Postings {
    pub ids: Box<[i64]>,
    pub by_id: ById,
    pub posting_ids: Texts,
    pub urls: Urls,
    pub titles: Texts,
    pub companies: CodedTexts,
    pub sources: CodedTexts,
    /// Days since 1970-01-01, as the next two, or [`NO_DAY`].
    pub posted: Box<[i32]>,
    pub expires: Box<[i32]>,
    /// Last day that counts as active.
    pub until: Box<[i32]>,
    pub until_assumed: Bits,
    /// By column of the fact; none for columns of other types.
    pub numbers: Vec<Option<Numbers>>,
    /// The sort orders of lists, by column of the fact.
    pub orders: Vec<Order>,
}

impl Postings {
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// The value of a column of numbers.
    pub fn number(&self, column: usize, row: usize) -> Option<i64> {
        self.numbers[column].as_ref()?.get(row)
    }

    /// The sums of a column of numbers over a set of rows.
    pub fn sums(&self, column: usize, rows: &Bits) -> Sums {
        match &self.numbers[column] {
            Some(numbers) => numbers.sums(rows),
            None => Sums::default(),
        }
    }

    /// The rows posted between two days, inclusive; without undated ones.
    pub fn posted_between(&self, from: Option<Date>, to: Option<Date>) -> std::ops::Range<usize> {
        let from = from.map_or(NO_DAY + 1, day_number);
        let to = to.map_or(i32::MAX, day_number);
        // Latest first; unknown days are the minimum.
        let begin = self.posted.partition_point(|day| *day > to);
        let end = self.posted.partition_point(|day| *day >= from);
        begin..end.max(begin)
    }

    /// The fields that no posting has; none where there are no postings. `columns` are those of the
    /// fact.
    pub fn not_provided(&self, columns: &[Column]) -> Vec<String> {
        let mut fields = vec![
            ("url", self.urls.templates.any()),
            ("company", self.companies.any()),
        ];
        for (index, column) in columns.iter().enumerate() {
            let any = match column.kind {
                ColumnKind::Text => continue,
                ColumnKind::Date => self.orders[index].valued() > 0,
                ColumnKind::Number => self.numbers[index].as_ref().is_some_and(Numbers::any),
            };
            fields.push((&column.name, any));
        }
        let absent = fields.into_iter().filter(|(_, any)| !any && self.len() > 0);
        absent.map(|(field, _)| field.to_owned()).collect()
    }

    pub fn memory_bytes(&self) -> usize {
        self.len() * (8 + 3 * 4)
            + self.by_id.rows.len() * 4
            + self.posting_ids.memory_bytes()
            + self.urls.templates.memory_bytes()
            + self.urls.cuts.len() * 8
            + self.titles.memory_bytes()
            + self.companies.memory_bytes()
            + self.sources.memory_bytes()
            + self.until_assumed.memory_bytes()
            + (self.numbers.iter().flatten())
                .map(Numbers::memory_bytes)
                .sum::<usize>()
            + self.orders.iter().map(Order::memory_bytes).sum::<usize>()
    }
}

/// Numbers by row, in the narrowest type that fits.
#[derive(Debug)]
pub(crate) enum Numbers {
    /// The minimum means none.
    Narrow(Box<[i32]>),
    Wide(Box<[Option<i64>]>),
}

impl Numbers {
    pub fn new(numbers: impl Iterator<Item = Option<i64>> + Clone) -> Self {
        let narrow = |number: i64| {
            i32::try_from(number)
                .ok()
                .filter(|number| *number != i32::MIN)
        };
        if numbers
            .clone()
            .flatten()
            .all(|number| narrow(number).is_some())
        {
            Self::Narrow(
                numbers
                    .map(|number| number.and_then(narrow).unwrap_or(i32::MIN))
                    .collect(),
            )
        } else {
            Self::Wide(numbers.collect())
        }
    }

    pub fn get(&self, row: usize) -> Option<i64> {
        match self {
            Self::Narrow(numbers) => Some(numbers[row])
                .filter(|number| *number != i32::MIN)
                .map(i64::from),
            Self::Wide(numbers) => numbers[row],
        }
    }

    fn any(&self) -> bool {
        match self {
            Self::Narrow(numbers) => numbers.iter().any(|number| *number != i32::MIN),
            Self::Wide(numbers) => numbers.iter().any(Option::is_some),
        }
    }

    fn sums(&self, rows: &Bits) -> Sums {
        let mut sums = Sums::default();
        match self {
            Self::Narrow(numbers) => rows.rows().for_each(|row| {
                if numbers[row] != i32::MIN {
                    sums.add(i64::from(numbers[row]));
                }
            }),
            Self::Wide(numbers) => rows
                .rows()
                .filter_map(|row| numbers[row])
                .for_each(|number| sums.add(number)),
        }
        sums
    }

    fn memory_bytes(&self) -> usize {
        match self {
            Self::Narrow(numbers) => numbers.len() * 4,
            Self::Wide(numbers) => numbers.len() * 16,
        }
    }
}

/// URLs: most differ only in the posting's identifier and are stored as templates.
#[derive(Debug)]
pub(crate) struct Urls {
    pub templates: CodedTexts,
    /// By template: the position of the identifier; `None` if the template is the whole URL.
    pub cuts: Box<[Option<u32>]>,
}

impl Urls {
    pub fn get(&self, row: usize, posting_id: &str) -> Option<String> {
        let template = self.templates.get(row)?;
        match self.cuts[self.templates.code(row)?] {
            None => Some(template.to_owned()),
            Some(cut) => {
                let (before, after) = template.split_at(cut as usize);
                Some([before, posting_id, after].concat())
            }
        }
    }
}

/// Finds rows by identifier: an open-addressing hash table of rows, at most half full.
#[derive(Debug)]
pub(crate) struct ById {
    rows: Box<[u32]>,
}

const VACANT: u32 = u32::MAX;

impl ById {
    /// Indexes the rows by identifier.
    ///
    /// # Errors
    /// The identifier that two rows share.
    pub fn new(ids: &[i64]) -> Result<Self, i64> {
        let mut by_id = Self {
            rows: vec![VACANT; (ids.len() * 2).next_power_of_two()].into_boxed_slice(),
        };
        for (row, id) in ids.iter().enumerate() {
            let place = by_id.place(*id, ids);
            if by_id.rows[place] != VACANT {
                return Err(*id);
            }
            by_id.rows[place] = row as u32;
        }
        Ok(by_id)
    }

    pub fn find(&self, id: i64, ids: &[i64]) -> Option<usize> {
        if ids.is_empty() {
            return None;
        }
        let row = self.rows[self.place(id, ids)];
        (row != VACANT).then_some(row as usize)
    }

    /// The slot of an identifier, or the one where it would be inserted.
    fn place(&self, id: i64, ids: &[i64]) -> usize {
        let mask = self.rows.len() - 1;
        // Fibonacci hashing: the upper half of the product depends on every bit.
        let hash = (id as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let mut place = hash as usize & mask;
        while self.rows[place] != VACANT && ids[self.rows[place] as usize] != id {
            place = (place + 1) & mask;
        }
        place
    }
}
