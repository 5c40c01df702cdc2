//! `Host` and `Origin`: a rebound name reads nothing, the server's own names are answered, and the
//! proxy recipe of the guide works as written.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::program::{Place, Serving};
use crate::visit::{Visit, landed, record};
use crate::web::Web;

fn place(settings: &str) -> Place {
    let place = landed([record(1, "개발자")]);
    let text = std::fs::read_to_string(place.path().join("jobtide.toml")).expect("settings");
    place.file("jobtide.toml", text + settings);
    place
}

/// The whole response to a raw request.
fn raw(serving: &Serving, request: &str) -> String {
    let mut stream = TcpStream::connect(serving.address()).expect("a connection");
    let limit = Some(Duration::from_secs(60));
    stream.set_read_timeout(limit).expect("a limit");
    stream.write_all(request.as_bytes()).expect("it is sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\n{headers}connection: close\r\n\r\n")
}

#[test]
fn a_rebound_name_reads_nothing() {
    let place = place("\n[server]\nhosts = [\"jobs.example.org\"]\n");
    let visit = Visit::to(&place);
    let sql = json!({"sql": "select title from raw_data.recruits"}).to_string();
    let query = |headers: &str| {
        let request = format!(
            "POST /api/v1/query HTTP/1.1\r\n{headers}content-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{sql}",
            sql.len()
        );
        raw(&visit.serving, &request)
    };
    for path in [
        "/",
        "/api/v1/build",
        "/api/v1/postings.csv",
        "/skills",
        "/api/openapi.json",
    ] {
        let answer = raw(&visit.serving, &get(path, "host: evil.example:8080\r\n"));
        assert!(answer.starts_with("HTTP/1.1 421 "), "{path}: {answer}");
        assert!(answer.contains("`server.hosts`"), "{path}: {answer}");
        assert!(answer.contains("`evil.example`"), "{path}: {answer}");
    }
    let answer = query("host: evil.example\r\n");
    assert!(answer.starts_with("HTTP/1.1 421 "), "{answer}");
    for (headers, status) in [
        ("", 400),
        ("host: localhost\r\nhost: localhost\r\n", 400),
        ("host: user@localhost\r\n", 400),
        ("host: localhost\r\n", 200),
        ("host: LOCALHOST.:80\r\n", 200),
        ("host: 192.0.2.7\r\n", 200),
        ("host: [::1]:8080\r\n", 200),
        ("host: Jobs.Example.org\r\n", 200),
    ] {
        let answer = raw(&visit.serving, &get("/api/v1/build", headers));
        let expected = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&expected), "{headers}: {answer}");
    }
    let whole = get("http://evil.example/api/v1/build", "host: localhost\r\n");
    assert!(raw(&visit.serving, &whole).starts_with("HTTP/1.1 421 "));
    // Probes may use any name.
    for path in ["/healthz", "/readyz"] {
        let answer = raw(&visit.serving, &get(path, "host: evil.example\r\n"));
        assert!(answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
    }
    // A query from a page of another site.
    for (headers, status) in [
        ("host: localhost\r\n", 200),
        ("host: localhost:80\r\norigin: http://localhost\r\n", 200),
        (
            "host: localhost\r\norigin: https://jobs.example.org\r\n",
            200,
        ),
        ("host: localhost\r\norigin: https://evil.example\r\n", 403),
        ("host: localhost\r\norigin: null\r\n", 403),
        ("host: localhost\r\nsec-fetch-site: cross-site\r\n", 403),
        ("host: localhost\r\nsec-fetch-site: same-origin\r\n", 200),
    ] {
        let answer = query(headers);
        let expected = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&expected), "{headers}: {answer}");
        assert_eq!(
            answer.contains("개발자"),
            status == 200,
            "{headers}: {answer}"
        );
    }
}

