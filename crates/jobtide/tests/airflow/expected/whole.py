# Written by `jobtide airflow` from `dags/whole.toml`. Changes are lost when it writes this file again.
# Differs from its file: the task `what follows` is called `what_follows`
"Collects and builds: {{ no template }}, 'quotes', \"more\", \\ and 한국어."

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from airflow.sdk import DAG, Asset, AssetAny, AssetOrTimeSchedule, CronDataIntervalTimetable

sys.path.insert(0, str(Path(__file__).parent))

from jobtide_airflow import (  # noqa: E402
    JobtideAll,
    JobtideFailed,
    JobtideList,
    JobtideSensor,
    JobtideTask,
    JobtideTrigger,
)

PROGRAM = {"command": ["jobtide"], "folder": "/srv/jobtide"}

with DAG(
    dag_id="whole",
    description="Collects and builds: {{ no template }}, 'quotes', \"more\", \\ and 한국어.",
    schedule=CronDataIntervalTimetable("5 * * * *", timezone="Asia/Seoul"),
    start_date=datetime.fromisoformat("2023-04-30T14:05:00+00:00"),
    catchup=True,
    max_active_runs=1,
    tags=["jobtide"],
):
    tasks = {}
    tasks["fetch"] = JobtideTask(
        task_id="fetch",
        retries=1,
        retry_delay=timedelta(seconds=1),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        pool="source",
        task_name="fetch",
        **PROGRAM,
    )
    tasks["collect"] = JobtideTask(
        task_id="collect",
        retries=2,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        task_name="collect",
        **PROGRAM,
    )
    tasks["analytic"] = JobtideTask(
        task_id="analytic",
        retries=2,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        task_name="analytic",
        **PROGRAM,
    )
    tasks["tables"] = JobtideTask(
        task_id="tables",
        retries=2,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        task_name="tables",
        **PROGRAM,
        outlets=[Asset("jobtide.%ED%91%9C")],
    )
    tasks["nothing_was_refused"] = JobtideTask(
        task_id="nothing_was_refused",
        retries=2,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        task_name="nothing_was_refused",
        **PROGRAM,
    )
    tasks["look"] = JobtideTask(
        task_id="look",
        retries=2,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        task_name="look",
        **PROGRAM,
    )
    tasks["what_follows"] = JobtideTask(
        task_id="what_follows",
        retries=2,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        task_name="what follows",
        **PROGRAM,
    )
    tasks["each"] = JobtideTask.partial(
        task_id="each",
        retries=2,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        task_name="each",
        **PROGRAM,
        map_index_template="{{ task.item }}",
    ).expand(item=["서울 {{ ds }}", "a \"quoted\" one", 3])
    tasks["each__all"] = JobtideAll(
        task_id="each__all",
    )
    tasks["after_each"] = JobtideTask(
        task_id="after_each",
        retries=2,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        task_name="after_each",
        **PROGRAM,
    )
    tasks["a_time"] = JobtideSensor(
        task_id="a_time",
        retries=2,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        poke_interval=60,
        timeout=3162240000,
        task_name="a_time",
        **PROGRAM,
    )
    tasks["on_failure"] = JobtideTask(
        task_id="on_failure",
        retries=2,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        trigger_rule="one_failed",
        task_name="on_failure",
        **PROGRAM,
    )
    tasks["go"] = JobtideTrigger(
        task_id="go",
        retries=2,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        trigger_dag_id="by_hand",
        conf={"full": True, "text": "3"},
    )
    tasks["jobtide__failed"] = JobtideFailed(task_id="jobtide__failed")

    tasks["fetch"] >> tasks["collect"]
    tasks["collect"] >> tasks["analytic"]
    tasks["analytic"] >> tasks["tables"]
    tasks["tables"] >> tasks["nothing_was_refused"]
    tasks["look"] >> tasks["what_follows"]
    tasks["fetch"] >> tasks["each"]
    tasks["each"] >> tasks["each__all"]
    tasks["each__all"] >> tasks["after_each"]
    tasks["tables"] >> tasks["on_failure"]
    tasks["each__all"] >> tasks["on_failure"]
    tasks["tables"] >> tasks["go"]
    tasks["a_time"] >> tasks["go"]
    [tasks["fetch"], tasks["collect"], tasks["analytic"], tasks["tables"], tasks["nothing_was_refused"], tasks["look"], tasks["what_follows"], tasks["each__all"], tasks["after_each"], tasks["a_time"], tasks["on_failure"], tasks["go"]] >> tasks["jobtide__failed"]
