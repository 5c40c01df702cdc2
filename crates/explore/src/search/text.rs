//! Many normalised texts in one buffer, searched as a whole.

use semantic::search::{self, Words};

use super::matcher::Matcher;
use crate::bits::Bits;
use crate::text::TooMuchText;

/// Separates texts in the buffer: no normal form contains it.
const END: char = '\n';

/// Below this size a second thread costs more than it gains.
const ALONE_BYTES: usize = 4 << 20;

/// If fewer than one in this many texts are candidates, each is searched separately.
const SPARSE: usize = 16;

/// Texts that are searched.
#[derive(Debug)]
pub(crate) struct SearchText {
    buffer: String,
    /// The start of each text, and the end of the last one.
    starts: Box<[u32]>,
    /// Word boundaries in the buffer.
    begins: Bits,
}

impl SearchText {
    pub fn new<T: AsRef<str>>(texts: impl Iterator<Item = T>) -> Result<Self, TooMuchText> {
        let mut buffer = String::new();
        let mut starts = vec![0];
        let mut places: Vec<u64> = Vec::new();
        for text in texts {
            search::append(text.as_ref(), &mut buffer, |place| {
                let word = place / 64;
                if places.len() <= word {
                    places.resize(word + 1, 0);
                }
                places[word] |= 1 << (place % 64);
            });
            buffer.push(END);
            starts.push(u32::try_from(buffer.len()).map_err(|_| TooMuchText)?);
        }
        buffer.shrink_to_fit();
        let mut begins = Bits::none(buffer.len());
        begins.words_mut()[..places.len()].copy_from_slice(&places);
        Ok(Self {
            buffer,
            starts: starts.into_boxed_slice(),
            begins,
        })
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The texts in which a term of a query is found. With `within`, only its texts are searched
    /// reliably: others may be missing.
    pub fn matching(&self, matcher: &Matcher<'_>, within: Option<&Bits>) -> Bits {
        let mut found = Bits::none(self.len());
        if let Some(within) = within
            && within.count() * SPARSE < self.len()
        {
            for text in within.rows() {
                if self.search(matcher, text..text + 1, |_| ()) {
                    found.insert(text);
                }
            }
            return found;
        }
        // Split at a word of the bit set, so that threads write disjoint words.
        let middle = self.len() / 128 * 64;
        let (first, second) = found.words_mut().split_at_mut(middle / 64);
        let into = |words: &'_ mut [u64], from: usize, to: usize| {
            self.search(matcher, from..to, |text| {
                words[(text - from) / 64] |= 1 << (text % 64);
            });
        };
        let into = &into;
        if self.buffer.len() < ALONE_BYTES {
            into(first, 0, middle);
            into(second, middle, self.len());
        } else {
            std::thread::scope(|scope| {
                scope.spawn(move || into(first, 0, middle));
                into(second, middle, self.len());
            });
        }
        found
    }

    /// Whether a text contains another one, which is in normal form.
    pub fn has(&self, text: usize, part: &str) -> bool {
        self.buffer[self.starts[text] as usize..self.starts[text + 1] as usize].contains(part)
    }

    /// Calls `found` for every text of a range that matches, and returns whether any does.
    fn search(
        &self,
        matcher: &Matcher<'_>,
        range: std::ops::Range<usize>,
        mut found: impl FnMut(usize),
    ) -> bool {
        let buffer = self.buffer.as_bytes();
        let end = self.starts[range.end] as usize;
        let mut text = range.start;
        let mut place = self.starts[text] as usize;
        let mut any = false;
        while let Some(distance) = matcher.find(&buffer[place..end]) {
            place += distance;
            text = self.text_at(place, text);
            if matcher.term().matches_at(self, place) {
                any = true;
                found(text);
                place = self.starts[text + 1] as usize;
            } else {
                place += 1;
            }
        }
        any
    }

    /// The text that contains a position: `from` or a later one, usually a near one.
    fn text_at(&self, place: usize, from: usize) -> usize {
        let ends = &self.starts[from + 1..];
        let mut reach = 1;
        while reach < ends.len() && ends[reach - 1] as usize <= place {
            reach *= 2;
        }
        let (low, high) = (reach / 2, reach.min(ends.len()));
        from + low + ends[low..high].partition_point(|end| *end as usize <= place)
    }

    pub fn memory_bytes(&self) -> usize {
        self.buffer.capacity() + self.starts.len() * 4 + self.begins.memory_bytes()
    }
}

impl Words for SearchText {
    fn bytes(&self) -> &[u8] {
        self.buffer.as_bytes()
    }

