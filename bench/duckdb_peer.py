#!/usr/bin/env python3
"""The same work as `jobtide build`, by DuckDB: landed bodies to the layers of pipeline/, as Parquet.

Reads the store's landing, writes OUT/<schema>/<table>.parquet and the visual tables also as CSV (for
`run.py` to compare), and prints the seconds of each stage as JSON. It is meant to be a strong peer: columns
typed by the JSON reader, tables in memory between the layers, both cores, no preserved order, no checks
(jobtide's checks and the grain of every table come on top of the work done here).

Not implemented, because the figures do not need it: quarantine, field statistics, checksums of bodies,
several sources, incremental builds.
"""

import argparse
import json
import os
import re
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

PIPELINE = Path(__file__).resolve().parent.parent / "pipeline"

# One record of the API. Loosely typed values are text here and cast below, so that a value that does not
# fit is null, as in jobtide.
CODED = {"code": "VARCHAR"}
RECORD = {
    "url": "VARCHAR",
    "active": "BIGINT",
    "company": {"detail": {"name": "VARCHAR"}},
    "position": {
        "title": "VARCHAR",
        "industry": CODED,
        "location": CODED,
        "job-type": CODED,
        "job-mid-code": CODED,
        "industry-keyword-code": "VARCHAR",
        "job-code": CODED,
        "job-code-keyword-code": "VARCHAR",
        "experience-level": {"code": "BIGINT", "min": "BIGINT", "max": "BIGINT"},
        "required-education-level": CODED,
    },
    "keyword": "VARCHAR",
    "salary": CODED,
    "id": "VARCHAR",
    "posting-timestamp": "VARCHAR",
    "modification-timestamp": "VARCHAR",
    "opening-timestamp": "VARCHAR",
    "expiration-timestamp": "VARCHAR",
    "close-type": CODED,
    "read-cnt": "VARCHAR",
    "apply-cnt": "VARCHAR",
}
STRUCTURE = json.dumps({"jobs": {"job": [RECORD]}})


def text(path: str) -> str:
    return f"nullif(trim({path}), '')"


def plain(path: str) -> str:
    """Text with HTML character references; few values contain one."""
    unescaped = path
    for reference, character in [("&gt;", ">"), ("&lt;", "<"), ("&quot;", '"'), ("&#39;", "''"), ("&amp;", "&")]:
        unescaped = f"replace({unescaped}, '{reference}', '{character}')"
    return text(f"case when contains({path}, '&') then {unescaped} else {path} end")


def codes(path: str) -> str:
    """A list of codes, trimmed and distinct; most have one code, or several without spaces."""
    distinct = (
        f"array_to_string(list_filter(string_split(replace({path}, '|', ','), ','),"
        f" lambda code, nth: trim(code) <> ''"
        f" and list_position(string_split(replace({path}, '|', ','), ','), code) = nth), ',')"
    )
    return text(f"case when contains({path}, ',') or contains({path}, '|') then {distinct} else {path} end")


def instant(path: str) -> str:
    return f"to_timestamp(nullif(try_cast({path} as bigint), 0))"


EARLIEST = "timestamptz '1999-12-31T15:00:00Z'"
LATEST = "received.received_at + interval 2 days"


def plausible(path: str, latest: str | None = LATEST) -> str:
    """Null for implausible dates: before 2000, or too late for the time of the record."""
    limit = f" and {instant(path)} <= {latest}" if latest else ""
    return f"case when {instant(path)} >= {EARLIEST}{limit} then {instant(path)} end"


def implausible() -> str:
    """Number of implausible dates of a record."""
    dates = [plausible(path) for path in INSTANTS] + [plausible(EXPIRATION, None)]
    both = zip([*INSTANTS, EXPIRATION], dates)
    return " + ".join(f"({instant(path)} is distinct from {kept})::int" for path, kept in both)


INSTANTS = ['r."posting-timestamp"', 'r."modification-timestamp"', 'r."opening-timestamp"']
EXPIRATION = 'r."expiration-timestamp"'


def day(column: str) -> str:
    """The day in Seoul, which has had no daylight saving time since 1988."""
    return f"cast(epoch_ms(epoch_ms({column}) + 32400000) as date)"


