//! How fast landed JSON becomes Arrow, apart from disk, checksums and Parquet: for
//! docs/benchmarks.md and decision record 5.
//!
//! Bodies are loaded into memory first and copied for each round, because the parser unescapes in
//! place; the copy is not timed. Prints one line a measurement: its name and GB/s of JSON, the best
//! and the median of the rounds.
//!
//! ```text
//! cargo run --release --example decode_speed -- STORE [MEGABYTES] [ROUNDS]
//! ```

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use landing::Landing;
use warehouse::staging::decode::{BodyOrigin, Decoder};
use warehouse::staging::rows::Rows;
use warehouse::staging::spec::StagingSpec;

type Failure = Box<dyn Error + Send + Sync>;

/// As in staging: a batch this long leaves the builders.
const BATCH_ROWS: usize = 4_096;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next() else {
        return Err("usage: decode_speed STORE [MEGABYTES] [ROUNDS]".into());
    };
    let megabytes: usize = arguments.next().map_or(Ok(200), |text| text.parse())?;
    let rounds: usize = arguments.next().map_or(Ok(5), |text| text.parse())?;

    let bodies = Arc::new(load(&folder, megabytes << 20).await?);
    let bytes: usize = bodies.iter().map(Vec::len).sum();
    println!(
        "{} bodies, {:.1} MB of JSON, {rounds} rounds",
        bodies.len(),
        bytes as f64 / 1e6
    );
    let toml = include_str!("../../../pipeline/staging/recruit.toml");
    let StagingSpec::Records(spec) = StagingSpec::parse("staging/recruit.toml", toml)? else {
        return Err("pipeline/staging/recruit.toml does not describe records".into());
    };
    let decoder = Decoder::new(spec);

    measure("simd-json tape alone, 1 thread", rounds, bytes, || {
        tape(bodies.as_ref().clone())
    });
    for threads in [1, 2] {
        let name = format!(
            "JSON to Arrow, {threads} thread{}",
            if threads > 1 { "s" } else { "" }
        );
        measure(&name, rounds, bytes, || {
            parallel(&decoder, &bodies, threads)
        });
    }
    Ok(())
}

async fn load(folder: &str, enough: usize) -> Result<Vec<Vec<u8>>, Failure> {
    let landing = Landing::new(landing::open_store(folder)?);
    let mut bodies = Vec::new();
    let mut bytes = 0;
    for window in landing.list().await?.windows {
        for entry in &landing.manifest(&window).await?.bodies {
            let body = landing.body(&window, entry).await?;
            bytes += body.len();
            bodies.push(body.to_vec());
            if bytes >= enough {
                return Ok(bodies);
            }
        }
    }
    if bodies.is_empty() {
        return Err(format!("`{folder}` holds no landed bodies").into());
    }
    Ok(bodies)
}

fn measure(name: &str, rounds: usize, bytes: usize, mut round: impl FnMut() -> Duration) {
    let mut rates: Vec<f64> = (0..rounds.max(1))
        .map(|_| bytes as f64 / 1e9 / round().as_secs_f64())
        .collect();
    rates.sort_by(f64::total_cmp);
    let median = rates[rates.len() / 2];
    let best = rates.last().copied().unwrap_or(median);
    println!("{name}: {median:.2} GB/s median, {best:.2} GB/s best");
}

fn tape(mut bodies: Vec<Vec<u8>>) -> Duration {
    let mut buffers = simd_json::Buffers::default();
    let began = Instant::now();
    let mut nodes = 0;
    for body in &mut bodies {
        nodes += simd_json::to_tape_with_buffers(body, &mut buffers).map_or(0, |tape| tape.0.len());
    }
    let took = began.elapsed();
    std::hint::black_box(nodes);
    took
}

/// The time from the start of all threads to the end of the last one.
fn parallel(decoder: &Arc<Decoder>, bodies: &Arc<Vec<Vec<u8>>>, threads: usize) -> Duration {
    let shares: Vec<Vec<Vec<u8>>> = (0..threads)
        .map(|thread| {
            bodies
                .iter()
                .skip(thread)
                .step_by(threads)
                .cloned()
                .collect()
        })
        .collect();
    let began = Instant::now();
    std::thread::scope(|scope| {
        for share in shares {
            scope.spawn(move || decode(decoder, share));
        }
    });
    began.elapsed()
}

fn decode(decoder: &Decoder, bodies: Vec<Vec<u8>>) {
    let mut rows = Rows::new(decoder);
    for (number, mut body) in bodies.into_iter().enumerate() {
        let origin = BodyOrigin {
            landing_path: format!(
                "landing/saramin/recruit/date=2024-01-01/collect-20240101T000000Z-20240102T000000Z-00000000/{number:05}.json.zst"
            ),
            collected_at: 1_704_067_200_000_000,
            read_at: None,
            part: None,
            is_empty: false,
        };
        std::hint::black_box(decoder.document(&mut body, &origin, &mut rows));
        if rows.len() >= BATCH_ROWS {
            std::hint::black_box(rows.take().map(|batch| batch.num_rows()).unwrap_or(0));
        }
    }
    std::hint::black_box(rows.take().map(|batch| batch.num_rows()).unwrap_or(0));
}
