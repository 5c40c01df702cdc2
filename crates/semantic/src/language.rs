//! Labels in a language.

use crate::model::Definitions;

/// A language that labels come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Korean.
    Korean,
    /// English.
    English,
}

impl Language {
    /// The language of a tag such as `ko-KR`, if labels come in it.
    pub fn of(tag: &str) -> Option<Self> {
        match tag.split('-').next()?.trim() {
            name if name.eq_ignore_ascii_case("ko") => Some(Self::Korean),
            name if name.eq_ignore_ascii_case("en") => Some(Self::English),
            _ => None,
        }
    }

    /// The one of two texts that is in this language.
    pub fn pick<'a>(self, korean: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Korean => korean,
            Self::English => english,
        }
    }
}

impl Definitions {
    /// Whether there is a dimension of this name.
    pub fn has_dimension(&self, name: &str) -> bool {
        self.dimension(name).is_some()
    }

    /// The label of a dimension; of an unknown one, its name.
    pub fn dimension_label<'a>(&'a self, dimension: &'a str, language: Language) -> &'a str {
        let found = self.dimension(dimension);
        found.map_or(dimension, |index| {
            let labels = &self.dimensions[index].labels;
            language.pick(&labels.ko, &labels.en)
        })
    }

    /// The label of a value of a dimension; without a label, the value itself.
    pub fn label<'a>(&'a self, dimension: &str, value: &'a str, language: Language) -> &'a str {
        let labels = self.dimension(dimension).and_then(|index| {
            let dimension = &self.dimensions[index];
            match language {
                Language::Korean => dimension.labels_ko.get(value),
                Language::English => dimension.labels_en.get(value),
            }
        });
        labels.map_or(value, String::as_str)
    }
}
