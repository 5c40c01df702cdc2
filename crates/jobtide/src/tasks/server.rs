//! For tests: a server that says anything, well-formed or not.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What a server does with a request.
#[derive(Clone)]
pub enum Reply {
    /// Sends this, and closes the connection.
    Says(Vec<u8>),
    /// Sends this, and then zeros for as long as anybody reads.
    Endless(&'static str),
    /// Sends this, and then nothing.
    Silent(&'static str),
}

pub fn says(text: &str) -> Reply {
    Reply::Says(text.as_bytes().to_vec())
}

pub fn ok(body: &str) -> Reply {
    let length = body.len();
    says(&format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}"
    ))
}

/// A server that replies to one request after the other, to all further ones as to the last.
pub struct Server {
    pub url: String,
    received: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::<Mutex<Vec<String>>>::default();
        let heard = received.clone();
        tokio::spawn(async move {
            let mut replies = replies.into_iter().peekable();
            let mut last = says("");
            while let Ok((stream, _)) = listener.accept().await {
                last = replies.next().unwrap_or(last);
                tokio::spawn(reply(stream, last.clone(), heard.clone()));
            }
        });
        Self { url, received }
    }

    pub fn received(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }
}

async fn reply(mut stream: TcpStream, reply: Reply, heard: Arc<Mutex<Vec<String>>>) {
    let mut request = Vec::new();
    loop {
        let mut read = [0; 4_096];
        let Ok(count @ 1..) = stream.read(&mut read).await else {
            return;
        };
        request.extend_from_slice(&read[..count]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length = length.map_or(0, |length| length.parse().unwrap());
        if body.len() >= length {
            heard.lock().unwrap().push(text.into_owned());
            break;
        }
    }
    match reply {
        Reply::Says(bytes) => {
            stream.write_all(&bytes).await.ok();
            stream.shutdown().await.ok();
        }
        Reply::Endless(head) => {
            stream.write_all(head.as_bytes()).await.ok();
            while stream.write_all(&[b'0'; 65_536]).await.is_ok() {}
        }
        Reply::Silent(head) => {
            stream.write_all(head.as_bytes()).await.ok();
            // Until the client closes the connection.
            stream.read_u8().await.ok();
        }
    }
}
