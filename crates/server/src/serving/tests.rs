//! Real connections, with short timeouts.

use std::net::SocketAddr;

use axum::routing::{get, post};
use futures::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

use super::*;

const HEAD: Duration = Duration::from_millis(100);

/// Far more than any limit here.
const PATIENCE: Duration = Duration::from_secs(30);

const LIMITS: Limits = Limits {
    connections: 8,
    head: HEAD,
    idle: HEAD,
    stalled: HEAD,
    shutdown: HEAD,
};

struct Served {
    address: SocketAddr,
    /// A permit for each request to `/never` that is being answered.
    begun: Arc<Semaphore>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

async fn served(limits: Limits) -> Served {
    let listener = listen("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let endless = || async {
        let pieces = futures::stream::repeat_with(|| Ok::<_, Infallible>(vec![0_u8; 1 << 16]));
        Body::from_stream(pieces.boxed())
    };
    let begun = Arc::new(Semaphore::new(0));
    let begins = begun.clone();
    let never = move || async move {
        begins.add_permits(1);
        std::future::pending::<()>().await;
    };
    let router = Router::new()
        .route("/", get(|| async { "here" }))
        .route("/endless", get(endless))
        .route("/never", get(never))
        .route("/body", post(|body: String| async move { body }));
    let (stop, stopped) = oneshot::channel();
    let server = tokio::spawn(serve(listener, router, limits, async {
        stopped.await.ok();
    }));
    Served {
        address,
        begun,
        stop,
        server,
    }
}

impl Served {
    async fn sent(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// The status line of the response to a request on its own connection.
    async fn status(&self) -> String {
        let mut stream = self.sent("GET / HTTP/1.1\r\n\r\n").await;
        let mut start = [0; 12];
        let read = tokio::time::timeout(PATIENCE, stream.read_exact(&mut start)).await;
        read.expect("in time").ok();
        String::from_utf8_lossy(&start).into_owned()
    }

    async fn answers(&self) {
        assert_eq!(self.status().await, "HTTP/1.1 200");
    }
}

/// Reads until the other side closes; fails if it does not.
async fn is_closed(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A reset also ends the connection.
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    read.expect("the connection is held").ok();
    bytes
}

#[tokio::test]
async fn what_keeps_a_connection_waiting_is_closed() {
    let served = served(LIMITS).await;
    for text in [
        "",
        "GET /",
        "GET / HTTP/1.1\r\nx: y\r\n",
        // Answered, then idle.
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\nGET /",
    ] {
        is_closed(served.sent(text).await).await;
    }
}

#[tokio::test]
async fn a_stalled_reader_is_closed() {
    let served = served(Limits {
        connections: 1,
        ..LIMITS
    })
    .await;
    let text = "GET /endless HTTP/1.1\r\n\r\n";
    let stream = served.sent(text).await;
    // Others get 503 until the only slot is free again.
    let free = async { while served.status().await != "HTTP/1.1 200" {} };
    let freed = tokio::time::timeout(PATIENCE, free).await;
    freed.expect("the reader is held");
    is_closed(stream).await;
}

#[tokio::test]
async fn waiting_connections_give_way() {
    let patient = Duration::from_secs(1_000);
    let served = served(Limits {
        head: patient,
        idle: patient,
        ..LIMITS
    })
    .await;
    let mut held = Vec::new();
    for number in 0..50 {
        let text = ["", "GET /", "GET / HTTP/1.1\r\n\r\n"][number % 3];
        held.push(served.sent(text).await);
        served.answers().await;
    }
    // The first ones were closed.
    is_closed(held.swap_remove(0)).await;
}

#[tokio::test]
async fn a_new_connection_gets_503_when_all_are_busy() {
    let served = served(Limits {
        connections: 2,
        ..LIMITS
    })
    .await;
    let mut held = Vec::new();
    for _ in 0..2 {
        held.push(served.sent("GET /never HTTP/1.1\r\n\r\n").await);
        served.begun.acquire().await.unwrap().forget();
    }
    let bytes = is_closed(served.sent("").await).await;
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.starts_with("HTTP/1.1 503 "), "{text}");
    assert!(text.contains("retry-after: "), "{text}");
}

#[tokio::test]
async fn shutdown_is_bounded() {
    let served = served(LIMITS).await;
    let held = [
        served.sent("").await,
        served.sent("GET /").await,
        served.sent("GET /never HTTP/1.1\r\n\r\n").await,
        served
            .sent("POST /body HTTP/1.1\r\ncontent-length: 9\r\n\r\n1")
            .await,
        served.sent("GET /endless HTTP/1.1\r\n\r\n").await,
    ];
    served.answers().await;
    served.stop.send(()).unwrap();
    let ended = tokio::time::timeout(PATIENCE, served.server).await;
    ended.expect("in time").unwrap();
    drop(held);
}
