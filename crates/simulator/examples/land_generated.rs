//! Writes generated postings into a store folder as landed windows, as a collection would: for
//! benchmarks, which need a million postings without hours of calls.
//!
//! The same arguments give the same bodies. The windows match the default query of
//! `pipeline/sources/saramin.toml`, so that a later `jobtide run` collects only what comes after
//! them. Holds one page in memory per worker; an interrupted run leaves complete windows and can be
//! deleted.
//!
//! ```text
//! cargo run --example land_generated -- FOLDER --postings 200000 [--start 2022-01-01T00:00:00Z]
//! ```

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Parser;
use jiff::{SignedDuration, Timestamp};
use landing::{
    Dataset, Format, Landing, NewBody, Origin, Query, WindowKind, WindowSpec, WindowSummary,
};
use simulator::{Options, Simulator};

type Failure = Box<dyn Error + Send + Sync>;

/// Write generated postings as landed windows
#[derive(Debug, Clone, Parser)]
struct Args {
    /// Root of the store; `landing/` is created in it
    folder: String,
    /// Postings between --start and --end
    #[arg(long, default_value_t = 200_000)]
    postings: u32,
    /// The same seed gives the same postings
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// First posting time
    #[arg(long, default_value = "2022-01-01T00:00:00Z")]
    start: Timestamp,
    /// End of the posting times
    #[arg(long, default_value = "2024-01-01T00:00:00Z")]
    end: Timestamp,
    /// Length of a window
    #[arg(long, default_value_t = 24)]
    hours: i64,
}

struct Work {
    simulator: Simulator,
    landing: Landing,
    dataset: Dataset,
    windows: Vec<(Timestamp, Timestamp)>,
    next: AtomicUsize,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let simulator = Simulator::new(Options {
        postings: args.postings,
        seed: args.seed,
        start: args.start,
        end: args.end,
        ..Options::default()
    })?;
    let work = Arc::new(Work {
        simulator,
        landing: Landing::new(landing::open_store(&args.folder)?),
        dataset: Dataset::new("saramin", "recruit")?,
        windows: windows(&args)?,
        next: AtomicUsize::new(0),
    });
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let tasks: Vec<_> = (0..workers)
        .map(|_| tokio::spawn(worker(work.clone())))
        .collect();
    let mut landed = Landed::default();
    for task in tasks {
        landed.add(task.await??);
    }
    println!(
        "{} postings in {} windows, {} bodies, {:.1} MB of JSON",
        landed.records,
        work.windows.len(),
        landed.bodies,
        landed.bytes as f64 / 1e6
    );
    Ok(())
}

#[derive(Default)]
struct Landed {
    records: u64,
    bodies: u64,
    bytes: u64,
}

impl Landed {
    fn add(&mut self, other: Self) {
        self.records += other.records;
        self.bodies += other.bodies;
        self.bytes += other.bytes;
    }
}

fn windows(args: &Args) -> Result<Vec<(Timestamp, Timestamp)>, Failure> {
    let mut windows = Vec::new();
    let mut from = args.start;
    while from < args.end {
        let to = from
            .checked_add(SignedDuration::from_hours(args.hours.max(1)))?
            .min(args.end);
        windows.push((from, to));
        from = to;
    }
    Ok(windows)
}

async fn worker(work: Arc<Work>) -> Result<Landed, Failure> {
    let mut landed = Landed::default();
    while let Some((from, to)) = work.windows.get(work.next.fetch_add(1, Ordering::Relaxed)) {
        landed.add(window(&work, *from, *to).await?);
    }
    Ok(landed)
}

async fn window(work: &Work, from: Timestamp, to: Timestamp) -> Result<Landed, Failure> {
    let spec = WindowSpec {
        dataset: work.dataset.clone(),
        kind: WindowKind::Collect,
        from,
        to,
        query: default_query(),
    };
    // Times are derived from the window, so that two landings of the same postings are equal.
    let writer = work.landing.begin(spec, to)?;
    let mut landed = Landed::default();
    for (number, body) in (1..).zip(work.simulator.pages(from, to)) {
        let records = records(&body);
        landed.add(Landed {
            records,
            bodies: 1,
            bytes: body.len() as u64,
        });
        let body = NewBody {
            bytes: body.into(),
            format: Format::Json,
            records: Some(records),
            received_at: to,
            name: None,
            part: None,
        };
        writer.put(number, body).await?;
    }
    let summary = WindowSummary {
        origin: Origin::Generated,
        total_reported: Some(landed.records),
        records: Some(landed.records),
        duplicates: 0,
        finished_at: to,
    };
    writer.finish(summary).await?;
    Ok(landed)
}

/// As the collector spells it in its manifests.
fn default_query() -> Query {
    [
        ("ind_cd", "3"),
        ("fields", "count,expiration-date,keyword-code,posting-date"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

/// The number after the first `"count":` of a page, without reading all of it.
fn records(body: &[u8]) -> u64 {
    let head = String::from_utf8_lossy(&body[..body.len().min(200)]);
    head.split_once("\"count\":").map_or(0, |(_, rest)| {
        rest.bytes()
            .take_while(u8::is_ascii_digit)
            .fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
    })
}
