"""Tables of runs, and a run in full."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from jupyter_kfp.cli.run_display import Screen, run_lines, short_id
from jupyter_kfp.cli.run_report import RunResults, report_lines
from jupyter_kfp.cli.run_view import RunView
from jupyter_kfp.cli.styled_lines import Line, Segment, fit, printable, table
from jupyter_kfp.cli.words import duration, state_word
from jupyter_kfp.runs.run import Run
from jupyter_kfp.runs.states import Reason

_NAME_COLUMNS = 40


def runs_table(runs: Sequence[Run], now: float) -> list[Line]:
    """One row per run."""
    rows = [
        (
            short_id(run.run_id),
            state_word(run.state).word,
            fit(printable(run.name), _NAME_COLUMNS),
            fit(printable(run.pipeline), _NAME_COLUMNS),
            fit(printable(run.experiment), _NAME_COLUMNS),
            day_and_time(run.created_at),
            duration((run.finished_at or now) - (run.started_at or run.created_at)),
        )
        for run in runs
    ]
    header = ("Run", "State", "Name", "Pipeline", "Experiment", "Started", "Took")
    return table(header, rows, right=frozenset({6}))


def show_lines(run: Run, view: RunView, results: RunResults, screen: Screen, now: float) -> list[Line]:
    """Facts, parameters, steps, then what a run prints at its end."""
    facts = [
        ("Run", run.run_id),
        ("Name", printable(run.name)),
        ("Pipeline", printable(run.pipeline)),
        ("Experiment", printable(run.experiment)),
        ("Started", day_and_time(run.created_at)),
    ]
    if run.options.notebook_path:
        facts.append(("Source", run.options.notebook_path))
    if run.reason is Reason.RUN_PROCESS_DIED:
        facts.append(("Note", "the process of the run died"))
    lines = [[Segment(f"{name:<12}", "dim"), Segment(value)] for name, value in facts]
    for position, (name, value) in enumerate(run.parameters.items()):
        label = "Parameters" if position == 0 else ""
        text = fit(
            f"{printable(name)} = {printable(json.dumps(value, ensure_ascii=False))}", max(20, screen.width - 12)
        )
        lines.append([Segment(f"{label:<12}", "dim"), Segment(text)])
    return [*lines, [], *run_lines(view, screen, now), *report_lines(view, results, screen.width)]


def day_and_time(at: float) -> str:
    """Local time, to the minute."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
