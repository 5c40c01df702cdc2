"""Runs the files of `jobtide airflow` under a real Airflow, against the simulator: the same tables as by
`jobtide run`, with a task that is retried, one that is skipped, and one that fails for good.

    python3 check.py --jobtide PROGRAM --cache FOLDER

Airflow is installed below the cache the first time (300 MB, by pip as it is configured).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

VERSION = "3.3.2"
HERE = Path(__file__).resolve().parent
DAYS = ("2023-05-01", "2023-08-01")

# Columns in which equal builds may differ, as in `tests/it/tables.rs`.
OF_THE_MOMENT = {"collected_at", "first_collected_at", "last_collected_at", "coverage", "active_coverage"}

# Fails where the source does: its fault is the reason for the second attempt.
FETCH = """import http.client, sys
call = http.client.HTTPConnection("{host}", timeout=60)
call.request("GET", "/job-search?access-key=any&count=1")
status = call.getresponse().status
print("status", status)
sys.exit(0 if status == 200 else 75)
"""

# Nothing new for one of the items, which keeps what comes after all of them from nothing.
EACH = """import os, sys
item = os.environ["JOBTIDE_ITEM"]
with open("items.txt", "a", encoding="utf-8") as file:
    file.write(item + "\\n")
sys.exit(33 if item == "3" else 0)
"""

# Ends a task as Airflow does when somebody marks it, or its time is over.
END = """import sys, threading
from types import SimpleNamespace
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowException
sys.path.insert(0, sys.argv[3])
from jobtide_airflow import JobtideTask
with DAG(dag_id="held"):
    task = JobtideTask(task_id="held", task_name="held", command=[sys.argv[1]], folder=sys.argv[2])
def end():
    open(sys.argv[2] + "/begun").read()
    task.on_kill()
threading.Thread(target=end).start()
try:
    task.execute({"dag_run": SimpleNamespace(conf={}, run_type="manual"), "run_id": "ended"})
except AirflowException as error:
    print("raised:", error)
