# Written by `jobtide airflow` from `dags/by_hand.toml`. Changes are lost when it writes this file again.
"Started by another DAG."

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
    dag_id="by_hand",
    description="Started by another DAG.",
    schedule=None,
    start_date=datetime(2020, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    tags=["jobtide"],
):
    tasks = {}
    tasks["note"] = JobtideTask(
        task_id="note",
        retries=2,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        task_name="note",
        **PROGRAM,
    )
