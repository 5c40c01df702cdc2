# Written by `jobtide airflow` from `dags/unlike.toml`. Changes are lost when it writes this file again.
# Differs from its file: `catch_up = 3`: Airflow runs the last interval that was missed
# Differs from its file: `overlap = "skip"`: an interval that is due meanwhile waits
# Differs from its file: `retries.by_class` of the task `look`: its other retries apply to all errors
# Differs from its file: the task `file/파일` is called `file_파일`
# Differs from its file: the task `file_파일` is called `file_파일_`
"Has what Airflow has no word for.\nimport os"

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
    dag_id="unlike",
    description="Has what Airflow has no word for.\nimport os",
    schedule=AssetOrTimeSchedule(timetable=CronDataIntervalTimetable("0 6 * * 1-3 30", timezone="Asia/Seoul"), assets=AssetAny(Asset("jobtide.%ED%91%9C"), Asset("jobtide.tables"))),
    start_date=datetime(2020, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=2,
    tags=["jobtide"],
):
    tasks = {}
    tasks["look"] = JobtideTask(
        task_id="look",
        retries=0,
        execution_timeout=timedelta(seconds=90),
        priority_weight=-2,
        weight_rule="absolute",
        leaves_output=True,
        task_name="look",
        **PROGRAM,
    )
    tasks["file_파일"] = JobtideSensor(
        task_id="file_파일",
        retries=2,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        poke_interval=5,
        timeout=600,
        task_name="file/파일",
        **PROGRAM,
    )
    tasks["file_파일_"] = JobtideTask(
        task_id="file_파일_",
        retries=2,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        task_name="file_파일",
        **PROGRAM,
    )
    tasks["read__list"] = JobtideList(task_id="read__list", source="look", field="files")
    tasks["read"] = JobtideTask.partial(
        task_id="read",
        retries=2,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        task_name="read",
        **PROGRAM,
        map_index_template="{{ task.item }}",
    ).expand(item=tasks["read__list"].output)
    tasks["read__all"] = JobtideAll(
        task_id="read__all",
        outlets=[Asset("jobtide.read")],
    )
    tasks["last"] = JobtideTask(
        task_id="last",
        retries=2,
        retry_delay=timedelta(seconds=10),
        retry_exponential_backoff=2,
        max_retry_delay=timedelta(seconds=300),
        trigger_rule="all_done",
        task_name="last",
        **PROGRAM,
    )
    tasks["jobtide__failed"] = JobtideFailed(task_id="jobtide__failed")

    tasks["file_파일"] >> tasks["file_파일_"]
    tasks["look"] >> tasks["read"]
    tasks["file_파일"] >> tasks["read"]
    tasks["look"] >> tasks["read__list"]
    tasks["read"] >> tasks["read__all"]
    tasks["read__all"] >> tasks["last"]
    [tasks["look"], tasks["file_파일"], tasks["file_파일_"], tasks["read__all"], tasks["last"]] >> tasks["jobtide__failed"]
