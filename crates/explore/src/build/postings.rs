//! Ingests and sorts the postings.

use arrow_array::Array as _;
use semantic::ColumnKind;

use super::columns::Columns;
use crate::bits::Bits;
use crate::days::NO_DAY;
use crate::error::{ImageError, MANY_ROWS, MUCH_TEXT, too_much_text};
use crate::fact::{COMPANY, ImageFact, Sorted, TITLE};
use crate::order::Order;
use crate::postings::{ById, Numbers, Postings, Urls};
use crate::text::{CodedTexts, Dictionary, NO_TEXT, Texts, TooMuchText};

/// The postings in the order in which they are ingested.
#[derive(Debug, Default)]
pub(super) struct PostingsBuilder {
    ids: Vec<i64>,
    posting_ids: Texts,
    urls: Coded,
    titles: Texts,
    companies: Coded,
    sources: Coded,
    posted: Vec<i32>,
    expires: Vec<i32>,
    until: Vec<i32>,
    until_assumed: Vec<bool>,
    /// By column of the fact.
    numbers: Vec<Vec<Option<i64>>>,
}

#[derive(Debug, Default)]
struct Coded {
    dictionary: Dictionary,
    codes: Vec<u32>,
}

impl Coded {
    fn push(&mut self, text: Option<&str>) {
        let code = text.map_or(NO_TEXT, |text| self.dictionary.code(text));
        self.codes.push(code);
    }

    fn finish(self, order: &[u32]) -> Result<CodedTexts, TooMuchText> {
        let codes = order.iter().map(|row| self.codes[*row as usize]);
        CodedTexts::new(self.dictionary, codes)
    }
}

/// Tags of URL templates: with the identifier cut out, or whole.
const CUT: char = 'c';
const WHOLE: char = 'w';

impl PostingsBuilder {
    pub fn add(&mut self, fact: &ImageFact<'_>, columns: &Columns<'_>) -> Result<(), ImageError> {
        for id in columns.numbers(&fact.fact.id)? {
            let id =
                id.ok_or_else(|| columns.error(format!("a posting has no `{}`", fact.fact.id)))?;
            self.ids.push(id);
        }
        if self.ids.len() >= u32::MAX as usize {
            return Err(columns.too_large(MANY_ROWS));
        }
        let posting_ids = columns.texts("posting_id")?;
        let urls = columns.texts("url")?;
        let titles = columns.texts(TITLE)?;
        let companies = columns.texts(COMPANY)?;
        let sources = columns.texts("source")?;
        let assumed = columns.flags(&fact.lifetime.until_assumed)?;
        let too_large = |TooMuchText| columns.too_large(MUCH_TEXT);
        let mut template = String::new();
        for row in 0..columns.rows() {
            let posting_id = posting_ids.get(row).unwrap_or_default();
            self.posting_ids.push(posting_id).map_err(too_large)?;
            self.titles
                .push(titles.get(row).unwrap_or_default())
                .map_err(too_large)?;
            self.companies.push(companies.get(row));
            self.sources.push(sources.get(row));
            self.urls.push(urls.get(row).map(|url| {
                write_template(&mut template, url, posting_id);
                template.as_str()
            }));
            self.until_assumed
                .push(assumed.is_valid(row) && assumed.value(row));
        }
        self.posted.extend(columns.days(&fact.fact.date)?);
        self.expires.extend(columns.days(&fact.lifetime.end)?);
        self.until.extend(columns.days(&fact.lifetime.until)?);
        self.numbers.resize_with(fact.fact.columns.len(), Vec::new);
        for (column, numbers) in fact.fact.columns.iter().zip(&mut self.numbers) {
            if column.kind == ColumnKind::Number {
                numbers.extend(columns.numbers(&column.sql)?);
            }
        }
        Ok(())
    }

