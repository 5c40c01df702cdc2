//! The command line, with examples for each command.

pub mod simulate;

pub mod airflow;
pub mod orchestrate;
pub mod task;

use std::path::PathBuf;

use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;

use simulate::Simulate;

use crate::config;
use crate::messages::LogFormat;

/// A job-market observatory in one program: collects postings, turns them into checked tables,
/// serves a dashboard.
#[derive(Debug, Parser)]
#[command(
    name = "jobtide",
    version,
    after_help = "Examples:
  jobtide demo                                       everything, on generated postings
  jobtide run collect_postings --from 2026-05-01     the first collection
  jobtide query \"select * from visual_tables.all_count\"
  jobtide serve

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not everything was collected (the rest stays due), 4 a check failed (the previous build stays published), 5 a query was refused or exceeded a limit."
)]
pub struct Cli {
    /// Settings file [default: jobtide.toml, if it exists]
    #[arg(long, global = true, value_name = "FILE", value_parser = path())]
    pub config: Option<PathBuf>,
    /// Print only warnings and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Format of the messages on stderr
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Everything, offline, without configuration: simulate, collect, build, serve
    #[command(after_help = "Examples:
  jobtide demo
  jobtide demo --postings 3000 --seed 7 --listen 127.0.0.1:0
  jobtide demo --once                  fill the folder jobtide-demo and end")]
    Demo(Demo),
    /// Write a commented jobtide.toml
    #[command(after_help = "Examples:
  jobtide init
  jobtide init /etc/jobtide.toml")]
    Init(Init),
    /// Serve the dashboard and the API from the published build
    #[command(after_help = "Examples:
  jobtide serve
  jobtide serve --listen 0.0.0.0:80")]
    Serve(Serve),
    /// Serve, and collect on schedule
    #[command(after_help = "Examples:
  jobtide up
  jobtide --log-format json up --listen 127.0.0.1:9000")]
    Up(Serve),
    /// Land responses that were saved elsewhere
    #[command(after_help = include_str!("cli/examples/land.txt"))]
    Land(Land),
    /// Take back saved files that were landed by mistake: the next build leaves them out
    #[command(after_help = include_str!("cli/examples/unland.txt"))]
    Unland(Unland),
    /// Run one DAG now, in the foreground, and the DAGs that it starts
    #[command(after_help = "Examples:
  jobtide run collect_postings
  jobtide run collect_postings --from 2023-05-01 --to 2023-06-01
  jobtide run collect_postings --nothing-new-code 99")]
    Run(Run),
    /// Run one task of a DAG by itself, for cron and other schedulers
    #[command(after_help = include_str!("cli/examples/task.txt"))]
    Task(Box<task::Task>),
    /// Write the DAGs as files for Airflow 3
    #[command(after_help = include_str!("cli/examples/airflow.txt"))]
    Airflow(airflow::Airflow),
    /// List the DAGs, queue runs of them, switch their schedules off and on
    #[command(subcommand, after_help = include_str!("cli/examples/dags.txt"))]
    Dags(orchestrate::Dags),
    /// List the runs, take one up again, cancel or mark it
    #[command(subcommand, after_help = include_str!("cli/examples/runs.txt"))]
    Runs(orchestrate::Runs),
    /// Rebuild, check and publish the tables
    #[command(after_help = "Examples:
  jobtide build
  jobtide build --full                 from the landing alone
  jobtide build --nothing-new-code 99   code 99 where nothing was published")]
    Build(Build),
    /// Read-only SQL on the published build
    #[command(after_help = "Examples:
  jobtide query \"show tables\"
  jobtide query \"select * from visual_tables.recruit_for_exp\" --format csv
  jobtide query - --format parquet < skills.sql > skills.parquet
  jobtide query --build 12 \"select * from visual_tables.all_count\"")]
    Query(Query),
    /// Write tables of the published build to files
    #[command(after_help = "Examples:
  jobtide export visual_tables.all_count raw_data.recruits --to out --format parquet")]
    Export(Export),
    /// Show what is published and landed, and the last runs
    #[command(after_help = "Examples:
  jobtide status
  jobtide status --json")]
    Status(Status),
    /// List the builds, or roll back to an earlier one
    #[command(after_help = "Examples:
  jobtide builds
  jobtide builds rollback 12")]
    Builds(Builds),
    /// List the records that could not be read
    #[command(after_help = "Examples:
  jobtide quarantine
  jobtide quarantine replay")]
    Quarantine(Quarantine),
    /// Take one posting down everywhere, the landing included, and record why
    #[command(after_help = include_str!("cli/examples/purge.txt"))]
    Purge(Purge),
    /// Copy the whole store and the state, with a checksum of each object
    #[command(
        after_help = "Examples:\n  jobtide backup --to /mnt/disk/jobtide-2026-05-01\n  jobtide backup --to gs://bucket/jobtide-2026-05-01"
    )]
    Backup(Backup),
    /// Restore a backup into an empty store, verifying every object first
    #[command(after_help = "Examples:
  jobtide restore --from /mnt/disk/jobtide-2026-05-01")]
    Restore(Restore),
    /// Run all checks on the published build (exit code 4 when one of them fails)
    #[command(after_help = "Examples:
  jobtide check
  jobtide check --build 12 --json")]
    Check(Check),
    /// Diagnose problems and say what to do about them (exit code 1 if there are any)
    #[command(after_help = "Examples:
  jobtide doctor
  jobtide doctor --deep                also read every landed body and every file of the build")]
    Doctor(Doctor),
    /// The local stand-in for a source
    #[command(subcommand, after_help = simulate::EXAMPLES)]
    Simulate(Box<Simulate>),
    /// Write the OpenAPI document of the API to stdout
    #[command(
        hide = true,
        after_help = "Examples:
  jobtide openapi > docs/openapi.json"
    )]
    Openapi,
}

