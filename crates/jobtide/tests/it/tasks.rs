//! Tasks of the user's own DAGs: the worked example of the guide as it is written, and the kind `sql`,
//! which needs the real program.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::program::{BY_HAND, Place, QUIET, Serving, files};
use crate::visit::record;

const TOKEN: &str = "t0ken/that=nobody+sees";

/// When what does not come is given up.
const LIMIT: Duration = Duration::from_secs(120);

/// A server that knows companies by name, and keeps what it is sent.
struct Registry {
    url: String,
    received: Arc<Mutex<Vec<String>>>,
}

impl Registry {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let received = Arc::<Mutex<Vec<String>>>::default();
        let heard = received.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &heard);
            }
        });
        Self { url, received }
    }

    fn received(&self) -> Vec<String> {
        self.received.lock().expect("no panic").clone()
    }
}

fn answer(mut stream: TcpStream, heard: &Mutex<Vec<String>>) {
    let mut request = Vec::new();
    let text = loop {
        let mut read = [0; 8_192];
        let count = stream.read(&mut read).expect("a request");
        request.extend_from_slice(&read[..count]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().expect("a number")) {
            break text.into_owned();
        }
    };
    let (status, body) = match text.contains("name=Unknown%20Co.") {
        true => ("404 Not Found", "{}"),
        false => ("200 OK", "{\"company\":{\"employees\":12}}\n"),
    };
    heard.lock().expect("no panic").push(text);
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    // A client that is gone has no answer.
    stream.write_all(answer.as_bytes()).ok();
}

/// A store with a posting of each of these companies, built, and a pipeline folder.
fn place(companies: &[&str]) -> Place {
    let place = Place::new("[pipeline]\nfolder = \"own\"\n");
    place.file("own/dags/collect_postings.toml", BY_HAND);
    for name in [
        "build_warehouse",
        "heartbeat",
        "housekeeping",
        "load_certificates",
    ] {
        place.file(&format!("own/dags/{name}.toml"), QUIET);
    }
    let lines: String = companies
        .iter()
        .zip(41_000_000..)
        .map(|(company, id)| {
            let mut record = record(id, "데이터 엔지니어");
            record["company"]["detail"]["name"] = json!(company);
            format!("{record}\n")
        })
        .collect();
    place.file("lines.jsonl", lines);
    place.run(&["land", "saramin", "lines.jsonl"]).expect(0);
    place
}

/// The files of the worked example, by the names in their first lines.
fn worked_example() -> Vec<(String, String)> {
    let guide = include_str!("../../../../docs/guide/dags.md");
    let (_, section) = guide
        .split_once("\n## A worked example\n")
        .expect("the section");
    let (section, _) = section.split_once("\n## ").expect("the next section");
    let blocks = section.split("\n```").skip(1).step_by(2);
    blocks
        .map(|block| {
            let (_, block) = block.split_once('\n').expect("a language");
            let (name, text) = block.split_once('\n').expect("a name");
            let name = name.trim_start_matches(['#', '-', ' ']);
            (name.to_owned(), format!("{text}\n"))
        })
        .collect()
}