    fn is_start(&self, place: usize) -> bool {
        self.begins.contains(place)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use semantic::search::{Query, Synonyms};

    use super::*;

    fn found(query: &str, texts: &[&str]) -> Vec<usize> {
        let groups = [
            vec!["데이터 엔지니어", "data engineer"],
            vec!["자바", "java"],
            vec!["데이터", "data"],
            vec!["보안", "security"],
        ];
        let groups: Vec<Vec<String>> = groups
            .iter()
            .map(|group| group.iter().map(|text| (*text).to_owned()).collect())
            .collect();
        let query = Query::new(query, &Synonyms::new(&groups, &BTreeMap::new()));
        let searched = SearchText::new(texts.iter()).expect("little text");
        let mut found = Bits::all(texts.len());
        for term in query.terms() {
            found.intersect_with(&searched.matching(&Matcher::new(term), None));
        }
        found.rows().collect()
    }

    #[test]
    fn latin_synonyms_are_words_of_their_own() {
        let titles = [
            "Java 개발자",
            "JavaScript 개발자",
            "자바스크립트",
            "백엔드(Java/Kotlin)",
            "Java17 / Spring",
            "javas",
            "우리는Java팀",
            "Java Script",
            "NotJava",
        ];
        assert_eq!(found("자바", &titles), [0, 2, 3, 4, 5, 6, 7]);
        assert_eq!(found("java", &titles), found("자바", &titles));
        assert_eq!(found("jav", &titles), [0, 1, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn a_number_after_a_wording_is_found_with_it() {
        let titles = [
            "Java17",
            "Java 17 개발자",
            "자바17",
            "JavaScript 17",
            "Java",
            "Java170",
            "자바 171",
            "17기 Java 개발자",
            "Java 17.0.2",
            "JavaScript17",
            "Java1.7",
        ];
        assert_eq!(found("Java17", &titles), [0, 1, 2, 8, 10]);
        assert_eq!(found("자바17", &titles), found("Java17", &titles));
        assert_eq!(found("java 17", &titles), [0, 1, 2, 7, 8, 10]);
        assert_eq!(found("17", &titles), [0, 1, 2, 3, 7, 8, 9, 10]);
        assert_eq!(found("Java1", &titles), [10]);
        assert_eq!(found("java2 개발", &["java2개발", "java 개발2"]), [0]);
    }

    #[test]
    fn a_title_finds_itself() {
        for title in [
            "Java17",
            "자바17 개발",
            "datas3",
            "data3d",
            "Java 8u",
            "Java17개발",
            "보안3",
            "C ++ / C #",
            "Java ++",
            "k8s·java11(data2)",
        ] {
            assert_eq!(found(title, &[title]), [0], "{title}");
        }
    }

    #[test]
    fn a_later_wording_in_the_same_text_is_found() {
        assert_eq!(
            found("java", &["javascript, java", "javascript javax", "x"]),
            [0]
        );
        assert_eq!(
            found("데이터", &["database, 데이터", "database", "big data"]),
            [0, 2]
        );
    }

    #[test]
    fn spaces_within_words_do_not_matter() {
        let titles = [
            "데이터엔지니어",
            "Data\u{a0}Engineer",
            "DATAENGINEER",
            "data engineers",
            "engineer data",
        ];
        assert_eq!(found("데이터 엔지니어", &titles), [0, 1, 2, 3]);
        assert_eq!(
            found("data 신입", &["신입 데이터", "데이터", "DATA신입"]),
            [0, 2]
        );
    }

    #[test]
    fn short_words_match_whole_words_only() {
        let titles = [
            "C 개발자",
            "C++ 개발",
            "C#",
            "CTO",
            "임베디드C",
            "AI 연구원",
            "email",
            "R&D",
            "R 개발자",
            "Python&R",
            "R&D2 연구",
        ];
        assert_eq!(found("c", &titles), [0, 4]);
        assert_eq!(found("C++", &titles), [1]);
        assert_eq!(found("C ++", &titles), [1]);
        assert_eq!(found("c #", &titles), [2]);
        assert_eq!(found("ai", &titles), [5]);
        // `R&D` is neither R nor D.
        assert_eq!(found("r", &titles), [8, 9]);
        assert_eq!(found("d", &titles), [0; 0]);
        assert_eq!(found("r&d", &titles), [7, 10]);
    }

    #[test]
    fn no_match_spans_two_texts() {
        assert!(found("ab", &["xa", "bx"]).is_empty());
        assert!(found("데이터", &["데이", "터"]).is_empty());
        assert_eq!(found("끝", &["", "끝", ""]), [1]);
        assert!(found("끝", &[]).is_empty());
    }
}
