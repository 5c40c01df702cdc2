"""The dashboard's requests, from one visitor and from many: 12 tiles for random filters, searches, pages of
postings. `run.py --only dashboard` starts the server and calls this."""

import http.client
import json
import random
import statistics
import threading
import time
import urllib.parse

# The most expensive page: single figures, groups, cross tables, the longest lists, the flow.
TILES = [
    "postings", "data_jobs", "data_job_share", "mean_minimum_years", "role_experience", "data_job_ratio",
    "data_role_ratio", "keywords", "data_keywords", "industry_categories", "provinces", "flow",
]
DIMENSIONS = [
    "role", "experience", "province", "district", "industry_category", "industry", "skill", "employment_type",
    "education",
]
# Found often, rarely and never; Korean and English; one word and several.
SEARCHES = [
    "데이터 엔지니어", "data engineer", "백엔드", "java", "python 개발자", "서울", "신입", "머신러닝", "웹 개발자",
    "정보보안", "frontend", "유지보수", "클라우드 엔지니어", "없는말없는말", "SQL", "데이터분석", "c++", "팀장",
]


class Client:
    """One visitor with a separate connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def get(self, path):
        self.connection.request("GET", path, headers={"accept": "application/json"})
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}: {body[:500]!r}")
        return body

    def timed(self, path):
        began = time.perf_counter()
        body = self.get(path)
        return time.perf_counter() - began, len(body)


def values(port):
    """Values of each dimension, as the filter bar lists them."""
    query = "&".join(f"dimension={name}" for name in DIMENSIONS)
    facets = json.loads(Client(port).get(f"/api/v1/facets?{query}&limit=300"))["facets"]
    return {name: [facet["value"] for facet in facets[name] if facet["count"]] for name in DIMENSIONS}


def filters(chance, known):
    """Filters on one to three dimensions with one to three values each, half of the time with a period."""
    pairs = []
    for name in chance.sample(DIMENSIONS, chance.randint(1, 3)):
        pairs += [(name, value) for value in chance.sample(known[name], min(len(known[name]), chance.randint(1, 3)))]
    if chance.random() < 0.5:
        month = chance.randint(1, 12)
        pairs.append(("from", f"2022-{month:02}-{chance.randint(1, 28):02}"))
    return pairs


def change(chance, known):
    return "/api/v1/tiles?" + urllib.parse.urlencode([("tiles", ",".join(TILES)), *filters(chance, known)])


def search(chance, number):
    # A word that no cache can contain is added to every other one.
    word = chance.choice(SEARCHES)
    return "/api/v1/postings?" + urllib.parse.urlencode({"q": word if number % 2 else f"{word} {number % 10}"})


def page(chance, known, total):
    sort = chance.choice(["posting_date", "title", "company", "minimum_years", "views", "applications"])
    pairs = filters(chance, known) if chance.random() < 0.5 else []
    pairs += [("sort", sort), ("order", chance.choice(["asc", "desc"])), ("offset", chance.randrange(total))]
    return "/api/v1/postings?" + urllib.parse.urlencode(pairs)


def percentile(durations, share):
    return sorted(durations)[min(len(durations) - 1, int(len(durations) * share))]


def one_visitor(port, paths):
    client = Client(port)
    answers = [client.timed(path) for path in paths]
    took = [seconds * 1000 for seconds, _ in answers]
    sizes = [size for _, size in answers]
    return (f"{statistics.median(took):.1f}", f"{percentile(took, 0.95):.1f}", f"{max(took):.1f}",
            f"{statistics.median(sizes) / 1000:.0f}")


def many_visitors(port, make, visitors, seconds):
    """Requests per second of all visitors together, and the 95th percentile of a request in ms."""
    took, lock = [], threading.Lock()
    end = time.perf_counter() + seconds

    def visit(number):
        chance, client, mine = random.Random(number), Client(port), []
        while time.perf_counter() < end:
            mine.append(client.timed(make(chance))[0] * 1000)
        with lock:
            took.extend(mine)

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(visitors)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(took) / (time.perf_counter() - began), percentile(took, 0.95)


def measure(port, seconds=15, requests=300):
    """Rows for the table: what, median ms, 95th percentile ms, longest ms, kB; and the load of many."""
    known = values(port)
    total = json.loads(Client(port).get("/api/v1/postings?limit=1"))["total"]
    chance = random.Random(7)
    rows = [
        ["12 tiles, random filters", *one_visitor(port, [change(chance, known) for _ in range(requests)])],
        ["12 tiles, no filter", *one_visitor(port, ["/api/v1/tiles?tiles=" + ",".join(TILES)] * 20)],
        ["search in titles, companies, keywords", *one_visitor(port, [search(chance, n) for n in range(requests)])],
        ["a page anywhere in the sorted list", *one_visitor(port, [page(chance, known, total) for _ in range(requests)])],
    ]
    rate, late = many_visitors(port, lambda own: change(own, known), 16, seconds)
    return rows, rate, late
