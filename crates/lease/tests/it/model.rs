//! Holders whose every operation on the store is interleaved at random, with pauses, lost and late
//! replies, and clocks that disagree: no effect of one in time is an effect beside another one's, and
//! tokens only grow.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use kernel::Clock;
use lease::{Acquired, Error, Holder, Leases};
use object_store::ObjectStore;
use object_store::path::Path;
use proptest::prelude::*;

use crate::support::{Fault, Faulty, LENGTH, files, memory};

/// A small generator of random numbers: a case is its seed.
#[derive(Clone)]
struct Dice(Arc<Mutex<u64>>);

impl Dice {
    fn below(&self, bound: u64) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// The clocks of one machine: the monotonic one runs up to 4 % too fast or slow, the calendar is
/// anywhere.
struct MachineClock {
    now: Arc<Mutex<Duration>>,
    percent: u32,
    calendar: Mutex<i64>,
}

#[async_trait]
impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(*self.now.lock().unwrap()).unwrap();
        let ahead = SignedDuration::from_secs(*self.calendar.lock().unwrap());
        Timestamp::from_second(1_800_000_000).unwrap() + elapsed + ahead
    }

    fn monotonic(&self) -> Duration {
        *self.now.lock().unwrap() * self.percent / 100
    }

    async fn sleep(&self, _: Duration) {
        tokio::task::yield_now().await;
    }
}

/// What the holders did.
#[derive(Default)]
struct Log {
    tokens: BTreeSet<u64>,
    /// Highest token that took effect; what is below it is refused.
    newest: u64,
    effects: usize,
    late: usize,
    lost: usize,
}

/// Holds the lease again and again: checks, then takes effect, perhaps much later.
async fn work(
    leases: Leases,
    inner: Arc<dyn ObjectStore>,
    now: Arc<Mutex<Duration>>,
    dice: Dice,
    log: Rc<RefCell<Log>>,
) {
    let mut last = 0;
    loop {
        tokio::task::yield_now().await;
        let Ok(Acquired::Held(held)) = leases.acquire("writer").await else {
            continue;
        };
        assert!(
            log.borrow_mut().tokens.insert(held.token()),
            "a token twice"
        );
        assert!(held.token() > last, "a token went back");
        last = held.token();
        for _ in 0..dice.below(12) {
            let called = *now.lock().unwrap();
            let checked = match dice.below(3) {
                0 => held.renew().await,
                _ => held.check().await,
            };
            let token = match checked {
                Ok(valid) => valid.token,
                Err(Error::Lost { .. }) => {
                    log.borrow_mut().lost += 1;
                    break;
                }
                Err(_) => continue,
            };
            tokio::task::yield_now().await;
            let in_time = *now.lock().unwrap() - called < LENGTH * 2 / 5;
            let mut log = log.borrow_mut();
            if in_time {
                let newest = newest_token(&inner);
                assert_eq!(
                    newest, token,
                    "another one holds the lease in time of an effect"
                );
                assert!(token >= log.newest, "an effect in time was refused");
            }
            if token >= log.newest {
                log.newest = token;
                log.effects += 1;
            } else {
                log.late += 1;
            }
        }
        match dice.below(3) {
            0 => drop(held),
            _ => {
                held.release().await.ok();
            }
        }
    }
}

/// The token of the newest generation in the store, read beside the protocol.
fn newest_token(store: &Arc<dyn ObjectStore>) -> u64 {
    let found = async {
        let newest = files(store).await.pop().expect("a generation");
        let newest = Path::from(newest);
        let bytes = object_store::ObjectStoreExt::get(store, &newest).await?;
        bytes.bytes().await
    };
    let bytes = found.now_or_never().expect("in memory").expect("its file");
    let generation: serde_json::Value = serde_json::from_slice(&bytes).expect("a generation");
    generation["token"].as_u64().expect("a token")
}

/// One history of `holders` processes.
fn history(seed: u64, holders: usize) -> Log {
    let dice = Dice(Arc::new(Mutex::new(seed)));
    let now = Arc::new(Mutex::new(Duration::from_secs(1_000)));
    let inner = memory();
    let log = Rc::new(RefCell::new(Log::default()));
    let calm = Arc::new(Mutex::new(false));
    let (faults, is_calm) = (dice.clone(), calm.clone());
    let store = Faulty::new(inner.clone(), move |_| {
        let calm = *is_calm.lock().unwrap();
        match faults.below(20) {
            0 if !calm => Fault::ReplyLost,
            1 if !calm => Fault::Fails,
            2 if !calm => Fault::Late,
            _ => Fault::None,
        }
    });
    let clock = |percent| {
        Arc::new(MachineClock {
            now: now.clone(),
            percent,
            calendar: Mutex::default(),
        })
    };
    let process = |number: usize| {
        let clock = clock(96 + u32::try_from(dice.below(9)).unwrap());
        let holder = Holder {
            id: number.to_string(),
            name: format!("process {number}"),
        };
        let faulty: Arc<dyn ObjectStore> = store.clone();
        let leases = Leases::new(faulty, Path::from("l"), holder, LENGTH, clock.clone());
        let work = work(
            leases,
            inner.clone(),
            now.clone(),
            dice.clone(),
            log.clone(),
        );
        (
            clock,
            Box::pin(work) as Pin<Box<dyn Future<Output = ()>>>,
            Cell::new(0_u64),
        )
    };
    let mut processes: Vec<_> = (0..holders).map(process).collect();
    let mut context = Context::from_waker(Waker::noop());
    for step in 0..1_500_u64 {
        // Time passes, sometimes for more than a lease.
        *now.lock().unwrap() += match dice.below(100) {
            0 => LENGTH + LENGTH / 5,
            1..10 => LENGTH / 4,
            _ => Duration::from_millis(300),
        };
        if dice.below(30) == 0 {
            store.arrive();
        }
        let one = usize::try_from(dice.below(holders as u64)).unwrap();
        let (clock, work, paused) = &mut processes[one];
        match dice.below(400) {
            // Stopped for a while.
            0..4 => paused.set(step + dice.below(200)),
            // Killed, and restarted under the same id.
            4 => processes[one] = process(one),
            5 => *clock.calendar.lock().unwrap() += 7_200,
            6 => *clock.calendar.lock().unwrap() -= 86_400,
            _ if paused.get() > step => {}
            _ => {
                let done = work.as_mut().poll(&mut context);
                assert!(done.is_pending());
            }
        }
    }
    // When all is calm, the one that is left holds the lease soon, and nothing piles up.
    *calm.lock().unwrap() = true;
    let before = log.borrow().effects;
    let (_, mut last, _) = processes.swap_remove(0);
    drop(processes);
    for _ in 0..400 {
        *now.lock().unwrap() += Duration::from_secs(1);
        assert!(last.as_mut().poll(&mut context).is_pending());
    }
    drop(last);
    assert!(log.borrow().effects > before, "nobody took over");
    let left = files(&inner).now_or_never().expect("in memory");
    assert!(left.len() <= 4, "{left:?}");
    Rc::into_inner(log).expect("all have ended").into_inner()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn one_holder_at_a_time(seed: u64, holders in 2_usize..=3) {
        history(seed, holders);
    }
}

#[test]
fn the_histories_contain_what_they_are_about() {
    let (mut effects, mut late, mut lost) = (0, 0, 0);
    for seed in 0..40 {
        let log = history(seed, 3);
        effects += log.effects;
        late += log.late;
        lost += log.lost;
    }
    assert!(
        effects > 100 && late > 0 && lost > 10,
        "{effects} {late} {lost}"
    );
}
