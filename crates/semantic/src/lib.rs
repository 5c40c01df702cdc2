//! The semantic layer: what is counted, by what, and how it is computed in SQL.
//!
//! # What this crate promises
//!
//! - **A definition is checked before it is used.** Unknown keys, dimensions and measures are
//!   errors that name the file, the key and the nearest known name ([`DefinitionError`]); those of
//!   a request are errors as the API returns them ([`RequestError`]).
//! - **A figure is defined once.** The SQL of [`Definitions::explain`] and whoever answers a
//!   [`Request`] start from the same dimensions, measures, tiles and filters.
//! - **Untrusted text is only data.** It is never part of a pattern or of unquoted SQL.
//! - **SQL is written in a dialect.** What engines write differently goes through [`Dialect`].
//! - Everything here is immutable and can be shared between threads.
//!
//! # Words
//!
//! A *fact* is what is counted: rows with an identifier and a day, such as postings. A *dimension*
//! is what the rows of a fact are grouped and filtered by; a row has any number of its values. A
//! *measure* is a figure. A *tile* is one figure or one chart of a selection. A *selection* is a
//! user's filters: values of a dimension are combined with OR, dimensions with AND. *Facets* are
//! the lists of values to filter by.
//!
//! Architecture Invariant: this crate must not depend on the SQL engine, HTTP, the store or on
//! what answers from its definitions. Its SQL is text that it never runs, and only the definitions
//! name tables.

mod catalog;
mod dialect;
mod explain;
mod filters;
mod grain;
mod language;
mod model;
mod parse;
mod request;
pub mod search;
mod series;
mod shown;
mod words;

pub use catalog::{DefinitionsAnswer, DimensionAnswer, MeasureAnswer};
pub use dialect::{DataFusion, Dialect};
pub use explain::{ExplainAnswer, Extent};
pub use filters::Filters;
pub use grain::Grain;
pub use language::Language;
pub use model::{
    Aggregate, Column, ColumnKind, Definitions, Dimension, Fact, Labels, Lifetime, Measure,
    Parents, Part, SearchedParts, Shape, Tile, Values,
};
pub use parse::{BLOCKS, DefinitionError, LOOKS};
pub use request::{Kind, Request, RequestError};
pub use series::SeriesInfo;
pub use shown::{
    Alternative, Choice, ChoiceOption, Layout, PageCell, PageInfo, PageTile, Pick, TileInfo,
};
pub use words::FilterWords;