#[test]
fn the_worked_example_of_the_guide_runs() {
    let registry = Registry::start();
    let place = place(&["Acme & Sons", "Acme & Sons", "가나다", "Unknown Co."]);
    place.run(&["build"]).expect(0);
    let folder = place.path().join("employers");
    let example = worked_example();
    assert_eq!(example.len(), 4);
    for (name, text) in example {
        assert!(!name.ends_with("employers.toml") || text.contains("https://registry.example/"));
        let text = text
            .replace("https://registry.example", &registry.url)
            .replace("/srv/employers", folder.to_str().expect("text"));
        match name.as_str() {
            "summarise.sh" => {
                let script = place.file("employers/summarise.sh", text);
                let mode = std::fs::Permissions::from_mode(0o755);
                std::fs::set_permissions(script, mode).expect("a mode");
            }
            name => drop(place.file(&format!("own/{name}"), text)),
        }
    }
    let mut up = place.command(&["up", "--listen", "127.0.0.1:0"]);
    let serving = Serving::of(up.env("REGISTRY_TOKEN", TOKEN));
    let begun = Instant::now();
    let run = loop {
        let listed = place.run(&["runs", "list", "--json"]);
        let listed: Value = serde_json::from_str(&listed.stdout).unwrap_or_default();
        let runs = listed["runs"].as_array().cloned().unwrap_or_default();
        let ended = runs
            .into_iter()
            .find(|run| run["dag"] == "employers" && run["outcome"] != "running");
        if let Some(ended) = ended {
            break ended;
        }
        assert!(begun.elapsed() < LIMIT, "it does not end: {listed}");
    };
    let shown = place.run(&["runs", "show", run["id"].as_str().expect("an id")]);
    let shown = shown.expect(0).clone();
    drop(serving);
    assert_eq!(run["outcome"], "success", "{shown}");

    let to = run["interval"]["to"].as_str().expect("an instant");
    let to: jiff::Timestamp = to.parse().expect("an instant");
    let day = to.in_tz("Asia/Seoul").expect("a zone").date();
    let rows = std::fs::read_to_string(folder.join(format!("{day}.csv"))).expect("the rows");
    assert_eq!(
        rows,
        "company,postings\nAcme & Sons,2\nUnknown Co.,1\n가나다,1\n"
    );
    let answers = files(&folder.join("answers"));
    let names: Vec<_> = answers
        .iter()
        .filter_map(|path| path.file_name()?.to_str())
        .collect();
    assert_eq!(names, ["Acme & Sons.json", "가나다.json"]);
    let summary = std::fs::read_to_string(folder.join("summary.json")).expect("a summary");
    assert_eq!(summary, "{\"company\":{\"employees\":12}}\n".repeat(2));
    assert!(shown.stdout.contains("2 companies, run "), "{shown}");
    assert!(
        shown.stdout.contains("look_up success: 3 instances"),
        "{shown}"
    );

    let mut asked = registry.received();
    asked.sort();
    let paths: Vec<&str> = asked
        .iter()
        .filter_map(|text| text.split(' ').nth(1))
        .collect();
    assert_eq!(
        paths,
        [
            "/companies?name=%EA%B0%80%EB%82%98%EB%8B%A4",
            "/companies?name=Acme%20%26%20Sons",
            "/companies?name=Unknown%20Co."
        ]
    );
    for text in &asked {
        assert!(
            text.contains(&format!("authorization: Bearer {TOKEN}\r\n")),
            "{text}"
        );
    }
    for path in files(place.path()) {
        let bytes = std::fs::read(&path).expect("a file");
        let is_in = bytes
            .windows(TOKEN.len())
            .any(|part| part == TOKEN.as_bytes());
        assert!(!is_in, "the token is in {}", path.display());
    }
}

/// The file of a DAG whose task `ask` is of the kind `sql`, with these parameters.
fn dag(place: &Place, name: &str, with: &str, more: &str) {
    let text = format!(
        "what = ''\n[[tasks]]\nname = 'ask'\nkind = 'sql'\n[tasks.with]\n{with}\n[tasks.retries]\nattempts = 1\n{more}"
    );
    place.file(&format!("own/dags/{name}.toml"), text);
}

const NEXT: &str = "[[tasks]]\nname = 'next'\nkind = 'command'\nafter = ['ask']\nwith = { program = 'sh', arguments = ['-c', 'echo $JOBTIDE_ITEM >> next.txt'] }\n";