    pub fn finish(self, fact: &ImageFact<'_>) -> Result<Postings, ImageError> {
        let too_large = |TooMuchText| too_much_text(&fact.fact.name);
        let rows = self.ids.len();
        let mut order: Vec<u32> = (0..rows as u32).collect();
        // Unknown days are the minimum, so they come last.
        order.sort_unstable_by_key(|row| {
            let row = *row as usize;
            (std::cmp::Reverse(self.posted[row]), self.ids[row])
        });
        let ids: Box<[i64]> = reordered(&order, &self.ids);
        let by_id = ById::new(&ids).map_err(|id| ImageError::Column {
            part: format!("facts.{}", fact.fact.name),
            problem: format!("two postings have the `{}` {id}", fact.fact.id),
        })?;
        let posted = reordered(&order, &self.posted);
        let expires = reordered(&order, &self.expires);
        let until = reordered(&order, &self.until);
        drop((self.ids, self.posted, self.expires, self.until));
        let mut until_assumed = Bits::none(rows);
        for (row, from) in order.iter().enumerate() {
            if self.until_assumed[*from as usize] {
                until_assumed.insert(row);
            }
        }
        let posting_ids = self.posting_ids.reordered(&order);
        drop(self.posting_ids);
        let titles = self.titles.reordered(&order);
        drop(self.titles);
        let urls = urls(self.urls, &order).map_err(too_large)?;
        let companies = self.companies.finish(&order).map_err(too_large)?;
        let sources = self.sources.finish(&order).map_err(too_large)?;
        let mut received = self.numbers.into_iter();
        let numbers: Vec<Option<Numbers>> = (fact.fact.columns.iter())
            .map(|column| {
                let numbers = received.next().unwrap_or_default();
                let reordered = || Numbers::new(order.iter().map(|row| numbers[*row as usize]));
                (column.kind == ColumnKind::Number).then(reordered)
            })
            .collect();
        let orders = {
            let id = |row: usize| ids[row];
            let day = |days: &[i32], row: usize| Some(days[row]).filter(|day| *day != NO_DAY);
            let ranks = ranks(companies.texts());
            let number = |column: usize, row: usize| {
                let numbers: Option<&Numbers> = numbers[column].as_ref();
                numbers.and_then(|numbers| numbers.get(row))
            };
            let order = |column: usize| match fact.sorted[column] {
                Sorted::Posted => Order::as_they_are(rows, |row| day(&posted, row)),
                Sorted::Expires => Order::new(rows, |row| day(&expires, row), id),
                Sorted::Title => Order::new(rows, |row| Some(titles.get(row)), id),
                Sorted::Company => {
                    Order::new(rows, |row| companies.code(row).map(|code| ranks[code]), id)
                }
                Sorted::Number => Order::new(rows, |row| number(column, row), id),
            };
            in_parallel(&fact.sorted, order)
        };
        Ok(Postings {
            ids,
            by_id,
            posting_ids,
            urls,
            titles,
            companies,
            sources,
            posted,
            expires,
            until,
            until_assumed,
            numbers,
            orders,
        })
    }
}

/// The order of every column, by its index.
fn in_parallel(sorted: &[Sorted], order: impl Fn(usize) -> Order + Sync) -> Vec<Order> {
    let is_title = |column: &usize| sorted[*column] == Sorted::Title;
    let columns = 0..sorted.len();
    std::thread::scope(|scope| {
        // Sorting texts takes as long as everything else.
        let titles = columns.clone().filter(is_title);
        let titles = scope.spawn(|| titles.map(&order).collect::<Vec<_>>());
        let others = columns.clone().filter(|column| !is_title(column));
        let mut others = others.map(&order).collect::<Vec<_>>().into_iter();
        let titles = titles.join();
        let mut titles = titles
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            .into_iter();
        columns
            .filter_map(|column| match is_title(&column) {
                true => titles.next(),
                false => others.next(),
            })
            .collect()
    })
}

fn reordered<T: Copy>(order: &[u32], column: &[T]) -> Box<[T]> {
    order.iter().map(|row| column[*row as usize]).collect()
}

/// Each text's rank in text order.
fn ranks(texts: &Texts) -> Vec<u32> {
    let mut sorted: Vec<u32> = (0..texts.len() as u32).collect();
    sorted.sort_unstable_by_key(|text| texts.get(*text as usize));
    let mut ranks = vec![0; sorted.len()];
    for (rank, text) in sorted.into_iter().enumerate() {
        ranks[text as usize] = rank as u32;
    }
    ranks
}

/// Writes the tag, the position of the identifier and the URL without it, or the whole URL.
fn write_template(template: &mut String, url: &str, posting_id: &str) {
    template.clear();
    match url.find(posting_id).filter(|_| !posting_id.is_empty()) {
        Some(place) => {
            template.push(CUT);
            template.push_str(&place.to_string());
            template.push(CUT);
            template.push_str(&url[..place]);
            template.push_str(&url[place + posting_id.len()..]);
        }
        None => {
            template.push(WHOLE);
            template.push_str(url);
        }
    }
}

fn urls(coded: Coded, order: &[u32]) -> Result<Urls, TooMuchText> {
    let mut templates = Dictionary::default();
    let mut cuts = Vec::new();
    // Two templates may have the same text without their tags; codes are unchanged.
    for template in coded.dictionary.into_texts() {
        let cut = template
            .strip_prefix(CUT)
            .and_then(|rest| rest.split_once(CUT))
            .and_then(|(place, text)| Some((place.parse::<u32>().ok()?, text)));
        let text = match cut {
            Some((_, text)) => text,
            None => &template[WHOLE.len_utf8()..],
        };
        cuts.push(cut.map(|(place, _)| place));
        templates.push(text);
    }
    let codes = order.iter().map(|row| coded.codes[*row as usize]);
    Ok(Urls {
        templates: CodedTexts::new(templates, codes)?,
        cuts: cuts.into_boxed_slice(),
    })
}
