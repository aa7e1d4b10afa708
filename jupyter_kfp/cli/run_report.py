"""What is printed when a run has ended: metrics, where things are, or what went wrong and what to do."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_kfp.cli.run_display import error_summary, short_id
from jupyter_kfp.cli.run_view import RunView, TaskView
from jupyter_kfp.cli.styled_lines import Line, Segment, fit, line_width, printable, table
from jupyter_kfp.cli.words import counted, number, size
from jupyter_kfp.ids import TaskPath
from jupyter_kfp.runs.run import RunError, TaskArtifact
from jupyter_kfp.runs.states import RuntimeState

_MOST_NOTEBOOKS = 10
_LOG_COLUMNS = 500
"""Of a line of output; the rest can be read in the log."""


@dataclass(frozen=True, slots=True)
class StoredThing:
    """An artifact and where it can be looked at."""

    path: TaskPath
    artifact: TaskArtifact
    location: str


@dataclass(frozen=True, slots=True)
class RunResults:
    """What a report needs beside the view."""

    notebooks: Mapping[TaskPath, str] = field(default_factory=dict)
    """Where the executed notebook of each task is."""
    logged: Sequence[StoredThing] = ()
    """What the user's code marked to be seen."""
    log_tails: Mapping[TaskPath, Sequence[str]] = field(default_factory=dict)
    """The last lines that failed tasks printed."""
    source: str = ""
    """Path of the notebook or pipeline that the run was started from; empty if that is not known."""


def report_lines(
    view: RunView, results: RunResults, width: int | None = None, *, offers_show: bool = True
) -> list[Line]:
    """The end of a run, in full; of artifacts whose paths do not fit into `width` columns only the folder."""
    lines: list[Line] = []
    for task in view.failed_tasks():
        lines += _failure(task, results)
    if not view.failed_tasks() and view.error is not None:
        lines += [[], *error_lines(view.error)]
    lines += warning_lines(view)
    if view.metrics:
        lines += [[], *metric_lines(view)]
    lines += _places(view, results, width)
    commands = _next_commands(view, results.source)
    if offers_show:
        commands.append((f"jupyter kfp show {short_id(view.run_id)}", "look further"))
    lines += [[], *_command_lines(commands, width)] if commands else []
    return lines


def metric_lines(view: RunView) -> list[Line]:
    """One row per metric and step: last value, number of values."""
    rows = []
    for (path, name), series in view.metrics.items():
        count = "" if series.count == 1 else counted(series.count, "value")
        rows.append((printable(name), number(series.value), printable(view.task(path).name), count))
    return table(("Metric", "Last value", "Step", ""), rows, right=frozenset({1}))


def error_lines(error: RunError) -> list[Line]:
    """What went wrong, where, the user's traceback, what to do."""
    lines: list[Line] = [[Segment(f"error {error.code}", "bad"), Segment(f": {printable(error_summary(error))}")]]
    lines += [[Segment("  " + printable_line)] for printable_line in _text_lines(error.traceback)]
    if error.hint:
        lines += [[Segment("  hint: ", "name"), Segment(hint)] for hint in _text_lines(error.hint)]
    return lines


def warning_lines(view: RunView) -> list[Line]:
    """What the user should know of steps that are right."""
    lines: list[Line] = []
    for warning in view.warnings:
        lines += [[], [Segment(f"warning {warning.code}", "name"), Segment(f": {printable(warning.message)}")]]
        lines += [[Segment("  hint: ", "name"), Segment(hint)] for hint in _text_lines(warning.hint)]
    return lines


def _failure(task: TaskView, results: RunResults) -> list[Line]:
    lines: list[Line] = [[], [Segment(f"Step {printable(task.name)} failed", "name")]]
    if task.error is not None:
        lines += error_lines(task.error)
    tail = results.log_tails.get(task.path, ())
    if tail:
        lines.append([Segment(f"Its last {counted(len(tail), 'line')} of output:", "dim")])
        lines += [[Segment("  | ", "dim"), Segment(printable(text))] for text in map(_cut, tail)]
    if task.path in results.notebooks:
        lines.append([Segment("Executed notebook: "), Segment(results.notebooks[task.path])])
    return lines


