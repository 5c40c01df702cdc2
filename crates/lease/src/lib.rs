//! Leases in a folder or bucket: of several processes and machines on one store, one at a time may
//! do a thing, and another one takes over when the holder is gone.
//!
//! # What this crate promises
//!
//! - **One holder at a time**, for effects within half the lease's length after a call of
//!   [`Held::check`], however processes are stopped, killed, cut off or slowed down.
//! - **Tokens only grow.** Each acquisition of a lease gets a token above all earlier ones of that
//!   name. An effect that may come later than that (the process can be stopped between the check and
//!   the effect) carries the token, and the place where it takes effect refuses a token below the
//!   newest one that it knows.
//! - **A holder that lost its lease finds out** at the next [`Held::check`], which reads the store,
//!   and without asking through [`Held::lost`].
//! - **Lost replies do no harm.** A write whose reply was lost is read back: what this holder wrote
//!   is success.
//! - **Nothing foreign is deleted.** Files of other names, and generations that cannot be read, are
//!   ignored, reported, and left where they are.
//!
//! # Protocol
//!
//! Folders and buckets have only create-if-absent in common. A lease is a folder of numbered
//! generations, each created if absent; the highest counts:
//!
//! ```text
//! <prefix>/<name>/000000000007.json   token 5, held by `a`, 60 s
//! <prefix>/<name>/000000000008.json   token 5: renewed
//! <prefix>/<name>/000000000009.json   token 5: released
//! <prefix>/<name>/000000000010.json   token 10, held by `b`, 60 s
//! ```
//!
//! Acquiring, renewing and releasing all create the next generation, so that a late renewal and a
//! take-over compete for one file and one of them wins. The token is the generation of the
//! acquisition. After each creation the folder is listed again: who was stopped for so long that
//! newer generations exist, and that the one it creates was removed again, finds the newer ones.
//! The newest two generations stay; who writes one removes the older ones.
//!
//! # Time
//!
//! Clocks of different machines are never compared. A foreign lease is expired when this process has
//! seen the same generation unchanged for the lease's length and a tenth more, by its own monotonic
//! clock: the tenth is how much faster than the holder's its clock may run. The price: a process that
//! just started waits that long before it takes over from one that was killed. Two cases need no
//! wait: a lease that was released, and one of the same [`Holder::id`], which the caller guarantees
//! to be one process at a time.
//!
//! The holder regards its lease as expired once the length has passed since it *began* to write the
//! last generation, by the monotonic clock or by the calendar clock, whichever is further: the
//! monotonic clock of some systems stands still while the machine sleeps.
//!
//! Architecture Invariant: this crate must not depend on builds, DAGs, or what a lease is for.

mod error;
mod generation;
mod held;
mod series;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use kernel::Clock;
use object_store::path::Path;
use object_store::{ObjectStore, PutOptions};

pub use crate::error::{Error, Result};
use crate::generation::Generation;
pub use crate::held::{Held, Valid};
use crate::series::{Series, Top, Written};

/// The longest length of a lease: a damaged or forged file cannot block a name for longer.
pub const LONGEST: Duration = Duration::from_secs(60 * 60);

/// Attempts to acquire a lease that others are acquiring, renewing or releasing at the same moment.
const ATTEMPTS: usize = 16;

/// Who holds leases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Identifies the process across restarts. The caller guarantees that one process at a time has
    /// it, such as by the lock of a state folder: a lease of this id is taken over at once, because
    /// its holder is gone. A random text if there is no such guarantee.
    pub id: String,
    /// For messages, such as the host and the process.
    pub name: String,
}

/// The leases below one prefix of a store.
pub struct Leases {
    shared: Arc<Shared>,
    /// Generations of others, and when this process first saw them.
    seen: Mutex<HashMap<String, Sighting>>,
}

/// What each lease that is held needs too.
struct Shared {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    holder: Holder,
    length: Duration,
    clock: Arc<dyn Clock>,
    durable: PutOptions,
    /// Names that are held through these `Leases`, with their sessions.
    live: Mutex<HashMap<String, u64>>,
    /// Foreign and damaged files that were reported: each is once.
    reported: Mutex<HashSet<Path>>,
}

/// A generation of another holder.
#[derive(Debug, Clone, Copy)]
struct Sighting {
    generation: u64,
    /// By the monotonic clock.
    since: Duration,
}

