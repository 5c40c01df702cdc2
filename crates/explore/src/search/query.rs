//! A query: parts that all have to be found, each in one of several wordings.

use aho_corasick::packed;
use memchr::memmem::{self, Finder};

use super::normal::{Normal, normal};

/// A word in Latin letters shorter than this has to be a word of its own.
const SHORT: usize = 3;

/// From this length on a plural is the same word.
const PLURAL: usize = 4;

/// The synonym groups in normal form, ready to be found in a query.
#[derive(Debug, Default)]
pub(crate) struct Synonyms {
    groups: Vec<Vec<Wording>>,
    /// Group and place in it of every wording, longest first.
    longest_first: Vec<(usize, usize)>,
}

/// One wording of what is searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wording {
    text: String,
    /// Whether it has to be a word of its own.
    whole: bool,
}

impl Synonyms {
    pub fn new(groups: &[Vec<String>]) -> Self {
        let mut synonyms = Self::default();
        for group in groups {
            let mut wordings: Vec<Wording> = Vec::new();
            for text in group {
                let text = normal(text).text;
                let whole = is_latin(&text);
                let wording = Wording { text, whole };
                if !wording.text.is_empty() && !wordings.contains(&wording) {
                    wordings.push(wording);
                }
            }
            let own = 0..wordings.len();
            let index = synonyms.groups.len();
            synonyms
                .longest_first
                .extend(own.map(|place| (index, place)));
            synonyms.groups.push(wordings);
        }
        let groups = &synonyms.groups;
        synonyms
            .longest_first
            .sort_by_key(|(group, place)| std::cmp::Reverse(groups[*group][*place].text.len()));
        synonyms
    }
}

