//! The language of full-text search.
//!
//! Texts are compared in a normal form ([`normal`]): compatibility forms, case, spaces and
//! punctuation make no difference, so that `데이터 엔지니어` finds `데이터엔지니어` and `Data-Engineer` finds
//! `data engineer`. A query is tokenised into words of the synonym groups, longest first, and the
//! text between them ([`Query`]); every [`Term`] must match one of the columns
//! and dimensions that the fact names, such as title, company and skill.
//!
//! An abbreviation of `search.toml` finds what it stands for, but not the other way round: `JS`
//! finds 자바스크립트, and 자바스크립트 no company called JS. It has to be a separate word in the query.
//!
//! Part of a longer word is enough: `postgre` finds PostgreSQL. Not so for words in Latin letters
//! that have synonyms, or that have fewer than three letters: they have to be a word of their own,
//! or `java` would find JavaScript, `data` database and `c` nearly everything. A digit after such a
//! word (`Java17`) and, from four letters on, a plural `s` do not make it another word; nor does a
//! space within it. Two letters with an `&` between them are one word: `r` does not find `R&D`. A
//! short number is not found within a longer one, but after letters it is.
//!
//! A short number directly after a word with synonyms belongs to it: `Java17` finds `자바 17` and not
//! `Java 1700`; written apart, both are looked for on their own. `+` and `#` alone belong to the word
//! before them: `C ++` is `C++`. A query that has nothing but punctuation and symbols finds nothing,
//! and one in which there is nothing to see finds everything. So do searches in the lists of values.

mod normal;
mod query;
mod wording;

pub use normal::{Normal, append, is_unsearchable, normal};
pub use query::{Query, Synonyms, Term};
pub use wording::{Beside, Wording, Words};
