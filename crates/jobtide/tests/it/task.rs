//! `jobtide task`: one task of a DAG as a process, as cron and other schedulers start it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::program::{Ended, Place};
use crate::source::{Source, still};
use crate::visit::record;

/// Programs, each for one way to end.
const MANY: &str = r#"
what = "Ends in many ways."

[[tasks]]
name = "say"
kind = "command"
with = { program = "sh", arguments = ["-c", "echo \"$JOBTIDE_ITEM|$JOBTIDE_FROM|$JOBTIDE_TO|$JOBTIDE_PARAMETER_X\""] }
mapped = ["3", 3, "부산 \"항\" {{ ds }}"]

[[tasks]]
name = "busy"
kind = "command"
with = { program = "sh", arguments = ["-c", "echo x >> tries; exit 75"], retries = [75] }
retries = { attempts = 3, first_delay_seconds = 0, max_delay_seconds = 0 }

[[tasks]]
name = "wrong"
kind = "command"
with = { program = "sh", arguments = ["-c", "exit 9"] }

[[tasks]]
name = "nothing"
kind = "command"
with = { program = "sh", arguments = ["-c", "exit 33"], nothing_new = [33] }

[[tasks]]
name = "on_request"
kind = "command"
when = { parameter = "full", is = true }
with = { program = "true" }

[[tasks]]
name = "wait"
kind = "wait_for_file"
with = { path = "there", look_every_seconds = 1 }

[[tasks]]
name = "gives_up"
kind = "wait_for_file"
with = { path = "nowhere", look_every_seconds = 1 }
give_up_after_seconds = 1

[[tasks]]
name = "on_output"
kind = "command"
after = ["nothing"]
when = { task = "nothing", field = "rows", above = 0 }
with = { program = "true" }
"#;

/// Says when it has begun, and ends when it is let: both by pipes with names.
const HELD: &str = r#"
what = "Ends when it is let."

[[tasks]]
name = "held"
kind = "command"
with = { program = "sh", arguments = ["-c", "echo begin >> log; echo > begun; read line < let$JOBTIDE_PARAMETER_N; echo end >> log"] }

[[tasks]]
name = "other"
kind = "command"
with = { program = "true" }
"#;

fn place(name: &str, dag: &str) -> Place {
    let place = Place::new("[pipeline]\nfolder = \"own\"\n");
    place.file(&format!("own/dags/{name}.toml"), dag);
    place
}

fn task(place: &Place, more: &[&str]) -> Ended {
    place.run(&[&["task", "many"], more].concat())
}

#[test]
fn the_exit_code_says_how_a_task_ended() {
    let place = place("many", MANY);
    for (more, code, texts) in [
        (&["nothing"][..], 0, &["found nothing new"][..]),
        (&["nothing", "--nothing-new-code", "99"], 99, &[]),
        (
            &["on_request"],
            0,
            &["skipped: the parameter `full` is not given"],
        ),
        (&["on_request", "--nothing-new-code=99"], 99, &[]),
        (
            &["on_request", "--nothing-new-code=99", "--set", "full=true"],
            0,
            &[],
        ),
        (&["wrong"], 2, &["ended with exit code 9"]),
        (&["busy"], 1, &["ended with exit code 75"]),
        (
            &["wait", "--not-yet-code", "98"],
            98,
            &["there is no `there`"],
        ),
        (&["nothing", "--nothing-new-code", "3"], 2, &["6..=125"]),
        (&["wrnog"], 2, &["the nearest is `wrong`"]),
        (&["wrong", "--item", "x"], 2, &["is for no item"]),
        (
            &["say", "--item", "서울"],
            2,
            &["`서울` is not in the list"],
        ),
        (
            &["say", "--from", "2026-05-02", "--to", "2026-05-01"],
            2,
            &["no interval"],
        ),
        (&["on_output"], 2, &["`nothing` left no output"]),
        (&["gives_up"], 2, &["gave up after"]),
        (&["say", "--from", "yesterday"], 2, &["such as 2026-05-01"]),
    ] {
        let ended = task(&place, more);
        ended.expect(code).tells(texts);
    }
    // Neither does a DAG that is not there, or whose file is wrong, come right by itself.
    place.file("own/dags/broken.toml", "what = 3");
    for dag in ["mnay", "broken"] {
        place.run(&["task", dag, "say"]).expect(2);
    }
    let tries = || std::fs::read_to_string(place.path().join("tries")).expect("a file");
    assert_eq!(tries().lines().count(), 3);
    task(&place, &["busy", "--attempts", "1"]).expect(1);
    assert_eq!(tries().lines().count(), 4);
    // What was only looked for is no failure.
    place.file("there", "something");
    task(&place, &["wait", "--not-yet-code", "98"]).expect(0);
    let runs = place.run(&["runs", "list", "--json"]);
    let runs: serde_json::Value = serde_json::from_str(&runs.expect(0).stdout).expect("JSON");
    let waited = |run: &&serde_json::Value| run["steps"][0]["task"] == "wait";
    let waited: Vec<_> = runs["runs"]
        .as_array()
        .expect("runs")
        .iter()
        .filter(waited)
        .collect();
    assert_eq!(waited.len(), 2);
    assert!(
        waited.iter().all(|run| run["outcome"] == "success"),
        "{waited:?}"
    );
}

