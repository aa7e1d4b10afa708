"""A run as plain lines, one per change: for logs, pipes and terminals that cannot move their cursor."""

from __future__ import annotations

import time
from collections.abc import Iterator

from jupyter_kfp.cli.run_display import progress_text, progress_words, short_id, task_reason
from jupyter_kfp.cli.run_view import RunView
from jupyter_kfp.cli.styled_lines import pad, printable, text_width
from jupyter_kfp.cli.words import counted, duration, state_word
from jupyter_kfp.ids import TaskPath
from jupyter_kfp.runs.events import NoteAdded, RunCreated, RunMoved, StoredEvent, TaskMoved, TaskProgressed
from jupyter_kfp.runs.run import TaskKind
from jupyter_kfp.runs.states import FINISHED, RuntimeState

_NAME_COLUMNS = 40
PROGRESS_EVERY = 10.0
"""Seconds between two lines about the cells of one step."""


class PlainLines:
    """Turn events into lines, telling the view about them on the way."""

    def __init__(self, view: RunView) -> None:
        self._view = view
        self._told: dict[TaskPath, float] = {}
        self._columns = self._measured = 0

    def take(self, stored: StoredEvent) -> Iterator[str]:
        """Lines that an event is worth."""
        self._view.apply_all([stored])
        event = stored.event
        if isinstance(event, RunCreated):
            yield self._first_line(event, stored.run_id)
        elif isinstance(event, TaskMoved):
            self._told[event.path] = event.at
            if self._view.task(event.path).is_step or event.state is RuntimeState.SKIPPED:
                yield self._task_line(event.path, event.at)
        elif isinstance(event, TaskProgressed):
            if event.at - self._told.get(event.path, 0.0) >= PROGRESS_EVERY:
                self._told[event.path] = event.at
                yield self._progress_line(event.path, event.at)
        elif isinstance(event, RunMoved):
            if event.state is not RuntimeState.RUNNING:
                yield self._run_line(event.at)
        elif isinstance(event, NoteAdded):
            kind = "note" if event.warning is None else "warning"
            yield f"{_clock(event.at)}  {kind}: {printable(event.text)}"

    def _first_line(self, event: RunCreated, run_id: str) -> str:
        steps = counted(len(self._view.steps()), "step")
        loops = sum(task.kind is TaskKind.LOOP for task in self._view.tasks.values())
        steps += f" and those in {counted(loops, 'loop')}" if loops else ""
        pipeline, experiment = printable(event.pipeline), printable(event.experiment)
        return f"{printable(event.name)}: run {short_id(run_id)} of {pipeline}, {steps}, experiment {experiment}"

    def _task_line(self, path: TaskPath, at: float) -> str:
        task = self._view.task(path)
        word = state_word(task.state, task.reason).word
        parts = [_clock(at), self._name(path), pad(word, 9)]
        seconds = task.seconds(at)
        if task.state in FINISHED and task.state is not RuntimeState.SKIPPED and seconds is not None:
            parts.append(duration(seconds))
        reason = task_reason(task)
        if reason:
            parts.append(printable(reason))
        return "  ".join(parts).rstrip()

    def _progress_line(self, path: TaskPath, at: float) -> str:
        task = self._view.task(path)
        parts = [
            _clock(at),
            self._name(path),
            pad("Running", 9),
            progress_text(task),
            duration(task.seconds(at) or 0.0),
        ]
        return "  ".join(parts)

    def _run_line(self, at: float) -> str:
        view = self._view
        word = state_word(view.state, view.reason).word
        run = f"run {short_id(view.run_id)} {word.lower()}"
        return f"{_clock(at)}  {run}, {progress_words(view)}, {duration(view.seconds(at))}"

    def _name(self, path: TaskPath) -> str:
        if len(self._view.tasks) != self._measured:  # iterations came
            self._measured = len(self._view.tasks)
            self._columns = min(_NAME_COLUMNS, max(text_width(self._label(other)) for other in self._view.tasks))
        return pad(self._label(path), self._columns)

    def _label(self, path: TaskPath) -> str:
        """The name, and before it what the task is a part of."""
        inside = path.removeprefix("root/").rpartition("/")[0]
        return (f"{inside}/" if inside else "") + printable(self._view.task(path).name)


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))
