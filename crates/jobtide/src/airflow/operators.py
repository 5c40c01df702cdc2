"""Airflow operators that run the tasks of jobtide's DAGs, each as a process `jobtide task`.

Exit codes 0 and 3 succeed (3: the rest stays due), 99 skips, 1 is retried, 2, 4 and 5 fail without another attempt.
Whatever reads the environment of the worker, the access keys among it, is the program: no file here holds any.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from airflow.providers.standard.hooks.subprocess import SubprocessHook
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import BaseOperator, BaseSensorOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

DONE = (0, 3)
FINAL = (2, 4, 5)
NOT_YET = 98
NOTHING_NEW = 99

# What `--trigger` calls the types of Airflow's runs; a run of another type is one by hand.
TRIGGERS = {"scheduled": "schedule", "backfill": "backfill", "asset_triggered": "data"}

# The part of a run's conf that is no parameter: {"jobtide": {"from": "2026-05-01", "to": "2026-06-01"}}.
RESERVED = "jobtide"


class _NoItem:
    """Stands for the item of a task that is not mapped."""


def _request(context: Any) -> tuple[dict[str, str], dict[str, Any]]:
    """What a run is for, and its parameters."""
    run = context["dag_run"]
    parameters = dict(run.conf or {})
    asked = dict(parameters.pop(RESERVED, None) or {})
    request = {key: str(asked[key]) for key in ("from", "to", "trigger") if asked.get(key)}
    kind = str(getattr(run.run_type, "value", run.run_type))
    if not request:
        request["trigger"] = TRIGGERS.get(kind, "manual")
        start, end = context.get("data_interval_start"), context.get("data_interval_end")
        if kind in ("scheduled", "backfill") and start and end and start < end:
            request["from"], request["to"] = start.isoformat(), end.isoformat()
    return request, parameters


class _Process:
    """One task as a process, which gets SIGTERM when Airflow ends the task."""

    command: list[str]
    folder: str
    task_name: str
    item: Any
    hook: SubprocessHook | None = None

    def _run(self, context: Any, more: list[str]) -> int:
        request, parameters = _request(context)
        command = [*self.command, "task", self.dag_id, self.task_name]
        for key, value in request.items():
            command += [f"--{key}={value}"]
        for key, value in parameters.items():
            command += [f"--set={key}={json.dumps(value, ensure_ascii=False)}"]
        if not isinstance(self.item, _NoItem):
            command += [f"--item={json.dumps(self.item, ensure_ascii=False)}"]
        command += [f"--run={context['run_id']}", "--attempts=1", f"--nothing-new-code={NOTHING_NEW}", *more]
        # In the log of the task: what programs write, too.
        environment = {"RUST_LOG": "error,program_output=info", **os.environ}
        self.hook = SubprocessHook()
        return self.hook.run_command(command, env=environment, cwd=self.folder).exit_code

    def _judge(self, code: int) -> None:
        if code in DONE:
            return
        if code == NOTHING_NEW:
            raise AirflowSkipException("there was nothing new")
        if code in FINAL:
            raise AirflowFailException(f"exit code {code}: another attempt would fail, too")
        raise AirflowException(f"exit code {code}")

    def on_kill(self) -> None:
        if self.hook is not None:
            # It may have ended by itself.
            with contextlib.suppress(ProcessLookupError):
                self.hook.send_sigterm()


class JobtideTask(_Process, BaseOperator):
    """A task. With `leaves_output`, what it leaves for those after it is its XCom."""

    ui_color = "#e5f2f0"

    def __init__(
        self,
        *,
        command: list[str],
        folder: str,
        task_name: str,
        item: Any = _NoItem(),
        leaves_output: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.command, self.folder, self.task_name = command, folder, task_name
        self.item, self.leaves_output = item, leaves_output

    def execute(self, context: Any) -> Any:
        if not self.leaves_output:
            self._judge(self._run(context, []))
            return None
        with tempfile.TemporaryDirectory(prefix="jobtide") as scratch:
            output = Path(scratch, "output.json")
            self._judge(self._run(context, [f"--output={output}"]))
            return json.loads(output.read_text(encoding="utf-8"))


class JobtideSensor(_Process, BaseSensorOperator):
    """A task that waits for something: it looks, and holds no worker until it looks again."""

    ui_color = "#f2efe5"

    def __init__(
        self, *, command: list[str], folder: str, task_name: str, item: Any = _NoItem(), **kwargs: Any
    ) -> None:
        super().__init__(mode="reschedule", **kwargs)
        self.command, self.folder, self.task_name, self.item = command, folder, task_name, item

    def poke(self, context: Any) -> bool:
        code = self._run(context, [f"--not-yet-code={NOT_YET}"])
        if code != NOT_YET:
            self._judge(code)
        return code != NOT_YET


class JobtideTrigger(TriggerDagRunOperator):
    """Starts a run of another DAG, for the same interval, and does not wait for it."""

    # Nothing in a parameter is a template.
    template_fields = ()

    def execute(self, context: Any) -> None:
        request, _ = _request(context)
        request["trigger"] = "dag"
        self.conf = {**(self.conf or {}), RESERVED: request}
        super().execute(context)


class JobtideList(BaseOperator):
    """The list that a mapped task goes through: a field of what a task left, each item once."""

    def __init__(self, *, source: str, field: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.source, self.field = source, field

    def execute(self, context: Any) -> list[Any]:
        output = context["ti"].xcom_pull(task_ids=self.source)
        found = output.get(self.field) if isinstance(output, dict) else None
        if not isinstance(found, list):
            raise AirflowFailException(f"the output of {self.source!r} has no list {self.field!r}")
        items = {json.dumps(item, sort_keys=True): item for item in found}
        return list(items.values())


class JobtideAll(EmptyOperator):
    """The instances of a mapped task together: skipped where all of them were."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trigger_rule="none_failed_min_one_success", **kwargs)


class JobtideFailed(BaseOperator):
    """Fails if a task failed: of a DAG whose last tasks run in any case, too, the run is a failure then."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trigger_rule="one_failed", retries=0, **kwargs)

    def execute(self, context: Any) -> None:
        raise AirflowFailException("a task before this one failed")