# Whole documents, typed by json_transform: `columns` of read_json with the same types takes ten times
# as long for lists of this shape (DuckDB 2.0).
RECORDS = """
with document as (
    select filename, json_transform(json, '{structure}') as body
    from read_json_objects({files}, filename = true, hive_partitioning = false,
        maximum_object_size = {largest}, format = 'unstructured', compression = 'zstd')
)
select filename, unnest(body.jobs.job) as r, generate_subscripts(body.jobs.job, 1) as landing_row
from document
"""

STAGING = f"""
create table staging.recruit as
select
    cast(hash('saramin' || chr(31) || trim(r.id)) >> 1 as bigint) as id,
    'saramin' as source,
    trim(r.id) as posting_id,
    received.received_at as collected_at,
    received.landing_path,
    landing_row,
    {text("r.url")} as url,
    r.active as active,
    {plain("r.company.detail.name")} as company_name,
    {plain("r.position.title")} as title,
    {codes('r.position.industry.code')} as industry_codes,
    {codes('r.position.location.code')} as location_codes,
    {codes('r.position."job-type".code')} as job_type_codes,
    {codes('r.position."job-mid-code".code')} as job_mid_codes,
    {codes('r.position."industry-keyword-code"')} as industry_keyword_codes,
    coalesce({codes('r.position."job-code-keyword-code"')}, {codes('r.position."job-code".code')})
        as job_code_keyword_codes,
    r.position."experience-level".code as experience_code,
    r.position."experience-level"."min" as experience_min,
    r.position."experience-level"."max" as experience_max,
    {text('r.position."required-education-level".code')} as education_code,
    {plain("r.keyword")} as keyword,
    {text("r.salary.code")} as salary_code,
    {text('r."close-type".code')} as close_type_code,
    {plausible('r."posting-timestamp"')} as posting_at,
    {plausible('r."modification-timestamp"')} as modification_at,
    {plausible('r."opening-timestamp"')} as opening_at,
    {plausible(EXPIRATION, None)} as expiration_at,
    {implausible()} as implausible_dates,
    try_cast(r."read-cnt" as bigint) as read_cnt,
    try_cast(r."apply-cnt" as bigint) as apply_cnt,
    -- Over all columns but the two counters, to tell versions apart.
    hash(r.url, r.active, r.company, r.position, r.keyword, r.salary, r."posting-timestamp",
        r."modification-timestamp", r."opening-timestamp", r."expiration-timestamp", r."close-type") as content_hash
from record
join received using (filename)
"""

MANIFESTS = """
create table received as
select
    replace(filename, 'manifest.json', body.file) as filename,
    substr(replace(filename, 'manifest.json', body.file), {prefix}) as landing_path,
    body.received_at,
    body.bytes
from (
    select filename, unnest(bodies) as body
    from read_json('{root}/landing/saramin/recruit/*/*/manifest.json', filename = true,
        hive_partitioning = false, format = 'unstructured', maximum_object_size = 1048576,
        columns = {{bodies: 'STRUCT(file VARCHAR, received_at TIMESTAMPTZ, bytes BIGINT)[]'}})
)
"""

WINDOWS = """
create table staging.windows as
select "window"."from" as window_from, "window"."to" as window_to, finished_at, kind
from read_json('{root}/landing/saramin/recruit/*/*/manifest.json', hive_partitioning = false, format = 'unstructured',
    maximum_object_size = 1048576,
    columns = {{"window": 'STRUCT("from" TIMESTAMPTZ, "to" TIMESTAMPTZ)', finished_at: 'TIMESTAMPTZ', kind: 'VARCHAR'}})
"""

RANKING = "modification_at desc nulls last, collected_at desc, landing_path desc, landing_row desc"

