//! A lease that this process holds.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Mutex, watch};

use crate::error::{Error, Result};
use crate::generation::Generation;
use crate::series::{Series, Top, Written};
use crate::{ATTEMPTS, Moment, Shared};

/// A lease that is held, until it is released, dropped, or lost. Renew it in the background with
/// [`Held::keep`]. Cheap to clone: all clones are the same lease.
///
/// When the last clone is dropped without [`Held::release`], others take the lease over once it
/// expires.
#[derive(Debug, Clone)]
pub struct Held(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    series: Series,
    token: u64,
    session: u64,
    /// The note that was there.
    found: Option<String>,
    /// The newest generation of this acquisition, and when writing it began. Locked while the lease
    /// is read or written.
    newest: Mutex<Newest>,
    /// When the lease expires, in milliseconds of the monotonic clock: for [`Held::keep`], which must
    /// not wait for a renewal that hangs.
    expires: AtomicU64,
    /// When the store last said that the lease is ours.
    confirmed: std::sync::Mutex<Moment>,
    standing: watch::Sender<Standing>,
    /// Who has taken it over, for every error that follows.
    taken_by: OnceLock<String>,
}

/// What is known of the lease without reading the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Ours,
    /// It has expired and could not be renewed yet.
    Doubtful,
    /// It is released, or another one's.
    Lost,
}

#[derive(Debug)]
struct Newest {
    generation: Generation,
    began: Moment,
}

/// A lease that was just confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Valid {
    /// The token: what takes effect carries it.
    pub token: u64,
    /// The store's clock at the last renewal, in whole seconds: at most a lease's length behind the
    /// store's present. Ages of the store's files are measured against it, because this machine's
    /// clock can be wrong.
    pub store_time: Timestamp,
}

impl Held {
    pub(crate) fn new(
        shared: Arc<Shared>,
        series: Series,
        generation: Generation,
        began: Moment,
    ) -> Self {
        let (token, session) = (generation.token, generation.session);
        let found = generation.note.clone();
        shared.live().insert(series.name.clone(), session);
        let held = Self(Arc::new(Inner {
            expires: AtomicU64::default(),
            newest: Mutex::new(Newest { generation, began }),
            confirmed: std::sync::Mutex::new(began),
            standing: watch::Sender::new(Standing::Ours),
            taken_by: OnceLock::new(),
            shared,
            series,
            token,
            session,
            found,
        }));
        held.0.expires_after(began);
        held
    }

    /// The lease's name.
    pub fn name(&self) -> &str {
        &self.0.series.name
    }

    /// The token. Tokens of later acquisitions of the same lease are higher.
    pub fn token(&self) -> u64 {
        self.0.token
    }

    /// The note of an earlier holder, as it was when the lease was acquired.
    pub fn note(&self) -> Option<&str> {
        self.0.found.as_deref()
    }

    /// Confirms in the store that the lease is still ours, and renews it if less than half of its
    /// length is left: within that time after the call no other one holds it.
    ///
    /// # Errors
    /// [`Error::Lost`] if it is not ours any more, for good. [`Error::Store`] if the store cannot be
    /// reached: then nothing may take effect, and a later check may succeed.
    pub async fn check(&self) -> Result<Valid> {
        let inner = &self.0;
        let mut newest = inner.newest.lock().await;
        inner.not_lost()?;
        let asked = inner.shared.moment();
        let left = inner.left(newest.began);
        if left < inner.shared.length / 2 {
            return inner.renew(&mut newest).await;
        }
        match inner.series.newest_written().await? {
            Some((number, written)) if number == newest.generation.generation => {
                *inner.confirmed() = asked;
                Ok(Valid {
                    token: inner.token,
                    store_time: written,
                })
            }
            // Newer ones exist, or somebody removed the folder: writing the next one decides.
            _ => inner.renew(&mut newest).await,
        }
    }

