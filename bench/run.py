#!/usr/bin/env python3
"""Measures jobtide and prints tables; `make bench` calls it. The figures and their meaning are in
docs/benchmarks.md.

Everything it needs is created in a cache folder: a Python environment with the peer, the helper programs
and the generated landings. The peer runs alternately with jobtide, so that both see the same machine; a
ratio compares adjacent runs. It ends the processes that it starts and writes nothing else.
"""

import argparse
import csv
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import dashboard

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
VISUAL = [
    f"{folder}.{path.stem}"
    for folder in ("visual_tables", "adhoc")
    for path in sorted((ROOT / "pipeline" / folder).glob("*.sql"))
]
# The tables of the lean peer: all except public data and the flow, which need more fields of each posting.
LEAN = [name for name in VISUAL if name.split(".")[1] not in {"certifications", "google_trends", "posting_flow"}]
LANDED = ("2022-01-01T00:00:00Z", "2024-01-01T00:00:00Z")
NEXT_HOUR = ("2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z")
SECTIONS = ["build", "saved", "windows", "increment", "syncing", "collect", "demo", "serve", "dashboard", "page", "json"]


class Run:
    """One process: wall and CPU seconds, peak memory in MB."""

    def __init__(self, command, environment=None):
        self.output = ""
        began = time.perf_counter()
        with tempfile.TemporaryFile("w+") as log:
            process = subprocess.Popen(
                [str(part) for part in command],
                env={**os.environ, **(environment or {})},
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
            _, status, usage = os.wait4(process.pid, 0)
            self.wall = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            log.seek(0)
            self.output = log.read()
        self.cpu = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss / 1024
        if process.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{self.output[-3000:]}")


def spread(values, unit=""):
    values = list(values)
    return f"{statistics.median(values):.2f}{unit} ({min(values):.2f}–{max(values):.2f})"


def table(title, head, rows):
    print(f"\n### {title}\n")
    print("| " + " | ".join(head) + " |")
    print("|" + " --- |" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    sys.stdout.flush()


class Bench:
    def __init__(self, options):
        self.options = options
        self.jobtide = options.jobtide.resolve()
        if not self.jobtide.exists():
            sys.exit(f"`{self.jobtide}` is not there\nhint: cargo build --release --workspace --bins")
        self.cache = (options.cache or self.jobtide.parent.parent / "bench").resolve()
        self.cache.mkdir(parents=True, exist_ok=True)
        self.examples = self.jobtide.parent / "examples"
        self.scratch = Path(tempfile.mkdtemp(prefix="run-", dir=self.cache))

    # Prerequisites, created once.

    def prepare(self):
        self.python = self.cache / "python" / "bin" / "python"
        if not self.python.exists():
            say("making a Python environment with DuckDB")
            subprocess.run([sys.executable, "-m", "venv", self.cache / "python"], check=True)
        pip = [self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", BENCH / "requirements.txt"], check=True)
        wanted = {"build", "saved", "windows", "increment", "syncing", "dashboard", "json"} & set(self.options.only)
        if not wanted:
            return
        profile = ["--release"] if self.jobtide.parent.name == "release" else []
        examples = ["--example", "land_generated", "--example", "decode_speed"]
        environment = {**os.environ, "CARGO_TARGET_DIR": str(self.jobtide.parent.parent)}
        say("building the helper programs")
        subprocess.run(
            ["cargo", "build", "--quiet", "--locked", "--workspace", *profile, *examples],
            cwd=ROOT, env=environment, check=True,
        )

    def landing(self, postings):
        """A store that holds only a landing; made whole or not at all."""
        folder = self.cache / f"landing-{postings}"
        if not folder.exists():
            say(f"generating {postings:,} postings")
            made = self.scratch / "landing"
            self.land(made, postings, *LANDED, hours=24, seed=1)
            made.rename(folder)
        return folder

    def land(self, folder, postings, start, end, hours, seed):
        command = [self.examples / "land_generated", folder, "--postings", postings, "--seed", seed]
        Run([*command, "--start", start, "--end", end, "--hours", hours])

    def store(self, postings, name="store"):
        """A fresh store over a landing: bodies are linked, they never change."""
        folder = self.scratch / name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.landing(postings), folder, copy_function=os.link)
        return folder

    def settings(self, store):
        return {"JOBTIDE__STORAGE__URL": str(store)}

    # Measurements.

    def build(self):
        rows = []
        for postings in self.options.sizes:
            ours, theirs, lean, equal = [], [], [], set()
            for _ in range(self.options.runs):
                store = self.store(postings)
                ours.append(Run([self.jobtide, "--quiet", "build"], self.settings(store)))
                out = self.scratch / "peer"
                shutil.rmtree(out, ignore_errors=True)
                theirs.append(Run([self.python, BENCH / "duckdb_peer.py", store, out]))
                answers = self.scratch / "lean"
                shutil.rmtree(answers, ignore_errors=True)
                lean.append(Run([self.python, BENCH / "duckdb_lean.py", store, answers, *LEAN]))
                if len(ours) == 1:
                    equal = f"{self.compare(store, out, VISUAL)}; lean {self.compare(store, answers, LEAN)}"
            ratios = [their.wall / our.wall for our, their in zip(ours, theirs)]
            lean_ratios = [their.wall / our.wall for our, their in zip(ours, lean)]
            busy = [their.cpu / our.cpu for our, their in zip(ours, theirs)]
            rows.append([
                f"{postings:,}",
                spread(run.wall for run in ours),
                spread(run.wall for run in theirs),
                spread(ratios, "×"),
                spread(run.wall for run in lean),
                spread(lean_ratios, "×"),
                f"{statistics.median(r.cpu for r in ours):.2f} / {statistics.median(r.cpu for r in theirs):.2f}",
                spread(busy, "×"),
                f"{max(run.memory for run in ours):.0f}",
                f"{max(run.memory for run in theirs):.0f}",
                equal,
            ])
        table(
            "Landing to published tables",
            ["postings", "jobtide s", "DuckDB s", "DuckDB ÷ jobtide", "lean DuckDB s", "lean ÷ jobtide", "CPU s, jobtide / DuckDB",
             "CPU ratio", "jobtide MB", "DuckDB MB", "answers equal"],
            rows,
        )

    def compare(self, store, out, compared):
        """Every answer of both, cell by cell; says how many tables are equal, and which are not."""
        different = []
        for name in compared:
            schema, plain = name.split(".")
            theirs = rows((out / schema / f"{plain}.csv").read_text(encoding="utf-8"))
            columns = ", ".join(theirs[0])
            query = f"select {columns} from {name}"
            command = [self.jobtide, "--quiet", "query", query, "--format", "csv", "--limit", "1000000"]
            ours = rows(Run(command, self.settings(store)).output)
            if sorted(ours) != sorted(theirs):
                different.append(name)
        same = f"{len(compared) - len(different)} of {len(compared)}"
        return same + (f"; not {', '.join(different)}" if different else "")

    def saved(self):
        """The same postings saved as one file of lines and as 100: landed, and built."""
        postings = min(max(self.options.sizes), 150_000)  # A JSON lines file may have 256 MiB.
        forms = {"one `.jsonl`": 1, "100 `.jsonl`": 100}
        self.write_saved(postings, forms.values())
        found = {what: ([], []) for what in forms}
        for number in range(self.options.runs):
            for what, parts in forms.items():
                files = sorted((self.scratch / f"saved-{parts}").glob("*.jsonl"))
                # A new folder: file systems reuse recently deleted space slowly.
                store = self.scratch / f"landed-{parts}-{number}"
                for command, runs in zip((["land", "saramin", *files], ["build"]), found[what]):
                    runs.append(Run([self.jobtide, "--quiet", *command], self.settings(store)))
        table(
            f"{postings:,} saved postings",
            ["saved as", "`land` s", "`build` s", "`build` CPU s"],
            [
                [what, spread(run.wall for run in landed), spread(run.wall for run in built),
                 f"{statistics.median(run.cpu for run in built):.2f}"]
                for what, (landed, built) in found.items()
            ],
        )

    def write_saved(self, postings, forms):
        """Postings in so many files of lines each."""
        lines = self.saved_lines(postings)
        for parts in forms:
            folder = self.scratch / f"saved-{parts}"
            folder.mkdir()
            each = -(-len(lines) // parts)
            for number in range(parts):
                part = lines[number * each : (number + 1) * each]
                (folder / f"{number:03}.jsonl").write_bytes(b"".join(part))

    def saved_lines(self, postings):
        """Postings of the generated landing, one a line."""
        reader = "import sys, json, zstandard\n" \
            "for path in sys.argv[1:]:\n" \
            "    with open(path, 'rb') as stored:\n" \
            "        body = zstandard.ZstdDecompressor().stream_reader(stored).read()\n" \
            "    for record in json.loads(body)['jobs']['job']:\n" \
            "        print(json.dumps(record, ensure_ascii=False, separators=(',', ':')))\n"
        bodies = sorted(self.landing(max(self.options.sizes)).glob("landing/*/*/*/*/*.json.zst"))
        read = subprocess.run([self.python, "-c", reader, *bodies], capture_output=True, check=True)
        return read.stdout.splitlines(keepends=True)[:postings]

    def windows(self):
        """Many windows: landed one by one, and there when a run begins."""
        record = json.loads(self.saved_lines(1)[0])
        files = self.scratch / "small"
        files.mkdir()
        for number in range(10_000):
            record["id"] = str(50_000_000 + number)
            answer = {"jobs": {"count": 1, "start": 0, "total": "1", "job": [record]}}
            (files / f"{number:05}.json").write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
        lines = []
        for count in (1_000, 10_000):
            landed, again = [], []
            for number in range(self.options.runs):
                settings = self.settings(self.scratch / f"windows-{count}-{number}")
                land = [self.jobtide, "--quiet", "land", "saramin", *sorted(files.glob("*.json"))[:count]]
                landed.append(Run(land, settings))
                again.append(Run(land, settings))
            each = 1000 * statistics.median(run.wall for run in landed) / count
            lines.append([f"{count:,}", spread(run.wall for run in landed), f"{each:.2f}",
                          spread(run.wall for run in again)])
        table("Saved files landed, each a window", ["files", "`land` s", "ms a file", "the same again s"], lines)

        lines = []
        for count, hours in [(730, 24), (8_760, 2)]:
            base = self.scratch / f"base-{count}"
            self.land(base, 20_000, *LANDED, hours=hours, seed=1)
            whole = Run([self.jobtide, "--quiet", "build"], self.settings(base))
            nothing, collected = [], []
            for number in range(self.options.runs):
                store = self.scratch / f"ran-{count}-{number}"
                shutil.copytree(base, store, copy_function=os.link)
                nothing.append(Run([self.jobtide, "--quiet", "build"], self.settings(store)))
                with self.simulator(10, *NEXT_HOUR, seed=2) as environment:
                    environment |= self.settings(store) | {"JOBTIDE__SOURCES__SARAMIN__SWEEP_DAYS": "0"}
                    collected.append(Run([self.jobtide, "run", "collect_postings"], environment))
            lines.append([f"{count:,}", f"{whole.wall:.2f}", spread(run.wall for run in nothing),
                          spread(run.wall for run in collected)])
        table(
            "20,000 postings in few and in many windows",
            ["windows", "`build`, all of it s", "`build`, nothing new s", "`run`: collect 10, build, publish s"],
            lines,
        )

    def increment(self):
        postings = self.options.increment_on
        base = self.scratch / "base"
        shutil.copytree(self.landing(postings), base, copy_function=os.link)
        Run([self.jobtide, "--quiet", "build"], self.settings(base))
        hour = self.scratch / "hour"
        self.land(hour, 500, *NEXT_HOUR, hours=1, seed=2)

        def fresh():
            store = self.scratch / "incremented"
            shutil.rmtree(store, ignore_errors=True)
            # Files are replaced, never changed in place, so hard links suffice.
            shutil.copytree(base, store, copy_function=os.link)
            return store

        nothing, built, collected, rebuilt = [], [], [], []
        for _ in range(self.options.runs):
            store = fresh()
            nothing.append(Run([self.jobtide, "--quiet", "build"], self.settings(store)))
            shutil.copytree(hour / "landing" / "saramin", store / "landing" / "saramin", dirs_exist_ok=True)
            built.append(Run([self.jobtide, "--quiet", "build"], self.settings(store)))
            store = fresh()
            # Once a day a run also sweeps the last days; these are the other runs.
            with self.simulator(500, *NEXT_HOUR, seed=2) as environment:
                environment |= self.settings(store) | {"JOBTIDE__SOURCES__SARAMIN__SWEEP_DAYS": "0"}
                run = Run([self.jobtide, "run", "collect_postings"], environment)
                if "collected 500 postings" not in run.output:
                    sys.exit(f"the run did not collect the 500 new postings:\n{run.output}")
                collected.append(run)
        table(
            f"One hour with 500 new postings on {postings:,}",
            ["what", "s", "CPU s", "MB"],
            [
                [what, spread(r.wall for r in runs), spread(r.cpu for r in runs), f"{max(r.memory for r in runs):.0f}"]
                for what, runs in [
                    ("`build`, nothing new", nothing),
                    ("`build`, the window landed before", built),
                    ("`run`: collect from the simulator, build, publish", collected),
                ]
            ],
        )

    def syncing(self):
        """The same commands with the system's calls that wait for the disk, and without: strace answers
        these calls itself and stops the program at no other. The seconds within the calls are the most that
        they can cost: some run beside each other, or beside other work."""
        if not shutil.which("strace"):
            sys.exit("`strace` is not there; it answers the calls that wait for the disk")
        calls = "fsync,fdatasync,syncfs,sync_file_range"
        traced = ["strace", "--seccomp-bpf", "-f", "-qq", "-e", f"trace={calls}"]
        counted = self.scratch / "calls"
        synced = [*traced, "-T", "-o", counted]
        not_synced = [*traced, "-e", f"inject={calls}:retval=0", "-o", os.devnull]
        postings = self.options.increment_on
        store = self.store(postings, "built")
        Run([self.jobtide, "--quiet", "build"], self.settings(store))
        found = {"`build`, all of it": ([], []), "`run`: collect one hour, build, publish": ([], [])}
        waits = {what: [] for what in found}
        for _ in range(self.options.runs):
            for what, both in found.items():
                for prefix, runs in zip((synced, not_synced), both):
                    os.sync()  # This run must not wait for earlier writes.
                    if what.startswith("`build`"):
                        fresh = self.store(postings)
                        command, environment = [self.jobtide, "--quiet", "build"], self.settings(fresh)
                        runs.append(Run([*prefix, *command], environment))
                    else:
                        fresh = self.scratch / "incremented"
                        shutil.rmtree(fresh, ignore_errors=True)
                        shutil.copytree(store, fresh, copy_function=os.link)
                        with self.simulator(500, *NEXT_HOUR, seed=2) as environment:
                            environment |= self.settings(fresh) | {"JOBTIDE__SOURCES__SARAMIN__SWEEP_DAYS": "0"}
                            runs.append(Run([*prefix, self.jobtide, "run", "collect_postings"], environment))
                        if "collected 500 postings" not in runs[-1].output:
                            sys.exit(f"the run did not collect the 500 new postings:\n{runs[-1].output}")
                    if prefix is synced:
                        waits[what].append([float(took) for took in re.findall(r" = 0 <([\d.]+)>", counted.read_text())])
        rows = []
        for what, (with_them, without) in found.items():
            costs = [one.wall - other.wall for one, other in zip(with_them, without)]
            shares = [100 * cost / other.wall for cost, other in zip(costs, without)]
            rows.append([
                what, spread(run.wall for run in with_them), spread(run.wall for run in without),
                spread(map(len, waits[what])), spread(map(sum, waits[what])), spread(costs), spread(shares, " %"),
            ])
        table(
            f"What syncing costs, {postings:,} postings",
            ["what", "s", "s, no call waits", "calls", "s in these calls", "cost s", "cost"],
            rows,
        )

    def collect(self):
        lines = []
        for what, faults in [("no faults", "0"), ("one call in five fails", "0.2")]:
            runs = []
            for number in range(self.options.runs):
                store = self.scratch / "collected"
                shutil.rmtree(store, ignore_errors=True)
                with self.simulator(3000, *LANDED, seed=number + 1, faults=faults) as environment:
                    environment |= self.settings(store) | {"JOBTIDE__SOURCES__SARAMIN__SWEEP_DAYS": "0"}
                    command = [self.jobtide, "run", "collect_postings", "--from", "2022-01-01", "--to", "2024-01-02"]
                    runs.append(Run(command, environment))
            calls = [line for line in runs[-1].output.splitlines() if line.startswith("collected")]
            lines.append([what, spread(r.wall for r in runs), calls[0] if calls else ""])
        table("3,000 postings collected over HTTP, built and published", ["", "s, all of it", "the last run"], lines)

    def demo(self):
        folder = self.scratch / "demo"
        command = [self.jobtide, "demo", "--once", "--folder", folder, "--listen", "127.0.0.1:0"]
        runs = [Run(command) for _ in range(self.options.runs)]
        table(
            "Demo: 15,000 postings, from the binary to a filled page",
            ["s", "MB"],
            [[spread(r.wall for r in runs), f"{max(r.memory for r in runs):.0f}"]],
        )
        return folder

    def serve(self):
        folder = self.scratch / "demo"
        if not folder.exists():
            Run([self.jobtide, "demo", "--once", "--folder", folder, "--listen", "127.0.0.1:0"])
        first, one, all_tables = [], [], []
        for _ in range(self.options.runs):
            port = free_port()
            began = time.perf_counter()
            process = subprocess.Popen(
                [str(self.jobtide), "--quiet", "serve", "--listen", f"127.0.0.1:{port}"],
                env={**os.environ, **self.settings(folder)},
            )
            try:
                ask(port, "api/v1/tables/visual_tables.recruit_for_exp", until=began + 30)
                first.append(time.perf_counter() - began)
                one.append(private_memory(process.pid))
                for name in VISUAL:
                    ask(port, f"api/v1/tables/{name}", until=began + 60)
                all_tables.append(private_memory(process.pid))
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(30)
        table(
            "Serve, 15,000 postings",
            ["first answer s", "RssAnon MB after it", f"RssAnon MB after {len(VISUAL)} tables"],
            [[spread(first), spread(one), spread(all_tables)]],
        )

    def dashboard(self):
        lines, loads = [], []
        for postings in self.options.dashboard_on:
            store = self.store(postings)
            Run([self.jobtide, "--quiet", "build"], self.settings(store))
            port = free_port()
            process = subprocess.Popen(
                [str(self.jobtide), "--quiet", "serve", "--listen", f"127.0.0.1:{port}"],
                env={**os.environ, **self.settings(store)},
            )
            try:
                ask(port, "api/v1/build", until=time.perf_counter() + 30)
                before = private_memory(process.pid)
                began = time.perf_counter()
                ask(port, "api/v1/tiles?tiles=postings", until=began + 120)
                loaded, after = time.perf_counter() - began, private_memory(process.pid)
                rows, rate, late = dashboard.measure(port)
                lines += [[f"{postings:,}", *row] for row in rows]
                loads.append([
                    f"{postings:,}", f"{loaded:.1f}", f"{before:.0f}", f"{after:.0f}",
                    f"{private_memory(process.pid):.0f}", f"{rate:.0f}", f"{late:.0f}",
                ])
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(30)
            shutil.rmtree(store, ignore_errors=True)
        table(
            "Dashboard, one visitor",
            ["postings", "what", "median ms", "95 % within ms", "longest ms", "kB"],
            lines,
        )
        table(
            "Dashboard, the image and 16 visitors",
            ["postings", "image loaded s", "RssAnon MB before", "with the image", "after all questions",
             "changes/s of 16 visitors", "95 % of them within ms"],
            loads,
        )

    def page(self):
        """The demo in a real browser: needs Node, and Chromium (CHROMIUM names it)."""
        folder = self.scratch / "demo"
        if not folder.exists():
            Run([self.jobtide, "demo", "--once", "--folder", folder, "--listen", "127.0.0.1:0"])
        say("installing what drives the browser")
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=BENCH / "page", check=True)
        port = free_port()
        process = subprocess.Popen(
            [str(self.jobtide), "--quiet", "serve", "--listen", f"127.0.0.1:{port}"],
            env={**os.environ, **self.settings(folder)},
        )
        try:
            ask(port, "api/v1/tiles?tiles=postings", until=time.perf_counter() + 60)
            address = f"http://127.0.0.1:{port}/"
            measured = Run(["node", BENCH / "page" / "page.js", address, self.options.runs])
            found = json.loads(measured.output[measured.output.index("{"):])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        table(
            "The page in Chromium, 15,000 postings",
            ["what", "median (least–most)"],
            [
                ["first page: charts drawn after navigation, ms", spread(found["first"])],
                ["first page: scripts and styles as sent, kB", spread(size / 1000 for size in found["bytes"])],
                ["100 changes of filter to all charts redrawn, overview, ms", spread(found["change"])],
                ["95 of the 100 within, ms", f"{sorted(found['change'])[94]:.0f}"],
                *[[f"from a page to `{name}`, ms", spread(took)] for name, took in found["further"].items()],
            ],
        )
        table(
            "Lighthouse, desktop",
            ["page", "performance", "accessibility", "best practices"],
            [[score["page"] or "overview", score["performance"], score["accessibility"], score["best-practices"]]
             for score in found["scores"]],
        )

    def json(self):
        store = self.landing(self.options.increment_on)
        bodies = self.cache / "bodies.jsonl"
        if not bodies.exists():
            Run([self.python, BENCH / "bodies.py", store, bodies])
        lines = [["reading the same bytes from disk, cold", disk_rate(bodies)]]
        decode = Run([self.examples / "decode_speed", store, "200", "7"])
        lines += [line.split(": ", 1) for line in decode.output.splitlines()[1:]]
        target = self.cache / "target"
        for flags in ["", "-C target-cpu=native"]:
            folder = target / ("native" if flags else "portable")
            subprocess.run(
                ["cargo", "build", "--quiet", "--locked", "--release", "--manifest-path", BENCH / "json/Cargo.toml"],
                env={**os.environ, "CARGO_TARGET_DIR": str(folder), "RUSTFLAGS": flags}, check=True,
            )
            run = Run([folder / "release" / "json-speed", bodies, "7"])
            mark = " (built for this processor)" if flags else ""
            lines += [[line.split(": ")[0] + mark, line.split(": ")[1]] for line in run.output.splitlines()]
        table("JSON alone", ["what", "GB/s of JSON"], lines)

    def simulator(self, postings, start, end, seed, faults="0"):
        return Simulator(self.jobtide, postings, start, end, seed, faults)

    def run(self):
        try:
            self.prepare()
            print(machine(), f"\n`{self.jobtide.name}` {os.path.getsize(self.jobtide) / 1e6:.0f} MB,",
                  f"{self.jobtide.parent.name} profile, {self.options.runs} runs: median (least–most)")
            for section in SECTIONS:
                if section in self.options.only:
                    getattr(self, section)()
        finally:
            shutil.rmtree(self.scratch, ignore_errors=True)


class Simulator:
    """`jobtide simulate` while the block runs; gives the environment of a collector."""

    def __init__(self, jobtide, postings, start, end, seed, faults):
        self.command = [
            str(jobtide), "--quiet", "simulate", "saramin", "--port", "0", "--postings", str(postings),
            "--start", start, "--end", end, "--seed", str(seed), "--faults", faults, "--daily-quota", "0",
        ]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        # Read to the end, or a full pipe would stop it.
        address = self.process.stdout.readline().strip()
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        if not address:
            sys.exit("the simulator did not start")
        return {
            "JOBTIDE__SOURCES__SARAMIN__BASE_URL": address.removesuffix("/job-search"),
            "JOBTIDE__SOURCES__SARAMIN__DAILY_QUOTA": "100000",
            "SARAMIN_ACCESS_KEY": "bench",
        }

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def rows(text):
    """CSV as tuples: numbers by value, so that `1` and `1.0` are the same."""

    def cell(value):
        try:
            return f"{float(value):.9g}"
        except ValueError:
            return value

    found = [tuple(line) for line in csv.reader(text.splitlines()) if line]
    return [found[0], *(tuple(cell(value) for value in line) for line in found[1:])]


def free_port():
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def ask(port, path, until):
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=30) as answer:
                return answer.read()
        except urllib.error.HTTPError:
            raise
        except OSError:
            if time.perf_counter() > until:
                raise
            time.sleep(0.005)


def private_memory(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1024
    return 0.0


def disk_rate(path):
    rates = []
    for _ in range(5):
        with open(path, "rb", buffering=0) as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            began, total, buffer = time.perf_counter(), 0, bytearray(1 << 22)
            while read := file.readinto(buffer):
                total += read
            rates.append(total / 1e9 / (time.perf_counter() - began))
    return f"{statistics.median(rates):.2f} GB/s median, {max(rates):.2f} GB/s best"


def machine():
    cpu = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()
    return (
        f"{os.cpu_count()} cores ({cpu}), {memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"load {load[0]:.1f} before the start"
    )


def say(text):
    print(text, file=sys.stderr, flush=True)


def main():
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--jobtide", type=Path, default=target / "release" / "jobtide", help="the binary to measure")
    arguments.add_argument("--sizes", type=int, nargs="+", default=[20_000, 200_000, 1_000_000])
    arguments.add_argument("--increment-on", type=int, default=200_000, help="postings under the hourly window")
    arguments.add_argument("--dashboard-on", type=int, nargs="+", default=[15_000, 1_000_000])
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS)
    arguments.add_argument("--cache", type=Path, help="kept between runs [default: bench beside the binary's profile]")
    Bench(arguments.parse_args()).run()


if __name__ == "__main__":
    main()
