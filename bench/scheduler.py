#!/usr/bin/env python3
"""What the scheduler of the program costs: a chain of 40 child processes, the time from `jobtide dags run` to
the first task, and commands on a history of 100,000 runs. The engine by itself is measured by
`cargo bench --workspace --bench engine`, memory and idle time by `bench/soak.py`.

    python3 bench/scheduler.py --jobtide target/release/jobtide [--runs 20] [--peer PYTHON]

`--peer` is a Python with `prefect`: the same chain, each task `fibo(10)`, in one process.
"""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import signal
import sqlite3
import statistics
import subprocess
import tempfile
import time

TASKS, HISTORY = 40, 100_000
FILL = """
insert into runs with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < {count})
select printf('20200101T000000.%06dZ-%08x', n, n), dag, trigger, interval_from, interval_to, started_at, ended_at,
       outcome, process_id, parameters, slot, resumed, cancel_asked_at
from numbers, (select * from runs where id = '{run}');
insert into steps select runs.id, position, task, steps.outcome, steps.started_at, steps.ended_at, attempts, rows,
       bytes, note, errors, output_type, output, error_class, nothing_follows
from runs, steps where run_id = '{run}' and runs.id <> '{run}';
"""
PEER = """
import time
from prefect import flow, task

def fibo(n):
    return n if n < 2 else fibo(n - 1) + fibo(n - 2)

times = []

@task
def step(_):
    times.append(time.time())
    fibo(10)
    times.append(time.time())

@flow
def chain():
    last = None
    for _ in range(40):
        last = step(last)

began = time.time()
chain()
print("took", max(times) - min(times), time.time() - began)
"""


class Place:
    """A folder with a store and two DAGs."""

    def __init__(self, jobtide, folder):
        self.jobtide, self.folder = jobtide, folder
        own = folder / "own/dags"
        own.mkdir(parents=True)
        (folder / "jobtide.toml").write_text('[storage]\nurl = "store"\n[pipeline]\nfolder = "own"\n')
        (own / "collect_postings.toml").write_text(
            "what = ''\n[[tasks]]\nname = 'a'\nkind = 'collect'\nwith = { source = 'saramin' }\n")
        for name, tasks in [("chain", TASKS), ("short", 4)]:
            (own / f"{name}.toml").write_text("what = ''\n" + "".join(
                f"[[tasks]]\nname = 'task {number}'\nkind = 'command'\nwith = {{ program = 'true' }}\n"
                + (f"after = ['task {number - 1}']\n" if number else "") for number in range(tasks)))

    def run(self, *arguments):
        environment = dict(os.environ, SARAMIN_ACCESS_KEY="bench-key-0123456789")
        return subprocess.run([self.jobtide, *arguments], cwd=self.folder, env=environment, check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout

    @contextlib.contextmanager
    def up(self):
        process = subprocess.Popen([self.jobtide, "--quiet", "up", "--listen", "127.0.0.1:0"], cwd=self.folder,
                                   env=dict(os.environ, SARAMIN_ACCESS_KEY="bench-key-0123456789"))
        time.sleep(3)
        yield
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)

    def last(self):
        return json.loads(self.run("runs", "list", "--limit", "1", "--json"))["runs"]


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def say(what, times):
    times = sorted(times)
    p99 = times[min(len(times) - 1, len(times) * 99 // 100)]
    print(f"| {what} | {statistics.median(times) * 1000:.0f} | {p99 * 1000:.0f} | {times[-1] * 1000:.0f} | {len(times)} |",
          flush=True)


def ended(place, before):
    """The next run, once it has ended."""
    while True:
        found = place.last()
        if found and found[0]["id"] not in before and found[0]["ended_at"]:
            before.add(found[0]["id"])
            return found[0]
        time.sleep(0.05)


def chains(place, count):
    took, first, seen = [], [], set()
    with place.up():
        for _ in range(count):
            began = time.time()
            place.run("dags", "run", "chain")
            run = ended(place, seen)
            took.append(seconds(run["ended_at"]) - seconds(run["started_at"]))
            first.append(seconds(run["steps"][0]["started_at"]) - began)
    say(f"a chain of {TASKS} child processes", took)
    say("start of `jobtide dags run` → start of the first task", first)


def history(place, count):
    place.run("run", "short")
    run = place.last()[0]["id"]
    state = place.folder / "store/state/jobtide.db"
    with contextlib.closing(sqlite3.connect(state)) as database:
        database.executescript(FILL.format(count=HISTORY, run=run))
        database.execute("pragma wal_checkpoint(truncate)")
    print(f"| {HISTORY:,} runs of 4 tasks: {state.stat().st_size / 1e6:.0f} MB | | | | |")
    for arguments in [["--version"], ["status"], ["runs", "list"], ["runs", "show", run], ["dags", "list"], ["dags", "run", "short"]]:
        took = []
        for _ in range(count):
            began = time.perf_counter()
            place.run(*arguments)
            took.append(time.perf_counter() - began)
        say("`jobtide " + " ".join("ID" if part == run else part for part in arguments) + "`", took)


def peer(python, count):
    inside, outside = [], []
    for _ in range(count):
        # Its own limit is too short for a busy machine.
        environment = dict(os.environ, PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS="300")
        shown = subprocess.run([python, "-c", PEER], check=True, text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, env=environment).stdout
        *_, first, whole = shown.split()
        inside.append(float(first))
        outside.append(float(whole))
    say(f"Prefect: from the first start to the last end of {TASKS} tasks in one process", inside)
    say("Prefect: the same with its server", outside)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobtide", required=True, type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--peer", help="a Python with prefect")
    arguments = parser.parse_args()
    print("| | median ms | p99 ms | longest ms | of |\n|---|---:|---:|---:|---:|")
    for measure in [chains, history]:
        with tempfile.TemporaryDirectory() as folder:
            measure(Place(arguments.jobtide, pathlib.Path(folder)), arguments.runs)
    if arguments.peer:
        peer(arguments.peer, min(arguments.runs, 3))


if __name__ == "__main__":
    main()
