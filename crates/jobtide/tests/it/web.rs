//! A client that shows the raw response.

use reqwest::header::HeaderMap;
use tokio::runtime::Runtime;

pub struct Web {
    runtime: Runtime,
    client: reqwest::Client,
}

/// A response; the body is as received.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Web {
    pub fn new() -> Self {
        Self {
            runtime: Runtime::new().expect("a runtime"),
            client: reqwest::Client::builder()
                .no_gzip()
                .no_proxy()
                .build()
                .expect("a client"),
        }
    }

    pub fn get(&self, url: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", url, headers)
    }

    pub fn send(&self, method: &str, url: &str, headers: &[(&str, &str)]) -> Answer {
        let method = method.parse().expect("a method");
        let mut request = self.client.request(method, url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.answer(request)
    }

    /// Sends a body, with nothing but these headers to say what it is.
    pub fn send_with(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let method = method.parse().expect("a method");
        let mut request = self.client.request(method, url).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.answer(request)
    }

    /// Sends JSON.
    pub fn post(&self, url: &str, body: &str) -> Answer {
        let request = self.client.post(url).body(body.to_owned());
        self.answer(request.header("content-type", "application/json"))
    }

    fn answer(&self, request: reqwest::RequestBuilder) -> Answer {
        self.runtime.block_on(async {
            let response = request.send().await.expect("an answer");
            Answer {
                status: response.status().as_u16(),
                headers: response.headers().clone(),
                body: response.bytes().await.expect("a body").to_vec(),
            }
        })
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        assert!(
            self.header("content-type").starts_with("application/json"),
            "no JSON: {} {:?}",
            self.status,
            self.headers
        );
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// The error's code; fails unless the response is an error with this status and a message.
    #[track_caller]
    pub fn error(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        let error = self.json()["error"].clone();
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        error["code"].as_str().expect("a code").to_owned()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
