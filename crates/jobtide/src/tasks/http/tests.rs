//! Against a server that says anything, well-formed or not.

use std::path::Path;
use std::sync::Arc;

use kernel::{Interval, SystemClock};
use orchestrator::{
    CancellationToken, Dag, Engine, Mapping, RetryPolicy, RunOutcome, RunRecord, RunRequest, State,
    Step, StepOutcome,
};
use serde_json::json;

use super::super::server::{Reply, Server, ok, says};
use super::super::template::tests::SECRET;
use super::*;

fn task(with: &str) -> Result<Http, String> {
    let with = toml::from_str(with).map_err(|error| error.message().to_owned());
    with.map(|with| Http::new("call", with))
}

fn step(with: &str) -> Step {
    Step::new(task(with).unwrap()).retry(RetryPolicy {
        attempts: 2,
        first_delay: Duration::ZERO,
        max_delay: Duration::ZERO,
    })
}

async fn run_step(step: Step, cancel: &CancellationToken) -> (RunRecord, Option<Answered>) {
    let dag = Dag::new("daily", [step]).unwrap();
    let state = State::in_memory().await.unwrap();
    let engine = Engine::new(state.clone(), Arc::new(SystemClock));
    let at = |text: &str| text.parse().unwrap();
    let day = Interval::new(at("2026-05-01T00:00:00Z"), at("2026-05-02T00:00:00Z"));
    let request = RunRequest::manual()
        .for_interval(day.unwrap())
        .with("full", true);
    let run = engine.run(&dag, request, cancel).await.unwrap();
    let output = state.output::<Answered>(&run.id, "call").await.unwrap();
    (run, output)
}

async fn run(with: &str) -> (RunRecord, Option<Answered>) {
    run_step(step(with), &CancellationToken::new()).await
}

