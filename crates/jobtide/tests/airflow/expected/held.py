# Written by `jobtide airflow` from `dags/held.toml`. Changes are lost when it writes this file again.
"Says by a pipe that it has begun, and ends when it is ended."

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
    dag_id="held",
    description="Says by a pipe that it has begun, and ends when it is ended.",
    schedule=None,
    start_date=datetime(2020, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    tags=["jobtide"],
):
    tasks = {}
    tasks["held"] = JobtideTask(
        task_id="held",
        retries=2,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        task_name="held",
        **PROGRAM,
    )
