//! What a file may say, and what its mistakes are reported as.

use super::*;

const GOOD: &str = "\
what = 'Collects.'

[schedule]
cron = '30 6 * * *'
time_zone = 'Asia/Seoul'

[[tasks]]
name = 'one'
kind = 'say'
with = { words = 'hello' }

[[tasks]]
name = 'two'
kind = 'say'
after = ['one']
";

#[test]
fn a_file_is_a_dag_of_its_name() {
    let dag = DagDefinition::parse("dags/morning.toml", GOOD).unwrap();
    assert_eq!((dag.name.as_str(), &*dag.what), ("morning", "Collects."));
    let [one, two] = &dag.tasks[..] else {
        panic!("{dag:?}");
    };
    assert_eq!(
        (&*one.kind, one.with["words"].as_str()),
        ("say", Some("hello"))
    );
    assert_eq!(two.after, ["one"]);
    let schedule = dag.schedule.unwrap();
    let times = schedule.times.as_ref().unwrap();
    assert_eq!(
        (times.cron(), times.time_zone()),
        ("30 6 * * *", "Asia/Seoul")
    );
    let next = schedule.next_after("2023-05-01T21:30:00Z".parse().unwrap());
    assert_eq!(next, Some("2023-05-02T21:30:00Z".parse().unwrap()));
}

#[test]
fn other_files_of_the_pipeline_are_no_dags() {
    assert_eq!(
        DagDefinition::named_by("dags/morning.toml"),
        Some("morning")
    );
    for path in ["dags/morning.sql", "dags/old/morning.toml", "morning.toml"] {
        assert_eq!(DagDefinition::named_by(path), None, "{path}");
    }
}

#[test]
fn each_mistake_is_named_with_its_line_and_the_nearest_key() {
    let with = |from: &str, to: &str| {
        assert!(GOOD.contains(from), "{from}");
        DagDefinition::parse("dags/morning.toml", &GOOD.replacen(from, to, 1)).unwrap_err()
    };
    for (from, to, line, words) in [
        ("cron =", "corn =", 4, "the nearest is `cron`"),
        ("'30 6 * * *'", "'half past six'", 3, "not a cron pattern"),
        ("Asia/Seoul", "Asia/Soul", 3, "no time zone"),
        (
            "kind = 'say'\nwith",
            "kin = 'say'\nwith",
            9,
            "the nearest is `kind`",
        ),
        ("kind = 'say'\nafter", "after", 12, "missing field `kind`"),
        ("after = ['one']", "after = 'one'", 15, "invalid type"),
        ("what = 'Collects.'", "what = ", 1, ""),
    ] {
        let error = with(from, to);
        assert_eq!(error.line, Some(line), "{error}");
        let text = error.to_string();
        assert!(text.contains(words), "{text}");
        assert!(text.starts_with("`dags/morning.toml`, line "), "{text}");
    }
    let error = DagDefinition::parse("dags/Mor ning.toml", GOOD).unwrap_err();
    assert!(error.to_string().contains("cannot name a dag"), "{error}");
}

const POLICIES: &str = "\
what = 'Collects.'
catch_up = 3
overlap = 'cancel_older'
max_active_runs = 2

[schedule]
cron = '30 6 * * *'
time_zone = 'Asia/Seoul'
start = '2026-05-01'
on = ['landed']

[[tasks]]
name = 'one'
kind = 'say'
pool = 'board'
priority = 5
timeout_seconds = 60
give_up_after_seconds = 600
produces = ['landed']

[tasks.retries]
attempts = 5
first_delay_seconds = 1000
[tasks.retries.by_class.timeout]
attempts = 2

[[tasks]]
name = 'two'
kind = 'say'
after = ['one']
trigger_rule = 'all_done'
when = { task = 'one', field = 'new', above = 0 }
mapped = { task = 'one', field = 'files' }
";

