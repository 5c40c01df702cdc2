//! The pager against a source that lies, shifts and changes while it is read.

use std::collections::BTreeSet;
use std::sync::Mutex;

use bytes::Bytes;
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::Fault;

/// What happens at one fetch.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// The answer gives another total.
    Lie(i64),
    /// The answer lacks its last records.
    Short(usize),
    /// The answer repeats the last record of the page before, in front.
    Repeat,
    /// Nothing, and a total of 0.
    Nothing,
    /// The order turns by so many before the answer.
    Turn(usize),
    /// A record leaves before the answer.
    Leave(usize),
    /// A record comes before the answer, at this place.
    Come(usize),
}

struct Server {
    state: Mutex<State>,
    size: u64,
}

struct State {
    ids: Vec<u32>,
    next_id: u32,
    events: std::vec::IntoIter<Option<Event>>,
    fetches: u64,
    kept: BTreeSet<u32>,
    read: BTreeSet<RecordId>,
}

impl Server {
    fn new(records: u32, size: u64, events: Vec<Option<Event>>) -> Self {
        Self {
            state: Mutex::new(State {
                ids: (0..records).collect(),
                next_id: records,
                events: events.into_iter(),
                fetches: 0,
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
        }
    }

    fn ids(&self) -> BTreeSet<RecordId> {
        let state = self.state.lock().expect("not poisoned");
        let ids = state.ids.iter().map(|id| RecordId::Id(id.to_string()));
        ids.collect()
    }

    fn read(&self) -> BTreeSet<RecordId> {
        self.state.lock().expect("not poisoned").read.clone()
    }

    fn fetches(&self) -> u64 {
        self.state.lock().expect("not poisoned").fetches
    }

    fn limits(&self) -> Limits {
        Limits {
            page_size: self.size,
            concurrency: 3,
            passes: 4,
            rereads: 2,
            tolerated_shortfall: 0,
            max_total: 10_000,
        }
    }

    fn run(&self, limits: Limits) -> Result<Outcome, Failed> {
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
        })
    }

    async fn keep(&self, number: u32, received: &Received) -> Result<(), Failed> {
        let mut state = self.state.lock().expect("not poisoned");
        assert!(state.kept.insert(number), "body {number} is kept twice");
        state.read.extend(received.parsed.ids.iter().cloned());
        Ok(())
    }

    fn expect_pages(&self, _pages: u64) {}
}

fn passes(outcome: Result<Outcome, Failed>) -> u32 {
    match outcome {
        Ok(Outcome::Complete(complete)) => complete.passes,
        other => panic!("{other:?}"),
    }
}

