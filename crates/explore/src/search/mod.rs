//! Searching many texts for the terms of a query, by the rules of [`semantic::search`].

mod matcher;
mod text;

pub(crate) use matcher::Matcher;
pub(crate) use text::SearchText;