/// The error of the only task of a run that fails, and after how many attempts.
async fn failure(with: &str) -> (String, u32) {
    let (run, output) = run(with).await;
    assert_eq!(run.outcome, RunOutcome::Failed, "{:?}", run.steps[0]);
    assert!(output.is_none());
    (run.steps[0].errors.join(": "), run.steps[0].attempts)
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[tokio::test]
async fn an_answer_becomes_a_file_and_values() {
    let body = "\u{feff}{\"data\":{\"total\":2,\"items\":[{\"id\":\"a\"},{\"id\":\"b\"}]}}";
    let server = Server::start(vec![ok(body)]).await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("{from.day}.json");
    let with = format!(
        "url = '{}/a?from={{from}}'\nheaders = {{ X-Full = '{{parameter.full}}' }}\nto = '{}'\n[values]\ntotal = 'data.total'\nids = 'data.items.*.id'\nfirst = 'data.items.0.id'",
        server.url,
        to.display()
    );
    let (run, output) = run(&with).await;
    assert_eq!(run.outcome, RunOutcome::Success, "{:?}", run.steps[0]);
    let file = folder.path().join("2026-05-01.json");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), body);
    let output = output.unwrap();
    let values = json!({"total": 2, "ids": ["a", "b"], "first": "a"});
    assert_eq!(serde_json::to_value(&output.values).unwrap(), values);
    assert_eq!(
        (output.status, output.file),
        (200, Some(file.display().to_string()))
    );
    assert_eq!(run.steps[0].bytes, Some(body.len() as u64));
    let request = &server.received()[0];
    assert!(
        request.starts_with("GET /a?from=2026-05-01T00%3A00%3A00Z HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains("\r\nx-full: true\r\n"), "{request}");
}

#[tokio::test]
async fn each_item_is_a_request_of_its_own_and_only_one_of_its_kind_of_body() {
    let server = Server::start(vec![ok("")]).await;
    for (with, words) in [
        (
            "json = { city = '{item}', n = 1 }",
            [
                "content-type: application/json",
                r#"{"city":"서울 & 1","n":1}"#,
            ],
        ),
        (
            "form = { city = '{item}' }",
            [
                "content-type: application/x-www-form-urlencoded",
                "city=%EC%84%9C%EC%9A%B8+%26+1",
            ],
        ),
        (
            "text = '<{item}>'\nheaders = { content-type = 'text/xml' }",
            ["content-type: text/xml", "<서울 & 1>"],
        ),
    ] {
        let with = format!("url = '{}/{{item}}'\n{with}", server.url);
        let mapped = step(&with).mapped(Mapping::Items(vec!["서울 & 1".into()]));
        let (run, _) = run_step(mapped, &CancellationToken::new()).await;
        assert_eq!(run.outcome, RunOutcome::Success, "{:?}", run.steps[0]);
        let request = server.received().pop().unwrap();
        assert!(
            request.starts_with("POST /%EC%84%9C%EC%9A%B8%20%26%201 "),
            "{request}"
        );
        for words in words {
            assert!(request.contains(words), "{words}: {request}");
        }
    }
}

#[tokio::test]
async fn statuses_mean_what_the_file_says() {
    let status = |line: &str| says(&format!("HTTP/1.1 {line}\r\ncontent-length: 4\r\n\r\nwhy?"));
    for (line, more, outcome, attempts) in [
        ("204 No Content", "", StepOutcome::Success, 1),
        ("404 Not Found", "", StepOutcome::Failed, 1),
        (
            "404 Not Found",
            "nothing_new = [304, 404]",
            StepOutcome::Success,
            1,
        ),
        ("503 Busy\r\nretry-after: 0", "", StepOutcome::Failed, 2),
        (
            "429 Slow\r\nretry-after: Fri, 01 May 2026 00:00:00 GMT",
            "",
            StepOutcome::Failed,
            2,
        ),
        ("500 No", "retries = []", StepOutcome::Failed, 1),
        ("409 No", "retries = [409]", StepOutcome::Failed, 2),
        (
            "302 Found\r\nlocation: /busy",
            "retries = [302]",
            StepOutcome::Failed,
            2,
        ),
        ("418 Tea", "succeeds = [418]", StepOutcome::Success, 1),
    ] {
        let reply = match line {
            "204 No Content" => says("HTTP/1.1 204 No Content\r\n\r\n"),
            line => status(line),
        };
        let server = Server::start(vec![reply]).await;
        let (run, _) = run(&format!("url = '{}'\n{more}", server.url)).await;
        let step = &run.steps[0];
        assert_eq!(
            (step.outcome, step.attempts),
            (outcome, attempts),
            "{line}: {step:?}"
        );
    }
    let server = Server::start(vec![status("503 Busy"), ok("{}")]).await;
    let (run, _) = run(&format!("url = '{}'", server.url)).await;
    assert_eq!(
        (run.outcome, run.steps[0].attempts),
        (RunOutcome::Success, 2)
    );
}

#[tokio::test]
async fn a_secret_is_in_the_request_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (name, value) = ("JOBTIDE_TEST_SECRET", SECRET);
    let echo = |status: &str| {
        let body = format!("{{\"you\":{}}}", json!(value));
        let length = body.len();
        says(&format!(
            "HTTP/1.1 {status}\r\nlocation: /x?y={value}\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
    };
    let to = folder.path().join("x.json");
    for (status, more) in [
        ("403 Forbidden", ""),
        ("302 Found", ""),
        ("200 OK", "[values]\nyou = 'you'"),
        ("200 OK", "[values]\nyou = 'me'"),
    ] {
        let server = Server::start(vec![echo(status)]).await;
        let with = format!(
            "url = '{}/'\nheaders = {{ Authorization = 'Bearer {{secret.{name}}}' }}\nto = '{}'\n{more}",
            server.url,
            to.display()
        );
        let (error, _) = failure(&with).await;
        assert!(!error.contains(value), "{error}");
        assert!(server.received()[0].contains(&format!("authorization: Bearer {value}\r\n")));
    }
    assert_eq!(entries(folder.path()), 0);
    let (error, attempts) = failure("url = '{secret.JOBTIDE_NO_SUCH_SECRET}'").await;
    assert!(
        error.contains("`JOBTIDE_NO_SUCH_SECRET` holds no secret\nhint: "),
        "{error}"
    );
    assert_eq!(attempts, 1);
}

#[tokio::test]
async fn no_part_of_a_url_that_is_a_secret_is_repeated() {
    let body = "no T0PSECRET, no /services/T0PSECRET?key=hunter2-%ED%95%9C, no hunter2-\u{d55c}";
    let answer = |head: &str| {
        says(&format!(
            "HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ))
    };
    let value = json!({"you": "T0PSECRET"}).to_string();
    for (reply, more) in [
        (answer("404 Not Found"), ""),
        (
            answer("301 Moved\r\nlocation: https://127.0.0.1/services/T0PSECRET"),
            "",
        ),
        (
            answer("301 Moved\r\nlocation: ftp://127.0.0.1/services/T0PSECRET"),
            "redirects = true",
        ),
        (ok(&value), "[values]\nyou = 'you'"),
        (ok(body), "[values]\nyou = 'you'"),
    ] {
        let server = Server::start(vec![reply]).await;
        let port = server.url.rsplit_once(':').unwrap().1;
        let (error, _) = failure(&format!(
            "url = '{{secret.JOBTIDE_TEST_URL_{port}}}'\n{more}"
        ))
        .await;
        assert!(server.received()[0].starts_with("GET /services/T0PSECRET?key="));
        for part in ["T0PSECRET", "hunter2", "services"] {
            assert!(!error.contains(part), "{error}");
        }
    }
}

#[tokio::test]
async fn what_is_no_answer_leaves_the_file_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.json");
    std::fs::write(&file, "earlier").unwrap();
    let html = "<!doctype html><title>Maintenance</title>";
    for (reply, more, words, attempts) in [
        (
            ok(html),
            "values = { a = 'a' }",
            "the answer is not JSON: ",
            2,
        ),
        (
            ok(html),
            "values = { a = 'a' }",
            "it begins with `<!doctype html>",
            2,
        ),
        (
            ok("{\"a\":1"),
            "values = { a = 'a' }",
            "the answer is not JSON: ",
            2,
        ),
        (
            Reply::Says(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n\"\xff\xfe\"".to_vec()),
            "values = { a = 'a' }",
            "not JSON",
            2,
        ),
        (
            ok("{\"a\":null}"),
            "values = { a = 'a' }",
            "the answer has no `a`",
            1,
        ),
        (
            ok("{\"a\":[{\"b\":1},{}]}"),
            "values = { a = 'a.*.b' }",
            "the answer has no `a.*.b`",
            1,
        ),
        (ok("{\"a\":1e999}"), "values = { a = 'a' }", "not JSON", 2),
        (
            ok(&format!("{{\"a\":\"{}\"}}", "x".repeat(70_000))),
            "values = { a = 'a' }",
            "more than the 65536",
            1,
        ),
        (
            says("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"),
            "",
            "`: ",
            2,
        ),
        (says("SSH-2.0-OpenSSH\r\n"), "", "`: ", 2),
        (says(""), "", "`: ", 2),
        (
            Reply::Endless("HTTP/1.1 200 OK\r\n\r\n"),
            "max_megabytes = 2",
            "the answer has more than 2 MB\nhint: ",
            1,
        ),
        (
            Reply::Endless("HTTP/1.1 200 OK\r\n\r\n"),
            "values = { a = 'a' }",
            "the answer has more than 4 MB\nhint: ",
            1,
        ),
        (
            Reply::Endless("HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n"),
            "max_megabytes = 1",
            "more than 1 MB",
            1,
        ),
        (Reply::Endless("HTTP/1.1 200 OK\r\nx: "), "", "`: ", 2),
        (
            Reply::Silent("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"),
            "answer_within_seconds = 1",
            "no whole answer within 1 s",
            2,
        ),
        (
            Reply::Silent(""),
            "answer_within_seconds = 1",
            "no whole answer within 1 s",
            2,
        ),
        (
            says(
                "HTTP/1.1 302 Found\r\nlocation: https://other.example/x?token=y\r\ncontent-length: 0\r\n\r\n",
            ),
            "",
            "a redirect to `https://other.example/x`\nhint: ",
            1,
        ),
        (
            says("HTTP/1.1 302 Found\r\nlocation: file:///etc/passwd\r\ncontent-length: 0\r\n\r\n"),
            "redirects = true",
            "was answered with 302",
            1,
        ),
    ] {
        let server = Server::start(vec![reply]).await;
        let with = format!("url = '{}'\nto = '{}'\n{more}", server.url, file.display());
        let (error, tried) = failure(&with).await;
        assert!(error.contains(words), "{words}: {error}");
        assert!(!error.contains("token=y"), "{error}");
        assert_eq!(tried, attempts, "{error}");
        assert_eq!(
            std::fs::read_to_string(&file).unwrap(),
            "earlier",
            "{error}"
        );
        assert_eq!(entries(folder.path()), 1, "{error}");
    }
}

#[tokio::test]
async fn a_cancelled_call_ends_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.json");
    let server = Server::start(vec![Reply::Silent(
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
    )])
    .await;
    let with = format!("url = '{}'\nto = '{}'", server.url, file.display());
    let cancel = CancellationToken::new();
    let stops = async {
        // The answer has begun once its file has.
        while entries(folder.path()) == 0 {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let ((run, _), ()) = tokio::join!(run_step(step(&with), &cancel), stops);
    assert_eq!(run.outcome, RunOutcome::Cancelled);
    assert_eq!(entries(folder.path()), 0);
}

#[test]
fn mistakes_are_named() {
    for (with, words) in [
        ("", "missing field `url`"),
        ("url = 'ftp://host/'", "`ftp` is not http or https\nhint: "),
        (
            "url = 'https://host/'\nmethod = 'get'",
            "unknown variant `get`",
        ),
        (
            "url = 'https://host/'\nmethod = 'GET'\ntext = 'x'",
            "has no body",
        ),
        (
            "url = 'https://host/'\njson = 1\ntext = 'x'",
            "has one body\nhint: ",
        ),
        (
            "url = 'https://host/'\nsucceeds = [200]\nnothing_new = [200]",
            "200 is in `succeeds` and in `nothing_new`",
        ),
        (
            "url = 'https://host/'\nvalues = { status = 'a' }",
            "`status` cannot be the name of a value",
        ),
        (
            "url = 'https://host/'\nvalues = { a = 'b..c' }",
            "`b..c` is no path\nhint: ",
        ),
        ("url = 'https://host/'\nmax_megabytes = 0", "nonzero"),
        (
            "url = 'https://host/'\ntime_zone = 'Seoul'",
            "there is no time zone `Seoul`\nhint: ",
        ),
        (
            "url = 'https://host/'\nto = 'out/'",
            "is not the path of a file",
        ),
        ("url = 'https://host/{itme}'", "the nearest is `{item}`"),
        ("url = 'https://host/'\nulr = 'x'", "unknown field `ulr`"),
    ] {
        let error = task(with).err().unwrap();
        assert!(error.contains(words), "{with}: {error}");
    }
}
