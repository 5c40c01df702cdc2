//! Answers the dashboard's queries on one published build, from a columnar image in memory.
//!
//! # What this crate promises
//!
//! - **Answers are exact.** Nothing is sampled: every figure is a count of distinct postings, or
//!   follows from such counts. The SQL of [`Image::explain`] computes the same figures.
//! - **An image is immutable.** It is built once ([`ImageBuilder`]) from the queries of the
//!   [`Definitions`] and shared between threads; requests contend only for the small cache of
//!   latest selections.
//! - **A definition is checked before it is used.** Unknown keys, dimensions and measures are
//!   errors that name the file, the key and the nearest known name ([`DefinitionError`]); those of
//!   a request are errors as the API returns them ([`RequestError`]).
//! - **Untrusted text is only data.** It is never part of a pattern or of unquoted SQL.
//!
//! # Words
//!
//! A *dimension* is what postings are grouped and filtered by; a posting has any number of its
//! values. A *selection* is a user's filters: values of a dimension are combined with OR,
//! dimensions with AND. A *tile* is one figure or one chart of a selection. *Facets* are the lists
//! of values to filter by.
//!
//! Architecture Invariant: this crate must not depend on the SQL engine, HTTP or the store. It
//! receives rows and returns answers; its SQL is text that it never runs.

mod answer;
mod bits;
mod build;
mod codes;
mod days;
mod definitions;
mod dimension;
mod explain;
mod facets;
mod flow;
mod image;
mod order;
mod postings;
mod request;
mod search;
mod selection;
mod statistics;
mod text;
mod tile;

pub use answer::{
    CrossRow, CrossTile, DefinitionsAnswer, DimensionAnswer, ExplainAnswer, Facet, FacetsAnswer,
    FlowSeries, FlowTile, Grain, Group, GroupsTile, MeasureAnswer, PostingRow, PostingsAnswer,
    PostingsTile, SelectionAnswer, TileAnswer, TileInfo, TilesAnswer, UnknownValue, ValueTile,
};
pub use build::{BuildFacts, ImageBuilder, ImageError};
pub use definitions::{DefinitionError, Definitions, Part};
pub use image::Image;
pub use postings::Rows;
pub use request::{FilterWords, Kind, Language, Request, RequestError};