/// The outcome of an attempt.
#[derive(Debug)]
pub enum Acquired {
    /// The lease is ours.
    Held(Held),
    /// Another one holds it.
    Taken(Taken),
}

/// A lease that another one holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// [`Holder::name`]; where its file cannot be read, which one and why.
    pub by: String,
    /// Its token; `None` where its file cannot be read.
    pub token: Option<u64>,
    /// It can be taken over after this time, unless it is renewed.
    pub free_in: Duration,
}

/// The state of a lease as its newest generation says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The newest token.
    pub token: u64,
    /// [`Holder::id`] of its holder.
    pub id: String,
    /// [`Holder::name`] of its holder.
    pub by: String,
    /// Whether the holder gave it back. If not, it is held, or its holder is gone.
    pub released: bool,
    /// What the last holder that left one left with [`Held::release_with`].
    pub note: Option<String>,
    /// When its newest generation was written, by the store's clock.
    pub written: Timestamp,
}

impl Leases {
    /// Leases below `prefix`, each for `length` (at most [`LONGEST`], at least a millisecond) unless
    /// it is renewed. Nothing is read or written yet.
    pub fn new(
        store: Arc<dyn ObjectStore>,
        prefix: Path,
        holder: Holder,
        length: Duration,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                store,
                prefix,
                holder,
                length: length.clamp(Duration::from_millis(1), LONGEST),
                clock,
                durable: PutOptions::default(),
                live: Mutex::default(),
                reported: Mutex::default(),
            }),
            seen: Mutex::default(),
        }
    }

    /// Sets how the first generation of an acquisition is written, apart from its mode: durably where
    /// a power cut could otherwise lose it, and its token with it.
    #[must_use]
    pub fn durable(mut self, options: PutOptions) -> Self {
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            shared.durable = options;
        }
        self
    }

    /// How long a lease lasts without being renewed.
    pub fn length(&self) -> Duration {
        self.shared.length
    }

    /// Tries once to acquire a lease. The lease of another process that is gone is acquired once it
    /// was seen unchanged for long enough (see [the crate](crate)): call again after
    /// [`Taken::free_in`].
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::Store`], and [`Error::Contended`] if others are faster each time.
    pub async fn acquire(&self, name: &str) -> Result<Acquired> {
        let series = Series::new(&self.shared, name)?;
        for _ in 0..ATTEMPTS {
            let top = series.top().await?;
            if let Some(taken) = self.taken(name, &top) {
                return Ok(Acquired::Taken(taken));
            }
            let number = top.number().checked_add(1).ok_or_else(|| Error::Damaged {
                path: series.path(top.number()).to_string(),
                reason: "no generation can follow it".to_owned(),
            })?;
            let session = rand::random();
            let began = self.shared.moment();
            let note = match top {
                Top::Sound(before, _) => before.note,
                Top::None | Top::Damaged(..) => None,
            };
            let generation = Generation::new(&self.shared, number, session, note);
            let Written::Ours = series.create(number, &generation, true).await? else {
                continue;
            };
            // Newer generations may exist by now, and this number may have been removed before.
            if series.newest().await? != Some(number) {
                series.withdraw(number).await;
                continue;
            }
            series.tidy(number).await;
            let held = Held::new(self.shared.clone(), series, generation, began);
            return Ok(Acquired::Held(held));
        }
        Err(Error::Contended(name.to_owned()))
    }

    /// Acquires a lease, waiting for others to release it or to be gone. `waiting` is called with the
    /// first holder that it waits for, and with each different one.
    ///
    /// # Errors
    /// As [`Self::acquire`].
    pub async fn wait(&self, name: &str, waiting: &(dyn Fn(&Taken) + Sync)) -> Result<Held> {
        let mut reported = None;
        loop {
            let taken = match self.acquire(name).await {
                Ok(Acquired::Held(held)) => return Ok(held),
                Ok(Acquired::Taken(taken)) => taken,
                Err(Error::Contended(_)) => {
                    self.shared.clock.sleep(self.shared.pause()).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            if reported != Some(taken.token) {
                waiting(&taken);
                reported = Some(taken.token);
            }
            // A release is seen soon, an expiry when it is due.
            let pause = taken.free_in.min(self.shared.pause());
            self.shared.clock.sleep(pause).await;
        }
    }

    /// The state of a lease; `None` if it was never acquired, or forgotten.
    ///
    /// # Errors
    /// [`Error::Damaged`] if its newest generation cannot be read; [`Error::Name`], [`Error::Store`].
    pub async fn state(&self, name: &str) -> Result<Option<State>> {
        let series = Series::new(&self.shared, name)?;
        match series.top().await? {
            Top::None => Ok(None),
            Top::Sound(generation, written) => Ok(Some(State {
                token: generation.token,
                id: generation.id,
                by: generation.by,
                released: generation.released,
                note: generation.note,
                written,
            })),
            Top::Damaged(number, reason) => Err(Error::Damaged {
                path: series.path(number).to_string(),
                reason,
            }),
        }
    }

    /// The names of all leases below a part of the prefix (`""` for all of them), sorted.
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::Store`].
    pub async fn names(&self, below: &str) -> Result<Vec<String>> {
        series::names(&self.shared, below).await
    }

    /// Removes all generations of a released lease. Its tokens begin at 1 again: only for a name that
    /// is never acquired again, by anyone.
    ///
    /// # Errors
    /// [`Error::Held`] if it is not released; [`Error::Name`], [`Error::Store`].
    pub async fn forget(&self, name: &str) -> Result<()> {
        let series = Series::new(&self.shared, name)?;
        match series.top().await? {
            Top::None => Ok(()),
            Top::Sound(generation, _) if generation.released => {
                series.remove_up_to(generation.generation).await
            }
            Top::Sound(..) | Top::Damaged(..) => Err(Error::Held(name.to_owned())),
        }
    }

    /// The holder, where the lease cannot be acquired now.
    fn taken(&self, name: &str, top: &Top) -> Option<Taken> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = self.holder(name, top).and_then(|(by, token, length)| {
            let now = self.shared.clock.monotonic();
            let sighting = Sighting {
                generation: top.number(),
                since: now,
            };
            let known = seen.entry(name.to_owned()).or_insert(sighting);
            if known.generation != sighting.generation {
                *known = sighting;
            }
            let expires = length + length / 10;
            let free_in = expires.saturating_sub(now.saturating_sub(known.since));
            (free_in > Duration::ZERO).then_some(Taken { by, token, free_in })
        });
        if taken.is_none() {
            seen.remove(name);
        }
        taken
    }

    /// Who may still hold a lease, its token, and for how long without a renewal.
    fn holder(&self, name: &str, top: &Top) -> Option<(String, Option<u64>, Duration)> {
        match top {
            Top::None => None,
            Top::Sound(generation, _) => {
                let live = self.shared.live().get(name).copied();
                let gone =
                    generation.id == self.shared.holder.id && live != Some(generation.session);
                let length = Duration::from_millis(generation.length_ms).min(LONGEST);
                (!generation.released && !gone).then(|| {
                    let by = generation.by.clone();
                    (by, Some(generation.token), length)
                })
            }
            // Its length is unknown, and its holder may be alive.
            Top::Damaged(number, reason) => {
                let by = format!("generation {number}, which is damaged: {reason}");
                Some((by, None, self.shared.length))
            }
        }
    }
}

