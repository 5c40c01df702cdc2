//! `jobtide airflow`, as it is typed.

use std::path::PathBuf;

use clap::Args;

use super::path;

#[derive(Debug, Args)]
pub struct Airflow {
    /// Folder to write to: the folder of Airflow's DAGs, or one in it
    #[arg(long, value_name = "DIR", default_value = "airflow", value_parser = path())]
    pub out: PathBuf,
    /// The program as workers start it: a path, or a name that their `PATH` finds
    #[arg(long, default_value = "jobtide")]
    pub program: String,
    /// Folder in which workers start it [default: this one]
    #[arg(long, value_name = "DIR", value_parser = path())]
    pub folder: Option<PathBuf>,
}
