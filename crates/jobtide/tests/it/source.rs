//! The simulator behind a real port, in this process.

use jiff::Timestamp;
use simulator::{Faults, Options, Simulator};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// First day of the generated postings, and the day after the last.
pub const DAYS: [&str; 2] = ["2023-05-01", "2023-08-01"];

/// A running simulator; it ends when it is dropped.
pub struct Source {
    pub simulator: Simulator,
    /// Address without the path of the API.
    pub url: String,
    runtime: Option<Runtime>,
}

/// Postings with the clock fixed at the end of July 2023, without faults and quota.
pub fn still(postings: u32) -> Options {
    Options {
        postings,
        seed: 20_230_501,
        start: instant("2023-04-30T15:00:00Z"),
        end: instant("2023-07-31T15:00:00Z"),
        ..Options::default()
    }
}

/// The same with faults.
pub fn faulty(postings: u32, faults: Faults) -> Options {
    Options {
        faults,
        ..still(postings)
    }
}

/// Postings of the last sixty days: many are still open.
pub fn recent(postings: u32) -> Options {
    let end = Timestamp::from_second(Timestamp::now().as_second()).expect("an instant");
    Options {
        start: end - jiff::SignedDuration::from_hours(60 * 24),
        end,
        ..still(postings)
    }
}

fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

impl Source {
    pub fn start(options: Options) -> Self {
        let simulator = Simulator::new(options).expect("options that fit");
        let runtime = Runtime::new().expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a free port");
        let address = listener.local_addr().expect("its address");
        let served = simulator::serve(listener, simulator.clone(), std::future::pending());
        runtime.spawn(served);
        Self {
            simulator,
            url: format!("http://{address}"),
            runtime: Some(runtime),
        }
    }

    /// The configuration that collects from here, with further settings of `[sources.saramin]`.
    pub fn settings(&self, more: &str) -> String {
        format!(
            "[sources.saramin]\nbase_url = \"{}\"\nstart = \"{}\"\n{more}\n",
            self.url, DAYS[0]
        )
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The program's description of the source, with values replaced: as a user would override it in a
/// pipeline folder. A missing value fails the test that relies on it.
pub fn description(changes: &[(&str, &str)]) -> String {
    let mut text = include_str!("../../../../pipeline/sources/saramin.toml").to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "`{from}` is not in the description");
        text = text.replace(from, to);
    }
    text
}
