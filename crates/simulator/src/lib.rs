//! A local stand-in for the Saramin job-search API: generated postings with the real API's shape,
//! quirks and code tables and the shares of published figures, reproducible from a seed; new
//! postings and edits over time; faults on demand.
//!
//! Guarantees
//! - **Reproducible**: the same [`Options`] and the same time give the same bytes, on every
//!   platform. Faults too: they depend on the seed and the calls.
//! - **Concurrent**: a [`Simulator`] is a handle, cheap to clone and shared by all calls; postings
//!   are drawn under a read lock, growth and edits take the write lock for microseconds.
//! - **Marked**: every response carries [`GENERATED_HEADER`], so that the postings cannot be
//!   mistaken for collected ones.
//! - **Small**: four bytes per posting and an entry per edit; texts are drawn on demand.
//!
//! It must not depend on the collector, the landing store or the warehouse.

mod answer;
pub mod args;
mod calls;
mod catalog;
mod clock;
mod codes;
mod dates;
mod draw;
mod edits;
mod experience;
mod faults;
mod http;
mod json;
mod kst;
mod occupations;
mod options;
mod parameters;
mod posting;
mod profile;
mod query;
mod regions;
mod request;
mod salary;
mod schedule;
mod simulator;
mod store;
mod titles;
mod traffic;
mod truth;
mod unreadable;
mod xml;

pub use clock::{Clock, ManualClock};
pub use edits::Change;
pub use faults::{Fault, Faults, FaultsError};
pub use http::{GENERATED_HEADER, PATH, router, serve};
pub use options::{Late, Live, Options, OptionsError};
pub use simulator::Simulator;
pub use traffic::Counters;
pub use truth::{Pages, Snapshot, Truth};
pub use unreadable::{Place, Unreadable, UnreadableError};