fn is_latin(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether a plural of a wording that has to be a word of its own is the same word.
pub(crate) fn has_plural(text: &str) -> bool {
    text.len() >= PLURAL
}

/// What is searched for.
#[derive(Debug)]
pub(crate) struct Query {
    parts: Vec<Part>,
}

impl Query {
    pub fn new(text: &str, synonyms: &Synonyms) -> Self {
        let query = normal(text);
        let mut taken: Vec<(usize, usize)> = Vec::new();
        let mut parts: Vec<Vec<Wording>> = Vec::new();
        for (group, place) in &synonyms.longest_first {
            let wording = &synonyms.groups[*group][*place];
            for start in memmem::find_iter(query.text.as_bytes(), &wording.text) {
                let Some(end) = query.holds(wording, start) else {
                    continue;
                };
                if taken.iter().all(|other| end <= other.0 || other.1 <= start) {
                    taken.push((start, end));
                    add(&mut parts, synonyms.groups[*group].clone());
                }
            }
        }
        taken.sort_unstable();
        taken.push((query.text.len(), query.text.len()));
        let mut reached = 0;
        for (start, end) in taken {
            for text in words(&query, reached, start) {
                let whole = text.len() < SHORT && is_latin(text);
                let text = text.to_owned();
                add(&mut parts, vec![Wording { text, whole }]);
            }
            reached = end;
        }
        Self {
            parts: parts.into_iter().map(Part::new).collect(),
        }
    }

    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

fn add(parts: &mut Vec<Vec<Wording>>, part: Vec<Wording>) {
    if !parts.contains(&part) {
        parts.push(part);
    }
}

/// The words of a stretch of a query.
fn words(query: &Normal, from: usize, to: usize) -> Vec<&str> {
    let mut bounds = vec![from];
    bounds.extend(
        query
            .begins
            .iter()
            .filter(|place| (from + 1..to).contains(*place)),
    );
    bounds.push(to);
    let words = bounds.windows(2).map(|pair| &query.text[pair[0]..pair[1]]);
    words.filter(|word| !word.is_empty()).collect()
}

/// One part of a query: found where any of its wordings is.
#[derive(Debug)]
pub(crate) struct Part {
    wordings: Vec<Wording>,
    finders: Vec<Finder<'static>>,
    /// Finds all wordings in one pass, where the machine can do that.
    together: Option<packed::Searcher>,
}

impl Part {
    fn new(wordings: Vec<Wording>) -> Self {
        let together = (wordings.len() > 1).then(|| {
            let mut builder = packed::Config::new().builder();
            builder.extend(wordings.iter().map(|wording| wording.text.as_bytes()));
            builder.build()
        });
        Self {
            finders: wordings
                .iter()
                .map(|wording| Finder::new(&wording.text).into_owned())
                .collect(),
            together: together.flatten(),
            wordings,
        }
    }

    /// The normal texts of its wordings, each with whether it has to be a word of its own.
    pub fn wordings(&self) -> impl Iterator<Item = (&str, bool)> {
        self.wordings
            .iter()
            .map(|wording| (wording.text.as_str(), wording.whole))
    }

    /// Where the first wording begins that may hold.
    pub(super) fn find(&self, text: &[u8]) -> Option<usize> {
        match &self.together {
            Some(searcher) => searcher.find(text).map(|found| found.start()),
            None => self
                .finders
                .iter()
                .filter_map(|finder| finder.find(text))
                .min(),
        }
    }

    /// Whether any wording holds at a place of a text.
    pub(super) fn holds(&self, text: &impl Worded, place: usize) -> bool {
        self.wordings
            .iter()
            .any(|wording| text.holds(wording, place).is_some())
    }
}

impl Wording {
    pub fn whole(&self) -> bool {
        self.whole
    }
}

/// Text in normal form that still knows where its words began.
pub(super) trait Worded {
    fn bytes(&self) -> &[u8];
    fn begins(&self, place: usize) -> bool;

    /// Where a wording ends that begins at `place` and, if it has to, is a word of its own there.
    fn holds(&self, wording: &Wording, place: usize) -> Option<usize> {
        let text = self.bytes();
        if !text[place..].starts_with(wording.text.as_bytes()) {
            return None;
        }
        let end = place + wording.text.len();
        if !wording.whole() {
            return Some(end);
        }
        if place > 0 && text[place - 1].is_ascii_alphabetic() && !self.begins(place) {
            return None;
        }
        let ends_at = |end: usize| {
            let next = text.get(end);
            next.is_none_or(|next| !next.is_ascii_alphabetic() && !matches!(next, b'+' | b'#'))
                || self.begins(end)
        };
        if ends_at(end) {
            return Some(end);
        }
        let plural = has_plural(&wording.text) && text.get(end) == Some(&b's');
        (plural && ends_at(end + 1)).then_some(end + 1)
    }
}

impl Worded for Normal {
    fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    fn begins(&self, place: usize) -> bool {
        self.begins.binary_search(&place).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<String> {
        let groups = [
            vec!["데이터 엔지니어", "data engineer"],
            vec!["데이터", "data"],
            vec!["자바", "java"],
            vec!["자바스크립트", "javascript"],
            vec!["쿠버네티스", "k8s"],
        ];
        let groups: Vec<Vec<String>> = groups
            .iter()
            .map(|group| group.iter().map(|text| (*text).to_owned()).collect())
            .collect();
        let query = Query::new(text, &Synonyms::new(&groups));
        let joined = |part: &Part| {
            part.wordings()
                .map(|(text, whole)| {
                    if whole {
                        format!("={text}")
                    } else {
                        text.to_owned()
                    }
                })
                .collect::<Vec<_>>()
                .join("|")
        };
        query.parts().iter().map(joined).collect()
    }

    #[test]
    fn the_longest_wording_is_taken_first_and_spaces_do_not_matter() {
        assert_eq!(parts("데이터엔지니어"), ["데이터엔지니어|=dataengineer"]);
        assert_eq!(parts("DATA-Engineers"), ["데이터엔지니어|=dataengineer"]);
        assert_eq!(parts("데이터 분석 서울"), ["데이터|=data", "분석", "서울"]);
        assert_eq!(
            parts("시니어데이터엔지니어팀"),
            ["데이터엔지니어|=dataengineer", "시니어", "팀"]
        );
        assert_eq!(parts("자바스크립트"), ["자바스크립트|=javascript"]);
        assert_eq!(parts("java개발"), ["자바|=java", "개발"]);
        assert_eq!(parts("k8s"), ["쿠버네티스|=k8s"]);
    }

    #[test]
    fn words_without_synonyms_are_found_within_others_unless_they_are_short() {
        assert_eq!(parts("javanese"), ["javanese"]);
        assert_eq!(parts("R C++ sql"), ["=r", "c++", "sql"]);
        assert_eq!(parts("팀 팀"), ["팀"]);
        assert!(parts(" .—🚀\u{202E}").is_empty());
    }
}
