//! The scheduler in the real program: what is scheduled, queued, started by others or stopped half way.

use std::fs::File;
use std::io::Read as _;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::{BY_HAND, Place, QUIET, Serving};

/// When what does not come is given up.
const LIMIT: Duration = Duration::from_secs(120);

/// Writes a line, once a run, and starts another DAG.
const FIRST: &str = "what = 'Notes a run.'
schedule = { cron = '0 0 1 1 *', time_zone = 'Asia/Seoul' }

[[tasks]]
name = 'note'
kind = 'command'
with = { program = 'sh', arguments = ['-c', 'echo $JOBTIDE_DAG >> notes.txt'] }
produces = ['notes']

[[tasks]]
name = 'go'
kind = 'trigger'
after = ['note']
with = { dag = 'second', parameters = { full = true } }
";

const SECOND: &str = "what = 'Notes each item.'

[[tasks]]
name = 'each'
kind = 'command'
with = { program = 'sh', arguments = ['-c', 'echo $JOBTIDE_ITEM $JOBTIDE_PARAMETER_FULL >> notes.txt'] }
mapped = ['a', 'b']
pool = 'notes'
";

const THIRD: &str = "what = 'Follows the notes.'
schedule = { on = ['notes'] }

[[tasks]]
name = 'follow'
kind = 'command'
with = { program = 'sh', arguments = ['-c', 'exit 4'] }
";

fn place() -> Place {
    let place = Place::new("[pipeline]\nfolder = \"own\"\n");
    for (name, text) in [
        ("dags/collect_postings.toml", BY_HAND),
        ("dags/build_warehouse.toml", QUIET),
        ("dags/heartbeat.toml", QUIET),
        ("dags/housekeeping.toml", QUIET),
        ("dags/load_certificates.toml", QUIET),
        ("dags/first.toml", FIRST),
        ("dags/second.toml", SECOND),
        ("dags/third.toml", THIRD),
        (
            "pools.toml",
            "[notes]\nwhat = 'The file of notes.'\nslots = 1\n",
        ),
    ] {
        place.file(&format!("own/{name}"), text);
    }
    place
}

fn up(place: &Place) -> Serving {
    Serving::of(&mut place.command(&["up", "--listen", "127.0.0.1:0"]))
}

fn json(place: &Place, arguments: &[&str]) -> Value {
    let shown = place.run(arguments).expect(0).stdout.clone();
    serde_json::from_str(&shown).expect("JSON")
}

/// The runs, oldest first, once so many have ended and nothing waits.
fn runs(place: &Place, count: usize) -> Vec<Value> {
    within_time(|| {
        let ended = place.run(&["runs", "list", "--json"]);
        let listed: Value = serde_json::from_str(&ended.stdout).unwrap_or_default();
        let runs = listed["runs"].as_array().cloned().unwrap_or_default();
        let ended = runs
            .iter()
            .filter(|run| run["outcome"] != "running")
            .count();
        if ended >= count && ended == runs.len() && listed["queue"] == serde_json::json!([]) {
            return Some(runs.into_iter().rev().collect());
        }
        None
    })
}

/// What is there in the end; fails where it would look for ever.
fn within_time<T>(looks: impl Fn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = looks() {
            return found;
        }
        assert!(begun.elapsed() < LIMIT, "it does not come");
    }
}

fn of<'a>(runs: &'a [Value], dag: &str) -> &'a Value {
    let found = runs.iter().find(|run| run["dag"] == dag);
    found.unwrap_or_else(|| panic!("no run of `{dag}`: {runs:?}"))
}

