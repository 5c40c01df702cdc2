//! One file a command; each `run` reads top to bottom.

pub mod build;
pub mod builds;
pub mod demo;
pub mod export;
pub mod init;
pub mod land;
pub mod openapi;
pub mod quarantine;
pub mod query;
pub mod run;
pub mod serve;
pub mod simulate;
pub mod status;
pub mod up;
