//! Staging: landed records, typed and otherwise unchanged.
//!
//! Only windows that are not staged yet are read, in parallel and one batch of rows at a time; the
//! result is new files in addition to the existing ones. A record or body that cannot be read is a
//! row of `staging.quarantine`, never an error: only the store itself can fail here.

mod cell;
mod converted;
pub mod csv;
pub mod decode;
mod examine;
pub mod forms;
pub mod keys;
pub(crate) mod pieces;
mod queue;
pub mod rejects;
pub mod rows;
mod sections;
pub mod spec;
pub(crate) mod system;
pub(crate) mod unread;
pub(crate) mod windows;

pub(crate) use converted::as_json;
pub use examine::SavedReader;
pub use system::system_tables;
