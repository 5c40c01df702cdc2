#!/usr/bin/env python3
"""The leanest script from landed bodies to the named tables, by DuckDB.

Reads only the fields that the tables need, keeps in memory only intermediate tables that several of them
read, and writes the results as CSV to OUT/<schema>/<table>.csv. No versions (the landing of the benchmark
holds each posting once), no company, address, keywords or counters, no dates except the posting date,
no flow over time, no public data, no Parquet, no checks: this is what an analyst would write to get
these figures once. `duckdb_peer.py` does the same work as jobtide.
"""

import argparse
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

import duckdb_peer as peer

CODED = peer.CODED
RECORD = {
    "active": "BIGINT",
    "id": "VARCHAR",
    "position": {
        "title": "VARCHAR",
        "industry": CODED,
        "location": CODED,
        "job-type": CODED,
        "job-code": CODED,
        "job-code-keyword-code": "VARCHAR",
        "experience-level": {"code": "BIGINT", "min": "BIGINT"},
    },
    "posting-timestamp": "VARCHAR",
    "opening-timestamp": "VARCHAR",
}
STRUCTURE = json.dumps({"jobs": {"job": [RECORD]}})

# Postings in scope, typed; one statement for each batch of files, because a statement reads on one core.
POSTINGS = """
with document as (
    select json_transform(json, '{structure}') as body
    from read_json_objects({files}, hive_partitioning = false,
        maximum_object_size = {largest}, format = 'unstructured', compression = 'zstd')
), record as (
    select unnest(body.jobs.job) as r from document
)
select
    cast(hash(trim(r.id)) >> 1 as bigint) as id,
    {title} as title,
    {day} as posting_date,
    {industry_codes} as industry_codes,
    {location_codes} as location_codes,
    coalesce({keyword_codes}, {job_codes}) as job_code_keyword_codes,
    r.position."experience-level".code as experience_code,
    r.position."experience-level"."min" as experience_min
from record
where list_has_any(string_split(replace(r.position."job-type".code, ' ', ''), ','), ['1'])
"""


def postings(files: list[str], largest: int) -> str:
    posted = "coalesce({}, {})".format(peer.instant('r."posting-timestamp"'), peer.instant('r."opening-timestamp"'))
    return POSTINGS.format(
        structure=STRUCTURE,
        files=files,
        largest=largest,
        title=peer.plain("r.position.title"),
        day=peer.day(posted),
        industry_codes=peer.text("r.position.industry.code"),
        location_codes=peer.text("r.position.location.code"),
        keyword_codes=peer.text('r.position."job-code-keyword-code"'),
        job_codes=peer.text('r.position."job-code".code'),
    )


SHARED = [
    *(peer.normalised(*table, postings="raw_data.recruits") for table in peer.BY_CODE),
    "create view raw_data.experiences as select id, experience_code as exp_code, experience_min as exp_min"
    " from raw_data.recruits where experience_code in (select cast(code as bigint) from meta.experiences)",
    peer.ROLE_TAGS,
]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("store", type=Path)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("answers", nargs="+", help="names of tables")
    options = arguments.parse_args()
    began = time.perf_counter()
    connection = duckdb.connect()
    run = connection.execute
    run(f"set threads = {os.cpu_count()}; set memory_limit = '4GB'; set TimeZone = 'UTC'")
    run("set preserve_insertion_order = false; set enable_progress_bar = false")
    for schema in peer.SCHEMAS:
        run(f"create schema {schema}")
    peer.small_tables(connection)
    files = [str(path) for path in sorted(options.store.resolve().glob("landing/saramin/recruit/*/*/*.json.zst"))]
    # The reader takes twice the largest object for each file it opens; a body unpacks to some ten times its size.
    largest = max(os.path.getsize(path) for path in files) * 20
    run(f"create table raw_data.recruits as {postings(files[:1], largest)} limit 0")

    def insert(at: int) -> None:
        batch = files[at : at + peer.BATCH]
        connection.cursor().execute(f"insert into raw_data.recruits {postings(batch, largest)}")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(insert, range(0, len(files), peer.BATCH)))
    read = time.perf_counter()
    for statement in SHARED:
        run(statement)
    for path in sorted((peer.PIPELINE / "analytic").glob("*_ids.sql")):
        sql = path.read_text(encoding="utf-8")
        run(f"create view analytic.{path.stem} as {sql}")
    for name in options.answers:
        schema, plain = name.split(".")
        folder = options.out / schema
        folder.mkdir(parents=True, exist_ok=True)
        run(peer.model(name))
        run(f"copy {name} to '{folder / plain}.csv' (header)")
    total = time.perf_counter() - began
    print(json.dumps({"read": round(read - began, 3), "total": round(total, 3)}))


if __name__ == "__main__":
    main()
