//! The tests of this crate.

mod leases;
mod model;
mod support;
