//! A server that sends recorded answers, in this process.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// A recorded answer.
#[derive(Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// A running server; it ends when it is dropped.
pub struct Replay {
    /// Its address, without a path.
    pub url: String,
    /// Paths with queries, in the order of the requests.
    asked: Arc<Mutex<Vec<String>>>,
    runtime: Option<Runtime>,
}

impl Replay {
    /// `answer` is given the path with its query, and the `If-None-Match` header.
    pub fn start(answer: impl Fn(&str, Option<&str>) -> Reply + Send + Sync + 'static) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a free port");
        let address = listener.local_addr().expect("its address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (asked.clone(), Arc::new(answer));
        let router = Router::new().fallback(move |request: Request| {
            let place = request.uri().path_and_query();
            let place = place.map_or("/", |place| place.as_str()).to_owned();
            let tag = request.headers().get("if-none-match");
            let tag = tag.and_then(|tag| Some(tag.to_str().ok()?.to_owned()));
            seen.lock().expect("not poisoned").push(place.clone());
            let reply = answer(&place, tag.as_deref());
            async move {
                let mut response = Response::builder().status(reply.status);
                for (name, value) in reply.headers {
                    response = response.header(name, value);
                }
                response.body(Body::from(reply.body)).expect("a response")
            }
        });
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            url: format!("http://{address}"),
            asked,
            runtime: Some(runtime),
        }
    }

    /// What was asked since the last call.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("not poisoned"))
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
