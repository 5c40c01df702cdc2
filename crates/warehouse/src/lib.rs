//! The warehouse: landing → staging → external → raw_data → analytic → visual_tables, and the
//! published builds that readers see.
//!
//! # What this crate promises
//!
//! - **Readers see one build.** A build is a list of immutable files a table ([`BuildRecord`]);
//!   publishing writes one record with create-if-absent ([`publish`]). A build whose error-level
//!   checks fail publishes nothing.
//! - **Everything but the landing can be rebuilt.** Incremental and full builds are equivalent
//!   ([`build`]).
//! - **Nothing is dropped.** A record that cannot be read is a row of `staging.quarantine`; a value
//!   that does not fit its column is null and its key is counted in `staging.fields`.
//!
//! Architecture Invariant: only this crate names DataFusion and Delta Lake, and of it only `engine/`
//! and `target/`. It must not depend on HTTP, schedules or how the landing was filled.

pub mod build;
pub mod check;
mod checked;
mod data_file;
mod engine;
mod error;
mod escaped;
mod fence;
mod files;
mod finding;
mod grain;
mod located;
mod model;
mod name;
mod pipeline;
pub mod publish;
pub mod purge;
pub mod query;
pub mod roles;
mod settings;
pub mod staging;
mod target;
mod warehouse;

pub use data_file::DataFile;
pub use engine::{EngineLimits, register_functions};
pub use error::{Error, Result};
pub use escaped::{escaped, escaped_lines};
pub use finding::Level;
pub use model::{Check, Model};
pub use name::{InvalidName, TableName};
pub use pipeline::{Pipeline, PipelineFiles};
pub use publish::BuildRecord;
pub use settings::Analysis;
pub use warehouse::{KEEP_BUILDS, KEEP_UNNAMED, Warehouse};
