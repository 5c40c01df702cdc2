//! User SQL, in child processes: of the command line, of visitors and of tasks.
//!
//! The engine's memory pool does not account for everything (one call of `repeat` can allocate gigabytes),
//! and a plan may not yield in time. So this process spawns itself as the [`worker`], which limits
//! itself before it reads the SQL and exits by itself: at its deadline, and when this process ends
//! for any reason.

pub mod process;
pub mod served;
pub mod summary;
pub mod worker;

use crate::exit::{Failed, Failure};

/// The option that makes a process this one's worker.
pub fn own_worker() -> String {
    format!("--worker={}", std::process::id())
}

/// The error of a query that is at fault, or exceeded a limit.
pub fn limited(message: String) -> anyhow::Error {
    let failure = Failure::QueryRefused;
    Failed { failure, message }.into()
}