#[test]
fn a_query_becomes_a_file_items_or_a_webhook() {
    let registry = Registry::start();
    let place = place(&["A", "B'; drop", "C"]);
    let names = "query = 'select company_name from raw_data.recruits order by 1'";
    dag(&place, "early", &format!("{names}\nto = 'early.csv'"), "");
    place
        .run(&["run", "early"])
        .expect(1)
        .tells(&["nothing is published yet", "hint: "]);
    place.run(&["build"]).expect(0);

    let mapped = format!("{NEXT}mapped = {{ task = 'ask', field = 'items' }}\n");
    dag(&place, "items", names, &mapped);
    place.run(&["run", "items"]).expect(0);
    let next = || {
        let path = place.path().join("next.txt");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        std::fs::remove_file(path).ok();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(next(), ["A", "B'; drop", "C"]);
    // Too many to be passed on: none is left out in silence.
    dag(&place, "many", &format!("{names}\nkeep = 2"), &mapped);
    place
        .run(&["run", "many"])
        .expect(1)
        .tells(&["has no `items`"]);
    assert_eq!(next(), Vec::<String>::new());

    for ending in ["csv", "json", "parquet", "arrow"] {
        dag(
            &place,
            ending,
            &format!("{names}\nto = 'out/rows.{ending}'"),
            "",
        );
        place.run(&["run", ending]).expect(0);
    }
    let file = |name: &str| std::fs::read(place.path().join(name)).expect("a file");
    assert_eq!(file("out/rows.csv"), b"company_name\nA\nB'; drop\nC\n");
    let rows: Value = serde_json::from_slice(&file("out/rows.json")).expect("JSON");
    assert_eq!(rows[1], json!({"company_name": "B'; drop"}));
    assert!(file("out/rows.parquet").starts_with(b"PAR1"));
    assert_eq!(
        files(&place.path().join("out")).len(),
        4,
        "and no part of one"
    );

    let none =
        "query = \"select company_name from raw_data.recruits where company_name = 'nobody'\"";
    dag(
        &place,
        "none",
        &format!("{none}\nto = 'out/none.csv'"),
        NEXT,
    );
    place.run(&["run", "none"]).expect(0);
    assert_eq!(file("out/none.csv"), b"company_name\n");
    assert_eq!(next(), Vec::<String>::new(), "what comes after is skipped");
    dag(&place, "fails", &format!("{none}\nempty = 'fails'"), "");
    place
        .run(&["run", "fails"])
        .expect(1)
        .tells(&["the query has no rows in build 1"]);

    let hook = |query: &str| {
        format!(
            "{query}\nwebhook = {{ url = '{}/hook', headers = {{ X-Key = '{{secret.HOOK}}' }} }}",
            registry.url
        )
    };
    dag(&place, "quiet", &hook(none), "");
    dag(&place, "hook", &hook(names), "");
    for (name, posts) in [("quiet", 0), ("hook", 1)] {
        let mut command = place.command(&["run", name]);
        crate::program::Ended::of(command.env("HOOK", TOKEN)).expect(0);
        assert_eq!(registry.received().len(), posts, "{name}");
    }
    let posted = registry.received().remove(0);
    let (head, body) = posted.split_once("\r\n\r\n").expect("a body");
    assert!(head.starts_with("POST /hook "), "{head}");
    assert!(
        head.contains(&format!("x-key: {TOKEN}")) && head.contains("idempotency-key: "),
        "{head}"
    );
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(
        (&body["dag"], &body["build"], &body["count"]),
        (&json!("hook"), &json!(1), &json!(3))
    );
    assert_eq!(body["rows"], rows);

    // Within the limits of all user SQL; a file that is there stays.
    for (name, query, words) in [
        ("wrong", "select nope from raw_data.recruits", "nope"),
        ("writes", "create table x as select 1", ""),
        (
            "long",
            "select count(*) from generate_series(1, 1000000) a(x), generate_series(1, 1000000) b(y) where x * y % 7 = 1",
            "took longer than 1 s",
        ),
    ] {
        let with = format!("query = '{query}'\nto = 'out/rows.csv'\nwithin_seconds = 1");
        dag(&place, name, &with, "");
        place.run(&["run", name]).expect(5).tells(&[words]);
    }
    assert_eq!(file("out/rows.csv"), b"company_name\nA\nB'; drop\nC\n");
    assert_eq!(
        files(&place.path().join("out")).len(),
        5,
        "and no part of one"
    );
}
