//! One wording of a search term, and where it matches in a text.

use super::normal::Normal;

/// A word in Latin letters shorter than this matches whole words only, and so does a number.
pub(super) const SHORT: usize = 3;

/// From this length on a plural is the same word.
const PLURAL: usize = 4;

/// One wording of a search term, in normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    text: String,
    /// Whether it matches whole words only.
    whole: bool,
    /// Whether it ends in a number that must not be followed by a digit.
    numbered: bool,
}

/// Which characters, adjacent to a wording, make it another word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// `a` to `z`.
    pub letters: bool,
    /// `0` to `9`.
    pub digits: bool,
    /// `+` and `#`.
    pub signs: bool,
}

impl Beside {
    fn has(self, byte: u8) -> bool {
        match byte {
            b'0'..=b'9' => self.digits,
            b'+' | b'#' => self.signs,
            other => self.letters && other.is_ascii_alphabetic(),
        }
    }
}

impl Wording {
    /// One of a synonym group.
    pub(super) fn synonym(text: String) -> Self {
        Self {
            whole: is_latin(&text),
            text,
            numbered: false,
        }
    }

    /// A word that has no synonyms.
    pub(super) fn plain(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            whole: text.len() < SHORT && is_latin(text),
            numbered: false,
        }
    }

    /// The same wording with a number directly after it.
    pub(super) fn with_number(&self, digits: &str) -> Self {
        Self {
            text: format!("{}{digits}", self.text),
            whole: self.whole,
            numbered: true,
        }
    }

    /// In normal form.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is one letter, which an `&` may join to another one (`R&D`).
    pub fn is_one_letter(&self) -> bool {
        self.whole && self.text.len() == 1 && !self.ends_in_digit()
    }

    /// What must not directly precede it.
    pub fn before(&self) -> Beside {
        let number = self.text.starts_with(|first: char| first.is_ascii_digit());
        Beside {
            // A number after a word is a separate word: `Java17`.
            letters: self.whole && !number,
            digits: self.whole && number,
            signs: false,
        }
    }

    /// What must not directly follow it or its plural.
    pub fn after(&self) -> Beside {
        Beside {
            letters: self.whole,
            digits: self.numbered || self.whole && self.ends_in_digit(),
            signs: self.whole,
        }
    }

    /// Whether an `s` after it does not make it another word.
    pub fn has_plural(&self) -> bool {
        self.whole && self.text.len() >= PLURAL && !self.ends_in_digit()
    }

    fn ends_in_digit(&self) -> bool {
        self.text.ends_with(|last: char| last.is_ascii_digit())
    }
}

fn is_latin(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Normalised text with its word boundaries.
pub trait Words {
    /// The text.
    fn bytes(&self) -> &[u8];

    /// Whether a word begins at a position.
    fn is_start(&self, place: usize) -> bool;

    /// The end of a match of a wording that begins at `place`; respects whole words if required.
    fn match_end(&self, wording: &Wording, place: usize) -> Option<usize> {
        let text = self.bytes();
        if !text[place..].starts_with(wording.text.as_bytes()) {
            return None;
        }
        if place > 0 && wording.before().has(text[place - 1]) && !self.is_start(place) {
            return None;
        }
        let after = wording.after();
        let ends_at = |end: usize| {
            let next = text.get(end);
            next.is_none_or(|next| !after.has(*next)) || self.is_start(end)
        };
        let end = place + wording.text.len();
        if ends_at(end) {
            return Some(end);
        }
        let plural = wording.has_plural() && text.get(end) == Some(&b's');
        (plural && ends_at(end + 1)).then_some(end + 1)
    }
}

impl Words for Normal {
    fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    fn is_start(&self, place: usize) -> bool {
        self.begins.binary_search(&place).is_ok()
    }
}
