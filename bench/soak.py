#!/usr/bin/env python3
"""`jobtide up` for half an hour with accelerated schedules: six DAGs each second, and one that collects from
the simulator and builds every 20 seconds. Samples private memory, open files, threads, the state file and
the store, and then the idle process; prints the curve as CSV, and a table with what exceeds its budget.

    python3 bench/soak.py --jobtide target/release/jobtide [--minutes 30] [--curve curve.csv]

Linux: figures of the process are read from /proc. Everything is in a temporary folder.
"""

import argparse
import contextlib
import csv
import datetime
import os
import pathlib
import re
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

MEMORY_MB, IDLE_CPU_PERCENT, RUNS = 100, 0.5, 10_000
# From the end of the first third on: the program and its caches are warm then. Threads for blocking calls
# come and go.
GROWTH = {"memory_mb": 10, "open_files": 8, "threads": 32}
STATE_BYTES_PER_RUN, STATE_BYTES = 2_500, 12 << 20
IDLE_SECONDS = 60

SECOND = "schedule = { cron = '* * * * * *', time_zone = 'Asia/Seoul' }\ncatch_up = 'all'\nmax_active_runs = 4\n"
NOW = "kind = 'wait_until'\nwith = { after_interval_seconds = 0 }\n"
DAGS = {
    "plain": SECOND + f"[[tasks]]\nname = 'a'\n{NOW}[[tasks]]\nname = 'b'\nafter = ['a']\n{NOW}produces = ['soaked']\n",
    "mapped": SECOND + f"[[tasks]]\nname = 'a'\n{NOW}mapped = ['x', 'y', 'z']\n",
    "pooled": SECOND + f"[[tasks]]\nname = 'a'\n{NOW}pool = 'narrow'\n",
    "program": SECOND + "[[tasks]]\nname = 'a'\nkind = 'command'\nwith = { program = 'true' }\n",
    "failing": SECOND + "[[tasks]]\nname = 'a'\nkind = 'command'\nwith = { program = 'false' }\n",
    "triggers": SECOND + "[[tasks]]\nname = 'a'\nkind = 'trigger'\nwith = { dag = 'triggered' }\n",
    "triggered": f"[[tasks]]\nname = 'a'\n{NOW}",
    "by_data": f"schedule = {{ on = ['soaked'] }}\n[[tasks]]\nname = 'a'\n{NOW}",
}
COLLECT = """what = 'Collects and builds.'
schedule = { cron = '*/20 * * * * *', time_zone = 'Asia/Seoul' }

[[tasks]]
name = 'collect'
kind = 'collect'
with = { source = 'saramin' }

[[tasks]]
name = 'build'
kind = 'build'
after = ['collect']
"""
SETTINGS = """[storage]
url = "store"
[pipeline]
folder = "own"
[sources.saramin]
base_url = "{url}"
start = "{start}"
daily_quota = 1000000
"""


@contextlib.contextmanager
def started(command, folder):
    """The process, and the address after `http://` in its messages."""
    environment = dict(os.environ, SARAMIN_ACCESS_KEY="soak-key-0123456789")
    process = subprocess.Popen(command, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True,
                               cwd=folder, env=environment)
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if "http://" in line:
                address = re.search(r"http://[0-9.:]+", line)
                break
        else:
            raise SystemExit("it did not start: " + "".join(said))
        threading.Thread(target=lambda: [None for _ in process.stdout], daemon=True).start()
        yield process, address[0]
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()


def memory(pid):
    """Private memory in MB: all of it, the read pages of the program's file included, and what cannot be dropped."""
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    kilobytes = dict(re.findall(r"^(\w+):\s+(\d+) kB", rollup, re.MULTILINE))
    private = sum(int(size) for name, size in kilobytes.items() if name.startswith("Private_"))
    return round(private / 1024, 1), round(int(kilobytes["Anonymous"]) / 1024, 1)


def cpu_seconds(pid):
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, stat[11:15])) / os.sysconf("SC_CLK_TCK")


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def size(folder):
    total = 0
    # Leaves out folders that go meanwhile.
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.stat(os.path.join(parent, name)).st_size
    return total


def runs(state):
    with contextlib.closing(sqlite3.connect(f"file:{state}?mode=ro", uri=True, timeout=10)) as database:
        ended, open_ = database.execute("select sum(outcome <> 'running'), sum(outcome = 'running') from runs").fetchone()
        return ended or 0, open_ or 0, database.execute("select count(*) from queue").fetchone()[0]


