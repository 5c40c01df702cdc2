//! The product as users see it: the real program over real HTTP, against the simulator.
//!
//! Nothing here sleeps for a fixed time or asserts durations; where a test needs a point in time (a
//! process that is killed) it is drawn at random, and its seed is printed.

mod again;
mod airflow;
mod backfill;
mod boards;
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
mod following;
mod forms;
mod hosts;
mod house;
mod housekeeping;
mod http;
mod instances;
mod key;
mod killed;
mod landing;
mod layers;
mod limits;
mod lists;
mod own;
mod product;
mod program;
mod proxy;
mod purge;
mod quota;
mod replay;
mod rights;
mod scheduler;
mod search;
mod source;
mod sql;
mod store;
mod tables;
mod task;
mod tasks;
mod truth;
mod turns;
mod unknown;
mod unland;
mod unreadable;
mod upkeep;
mod visit;
mod web;
mod writer;