"""


def installed(cache: Path) -> Path:
    """The folder of the programs of an environment with Airflow."""
    venv = cache / f"airflow-{VERSION}"
    done = venv / "installed"
    if not done.exists():
        print(f"installing Airflow {VERSION} in {venv}: 300 MB, once", flush=True)
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        pip = [str(venv / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, f"apache-airflow=={VERSION}"], check=True)
        done.touch()
    return venv / "bin"


class Simulator:
    def __init__(self, jobtide: str, *more: str) -> None:
        command = [jobtide, "simulate", "saramin", "--port", "0", "--postings", "400", "--daily-quota", "0"]
        command += ["--start", DAYS[0], "--end", DAYS[1], *more]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            found = re.search(r"http://([0-9.]+:[0-9]+)", line)
            if found:
                self.host = found[1]
                return
        raise SystemExit("the simulator did not start")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def folder(place: Path, source: str, faulty: str) -> None:
    """A folder with settings and the DAGs of this test."""
    place.mkdir()
    shutil.copytree(HERE / "pipeline", place / "pipeline")
    settings = f'[pipeline]\nfolder = "pipeline"\n[sources.saramin]\nbase_url = "http://{source}"\n'
    (place / "jobtide.toml").write_text(settings + f'start = "{DAYS[0]}"\n', encoding="utf-8")
    (place / "fetch.py").write_text(FETCH.format(host=faulty), encoding="utf-8")
    (place / "each.py").write_text(EACH, encoding="utf-8")


def run(command: list[str], place: Path, env: dict[str, str], codes: tuple[int, ...] = (0,)) -> str:
    ended = subprocess.run(command, cwd=place, env=env, capture_output=True, text=True, check=False)
    if ended.returncode not in codes:
        print(ended.stdout[-8000:], ended.stderr[-8000:], sep="\n")
        raise SystemExit(f"{command} ended with {ended.returncode}")
    return ended.stdout


def tables(jobtide: str, place: Path, env: dict[str, str]) -> dict[str, list[str]]:
    """Sorted rows of all tables from `external` on."""
    query = (
        "select concat(table_schema, '.', table_name) as name from information_schema.tables where table_schema "
        "in ('external', 'raw_data', 'analytic', 'visual_tables', 'adhoc') order by name"
    )
    names = run([jobtide, "query", query, "--format", "csv"], place, env).split()[1:]
    assert len(names) > 35, names
    with tempfile.TemporaryDirectory() as out:
        run([jobtide, "export", *names, "--to", out], place, env)
        return {file.name: rows(file) for file in Path(out).iterdir()}


def rows(file: Path) -> list[str]:
    with file.open(encoding="utf-8", newline="") as opened:
        read = csv.DictReader(opened)
        kept = [name for name in read.fieldnames or [] if name not in OF_THE_MOMENT]
        kept = [name for name in kept if not name.startswith("landing_")]
        return sorted(json.dumps([row[name] for name in kept], ensure_ascii=False) for row in read)


class Airflow:
    def __init__(self, programs: Path, home: Path, dags: Path, env: dict[str, str]) -> None:
        self.airflow = str(programs / "airflow")
        self.env = {
            **env,
            "PATH": f"{programs}:{env['PATH']}",
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        }
        self.home = home
        home.mkdir()
        self.call("db", "migrate")

    def call(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        return run([self.airflow, *arguments], self.home, self.env, codes)

    def read(self, *arguments: str) -> list[dict[str, str]]:
        out = self.call(*arguments, "--output", "json")
        # After what the program and its libraries say.
        return json.loads(next(line for line in out.splitlines() if line.startswith(("[{", "[]"))))

    def test(self, dag: str, *more: str, codes: tuple[int, ...] = (0,)) -> dict[str, list[str]]:
        """Runs a DAG; the states of its tasks, by id."""
        said = self.call("dags", "test", dag, *more, codes=codes)
        (self.home / f"{dag}.log").write_text(said, encoding="utf-8")
        run_id = self.read("dags", "list-runs", dag)[0]["run_id"]
        states: dict[str, list[str]] = {}
        for task in self.read("tasks", "states-for-dag-run", dag, run_id):
            states.setdefault(task["task_id"], []).append(task["state"])
        return {task: sorted(of) for task, of in sorted(states.items())}


def equal(found: object, expected: object, what: str) -> None:
    if found != expected:
        raise SystemExit(f"{what}:\nfound    {found}\nexpected {expected}")
    print(f"ok  {what}", flush=True)


def attempts(jobtide: str, place: Path, env: dict[str, str], dag: str, task: str) -> list[str]:
    """How the runs of a task ended, oldest first."""
    listed = run([jobtide, "runs", "list", "--dag", dag, "--limit", "1000", "--json"], place, env)
    runs = json.loads(listed)["runs"]
    return [run["outcome"] for run in reversed(runs) if [step["task"] for step in run["steps"]] == [task]]


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--jobtide", required=True)
    options.add_argument("--cache", required=True, type=Path)
    given = options.parse_args()
    jobtide, programs = str(Path(given.jobtide).resolve()), installed(given.cache)
    env = {**os.environ, "SARAMIN_ACCESS_KEY": "simulated"}

    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch)
        source = Simulator(jobtide)
        # Each call fails once.
        faulty = Simulator(jobtide, "--faults", "maintenance=1.0", "--faults-in-a-row", "1")
        faulty_too = Simulator(jobtide, "--faults", "maintenance=1.0", "--faults-in-a-row", "1")
        try:
            check(jobtide, programs, here, env, source.host, (faulty.host, faulty_too.host))
        finally:
            for one in (source, faulty, faulty_too):
                one.stop()
    print("all passed")


def check(
    jobtide: str, programs: Path, here: Path, env: dict[str, str], source: str, faulty: tuple[str, str]
) -> None:
    by_run, by_airflow, dags = here / "by_run", here / "by_airflow", here / "dags"
    folder(by_run, source, faulty[0])
    folder(by_airflow, source, faulty[1])
    run([jobtide, "airflow", "--out", str(dags), "--program", jobtide], by_airflow, env)

    airflow = Airflow(programs, here / "home", dags, env)
    errors = airflow.call("dags", "list-import-errors", codes=(0, 1))
    if "No data found" not in errors:
        raise SystemExit(f"a file cannot be imported: {errors[-4000:]}")
    print("ok  all files are imported", flush=True)
    airflow.call("pools", "import", str(dags / "jobtide_pools.json"))
    pools = {pool["pool"]: pool["slots"] for pool in airflow.read("pools", "list")}
    equal(pools.get("source"), "1", "the pools are imported")

    # Airflow starts the DAGs that are due on data by its scheduler, which does not run here.
    run([jobtide, "run", "whole", "--only"], by_run, env)
    states = airflow.test("whole")
    expected = {
        "a_time": ["success"],
        "after_each": ["success"],
        "analytic": ["success"],
        "collect": ["success"],
        "each": ["skipped", "success", "success"],
        "each__all": ["success"],
        "fetch": ["success"],
        "go": ["success"],
        "jobtide__failed": ["skipped"],
        "look": ["skipped"],
        "nothing_was_refused": ["success"],
        "on_failure": ["skipped"],
        "tables": ["success"],
        "what_follows": ["skipped"],
    }
    equal(states, expected, "the tasks of `whole` ended as they should, two skips included")
    equal(attempts(jobtide, by_airflow, env, "whole", "fetch"), ["failed", "success"], "a task was retried")
    items = (by_airflow / "items.txt").read_text(encoding="utf-8").splitlines()
    equal(sorted(items), sorted(["서울 {{ ds }}", 'a "quoted" one', "3"]), "no text is a template")
    found, wanted = tables(jobtide, by_airflow, env), tables(jobtide, by_run, env)
    differing = [name for name in wanted if found.get(name) != wanted[name]]
    equal((sorted(found), differing), (sorted(wanted), []), f"{len(wanted)} tables are equal")

    airflow.test("by_hand", "--conf", '{"text": "3", "full": true}')
    listed = json.loads(run([jobtide, "runs", "list", "--dag", "by_hand", "--json"], by_airflow, env))
    note = listed["runs"][0]["steps"][0]["note"]
    equal(note.endswith("3 true"), True, f"a text that looks like a number is one: {note}")

    states = airflow.test("refused", codes=(0, 1))
    expected = {"jobtide__failed": ["failed"], "note": ["success"], "wrong": ["failed"]}
    equal(states, expected, "a run is a failure though its last task succeeded")
    equal(attempts(jobtide, by_airflow, env, "refused", "wrong"), ["failed"], "there was no other attempt")

    for pipe in ("begun", "never"):
        os.mkfifo(by_airflow / pipe)
    ended = run([str(programs / "python"), "-c", END, jobtide, str(by_airflow), str(dags)], here, airflow.env)
    equal("raised: exit code 1" in ended, True, "a task that is ended may be tried again")
    equal(attempts(jobtide, by_airflow, env, "held", "held"), ["cancelled"], "and ended by itself")


if __name__ == "__main__":
    main()
