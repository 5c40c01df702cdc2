"""One honest client among abusive ones: slow connections, expensive requests,
many clients on each expensive route, a rebound name. Prints the honest client's 95th percentile and the
server's peak memory above idle for each, and reports exceeded limits.

    python3 bench/load.py --jobtide target/release/jobtide [--store FOLDER] [--postings 20000]

Only 127.0.0.1 is loaded. Without --store, a store of generated postings is created in a temporary folder.
Linux: memory is read from /proc. 1,500 connections need as many open files: the script raises its limit.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TILES = "/api/v1/tiles?tiles=postings,role_experience,keywords,provinces"
MOST_MS, MOST_MB = 30, 200
PAUSE = 0.02  # between two requests of the honest client
FORK = multiprocessing.get_context("fork")

HALF = b"GET /api/v1/build HTTP/1.1\r\nhost: localhost\r\nx-half"
BODY = (b"POST /api/v1/query HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n{")


class Server:
    """`jobtide serve` on a free port."""

    def __init__(self, jobtide, store):
        environment = dict(os.environ, JOBTIDE__STORAGE__URL=str(store))
        self.process = subprocess.Popen([jobtide, "--config", os.devnull, "serve", "--listen", "127.0.0.1:0"],
                                        stderr=subprocess.PIPE, text=True, env=environment)
        for line in self.process.stderr:
            if "serving http://" in line:
                self.port = int(line.split("serving http://")[1].split()[0].rsplit(":", 1)[1])
                break
        else:
            raise SystemExit("the server did not start")
        threading.Thread(target=lambda: [None for _ in self.process.stderr], daemon=True).start()

    def memory_mb(self):
        """Resident memory of the server, and private memory of its query processes, which are the same
        program and share its pages."""
        mb = self.own_memory_mb()
        for pid in children(self.process.pid):
            try:
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            own = re.findall(r"^Rss(?:Anon|Shmem):\s+(\d+) kB", status, re.MULTILINE)
            mb += sum(map(int, own)) / 1024
        return mb

    def own_memory_mb(self):
        statm = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text()
        return int(statm.split()[1]) * resource.getpagesize() / (1 << 20)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        began = time.perf_counter()
        self.process.wait(timeout=60)
        return time.perf_counter() - began


def children(pid):
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def get(port, path, headers=None, connection=None):
    connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    return answer.status, answer.read()


class Honest(threading.Thread):
    """Requests tiles, every other time on a new connection, and measures the time."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.took, self.failed, self.ended = port, [], [], threading.Event()

    def run(self):
        kept, number = None, 0
        while not self.ended.is_set():
            number += 1
            # A response that no other client has requested.
            path = f"{TILES}&from=2020-01-{number % 28 + 1:02}&q={number}" if number % 4 == 0 else TILES
            began = time.perf_counter()
            try:
                if number % 2 or kept is None:
                    kept = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                status, _ = get(self.port, path, {"accept-encoding": "gzip"}, kept)
                if status != 200:
                    self.failed.append(status)
            except (OSError, http.client.HTTPException) as error:
                # Any server may close an idle connection between two requests.
                if number % 2:
                    self.failed.append(type(error).__name__)
                kept = None
                continue
            self.took.append((time.perf_counter() - began) * 1000)
            time.sleep(PAUSE)


class Memory(threading.Thread):
    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.peak, self.peak_all, self.ended = server, 0, 0, threading.Event()

    def run(self):
        while not self.ended.is_set():
            self.peak = max(self.peak, self.server.own_memory_mb())
            self.peak_all = max(self.peak_all, self.server.memory_mb())
            time.sleep(0.05)


