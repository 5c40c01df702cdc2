//! Requests: parsing and validating URL parameters.

mod choice;
mod error;

use std::collections::{BTreeMap, BTreeSet};

use crate::filters::Filters;
use crate::grain::Grain;
use crate::language::Language;
use crate::model::Definitions;
use choice::{Choice, short};
pub use error::RequestError;
use kernel::nearest;

/// Parameters that are not dimensions; no dimension can have one of these names.
pub(crate) const OWN_PARAMETERS: &[&str] = &[
    "build",
    "contains",
    "dimension",
    "from",
    "grain",
    "lang",
    "limit",
    "offset",
    "order",
    "q",
    "raw",
    "sort",
    "tiles",
    "to",
];

/// The prefix of the parameters of the comparison selection.
const VERSUS: &str = "vs.";

const PAGE: usize = 100;
const PAGE_LIMIT: usize = 500;
const FACETS: usize = 200;
const FACETS_LIMIT: usize = 5_000;

/// The kind of request: it determines the valid parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Tiles: `tiles`, names separated by commas, may be repeated.
    Tiles,
    /// Facets: `dimension`, may be repeated (all that are filters without it), `contains`, `limit`.
    Facets,
    /// A page of rows: `sort`, `order`, `offset`, `limit`.
    Postings,
    /// All rows: `sort`, `order`, `lang` (of a file for people), `raw` (one for programs).
    Export,
    /// The SQL of a tile: nothing but selections.
    Explain,
}

/// A request: one selection or two, and the requested result. Lists (facets and rows) use the
/// first selection only.
#[derive(Clone, Debug)]
pub struct Request {
    build: Option<u64>,
    /// The requested periods of tiles over time.
    pub grain: Option<Grain>,
    /// The selection.
    pub first: Filters,
    /// The selection that it is compared with.
    pub second: Option<Filters>,
    /// Indices of the tiles.
    pub tiles: Vec<usize>,
    /// Indices of the dimensions whose values are listed.
    pub facets: Vec<usize>,
    /// What listed values have to contain.
    pub contains: Option<String>,
    /// Rows of a page, or values of each dimension, at most.
    pub limit: usize,
    /// Rows before the page.
    pub offset: usize,
    /// What rows are sorted by: index of a column of the fact.
    pub sort: usize,
    /// Whether the greatest come first.
    pub descending: bool,
    language: Option<Language>,
    is_raw: bool,
}

