//! The pager against a source with wrong totals, shifting pages and concurrent changes.

mod server;

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::Fault;
use server::{Ending, Event, Server};

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
        // Zero is requested twice, and after full pages there must be an empty one.
        let more = u64::from(records).is_multiple_of(size);
        prop_assert_eq!(server.fetches(), pages + u64::from(more));
    }

    #[test]
    fn totals_that_are_always_too_small_lose_no_record(
        records in 0u32..120,
        size in 1u64..20,
        lie in prop_oneof![(-120i64..0).prop_map(Event::Lie), Just(Event::Half)],
    ) {
        let server = Server::new(records, size, vec![Some(lie); 2000]);
        match server.run(server.limits()) {
            Ok(Outcome::Complete(_)) => prop_assert_eq!(server.read(), server.ids()),
            other => {
                let error = failure(other);
                let over = matches!(error, WindowError::MoreThanTotal { .. });
                prop_assert!(over, "{error}");
            }
        }
    }

    #[test]
    fn totals_that_are_too_small_for_a_while_lose_no_record(
        pages in 1u32..8,
        size in 1u64..20,
        lies in 0usize..30,
    ) {
        let half = vec![Some(Event::Half); lies];
        let server = Server::new(2 * pages * u32::try_from(size).expect("small"), size, half);
        if let Ok(Outcome::Complete(_)) = server.run(server.limits()) {
            prop_assert_eq!(server.read(), server.ids());
        }
    }

    #[test]
    fn single_faults_never_lose_a_record(records in 0u32..120, size in 1u64..20, events in now_and_then(faults())) {
        let server = Server::new(records, size, events);
        passes(server.run(server.limits()));
        prop_assert_eq!(server.read(), server.ids());
    }

    #[test]
    fn rereading_stays_within_its_calls(
        records in 0u32..120,
        size in 1u64..20,
        repeats in 0u64..40,
        lie in prop_oneof![(-120i64..120).prop_map(Event::Lie), Just(Event::Half)],
    ) {
        let server = Server::new(records, size, vec![Some(lie); 2000]);
        server.state.lock().expect("not poisoned").repeats = repeats;
        let outcome = server.run(server.limits());
        if let Ok(Outcome::Complete(_)) = outcome {
            prop_assert_eq!(server.read(), server.ids());
        }
        // Concurrent readers each request a page beyond the end.
        let once = u64::from(records).div_ceil(size) + 2 + server.limits().concurrency as u64;
        prop_assert!(server.fetches() <= once + repeats, "{} fetches", server.fetches());
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
    fn pages_that_shift_a_few_times_are_reread_until_complete(
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
    fn records_that_disappear_hide_no_others(records in 0u32..120, size in 1u64..20, events in now_and_then((0usize..120).prop_map(Event::Leave))) {
        let server = Server::new(records, size, events);
        if let Ok(Outcome::Complete(_)) = server.run(server.limits()) {
            prop_assert!(server.read().is_superset(&server.ids()));
        }
    }

    #[test]
    fn records_that_appear_hide_no_others(records in 0u32..120, size in 1u64..20, events in now_and_then((0usize..120).prop_map(Event::Come))) {
        let server = Server::new(records, size, events);
        if let Ok(Outcome::Complete(_)) = server.run(server.limits()) {
            let first: BTreeSet<RecordId> = (0..records).map(|id| RecordId::Id(id.to_string())).collect();
            prop_assert!(server.read().is_superset(&first));
        }
    }
}

#[test]
fn a_total_that_is_always_wrong_leaves_the_window_due() {
    for (by, passes) in [(1, 4), (40, 4), (-1, 4), (-30, 4), (-15, 4), (-45, 4)] {
        let server = Server::new(55, 10, vec![Some(Event::Lie(by)); 1000]);
        let error = failure(server.run(server.limits()));
        let total = 55u64.saturating_add_signed(by);
        // One extra page is read, to see that it is there.
        let distinct = if by < 0 { (total / 10 + 1) * 10 } else { 55 };
        let distinct = distinct.min(55);
        let expected = if by < 0 {
            WindowError::MoreThanTotal {
                total,
                sent: distinct,
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
fn a_shortfall_is_tolerated_only_when_configured_and_seen_twice() {
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
fn a_repeated_record_is_accepted_on_one_page_only() {
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
fn pages_that_are_all_the_same_are_not_read_to_the_end() {
    struct Stuck(Server);
    impl Pages for Stuck {
        async fn fetch(&self, _page: u64) -> Result<Received, Failed> {
            self.0.fetch(0).await
        }

        async fn keep(&self, page: u64, number: u32, received: &Received) -> Result<(), Failed> {
            self.0.keep(page, number, received).await
        }

        fn may_repeat(&self, calls: u64) -> bool {
            self.0.may_repeat(calls)
        }

        fn expect_pages(&self, _pages: u64) {}
    }
    let stuck = Stuck(Server::new(9_000, 100, Vec::new()));
    let limits = stuck.0.limits();
    let outcome = futures::executor::block_on(async {
        let first = stuck.fetch(0).await?;
        read_all(&stuck, first, &limits).await
    });
    let error = failure(outcome);
    assert!(
        matches!(error, WindowError::DoesNotAddUp { distinct: 100, .. }),
        "{error}"
    );
    assert!(stuck.0.fetches() < 30, "{} fetches", stuck.0.fetches());
}

#[test]
fn a_total_that_changes_in_every_pass_is_reported() {
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
fn a_page_after_the_last_may_be_refused_but_not_fail() {
    let outcome = |instead| {
        let ending = Ending {
            server: Server::new(40, 10, Vec::new()),
            last: 3,
            instead,
        };
        let limits = ending.server.limits();
        let outcome = futures::executor::block_on(async {
            let first = ending.fetch(0).await?;
            read_all(&ending, first, &limits).await
        });
        (outcome, ending.server.read() == ending.server.ids())
    };
    let refused = |_| {
        Failed::Stop(Stop::Request {
            code: "3".to_owned(),
            meaning: "a request parameter is not valid".to_owned(),
            message: "start".to_owned(),
        })
    };
    let (complete, all) = outcome(refused);
    assert_eq!((passes(complete), all), (1, true));
    let wrong = |page| {
        Failed::Window(WindowError::Page {
            page,
            attempts: 6,
            fault: Fault::Html("JSON"),
        })
    };
    let error = failure(outcome(wrong).0);
    assert!(
        matches!(error, WindowError::NoEnd { total: 40, .. }),
        "{error}"
    );
    let forbidden = |_| {
        Failed::Stop(Stop::Refused {
            status: 403,
            message: String::new(),
        })
    };
    let (outcome, _) = outcome(forbidden);
    assert!(matches!(outcome, Err(Failed::Stop(_))), "{outcome:?}");
}

#[test]
fn a_failing_page_ends_the_reading_and_a_stop_takes_precedence() {
    struct Failing(Server);
    impl Pages for Failing {
        async fn fetch(&self, page: u64) -> Result<Received, Failed> {
            match page {
                3 => Err(Failed::Window(WindowError::Page {
                    page,
                    attempts: 6,
                    fault: Fault::Html("JSON"),
                })),
                4 => Err(Failed::Stop(crate::Stop::Budget("gone".into()))),
                _ => self.0.fetch(page).await,
            }
        }

        async fn keep(&self, page: u64, number: u32, received: &Received) -> Result<(), Failed> {
            self.0.keep(page, number, received).await
        }

        fn may_repeat(&self, _calls: u64) -> bool {
            true
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
