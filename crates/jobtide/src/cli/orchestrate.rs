//! `jobtide dags` and `jobtide runs`, as they are typed.

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use orchestrator::Parameter;

/// What to do with DAGs.
#[derive(Debug, Subcommand)]
pub enum Dags {
    /// All DAGs: when each is due, how its last run ended, and what is wrong with broken files
    #[command(after_help = "Examples:
  jobtide dags list
  jobtide dags list --json")]
    List(Shown),
    /// The tasks of a DAG, and its policies
    #[command(after_help = "Examples:
  jobtide dags show collect_postings")]
    Show {
        /// Its name
        dag: String,
    },
    /// Queue a run; a running `jobtide up` starts it
    #[command(after_help = "Examples:
  jobtide dags run collect_postings
  jobtide dags run nightly --set full=true --set days=3")]
    Run {
        /// Its name
        dag: String,
        /// A parameter of the run: true, false, a number or a text
        #[arg(long = "set", value_name = "NAME=VALUE", value_parser = parameter)]
        set: Vec<(String, Parameter)>,
    },
    /// Queue a run for each interval of a range; a running `jobtide up` starts them, so many at a time as
    /// the DAG's `max_active_backfills` says
    #[command(after_help = "Examples:
  jobtide dags backfill collect_postings --from 2026-05-01 --to 2026-05-08
  jobtide dags backfill collect_postings --from 2026-05-01 --whole")]
    Backfill {
        /// Its name
        dag: String,
        /// First day
        #[arg(long, value_name = "DATE")]
        from: Date,
        /// Day after the last one [default: now]
        #[arg(long, value_name = "DATE")]
        to: Option<Date>,
        /// One run for the range, instead of one for each interval of the schedule
        #[arg(long)]
        whole: bool,
    },
    /// Run a DAG here without writing to the store: what it lands and builds stays in memory
    #[command(after_help = "Examples:
  jobtide dags test build_nightly
  jobtide dags test collect_postings --from 2026-05-01 --to 2026-05-02

Sources are called, and those calls count; tasks that run programs or send requests do so.")]
    Test {
        /// Its name
        dag: String,
        /// First day of its interval
        #[arg(long, value_name = "DATE")]
        from: Option<Date>,
        /// Day after the last one [default: now]
        #[arg(long, value_name = "DATE", requires = "from")]
        to: Option<Date>,
        /// A parameter of the run: true, false, a number or a text
        #[arg(long = "set", value_name = "NAME=VALUE", value_parser = parameter)]
        set: Vec<(String, Parameter)>,
    },
    /// Switch the schedule of a DAG off; it still runs on request
    #[command(after_help = "Examples:
  jobtide dags pause collect_postings")]
    Pause {
        /// Its name
        dag: String,
    },
    /// Switch the schedule of a DAG on again
    #[command(after_help = "Examples:
  jobtide dags resume collect_postings")]
    Resume {
        /// Its name
        dag: String,
    },
}

/// What to do with runs.
#[derive(Debug, Subcommand)]
pub enum Runs {
    /// What waits, and the last runs, newest first
    #[command(after_help = "Examples:
  jobtide runs list
  jobtide runs list --dag collect_postings --limit 100 --json")]
    List {
        /// Only those of this DAG
        #[arg(long)]
        dag: Option<String>,
        /// How many
        #[arg(long, default_value_t = 20)]
        limit: u32,
        #[command(flatten)]
        shown: Shown,
    },
    /// The tasks of a run, and what failed
    #[command(after_help = "Examples:
  jobtide runs show 20260801T093000.123456Z-1a2b3c4d")]
    Show {
        /// Its id, as `jobtide runs list` shows it
        run: String,
        #[command(flatten)]
        shown: Shown,
    },
    /// What was logged while the tasks of a run ran, the lines of its programs among it
    #[command(after_help = "Examples:
  jobtide runs logs 20260801T093000.123456Z-1a2b3c4d
  jobtide runs logs 20260801T093000.123456Z-1a2b3c4d --task build --json")]
    Logs {
        /// Its id, as `jobtide runs list` shows it
        run: String,
        /// Only of this task
        #[arg(long)]
        task: Option<String>,
        #[command(flatten)]
        shown: Shown,
    },
    /// Run what did not succeed again, and what comes after it; a running `jobtide up` starts it
    #[command(after_help = "Examples:
  jobtide runs retry 20260801T093000.123456Z-1a2b3c4d")]
    Retry {
        /// Its id
        run: String,
    },
    /// Stop a run in progress
    #[command(after_help = "Examples:
  jobtide runs cancel 20260801T093000.123456Z-1a2b3c4d")]
    Cancel {
        /// Its id
        run: String,
    },
    /// Record a run that has ended as succeeded or failed
    #[command(after_help = "Examples:
  jobtide runs mark 20260801T093000.123456Z-1a2b3c4d success")]
    Mark {
        /// Its id
        run: String,
        /// As what
        outcome: Marked,
    },
}

/// How results are shown.
#[derive(Debug, Args)]
pub struct Shown {
    /// As JSON on stdout
    #[arg(long)]
    pub json: bool,
}

/// What a person may say of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Marked {
    Success,
    Failed,
}

/// A parameter, of the type that it looks like.
pub(super) fn parameter(text: &str) -> Result<(String, Parameter), String> {
    let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.is_empty()) else {
        return Err("write it as NAME=VALUE".to_owned());
    };
    // In quotes, what looks like another type is a text.
    if let Ok(text) = serde_json::from_str::<String>(value) {
        return Ok((name.to_owned(), Parameter::Text(text)));
    }
    let value = match (value.parse::<bool>(), value.parse::<i64>()) {
        (Ok(flag), _) => Parameter::Flag(flag),
        (_, Ok(number)) => Parameter::Number(number),
        _ => Parameter::Text(value.to_owned()),
    };
    Ok((name.to_owned(), value))
}
