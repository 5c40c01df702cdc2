//! What is due: a pure function of the definitions, what the state knows, and the time.

mod due;
#[cfg(test)]
mod tests;

pub use due::{DuePlan, Known, due};