#[test]
fn items_intervals_and_parameters_arrive_as_they_are() {
    let place = place("many", MANY);
    let says = |more: &[&str], expected: &str| {
        let ended = task(&place, &[&["say"], more].concat());
        ended.expect(0).tells(&[&format!("say: {expected}\n")]);
    };
    says(&["--item", "\"3\""], "3|||");
    says(
        &["--item", "부산 \"항\" {{ ds }}"],
        "부산 \"항\" {{ ds }}|||",
    );
    says(&["--item", "3", "--set", "x=\"7\""], "3|||7");
    says(
        &[
            "--item=3",
            "--from=2026-05-01",
            "--to=2026-05-02T00:00:00Z",
            "--trigger=schedule",
        ],
        "3|2026-04-30T15:00:00Z|2026-05-02T00:00:00Z|",
    );
    task(&place, &["say"])
        .expect(0)
        .tells(&["say: 3 instances"]);
}

#[test]
fn a_task_that_is_started_twice_runs_once_at_a_time() {
    let place = place("held", HELD);
    for pipe in ["begun", "let"] {
        let made = Command::new("mkfifo").arg(place.path().join(pipe)).status();
        assert!(made.expect("mkfifo").success());
    }
    let begun = || {
        let mut line = String::new();
        let pipe = std::fs::File::open(place.path().join("begun")).expect("a pipe");
        BufReader::new(pipe).read_line(&mut line).expect("a line");
    };
    let first = start(&place, &["task", "held", "held"]);
    begun();
    let mut second = start(&place, &["task", "held", "held"]);
    let mut says = BufReader::new(second.stderr.take().expect("stderr"));
    let mut line = String::new();
    says.read_line(&mut line).expect("a line");
    assert!(line.contains("`held` is running already"), "{line}");
    assert!(line.contains("waiting for it to end"), "{line}");
    // Another task of the same DAG runs beside it, a run of the whole DAG does not.
    place.run(&["task", "held", "other"]).expect(0);
    place
        .run(&["run", "held"])
        .expect(1)
        .tells(&["is running already"]);

    std::fs::write(place.path().join("let"), "\n").expect("it is let");
    assert!(ended(first).0);
    begun();
    std::fs::write(place.path().join("let"), "\n").expect("it is let");
    assert!(ended(second).0);
    assert_eq!(
        log(&place.path().join("log")),
        ["begin", "end", "begin", "end"]
    );
}

