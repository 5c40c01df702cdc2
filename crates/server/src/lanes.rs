//! Bulkheads: queues for long-running work. Each kind of work has a lane with a concurrency limit
//! and a bounded queue; beyond that, the response is 429. So one kind of request delays only its own kind. A
//! request holds a turn of one lane at a time, except for an image that is loaded (`images`, then
//! the engine): no cycle, no deadlock.
//!
//! The threads that serve requests compute nothing: a lane's work runs on blocking threads, and the
//! engine has threads of its own.

use std::future::Future;
use std::sync::Arc;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::error::ApiError;

/// Requests that wait for tiles.
const WAIT_FOR_TILES: usize = 128;

/// Requests that wait for lists, facets and explanations.
const WAIT_FOR_LISTS: usize = 128;

/// Requests that wait for tables and for details of postings.
const WAIT_FOR_ENGINE: usize = 64;

/// Requests that wait for the record of an earlier build.
const WAIT_FOR_RECORDS: usize = 64;

/// Requests that wait for the image of an earlier build.
const WAIT_FOR_IMAGES: usize = 32;

/// Responses that wait for compression.
const WAIT_FOR_PACKING: usize = 256;

/// All lanes of a server.
pub struct Lanes {
    /// Tiles of the dashboard.
    pub tiles: Lane,
    /// Other queries on an image.
    pub lists: Lane,
    /// Everything that reads tables.
    pub engine: Engine,
    /// Finding the record of an earlier build, for which all records are read.
    pub records: Lane,
    /// Loading an image that is not the published one's.
    pub images: Lane,
    /// Compressing tiles.
    pub packing_tiles: Lane,
    /// Compressing other responses of that size.
    pub packing: Lane,
    /// Compressing larger ones.
    pub packing_large: Lane,
}

impl Lanes {
    /// Sized for this machine.
    pub fn new() -> std::io::Result<Self> {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let half = (processors / 2).max(1);
        Ok(Self {
            tiles: Lane::new(processors, WAIT_FOR_TILES),
            lists: Lane::new(half, WAIT_FOR_LISTS),
            engine: Engine::new(half)?,
            records: Lane::new(1, WAIT_FOR_RECORDS),
            images: Lane::new(WAIT_FOR_IMAGES, 0),
            packing_tiles: Lane::new(processors, WAIT_FOR_PACKING),
            packing: Lane::new(half, WAIT_FOR_PACKING),
            packing_large: Lane::new(half, WAIT_FOR_PACKING),
        })
    }
}

/// A queue: first come, first served.
pub struct Lane {
    turns: Arc<Semaphore>,
    room: Arc<Semaphore>,
}

/// A turn in a lane; released when dropped.
pub struct Turn {
    _turn: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl Lane {
    /// A lane with this number of turns and this queue length.
    pub fn new(turns: usize, waiting: usize) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(turns)),
            room: Arc::new(Semaphore::new(turns + waiting)),
        }
    }

    /// Waits for a turn, unless the queue is full.
    pub async fn turn(&self) -> Result<Turn, ApiError> {
        let busy = || ApiError::busy("the server is busy; try again in a moment");
        let place = self.room.clone().try_acquire_owned().map_err(|_| busy())?;
        // The semaphore is never closed.
        let turn = self
            .turns
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| busy())?;
        Ok(Turn {
            _turn: turn,
            _place: place,
        })
    }

    /// Computes something off the threads that serve requests. The turn lasts until the work is
    /// done, even if the client has disconnected.
    pub async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let turn = self.turn().await?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(|error| ApiError::internal(&error))
    }
}

/// The engine's threads, and turns to use them.
pub struct Engine {
    lane: Lane,
    /// `None` once this is being dropped.
    runtime: Option<Runtime>,
    handle: Handle,
}

impl Engine {
    fn new(turns: usize) -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(turns)
            .thread_name("engine")
            .enable_all()
            .build()?;
        Ok(Self {
            lane: Lane::new(turns, WAIT_FOR_ENGINE),
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    /// The runtime of the engine.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Waits for a turn.
    pub async fn turn(&self) -> Result<Turn, ApiError> {
        self.lane.turn().await
    }

    /// Runs a future on the engine's threads; it is dropped when the client disconnects.
    pub async fn run<T: Send + 'static>(
        &self,
        turn: Turn,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, ApiError> {
        let mut task = JoinSet::new();
        task.spawn_on(
            async move {
                let _turn = turn;
                work.await
            },
            &self.handle,
        );
        match task.join_next().await {
            Some(Ok(done)) => Ok(done),
            Some(Err(error)) => Err(ApiError::internal(&error)),
            None => Err(ApiError::internal(&"the engine did nothing")),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // A runtime may not wait for its threads inside of an asynchronous task.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A limit on bytes that are held until clients have read them.
pub struct Budget {
    kilobytes: Arc<Semaphore>,
}

impl Budget {
    /// A budget of this many megabytes.
    pub fn new(megabytes: usize) -> Self {
        Self {
            kilobytes: Arc::new(Semaphore::new(megabytes << 10)),
        }
    }

    /// The bytes, which count until the last reference is dropped. 429 if the budget is used up.
    pub fn hold(&self, bytes: Vec<u8>) -> Result<bytes::Bytes, ApiError> {
        let kilobytes = u32::try_from(bytes.len().div_ceil(1 << 10)).unwrap_or(u32::MAX);
        let permit = self
            .kilobytes
            .clone()
            .try_acquire_many_owned(kilobytes)
            .map_err(|_| ApiError::busy("other results are being read; try again in a moment"))?;
        Ok(bytes::Bytes::from_owner(Held {
            bytes,
            _permit: permit,
        }))
    }
}

struct Held {
    bytes: Vec<u8>,
    _permit: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;

    use super::*;

    fn status(error: ApiError) -> u16 {
        error.into_response().status().as_u16()
    }

    #[tokio::test]
    async fn a_full_waiting_room_is_busy() {
        let lane = Arc::new(Lane::new(1, 1));
        let turn = lane.turn().await.expect("a turn");
        let mut waiting = Box::pin(lane.turn());
        assert!(futures::poll!(waiting.as_mut()).is_pending());
        let refused = lane.turn().await.err().expect("no room");
        assert_eq!(status(refused), 429);
        drop(turn);
        assert!(waiting.await.is_ok());
        assert_eq!(lane.compute(|| 7).await.ok(), Some(7));
    }

    #[tokio::test]
    async fn the_engine_has_its_own_threads() {
        let engine = Engine::new(1).unwrap();
        let turn = engine.turn().await.expect("a turn");
        let name = async { std::thread::current().name().map(str::to_owned) };
        assert_eq!(
            engine.run(turn, name).await.ok().flatten().as_deref(),
            Some("engine")
        );
    }

    #[test]
    fn what_readers_hold_is_bounded() {
        let budget = Budget::new(1);
        let held = budget.hold(vec![1; 600 << 10]).expect("room");
        let part = held.slice(..10);
        drop(held);
        let refused = budget.hold(vec![2; 600 << 10]).expect_err("no room");
        assert_eq!(status(refused), 429);
        drop(part);
        assert!(budget.hold(vec![3; 600 << 10]).is_ok());
    }
}
