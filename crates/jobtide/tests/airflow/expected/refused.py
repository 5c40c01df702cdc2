# Written by `jobtide airflow` from `dags/refused.toml`. Changes are lost when it writes this file again.
"Fails without another attempt, and a last task hides it."

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
    dag_id="refused",
    description="Fails without another attempt, and a last task hides it.",
    schedule=AssetAny(Asset("jobtide.%ED%91%9C")),
    start_date=datetime(2020, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    tags=["jobtide"],
):
    tasks = {}
    tasks["wrong"] = JobtideTask(
        task_id="wrong",
        retries=2,
        retry_delay=timedelta(seconds=1),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        task_name="wrong",
        **PROGRAM,
    )
    tasks["note"] = JobtideTask(
        task_id="note",
        retries=2,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        trigger_rule="all_done",
        task_name="note",
        **PROGRAM,
    )
    tasks["jobtide__failed"] = JobtideFailed(task_id="jobtide__failed")

    tasks["wrong"] >> tasks["note"]
    [tasks["wrong"], tasks["note"]] >> tasks["jobtide__failed"]
