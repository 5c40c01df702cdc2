//! The shared handle, and the controls for tests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use jiff::Timestamp;

use crate::edits::Change;
use crate::options::{Options, OptionsError};
use crate::posting::Recipe;
use crate::query::Cache;
use crate::store::Store;
use crate::traffic::{Counters, Traffic};

/// A simulated API. Clones share all state.
#[derive(Clone)]
pub struct Simulator(Arc<Shared>);

struct Shared {
    options: Options,
    content: RwLock<Content>,
    cache: Cache,
    traffic: Mutex<Traffic>,
}

pub(crate) struct Content {
    pub(crate) store: Store,
    /// Unix seconds: without growth, nothing after this is shown.
    still_at: Option<i64>,
}

impl Simulator {
    /// Draws the posting times; a million take well under a second in a release build.
    ///
    /// # Errors
    /// When the options contradict each other; the message says what to change.
    pub fn new(options: Options) -> Result<Self, OptionsError> {
        options.check()?;
        let (start, end) = (options.start.as_second(), options.end.as_second());
        let recipe = Recipe {
            seed: options.seed,
            postings: options.postings,
            elsewhere: options.elsewhere,
        };
        let live_from = options.clock.now().as_second().max(end);
        let store = Store::new(recipe, start, end, options.edited)
            .with_late(options.late)
            .with_live(options.live, live_from);
        let still_at = options.live.is_none().then_some(end);
        Ok(Self(Arc::new(Shared {
            options,
            content: RwLock::new(Content { store, still_at }),
            cache: Cache::default(),
            traffic: Mutex::default(),
        })))
    }

    /// The options that it was created with.
    pub fn options(&self) -> &Options {
        &self.0.options
    }

    /// The instant whose postings are shown: the clock's time, but not after [`Options::end`] (or
    /// the latest [`Simulator::add`], [`Simulator::edit`] or [`Simulator::change`]) without growth.
    pub fn shown_at(&self) -> Timestamp {
        let (content, now) = self.content();
        drop(content);
        Timestamp::from_second(now).unwrap_or(Timestamp::MAX)
    }

    /// Publishes `count` postings now: their posting times are between the last addition (at first:
    /// [`Options::end`]) and the clock's time. Before `end` they are dated at `end`, and so are not
    /// visible yet. Returns their identifiers, oldest first.
    pub fn add(&self, count: u32) -> Vec<String> {
        self.at_now(|store, now| {
            let added = store.add(count, now);
            added
                .into_iter()
                .map(|index| store.id(index).to_string())
                .collect()
        })
    }

    /// Edits `count` visible postings now, in the usual mix of changes. Returns their identifiers.
    pub fn edit(&self, count: u32) -> Vec<String> {
        self.at_now(|store, now| {
            let edited = store.edit(count, now);
            edited
                .into_iter()
                .map(|index| store.id(index).to_string())
                .collect()
        })
    }

    /// Applies one change now; `false` if there is no such posting.
    pub fn change(&self, id: &str, change: Change) -> bool {
        self.at_now(|store, now| {
            let index = id.parse().ok().and_then(|id| store.index_of(id));
            if let Some(index) = index {
                store.change(index, change, now);
            }
            index.is_some()
        })
    }

    /// Calls and faults so far.
    pub fn counters(&self) -> Counters {
        self.traffic().counters.clone()
    }

    /// The content, grown to the present, and the second for which it is shown.
    pub(crate) fn content(&self) -> (RwLockReadGuard<'_, Content>, i64) {
        let now = self.0.options.clock.now().as_second();
        let content = self.read();
        if content.store.due(now) {
            drop(content);
            self.write().store.grow(now);
            let content = self.read();
            return (content, now);
        }
        let shown_at = content.still_at.map_or(now, |still_at| now.min(still_at));
        (content, shown_at)
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.0.cache
    }

    pub(crate) fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.0
            .traffic
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn at_now<T>(&self, act: impl FnOnce(&mut Store, i64) -> T) -> T {
        let now = self.0.options.clock.now().as_second();
        let mut content = self.write();
        content.store.grow(now);
        let result = act(&mut content.store, now);
        content.still_at = content.still_at.map(|still_at| still_at.max(now));
        result
    }

    fn read(&self) -> RwLockReadGuard<'_, Content> {
        self.0
            .content
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Content> {
        self.0
            .content
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
