//! Answers the dashboard's questions over one published build, from a columnar image in memory.
//!
//! # What this crate promises
//!
//! - **An answer is exact.** Nothing is sampled: every figure is a count of distinct postings, or
//!   follows from such counts. What [`Image::explain`] writes gives the same figures in SQL.
//! - **An image never changes.** It is made once ([`ImageBuilder`]) from the queries of the
//!   [`Definitions`] and shared between threads; requests wait for each other only to look into the
//!   small store of latest selections.
//! - **A definition is checked before it is used.** Unknown keys, dimensions and measures are errors
//!   that name the file, the key and the nearest known name ([`DefinitionError`]); a request's are
//!   errors as the API answers them ([`RequestError`]).
//! - **Outside text is only data.** It is never part of a pattern or of unquoted SQL.
//!
//! # Words
//!
//! A *dimension* is what postings are grouped and filtered by; a posting has any number of its
//! values. A *selection* is what a person chose: within a dimension values are alternatives, and
//! all dimensions have to match. A *tile* is one figure or one chart of a selection. *Facets* are
//! the lists that one chooses from.
//!
//! Architecture Invariant: this crate knows neither the SQL engine nor HTTP nor the store. It is
//! given rows and gives answers; its SQL is text that it never runs.

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
