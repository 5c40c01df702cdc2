//! Content negotiation of format and language by `Accept` and `Accept-Language` with quality values
//! (RFC 9110, 12.5.1 and 12.5.4). By hand: `headers`, which reads the other headers, knows neither.

use std::cmp::Reverse;

use axum::http::{HeaderMap, header};
use semantic::Language;
use warehouse::query::Format;

use super::media_type;

/// The formats of a table; of equally preferred ones the first is chosen.
const OFFERED: [Format; 4] = [Format::Json, Format::Csv, Format::Arrow, Format::Parquet];

/// The format that `Accept` selects. A client that accepts none of them gets JSON: a response that
/// may be readable is better than a refusal.
pub fn accepted(headers: &HeaderMap) -> Format {
    let ranges: Vec<Range> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(Range::parse)
        .collect();
    let rank = |(offered, format): (usize, Format)| {
        // The most specific range determines the quality of a format and overrides wider ones.
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

/// The language that `Accept-Language` prefers among the available ones; English by default.
pub fn language(headers: &HeaderMap) -> Language {
    let tags = headers
        .get_all(header::ACCEPT_LANGUAGE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let mut best: Option<(u16, Language)> = None;
    for item in tags {
        let (tag, parameters) = item.split_once(';').unwrap_or((item, ""));
        let quality = thousandths(parameters.split(';'));
        if let Some(language) = Language::of(tag.trim())
            && quality > best.map_or(0, |(quality, _)| quality)
        {
            best = Some((quality, language));
        }
    }
    best.map_or(Language::English, |(_, language)| language)
}

/// The quality value among an item's parameters. An invalid one is ignored, as if the item had
/// none.
fn thousandths<'a>(parameters: impl Iterator<Item = &'a str>) -> u16 {
    let quality = parameters
        .filter_map(|part| part.split_once('='))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case("q"))
        .and_then(|(_, value)| value.trim().parse::<f64>().ok())
        .map_or(1.0, |quality| quality.clamp(0.0, 1.0));
    (quality * 1000.0).round() as u16
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
        Self {
            name,
            width,
            thousandths: thousandths(parts),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_most_preferred_available_one() {
        let asked = |value: &str| {
            let headers = [(header::ACCEPT_LANGUAGE, value.parse().unwrap())];
            language(&headers.into_iter().collect())
        };
        for value in [
            "ko",
            "ko-KR,ko;q=0.9,en;q=0.8",
            "fr, ko;q=0.2",
            "en;q=0.3, KO;q=0.4",
        ] {
            assert_eq!(asked(value), Language::Korean, "{value}");
        }
        for value in ["en-GB", "fr", "*", "ko;q=0", "en, ko", "en;q=0.5,ko;q=0.4"] {
            assert_eq!(asked(value), Language::English, "{value}");
        }
        assert_eq!(language(&HeaderMap::new()), Language::English);
    }
}
