//! The state of one connection: which event it waits for, and since when. Wrappers around its bytes and
//! bodies report here.
//!
//! Every wait for the client has a timeout. The server's own work has none here: each route limits it.

use std::io::{self, IoSlice};
use std::net::{IpAddr, Ipv6Addr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::sync::Notify;

use super::Limits;

/// A client in the middle of a response is evicted only after a pause of this length.
const PAUSE: Duration = Duration::from_secs(1);

/// The state of one connection, and a signal to close it.
pub struct Watch {
    peer: IpAddr,
    state: Mutex<State>,
    close: Notify,
}

struct State {
    phase: Phase,
    /// When the phase began.
    since: Instant,
    /// The handler waits for more of the request's body.
    body_awaited: Option<Instant>,
    /// The client accepts no more bytes.
    write_stalled: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// No byte of a next request has arrived.
    Idle,
    /// A request's head is awaited: of a new connection from the start, else from its first byte.
    Head,
    /// A request is answered.
    Busy,
}

impl Watch {
    /// A connection accepted at `now`.
    pub fn new(peer: IpAddr, now: Instant) -> Arc<Self> {
        Arc::new(Self {
            peer: network(peer),
            state: Mutex::new(State {
                phase: Phase::Head,
                since: now,
                body_awaited: None,
                write_stalled: None,
            }),
            close: Notify::new(),
        })
    }

    /// The address or network whose connections are counted together.
    pub fn peer(&self) -> IpAddr {
        self.peer
    }

    /// Asks the connection's task to end.
    pub fn close(&self) {
        self.close.notify_one();
    }

    /// Resolves when the connection is to be closed.
    pub async fn closed(&self) {
        self.close.notified().await;
    }

    /// Whether no request is being answered, and the last response is sent.
    pub fn is_between_requests(&self) -> bool {
        let state = self.state();
        state.phase != Phase::Busy && state.write_stalled.is_none()
    }

    /// Since when the connection has only been waiting for its client. Such a connection may be closed to make
    /// room for a new one.
    pub fn waits_since(&self, now: Instant) -> Option<Instant> {
        let state = self.state();
        match state.phase {
            Phase::Idle | Phase::Head => Some(state.since),
            Phase::Busy => state.body_awaited.or_else(|| {
                state
                    .write_stalled
                    .filter(|since| now.saturating_duration_since(*since) >= PAUSE)
            }),
        }
    }

    /// The exceeded timeout, as a message for the log.
    pub fn overdue(&self, now: Instant, limits: &Limits) -> Option<&'static str> {
        let passed = |since: Instant, limit: Duration| now >= since + limit;
        let state = self.state();
        match state.phase {
            Phase::Head if passed(state.since, limits.head) => {
                Some("no complete request was received")
            }
            Phase::Idle if passed(state.since, limits.idle) => {
                Some("no further request was received")
            }
            _ if state
                .write_stalled
                .is_some_and(|since| passed(since, limits.stalled)) =>
            {
                Some("the response was not read")
            }
            _ => None,
        }
    }

    /// When to check the timeouts next. What began since the last check is noticed at most half a
    /// `head` late.
    pub fn next_look(&self, now: Instant, limits: &Limits) -> Instant {
        let state = self.state();
        let deadline = match state.phase {
            Phase::Head => state.since + limits.head,
            Phase::Idle => state.since + limits.idle,
            Phase::Busy => now + limits.head,
        };
        let stalled = state.write_stalled.map(|since| since + limits.stalled);
        let deadline = stalled.map_or(deadline, |stalled| stalled.min(deadline));
        let soon = now + limits.head / 2;
        // A new connection's first deadline is exact.
        match state.phase {
            Phase::Head => deadline,
            _ => deadline.min(soon),
        }
    }

    /// A request's head is complete.
    pub fn begin(&self) {
        self.enter(Phase::Busy);
    }

    fn read(&self) {
        if self.state().phase == Phase::Idle {
            self.enter(Phase::Head);
        }
    }

    fn enter(&self, phase: Phase) {
        let mut state = self.state();
        state.phase = phase;
        state.since = Instant::now();
        state.body_awaited = None;
    }

    fn body(&self, is_awaited: bool) {
        let mut state = self.state();
        state.body_awaited = match (is_awaited, state.body_awaited) {
            (true, None) => Some(Instant::now()),
            (true, since) => since,
            (false, _) => None,
        };
    }

    fn write(&self, is_stalled: bool) {
        let mut state = self.state();
        state.write_stalled = match (is_stalled, state.write_stalled) {
            (true, None) => Some(Instant::now()),
            (true, since) => since,
            (false, _) => None,
        };
    }

    // A poisoned lock only says that another thread panicked; the state is consistent between
    // statements.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// An IPv4 address, or the /64 network of an IPv6 address: one client owns all of it.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> 64 << 64).into(),
        address => address,
    }
}

