//! How fast JSON parsers read landed bodies: `json-speed FILE [ROUNDS]`, FILE holding one body a line.
//!
//! Each parser does the least that filling columns needs: a walkable form of the whole body (simd-json's
//! tape, sonic-rs' document), or the fields of interest as borrowed text (`typed`). Bodies are in memory,
//! copies are not timed, one thread. Prints GB/s, median and best of the rounds.

use std::borrow::Cow;
use std::hint::black_box;
use std::time::{Duration, Instant};

use serde::Deserialize;

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    jobs: Jobs<'a>,
}

#[derive(Deserialize)]
struct Jobs<'a> {
    #[serde(borrow)]
    job: Vec<Job<'a>>,
}

type Text<'a> = Option<Cow<'a, str>>;

#[derive(Deserialize)]
#[allow(dead_code, reason = "what is measured is filling the fields")]
struct Coded<'a> {
    #[serde(borrow)]
    code: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code, reason = "what is measured is filling the fields")]
struct Job<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    url: Text<'a>,
    active: Option<i64>,
    position: Position<'a>,
    keyword: Text<'a>,
    salary: Option<Coded<'a>>,
    posting_timestamp: Text<'a>,
    modification_timestamp: Text<'a>,
    opening_timestamp: Text<'a>,
    expiration_timestamp: Text<'a>,
    close_type: Option<Coded<'a>>,
    read_cnt: Text<'a>,
    apply_cnt: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(dead_code, reason = "what is measured is filling the fields")]
struct Position<'a> {
    #[serde(borrow)]
    title: Text<'a>,
    industry: Option<Coded<'a>>,
    location: Option<Coded<'a>>,
    job_type: Option<Coded<'a>>,
    job_mid_code: Option<Coded<'a>>,
    industry_keyword_code: Text<'a>,
    job_code: Option<Coded<'a>>,
    job_code_keyword_code: Text<'a>,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(file) = arguments.next() else {
        eprintln!("usage: json-speed FILE [ROUNDS]");
        std::process::exit(2);
    };
    let rounds = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(5);
    let text = match std::fs::read(&file) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("`{file}`: {error}");
            std::process::exit(1);
        }
    };
    let bodies: Vec<Vec<u8>> = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(<[u8]>::to_vec)
        .collect();

    measure("simd-json, tape", &bodies, rounds, |bodies| {
        let mut buffers = simd_json::Buffers::default();
        bodies
            .iter_mut()
            .map(|body| {
                simd_json::to_tape_with_buffers(body, &mut buffers).map_or(0, |tape| tape.0.len())
            })
            .sum()
    });
    measure("simd-json, typed", &bodies, rounds, |bodies| {
        bodies
            .iter_mut()
            .map(|body| {
                simd_json::serde::from_slice::<Body>(body).map_or(0, |body| body.jobs.job.len())
            })
            .sum()
    });
    measure("sonic-rs, document", &bodies, rounds, |bodies| {
        bodies
            .iter()
            .map(|body| usize::from(sonic_rs::from_slice::<sonic_rs::Value>(body).is_ok()))
            .sum()
    });
    measure("sonic-rs, typed", &bodies, rounds, |bodies| {
        bodies
            .iter()
            .map(|body| sonic_rs::from_slice::<Body>(body).map_or(0, |body| body.jobs.job.len()))
            .sum()
    });
}

fn measure(
    name: &str,
    bodies: &[Vec<u8>],
    rounds: usize,
    parse: impl Fn(&mut Vec<Vec<u8>>) -> usize,
) {
    let bytes: usize = bodies.iter().map(Vec::len).sum();
    let mut rates: Vec<f64> = (0..rounds.max(1))
        .map(|_| {
            let mut copies = bodies.to_vec();
            let took = time(|| {
                // A parser that fails early would look fast.
                assert!(
                    black_box(parse(&mut copies)) >= bodies.len(),
                    "{name} refused a body"
                );
            });
            bytes as f64 / 1e9 / took.as_secs_f64()
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    let median = rates[rates.len() / 2];
    let best = rates.last().copied().unwrap_or(median);
    println!("{name}: {median:.2} GB/s median, {best:.2} GB/s best");
}

fn time(act: impl FnOnce()) -> Duration {
    let began = Instant::now();
    act();
    began.elapsed()
}