impl Request {
    /// Parses decoded URL parameters, in any order.
    ///
    /// An empty value is no filter: `role=`. In the comparison selection it removes the first
    /// selection's filter: `vs.role=`.
    ///
    /// # Errors
    /// [`RequestError`] for unknown parameters and tiles, malformed values, a period that
    /// ends before it begins, and values that are too many or too long. A value that no row has
    /// is no error: it matches nothing.
    pub fn parse(
        kind: Kind,
        pairs: impl Iterator<Item = (String, String)>,
        definitions: &Definitions,
    ) -> Result<Self, RequestError> {
        let mut first = Choice::default();
        let mut second = Choice::default();
        let mut single: BTreeMap<String, String> = BTreeMap::new();
        let mut tiles = Vec::new();
        let mut facets = Vec::new();
        for (name, value) in pairs {
            match name.as_str() {
                "tiles" if kind == Kind::Tiles => {
                    for tile in value
                        .split(',')
                        .map(str::trim)
                        .filter(|tile| !tile.is_empty())
                    {
                        let found = definitions.tile(tile);
                        tiles.push(
                            found.ok_or_else(|| RequestError::unknown_tile(tile, definitions))?,
                        );
                    }
                }
                "dimension" if kind == Kind::Facets => {
                    facets.push(definitions.dimension(&value).ok_or_else(|| {
                        let known = definitions.dimensions.iter().map(|each| each.name.as_str());
                        RequestError::one_of(&name, &value, &known.collect::<Vec<_>>())
                    })?);
                }
                own if kind.parameters().contains(&own) => {
                    if single.contains_key(own) {
                        return Err(RequestError::bad(own, &value, "this is given twice"));
                    }
                    single.insert(name, value);
                }
                other => {
                    let (choice, own) = match other.strip_prefix(VERSUS) {
                        Some(own) => (&mut second, own),
                        None => (&mut first, other),
                    };
                    if !choice.take(own, &name, &value, definitions)? {
                        return Err(unknown_parameter(kind, other, definitions));
                    }
                }
            }
        }
        if facets.is_empty() {
            let dimensions = definitions.dimensions.iter().enumerate();
            facets = dimensions
                .filter(|(_, each)| each.filter)
                .map(|(index, _)| index)
                .collect();
        }
        first.check_days(&Choice::default(), "")?;
        second.check_days(&first, VERSUS)?;
        let second = (!second.is_empty()).then(|| second.instead_of(&first).filters());
        let text = |name: &str| {
            single
                .get(name)
                .map(String::as_str)
                .filter(|text| !text.is_empty())
        };
        // Lists are of the first fact.
        let fact = &definitions.facts[0];
        let sort = match text("sort") {
            None => fact.by_date(),
            Some(value) => fact.column(value).ok_or_else(|| {
                let known = fact.columns.iter().map(|column| column.name.as_str());
                RequestError::one_of("sort", value, &known.collect::<Vec<_>>())
            })?,
        };
        let (otherwise, most) = match kind {
            Kind::Facets => (FACETS, FACETS_LIMIT),
            _ => (PAGE, PAGE_LIMIT),
        };
        Ok(Self {
            build: text("build")
                .map(|value| whole_number("build", value))
                .transpose()?,
            grain: match text("grain") {
                None => None,
                Some(name) => Some(
                    Grain::named(name)
                        .ok_or_else(|| RequestError::one_of("grain", name, &Grain::NAMES))?,
                ),
            },
            contains: text("contains")
                .map(|value| short("contains", value))
                .transpose()?,
            limit: match text("limit") {
                None => otherwise,
                Some(value) => match whole_number("limit", value)? {
                    limit if limit <= most => limit,
                    _ => return Err(RequestError::bad("limit", value, format!("at most {most}"))),
                },
            },
            offset: text("offset")
                .map(|value| whole_number("offset", value))
                .transpose()?
                .unwrap_or(0),
            descending: match text("order") {
                None => fact.columns[sort].descends,
                Some("asc") => false,
                Some("desc") => true,
                Some(other) => return Err(RequestError::one_of("order", other, &["asc", "desc"])),
            },
            language: match text("lang") {
                None => None,
                Some(tag @ ("ko" | "en")) => Language::of(tag),
                Some(other) => {
                    return Err(RequestError::one_of("lang", other, &["ko", "en"]));
                }
            },
            is_raw: match text("raw") {
                None | Some("false") => false,
                Some("true") => true,
                Some(other) => {
                    return Err(RequestError::one_of("raw", other, &["true", "false"]));
                }
            },
            first: first.filters(),
            second,
            tiles: distinct(tiles),
            facets: distinct(facets),
            sort,
        })
    }

    /// The build that the request is pinned to.
    pub fn build(&self) -> Option<u64> {
        self.build
    }

    /// The requested language.
    pub fn language(&self) -> Option<Language> {
        self.language
    }

    /// Whether a machine-readable file was requested.
    pub fn is_raw(&self) -> bool {
        self.is_raw
    }

    /// One selection, or the two that are compared.
    pub fn selections(&self) -> impl Iterator<Item = &Filters> {
        std::iter::once(&self.first).chain(&self.second)
    }
}

impl Kind {
    /// Parameters that can be given once.
    fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Tiles | Self::Explain => &["build", "grain"],
            Self::Facets => &["build", "grain", "contains", "limit"],
            Self::Postings => &["build", "grain", "sort", "order", "offset", "limit"],
            Self::Export => &["build", "grain", "sort", "order", "lang", "raw"],
        }
    }
}

fn unknown_parameter(kind: Kind, name: &str, definitions: &Definitions) -> RequestError {
    let dimensions = definitions.dimensions.iter().map(|each| each.name.as_str());
    let own: &[&str] = match kind {
        Kind::Tiles => &["tiles"],
        Kind::Facets => &["dimension"],
        _ => &[],
    };
    let mut known: Vec<String> = dimensions
        .chain(["from", "to", "q"])
        .flat_map(|name| [name.to_owned(), format!("{VERSUS}{name}")])
        .collect();
    known.extend(
        kind.parameters()
            .iter()
            .chain(own)
            .map(|name| (*name).to_owned()),
    );
    let shown: String = name.chars().take(60).collect();
    RequestError {
        code: "unknown_parameter",
        message: format!("there is no parameter `{shown}` here"),
        hint: nearest(name, known.iter().map(String::as_str))
            .map(|near| format!("the nearest is `{near}`")),
    }
}

fn distinct(places: Vec<usize>) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    places
        .into_iter()
        .filter(|place| seen.insert(*place))
        .collect()
}

fn whole_number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, RequestError> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| value.parse().ok()).flatten();
    number.ok_or_else(|| RequestError::bad(name, value, "this is not a whole number"))
}