/// The bytes of a connection.
pub struct WatchedBytes<T> {
    pub bytes: T,
    pub watch: Arc<Watch>,
}

impl<T: Read + Unpin> Read for WatchedBytes<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.bytes).poll_read(context, buffer);
        if read.is_ready() {
            self.watch.read();
        }
        read
    }
}

impl<T: Write + Unpin> Write for WatchedBytes<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.bytes).poll_write(context, bytes);
        self.watch.write(written.is_pending());
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.bytes.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.bytes).poll_write_vectored(context, slices);
        self.watch.write(written.is_pending());
        written
    }
}

/// The body of a request.
pub struct WatchedRequest<B> {
    pub body: B,
    pub watch: Arc<Watch>,
}

impl<B: HttpBody + Unpin> HttpBody for WatchedRequest<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        self.watch.body(frame.is_pending());
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> Drop for WatchedRequest<B> {
    fn drop(&mut self) {
        self.watch.body(false);
    }
}

/// The body of a response; the request is done when this is dropped.
pub struct WatchedAnswer {
    pub body: Body,
    pub watch: Arc<Watch>,
}

impl HttpBody for WatchedAnswer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for WatchedAnswer {
    fn drop(&mut self) {
        self.watch.enter(Phase::Idle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        connections: 1,
        head: Duration::from_secs(10),
        idle: Duration::from_secs(60),
        stalled: Duration::from_secs(30),
        shutdown: Duration::from_secs(10),
    };

    fn watch() -> (Arc<Watch>, Instant) {
        let now = Instant::now();
        (Watch::new(IpAddr::from([127, 0, 0, 1]), now), now)
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_connection_without_a_request_is_overdue() {
        let (watch, began) = watch();
        assert_eq!(watch.next_look(began, &LIMITS), began + seconds(10));
        assert_eq!(watch.overdue(began + seconds(9), &LIMITS), None);
        assert!(watch.overdue(began + seconds(10), &LIMITS).is_some());
        assert_eq!(watch.waits_since(began), Some(began));
        assert!(watch.is_between_requests());
    }

    #[test]
    fn a_request_being_answered_is_never_overdue() {
        let (watch, began) = watch();
        watch.begin();
        assert_eq!(watch.overdue(began + seconds(9_999), &LIMITS), None);
        assert_eq!(watch.waits_since(began + seconds(9_999)), None);
        assert!(!watch.is_between_requests());
        // From then on the idle timeout applies to the start of the next request.
        watch.enter(Phase::Idle);
        assert_eq!(watch.overdue(began + seconds(50), &LIMITS), None);
        assert!(watch.overdue(began + seconds(61), &LIMITS).is_some());
        watch.read();
        assert!(watch.overdue(began + seconds(11), &LIMITS).is_some());
    }

    #[test]
    fn a_stalled_reader_is_overdue() {
        let (watch, began) = watch();
        watch.begin();
        watch.write(true);
        assert_eq!(watch.waits_since(began), None);
        assert!(watch.waits_since(began + seconds(2)).is_some());
        assert_eq!(watch.overdue(began + seconds(29), &LIMITS), None);
        assert!(watch.overdue(began + seconds(31), &LIMITS).is_some());
        watch.write(false);
        assert_eq!(watch.overdue(began + seconds(31), &LIMITS), None);
    }

    #[test]
    fn a_stalled_request_body_gives_way() {
        let (watch, began) = watch();
        watch.begin();
        watch.body(true);
        assert!(watch.waits_since(began).is_some());
        watch.body(false);
        assert_eq!(watch.waits_since(began + seconds(2)), None);
    }

    #[test]
    fn a_network_of_ipv6_is_one_peer() {
        let same = |one: &str, other: &str| {
            network(one.parse().unwrap()) == network(other.parse().unwrap())
        };
        assert!(same("2001:db8::1", "2001:db8::ffff:1"));
        assert!(!same("2001:db8::1", "2001:db8:0:1::1"));
        assert!(same("::ffff:192.0.2.1", "192.0.2.1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
    }
}
