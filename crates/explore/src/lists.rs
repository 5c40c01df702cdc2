//! Lists of postings.

use std::sync::Arc;

use semantic::Request;

use crate::answer::{PostingRow, PostingsAnswer};
use crate::chosen::Chosen;
use crate::days::day_of;
use crate::image::Image;
use crate::order::Walk;

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
        self.postings.orders[request.sort].walk(request.descending)
    }

    fn sorted<'a>(
        &'a self,
        request: &Request,
        chosen: &'a Chosen,
    ) -> impl Iterator<Item = usize> + 'a {
        self.sorted_walk(request)
            .filter(|row| chosen.bits.contains(*row))
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
            roles: self.values_of("role", row),
            industry_categories: self.values_of("industry_category", row),
            industries: self.values_of("industry", row),
            experience: self.values_of("experience", row).into_iter().next(),
            education: self.values_of("education", row).into_iter().next(),
            minimum_years: self.number_of("minimum_years", row),
            provinces: self.values_of("province", row),
            districts: self.values_of("district", row),
            skills: self.values_of("skill", row),
            views: self.number_of("views", row),
            applications: self.number_of("applications", row),
        }
    }

    /// A posting's number; none without such a column.
    fn number_of(&self, column: &str, row: usize) -> Option<i64> {
        let column = self.fact().column(column)?;
        self.postings.number(column, row)
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
        let row = self.walk.find(|row| self.chosen.bits.contains(*row))?;
        self.left -= 1;
        Some(self.image.posting(row))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Rows<'_> {}