fn failure(outcome: Result<Outcome, Failed>) -> WindowError {
    match outcome {
        Err(Failed::Window(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// Events of one kind at some fetches, never at two in a row.
fn now_and_then(
    event: impl Strategy<Value = Event> + 'static,
) -> impl Strategy<Value = Vec<Option<Event>>> {
    let pair = prop_oneof![
        2 => Just([None, None]).boxed(),
        1 => event.prop_map(|event| [Some(event), None]).boxed(),
    ];
    proptest::collection::vec(pair, 0..12).prop_map(|pairs| pairs.concat())
}

fn faults() -> impl Strategy<Value = Event> {
    prop_oneof![
        (-40i64..40).prop_map(Event::Lie),
        (1usize..12).prop_map(Event::Short),
        Just(Event::Repeat),
        Just(Event::Nothing),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_quiet_source_is_read_once(records in 0u32..200, size in 1u64..20) {
        let server = Server::new(records, size, Vec::new());
        prop_assert_eq!(passes(server.run(server.limits())), 1);
        prop_assert_eq!(server.read(), server.ids());
        let pages = u64::from(records).div_ceil(size).max(1);
        // A total that nothing else can contradict is asked for twice.
        let twice = records == 0 || u64::from(records) == size;
        prop_assert_eq!(server.fetches(), pages + u64::from(twice));
    }

    #[test]
    fn single_faults_never_lose_a_record(records in 0u32..120, size in 1u64..20, events in now_and_then(faults())) {
        let server = Server::new(records, size, events);
        passes(server.run(server.limits()));
        prop_assert_eq!(server.read(), server.ids());
    }

    #[test]
    fn shifting_pages_end_with_all_records_or_say_so(
        records in 0u32..120,
        size in 1u64..20,
        turns in proptest::collection::vec(proptest::option::of((0usize..120).prop_map(Event::Turn)), 0..60),
    ) {
        let server = Server::new(records, size, turns);
        match server.run(server.limits()) {
            Ok(Outcome::Complete(_)) => prop_assert_eq!(server.read(), server.ids()),
            other => {
                let error = failure(other);
                let short = matches!(error, WindowError::DoesNotAddUp { .. });
                prop_assert!(short, "{error}");
            }
        }
    }

    #[test]
    fn pages_that_shift_a_few_times_are_read_again_until_all_is_there(
        records in 0u32..120,
        size in 2u64..20,
        turns in proptest::collection::vec((0usize..120).prop_map(|by| Some(Event::Turn(by))), 0..8),
    ) {
        let server = Server::new(records, size, turns);
        let mut limits = server.limits();
        // A pass of one page needs as many passes as turns, and a quiet one.
        limits.passes = 10;
        passes(server.run(limits));
        prop_assert_eq!(server.read(), server.ids());
    }

    #[test]
    fn records_that_leave_hide_no_others(records in 0u32..120, size in 1u64..20, events in now_and_then((0usize..120).prop_map(Event::Leave))) {
        let server = Server::new(records, size, events);
        if let Ok(Outcome::Complete(_)) = server.run(server.limits()) {
            prop_assert!(server.read().is_superset(&server.ids()));
        }
    }

    #[test]
    fn records_that_come_hide_no_others(records in 0u32..120, size in 1u64..20, events in now_and_then((0usize..120).prop_map(Event::Come))) {
        let server = Server::new(records, size, events);
        if let Ok(Outcome::Complete(_)) = server.run(server.limits()) {
            let first: BTreeSet<RecordId> = (0..records).map(|id| RecordId::Id(id.to_string())).collect();
            prop_assert!(server.read().is_superset(&first));
        }
    }
}

#[test]
fn a_total_that_always_lies_leaves_the_window_due() {
    for (by, passes) in [(1, 4), (40, 4), (-1, 4), (-30, 4)] {
        let server = Server::new(55, 10, vec![Some(Event::Lie(by)); 1000]);
        let error = failure(server.run(server.limits()));
        let total = 55u64.saturating_add_signed(by);
        let distinct = if by < 0 { total.div_ceil(10) * 10 } else { 55 };
        let distinct = distinct.min(55);
        let expected = if by < 0 {
            WindowError::MoreThanTotal {
                total,
                distinct,
                passes,
            }
        } else {
            WindowError::DoesNotAddUp {
                total,
                distinct,
                passes,
            }
        };
        assert_eq!(error, expected);
    }
}

#[test]
fn a_shortfall_is_tolerated_only_when_told_and_seen_twice() {
    let server = Server::new(55, 10, vec![Some(Event::Lie(2)); 1000]);
    let mut limits = server.limits();
    limits.tolerated_shortfall = 1;
    failure(server.run(limits));
    limits.tolerated_shortfall = 2;
    let server = Server::new(55, 10, vec![Some(Event::Lie(2)); 1000]);
    assert_eq!(passes(server.run(limits)), 2);
    assert_eq!(server.read(), server.ids());
}

#[test]
fn a_repeated_record_is_believed_on_one_page_only() {
    let repeating = |size| {
        let server = Server::new(55, size, Vec::new());
        server.state.lock().expect("not poisoned").ids[30] = 7;
        server
    };
    let server = repeating(60);
    assert_eq!(passes(server.run(server.limits())), 2);
    assert_eq!(server.read(), server.ids());
    let server = repeating(10);
    let error = failure(server.run(server.limits()));
    assert!(
        matches!(error, WindowError::DoesNotAddUp { distinct: 54, .. }),
        "{error}"
    );
}

#[test]
fn a_source_with_a_page_size_of_its_own_is_read() {
    let server = Server::new(55, 10, Vec::new());
    for asked in [20, 7] {
        let mut limits = server.limits();
        limits.page_size = asked;
        let server = Server::new(55, 10, Vec::new());
        assert_eq!(passes(server.run(limits)), 1, "{asked} asked for");
        assert_eq!(server.read(), server.ids());
    }
}

#[test]
fn a_total_that_changes_in_every_pass_is_said() {
    let come = vec![Some(Event::Come(0)); 1000];
    let server = Server::new(55, 10, come);
    let error = failure(server.run(server.limits()));
    assert!(
        matches!(error, WindowError::KeepsChanging { passes: 4, .. }),
        "{error}"
    );
}

#[test]
fn too_many_records_are_not_read() {
    let server = Server::new(55, 10, Vec::new());
    let mut limits = server.limits();
    limits.max_total = 54;
    let outcome = server.run(limits).expect("no failure");
    assert_eq!(outcome, Outcome::TooMany);
    assert!(server.fetches() <= 2);
}

#[test]
fn a_failing_page_ends_the_reading_and_a_stop_goes_before_it() {
    struct Failing(Server);
    impl Pages for Failing {
        async fn fetch(&self, page: u64) -> Result<Received, Failed> {
            match page {
                3 => Err(Failed::Window(WindowError::Page {
                    page,
                    attempts: 6,
                    fault: Fault::Html,
                })),
                4 => Err(Failed::Stop(crate::Stop::Budget("gone".into()))),
                _ => self.0.fetch(page).await,
            }
        }

        async fn keep(&self, number: u32, received: &Received) -> Result<(), Failed> {
            self.0.keep(number, received).await
        }

        fn expect_pages(&self, _pages: u64) {}
    }
    let failing = Failing(Server::new(100, 10, Vec::new()));
    let limits = failing.0.limits();
    let outcome = futures::executor::block_on(async {
        let first = failing.fetch(0).await?;
        read_all(&failing, first, &limits).await
    });
    assert!(matches!(outcome, Err(Failed::Stop(_))), "{outcome:?}");
    assert!(failing.0.fetches() < 9, "the rest is not read");
}