def _places(view: RunView, results: RunResults, width: int | None) -> list[Line]:
    """Artifacts and executed notebooks with their paths; where these do not fit, with the folder that has them all."""
    notebooks = {
        path: place for path, place in results.notebooks.items() if view.task(path).state is not RuntimeState.FAILED
    }
    lines = [*_artifact_lines(view, results.logged), *_notebook_lines(view, notebooks)]
    if width is None or all(line_width(line) <= width for line in lines):
        return lines
    lines = [*_artifact_lines(view, results.logged, paths=False)]
    if notebooks:
        names = ", ".join(printable(view.task(path).name) for path in notebooks)
        lines += [[], [Segment("Executed notebooks: "), Segment(fit(names, width - 20))]]
    return [*lines, *_where(view, [thing.location for thing in results.logged] + [*notebooks.values()])]


def _artifact_lines(view: RunView, things: Sequence[StoredThing], *, paths: bool = True) -> list[Line]:
    if not things:
        return []
    rows = [
        (
            printable(thing.artifact.name),
            thing.artifact.type.removeprefix("system."),
            printable(view.task(thing.path).name),
            size(thing.artifact.size),
            *([thing.location] if paths else []),
        )
        for thing in things
    ]
    header = ("Artifact", "Type", "Step", "Size", *(["Where"] if paths else []))
    return [[], *table(header, rows, right=frozenset({3}))]


def _notebook_lines(view: RunView, notebooks: Mapping[TaskPath, str]) -> list[Line]:
    if not notebooks:
        return []
    rows = [(printable(view.task(path).name), place) for path, place in notebooks.items()]
    lines = [[], *table(("Executed notebook of", "Where"), rows[:_MOST_NOTEBOOKS])]
    if len(rows) > _MOST_NOTEBOOKS:
        more = f"and {len(rows) - _MOST_NOTEBOOKS} more: jupyter kfp artifacts {short_id(view.run_id)}"
        lines.append([Segment(more, "dim")])
    return lines


def _where(view: RunView, locations: Sequence[str]) -> list[Line]:
    folder = os.path.commonpath(locations) if len(locations) > 1 else str(Path(locations[0]).parent)
    run = short_id(view.run_id)
    return [
        [Segment("In "), Segment(folder)],
        [Segment(f"jupyter kfp artifacts {run}", "name"), Segment("  lists the paths; --open and --copy NAME", "dim")],
    ]


def _next_commands(view: RunView, source: str) -> list[tuple[str, str]]:
    """Commands that may help now, and what for."""
    run = short_id(view.run_id)
    commands = []
    if view.state is RuntimeState.FAILED:
        failed = view.failed_tasks()
        step = f" {quoted(failed[0].name)}" if failed else ""
        notebook = quoted(_from_here(source)) if source else "NOTEBOOK"
        kind = "notebook" if Path(source or "x.ipynb").suffix == ".ipynb" else "pipeline"
        if any(task.error and task.error.details.get("mutates") for task in failed):
            commands.append((f"jupyter kfp fix {notebook} {run}", "write into the notebook that the change is meant"))
        commands.append((f"jupyter kfp logs {run}{step}", "what it printed"))
        commands.append((f"jupyter kfp retry {run}", "run what failed again, with the code of this run"))
        commands.append((f"jupyter kfp run {notebook}", f"after a change of the {kind}; what did not change is cached"))
    elif view.state is RuntimeState.CANCELED:
        commands.append((f"jupyter kfp retry {run}", "go on where it stopped"))
    return commands


def _command_lines(commands: Sequence[tuple[str, str]], width: int | None) -> list[Line]:
    """Commands with what they are for behind them, or above them where that does not fit."""
    columns = max(len(command) for command, _ in commands)
    if width is None or all(columns + 2 + len(text) <= width for _, text in commands):
        return [[Segment(f"{command:<{columns}}", "name"), Segment(f"  {text}", "dim")] for command, text in commands]
    lines: list[Line] = []
    for command, text in commands:
        lines += [[Segment(f"{text}:", "dim")], [Segment(f"  {command}", "name")]]
    return lines


def _from_here(path: str) -> str:
    """Relative, if it is below the working directory."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (ValueError, OSError):  # elsewhere, or the working directory is gone
        return path


def quoted(name: str) -> str:
    """A name as the shell must be given it."""
    import shlex

    return shlex.quote(name)


def _cut(text: str) -> str:
    return text if len(text) <= _LOG_COLUMNS else f"{text[:_LOG_COLUMNS]}…"


def _text_lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.expandtabs(4).strip("\n").splitlines()]
