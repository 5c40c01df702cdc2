//! A reference model: counts posting by posting, without any of the image's data structures.

use std::collections::{BTreeMap, BTreeSet};

use super::fixture::{Pairs, Posting, day};

/// Search queries for random postings.
pub const QUERIES: &[&str] = &[
    "데이터 엔지니어",
    "dataengineer",
    "java",
    "자바",
    "script",
    "C",
    "c++",
    "개발 DATA",
    "ja",
    "—🚀",
    "랩",
    "Java17",
    "자바 17",
    "c ++",
    "\u{200B}",
];

/// The selection of some parameters.
#[derive(Default)]
pub struct Chosen {
    pub values: BTreeMap<String, BTreeSet<String>>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub q: String,
}

pub fn chosen(pairs: &Pairs) -> Chosen {
    let mut chosen = Chosen::default();
    for (name, value) in pairs {
        chosen.take(name, value);
    }
    chosen
}

/// The selection that is compared with.
pub fn versus(pairs: &Pairs) -> Option<Chosen> {
    let own: Vec<(&str, &str)> = pairs
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("vs.")?, value.as_str())))
        .collect();
    if own.is_empty() {
        return None;
    }
    let mut all = Chosen::default();
    for (name, value) in pairs {
        let replaced = own.iter().any(|(other, _)| other == name);
        if !replaced && !name.starts_with("vs.") {
            all.take(name, value);
        }
    }
    for (name, value) in own {
        all.take(name, value);
    }
    Some(all)
}

impl Chosen {
    fn take(&mut self, name: &str, value: &str) {
        match name {
            "from" => self.from = Some(value.to_owned()),
            "to" => self.to = Some(value.to_owned()),
            "q" => self.q = value.to_owned(),
            dimension if super::fixture::DIMENSIONS.contains(&dimension) && !value.is_empty() => {
                let values = self.values.entry(dimension.to_owned()).or_default();
                values.insert(value.to_owned());
            }
            _ => {}
        }
    }

    pub fn has(&self, posting: &Posting) -> bool {
        let posted = posting.posted.map(|posted| day(posted).to_string());
        let within = |limit: &Option<String>, holds: fn(&String, &String) -> bool| match limit {
            None => true,
            Some(limit) => posted.as_ref().is_some_and(|posted| holds(posted, limit)),
        };
        self.values.iter().all(|(dimension, values)| {
            posting
                .values
                .get(dimension.as_str())
                .is_some_and(|own| !own.is_disjoint(values))
        }) && within(&self.from, |posted, from| posted >= from)
            && within(&self.to, |posted, to| posted <= to)
            && finds(&self.q, posting)
    }

    pub fn of<'a>(&self, postings: &'a [Posting]) -> Vec<&'a Posting> {
        postings
            .iter()
            .filter(|posting| self.has(posting))
            .collect()
    }
}

/// The parts of each query of [`QUERIES`]: wordings, upper case for whole words.
fn parts(query: &str) -> &'static [&'static [&'static str]] {
    match query {
        "데이터 엔지니어" | "dataengineer" => &[&["데이터엔지니어", "DATAENGINEER"]],
        "java" | "자바" => &[&["자바", "JAVA"]],
        "script" => &[&["script"]],
        "C" => &[&["C"]],
        "c++" | "c ++" => &[&["c++"]],
        "개발 DATA" => &[&["개발"], &["데이터", "DATA"]],
        "ja" => &[&["JA"]],
        "랩" => &[&["랩"]],
        "Java17" => &[&["자바17", "JAVA17"]],
        "자바 17" => &[&["자바", "JAVA"], &["17"]],
        // Symbols alone match nothing, an empty query everything.
        "—🚀" => &[&[]],
        "" | "\u{200B}" => &[],
        other => panic!("no parts for {other}"),
    }
}

fn finds(query: &str, posting: &Posting) -> bool {
    let skills = posting.values["skill"].iter().map(String::as_str);
    let texts: Vec<&str> = skills
        .chain([posting.title.as_str()])
        .chain(posting.company.as_deref())
        .collect();
    parts(query).iter().all(|wordings| {
        texts
            .iter()
            .any(|text| wordings.iter().any(|wording| says(text, wording)))
    })
}