#[test]
fn policies_are_read_as_they_are_written() {
    let dag = DagDefinition::parse("dags/morning.toml", POLICIES).unwrap();
    assert_eq!(dag.catch_up, CatchUp::Last(NonZeroU32::new(3).unwrap()));
    assert_eq!(
        (dag.overlap, dag.max_active_runs.get()),
        (Overlap::CancelOlder, 2)
    );
    let schedule = dag.schedule.as_ref().unwrap();
    assert_eq!(schedule.on, ["landed"]);
    let start = schedule.times.as_ref().unwrap().start();
    assert_eq!(start, Some("2026-04-30T15:00:00Z".parse().unwrap()));
    assert_eq!(dag.produces().collect::<Vec<_>>(), ["landed"]);
    let [one, two] = &dag.tasks[..] else {
        panic!("{dag:?}");
    };
    assert_eq!((one.pool.as_deref(), one.priority), (Some("board"), 5));
    assert_eq!(one.timeout, Some(Duration::from_secs(60)));
    assert_eq!(one.give_up_after, Some(Duration::from_secs(600)));
    let otherwise = one.retries.otherwise;
    assert_eq!(
        (otherwise.attempts, otherwise.first_delay.as_secs()),
        (5, 1000)
    );
    assert_eq!(otherwise.max_delay.as_secs(), 1000, "as long as the first");
    let of_class = one.retries.by_class["timeout"];
    assert_eq!(
        (of_class.attempts, of_class.first_delay.as_secs()),
        (2, 1000)
    );
    assert_eq!(two.trigger_rule, TriggerRule::AllDone);
    assert!(two.when.is_some());
    let (task, field) = ("one".to_owned(), "files".to_owned());
    assert_eq!(two.mapped, Some(Mapping::Field { task, field }));
    let plain = DagDefinition::parse("dags/morning.toml", GOOD).unwrap();
    assert_eq!(
        (plain.catch_up, plain.overlap, plain.max_active_runs.get()),
        (CatchUp::Latest, Overlap::Queue, 1)
    );
    assert_eq!(plain.keep_runs, None);
    let few = POLICIES.replace("catch_up = 3", "keep_runs = 20");
    let few = DagDefinition::parse("dags/morning.toml", &few).unwrap();
    assert_eq!(few.keep_runs, NonZeroU32::new(20));
}

#[test]
fn each_mistake_in_a_policy_is_named_with_its_line() {
    for (from, to, line, words) in [
        (
            "catch_up = 3",
            "catch_up = 'lates'",
            2,
            "the nearest is `latest`",
        ),
        (
            "catch_up = 3",
            "catch_up = 0",
            2,
            "a number of intervals from 1 on",
        ),
        (
            "catch_up = 3",
            "catchup = 3",
            2,
            "the nearest is `catch_up`",
        ),
        ("'cancel_older'", "'cancel'", 3, "unknown variant `cancel`"),
        ("max_active_runs = 2", "max_active_runs = 0", 4, "nonzero"),
        ("catch_up = 3", "keep_runs = 0", 2, "nonzero"),
        ("cron = '30 6 * * *'\n", "", 6, "missing field `cron`"),
        (
            "time_zone = 'Asia/Seoul'\n",
            "",
            6,
            "missing field `time_zone`",
        ),
        ("'2026-05-01'", "'May'", 6, "`May` is no day"),
        ("timeout_seconds = 60", "timeout_seconds = 0", 17, "nonzero"),
        (
            "timeout_seconds = 60",
            "timeout = 60",
            17,
            "the nearest is `timeout_seconds`",
        ),
        (
            "attempts = 5",
            "attemts = 5",
            22,
            "the nearest is `attempts`",
        ),
        ("'all_done'", "'all_don'", 31, "the nearest is `all_done`"),
        ("above = 0", "abov = 0", 32, "the nearest is `above`"),
        (
            "field = 'new', above",
            "above",
            27,
            "write `parameter`, or `task` and `field`",
        ),
        (
            ", above = 0",
            "",
            27,
            "write one of `is`, `is_not` and `above`",
        ),
        (
            "{ task = 'one', field = 'files' }",
            "7",
            27,
            "`mapped` is a list",
        ),
        (
            "field = 'files'",
            "file = 'files'",
            27,
            "unknown field `file`",
        ),
    ] {
        assert!(POLICIES.contains(from), "{from}");
        let text = POLICIES.replacen(from, to, 1);
        let error = DagDefinition::parse("dags/morning.toml", &text).unwrap_err();
        assert_eq!(error.line, Some(line), "{to}: {error}");
        assert!(error.to_string().contains(words), "{to}: {error}");
    }
    let silent = GOOD.replace("cron = '30 6 * * *'\ntime_zone = 'Asia/Seoul'\n", "");
    let error = DagDefinition::parse("dags/morning.toml", &silent).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("write `cron` and `time_zone`, or `on`")
    );
}

