"""Tables on narrow terminals say less, but wrap nothing."""

from __future__ import annotations

import pytest

from jupyter_kfp.cli.plan_display import plan_lines
from jupyter_kfp.cli.run_tables import runs_table
from jupyter_kfp.cli.styled_lines import as_text, line_width
from jupyter_kfp.engine.plan import PlannedTask
from jupyter_kfp.ids import RunId, TaskPath
from jupyter_kfp.runs.run import Run, TaskKind
from jupyter_kfp.runs.states import RuntimeState

RUN = Run(
    run_id=RunId("2cea53dd-b141-4f2b-ac1c-9568649c0989"),
    name="compare_models 2026-11-24 10:30",
    pipeline="compare-models",
    experiment="Default",
    state=RuntimeState.SUCCEEDED,
    created_at=0.0,
    started_at=0.0,
    finished_at=3.0,
)


@pytest.mark.parametrize("width", [40, 59, 79, 99, 150])
def test_runs_fit(width: int) -> None:
    lines = runs_table([RUN], 10.0, width)
    assert max(map(line_width, lines)) <= width
    assert as_text(lines[1]).startswith("2cea53dd  Succeeded  compa")
    assert "Took" in as_text(lines[0])


def test_all_columns_are_there_where_they_fit() -> None:
    assert as_text(runs_table([RUN], 10.0)[0]).split() == [
        "Run", "State", "Name", "Pipeline", "Experiment", "Started", "Took"
    ]  # fmt: skip


def test_a_plan_is_a_tree_whose_leaves_are_counted() -> None:
    tasks = [("root/loop", TaskKind.LOOP), ("root/loop[0]", TaskKind.ITERATION), ("root/loop[0]/work", TaskKind.TASK)]
    planned = [
        PlannedTask(path=TaskPath(path), name=path.rpartition("/")[2], kind=kind, action="run", why="")
        for path, kind in tasks
    ]
    lines = [as_text(line).rstrip() for line in plan_lines(planned, unicode=False)]
    assert [line.partition("Will")[0].rstrip()[2:] for line in lines[:3]] == ["loop", "  loop[0]", "    work"]
    assert lines[3] == "1 step: 1 will run"


WHY = "input rows changed (from tidy), and so did the version of the package scikit-learn: 1.5 -> 1.6"


@pytest.mark.parametrize("width", [30, 59, 79])
def test_reasons_of_a_plan_go_on_below(width: int) -> None:
    planned = [PlannedTask(path=TaskPath("root/a"), name="a rather long name", action="run", why=WHY)]
    lines = plan_lines(planned, width=width)
    assert max(map(line_width, lines)) <= width
    assert " ".join(" ".join(map(as_text, lines[:-1])).split()).endswith(WHY)
    assert as_text(plan_lines(planned)[0]).endswith(WHY)
