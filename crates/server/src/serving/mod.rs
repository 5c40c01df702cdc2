//! The accept loop of `serve`, `up` and `demo`: connections within limits.
//!
//! Reading a request's head, waiting for the next request and writing to a client that does not
//! read have timeouts. The number of connections is capped well below the limit of open files. At
//! the cap, a connection that only waits for its client is closed for a new one. Accepting
//! continues after the system ran out of file descriptors. Shutdown takes a bounded time.

mod connection;
mod connections;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::future::Future;
use std::io::{self, ErrorKind, Write as _};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use connection::{Watch, WatchedAnswer, WatchedBytes, WatchedRequest};
use connections::{Connections, Place};

/// The listen backlog; the system may allow less. Beyond that it drops packets, and a client
/// retries after a second: enough for a burst that is accepted within one.
const BACKLOG: u32 = 4096;

/// The socket's send buffer in bytes. Small, so that a stalled reader is detected: one that reads
/// less than about 3 kB a second exceeds the 60 s of `stalled`.
const SEND_BUFFER: u32 = 256 << 10;

/// Bytes of a request's head, and what is buffered of a body.
const READ_BUFFER: usize = 64 << 10;

/// File descriptors per connection: its socket, and one for what its request opens.
const FILES_EACH: u64 = 2;

/// How long to wait before accepting again after the system ran out of file descriptors.
const NO_FILES_PAUSE: Duration = Duration::from_millis(100);

/// The response, best effort, to a connection when every other one is busy.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Limits of the connections of one server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// Time for the head of a request; for a new connection it starts immediately.
    pub head: Duration,
    /// Time without a next request.
    pub idle: Duration,
    /// Time in which the client reads no byte of a response.
    pub stalled: Duration,
    /// Time for running requests when the server stops.
    pub shutdown: Duration,
}

impl Limits {
    /// The program's own limits, with at most `connections`; fewer if the limit of open files is
    /// lower; that limit is raised first as far as needed and allowed.
    pub fn new(connections: usize) -> Self {
        let wanted = (connections as u64).saturating_mul(FILES_EACH);
        // Unknown on this system: assume enough.
        let files = rlimit::increase_nofile_limit(wanted.max(1024)).unwrap_or(wanted);
        let allowed = usize::try_from(files / FILES_EACH).unwrap_or(usize::MAX);
        if allowed < connections {
            tracing::warn!(
                connections = allowed,
                wanted = connections,
                files,
                "the limit of open files allows fewer connections than `server.connections`"
            );
        }
        Self {
            connections: connections.min(allowed).max(1),
            head: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            stalled: Duration::from_secs(60),
            shutdown: Duration::from_secs(10),
        }
    }
}

/// Listens on an address, as `TcpListener::bind` does, with a small send buffer for each connection.
pub async fn listen(address: &str) -> io::Result<TcpListener> {
    let mut failed = None;
    for address in lookup_host(address).await? {
        match listen_on(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => failed = Some(error),
        }
    }
    Err(failed.unwrap_or_else(|| ErrorKind::AddrNotAvailable.into()))
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    // Accepted connections inherit it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves connections until `stop` resolves; then idle ones are closed, and running requests have
/// `limits.shutdown` to finish.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let connections = Arc::<Connections>::default();
    let (stopping, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let mut stop = pin!(stop);
    let mut out_of_files = false;
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => break,
            Some(_) = tasks.join_next(), if !tasks.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                out_of_files = false;
                let watch = Watch::new(peer.ip(), Instant::now());
                let Some(place) = connections.place(&watch, limits.connections) else {
                    refuse(stream);
                    continue;
                };
                let connection = Connection {
                    stream,
                    watch,
                    place,
                    router: router.clone(),
                    limits,
                };
                tasks.spawn(connection.run(stopped.clone()));
                // In a burst, accepted connections are read before they are evicted for new ones.
                if connections.len() >= limits.connections {
                    tokio::task::yield_now().await;
                }
            }
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                // Logged once, not ten times a second.
                if !out_of_files {
                    tracing::error!(error = %error, "a connection could not be accepted");
                }
                out_of_files = true;
                connections.make_room(Instant::now());
                tokio::select! {
                    () = &mut stop => break,
                    () = tokio::time::sleep(NO_FILES_PAUSE) => {}
                }
            }
        }
    }
    drop(listener);
    stopping.send_replace(true);
    let ended = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.shutdown, ended).await.is_err() {
        tracing::warn!(
            connections = tasks.len(),
            "requests in progress were aborted by the shutdown"
        );
        tasks.shutdown().await;
    }
}

/// Sends 503, without the runtime, which does not know yet that the socket is writable.
fn refuse(stream: TcpStream) {
    if let Ok(mut stream) = stream.into_std() {
        stream.write_all(FULL).ok();
    }
}

/// Whether the client closed the connection before it was accepted.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}

/// Resolves when the server stops, or is dropped.
async fn stop_of(stopped: &mut watch::Receiver<bool>) {
    stopped.wait_for(|stopped| *stopped).await.ok();
}

struct Connection {
    stream: TcpStream,
    watch: Arc<Watch>,
    place: Place,
    router: Router,
    limits: Limits,
}

impl Connection {
    /// Answers requests until the client disconnects, a limit is met or the server stops.
    async fn run(self, mut stopped: watch::Receiver<bool>) {
        let Self {
            stream,
            watch,
            place: _place,
            router,
            limits,
        } = self;
        // Chunks of a long response are sent immediately.
        stream.set_nodelay(true).ok();
        let bytes = WatchedBytes {
            bytes: TokioIo::new(stream),
            watch: watch.clone(),
        };
        let watched = watch.clone();
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            watched.begin();
            let watch = watched.clone();
            let request = request.map(|body| {
                let watch = watch.clone();
                Body::new(WatchedRequest { body, watch })
            });
            let answer = router.clone().oneshot(request);
            async move {
                let answer = answer.await?;
                Ok::<_, Infallible>(answer.map(|body| WatchedAnswer { body, watch }))
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // `Watch` implements this timeout and the others.
            .header_read_timeout(None)
            .max_buf_size(READ_BUFFER)
            .serve_connection(bytes, service);
        let mut connection = pin!(connection);
        let mut stopping = false;
        loop {
            let look = watch.next_look(Instant::now(), &limits);
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(error = %error, "a connection ended early");
                    }
                    return;
                }
                () = watch.closed() => {
                    tracing::debug!("a waiting connection was closed for a new one");
                    return;
                }
                () = tokio::time::sleep_until(look.into()) => {
                    if let Some(why) = watch.overdue(Instant::now(), &limits) {
                        tracing::debug!(why, "a connection was closed");
                        return;
                    }
                }
                () = stop_of(&mut stopped), if !stopping => {
                    stopping = true;
                    if watch.is_between_requests() {
                        return;
                    }
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }
}
