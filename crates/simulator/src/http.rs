//! The API over HTTP. `router` can be called in memory; `serve` puts it on a socket.
//!
//! Connection faults are real: a body that fails makes the server drop the connection, before the
//! first byte or in the middle.

use std::future::Future;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures::{StreamExt, stream};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::calls::{self, Format, Reply, Wire};
use crate::clock::Clock;
use crate::simulator::Simulator;

/// Marks every response as generated; its value names the simulator, its version and the seed.
pub const GENERATED_HEADER: &str = "x-jobtide-generated";

/// The path of the API, as on the real host.
pub const PATH: &str = "/job-search";

/// After the shutdown signal, slow responses get this long.
const GRACE: Duration = Duration::from_secs(2);

/// The API at [`PATH`], `/healthz`, and an explanatory page at `/`.
pub fn router(simulator: Simulator) -> Router {
    let options = simulator.options();
    let clock = options.clock.clone();
    let mark = options.generated_header.then(|| {
        let version = env!("CARGO_PKG_VERSION");
        let text = format!("saramin-simulator/{version}; seed={}", options.seed);
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("saramin-simulator"))
    });
    Router::new()
        .route(PATH, get(job_search))
        .route("/", get(about))
        .route("/healthz", get(async || "ok\n"))
        .fallback(not_found)
        .with_state(simulator)
        .layer(map_response(move |mut response: Response| {
            if let Some(date) = date(&clock) {
                response.headers_mut().insert(header::DATE, date);
            }
            if let Some(mark) = &mark {
                let name = HeaderName::from_static(GENERATED_HEADER);
                response.headers_mut().insert(name, mark.clone());
            }
            std::future::ready(response)
        }))
}

/// The `Date` of a response: by the simulator's clock, not the machine's.
fn date(clock: &Clock) -> Option<HeaderValue> {
    let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
    let date = printer.timestamp_to_rfc9110_string(&clock.now()).ok()?;
    HeaderValue::from_str(&date).ok()
}

/// Serves until `shutdown` completes; then waits at most two seconds for slow responses.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    simulator: Simulator,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, router(simulator)).with_graceful_shutdown(async {
        // An error means that the sender was dropped, which also stops the server.
        let _ = stopped.await;
    });
    let deadline = async {
        shutdown.await;
        drop(stop);
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        result = server => result,
        () = deadline => Ok(()),
    }
}

async fn job_search(
    State(simulator): State<Simulator>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let format = format(&headers);
    let query = query.unwrap_or_default();
    // A scan of many postings takes a while: not on the threads that serve requests.
    let reply = tokio::task::spawn_blocking(move || calls::answer(&simulator, &query, format));
    match reply.await {
        Ok(reply) => {
            if let Some(delay) = reply.delay {
                tokio::time::sleep(delay).await;
            }
            respond(reply)
        }
        Err(error) => {
            tracing::error!(%error, "a call could not be served");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// XML when it is explicitly accepted; JSON otherwise, also for `*/*` and without the header.
fn format(headers: &HeaderMap) -> Format {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let place = |name: &str| accept.find(name).unwrap_or(usize::MAX);
    let xml = place("application/xml").min(place("text/xml"));
    if xml < place("application/json") {
        Format::Xml
    } else {
        Format::Json
    }
}

fn respond(reply: Reply) -> Response {
    let length = reply.body.len();
    let body = match reply.wire {
        Wire::Whole => Body::from(reply.body),
        // An error before anything was flushed: not even the headers are sent.
        Wire::Reset => Body::from_stream(stream::iter([Err::<Bytes, _>(reset())])),
        Wire::ResetBody => half(reply.body, Some(reset())),
        Wire::Truncated => half(reply.body, None),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(reply.content_type),
    );
    if reply.wire == Wire::Truncated {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    if let Some(seconds) = reply.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Half of the bytes, then an error, or only the end of the stream. The yield in between
/// lets the server send the half; it drops unsent data when the body fails.
fn half(mut body: Vec<u8>, end: Option<io::Error>) -> Body {
    body.truncate(body.len() / 2);
    let end = stream::once(async {
        tokio::task::yield_now().await;
        stream::iter(end.map(Err))
    });
    Body::from_stream(stream::iter([Ok(Bytes::from(body))]).chain(end.flatten()))
}

fn reset() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "fault: reset")
}

async fn about(State(simulator): State<Simulator>) -> String {
    let options = simulator.options();
    let counters = simulator.counters();
    let mut text = format!(
        "A stand-in for the Saramin job-search API: {PATH}?access-key=…\n\
         All postings are synthetic. seed={} postings={} shown at {}\n\
         calls={} pages={} rows={}\n",
        options.seed,
        simulator.snapshot().len(),
        simulator.shown_at(),
        counters.calls,
        counters.pages,
        counters.rows,
    );
    for (code, count) in &counters.refused {
        text.push_str(&format!("refused with code {code}: {count}\n"));
    }
    for (fault, count) in &counters.faults {
        text.push_str(&format!("fault {fault}: {count}\n"));
    }
    text
}

async fn not_found() -> (StatusCode, String) {
    (
        StatusCode::NOT_FOUND,
        format!("not found\nhint: the simulated API is at {PATH}\n"),
    )
}
