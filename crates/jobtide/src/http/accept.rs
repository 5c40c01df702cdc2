//! Which format a caller wants, after `Accept` with its quality values (RFC 9110, 12.5.1).

use std::cmp::Reverse;

use axum::http::{HeaderMap, header};
use warehouse::query::Format;

use super::answer::media_type;

/// What a table is served as; of formats that are equally welcome, the first.
const OFFERED: [Format; 4] = [Format::Json, Format::Csv, Format::Arrow, Format::Parquet];

/// The format that `Accept` asks for. A caller who takes none of ours gets JSON: an answer that may
/// be read is better than a refusal.
pub fn accepted(headers: &HeaderMap) -> Format {
    let ranges: Vec<Range> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(Range::parse)
        .collect();
    let rank = |(offered, format): (usize, Format)| {
        // The most specific range says how welcome a format is, whatever wider ones say.
        let (position, range) = ranges
            .iter()
            .enumerate()
            .filter(|(_, range)| range.covers(format))
            .max_by_key(|(position, range)| (range.width, Reverse(*position)))?;
        let rank = (range.thousandths, range.width, Reverse(position));
        (range.thousandths > 0).then_some(((rank, Reverse(offered)), format))
    };
    OFFERED
        .into_iter()
        .enumerate()
        .filter_map(rank)
        .max_by_key(|(rank, _)| *rank)
        .map_or(Format::Json, |(_, format)| format)
}

/// How much a range covers, the narrowest last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Width {
    Anything,
    Kind,
    One,
}

/// One item of `Accept`, such as `text/*;q=0.5`.
struct Range {
    name: String,
    width: Width,
    /// Its quality value; 0 for "not this".
    thousandths: u16,
}

impl Range {
    fn parse(item: &str) -> Self {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let width = match name.split_once('/') {
            Some(("*", "*")) => Width::Anything,
            Some((_, "*")) => Width::Kind,
            _ => Width::One,
        };
        // A quality value that is no number says nothing: the range counts as named without one.
        let quality = parts
            .filter_map(|part| part.split_once('='))
            .find(|(key, _)| key.trim().eq_ignore_ascii_case("q"))
            .and_then(|(_, value)| value.trim().parse::<f64>().ok())
            .map_or(1.0, |quality| quality.clamp(0.0, 1.0));
        Self {
            name,
            width,
            thousandths: (quality * 1000.0).round() as u16,
        }
    }

    fn covers(&self, format: Format) -> bool {
        let media_type = media_type(format).split(';').next().unwrap_or_default();
        match self.width {
            Width::Anything => true,
            Width::Kind => media_type.starts_with(self.name.trim_end_matches('*')),
            Width::One => media_type == self.name,
        }
    }
}