#[test]
fn no_other_site_can_use_a_response_as_its_own() {
    for (settings, framed) in [
        ("", "same-origin"),
        (
            "\n[server]\nframe_hosts = [\"https://example.org\"]\n",
            "cross-origin",
        ),
    ] {
        let place = place(settings);
        let visit = Visit::to(&place);
        for (path, policy) in [
            ("/", "same-origin"),
            ("/nosuch", "same-origin"),
            ("/api/v1/build", "same-origin"),
            ("/api/v1/nosuch", "same-origin"),
            ("/api/v1/postings.csv", "same-origin"),
            ("/embed/roles", framed),
        ] {
            let answer = visit.get(path);
            assert_eq!(
                answer.header("cross-origin-resource-policy"),
                policy,
                "{path}"
            );
            assert_eq!(
                answer.header("cross-origin-opener-policy"),
                "same-origin",
                "{path}"
            );
        }
    }
}

#[test]
fn an_invalid_list_of_hosts_is_refused_at_startup() {
    let place = Place::new("[server]\nhosts = [\"https://jobs.example.org\"]\n");
    let ended = place.run(&["serve", "--listen", "127.0.0.1:0"]);
    ended
        .expect(1)
        .tells(&["`https://jobs.example.org` in `server.hosts`", "hint: "]);
}

/// A process that is killed when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// The code blocks of the guide's section on proxies.
fn recipe(beginning: &str) -> String {
    let guide = include_str!("../../../../docs/guide/operate.md");
    let (_, part) = guide.split_once("### Behind a proxy").expect("the part");
    let part = part.split("\n## ").next().unwrap_or_default();
    let mut blocks = part.split("```").skip(1).step_by(2);
    let block = blocks.find(|block| block.contains(beginning));
    let block = block.unwrap_or_else(|| panic!("no block with `{beginning}`"));
    // The first line is the language.
    block.split_once('\n').expect("lines").1.to_owned()
}

/// nginx with the guide's recipe, the settings with the guide's lines, and a visitor who uses the
/// name in them.
#[test]
fn the_guides_proxy_recipe_works_as_written() {
    let place = place(&format!("\n{}", recipe("hosts = ")));
    let serving = Serving::start(&place);
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = free.local_addr().expect("its address");
    drop(free);
    let locations = recipe("proxy_pass").replace("127.0.0.1:8080", serving.address());
    let folder = place.path().join("nginx");
    std::fs::create_dir_all(&folder).expect("a folder");
    let folder = folder.display();
    // Only the nginx settings that are needed to run it here, as any user and next to another
    // instance.
    let configuration = format!(
        "daemon off; worker_processes 1; pid {folder}/pid; error_log stderr;
        events {{}}
        http {{
            access_log off;
            client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
            fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
            server {{ listen {address}; server_name jobs.example.org; {locations} }}
        }}"
    );
    let file = place.file("nginx/nginx.conf", configuration);
    let _proxy = Running(start_nginx(&file));
    let begun = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "nginx did not start"
        );
        std::thread::yield_now();
    }
    let web = Web::new();
    let url = |path: &str| format!("http://{address}{path}");
    let known = ("host", "jobs.example.org");
    for path in [
        "/jobs/",
        "/jobs/skills",
        "/jobs/api/v1/build",
        "/jobs/api/v1/tiles?tiles=postings",
    ] {
        let answer = web.get(&url(path), &[known]);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
    // A page's query, as a browser sends it to the proxy over TLS.
    let request = [
        known,
        ("origin", "https://jobs.example.org"),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/json"),
    ];
    let sql = json!({"sql": "select 1 as one"}).to_string();
    let answer = web.send_with("POST", &url("/jobs/api/v1/query"), &request, &sql);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["rows"], json!([[1]]));
    let foreign = web.get(&url("/jobs/api/v1/build"), &[("host", "evil.example")]);
    assert_eq!(foreign.error(421), "unknown_host");
}

fn start_nginx(file: &Path) -> Child {
    let found = ["nginx", "/usr/sbin/nginx"]
        .into_iter()
        .find_map(|program| {
            let mut nginx = Command::new(program);
            nginx.arg("-c").arg(file).stdout(Stdio::null());
            nginx.spawn().ok()
        });
    found.expect("nginx is not installed\nhint: `make test-rust` installs it; or apt-get install nginx-light")
}