EXTERNAL = f"""
create table external.recruit_table as
with ranked as (
    select id, collected_at, landing_path, landing_row, content_hash, active,
        row_number() over newest as age,
        sum(case when active = 1 then 1 else 0 end) over newest as active_so_far
    from staging.recruit
    window newest as (partition by id order by {RANKING} rows between unbounded preceding and current row)
), history as (
    select id,
        max(landing_path) filter (where age = 1) as landing_path,
        max(landing_row) filter (where age = 1) as landing_row,
        min(collected_at) as first_collected_at,
        max(collected_at) as last_collected_at,
        min(collected_at) filter (where active = 0 and active_so_far = 0) as inactive_at,
        max(active_so_far) > 0 as seen_active,
        count(distinct content_hash) as versions
    from ranked group by id
)
select
    latest.* exclude (collected_at, landing_path, landing_row, content_hash)
        replace (case when close_type_code in ('2', '3') then null else expiration_at end as expiration_at),
    {day("coalesce(posting_at, opening_at)")} as posting_date,
    case when close_type_code not in ('2', '3') or close_type_code is null then {day("latest.expiration_at")} end
        as expiration_date,
    first_collected_at, last_collected_at, versions, {day("inactive_at")} as inactive_date, seen_active
from history
join staging.recruit as latest using (id, landing_path, landing_row)
"""

# A posting that was collected once needs no ranking: on a landing without duplicates this is several
# times as fast, so the peer uses it there.
EXTERNAL_ONCE = f"""
create table external.recruit_table as
select
    * exclude (collected_at, landing_path, landing_row, content_hash)
        replace (case when close_type_code in ('2', '3') then null else expiration_at end as expiration_at),
    {day("coalesce(posting_at, opening_at)")} as posting_date,
    case when close_type_code not in ('2', '3') or close_type_code is null then {day("expiration_at")} end
        as expiration_date,
    collected_at as first_collected_at, collected_at as last_collected_at, 1::bigint as versions,
    case when active = 0 then {day("collected_at")} end as inactive_date,
    coalesce(active = 1, false) as seen_active
from staging.recruit
"""

RECRUITS = f"""
create table raw_data.recruits as
with posting as (
    select *, {day("modification_at")} as modification_date,
        expiration_date is null and (inactive_date is null or not seen_active) as active_until_assumed
    from external.recruit_table
    where list_has_any(string_split(job_type_codes, ','), ['1'])
)
select id, source, posting_id, url, company_name, title, education_code, education_level, salary_code, salary,
    posting_date, expiration_date, close_type_code, read_cnt, apply_cnt,
    case when active_until_assumed
        then least(inactive_date, greatest(posting_date, modification_date) + 60)
        else coalesce(expiration_date, inactive_date) end as active_until,
    active_until_assumed
from posting
left join meta.education as education on education.code = education_code
left join meta.salaries as salary on salary.code = salary_code
"""


DATA_DATES = f"""
create table external.data_dates as
select 'saramin' as source, {day("max(least(window_to, finished_at)) - interval '1 microsecond'")} as data_date, 'collection' as basis
from staging.windows where kind = 'collect'
"""

# For a landing without saved files, as in the benchmark.
COVERAGE = f"""
create table raw_data.coverage as
with reading as (
    select window_from, least(window_to, finished_at) as window_to, finished_at
    from staging.windows where kind = 'collect' and window_from < least(window_to, finished_at)
), island as (
    select *, sum(case when reached >= window_from then 0 else 1 end) over (order by window_from, window_to rows unbounded preceding) as island
    from (select *, max(window_to) over (order by window_from, window_to rows between unbounded preceding and 1 preceding) as reached from reading)
), covered as (
    select epoch_us(min(window_from)) as from_micros, epoch_us(max(window_to)) as to_micros,
        {day("min(window_from)")} as first_date, {day("max(window_to) - interval '1 microsecond'")} as last_date
    from island group by island
), covered_time as (
    select date,
        sum(least(to_micros, epoch_us(date) + 54000000000) - greatest(from_micros, epoch_us(date) - 32400000000)) as covered_micros
    from (select *, cast(unnest(generate_series(first_date, last_date, interval '1 day')) as date) as date from covered)
    group by date
), first_reading as (
    select date, min(read_date) as read_date
    from (
        select {day("finished_at")} as read_date,
            cast(unnest(generate_series({day("window_from")}, {day("window_to - interval '1 microsecond'")}, interval '1 day')) as date) as date
        from reading
    ) group by date
), span as (
    select least((select min(posting_date) from external.recruit_table), (select min(date) from covered_time)) - 59 as first_date,
        (select max(data_date) from external.data_dates) as last_date
), measured as (
    select date, coalesce(covered_micros, 0) as covered_micros, read_date
    from (select cast(unnest(generate_series(first_date, last_date, interval '1 day')) as date) as date from span)
    left join covered_time using (date) left join first_reading using (date)
)
select date, covered_micros / 86400000000.0 as coverage, read_date - date as read_after_days,
    sum(covered_micros) over last_days / (count(covered_micros) over last_days * 86400000000.0) as active_coverage
from measured window last_days as (order by date rows between 59 preceding and current row)
"""


