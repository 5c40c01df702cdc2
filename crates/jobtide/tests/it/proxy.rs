//! Proxies of the environment: never for loopback addresses, and named where one is used.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::program::{Ended, Place};
use crate::source::{Source, description, still};

const VARIABLES: [&str; 6] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// A proxy that answers everything with 502; it counts connections.
struct Proxy {
    address: String,
    asked: Arc<AtomicU64>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address").to_string();
        let asked = Arc::new(AtomicU64::new(0));
        let count = asked.clone();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::Relaxed);
                // A response before the request is ignored.
                let _ = stream.read(&mut [0; 8192]);
                let answer =
                    "HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }
}

/// Sets every variable that names a proxy, and none that exempts hosts.
fn through<'a>(command: &'a mut Command, proxy: &str) -> &'a mut Command {
    command.env_remove("NO_PROXY").env_remove("no_proxy");
    command.envs(VARIABLES.map(|name| (name, proxy)))
}

#[test]
fn loopback_never_goes_through_a_proxy() {
    let source = Source::start(still(100));
    let proxy = Proxy::start();
    let place = Place::new(&source.settings(""));
    let address = format!("http://{}", proxy.address);
    let mut command = place.command(&["run", "collect_postings"]);
    Ended::of(through(&mut command, &address)).expect(0);
    assert_eq!(
        place.query("select count(*) from external.recruit_table"),
        ["100"]
    );

    let demo = [
        "demo",
        "--once",
        "--postings",
        "100",
        "--folder",
        "demo",
        "--listen",
        "127.0.0.1:0",
    ];
    Ended::of(through(&mut place.command(&demo), &address)).expect(0);
    assert_eq!(proxy.asked(), 0);
}

#[test]
fn a_proxy_that_fails_is_named_without_its_password() {
    let proxy = Proxy::start();
    let place = Place::new(
        "[pipeline]\nfolder = \"own\"\n[sources.saramin]\nbase_url = \"http://source.invalid\"\nstart = \"2023-05-01\"\n",
    );
    // Waits between attempts come from the description.
    place.file(
        "own/sources/saramin.toml",
        description(&[("cap = \"5s\"", "cap = \"100ms\"")]),
    );
    let named = format!("through the proxy `http://{}`", proxy.address);
    let address = format!("http://name:s3cret@{}", proxy.address);
    let mut command = place.command(&["run", "collect_postings"]);
    let ended = Ended::of(through(&mut command, &address));
    ended.expect(3).tells(&["502", &named]);
    assert!(!ended.stderr.contains("s3cret"), "{ended}");
    assert!(proxy.asked() > 0);
}