#[derive(Debug, Args)]
pub struct Demo {
    /// Number of synthetic postings
    #[arg(long, default_value_t = 15_000)]
    pub postings: usize,
    /// Seed of the synthetic data
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Address of the dashboard
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// Folder of the demo; it is emptied first
    #[arg(long, default_value = "jobtide-demo", value_parser = path())]
    pub folder: PathBuf,
    /// Stop once the data is ready, for scripts
    #[arg(long)]
    pub once: bool,
}

#[derive(Debug, Args)]
pub struct Init {
    /// The file to write
    #[arg(default_value = "jobtide.toml", value_parser = path())]
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub struct Serve {
    /// Address to listen on, instead of `server.listen`
    #[arg(long)]
    pub listen: Option<String>,
}

#[derive(Debug, Args)]
pub struct Land {
    /// The source the files are from, called like its file in `pipeline/sources/`
    pub source: String,
    /// Responses, postings, or lists of them (.json), one or several; one a line (.jsonl); plain,
    /// gz or zst
    #[arg(required = true, value_parser = path())]
    pub files: Vec<PathBuf>,
    /// Only report what each file contains and what would be landed
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub struct Unland {
    /// Files as they were landed, or windows by their path from `landing/` on
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Run {
    /// The DAG: `collect_postings` collects what is due, then builds and publishes
    pub dag: String,
    /// First day to collect (a backfill)
    #[arg(long, value_name = "DATE")]
    pub from: Option<Date>,
    /// Day after the last one to collect [default: now]
    #[arg(long, value_name = "DATE", requires = "from")]
    pub to: Option<Date>,
    /// Do not run the DAGs that it starts: their runs stay in the queue
    #[arg(long)]
    pub only: bool,
    #[command(flatten)]
    pub nothing_new: task::NothingNewCode,
}

#[derive(Debug, Args)]
pub struct Build {
    /// Rebuild every table from the landing, regardless of what is published
    #[arg(long)]
    pub full: bool,
    #[command(flatten)]
    pub nothing_new: task::NothingNewCode,
}

#[derive(Debug, Args)]
pub struct Query {
    /// One query; `-` reads it from stdin
    // It may begin with a comment.
    #[arg(allow_hyphen_values = true)]
    pub sql: String,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Maximum number of rows
    #[arg(long, default_value_t = warehouse::query::DEFAULT_LIMIT)]
    pub limit: usize,
    /// An earlier build instead of the published one
    #[arg(long)]
    pub build: Option<u64>,
    /// Runs the query here, for the process of this id.
    #[arg(long, hide = true)]
    pub worker: Option<u32>,
    /// The reader is the server: it reads immediately, and holds the result in memory.
    #[arg(long, hide = true)]
    pub served: bool,
    /// The reader is a task: it gets the number of rows, and the rows if there are at most so many.
    #[arg(long, hide = true)]
    pub summary: Option<usize>,
}

/// Formats of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Drawn with characters.
    Table,
    /// Comma-separated values.
    Csv,
    /// A list of objects.
    Json,
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC stream.
    Arrow,
    /// For the page: columns with their types, and rows as lists.
    #[value(hide = true)]
    Page,
    /// CSV for spreadsheets, as the page offers it.
    #[value(hide = true)]
    Spreadsheet,
}

impl From<Format> for warehouse::query::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Table => Self::Table,
            Format::Csv => Self::Csv,
            Format::Json => Self::Json,
            Format::Parquet => Self::Parquet,
            Format::Arrow => Self::Arrow,
            Format::Page => Self::Page,
            Format::Spreadsheet => Self::Spreadsheet,
        }
    }
}