IN_SCOPE = "external.recruit_table semi join raw_data.recruits using (id)"

# Tables with a row for each code of a posting, as `normalised` takes them.
BY_CODE = [
    (
        "industries",
        "industry_codes",
        "industry, industry_category",
        "join meta.industries using (code) join meta.industry_categories using (super_code)",
    ),
    (
        "locations",
        "location_codes",
        "wide.location_name as wide_location, place.location_name",
        "join meta.location as place on place.local_code = code"
        " join meta.location as wide on wide.local_code = place.wide_code",
    ),
    ("job_code_keywords", "job_code_keyword_codes", "job_name", "join meta.job_codes on job_code = code"),
]


def normalised(table: str, column: str, columns: str, joins: str, postings: str = IN_SCOPE) -> str:
    return f"""
create table raw_data.{table} as
with posting_code as (
    select id, unnest(list_distinct(string_split(replace({column}, ' ', ''), ','))) as code
    from {postings}
)
select posting_code.id, posting_code.code, {columns}
from posting_code {joins}
"""


RAW_DATA = [
    RECRUITS,
    *(normalised(*table) for table in BY_CODE),
    """
create table raw_data.experiences as
select id, experience_code as exp_code, experience as exp_name, experience_min as exp_min, experience_max as exp_max
from external.recruit_table semi join raw_data.recruits using (id)
join (select cast(code as bigint) as code, experience from meta.experiences) on code = experience_code
""",
]

# Saramin's postings have codes, so the rules `title_without_codes` do not apply.
ROLE_TAGS = """
create table analytic.role_tags as
with code_role as (
    select distinct job_code as code, role
    from meta.job_codes join meta.role_rules on job_name like pattern
    where target = 'keyword'
)
select id, role from raw_data.job_code_keywords join code_role using (code)
union
select id, role from raw_data.recruits join (select role, pattern from meta.role_rules where target = 'title') on title like pattern
"""

# Translations of a model's SQL to DuckDB's dialect.
DIALECT = [
    (re.compile(r"\bcolumn(\d)\b"), lambda m: f"col{int(m[1]) - 1}"),
    (re.compile(r"named_struct\(([^()]*)\)"), lambda m: "struct_pack(" + re.sub(r"'(\w+)', ", r"\1 := ", m[1]) + ")"),
    (re.compile(r"to_char\((\w+), "), r"strftime(\1, "),
    (re.compile(r"cast\((\w+) at time zone 'UTC' at time zone 'Asia/Seoul' as date\)"), lambda m: day(m[1])),
    (re.compile(r"unnest\(generate_series\((\w+), (\w+), interval '1 day'\)\)"),
     r"cast(unnest(generate_series(\1, \2, interval '1 day')) as date)"),
]


def model(name: str) -> str:
    """Runs a model's own SQL: these are small, with plain joins and groupings in both engines."""
    sql = (PIPELINE / f"{name.replace('.', '/')}.sql").read_text(encoding="utf-8")
    for pattern, replacement in DIALECT:
        sql = pattern.sub(replacement, sql)
    return f"create table {name} as {sql}"


