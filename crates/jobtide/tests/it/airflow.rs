//! `jobtide airflow`: what it writes, and what it leaves alone. `make test-airflow` runs it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{KEY, Place, files};

/// The DAGs that are written, and the files as they should be.
fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/airflow")
        .join(name)
}

const WRITES: [&str; 7] = [
    "airflow",
    "--out",
    "dags",
    "--program",
    "jobtide",
    "--folder",
    "/srv/jobtide",
];

fn place() -> Place {
    let place = Place::new("[pipeline]\nfolder = \"pipeline\"\n");
    let from = folder("pipeline");
    for file in files(&from) {
        let name = Path::new("pipeline").join(file.strip_prefix(&from).expect("a file in it"));
        let text = std::fs::read(&file).expect("a file");
        place.file(name.to_str().expect("text"), text);
    }
    place
}

fn read(place: &Place, name: &str) -> String {
    std::fs::read_to_string(place.path().join("dags").join(name)).expect("a file")
}

#[test]
fn the_files_are_as_expected_and_compile() {
    let place = place();
    place.run(&WRITES).expect(0).tells(&[
        "warning: `unlike.py` differs from the DAG: `overlap = \"skip\"`",
        "`retries.by_class` of the task `look`",
        "airflow pools import jobtide_pools.json",
    ]);
    for file in files(&folder("expected")) {
        let name = file
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name");
        let expected = std::fs::read_to_string(&file).expect("a file");
        assert_eq!(
            read(&place, name),
            expected,
            "`{name}` is not as in tests/airflow/expected: compare, and copy it if it is right"
        );
    }
    let written = files(&place.path().join("dags"));
    // With the program's own DAGs.
    assert!(written.len() > 4, "{written:?}");
    for file in &written {
        let text = std::fs::read_to_string(file).expect("text");
        assert!(!text.contains(KEY), "{}", file.display());
    }
    let python = written
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "py"));
    let compile = "import sys\nfor name in sys.argv[1:]:\n    compile(open(name, encoding='utf-8').read(), name, 'exec')";
    match Command::new("python3")
        .args(["-c", compile])
        .args(python)
        .output()
    {
        Ok(ended) => assert!(
            ended.status.success(),
            "{}",
            String::from_utf8_lossy(&ended.stderr)
        ),
        Err(error) => println!("not compiled: there is no python3: {error}"),
    }
    place
        .run(&WRITES)
        .expect(0)
        .tells(&["0 of them changed, 0 removed"]);
}

#[test]
fn only_its_own_files_are_replaced_and_removed() {
    let place = place();
    place.file("dags/other.py", "# of somebody else");
    place.file("dags/whole.py", "# of somebody else, too");
    place
        .run(&WRITES)
        .expect(1)
        .tells(&["whole.py` was not written by `jobtide airflow`"]);
    assert_eq!(files(&place.path().join("dags")).len(), 2);
    std::fs::remove_file(place.path().join("dags/whole.py")).expect("a file");
    let pools = place.file(
        "dags/jobtide_pools.json",
        r#"{"a":{"slots":1,"description":"mine"}}"#,
    );
    place
        .run(&WRITES)
        .expect(1)
        .tells(&["jobtide_pools.json` was not written by"]);
    std::fs::remove_file(pools).expect("a file");
    place.run(&WRITES).expect(0);
    place.file("dags/by_hand.py", read(&place, "by_hand.py") + "# edited\n");

    // A DAG that is broken keeps its file, one that is gone does not.
    std::fs::remove_file(place.path().join("pipeline/dags/unlike.toml")).expect("a file");
    place.file("pipeline/dags/whole.toml", "what = 1");
    place
        .run(&WRITES)
        .expect(0)
        .tells(&["1 of them changed, 1 removed", "`dags/whole.toml`, line 1"]);
    let names: Vec<String> = files(&place.path().join("dags"))
        .iter()
        .filter_map(|file| file.file_name()?.to_str().map(str::to_owned))
        .collect();
    assert!(names.contains(&"whole.py".to_owned()), "{names:?}");
    assert!(!names.contains(&"unlike.py".to_owned()), "{names:?}");
    assert!(!read(&place, "by_hand.py").contains("# edited"));
    assert_eq!(read(&place, "other.py"), "# of somebody else");
}
