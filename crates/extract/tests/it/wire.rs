//! Faults below HTTP: connections that are refused, reset, truncated or silent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use extract::{Fault, WindowError};
use landing::WindowKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::Bench;

const BODY: &str = r#"{"jobs":{"count":1,"start":0,"total":"1","job":[{"id":"7"}]}}"#;

#[derive(Clone, Copy, Debug)]
enum Wire {
    /// Closed before a byte.
    Reset,
    /// Less than `content-length` promised.
    Truncated,
    /// Closed within a chunk.
    CutChunk,
    /// Not HTTP.
    Garbage,
    /// No response.
    Silent,
    /// Headers, then nothing.
    Stuck,
}

async fn answer(mut stream: TcpStream, wire: Option<Wire>) -> std::io::Result<()> {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).await?;
    let length = BODY.len();
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n";
    let text = match wire {
        None => format!("{head}content-length: {length}\r\n\r\n{BODY}"),
        Some(Wire::Reset) => String::new(),
        // What was received is valid JSON.
        Some(Wire::Truncated) => {
            format!("{head}content-length: {}\r\n\r\n{BODY}", length + 10)
        }
        Some(Wire::CutChunk) => format!(
            "{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{BODY}\r\n",
            length
        ),
        Some(Wire::Garbage) => "good morning\r\n\r\n".to_owned(),
        Some(Wire::Silent) => {
            std::future::pending::<()>().await;
            String::new()
        }
        Some(Wire::Stuck) => {
            let promise = format!("{head}content-length: {length}\r\n\r\n{{");
            stream.write_all(promise.as_bytes()).await?;
            std::future::pending::<()>().await;
            String::new()
        }
    };
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await
}

/// A server whose first `wrong` connections fail.
async fn server(wire: Wire, wrong: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let call = counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(answer(stream, (call < wrong).then_some(wire)));
        }
    });
    (url, calls)
}

const ALL: [Wire; 6] = [
    Wire::Reset,
    Wire::Truncated,
    Wire::CutChunk,
    Wire::Garbage,
    Wire::Silent,
    Wire::Stuck,
];

/// Short timeouts only where nothing arrives: a slow machine is no fault.
fn bench(wire: Wire) -> Bench {
    let timeout = match wire {
        Wire::Silent | Wire::Stuck => "timeout = \"100ms\"",
        _ => "timeout = \"5s\"",
    };
    Bench::new().with_source(&[("timeout = \"5s\"", timeout)])
}

#[tokio::test]
async fn broken_connections_are_tried_again() {
    for wire in ALL {
        let (url, _) = server(wire, 2).await;
        let bench = bench(wire);
        let report = bench.collect(&url).await;
        assert!(report.is_complete(), "{wire:?}: {report:?}");
        assert!(report.faults >= 2, "{wire:?}");
        assert_eq!(bench.ids(WindowKind::Collect).await.len(), 1, "{wire:?}");
    }
}

#[tokio::test]
async fn connections_that_stay_broken_are_named() {
    for wire in ALL {
        let (url, calls) = server(wire, usize::MAX).await;
        let mut bench = bench(wire);
        bench.source.retry.attempts = 2;
        let report = bench.collect(&url).await;
        let WindowError::Page { fault, .. } = &report.incomplete[0].error else {
            panic!("{report:?}");
        };
        let right = match wire {
            Wire::Reset | Wire::Garbage => matches!(fault, Fault::Connection(_)),
            Wire::Truncated | Wire::CutChunk => matches!(fault, Fault::CutOff(_)),
            Wire::Silent | Wire::Stuck => matches!(fault, Fault::Timeout(_)),
        };
        assert!(right, "{wire:?}: {fault:?}");
        assert!(!fault.to_string().contains("127.0.0.1"), "{fault}");
        assert_eq!(
            calls.load(Ordering::SeqCst) as u64,
            report.calls,
            "{wire:?}"
        );
    }
}

#[tokio::test]
async fn a_missing_server_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let report = Bench::new().collect(&url).await;
    let WindowError::Page { fault, .. } = &report.incomplete[0].error else {
        panic!("{report:?}");
    };
    assert!(matches!(fault, Fault::Unreachable(_)), "{fault:?}");
}