def small_tables(connection: duckdb.DuckDBPyConnection) -> None:
    for path in sorted((PIPELINE / "meta").glob("*.csv")):
        connection.execute(f"create table meta.{path.stem} as from read_csv('{path}', all_varchar = true, header = true)")
    rules = []
    for role, rule in tomllib.loads((PIPELINE / "roles.toml").read_text(encoding="utf-8"))["roles"].items():
        for key, target in [("keywords", "keyword"), ("titles", "title")]:
            rules += [(role, target, pattern) for pattern in rule.get(key, [])]
    connection.execute("create table meta.role_rules (role varchar, target varchar, pattern varchar)")
    connection.executemany("insert into meta.role_rules values (?, ?, ?)", rules)
    for name in ["certification", "google_trend"]:
        spec = tomllib.loads((PIPELINE / "staging" / f"{name}.toml").read_text(encoding="utf-8"))
        types = {"text": "VARCHAR", "timestamp": "TIMESTAMPTZ"}
        columns = {column["name"]: types.get(column["type"], column["type"].upper()) for column in spec["column"]}
        connection.execute(
            f"create table staging.{name} as select *, '{spec['csv']}' as landing_path from read_csv('{PIPELINE / spec['csv']}', header = true, columns = {columns})"
        )


# Files of one statement.
BATCH = 100


def stage(connection: duckdb.DuckDBPyConnection, root: Path) -> None:
    """Bodies to records, several statements at a time, then records to staging.recruit.

    One statement over all files would run on one core, because a scan hands out 2,048 rows at a time
    and a row is a whole page here; and typing the values in the same statement takes twice the time of
    doing it afterwards, in full vectors.
    """
    run = connection.execute
    run(MANIFESTS.format(root=root, prefix=len(str(root)) + 2))
    run(WINDOWS.format(root=root))
    # The reader takes twice the largest object for each file it opens.
    largest = run("select max(bytes) + 1024 from received").fetchone()[0]
    files = [name for (name,) in run("select filename from received order by filename").fetchall()]

    def records(batch: list[str]) -> str:
        return RECORDS.format(files=batch, structure=STRUCTURE, largest=largest)

    def insert(at: int) -> None:
        connection.cursor().execute(f"insert into record {records(files[at : at + BATCH])}")

    run(f"create table record as {records(files[:1])} limit 0")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(insert, range(0, len(files), BATCH)))
    run(STAGING)
    run("drop table record")


SCHEMAS = ["staging", "external", "meta", "raw_data", "analytic", "visual_tables", "adhoc"]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("store", type=Path)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--memory", default="4GB")
    options = arguments.parse_args()
    root = options.store.resolve()
    began = last = time.perf_counter()
    seconds = {}

    def lap(stage: str) -> None:
        nonlocal last
        now = time.perf_counter()
        seconds[stage] = round(now - last, 3)
        last = now

    connection = duckdb.connect()
    run = connection.execute
    run(f"set threads = {os.cpu_count()}; set memory_limit = '{options.memory}'; set TimeZone = 'UTC'")
    run("set preserve_insertion_order = false; set enable_progress_bar = false")
    for schema in SCHEMAS:
        run(f"create schema {schema}")
    small_tables(connection)
    stage(connection, root)
    lap("staging")
    repeated = run("select count(*) <> count(distinct id) from staging.recruit").fetchone()[0]
    run(EXTERNAL if repeated else EXTERNAL_ONCE)
    run(DATA_DATES)
    for name in ["certification", "google_trend"]:
        run(model(f"external.{name}"))
    lap("external")
    for statement in RAW_DATA:
        run(statement)
    run(COVERAGE)
    for name in ["certification", "google_trend"]:
        run(model(f"raw_data.{name}"))
    lap("raw_data")
    run(ROLE_TAGS)
    for path in sorted((PIPELINE / "analytic").glob("*_ids.sql")):
        run(model(f"analytic.{path.stem}"))
    lap("analytic")
    for schema in ["visual_tables", "adhoc"]:
        for path in sorted((PIPELINE / schema).glob("*.sql")):
            run(model(f"{schema}.{path.stem}"))
    lap("answers")
    tables = run("select schema_name, table_name from duckdb_tables() where schema_name <> 'main'").fetchall()
    for schema, table in tables:
        folder = options.out / schema
        folder.mkdir(parents=True, exist_ok=True)
        run(f"copy {schema}.{table} to '{folder / table}.parquet' (format parquet, compression snappy)")
        if schema in ("visual_tables", "adhoc"):
            run(f"copy {schema}.{table} to '{folder / table}.csv' (header)")
    lap("write")
    seconds["total"] = round(time.perf_counter() - began, 3)
    seconds["postings"] = run("select count(*) from external.recruit_table").fetchone()[0]
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
