//! A query: terms that all must match, each in one of several wordings.

use std::collections::BTreeMap;

use super::normal::{Normal, is_visible, normal};
use super::wording::{SHORT, Wording, Words};

/// The synonym groups in normal form, ready to be matched in a query.
#[derive(Debug, Default)]
pub struct Synonyms {
    groups: Vec<Vec<Wording>>,
    /// Group and place in it of every wording that asks for a group, longest first.
    longest_first: Vec<(usize, usize)>,
    /// From this one on, only the first wording selects the group: an abbreviation, which has to be
    /// a separate word in the query.
    short_from: usize,
}

impl Synonyms {
    /// Groups of words that mean the same, and short forms with a word that each stands for.
    pub fn new(groups: &[Vec<String>], short: &BTreeMap<String, String>) -> Self {
        let mut synonyms = Self::default();
        for group in groups {
            let mut wordings: Vec<Wording> = Vec::new();
            for text in group {
                let wording = Wording::synonym(normal(text).text);
                if !wording.text().is_empty() && !wordings.contains(&wording) {
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
        synonyms.short_from = synonyms.groups.len();
        for (short, stands_for) in short {
            let stands_for = Wording::synonym(normal(stands_for).text);
            let same = synonyms.groups[..synonyms.short_from].iter();
            let mut wordings = vec![Wording::synonym(normal(short).text)];
            match same.into_iter().find(|group| group.contains(&stands_for)) {
                Some(group) => wordings.extend(group.iter().cloned()),
                None => wordings.push(stands_for),
            }
            synonyms.longest_first.push((synonyms.groups.len(), 0));
            synonyms.groups.push(wordings);
        }
        let groups = &synonyms.groups;
        synonyms
            .longest_first
            .sort_by_key(|(group, place)| std::cmp::Reverse(groups[*group][*place].text().len()));
        synonyms
    }
}

/// What is searched for.
#[derive(Debug)]
pub struct Query {
    terms: Vec<Term>,
    /// Whether it has visible characters.
    is_visible: bool,
}

/// A match of a synonym group's wording in a query.
struct Taken {
    start: usize,
    end: usize,
    group: usize,
    /// The short number that belongs to it.
    digits: String,
}

impl Query {
    /// Parses what was typed.
    pub fn new(text: &str, synonyms: &Synonyms) -> Self {
        let mut query = normal(text);
        join_signs(&mut query);
        let mut taken = synonyms.taken(&query);
        let mut terms: Vec<Vec<Wording>> = Vec::new();
        for each in &taken {
            let group = &synonyms.groups[each.group];
            let term = match each.digits.as_str() {
                "" => group.clone(),
                digits => {
                    let group = group.iter();
                    group.map(|wording| wording.with_number(digits)).collect()
                }
            };
            add(&mut terms, term);
        }
        taken.sort_unstable_by_key(|each| each.start);
        let mut reached = 0;
        let end = query.text.len();
        let stretches = taken.iter().map(|each| (each.start, each.end));
        for (start, end) in stretches.chain([(end, end)]) {
            for text in words(&query, reached, start) {
                add(&mut terms, vec![Wording::plain(text)]);
            }
            reached = end;
        }
        Self {
            terms: terms
                .into_iter()
                .map(|wordings| Term { wordings })
                .collect(),
            is_visible: is_visible(text),
        }
    }

    /// All of them must match. There are none in an empty query, or in one of only punctuation and
    /// symbols.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Whether the query is empty, which matches everything.
    pub fn is_empty(&self) -> bool {
        !self.is_visible
    }

    /// Whether the query has an empty normal form, which matches nothing.
    pub fn is_unsearchable(&self) -> bool {
        self.is_visible && self.terms.is_empty()
    }
}

/// `C ++` is `C++`: a word of signs alone is joined to the word before it.
fn join_signs(query: &mut Normal) {
    let ends = query.begins.iter().skip(1).copied();
    let ends: Vec<usize> = ends.chain([query.text.len()]).collect();
    let mut ends = ends.into_iter();
    let text = &query.text;
    query.begins.retain(|begin| {
        let word = ends.next().map_or("", |end| &text[*begin..end]);
        *begin == 0 || !word.bytes().all(|byte| matches!(byte, b'+' | b'#'))
    });
}

impl Synonyms {
    /// The wordings of a query, longest first.
    fn taken(&self, query: &Normal) -> Vec<Taken> {
        let mut taken: Vec<Taken> = Vec::new();
        for (group, place) in &self.longest_first {
            let wording = &self.groups[*group][*place];
            for start in starts_of(wording.text(), &query.text) {
                let Some(end) = query.match_end(wording, start) else {
                    continue;
                };
                if *group >= self.short_from && !query.is_word(start, end) {
                    continue;
                }
                if taken
                    .iter()
                    .all(|other| end <= other.start || other.end <= start)
                {
                    taken.push(Taken {
                        start,
                        end,
                        group: *group,
                        digits: String::new(),
                    });
                }
            }
        }
        let starts: Vec<usize> = taken.iter().map(|each| each.start).collect();
        for each in &mut taken {
            let digits = number(query, each.end, &starts);
            // What follows a plural would be missing its `s`.
            let text = &query.text[each.start..each.end];
            let group = &self.groups[each.group];
            if group.iter().any(|wording| wording.text() == text) {
                each.digits = digits.to_owned();
                each.end += digits.len();
            }
        }
        taken
    }
}

impl Normal {
    /// Whether a range covers whole words, the last one possibly continued by a number.
    fn is_word(&self, start: usize, end: usize) -> bool {
        let next = self.text.as_bytes().get(end);
        let ends = next.is_none_or(u8::is_ascii_digit) || self.is_start(end);
        ends && self.is_start(start)
    }
}

/// The short number that directly follows a word of a query and ends it, or nothing: not `3` of
/// `경력3년`, which is `3년`. A long number matches anywhere.
fn number<'a>(query: &'a Normal, from: usize, taken: &[usize]) -> &'a str {
    let goes_on = |place: &usize| {
        !query.is_start(*place)
            && (query.bytes().get(*place)).is_some_and(|byte| byte.is_ascii_digit())
    };
    let end = (from..).find(|place| !goes_on(place)).unwrap_or(from);
    let word_ends = end == query.text.len() || query.is_start(end) || taken.contains(&end);
    match word_ends && end - from < SHORT {
        true => &query.text[from..end],
        false => "",
    }
}

fn add(terms: &mut Vec<Vec<Wording>>, term: Vec<Wording>) {
    if !terms.contains(&term) {
        terms.push(term);
    }
}

/// The words of a range of a query.
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

/// Where a word begins in a text; overlaps are left out.
fn starts_of(word: &str, text: &str) -> impl Iterator<Item = usize> {
    text.match_indices(word).map(|(start, _)| start)
}

/// One term of a query: matches if any of its wordings does.
#[derive(Debug)]
pub struct Term {
    wordings: Vec<Wording>,
}

impl Term {
    /// In the order of the synonym group.
    pub fn wordings(&self) -> &[Wording] {
        &self.wordings
    }

