//! `jobtide simulate saramin`: the flags, and running until shutdown.

use std::future::Future;
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::time::Duration;

use clap::Args;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;

use crate::clock::Clock;
use crate::faults::Faults;
use crate::http::{self, PATH};
use crate::kst;
use crate::options::{Late, Live, Options, OptionsError};
use crate::simulator::Simulator;
use crate::unreadable::Unreadable;

/// A local stand-in for the Saramin job-search API, with synthetic postings
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct SimulateArgs {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// Port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 8090)]
    pub port: u16,
    /// Postings between --start and --end
    #[arg(long, default_value_t = 15_000)]
    pub postings: u32,
    /// The same seed gives the same postings and the same faults
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// First posting time: 2023-05-01 (Seoul) or 2023-05-01T00:00:00Z [default: 120 days before the end]
    #[arg(long, value_parser = instant)]
    pub start: Option<Timestamp>,
    /// End of the posting times. With it the content is fixed at that instant, so that a run can be
    /// repeated exactly; without it the end is now, and postings keep appearing [default: now]
    #[arg(long, value_parser = instant)]
    pub end: Option<Timestamp>,
    /// New postings a minute while it runs; 0 for none [default: 2, or 0 with --end]
    #[arg(long, value_name = "PER_MINUTE")]
    pub live: Option<f64>,
    /// Edits of recent postings for each new one
    #[arg(long, default_value_t = 0.5)]
    pub live_edits: f64,
    /// Share of the postings that were edited before the end
    #[arg(long, default_value_t = 0.12)]
    pub edited: f64,
    /// Share of the postings that appear only --late-by seconds after their posting time
    #[arg(long, default_value_t = 0.0)]
    pub late: f64,
    /// Delay of late postings, in seconds
    #[arg(long, default_value_t = 120)]
    pub late_by: u64,
    /// Share of the postings of other industries that `ind_cd=3` does not find
    #[arg(long, default_value_t = 0.0)]
    pub elsewhere: f64,
    /// The only key to accept [default: any]
    #[arg(long, env = "JOBTIDE_SIMULATOR_ACCESS_KEY", hide_env_values = true)]
    pub access_key: Option<String>,
    /// Calls with one key on one day in Seoul; 0 for no limit
    #[arg(long, default_value_t = 500)]
    pub daily_quota: u32,
    /// HTTP status of the API's error bodies (unknown for the real API)
    #[arg(long, default_value_t = 200)]
    pub error_status: u16,
    /// What goes wrong: a share of all calls (0.2), or kind=share, comma-separated; see below
    #[arg(long, default_value = "0", value_name = "FAULTS")]
    pub faults: Faults,
    /// Seconds that the `timeout` fault waits
    #[arg(long, default_value_t = 30)]
    pub fault_delay: u64,
    /// After so many failures of one call in a row, it succeeds
    #[arg(long, default_value_t = 3, value_name = "FAILURES")]
    pub faults_in_a_row: u32,
    /// A call that fails once fails each time
    #[arg(long)]
    pub faults_stay: bool,
    /// Faults that always occur at a place: fault@place; can be repeated; see below
    #[arg(long, value_name = "FAULT@PLACE")]
    pub unreadable: Vec<Unreadable>,
}

const EXAMPLES: &str = "\
Faults: timeout reset reset-body truncated cut html maintenance http500 http502 code99 too-many
too-many-bare shape total shift values. A share of all calls covers all of them but `values`, which
alone changes what records say.

Places: posting=<number> and posted=<from>..<to> (responses with such a posting on the page),
asked=<from>..<to> (requests for such a time of publication), page=<number from 0>.

Examples:
  jobtide simulate saramin
  jobtide simulate saramin --port 9000 --seed 7 --start 2023-05-01 --end 2023-08-01
  jobtide simulate saramin --faults 0.2
  jobtide simulate saramin --faults timeout=0.05,html=0.1,values=0.01 --fault-delay 5
  jobtide simulate saramin --unreadable code99@page=2 --unreadable http500@posting=36315100
  jobtide simulate saramin --postings 1000000 --start 2022-01-01 --daily-quota 0
  curl 'http://127.0.0.1:8090/job-search?access-key=any&ind_cd=3&count=110&fields=keyword-code'";

/// Why the simulator could not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Flags that contradict each other.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// Binding the address failed. Retryable only after another process has ended.
    #[error("cannot listen on `{host}:{port}`: {source}\nhint: {hint}")]
    Listen {
        /// The requested address.
        host: IpAddr,
        /// The requested port.
        port: u16,
        /// The system's error.
        source: io::Error,
        /// The next step.
        hint: &'static str,
    },
    /// The server failed while running.
    #[error("the simulator stopped: {0}")]
    Serve(#[from] io::Error),
}