def slow(count):
    """Connections that send half a request, nothing, half a body, or read nothing; a second after one is
    closed, it is opened again."""
    def load(port, until):
        texts = [HALF, b"", BODY % 1000, BODY % 2_000_000, b"GET /api/v1/postings.csv HTTP/1.1\r\nhost: localhost\r\n\r\n"]

        def hold(numbers):
            held, closed = {}, {}
            while time.perf_counter() < until:
                for number in numbers:
                    if time.perf_counter() >= until:
                        break
                    try:
                        if number not in held:
                            if time.perf_counter() < closed.get(number, 0) + 1:
                                continue
                            connection = socket.create_connection(("127.0.0.1", port), timeout=5)
                            connection.settimeout(0)
                            held[number] = connection
                            connection.send(texts[number % len(texts)])
                        elif number % len(texts) < 4 and held[number].recv(4096) == b"":
                            raise ConnectionResetError
                    except BlockingIOError:
                        pass
                    except OSError:
                        closed[number] = time.perf_counter()
                        if number in held:
                            held.pop(number).close()
                time.sleep(0.05)
            for connection in held.values():
                connection.close()
        run([lambda numbers=range(start, count, 4): hold(numbers) for start in range(4)])
    return load


def at_once(paths):
    """Every path by a separate client, all at the same time."""
    def load(port, _):
        statuses = {}
        lock = threading.Lock()

        def ask(path):
            try:
                status, _ = get(port, path, {"accept-encoding": "gzip"})
            except (OSError, http.client.HTTPException) as error:
                status = type(error).__name__
            with lock:
                statuses[status] = statuses.get(status, 0) + 1
        run([lambda path=path: ask(path) for path in paths])
        return statuses
    return load


def many(clients, make, method="GET"):
    """A number of clients, each with one request after the other."""
    def load(port, until):
        statuses = {}
        lock = threading.Lock()

        def visit(number):
            turn, connection = 0, None
            while time.perf_counter() < until:
                turn += 1
                path = make(number * 1000 + turn)
                try:
                    connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=120)
                    if method == "GET":
                        connection.request("GET", path, headers={"accept-encoding": "gzip"})
                    else:
                        body = json.dumps({"sql": path, "limit": 100_000})
                        connection.request("POST", "/api/v1/query", body, {"content-type": "application/json"})
                    answer = connection.getresponse()
                    answer.read()
                    status = answer.status
                except (OSError, http.client.HTTPException) as error:
                    connection, status = None, type(error).__name__
                with lock:
                    statuses[status] = statuses.get(status, 0) + 1
                if status == 429:
                    # A polite client waits longer; every client waits.
                    time.sleep(0.05)
        run([lambda number=number: visit(number) for number in range(clients)])
        return statuses
    return load


def elsewhere(load, port, until):
    """The statuses of a load that runs in a separate process, so that its threads do not delay the honest client's."""
    answers = FORK.SimpleQueue()
    process = FORK.Process(target=lambda: answers.put(load(port, until)), daemon=True)
    process.start()
    statuses = answers.get()
    process.join()
    return statuses


def run(works):
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def percentile(took, share):
    return sorted(took)[min(len(took) - 1, int(len(took) * share))] if took else float("nan")


def rebound(port):
    """The responses to a page of another site that points its name at this server (DNS rebinding)."""
    wrong = []
    for path in ["/", TILES, "/api/v1/postings.csv", "/api/v1/tables"]:
        status, _ = get(port, path, {"host": "evil.example"})
        if status != 421:
            wrong.append(f"{path} answered {status} to evil.example")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = json.dumps({"sql": "select 1"})
    for headers, expected in [({"host": "evil.example"}, 421), ({"origin": "https://evil.example"}, 403)]:
        connection.request("POST", "/api/v1/query", body, {"content-type": "application/json", **headers})
        answer = connection.getresponse()
        answer.read()
        if answer.status != expected:
            wrong.append(f"a query with {headers} was answered {answer.status}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobtide", required=True)
    parser.add_argument("--store", help="a store with a published build")
    parser.add_argument("--postings", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=10, help="for each kind of load")
    parser.add_argument("--only", help="kinds whose name holds this")
    arguments = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    with tempfile.TemporaryDirectory() as folder:
        store = arguments.store
        if store is None:
            store = pathlib.Path(folder) / "demo"
            print(f"making a store of {arguments.postings:,} postings", file=sys.stderr)
            subprocess.run([arguments.jobtide, "demo", "--once", "--postings", str(arguments.postings), "--folder",
                            str(store)], check=True, stderr=subprocess.DEVNULL, cwd=folder)
        passed = measure(arguments, store)
    raise SystemExit(0 if passed else 1)


