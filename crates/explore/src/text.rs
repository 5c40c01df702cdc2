//! Texts by row: one buffer and the ends of its parts, or codes into a dictionary.

use std::collections::HashMap;

use crate::codes::Codes;

/// Texts, concatenated in one buffer of less than 4 GiB.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    buffer: String,
    ends: Vec<u32>,
}

/// More than 4 GiB of text in one column.
#[derive(Debug)]
pub(crate) struct TooMuchText;

impl Texts {
    pub fn push(&mut self, text: &str) -> Result<(), TooMuchText> {
        self.buffer.push_str(text);
        let end = u32::try_from(self.buffer.len()).map_err(|_| TooMuchText)?;
        self.ends.push(end);
        Ok(())
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn get(&self, index: usize) -> &str {
        let start = if index == 0 {
            0
        } else {
            self.ends[index - 1] as usize
        };
        &self.buffer[start..self.ends[index] as usize]
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        (0..self.len()).map(|index| self.get(index))
    }

    /// The same texts in another order, in buffers of exact size.
    pub fn reordered(&self, order: &[u32]) -> Self {
        let mut buffer = String::with_capacity(self.buffer.len());
        let mut ends = Vec::with_capacity(order.len());
        for index in order {
            buffer.push_str(self.get(*index as usize));
            // Never more than the buffer before, which fits.
            ends.push(buffer.len() as u32);
        }
        Self { buffer, ends }
    }

    pub fn memory_bytes(&self) -> usize {
        self.buffer.capacity() + self.ends.capacity() * 4
    }
}

/// The distinct texts of a column in the order of their first appearance.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    texts: Vec<Box<str>>,
    codes: HashMap<Box<str>, u32>,
}

impl Dictionary {
    pub fn code(&mut self, text: &str) -> u32 {
        if let Some(code) = self.codes.get(text) {
            return *code;
        }
        let code = self.texts.len() as u32;
        self.texts.push(text.into());
        self.codes.insert(text.into(), code);
        code
    }

    /// Adds a text under the next code, even if it exists already.
    pub fn push(&mut self, text: &str) {
        self.texts.push(text.into());
    }

    pub fn into_texts(self) -> Vec<Box<str>> {
        self.texts
    }
}

/// A column in which texts repeat, or are missing.
#[derive(Debug)]
pub(crate) struct CodedTexts {
    texts: Texts,
    codes: Codes,
}

/// Marks a missing text while a [`CodedTexts`] is built.
pub(crate) const NO_TEXT: u32 = u32::MAX;

impl CodedTexts {
    /// From the dictionary and each row's code, [`NO_TEXT`] for none.
    pub fn new(
        dictionary: Dictionary,
        codes: impl Iterator<Item = u32>,
    ) -> Result<Self, TooMuchText> {
        let mut texts = Texts::default();
        for text in dictionary.into_texts() {
            texts.push(&text)?;
        }
        texts.buffer.shrink_to_fit();
        texts.ends.shrink_to_fit();
        let values = texts.len();
        let codes = Codes::plain(values, codes.map(|code| code.min(values as u32)));
        Ok(Self { texts, codes })
    }

    pub fn code(&self, row: usize) -> Option<usize> {
        self.codes.first(row, self.texts.len())
    }

    pub fn get(&self, row: usize) -> Option<&str> {
        self.code(row).map(|code| self.texts.get(code))
    }

    /// Whether any row has a text.
    pub fn any(&self) -> bool {
        self.texts.len() > 0
    }

    /// The distinct texts, by code.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    pub fn memory_bytes(&self) -> usize {
        self.texts.memory_bytes() + self.codes.memory_bytes()
    }
}
