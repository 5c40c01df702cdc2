//! Messages: errors with a hint, `--quiet`, and JSON lines.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::program::{Ended, Place};
use crate::source::{DAYS, Source, still};

#[test]
fn settings_that_do_not_exist_name_the_nearest_one() {
    let place = Place::new("[query]\nsecond = 3\n");
    place.run(&["status"]).expect(1).tells(&[
        "jobtide.toml",
        "`query.second`",
        "did you mean `query.seconds`",
    ]);
    let place = Place::new("");
    let mut command = place.command(&["status"]);
    let ended = Ended::of(command.env("JOBTIDE__STORAGE__KEEP_BUILD", "3"));
    ended
        .expect(1)
        .tells(&["JOBTIDE__STORAGE__KEEP_BUILD", "`storage.keep_builds`"]);
    place
        .run(&["--config", "nowhere.toml", "status"])
        .expect(1)
        .tells(&["`nowhere.toml`"]);
    place.file("broken.toml", "[storage\n");
    place
        .run(&["--config", "broken.toml", "status"])
        .expect(1)
        .tells(&["`broken.toml` is not valid TOML"]);
}

#[test]
fn a_missing_key_names_its_variable_and_the_demo() {
    let place = Place::new("");
    let mut command = place.command(&["run", "collect_postings", "--from", "2023-05-01"]);
    let ended = Ended::of(command.env_remove("SARAMIN_ACCESS_KEY"));
    ended
        .expect(1)
        .tells(&["`SARAMIN_ACCESS_KEY`", "hint: ", "jobtide demo"]);
    place
        .run(&["run", "collect_posting"])
        .expect(1)
        .tells(&["`collect_posting`", "`collect_postings`"]);
    place
        .run(&["run", "collect_postings"])
        .expect(1)
        .tells(&["no start is set", "--from"]);
    place
        .run(&["run", "collect_postings", "--to", "2023-05-01"])
        .expect(2)
        .tells(&["--from <DATE>"]);
    place.run(&["run"]).expect(2);
}

#[test]
fn a_key_in_a_file_is_read() {
    let source = Source::start(still(50));
    let place = Place::new(&source.settings(""));
    let file = place.file("key", "the-key-in-the-file\n");
    let mut command = place.command(&["run", "collect_postings"]);
    command
        .env_remove("SARAMIN_ACCESS_KEY")
        .env("SARAMIN_ACCESS_KEY_FILE", file);
    Ended::of(&mut command).expect(0);
}

#[test]
fn a_port_that_is_taken_names_it_and_another_way() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let place = Place::new("");
    for command in [
        vec!["serve", "--listen", &address],
        vec!["demo", "--listen", &address, "--postings", "10"],
    ] {
        place
            .run(&command)
            .expect(1)
            .tells(&[&format!("`{address}` is in use"), "hint: --listen"]);
    }
    assert!(
        !place.path().join("jobtide-demo").exists(),
        "the demo began without its port"
    );
}

#[test]
fn an_address_that_cannot_be_listened_on_names_another() {
    let place = Place::new("");
    for listen in ["nonsense", "127.0.0.1", "192.0.2.1:8080"] {
        place.run(&["serve", "--listen", listen]).expect(1).tells(&[
            &format!("cannot listen on `{listen}`"),
            "hint: write an address",
        ]);
    }
}

#[test]
fn the_written_configuration_loads_and_is_never_overwritten() {
    let place = Place::new("");
    place.run(&["init", "fresh.toml"]).expect(0);
    let written = std::fs::read_to_string(place.path().join("fresh.toml")).expect("the file");
    assert!(written.contains("daily_quota = 500"), "{written}");
    place
        .run(&["--config", "fresh.toml", "status", "--json"])
        .expect(0);
    place
        .run(&["init", "fresh.toml"])
        .expect(1)
        .tells(&["already there", "hint: "]);
    let ended = place.run(&["init", "quiet.toml", "--quiet"]);
    assert_eq!(ended.expect(0).stderr, "");
}

#[test]
fn quiet_says_nothing_when_all_is_well() {
    let source = Source::start(still(100));
    let place = Place::new(&source.settings(""));
    for command in [
        vec!["run", "collect_postings", "--quiet"],
        vec!["build", "--quiet"],
        vec!["build", "--full", "--quiet"],
        vec![
            "export",
            "visual_tables.all_count",
            "--to",
            "out",
            "--quiet",
        ],
        vec!["quarantine", "--quiet"],
        vec!["builds", "rollback", "1", "--quiet"],
    ] {
        let ended = place.run(&command);
        ended.expect(0);
        assert_eq!(
            (ended.stdout.as_str(), ended.stderr.as_str()),
            ("", ""),
            "{command:?}"
        );
    }
    // Errors are still reported.
    place
        .run(&["builds", "rollback", "99", "--quiet"])
        .expect(1)
        .tells(&["error: build 99"]);
}