def sample(pid, began, folder):
    private, anonymous = memory(pid)
    state = folder / "store/state/jobtide.db"
    ended, open_, queued = runs(state)
    state_bytes = sum(path.stat().st_size for path in state.parent.glob("jobtide.db*") if path.is_file())
    return {
        "seconds": round(time.monotonic() - began, 1),
        "runs": ended,
        "open_runs": open_,
        "queued": queued,
        "builds": len(list((folder / "store/builds").glob("*"))),
        "memory_mb": private,
        "anonymous_mb": anonymous,
        "open_files": len(os.listdir(f"/proc/{pid}/fd")),
        "threads": threads(pid),
        "cpu_seconds": round(cpu_seconds(pid), 1),
        "state_mb": round(state_bytes / 1e6, 2),
        "store_mb": round(size(folder / "store") / 1e6, 1),
    }


def soak(arguments, folder):
    own = folder / "own"
    (own / "dags").mkdir(parents=True)
    for name, text in DAGS.items():
        (own / f"dags/{name}.toml").write_text("what = 'Soaks.'\n" + text)
    (own / "dags/collect_postings.toml").write_text(COLLECT)
    (own / "pools.toml").write_text("[narrow]\nwhat = ''\nslots = 1\n")
    start = (datetime.date.today() - datetime.timedelta(days=4)).isoformat()
    simulator = [arguments.jobtide, "simulate", "saramin", "--port", "0", "--postings", str(arguments.postings),
                 "--start", start, "--live", "60", "--daily-quota", "0"]
    with started(simulator, folder) as (_, url):
        (folder / "jobtide.toml").write_text(SETTINGS.format(url=url, start=start))
        with started([arguments.jobtide, "up", "--listen", "127.0.0.1:0"], folder) as (process, _):
            return watch(arguments, folder, process.pid)


def watch(arguments, folder, pid):
    curve, began = [], time.monotonic()
    out = csv.DictWriter(arguments.curve, ["seconds", "runs", "open_runs", "queued", "builds", "memory_mb", "anonymous_mb", "open_files",
                                           "threads", "cpu_seconds", "state_mb", "store_mb"])
    out.writeheader()
    while time.monotonic() - began < arguments.minutes * 60:
        time.sleep(min(10, arguments.minutes * 6))
        curve.append(sample(pid, began, folder))
        out.writerow(curve[-1])
        arguments.curve.flush()
    for name in [*DAGS, "collect_postings"]:
        subprocess.run([arguments.jobtide, "dags", "pause", name], cwd=folder, check=True, stderr=subprocess.DEVNULL)
    while sum(runs(folder / "store/state/jobtide.db")[1:]):
        time.sleep(1)
    time.sleep(10)
    before, at = cpu_seconds(pid), time.monotonic()
    time.sleep(IDLE_SECONDS)
    idle = {"cpu_percent": 100 * (cpu_seconds(pid) - before) / (time.monotonic() - at), "memory_mb": memory(pid)[0],
            "anonymous_mb": memory(pid)[1]}
    return curve, idle, sample(pid, began, folder)


def middle(samples, what):
    return statistics.median(one[what] for one in samples)


def report(arguments, curve, idle, last):
    third = max(1, len(curve) // 3)
    warm, end = curve[third: third + max(1, third // 2)], curve[-max(1, third // 2):]
    print(f"\n{last['runs']:,} runs and {last['builds']} kept builds in {arguments.minutes:g} minutes\n")
    print("| | after a third | at the end | budget |\n|---|---:|---:|---|")
    wrong = []
    for what, most in GROWTH.items():
        grew = middle(end, what) - middle(warm, what)
        print(f"| {what} | {middle(warm, what):.0f} | {middle(end, what):.0f} | grows by {most} at most |")
        wrong += [f"{what} grew by {grew:.0f}"] * (grew > most)
    most = STATE_BYTES + STATE_BYTES_PER_RUN * last["runs"]
    print(f"| state_mb | {middle(warm, 'state_mb'):.1f} | {last['state_mb']:.1f} | {most / 1e6:.1f} |")
    wrong += ["the state file is too large"] * (last["state_mb"] * 1e6 > most)
    print(f"| store_mb | {middle(warm, 'store_mb'):.1f} | {last['store_mb']:.1f} | |")
    print(f"| idle afterwards, MB | | {idle['memory_mb']:.0f} | {MEMORY_MB} |")
    print(f"| of these not pages of files, MB | | {idle['anonymous_mb']:.0f} | |")
    print(f"| idle afterwards, % of a core | | {idle['cpu_percent']:.2f} | {IDLE_CPU_PERCENT} |")
    wrong += ["too much memory when idle"] * (idle["memory_mb"] > MEMORY_MB)
    wrong += ["too busy when idle"] * (idle["cpu_percent"] > IDLE_CPU_PERCENT)
    if arguments.minutes >= 30:
        wrong += [f"only {last['runs']} runs"] * (last["runs"] < RUNS)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobtide", required=True, type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--postings", type=int, default=2_000)
    parser.add_argument("--curve", type=argparse.FileType("w"), default=sys.stdout, help="file of the samples")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wrong = report(arguments, *soak(arguments, pathlib.Path(folder)))
    print("\n" + ("; ".join(wrong) or "within all budgets"))
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