#[test]
fn up_runs_what_is_scheduled_and_what_that_starts() {
    let place = place();
    let serving = up(&place);
    let ended = runs(&place, 3);
    let first = of(&ended, "first");
    assert_eq!(
        (&first["trigger"], &first["outcome"]),
        (&"schedule".into(), &"success".into())
    );
    assert!(first["interval"]["from"].is_string(), "{first}");
    let second = of(&ended, "second");
    assert_eq!(
        (&second["trigger"], &second["outcome"]),
        (&"dag".into(), &"success".into())
    );
    let third = of(&ended, "third");
    assert_eq!(
        (&third["trigger"], &third["outcome"]),
        (&"data".into(), &"failed".into())
    );
    let notes = std::fs::read_to_string(place.path().join("notes.txt")).expect("notes");
    assert_eq!(notes, "first\na true\nb true\n");

    // A person decides what a run counts as; what a person asks for is started by the running program.
    let id = third["id"].as_str().expect("an id");
    place.run(&["runs", "mark", id, "success"]).expect(0);
    place
        .run(&["dags", "run", "second", "--set", "full=no"])
        .expect(0);
    let ended = runs(&place, 4);
    assert_eq!(of(&ended, "third")["outcome"], "success");
    let last = ended.last().expect("a run");
    assert_eq!(last["parameters"]["full"], "no");
    let shown = place.run(&["runs", "show", last["id"].as_str().expect("an id")]);
    let shown = shown.expect(0);
    assert!(
        shown.stdout.contains("each success: 2 instances"),
        "{shown}"
    );
    assert!(shown.stdout.contains("\"b\" success"), "{shown}");
    drop(serving);

    // Started again, it runs nothing again for which there is no new interval.
    let serving = up(&place);
    place.run(&["dags", "run", "second"]).expect(0);
    let ended = runs(&place, 5);
    assert_eq!(ended.len(), 5, "{ended:?}");
    drop(serving);
}

#[test]
fn a_run_that_is_stopped_goes_on_with_the_next_start_and_can_be_cancelled() {
    let place = Place::new("[pipeline]\nfolder = \"own\"\n");
    place.file("own/dags/collect_postings.toml", BY_HAND);
    place.file("own/dags/build_warehouse.toml", QUIET);
    place.file("own/dags/heartbeat.toml", QUIET);
    place.file("own/dags/housekeeping.toml", QUIET);
    place.file("own/dags/load_certificates.toml", QUIET);
    let long = "what = 'Takes long.'\n\n[[tasks]]\nname = 'once'\nkind = 'command'\nwith = { program = 'sh', arguments = ['-c', 'echo once >> notes.txt'] }\n\n[[tasks]]\nname = 'long'\nkind = 'command'\nafter = ['once']\nwith = { program = 'sh', arguments = ['-c', 'test -e go || exec sleep 600 > held'] }\n";
    place.file("own/dags/long.toml", long);
    let held = place.path().join("held");
    let made = Command::new("mkfifo").arg(&held).status();
    assert!(made.expect("`mkfifo`").success());
    place.run(&["dags", "run", "long"]).expect(0);
    place
        .run(&["dags", "run", "long"])
        .expect(0)
        .tells(&["waits already"]);
    let in_progress = || {
        within_time(|| {
            let listed = json(&place, &["runs", "list", "--json"]);
            let run = &listed["runs"][0];
            let runs = run["steps"][1]["outcome"] == "running";
            runs.then(|| run["id"].as_str().expect("an id").to_owned())
        })
    };
    let serving = up(&place);
    let id = in_progress();
    let mut held = File::open(held).expect("a pipe that the task holds open");
    // Killed, not asked to end.
    drop(serving);
    // The pipe ends with what held it.
    held.read_to_end(&mut Vec::new()).expect("an end");
    place.file("go", "");
    let serving = up(&place);
    let ended = runs(&place, 1);
    let [run] = &ended[..] else {
        panic!("{ended:?}")
    };
    assert_eq!(
        (&run["id"], &run["outcome"]),
        (&id.into(), &"success".into())
    );
    let notes = std::fs::read_to_string(place.path().join("notes.txt")).expect("notes");
    assert_eq!(notes, "once\n", "what was done is not done again");

    std::fs::remove_file(place.path().join("go")).expect("a file");
    place.run(&["dags", "run", "long"]).expect(0);
    let id = in_progress();
    place.run(&["runs", "cancel", &id]).expect(0);
    let ended = runs(&place, 2);
    assert_eq!(ended[1]["outcome"], "cancelled");
    place
        .run(&["runs", "cancel", &id])
        .expect(1)
        .tells(&["is `cancelled`, and not one that"]);
    drop(serving);
    place.run(&["runs", "retry", &id]).expect(0);
    let listed = place.run(&["runs", "list"]).expect(0).clone();
    assert!(listed.stdout.contains("waits again since "), "{listed}");
    place
        .run(&["runs", "retry", "nothing"])
        .expect(1)
        .tells(&["there is no run `nothing`"]);
}