    /// As [`Self::check`], unless the lease was confirmed less than `age` ago: for many small effects
    /// that follow each other. An `age` above half of the lease's length counts as that.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub async fn check_within(&self, age: Duration) -> Result<()> {
        let inner = &self.0;
        inner.not_lost()?;
        let confirmed = *inner.confirmed();
        let age = age.min(inner.shared.length / 2);
        if inner.shared.moment().since(confirmed) >= age {
            self.check().await?;
        }
        Ok(())
    }

    /// Renews the lease.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub async fn renew(&self) -> Result<Valid> {
        let mut newest = self.0.newest.lock().await;
        self.0.not_lost()?;
        self.0.renew(&mut newest).await
    }

    /// Renews the lease three times in its length, until it is lost or this future is dropped: run it
    /// beside the work. It also ends when the last [`Held`] is dropped.
    pub fn keep(&self) -> impl Future<Output = ()> + Send + 'static {
        let weak = Arc::downgrade(&self.0);
        let shared = self.0.shared.clone();
        async move {
            loop {
                shared.clock.sleep(shared.pause()).await;
                let Some(inner) = weak.upgrade() else { return };
                let held = Self(inner);
                // `lost` must return even if the store never answers. After a pause of the whole
                // process a renewal gets time to succeed first.
                let patience = held.0.until_expiry().max(shared.pause());
                tokio::select! {
                    renewed = held.renew() => match renewed {
                        Ok(_) => {}
                        Err(Error::Lost { .. }) => return,
                        Err(error) => {
                            tracing::warn!(lease = held.name(), %error, "it is not renewed yet");
                        }
                    },
                    () = shared.clock.sleep(patience) => {}
                }
                if held.0.until_expiry() == Duration::ZERO {
                    held.0.become_standing(Standing::Doubtful);
                }
            }
        }
    }

    /// Returns when the lease is lost, or may be because it could not be renewed for its whole length
    /// (then a later [`Self::check`] may still find it ours). Needs [`Self::keep`] to run beside it.
    pub async fn lost(&self) {
        let mut standing = self.0.standing.subscribe();
        // The sender lives as long as `self`.
        standing
            .wait_for(|standing| *standing != Standing::Ours)
            .await
            .ok();
    }

    /// Whether it is known that the lease is lost. Reads nothing.
    pub fn is_lost(&self) -> bool {
        *self.0.standing.borrow() == Standing::Lost
    }

    /// Gives the lease back, so that the next one need not wait.
    ///
    /// # Errors
    /// As [`Self::check`]; then it expires.
    pub async fn release(&self) -> Result<()> {
        self.end(None).await
    }

    /// As [`Self::release`], and leaves a note that [`State::note`](crate::State::note) and
    /// [`Held::note`] show until a later holder leaves another one. It survives a power cut if
    /// acquisitions do.
    ///
    /// # Errors
    /// As [`Self::check`]; then it expires, and the note is not left.
    pub async fn release_with(&self, note: &str) -> Result<()> {
        self.end(Some(note.to_owned())).await
    }

    async fn end(&self, note: Option<String>) -> Result<()> {
        let mut newest = self.0.newest.lock().await;
        self.0.not_lost()?;
        let released = Generation {
            released: true,
            note: note.or_else(|| newest.generation.note.clone()),
            ..newest.generation.clone()
        };
        self.0.write_next(&mut newest, released).await?;
        self.0.become_standing(Standing::Lost);
        Ok(())
    }
}

impl Inner {
    fn not_lost(&self) -> Result<()> {
        match *self.standing.borrow() {
            Standing::Lost => Err(self.loss()),
            Standing::Ours | Standing::Doubtful => Ok(()),
        }
    }

    /// What is lost stays lost.
    fn become_standing(&self, now: Standing) {
        self.standing.send_if_modified(|standing| {
            let changes = *standing != now && *standing != Standing::Lost;
            if changes {
                *standing = now;
            }
            changes
        });
    }

    fn loss(&self) -> Error {
        Error::Lost {
            name: self.series.name.clone(),
            by: self.taken_by.get().cloned(),
        }
    }

    fn confirmed(&self) -> std::sync::MutexGuard<'_, Moment> {
        self.confirmed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// How much of the lease is left, if its last generation was begun at that moment.
    fn left(&self, began: Moment) -> Duration {
        let passed = self.shared.moment().since(began);
        self.shared.length.saturating_sub(passed)
    }

    fn expires_after(&self, began: Moment) {
        let expires = (began.monotonic + self.shared.length).as_millis();
        let expires = u64::try_from(expires).unwrap_or(u64::MAX);
        self.expires.store(expires, Ordering::Relaxed);
    }

    fn until_expiry(&self) -> Duration {
        let expires = Duration::from_millis(self.expires.load(Ordering::Relaxed));
        expires.saturating_sub(self.shared.clock.monotonic())
    }

    async fn renew(&self, newest: &mut Newest) -> Result<Valid> {
        self.write_next(newest, newest.generation.clone()).await
    }

    /// Writes the next generation with this content, and confirms that it is the newest.
    async fn write_next(&self, newest: &mut Newest, content: Generation) -> Result<Valid> {
        let mut last = newest.generation.generation;
        for _ in 0..ATTEMPTS {
            let began = self.shared.moment();
            let next = Generation {
                generation: last,
                ..content.clone()
            }
            .next();
            let number = next.generation;
            let durable = next.released && next.note.is_some();
            let written = self.series.create(number, &next, durable).await?;
            match (&written, self.series.newest_written().await?) {
                (Written::Ours, Some((top, time))) if top == number => {
                    newest.generation = Generation {
                        released: false,
                        ..next
                    };
                    newest.began = began;
                    self.expires_after(began);
                    *self.confirmed() = began;
                    self.become_standing(Standing::Ours);
                    self.drop_before(number).await;
                    return Ok(Valid {
                        token: self.token,
                        store_time: time,
                    });
                }
                (Written::Ours, _) => self.series.withdraw(number).await,
                (Written::Another, _) => {}
            }
            // Another one's, or our own that an interrupted renewal left.
            match self.series.top().await? {
                Top::Sound(top, _) if top.session == self.session && !top.released => {
                    last = top.generation;
                }
                Top::Sound(top, _) => {
                    self.become_standing(Standing::Lost);
                    if top.session != self.session {
                        self.taken_by.set(top.by).ok();
                    }
                    return Err(self.loss());
                }
                Top::Damaged(..) | Top::None => {
                    self.become_standing(Standing::Lost);
                    return Err(self.loss());
                }
            }
        }
        Err(Error::Contended(self.series.name.clone()))
    }

    /// Removes the generation before the last but one. It is this acquisition's own, or was read when
    /// the lease was acquired.
    async fn drop_before(&self, number: u64) {
        if let Some(old) = number.checked_sub(2).filter(|old| *old >= self.token) {
            self.series.withdraw(old).await;
        } else {
            self.series.tidy(number).await;
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let mut live = self.shared.live();
        if live.get(&self.series.name) == Some(&self.session) {
            live.remove(&self.series.name);
        }
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held")
            .field("name", &self.series.name)
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}