#[test]
fn off_a_terminal_progress_is_a_line_a_step() {
    let source = Source::start(still(100));
    let place = Place::new(&source.settings(""));
    let collect = [
        "run",
        "collect_postings",
        "--from",
        DAYS[0],
        "--to",
        DAYS[1],
    ];
    let steps = |ended: &Ended| -> Vec<String> {
        let lines = ended.expect(0).stderr.lines();
        lines
            .filter(|line| line.starts_with("collecting: ") || line.starts_with("building: "))
            .map(|line| line.replace(char::is_numeric, "#"))
            .collect()
    };
    let building = [
        "building: staging # new windows",
        "building: ## tables are done, ## of them rewritten; running ## checks",
    ];
    let run = steps(&place.run(&collect));
    assert_eq!(run[0], "collecting: # windows are due");
    assert_eq!(
        run[1],
        "collecting: # of # windows, ### records received with # calls"
    );
    // Built in layers, the checks of each come right after it.
    let in_layers = [
        building[0],
        "building: ## tables are done, ## of them rewritten",
    ];
    assert_eq!(run[2..], in_layers);
    assert_eq!(steps(&place.run(&["build", "--full"])), building);
    assert_eq!(steps(&place.run(&["quarantine", "replay"])), building);
}

#[test]
fn a_run_that_is_asked_to_stop_says_that_nothing_is_lost() {
    let source = Source::start(still(1_000));
    let place = Place::new(&source.settings("requests_per_second = 1"));
    let mut child = place
        .command(&["run", "collect_postings"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(child.stderr.take().expect("its messages")).lines();
    let due = lines.next().expect("a line").expect("text");
    assert!(due.starts_with("collecting: "), "{due}");
    let stop = format!("kill -TERM {}", child.id());
    let sent = Command::new("sh").args(["-c", &stop]).status();
    assert!(sent.expect("a shell").success());
    let stderr: Vec<String> = lines.map_while(Result::ok).collect();
    assert_eq!(child.wait().expect("its end").code(), Some(1), "{stderr:?}");
    let cancelled = stderr
        .iter()
        .position(|line| line == "error: the run was cancelled");
    let hint = &stderr[cancelled.expect("a message") + 1];
    assert!(hint.starts_with("hint: nothing is lost"), "{stderr:?}");
}

#[test]
fn the_simulator_is_quiet_or_speaks_to_programs_like_the_rest() {
    let place = Place::new("");
    let stderr = |options: &[&str]| {
        let mut all = vec!["simulate", "saramin", "--port", "0", "--postings", "10"];
        all.extend(options);
        let mut child = place
            .command(&all)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut address = String::new();
        let stdout = child.stdout.take().expect("its output");
        BufReader::new(stdout)
            .read_line(&mut address)
            .expect("a line");
        assert!(address.starts_with("http://127.0.0.1:"), "{address}");
        child.kill().expect("ended");
        Ended::from(child.wait_with_output().expect("its messages")).stderr
    };
    assert_eq!(stderr(&["--quiet"]), "");
    assert!(stderr(&[]).contains("hint: to collect from it"));
    let lines = stderr(&["--log-format", "json"]);
    assert!(lines.lines().count() >= 2, "{lines}");
    for line in lines.lines() {
        serde_json::from_str::<Value>(line).expect("JSON");
    }
}

#[test]
fn lines_for_programs_are_json() {
    let source = Source::start(still(100));
    let place = Place::new(&source.settings(""));
    let broken = place.file("broken.json", "<html>");
    let broken = broken.to_str().expect("text");
    let parsed = |arguments: &[&str], code: i32| -> Vec<Value> {
        let mut all = vec!["--log-format", "json"];
        all.extend(arguments);
        let ended = place.run(&all);
        let lines = ended.expect(code).stderr.lines();
        lines
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: `{line}`\n{ended}"))
            })
            .collect()
    };
    let lines = parsed(&["run", "collect_postings"], 0);
    let published = lines
        .iter()
        .any(|line| line["fields"]["build"] == 1 && line["level"] == "INFO");
    assert!(published, "{lines:?}");
    let message = |line: &Value| {
        line["fields"]["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let told_twice = lines
        .iter()
        .map(message)
        .find(|text| text.starts_with("building: "));
    assert_eq!(told_twice, None);
    parsed(&["build"], 0);
    parsed(&["builds", "rollback", "1"], 0);
    for (arguments, code) in [
        (vec!["builds", "rollback", "7"], 1),
        (vec!["land", "saramin", broken], 1),
        (vec!["query", "drop table x"], 5),
        (vec!["run", "nothing"], 1),
    ] {
        let lines = parsed(&arguments, code);
        let error = lines.iter().find(|line| line["level"] == "ERROR");
        assert!(error.is_some(), "{arguments:?}: {lines:?}");
    }
}
