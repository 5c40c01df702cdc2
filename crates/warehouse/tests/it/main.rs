//! The warehouse's public API: the pipeline's own tests, and builds on stores in memory.

mod conditions;
mod contract;
mod cut_off;
mod damage;
mod datasets;
mod delta_logs;
mod drafts;
mod fenced;
mod forms;
mod incremental;
mod models;
mod mortal;
mod places;
mod posting;
mod publishing;
mod purge;
mod quarantine;
mod queries;
mod roles;
mod seams;
mod text;
mod unland;
mod watched;
mod world;
mod writers;
