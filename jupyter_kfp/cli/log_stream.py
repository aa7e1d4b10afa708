"""Logs of a run's steps, page by page: whole ones, and what is new."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jupyter_kfp.cli.run_view import RunView
from jupyter_kfp.ids import RunId, TaskPath
from jupyter_kfp.runs.run import Task, TaskOrigin

if TYPE_CHECKING:
    from jupyter_kfp.pipeline_service import PipelineService

PAGE_BYTES = 1 << 20
TAIL_BYTES = 64 << 10
_LONGEST_LINE = 1 << 16
ShowLine = Callable[[str, str], None]
"""Takes the name of a step and a line that it printed."""


def log_source(run_id: RunId, task: Task, attempt: int) -> TaskOrigin:
    """Where the log of a task's attempt is (0: it did not run itself); the store need not be asked for the task again.

    Its attempt is 0 if only the service can tell.
    """
    if attempt == 0 and task.origin is not None and task.origin.attempt:
        return task.origin
    return TaskOrigin(run_id=run_id, path=task.path, attempt=attempt)


def log_pages(service: PipelineService, run_id: RunId, path: TaskPath, attempt: int | None) -> Iterator[bytes]:
    """Yield a log from start to end, one page in memory at a time."""
    offset = 0
    while True:
        page = service.logs(run_id, path, attempt=attempt, offset=offset, limit=PAGE_BYTES)
        if not page.data:
            return
        yield page.data
        offset = page.offset + len(page.data)


def log_tail(service: PipelineService, run_id: RunId, path: TaskPath, *, attempt: int | None = None) -> str:
    """The last 64 KiB of an attempt's log, by default the newest, from the first whole character on."""
    data = service.logs(run_id, path, attempt=attempt, offset=-TAIL_BYTES, limit=TAIL_BYTES).data
    start = 0
    while start < min(3, len(data)) and data[start] & 0xC0 == 0x80:
        start += 1
    return data[start:].decode("utf-8", "replace")


def last_lines(
    service: PipelineService, run_id: RunId, path: TaskPath, count: int, *, traceback: str = ""
) -> list[str]:
    """The last lines of the newest attempt's log, up to the given traceback, which is shown elsewhere."""
    lines = log_tail(service, run_id, path).rstrip().splitlines()
    shown_elsewhere = traceback.strip().splitlines()
    if shown_elsewhere:
        for start in range(len(lines) - len(shown_elsewhere), -1, -1):
            if lines[start : start + len(shown_elsewhere)] == shown_elsewhere:
                lines = lines[:start]
                break
    return lines[-count:]


@dataclass(slots=True)
class _Cursor:
    attempt: int
    ended: bool = False
    """Whether all of it was shown."""
    offset: int = 0
    rest: str = ""
    decoder: codecs.IncrementalDecoder = field(default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace"))


class LogStream:
    """New lines of all steps of a run, or of one, across attempts."""

    def __init__(self, service: PipelineService, view: RunView, only: TaskPath | None = None) -> None:
        self._service = service
        self._view = view
        self._only = only
        self._cursors: dict[TaskPath, _Cursor] = {}

    def show_news(self, show: ShowLine, announce: Callable[[str, int], None] | None = None) -> None:
        """Hand over the name of the step and each whole line since the last call; of an ended step also the rest.

        `announce` hears of each attempt before its first line.
        """
        for task in self._view.tasks.values():
            if task.attempt == 0 or (self._only is not None and task.path != self._only):
                continue
            cursor = self._cursors.get(task.path)
            if cursor is None or cursor.attempt < task.attempt:
                self._finish(cursor, task.path, task.name, show)
                cursor = self._cursors[task.path] = _Cursor(task.attempt)
                if announce is not None:
                    announce(task.name, task.attempt)
            if task.finished_at is not None:
                self._finish(cursor, task.path, task.name, show)
            else:
                self._read(cursor, task.path, task.name, show)

    def _finish(self, cursor: _Cursor | None, path: TaskPath, name: str, show: ShowLine) -> None:
        """Show what an attempt that has ended printed last."""
        if cursor is None or cursor.ended:
            return
        cursor.ended = True
        self._read(cursor, path, name, show)
        if cursor.rest:
            show(name, cursor.rest)

    def _read(self, cursor: _Cursor, path: TaskPath, name: str, show: ShowLine) -> None:
        run_id = self._view.run_id
        while True:
            page = self._service.logs(run_id, path, attempt=cursor.attempt, offset=cursor.offset, limit=PAGE_BYTES)
            if not page.data:
                return
            cursor.offset = page.offset + len(page.data)
            *lines, cursor.rest = (cursor.rest + cursor.decoder.decode(page.data)).split("\n")
            for line in lines:
                show(name, line)
            if len(cursor.rest) > _LONGEST_LINE:  # a line without an end must not fill the memory
                show(name, cursor.rest)
                cursor.rest = ""
