//! The crate as its users see it: engine, records, call budgets, processes that die.

mod backfill;
mod calls;
mod clocks;
mod engine;
mod foreground;
mod model;
mod one_task;
mod order;
mod outputs;
mod processes;
mod rules;
mod scheduler;
mod status;
mod support;
mod together;
mod world;