impl SimulateArgs {
    /// The options from the flags at the time `now`.
    pub fn options(&self, now: Timestamp) -> Options {
        // Whole hours: two simulators started within one have the same postings.
        let hour = now.as_second().div_euclid(kst::HOUR) * kst::HOUR;
        let this_hour = Timestamp::from_second(hour).unwrap_or(now);
        let end = self.end.unwrap_or(this_hour);
        let before = SignedDuration::from_hours(120 * 24);
        let start = self.start.or_else(|| end.checked_sub(before).ok());
        let usual = if self.end.is_some() { 0.0 } else { 2.0 };
        let per_minute = self.live.unwrap_or(usual);
        Options {
            postings: self.postings,
            seed: self.seed,
            start: start.unwrap_or(Timestamp::UNIX_EPOCH),
            end,
            access_key: self.access_key.clone(),
            faults: {
                let mut faults = self.faults.clone();
                faults.delay = Duration::from_secs(self.fault_delay);
                faults.most_in_a_row = self.faults_in_a_row;
                faults.stay = self.faults_stay;
                faults
            },
            unreadable: self.unreadable.clone(),
            daily_quota: (self.daily_quota > 0).then_some(self.daily_quota),
            error_status: self.error_status,
            live: (per_minute != 0.0).then_some(Live {
                per_minute,
                edit_share: self.live_edits,
            }),
            edited: self.edited,
            late: (self.late != 0.0).then_some(Late {
                share: self.late,
                by: Duration::from_secs(self.late_by),
            }),
            elsewhere: self.elsewhere,
            generated_header: true,
            clock: Clock::system(),
        }
    }
}

/// Runs until `shutdown` completes. Once it listens it prints instructions, line by line through
/// `say`, then the URL of the API as the only line of stdout.
///
/// # Errors
/// When the flags contradict each other, the port cannot be listened on, or the server fails.
pub async fn run(
    args: SimulateArgs,
    shutdown: impl Future<Output = ()> + Send + 'static,
    say: &(dyn Fn(&str) + Sync),
) -> Result<(), RunError> {
    let simulator = Simulator::new(args.options(Timestamp::now()))?;
    let listener = listen(args.host, args.port).await?;
    let address = listener.local_addr()?;
    let options = simulator.options();
    tracing::info!(
        %address,
        seed = options.seed,
        postings = options.postings,
        start = %options.start,
        end = %options.end,
        live = options.live.is_some(),
        "simulating the Saramin API"
    );
    say(&format!(
        "synthetic postings of seed {}; stop with Ctrl-C",
        options.seed
    ));
    say(&format!(
        "hint: to collect from it, set `[sources.saramin] base_url = \"http://{address}\"`"
    ));
    // Without stdout, the hint shows the URL.
    writeln!(io::stdout(), "http://{address}{PATH}").ok();
    http::serve(listener, simulator, shutdown).await?;
    Ok(())
}

async fn listen(host: IpAddr, port: u16) -> Result<TcpListener, RunError> {
    TcpListener::bind((host, port)).await.map_err(|source| {
        let hint = match source.kind() {
            io::ErrorKind::AddrInUse => {
                "another program, perhaps another simulator, uses the port; choose one with `--port`, 0 picks a free one"
            }
            io::ErrorKind::PermissionDenied => "ports below 1024 need special privileges; choose one with `--port`",
            _ => "choose an address of this machine with `--host`, such as 127.0.0.1",
        };
        RunError::Listen {
            host,
            port,
            source,
            hint,
        }
    })
}

fn instant(text: &str) -> Result<Timestamp, String> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Ok(timestamp);
    }
    let midnight = text
        .parse::<Date>()
        .and_then(|date| date.to_zoned(kst::time_zone()))
        .map(|zoned| zoned.timestamp());
    midnight.map_err(|_| {
        format!("`{text}` is not a time\nhint: write a day in Seoul, `2023-05-01`, or `2023-05-01T00:00:00+09:00`")
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: SimulateArgs,
    }

    fn options(flags: &[&str]) -> Options {
        let cli = Cli::try_parse_from([&["simulate"], flags].concat()).expect("valid flags");
        cli.args
            .options("2026-03-01T10:20:30Z".parse().expect("a time"))
    }

    #[test]
    fn without_an_end_it_grows_and_ends_now() {
        let options = options(&[]);
        assert_eq!(options.end.to_string(), "2026-03-01T10:00:00Z");
        assert_eq!(options.start.to_string(), "2025-11-01T10:00:00Z");
        assert_eq!(
            options.live,
            Some(Live {
                per_minute: 2.0,
                edit_share: 0.5
            })
        );
        assert_eq!(options.daily_quota, Some(500));
        assert!(options.check().is_ok());
    }

    #[test]
    fn with_an_end_it_is_frozen_by_default() {
        let still = options(&["--start", "2023-05-01", "--end", "2023-08-01"]);
        assert_eq!(still.start.to_string(), "2023-04-30T15:00:00Z");
        assert_eq!(still.live, None);
        let lives = options(&["--end", "2023-08-01T00:00:00+09:00", "--live", "30"]);
        assert_eq!(lives.live.map(|live| live.per_minute), Some(30.0));
    }

    #[test]
    fn flags_that_cannot_be_read_say_what_to_write() {
        let message = |flags: &[&str]| match Cli::try_parse_from([&["simulate"], flags].concat()) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        assert!(message(&["--end", "soon"]).contains("hint: write a day in Seoul"));
        assert!(message(&["--faults", "resett=1"]).contains("did you mean `reset`?"));
    }

    #[tokio::test]
    async fn a_busy_port_says_what_to_do() {
        let taken = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = taken.local_addr().expect("bound").port().to_string();
        let cli = Cli::try_parse_from(["simulate", "--port", &port, "--postings", "10"]);
        let result = run(
            cli.expect("valid flags").args,
            std::future::pending(),
            &|_| (),
        )
        .await;
        let message = result.expect_err("busy").to_string();
        assert!(
            message.starts_with(&format!("cannot listen on `127.0.0.1:{port}`")),
            "{message}"
        );
        assert!(message.contains("\nhint: another program"), "{message}");
    }
}