#[test]
fn pools_are_declared_once() {
    let pools = Pools::parse("[board]\nwhat = 'The API.'\nslots = 2\n").unwrap();
    assert_eq!(pools.get("board").unwrap().slots.get(), 2);
    for (text, line, words) in [
        ("[board]\nwhat = ''\nslots = 0\n", 3, "nonzero"),
        (
            "[board]\nwhat = ''\nslot = 1\n",
            3,
            "the nearest is `slots`",
        ),
        ("[board]\nwhat = ''\nslots = 1\n[board]\n", 4, "duplicate"),
    ] {
        let error = Pools::parse(text).unwrap_err();
        assert_eq!(error.line, Some(line), "{error}");
        let said = error.to_string();
        assert!(said.starts_with("`pools.toml`, line"), "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn what_only_all_files_show_is_found_and_the_others_stay() {
    let parse = |name: &str, text: &str| {
        DagDefinition::parse(&format!("dags/{name}.toml"), &format!("what = ''\n{text}")).unwrap()
    };
    let task = "[[tasks]]\nname = 'a'\nkind = 'say'\n";
    let lands = || {
        parse(
            "lands",
            &format!("{task}produces = ['landed']\npool = 'board'\n"),
        )
    };
    let go = |dag: &str| {
        format!("[[tasks]]\nname = 'go'\nkind = 'trigger'\nwith = {{ dag = '{dag}' }}\n")
    };
    let on = |dataset: &str| format!("schedule = {{ on = ['{dataset}'] }}\n");
    let pools = Pools::default().with("board", std::num::NonZeroUsize::MIN);
    for (other, line, words) in [
        (
            parse("b", &format!("{task}pool = 'bord'\n")),
            2,
            "no pool `bord`\nhint: the nearest is `board`",
        ),
        (
            parse("b", &go("land")),
            2,
            "no DAG `land`\nhint: the nearest is `lands`",
        ),
        (
            parse("b", &format!("{}{task}", on("laned"))),
            2,
            "no dataset `laned`\nhint: the nearest is `landed`",
        ),
        (parse("b", &go("b")), 2, "`b` would start itself again"),
        (
            parse(
                "b",
                &format!("{}{task}produces = ['built', 'landed']\n", on("landed")),
            ),
            2,
            "`b` would start itself again",
        ),
    ] {
        let found = check_together(&[lands(), other], &pools, &[]);
        let [(name, error)] = &found[..] else {
            panic!("{words}: {found:?}");
        };
        assert_eq!((name.as_str(), error.line), ("b", Some(line)), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    // The DAG that produced it may have been replaced; this one comes at its times.
    let at_times = "schedule = { on = ['postings'], cron = '0 3 * * *', time_zone = 'UTC' }\n";
    let at_times = parse("b", &format!("{at_times}{task}"));
    assert_eq!(check_together(&[lands(), at_times], &pools, &[]), []);
    let builds = parse("builds", &format!("{}{task}{}", on("landed"), go("ends")));
    let ends = parse("ends", task);
    assert_eq!(
        check_together(&[lands(), builds.clone(), ends], &pools, &[]),
        []
    );
    // What a broken file says is not known: it keeps no other from running.
    assert_eq!(check_together(&[builds], &pools, &["ends"]), []);
}
