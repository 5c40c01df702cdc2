//! `jobtide task`, as it is typed, and the exit codes that a scheduler may ask for.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use orchestrator::{Parameter, Trigger};

use super::orchestrate::parameter;
use super::path;
use crate::sources::midnight;

/// The zone of the days on the command line: the source's own.
const ZONE: &str = "Asia/Seoul";

#[derive(Debug, Args)]
pub struct Task {
    /// The DAG
    pub dag: String,
    /// The task: whether those before it ran is for the caller to see to
    pub task: String,
    /// Beginning of its interval, such as 2026-05-01 or 2026-05-01T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub from: Option<Timestamp>,
    /// End of its interval [default: now]
    #[arg(long, value_name = "TIME", value_parser = instant, requires = "from")]
    pub to: Option<Timestamp>,
    /// What starts it: with `schedule`, what collects takes all that is due, whatever the interval is
    /// [default: backfill with an interval, else manual]
    #[arg(long, value_enum)]
    pub trigger: Option<StartedBy>,
    /// The item of a mapped task, as JSON or text [default: all of its list]
    #[arg(long)]
    pub item: Option<String>,
    /// A parameter: true, false, a number or a text
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = parameter)]
    pub set: Vec<(String, Parameter)>,
    /// Run of the calling scheduler: tasks with the same one read each other's outputs
    #[arg(long, value_name = "NAME")]
    pub run: Option<String>,
    /// How often it is tried, instead of what its file says
    #[arg(long, value_name = "N")]
    pub attempts: Option<NonZeroU32>,
    #[command(flatten)]
    pub nothing_new: NothingNewCode,
    /// Do not wait for what has not happened yet: end with this code
    #[arg(long, value_name = "CODE", value_parser = code())]
    pub not_yet_code: Option<u8>,
    /// Write what it leaves for the tasks after it to this file, as JSON
    #[arg(long, value_name = "FILE", value_parser = path())]
    pub output: Option<PathBuf>,
}

/// The exit code where there was nothing new.
#[derive(Debug, Clone, Copy, Args)]
pub struct NothingNewCode {
    /// Exit code where there was nothing new, instead of 0
    #[arg(long = "nothing-new-code", value_name = "CODE", value_parser = code())]
    pub code: Option<u8>,
}

/// Codes without a meaning of their own: the program's end at 5, those of shells begin at 126.
fn code() -> clap::builder::RangedI64ValueParser<u8> {
    clap::value_parser!(u8).range(6..=125)
}

/// What starts a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StartedBy {
    Manual,
    Schedule,
    Backfill,
    /// A dataset that changed
    Data,
    /// Another DAG
    Dag,
}

impl From<StartedBy> for Trigger {
    fn from(by: StartedBy) -> Self {
        match by {
            StartedBy::Manual => Self::Manual,
            StartedBy::Schedule => Self::Schedule,
            StartedBy::Backfill => Self::Backfill,
            StartedBy::Data => Self::Data,
            StartedBy::Dag => Self::Dag,
        }
    }
}

/// An instant, or a day, which begins at midnight in Seoul.
fn instant(text: &str) -> Result<Timestamp, String> {
    if let Ok(instant) = text.parse() {
        return Ok(instant);
    }
    let day: Date = text
        .parse()
        .map_err(|_| "write a day such as 2026-05-01, or a time such as 2026-05-01T00:00:00Z")?;
    let zone = TimeZone::get(ZONE).map_err(|error| error.to_string())?;
    midnight(day, &zone).map_err(|error| error.to_string())
}
