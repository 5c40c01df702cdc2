//! Answers the dashboard's queries on one published build, from a columnar image in memory.
//!
//! # What this crate promises
//!
//! - **Answers are exact.** Nothing is sampled: every figure is a count of distinct postings, or
//!   follows from such counts. The SQL of [`Image::explain`] computes the same figures.
//! - **An image is immutable.** It is built once ([`ImageBuilder`]) from the queries of the
//!   [`semantic::Definitions`] and shared between threads; requests contend only for the small
//!   cache of latest selections.
//!
//! # Terminology
//!
//! As in [`semantic`]. An *image* is the in-memory copy of the rows of one build that the definitions
//! select.
//!
//! Architecture Invariant: this crate must not depend on the SQL engine, HTTP or the store, and must
//! not parse definitions or requests. It ingests rows and returns answers.

mod answer;
mod axis;
mod bits;
mod build;
mod chosen;
mod codes;
mod columns;
mod days;
mod dimension;
mod error;
mod explain;
mod facets;
mod fact;
mod flow;
mod image;
mod latest;
mod lists;
mod order;
mod postings;
mod search;
mod selection;
mod statistics;
mod text;
mod tile;

pub use answer::{
    CrossRow, CrossTile, Facet, FacetsAnswer, FlowSeries, FlowTile, Group, GroupsTile, PostingRow,
    PostingsAnswer, PostingsTile, SelectionAnswer, TileAnswer, TilesAnswer, UnknownValue,
    ValueTile,
};
pub use build::ImageBuilder;
pub use columns::{POSTING_COLUMNS, PostingColumn, PostingKind, PostingValue};
pub use error::ImageError;
pub use fact::FACT;
pub use image::{BuildFacts, Image};
pub use lists::Rows;
