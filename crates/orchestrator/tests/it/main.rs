//! The crate as its users see it: engine, records, call budgets, processes that die.

mod calls;
mod engine;
mod order;
mod outputs;
mod processes;
mod status;
mod support;
