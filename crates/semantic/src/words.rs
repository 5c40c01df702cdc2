//! Selections as text: for file names, titles and readers of exported files.

use crate::filters::Filters;
use crate::language::Language;
use crate::model::{Definitions, Values};
use crate::request::Request;

/// One filter as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterWords {
    /// What is filtered by, such as `직무`.
    pub name: String,
    /// The values, such as `데이터 엔지니어`.
    pub values: Vec<String>,
}

impl Request {
    /// The filters of the first selection.
    pub fn filters_in_words(
        &self,
        definitions: &Definitions,
        language: Language,
    ) -> Vec<FilterWords> {
        words(&self.first, definitions, language)
    }

    /// The selection in the short form of a title, by the same rules as the page's: at most three
    /// values of a dimension; for a comparison both sides, then what they share.
    pub fn title_words(&self, definitions: &Definitions, language: Language) -> Vec<String> {
        let Some(second) = &self.second else {
            return title(&self.first, definitions, language);
        };
        let (mut a, mut b) = (self.first.clone(), second.clone());
        let mut shared = Filters::default();
        let is_shared = |values: &Values, other: &Filters| other.values.contains(values);
        shared.values = a.values.clone();
        shared.values.retain(|values| is_shared(values, &b));
        a.values.retain(|values| !is_shared(values, &shared));
        b.values.retain(|values| !is_shared(values, &shared));
        if (a.from, a.to) == (b.from, b.to) {
            (shared.from, shared.to) = (a.from, a.to);
            (a.from, a.to, b.from, b.to) = (None, None, None, None);
        }
        if a.text == b.text {
            shared.text = std::mem::take(&mut a.text);
            b.text.clear();
        }
        let side = |filters: &Filters| match title(filters, definitions, language) {
            words if words.is_empty() => language.pick("전체", "all").to_owned(),
            words => words.join(" · "),
        };
        let versus = match language {
            Language::Korean => format!("{} 대 {}", side(&a), side(&b)),
            Language::English => format!("{} vs {}", side(&a), side(&b)),
        };
        let mut all = vec![versus];
        all.extend(title(&shared, definitions, language));
        all
    }
}

/// Values of one dimension that a title names, at most.
const TITLE_VALUES: usize = 3;

fn title(filters: &Filters, definitions: &Definitions, language: Language) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for chosen in &filters.values {
        let name = definitions.dimensions[chosen.dimension].name.as_str();
        let named = chosen.values.iter().take(TITLE_VALUES);
        let named: Vec<&str> = named
            .map(|value| definitions.label(name, value, language))
            .collect();
        let more = match chosen.values.len() > TITLE_VALUES {
            true => "…",
            false => "",
        };
        all.push(format!("{}{more}", named.join(", ")));
    }
    all.extend(period(filters, language));
    if !filters.text.is_empty() {
        all.push(match language {
            Language::Korean => format!("‘{}’", filters.text),
            Language::English => format!("“{}”", filters.text),
        });
    }
    all
}

/// The days as text; none: any day.
fn period(filters: &Filters, language: Language) -> Option<String> {
    match (filters.from, filters.to) {
        (None, None) => None,
        (Some(from), Some(to)) if from == to => Some(from.to_string()),
        (Some(from), Some(to)) => Some(format!("{from} – {to}")),
        (Some(from), None) => Some(match language {
            Language::Korean => format!("{from}부터"),
            Language::English => format!("since {from}"),
        }),
        (None, Some(to)) => Some(match language {
            Language::Korean => format!("{to}까지"),
            Language::English => format!("until {to}"),
        }),
    }
}

fn words(filters: &Filters, definitions: &Definitions, language: Language) -> Vec<FilterWords> {
    let mut all: Vec<FilterWords> = Vec::new();
    for chosen in &filters.values {
        let name = definitions.dimensions[chosen.dimension].name.as_str();
        let values = chosen.values.iter();
        all.push(FilterWords {
            name: definitions.dimension_label(name, language).to_owned(),
            values: values
                .map(|value| definitions.label(name, value, language).to_owned())
                .collect(),
        });
    }
    all.extend(period(filters, language).map(|period| FilterWords {
        name: language.pick("기간", "Period").to_owned(),
        values: vec![period],
    }));
    if !filters.text.is_empty() {
        all.push(FilterWords {
            name: language.pick("검색어", "Search").to_owned(),
            values: vec![filters.text.clone()],
        });
    }
    all
}
