"""Tables of runs, and a run in full."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from jupyter_kfp.cli.run_display import Screen, run_lines, short_id
from jupyter_kfp.cli.run_report import RunResults, report_lines
from jupyter_kfp.cli.run_view import RunView
from jupyter_kfp.cli.styled_lines import Line, Segment, fit, line_width, printable, table, text_width
from jupyter_kfp.cli.words import duration, state_word
from jupyter_kfp.runs.run import Run
from jupyter_kfp.runs.states import Reason

_NAME_COLUMNS = 40
_LEAST_COLUMNS = 8
_RUN_COLUMNS = ("Run", "State", "Name", "Pipeline", "Experiment", "Started", "Took")
_DISPENSABLE = ("Experiment", "Pipeline", "Started")
"""What is left out first."""


def runs_table(runs: Sequence[Run], now: float, width: int | None = None) -> list[Line]:
    """One row per run; where `width` columns are too few, without what tells least, and with shorter names."""
    name_columns = min(_NAME_COLUMNS, max((text_width(printable(run.name)) for run in runs), default=0))
    columns = list(_RUN_COLUMNS)
    lines = _runs_lines(runs, columns, now, name_columns)
    for dropped in _DISPENSABLE:
        if width is None or max(map(line_width, lines)) <= width:
            return lines
        columns.remove(dropped)
        lines = _runs_lines(runs, columns, now, name_columns)
    too_much = max(map(line_width, lines)) - width if width is not None else 0
    return _runs_lines(runs, columns, now, max(_LEAST_COLUMNS, name_columns - too_much)) if too_much > 0 else lines


def _runs_lines(runs: Sequence[Run], columns: Sequence[str], now: float, name_columns: int) -> list[Line]:
    rows = [_run_cells(run, now, name_columns) for run in runs]
    right = frozenset({columns.index("Took")})
    return table(columns, [[row[column] for column in columns] for row in rows], right=right)


def _run_cells(run: Run, now: float, name_columns: int) -> dict[str, str]:
    return {
        "Run": short_id(run.run_id),
        "State": state_word(run.state).word,
        "Name": fit(printable(run.name), name_columns),
        "Pipeline": fit(printable(run.pipeline), _NAME_COLUMNS),
        "Experiment": fit(printable(run.experiment), _NAME_COLUMNS),
        "Started": day_and_time(run.created_at),
        "Took": duration((run.finished_at or now) - (run.started_at or run.created_at)),
    }


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
    report = report_lines(view, results, screen.width, offers_show=False)
    return [*lines, [], *run_lines(view, screen, now), *report]


def day_and_time(at: float) -> str:
    """Local time, to the minute."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