/// Checks every substring of a text. Numbers are short: they match whole words only.
fn says(text: &str, wording: &str) -> bool {
    let characters: Vec<char> = text
        .chars()
        .filter(|character| *character != '\u{200B}')
        .collect();
    let kept = |character: &char| character.is_alphanumeric() || matches!(character, '+' | '#');
    let whole = wording
        .chars()
        .any(|character| character.is_ascii_uppercase());
    let number = wording.starts_with(|first: char| first.is_ascii_digit());
    let numbered = wording.ends_with(|last: char| last.is_ascii_digit());
    let wording = wording.to_lowercase();
    (0..characters.len()).any(|from| {
        (from + 1..=characters.len()).any(|to| {
            let stretch = &characters[from..to];
            if !kept(&stretch[0]) || !kept(&stretch[stretch.len() - 1]) {
                return false;
            }
            let squeezed: String = stretch.iter().filter(|each| kept(each)).collect();
            let squeezed = squeezed.to_lowercase();
            let plural = wording.len() >= 4 && !numbered && squeezed == format!("{wording}s");
            let before = from.checked_sub(1).map(|place| characters[place]);
            let after = characters.get(to);
            let digit = |beside: Option<&char>| beside.is_some_and(char::is_ascii_digit);
            if number && digit(before.as_ref()) || numbered && digit(after) {
                return false;
            }
            if !whole && !number {
                return squeezed == wording;
            }
            if wording.len() == 1
                && (joins(&characters, from, false) || joins(&characters, to, true))
            {
                return false;
            }
            (squeezed == wording || plural)
                && (number || !before.is_some_and(|before| before.is_ascii_alphabetic()))
                && !after.is_some_and(|after| after.is_ascii_alphabetic() || "+#".contains(*after))
        })
    })
}

/// Whether an `&` directly before or at a place joins two single letters into one word.
fn joins(characters: &[char], place: usize, at: bool) -> bool {
    let place = if at {
        Some(place)
    } else {
        place.checked_sub(1)
    };
    let letter = |from: Option<usize>| {
        let character = from.and_then(|from| characters.get(from));
        character.is_some_and(char::is_ascii_alphabetic)
    };
    let Some(place) = place.filter(|place| characters.get(*place) == Some(&'&')) else {
        return false;
    };
    let goes_on = characters.get(place + 2);
    letter(place.checked_sub(1))
        && !letter(place.checked_sub(2))
        && letter(Some(place + 1))
        && !goes_on.is_some_and(|next| next.is_ascii_alphabetic() || "+#".contains(*next))
}

/// Postings by value of a dimension.
pub fn counts(postings: &[&Posting], dimension: &str) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for posting in postings {
        for value in &posting.values[dimension] {
            *counts.entry(value.clone()).or_insert(0) += 1;
        }
    }
    counts
}

/// Largest first, ties by value.
pub fn by_size(counts: BTreeMap<String, u32>) -> Vec<(String, u32)> {
    let mut counts: Vec<(String, u32)> = counts.into_iter().collect();
    counts.sort_by(|one, other| (other.1, &one.0).cmp(&(one.1, &other.0)));
    counts
}

/// Postings with a district that is in one of these provinces.
pub fn has_below(postings: &[&Posting], provinces: &[&str]) -> u32 {
    let above = |district: &String| district.split_once(' ').map(|(above, _)| above.to_owned());
    postings
        .iter()
        .filter(|posting| {
            let mut above = posting.values["district"].iter().filter_map(above);
            above.any(|above| provinces.contains(&above.as_str()))
        })
        .count() as u32
}

/// Postings that have one of these provinces.
pub fn has_one_of(postings: &[&Posting], provinces: &[&str]) -> u32 {
    let own = |posting: &&&Posting| {
        let mut own = posting.values["province"].iter();
        own.any(|province| provinces.contains(&province.as_str()))
    };
    postings.iter().filter(own).count() as u32
}

pub fn has_any(postings: &[&Posting], dimension: &str) -> u32 {
    postings
        .iter()
        .filter(|posting| !posting.values[dimension].is_empty())
        .count() as u32
}
