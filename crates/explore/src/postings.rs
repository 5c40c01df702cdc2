//! The postings of an image, column by column, and lists of them.

use std::sync::Arc;

use jiff::civil::{Date, date};

use crate::answer::{PostingRow, PostingsAnswer};
use crate::bits::Bits;
use crate::definitions::{NumberColumn, ROLE, SKILL};
use crate::image::Image;
use crate::order::{Order, Walk};
use crate::request::{Request, Sort};
use crate::selection::Chosen;
use crate::statistics::Sums;
use crate::text::{CodedTexts, Texts};

/// Marks an unknown day; far from all real days.
pub(crate) const NO_DAY: i32 = i32::MIN;

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
    pub minimum_years: Numbers,
    pub views: Numbers,
    pub applications: Numbers,
    pub orders: Orders,
}

/// The sort orders of lists.
#[derive(Debug)]
pub(crate) struct Orders {
    pub posted: Order,
    pub title: Order,
    pub company: Order,
    pub minimum_years: Order,
    pub expires: Order,
    pub views: Order,
    pub applications: Order,
}

impl Postings {
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn numbers(&self, column: NumberColumn) -> &Numbers {
        match column {
            NumberColumn::MinimumYears => &self.minimum_years,
            NumberColumn::Views => &self.views,
            NumberColumn::Applications => &self.applications,
        }
    }

    pub fn order(&self, sort: Sort) -> &Order {
        match sort {
            Sort::PostingDate => &self.orders.posted,
            Sort::Title => &self.orders.title,
            Sort::Company => &self.orders.company,
            Sort::ExpirationDate => &self.orders.expires,
            Sort::Number(NumberColumn::MinimumYears) => &self.orders.minimum_years,
            Sort::Number(NumberColumn::Views) => &self.orders.views,
            Sort::Number(NumberColumn::Applications) => &self.orders.applications,
        }
    }

    /// The rows posted between two days, inclusive; without undated ones.
    pub fn posted_between(&self, from: Option<Date>, to: Option<Date>) -> std::ops::Range<usize> {
        let from = from.map_or(NO_DAY + 1, day_number);
        let to = to.map_or(i32::MAX, day_number);
        // Latest first, and unknown days are the minimum.
        let begin = self.posted.partition_point(|day| *day > to);
        let end = self.posted.partition_point(|day| *day >= from);
        begin..end.max(begin)
    }

    /// The fields that no posting has; none where there are no postings.
    pub fn not_provided(&self) -> Vec<String> {
        let days = |days: &[i32]| days.iter().any(|day| *day != NO_DAY);
        let fields = [
            ("url", self.urls.templates.any()),
            ("company", self.companies.any()),
            ("posting_date", days(&self.posted)),
            ("expiration_date", days(&self.expires)),
            ("minimum_years", self.minimum_years.any()),
            ("views", self.views.any()),
            ("applications", self.applications.any()),
        ];
        let absent = fields.into_iter().filter(|(_, any)| !any && self.len() > 0);
        absent.map(|(field, _)| field.to_owned()).collect()
    }