#[test]
fn a_killed_task_keeps_no_other_from_running() {
    let place = place("held", HELD);
    for pipe in ["begun", "let", "let2"] {
        let made = Command::new("mkfifo").arg(place.path().join(pipe)).status();
        assert!(made.expect("mkfifo").success());
    }
    let mut first = start(&place, &["task", "held", "held"]);
    std::fs::read(place.path().join("begun")).expect("it has begun");
    first.kill().expect("it runs");
    first.wait().expect("it has ended");
    // What the first one started may live a moment longer, and read from its own pipe.
    let second = start(&place, &["task", "held", "held", "--set", "n=2"]);
    std::fs::read(place.path().join("begun")).expect("the second has begun");
    std::fs::write(place.path().join("let2"), "\n").expect("it is let");
    assert!(ended(second).0);
    let runs = place.run(&["runs", "list"]).expect(0).stdout.clone();
    assert!(
        runs.contains("interrupted") && runs.contains("success"),
        "{runs}"
    );
}

fn start(place: &Place, arguments: &[&str]) -> Child {
    let mut command = place.command(arguments);
    let started = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    started.expect("it starts")
}

/// Whether it succeeded, and what it said.
fn ended(mut child: Child) -> (bool, String) {
    let mut said = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_string(&mut said).expect("text");
    }
    (child.wait().expect("it ends").success(), said)
}

fn log(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("a log");
    text.lines().map(str::to_owned).collect()
}

const STEPS: &str = r#"
what = "Collects, builds, and looks whether anything was refused."

[[tasks]]
name = "collect"
kind = "collect"
with = { source = "saramin" }

[[tasks]]
name = "tables"
kind = "build"
after = ["collect"]

[[tasks]]
name = "refused"
kind = "refusals"
after = ["tables"]
"#;

#[test]
fn tasks_of_one_external_run_are_processes_of_their_own() {
    let source = Source::start(still(300));
    let place = Place::new(&source.settings("[pipeline]\nfolder = \"own\"\n"));
    place.file("own/dags/steps.toml", STEPS);
    let with = |more: &[&str]| place.run(&[&["task", "steps"], more].concat());
    let run = "scheduled__2026-05-01T00:00:00+00:00";
    with(&[
        "collect",
        "--run",
        run,
        "--from",
        "2023-05-01",
        "--to",
        "2023-08-01",
    ])
    .expect(0)
    .tells(&["collected 300 postings"]);
    let output = place.path().join("output.json");
    with(&[
        "tables",
        "--run",
        run,
        "--output",
        output.to_str().expect("text"),
    ])
    .expect(0)
    .tells(&["build 1 is published: 300 postings"]);
    let output: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&output).expect("a file")).expect("JSON");
    assert_eq!(output["postings"], 300);
    with(&["refused", "--run", run]).expect(0);
    with(&["refused", "--run", "another"])
        .expect(2)
        .tells(&["nothing was collected before"]);
}

#[test]
fn runs_and_builds_have_a_code_for_nothing_new_too() {
    let place = place("many", MANY);
    place.file(
        "own/dags/idle.toml",
        "what = 'Looks.'\n[[tasks]]\nname = 'look'\nkind = 'command'\nwith = { program = 'sh', arguments = ['-c', 'exit $JOBTIDE_CODE'], pass = ['JOBTIDE_CODE'], nothing_new = [33] }\n[[tasks]]\nname = 'work'\nkind = 'command'\nafter = ['look']\nwith = { program = 'true' }\n[[tasks]]\nname = 'last'\nkind = 'command'\nafter = ['work']\ntrigger_rule = 'all_done'\nwith = { program = 'true' }\n",
    );
    for (found, asked, code) in [("33", true, 99), ("33", false, 0), ("0", true, 0)] {
        let mut arguments = vec!["run", "idle"];
        if asked {
            arguments.extend(["--nothing-new-code", "99"]);
        }
        let mut command = place.command(&arguments);
        Ended::of(command.env("JOBTIDE_CODE", found)).expect(code);
    }
    place.file("a.jsonl", record(1, "데이터 엔지니어").to_string());
    place.run(&["land", "saramin", "a.jsonl"]).expect(0);
    for code in [0, 99] {
        place
            .run(&["build", "--nothing-new-code", "99"])
            .expect(code);
    }
    place.run(&["build"]).expect(0);
}
