//! What `jobtide simulate` takes.

use clap::Subcommand;

/// The end of the command's help.
pub const EXAMPLES: &str = "Examples:
  jobtide simulate saramin
  jobtide simulate saramin --port 9000 --faults 0.2";

/// The sources that can be simulated.
#[derive(Debug, Subcommand)]
pub enum Simulate {
    /// The Saramin job-search API with generated postings
    Saramin(simulator::args::SimulateArgs),
}
