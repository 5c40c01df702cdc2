//! Candidate matches of a term.

use aho_corasick::packed;
use memchr::memmem::Finder;
use semantic::search::Term;

/// Finds the wordings of a term.
#[derive(Debug)]
pub(crate) struct Matcher<'a> {
    term: &'a Term,
    finders: Vec<Finder<'a>>,
    /// Finds all wordings in one pass, if the CPU supports it (SIMD).
    together: Option<packed::Searcher>,
}

impl<'a> Matcher<'a> {
    pub fn new(term: &'a Term) -> Self {
        let wordings = term.wordings();
        let together = (wordings.len() > 1).then(|| {
            let mut builder = packed::Config::new().builder();
            builder.extend(wordings.iter().map(|wording| wording.text().as_bytes()));
            builder.build()
        });
        Self {
            term,
            finders: wordings
                .iter()
                .map(|wording| Finder::new(wording.text()))
                .collect(),
            together: together.flatten(),
        }
    }

    pub fn term(&self) -> &Term {
        self.term
    }

    /// The start of the first candidate match.
    pub fn find(&self, text: &[u8]) -> Option<usize> {
        match &self.together {
            Some(searcher) => searcher.find(text).map(|found| found.start()),
            None => self
                .finders
                .iter()
                .filter_map(|finder| finder.find(text))
                .min(),
        }
    }
}