impl std::fmt::Debug for Leases {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leases")
            .field("prefix", &self.shared.prefix)
            .field("holder", &self.shared.holder)
            .field("length", &self.shared.length)
            .finish_non_exhaustive()
    }
}

impl Shared {
    /// Between two attempts, and between two renewals: three in the length of a lease, so that one
    /// may fail.
    fn pause(&self) -> Duration {
        self.length / 3
    }

    fn moment(&self) -> Moment {
        Moment {
            monotonic: self.clock.monotonic(),
            calendar: self.clock.now(),
        }
    }

    /// Whether a file is to be reported: it was not before.
    fn reports(&self, path: &Path) -> bool {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        reported.insert(path.clone())
    }

    fn live(&self) -> std::sync::MutexGuard<'_, HashMap<String, u64>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A moment by both clocks.
#[derive(Debug, Clone, Copy)]
struct Moment {
    monotonic: Duration,
    calendar: Timestamp,
}

impl Moment {
    /// The time since an earlier moment, by the clock that says more.
    fn since(self, earlier: Self) -> Duration {
        let monotonic = self.monotonic.saturating_sub(earlier.monotonic);
        let calendar = self.calendar.duration_since(earlier.calendar);
        monotonic.max(Duration::try_from(calendar).unwrap_or_default())
    }
}
