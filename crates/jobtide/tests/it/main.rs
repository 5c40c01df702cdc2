//! The product as people use it: the real program over real HTTP, against the simulator.
//!
//! Nothing here sleeps for a fixed time or judges how long something took; where a test needs a
//! moment of its own (a process that is killed) the moment is drawn, and its seed is told.

mod again;
mod backfill;
mod commands;
mod connections;
mod crash;
mod dags;
mod damage;
mod dashboard;
mod demo;
mod dry_run;
mod faults;
mod figures;
mod forms;
mod hosts;
mod http;
mod key;
mod landing;
mod limits;
mod lists;
mod product;
mod program;
mod proxy;
mod purge;
mod quota;
mod rights;
mod search;
mod source;
mod sql;
mod store;
mod tables;
mod truth;
mod turns;
mod unknown;
mod unland;
mod unreadable;
mod upkeep;
mod visit;
mod web;