def measure(arguments, store):
    server = Server(arguments.jobtide, store)
    port = server.port
    rows = json.loads(get(port, "/api/v1/postings?limit=500")[1])["rows"]
    ids = [row["id"] for row in rows]
    ids += [row["id"] for row in json.loads(get(port, "/api/v1/postings?limit=500&offset=500")[1])["rows"]]
    tables = [table["name"] for table in json.loads(get(port, "/api/v1/tables")[1])["tables"] if table["served"]]
    get(port, TILES)
    time.sleep(1)
    idle = server.own_memory_mb()
    wide = "select concat(title, repeat('x', 2000)) as text from raw_data.recruits"
    loads = [
        ("nothing else", lambda port, until: time.sleep(max(0, until - time.perf_counter()))),
        ("1,500 slow clients", slow(1500)),
        ("400 details at once", at_once([f"/api/v1/postings/{ids[n % len(ids)]}" for n in range(400)])),
        ("400 files at once", at_once(["/api/v1/postings.csv"] * 400)),
        ("50 clients: details", many(50, lambda n: f"/api/v1/postings/{ids[n * 7919 % len(ids)]}")),
        ("50 clients: unknown details", many(50, lambda n: f"/api/v1/postings/{n}")),
        ("50 clients: list of tables", many(50, lambda n: "/api/v1/tables")),
        ("50 clients: tables", many(50, lambda n: f"/api/v1/tables/{tables[n % len(tables)]}.{['json', 'csv', 'parquet', 'arrow'][n % 4]}")),
        ("50 clients: postings.csv", many(50, lambda n: "/api/v1/postings.csv")),
        ("50 clients: postings.parquet", many(50, lambda n: "/api/v1/postings.parquet")),
        ("50 clients: pages of postings", many(50, lambda n: f"/api/v1/postings?limit=500&sort=title&offset={n % 5000}&q={n % 50}")),
        ("50 clients: facets", many(50, lambda n: f"/api/v1/facets?dimension=skill&dimension=district&contains={n % 10}")),
        ("50 clients: explain", many(50, lambda n: "/api/v1/tiles/keywords/explain")),
        ("50 clients: models", many(50, lambda n: "/api/v1/models")),
        ("50 clients: other builds", many(50, lambda n: f"{TILES}&build={n % 20}")),
        ("50 clients: SQL", many(50, lambda n: wide, method="POST")),
    ]
    print(f"idle: {idle:.0f} MB\n\n| beside | requests | p50 ms | p95 ms | longest ms | peak MB above idle | with queries' processes | answers |")
    print("|---|---:|---:|---:|---:|---:|---:|---|")
    passed = True
    for name, load in loads:
        if arguments.only and arguments.only not in name:
            continue
        honest, memory = Honest(port), Memory(server)
        honest.start()
        memory.start()
        statuses = elsewhere(load, port, time.perf_counter() + arguments.seconds)
        honest.ended.set()
        memory.ended.set()
        honest.join()
        memory.join()
        p95, above = percentile(honest.took, 0.95), memory.peak - idle
        fine = p95 <= MOST_MS and above <= MOST_MB and not honest.failed
        passed = passed and fine
        print(f"| {name} | {len(honest.took)} | {percentile(honest.took, 0.5):.1f} | {p95:.1f} | {max(honest.took, default=0):.0f}"
              f" | {above:.0f} | {memory.peak_all - idle:.0f} | {statuses or ''}{'' if fine else ' **too much**'}"
              f"{' honest: ' + str(honest.failed[:3]) if honest.failed else ''} |", flush=True)
        time.sleep(1)
    wrong = rebound(port)
    print("\na rebound name: " + ("; ".join(wrong) if wrong else "nothing is answered"))
    seconds = server.stop()
    print(f"stopped in {seconds:.1f} s; limits: p95 <= {MOST_MS} ms, <= {MOST_MB} MB above idle")
    return passed and not wrong and seconds < 15


if __name__ == "__main__":
    main()
