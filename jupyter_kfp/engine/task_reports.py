"""What an executor reports of an attempt, as events of the run."""

from __future__ import annotations

from typing import Any

from jupyter_kfp.executors.task_executor import TaskAttempt, TaskReport
from jupyter_kfp.runs.events import ArtifactRecorded, MetricRecorded, NoteAdded, RunEvent, TaskProgressed
from jupyter_kfp.runs.run import RunError
from jupyter_kfp.spec.parameter_values import shorten
from jupyter_kfp.spec.worker_events import (
    CellFinished,
    CellStarted,
    MetricLogged,
    ParamsLogged,
    StepWarned,
    WorkerEvent,
    WorkerStarted,
)


class TaskReports:
    """Remembers the number of cells of each running attempt, which its worker tells once."""

    def __init__(self) -> None:
        self._cells: dict[TaskAttempt, int] = {}

    def events(self, report: TaskReport, now: float) -> list[RunEvent]:
        """Events of a report, apart from the attempt's end. A cell that began and ended meanwhile is told once."""
        attempt = report.attempt
        ended = {event.index for event in report.events if isinstance(event, CellFinished)}
        found: list[RunEvent] = []
        for event in report.events:
            if not (isinstance(event, CellStarted) and event.index in ended):
                found.extend(self._event(attempt, event))
        found.extend(
            ArtifactRecorded(at=now, path=attempt.path, attempt=attempt.attempt, artifact=artifact)
            for artifact in report.artifacts
        )
        if report.ended is not None:
            self._cells.pop(attempt, None)
        return found

    def _event(self, attempt: TaskAttempt, event: WorkerEvent) -> list[RunEvent]:
        path, number = attempt.path, attempt.attempt
        if isinstance(event, WorkerStarted):
            self._cells[attempt] = event.cells
            return [TaskProgressed(at=event.at, path=path, attempt=number, done=0, total=event.cells)]
        if isinstance(event, CellStarted | CellFinished):
            finished = isinstance(event, CellFinished)
            done = event.index if finished else event.index - 1
            total = max(self._cells.get(attempt, 0), event.index)
            seconds = event.seconds if isinstance(event, CellFinished) else None
            return [
                TaskProgressed(
                    at=event.at, path=path, attempt=number, done=done, total=total, cell=event.cell, seconds=seconds
                )
            ]
        if isinstance(event, MetricLogged):
            return [
                MetricRecorded(
                    at=event.at, path=path, attempt=number, name=event.name, value=event.value, step=event.step
                )
            ]
        if isinstance(event, ParamsLogged):
            return [NoteAdded(at=event.at, text=_parameters_text(event.values), path=path)]
        if isinstance(event, StepWarned):
            found = event.warning
            warning = RunError(code=found.code, message=found.message, hint=found.hint, details=found.details)
            return [NoteAdded(at=event.at, text=f"{found.code}: {found.message}", path=path, warning=warning)]
        return []


def _parameters_text(values: dict[str, Any]) -> str:
    return "parameters: " + ", ".join(f"{name} = {shorten(value)}" for name, value in values.items())