    /// Whether any wording matches at a position of a text.
    pub fn matches_at(&self, text: &impl Words, place: usize) -> bool {
        self.wordings
            .iter()
            .any(|wording| text.match_end(wording, place).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<String> {
        let groups = [
            vec!["데이터 엔지니어", "data engineer"],
            vec!["데이터", "data"],
            vec!["자바", "java"],
            vec!["자바스크립트", "javascript"],
            vec!["쿠버네티스", "k8s"],
        ];
        let short = [("JS", "자바스크립트"), ("뷰", "Vue"), ("장고", "django")];
        let short = short.map(|(short, of)| (short.to_owned(), of.to_owned()));
        let groups: Vec<Vec<String>> = groups
            .iter()
            .map(|group| group.iter().map(|text| (*text).to_owned()).collect())
            .collect();
        let query = Query::new(text, &Synonyms::new(&groups, &short.into()));
        let joined = |term: &Term| {
            term.wordings()
                .iter()
                .map(|wording| match wording.after().letters {
                    true => format!("={}", wording.text()),
                    false => wording.text().to_owned(),
                })
                .collect::<Vec<_>>()
                .join("|")
        };
        query.terms().iter().map(joined).collect()
    }

    #[test]
    fn the_longest_wording_is_taken_first_and_spaces_do_not_matter() {
        assert_eq!(terms("데이터엔지니어"), ["데이터엔지니어|=dataengineer"]);
        assert_eq!(terms("DATA-Engineers"), ["데이터엔지니어|=dataengineer"]);
        assert_eq!(terms("데이터 분석 서울"), ["데이터|=data", "분석", "서울"]);
        assert_eq!(
            terms("시니어데이터엔지니어팀"),
            ["데이터엔지니어|=dataengineer", "시니어", "팀"]
        );
        assert_eq!(terms("자바스크립트"), ["자바스크립트|=javascript"]);
        assert_eq!(terms("java개발"), ["자바|=java", "개발"]);
        assert_eq!(terms("k8s"), ["쿠버네티스|=k8s"]);
    }

    #[test]
    fn a_short_form_finds_what_it_stands_for_but_not_the_other_way_round() {
        assert_eq!(terms("JS"), ["=js|자바스크립트|=javascript"]);
        assert_eq!(terms("js 개발"), ["=js|자바스크립트|=javascript", "개발"]);
        assert_eq!(terms("js6"), ["=js6|자바스크립트6|=javascript6"]);
        assert_eq!(terms("자바스크립트"), ["자바스크립트|=javascript"]);
        assert_eq!(terms("뷰"), ["뷰|=vue"]);
        assert_eq!(terms("장고 뷰"), ["장고|=django", "뷰|=vue"]);
        // Not as a part of another word.
        assert_eq!(terms("인터뷰"), ["인터뷰"]);
        assert_eq!(terms("뷰티 냉장고"), ["뷰티", "냉장고"]);
        assert_eq!(terms("vue"), ["vue"]);
    }

    #[test]
    fn words_without_synonyms_are_found_within_others_unless_they_are_short() {
        assert_eq!(terms("javanese"), ["javanese"]);
        assert_eq!(terms("R C++ sql"), ["=r", "c++", "sql"]);
        assert_eq!(terms("팀 팀"), ["팀"]);
        assert!(terms(" .—🚀\u{202E}").is_empty());
    }

    #[test]
    fn a_short_number_directly_after_a_wording_belongs_to_it() {
        assert_eq!(terms("Java17"), ["자바17|=java17"]);
        assert_eq!(terms("자바8 서울"), ["자바8|=java8", "서울"]);
        assert_eq!(terms("java17data"), ["데이터|=data", "자바17|=java17"]);
        assert_eq!(terms("java17.0"), ["자바17|=java17", "=0"]);
        assert_eq!(terms("java 17"), ["자바|=java", "=17"]);
        assert_eq!(terms("datas3"), ["데이터|=data", "=3"]);
        // Not if the number begins a separate word, nor if it is long.
        assert_eq!(terms("자바3년"), ["자바|=java", "3년"]);
        assert_eq!(terms("자바3d"), ["자바|=java", "=3d"]);
        assert_eq!(terms("자바2026"), ["자바|=java", "2026"]);
    }

    #[test]
    fn signs_alone_are_joined_to_the_word_before() {
        assert_eq!(terms("C ++"), ["c++"]);
        assert_eq!(terms("c # java"), ["자바|=java", "c#"]);
        assert_eq!(terms("c + + / sql"), ["c++", "sql"]);
        assert_eq!(terms("# c"), ["#", "=c"]);
        assert_eq!(terms("c #팀"), ["=c", "#팀"]);
        assert_eq!(terms("++"), ["++"]);
        assert!(terms("").is_empty());
    }

    #[test]
    fn an_invisible_query_differs_from_one_of_symbols() {
        let said = |text: &str| {
            let query = Query::new(text, &Synonyms::default());
            (query.is_empty(), query.is_unsearchable())
        };
        for text in [
            "",
            " \t\u{a0}\u{3000}",
            "\u{200B}\u{FEFF}",
            "\u{3164}",
            "\0",
        ] {
            assert_eq!(said(text), (true, false), "{text:?}");
        }
        for text in ["!!!", "🚀", " — ", "👩\u{200D}💻", "\u{301}"] {
            assert_eq!(said(text), (false, true), "{text:?}");
        }
        for text in ["a", "+", "①", "!a!"] {
            assert_eq!(said(text), (false, false), "{text:?}");
        }
    }
}