#[derive(Debug, Args)]
pub struct Export {
    /// Tables such as `visual_tables.all_count`
    #[arg(required = true)]
    pub tables: Vec<String>,
    /// Folder to write to; one file a table
    #[arg(long, value_name = "DIR", value_parser = path())]
    pub to: PathBuf,
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct Status {
    /// As JSON on stdout
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Builds {
    #[command(subcommand)]
    pub action: Option<BuildsAction>,
}

#[derive(Debug, Subcommand)]
pub enum BuildsAction {
    /// Roll back to an earlier build
    #[command(after_help = "Examples:
  jobtide builds rollback 12")]
    Rollback {
        /// Its number, as `jobtide builds` lists it
        build: u64,
    },
}

#[derive(Debug, Args)]
pub struct Quarantine {
    #[command(subcommand)]
    pub action: Option<QuarantineAction>,
}

#[derive(Debug, Subcommand)]
pub enum QuarantineAction {
    /// Decode everything landed again, after the decoding rules were fixed
    #[command(after_help = "Examples:
  jobtide quarantine replay")]
    Replay,
}

#[derive(Debug, Args)]
pub struct Purge {
    /// `source:id`, or the `id` of the tables; without it, copies of everything taken down before
    #[arg(allow_negative_numbers = true)]
    pub posting: Option<String>,
    /// Why, for the record
    #[arg(long, required_unless_present = "dry_run")]
    pub reason: Option<String>,
    /// Only report what the landing holds of it
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub struct Backup {
    /// An empty folder, or gs://…, s3://…, az://…
    #[arg(long, value_name = "DIR|URL", value_parser = place)]
    pub to: String,
}

#[derive(Debug, Args)]
pub struct Restore {
    /// The place given to `jobtide backup --to`
    #[arg(long, value_name = "DIR|URL", value_parser = place)]
    pub from: String,
}

#[derive(Debug, Args)]
pub struct Check {
    /// An earlier build instead of the published one
    #[arg(long)]
    pub build: Option<u64>,
    /// As JSON on stdout
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Doctor {
    /// Also read every landed body and compare it with its checksum
    #[arg(long)]
    pub deep: bool,
}

#[cfg(test)]
mod tests;

/// Paths; `~/` is expanded even where the shell does not, as in `--folder=~/demo`.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(config::from_home)
}

/// A folder or a URL; `~/` is expanded in folders.
fn place(text: &str) -> anyhow::Result<String> {
    match text.strip_prefix("~/") {
        Some(_) => Ok(config::from_home(text.into())?
            .to_string_lossy()
            .into_owned()),
        None => Ok(text.to_owned()),
    }
}
