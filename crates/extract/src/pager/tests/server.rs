//! A source with scripted faults.

use std::collections::BTreeSet;
use std::sync::Mutex;

use bytes::Bytes;
use jiff::Timestamp;

use super::super::{Failed, Limits, Outcome, Pages, Parsed, Received, RecordId, read_all};

/// What happens at one fetch.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// The response gives another total.
    Lie(i64),
    /// The response gives half the total.
    Half,
    /// The response lacks its last records.
    Short(usize),
    /// The response begins with the last record of the previous page.
    Repeat,
    /// No records, and a total of 0.
    Nothing,
    /// The order rotates before the response.
    Turn(usize),
    /// A record disappears before the response.
    Leave(usize),
    /// A record appears before the response, at this position.
    Come(usize),
}

pub(super) struct Server {
    pub state: Mutex<State>,
    size: u64,
}

pub(super) struct State {
    pub ids: Vec<u32>,
    next_id: u32,
    events: std::vec::IntoIter<Option<Event>>,
    fetches: u64,
    /// Calls that may be spent on reading again.
    pub repeats: u64,
    kept: BTreeSet<u32>,
    read: BTreeSet<RecordId>,
}

impl Server {
    pub fn new(records: u32, size: u64, events: Vec<Option<Event>>) -> Self {
        Self {
            state: Mutex::new(State {
                ids: (0..records).collect(),
                next_id: records,
                events: events.into_iter(),
                fetches: 0,
                repeats: u64::MAX,
                kept: BTreeSet::new(),
                read: BTreeSet::new(),
            }),
            size,
        }
    }

    fn answer(&self, page: u64) -> Parsed {
        let mut state = self.state.lock().expect("not poisoned");
        state.fetches += 1;
        let event = state.events.next().flatten();
        let records = state.ids.len();
        match event {
            Some(Event::Turn(by)) if records > 0 => state.ids.rotate_left(by % records),
            Some(Event::Leave(at)) if records > 0 => {
                state.ids.remove(at % records);
            }
            Some(Event::Come(at)) => {
                let id = state.next_id;
                state.next_id += 1;
                state.ids.insert(at % (records + 1), id);
            }
            _ => {}
        }
        let start = usize::try_from(page * self.size).expect("small");
        let size = usize::try_from(self.size).expect("small");
        let mut rows: Vec<u32> = state.ids.iter().skip(start).take(size).copied().collect();
        let mut total = state.ids.len() as i64;
        match event {
            Some(Event::Lie(by)) => total = (total + by).max(0),
            Some(Event::Half) => total /= 2,
            Some(Event::Short(by)) => rows.truncate(rows.len().saturating_sub(by)),
            Some(Event::Repeat) if start > 0 && start <= state.ids.len() => {
                rows.insert(0, state.ids[start - 1]);
            }
            Some(Event::Nothing) => (rows, total) = (Vec::new(), 0),
            _ => {}
        }
        let ids = rows.iter().map(|id| RecordId::Id(id.to_string()));
        Parsed {
            total: total.unsigned_abs(),
            ids: ids.collect(),
            published: Vec::new(),
            next: None,
        }
    }

    pub fn ids(&self) -> BTreeSet<RecordId> {
        let state = self.state.lock().expect("not poisoned");
        let ids = state.ids.iter().map(|id| RecordId::Id(id.to_string()));
        ids.collect()
    }

    pub fn read(&self) -> BTreeSet<RecordId> {
        self.state.lock().expect("not poisoned").read.clone()
    }

    pub fn fetches(&self) -> u64 {
        self.state.lock().expect("not poisoned").fetches
    }

    pub fn limits(&self) -> Limits {
        Limits {
            page_size: self.size,
            concurrency: 3,
            first_number: 1,
            passes: 4,
            rereads: 2,
            tolerated_shortfall: 0,
            max_total: 10_000,
        }
    }

    pub fn run(&self, limits: Limits) -> Result<Outcome, Failed> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let first = self.fetch(0).await?;
            read_all(self, first, &limits).await
        })
    }
}

impl Pages for Server {
    async fn fetch(&self, page: u64) -> Result<Received, Failed> {
        Ok(Received {
            body: Bytes::new(),
            parsed: self.answer(page),
            generated: true,
            received_at: Timestamp::UNIX_EPOCH,
            validators: crate::client::Validators::default(),
            links: Vec::new(),
            format: landing::Format::Json,
        })
    }

    async fn keep(&self, _page: u64, number: u32, received: &Received) -> Result<(), Failed> {
        let mut state = self.state.lock().expect("not poisoned");
        assert!(state.kept.insert(number), "body {number} is kept twice");
        state.read.extend(received.parsed.ids.iter().cloned());
        Ok(())
    }

    fn may_repeat(&self, calls: u64) -> bool {
        let mut state = self.state.lock().expect("not poisoned");
        let taken = calls <= state.repeats;
        state.repeats -= if taken { calls } else { 0 };
        taken
    }

    fn expect_pages(&self, _pages: u64) {}
}

/// A server that does not answer for a page behind its last.
pub(super) struct Ending {
    pub server: Server,
    pub last: u64,
    pub instead: fn(u64) -> Failed,
}

impl Pages for Ending {
    async fn fetch(&self, page: u64) -> Result<Received, Failed> {
        if page > self.last {
            return Err((self.instead)(page));
        }
        self.server.fetch(page).await
    }

    async fn keep(&self, page: u64, number: u32, received: &Received) -> Result<(), Failed> {
        self.server.keep(page, number, received).await
    }

    fn may_repeat(&self, calls: u64) -> bool {
        self.server.may_repeat(calls)
    }

    fn expect_pages(&self, _pages: u64) {}
}
