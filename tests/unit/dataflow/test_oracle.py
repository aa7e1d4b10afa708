"""The notebook itself is the oracle: its pipeline gives the same, or is refused with the right code."""

from __future__ import annotations

import pytest
from oracle import compare, compare_state, notebook_of
from oracle_cases import REFUSED_CASES, SAME_CASES, Case, cells_of

from jupyter_kfp.compiler.compile_notebook import compile_notebook
from jupyter_kfp.compiler.diagnostics import render_text

OF_TAGS = {"KFP133"}
"""Found in the tags of a cell, which have no line."""


@pytest.mark.parametrize("case", SAME_CASES, ids=str)
def test_pipeline_gives_what_the_notebook_gives(case: Case) -> None:
    comparison = compare(case.cells, case.files)
    assert not comparison.errors
    assert comparison.pipeline is not None
    assert not comparison.pipeline.problems
    assert not comparison.differences
    if comparison.whole.failed_cell is None:
        state = compare_state(case.cells, case.files, comparison.whole)
        # A variable that travels nowhere may be one that cannot.
        assert state.is_refused or state.is_stopped or not state.differences


@pytest.mark.parametrize("case", REFUSED_CASES, ids=str)
def test_what_cannot_be_kept_is_refused_with_cell_and_line(case: Case) -> None:
    comparison = compare(case.cells, case.files)
    if case.keepable and comparison.is_kept:
        return  # the better of two good ends; it is counted below
    for expected in case.expected:
        if expected.is_of_run:
            assert comparison.pipeline is not None, comparison.errors
            assert expected.code in {code for _, code, _ in comparison.pipeline.problems}
            continue
        found = [one for one in comparison.compiled.diagnostics if one.code == expected.code]
        assert found, comparison.compiled.diagnostics
        assert all(one.cell and (one.line or one.code in OF_TAGS) and one.message and one.hint for one in found)
        assert expected.code in render_text(found, file="nb.ipynb")
        places = {(one.cell, one.line) for one in found} | {(one.cell, None) for one in found} | {(None, None)}
        assert (expected.cell, expected.line) in places
    if not comparison.is_stopped:
        assert bool(comparison.differences) is case.differs


def test_drawing_a_frame_changes_nothing_that_it_was_made_of() -> None:
    """Otherwise the steps that made it would wait for one another."""
    compiled = compile_notebook(
        notebook_of(
            cells_of(
                "# %% setup\nimport pandas as pd\n# %% a\nr = {'x': 1}\n# %% b\ns = {'y': 2}\n"
                "# %% c\nboth = pd.DataFrame({**r, **s}, index=[0])\nboth.plot.box()\nboth.style.format('x')\n"
                "# %% d\nprint(r)\n# %% e\nprint(s)\n"
            )
        )
    )
    assert compiled.pipeline is not None
    tasks = compiled.pipeline.spec.root.dag.tasks
    waits = {key: list(task.dependent_tasks) for key, task in tasks.items()}
    assert waits == {"a": [], "b": [], "c": ["a", "b"], "d": ["a"], "e": ["b"]}