    pub fn memory_bytes(&self) -> usize {
        let orders = &self.orders;
        let orders = [
            &orders.posted,
            &orders.title,
            &orders.company,
            &orders.minimum_years,
            &orders.expires,
            &orders.views,
            &orders.applications,
        ];
        let numbers = [&self.minimum_years, &self.views, &self.applications];
        self.len() * (8 + 3 * 4)
            + self.by_id.rows.len() * 4
            + self.posting_ids.memory_bytes()
            + self.urls.templates.memory_bytes()
            + self.urls.cuts.len() * 8
            + self.titles.memory_bytes()
            + self.companies.memory_bytes()
            + self.sources.memory_bytes()
            + self.until_assumed.memory_bytes()
            + numbers
                .into_iter()
                .map(Numbers::memory_bytes)
                .sum::<usize>()
            + orders.into_iter().map(Order::memory_bytes).sum::<usize>()
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

    pub fn sums(&self, rows: &Bits) -> Sums {
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
    /// By template: where the identifier goes; none if the template is the whole URL.
    pub cuts: Box<[Option<u32>]>,
}

impl Urls {
    fn get(&self, row: usize, posting_id: &str) -> Option<String> {
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
    /// None when two rows have one identifier; `Err` names it.
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

/// A day as its number since 1970-01-01.
pub(crate) fn day_number(day: Date) -> i32 {
    let since = day.duration_since(date(1970, 1, 1));
    (since.as_hours() / 24) as i32
}

/// The day of a number; none for [`NO_DAY`] and for days outside the calendar.
pub(crate) fn day_of(number: i32) -> Option<Date> {
    let days = jiff::Span::new().try_days(number).ok()?;
    date(1970, 1, 1).checked_add(days).ok()
}

fn day_text(number: i32) -> Option<String> {
    day_of(number).map(|day| day.to_string())
}

impl Image {
    /// One page of the postings of the request's first selection.
    pub fn postings(&self, request: &Request) -> PostingsAnswer {
        let chosen = self.choose(&request.first);
        let rows = self.sorted(request, &chosen);
        let page = rows.skip(request.offset).take(request.limit);
        PostingsAnswer {
            build: self.facts.build,
            origin: self.facts.origin.clone(),
            total: chosen.count as u32,
            of: self.postings.len() as u32,
            unknown: self.unknown(&request.first),
            period_known: self.knows_period(&request.first),
            not_provided: self.not_provided.clone(),
            offset: request.offset as u64,
            rows: page.map(|row| self.posting(row)).collect(),
        }
    }

    /// All postings of the request's first selection, in its order, as an iterator.
    pub fn rows(&self, request: &Request) -> Rows<'_> {
        let chosen = self.choose(&request.first);
        Rows {
            image: self,
            left: chosen.count,
            walk: self.sorted_walk(request),
            chosen,
        }
    }

    /// The posting with this identifier, if it is in scope.
    pub fn row(&self, id: i64) -> Option<PostingRow> {
        let row = self.postings.by_id.find(id, &self.postings.ids)?;
        Some(self.posting(row))
    }

    fn sorted_walk(&self, request: &Request) -> Walk<'_> {
        self.postings.order(request.sort).walk(request.descending)
    }

    fn sorted<'a>(
        &'a self,
        request: &Request,
        chosen: &'a Chosen,
    ) -> impl Iterator<Item = usize> + 'a {
        self.sorted_walk(request)
            .filter(|row| chosen.bits.has(*row))
    }

    pub(crate) fn posting(&self, row: usize) -> PostingRow {
        let postings = &self.postings;
        let posting_id = postings.posting_ids.get(row);
        PostingRow {
            id: postings.ids[row].to_string(),
            source: postings.sources.get(row).unwrap_or_default().to_owned(),
            posting_id: posting_id.to_owned(),
            url: postings.urls.get(row, posting_id),
            title: postings.titles.get(row).to_owned(),
            company: postings.companies.get(row).map(str::to_owned),
            posting_date: day_text(postings.posted[row]),
            expiration_date: day_text(postings.expires[row]),
            roles: self.values_of(ROLE, row),
            industry_categories: self.values_of("industry_category", row),
            industries: self.values_of("industry", row),
            experience: self.values_of("experience", row).into_iter().next(),
            education: self.values_of("education", row).into_iter().next(),
            minimum_years: postings.minimum_years.get(row),
            provinces: self.values_of("province", row),
            districts: self.values_of("district", row),
            skills: self.values_of(SKILL, row),
            views: postings.views.get(row),
            applications: postings.applications.get(row),
        }
    }

    /// A posting's values of a dimension, in its order; none without such a dimension.
    fn values_of(&self, dimension: &str, row: usize) -> Vec<String> {
        let dimension = self.definitions.dimension(dimension);
        let values = dimension.map(|dimension| self.dimensions[dimension].of(row));
        values.into_iter().flatten().map(str::to_owned).collect()
    }
}

/// An iterator over postings.
#[derive(Debug)]
pub struct Rows<'a> {
    image: &'a Image,
    chosen: Arc<Chosen>,
    walk: Walk<'a>,
    left: usize,
}

impl Iterator for Rows<'_> {
    type Item = PostingRow;

    fn next(&mut self) -> Option<PostingRow> {
        if self.left == 0 {
            return None;
        }
        let row = self.walk.find(|row| self.chosen.bits.has(*row))?;
        self.left -= 1;
        Some(self.image.posting(row))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Rows<'_> {}
