//! What several instances on one store agree on. An instance is a state folder with its processes; a
//! store has one or more.
//!
//! - **Runs**: [`StoreClaims`] claims the interval of a dag before it is run, so that one instance runs it,
//!   and another one takes over when that one is gone.
//! - **The calls of a day**: [`StoreCalls`] reserves them in blocks, so that all instances together keep a
//!   source's quota.
//!
//! Everything is below `state/` of the store, as objects that are created if absent, the one conditional
//! write that folders and buckets have in common. No clocks are compared. Only files of the names that
//! are written here are ever deleted.
//!
//! Architecture Invariant: the implementation in a store of traits of `orchestrator`; it knows neither
//! what is called nor what a task does.

mod calls;
mod claims;
mod error;

pub use calls::StoreCalls;
pub use claims::StoreClaims;
pub use error::Error;