#[test]
fn a_task_that_hangs_keeps_no_other_dag_from_running() {
    let place = Place::new("[pipeline]\nfolder = \"own\"\n");
    for name in [
        "collect_postings",
        "build_warehouse",
        "heartbeat",
        "housekeeping",
        "load_certificates",
    ] {
        place.file(&format!("own/dags/{name}.toml"), QUIET);
    }
    let dag = |script: &str| {
        format!(
            "what = 'Runs.'\n\n[[tasks]]\nname = 'run'\nkind = 'command'\nwith = {{ program = 'sh', arguments = ['-c', '{script}'] }}\n"
        )
    };
    place.file("own/dags/hangs.toml", dag("exec sleep 600"));
    place.file("own/dags/other.toml", dag("true"));
    let serving = up(&place);
    let of_dag = |dag: &str| {
        let listed = json(&place, &["runs", "list", "--dag", dag, "--json"]);
        listed["runs"][0]["outcome"].clone()
    };
    place.run(&["dags", "run", "hangs"]).expect(0);
    within_time(|| (of_dag("hangs") == "running").then_some(()));
    place.run(&["dags", "run", "other"]).expect(0);
    within_time(|| (of_dag("other") == "success").then_some(()));
    assert_eq!(of_dag("hangs"), "running");
    drop(serving);
}

#[test]
fn a_schedule_is_switched_off_and_on() {
    let place = place();
    let listed = place.run(&["dags", "list"]).expect(0).clone();
    assert!(listed.stdout.contains("first  next due at "), "{listed}");
    assert!(
        listed
            .stdout
            .contains("third  due when `notes` changes; never ran"),
        "{listed}"
    );
    assert!(
        !place.store().join("state").exists(),
        "looking makes no state"
    );
    place
        .run(&["dags", "pause", "first"])
        .expect(0)
        .tells(&["the schedule of `first` is off"]);
    let listed = json(&place, &["dags", "list", "--json"]);
    let dags = listed["dags"].as_array().expect("DAGs");
    let first = dags.iter().find(|dag| dag["dag"] == "first");
    assert_eq!(first.expect("a DAG")["paused"], true);
    let status = place.run(&["status"]).expect(0).clone();
    assert!(status.stdout.contains("first, paused: "), "{status}");
    let serving = up(&place);
    place.run(&["dags", "run", "second"]).expect(0);
    assert_eq!(runs(&place, 1)[0]["dag"], "second");
    place.run(&["dags", "resume", "first"]).expect(0);
    let ended = runs(&place, 4);
    assert_eq!(of(&ended, "first")["trigger"], "schedule");
    drop(serving);
}

#[test]
fn mistakes_that_only_all_files_show_are_named_with_their_line() {
    let place = place();
    for (from, to, words) in [
        (
            "pool = 'notes'",
            "pool = 'note'",
            "line 3: there is no pool `note`\nhint: the nearest is `notes`",
        ),
        (
            "kind = 'command'",
            "kind = 'comand'",
            "the nearest is `command`",
        ),
        ("program =", "porgram =", "the nearest is `program`"),
    ] {
        place.file("own/dags/second.toml", SECOND.replace(from, to));
        place
            .run(&["dags", "run", "second"])
            .expect(1)
            .tells(&[words]);
    }
    let listed = place.run(&["dags", "list"]).expect(0).clone();
    assert!(
        listed.stdout.contains("broken: `dags/second.toml`, line 3"),
        "{listed}"
    );
    let shown = place.run(&["dags", "show", "third"]).expect(0).clone();
    assert!(
        shown.stdout.contains("schedule  when `notes` changes"),
        "{shown}"
    );
}
