from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_kfp import ids
from jupyter_kfp.compiler import rules
from jupyter_kfp.compiler.step_grouping import Grouping, group_steps
from jupyter_kfp.notebook.diagnostic import Severity
from jupyter_kfp.notebook.notebook import Notebook, NotebookCell

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy


Cell = tuple[Any, ...]


def notebook(*cells: str | Cell, **fields: Any) -> Notebook:
    """Cells are a source, or a source with tags and, last, options; ``#`` begins a markdown cell."""
    made = []
    for number, cell in enumerate(cells, start=1):
        source, *rest = (cell,) if isinstance(cell, str) else cell
        kfp = rest.pop() if rest and isinstance(rest[-1], dict) else {}
        made.append(
            NotebookCell(
                number=number,
                id=f"c{number}",
                cell_type="markdown" if source.startswith("#") else "code",
                source=source,
                tags=tuple(rest),
                kfp=kfp,
            )
        )
    return Notebook(**{"name": "My notebook", **fields}, cells=made)


def group(*cells: str | Cell, by_heading: bool = False, whole: bool = False, **fields: Any) -> Grouping:
    grouping = group_steps(notebook(*cells, **fields), by_heading=by_heading, whole=whole)
    severities = rule_severities()
    assert all(severities[diagnostic.code] is diagnostic.severity for diagnostic in grouping.diagnostics)
    return grouping


def rule_severities() -> dict[str, Severity]:
    modules = [
        importlib.import_module(f"{rules.__name__}.{found.name}") for found in pkgutil.iter_modules(rules.__path__)
    ]
    return {module.CODE: module.SEVERITY for module in modules if hasattr(module, "CODE")}


def shape(grouping: Grouping) -> dict[str, Any]:
    return {
        "setup": [cell.number for cell in grouping.setup],
        "parameters": [cell.number for cell in grouping.parameters],
        **{step.name: [cell.number for cell in step.cells] for step in grouping.steps},
    }


def codes(grouping: Grouping) -> list[tuple[str, int | None]]:
    return [(diagnostic.code, diagnostic.cell) for diagnostic in grouping.diagnostics]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (
            [("a()", "step:A"), "b()", "# text", "", ("c()", "step:B"), ("d()", "step:A"), "e()"],
            {"setup": [], "parameters": [], "A": [1, 2, 6, 7], "B": [5]},
        ),
        (
            ["import os", ("n = 1", "parameters"), ("h()", "setup"), ("a()", "step:A"), ("n()", "skip"), "b()", "c()"],
            {"setup": [1, 3], "parameters": [2], "A": [4, 6, 7]},
        ),
        ([("a()", "step:A"), ("import z", "setup"), ("x = 1", "parameters"), "b()"],
         {"setup": [2], "parameters": [3], "A": [1, 4]}),
        (["import os", "x = load()", "K = 1", ("a()", "step:A")],
         {"setup": [1, 3], "parameters": [], "Start": [2], "A": [4]}),
        (["x = load()", "def f(a=x): ...", "Y = x", ("a()", "step:A")],
         {"setup": [], "parameters": [], "Start": [1, 2, 3], "A": [4]}),
        ([("h = make()", "setup"), "K = h", ("a()", "step:A")], {"setup": [1, 2], "parameters": [], "A": [3]}),
        (["x = load()", ("a()", "step:Start")], {"setup": [], "parameters": [], "Start 2": [1], "Start": [2]}),
        (["import os", "a()", ("n = 1", "parameters")], {"setup": [], "parameters": [3], "My notebook": [1, 2]}),
        (["%%kfp step A --after B\na()", ("b()", "step:B")], {"setup": [], "parameters": [], "A": [1], "B": [2]}),
        ([("", "step:A"), "a()"], {"setup": [], "parameters": [], "A": [2]}),
        ([("a()", "step: Übung  2"), ("b()", "step:U\u0308bung 2")],
         {"setup": [], "parameters": [], "Übung 2": [1, 2]}),
        ([("a()", "step:A", "hide-input", "injected-parameters")], {"setup": [], "parameters": [], "A": [1]}),
    ],
)  # fmt: skip
def test_cells_of_steps(cells: list[Any], expected: dict[str, Any]) -> None:
    grouping = group(*cells)
    assert shape(grouping) == expected
    assert {diagnostic.code for diagnostic in grouping.diagnostics} <= {"KFP108"}
    assert [step.id for step in grouping.steps] == [ids.step_id(step.name) for step in grouping.steps]
    assert [step.first_cell_number for step in grouping.steps] == [
        1 if step.name == "A" and step.cells[0].number == 2 else step.cells[0].number for step in grouping.steps
    ]


def test_the_implicit_first_step_is_told() -> None:
    (diagnostic,) = group("x = load()", ("a()", "step:A")).diagnostics
    assert (diagnostic.code, diagnostic.cell, diagnostic.severity) == ("KFP108", 1, Severity.HINT)
    assert "“Start”" in diagnostic.message


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (
            ["# Title", "import os", "## Load", "a()", "b()", "### x", "c()", "## Train", "d()"],
            {"Load": [4, 5, 7], "Train": [9]},
        ),
        (["# Load", "a()", "# Load", "b()", "# Load 2", "c()"], {"Load": [2], "Load 2": [4], "Load 2 2": [6]}),
        (["# A\n# B", "a()", "# C"], {"B": [2]}),
        (
            ["# A", "a()", ("b()", "step:X"), "c()", "# B", "d()", ("e()", "step:A")],
            {"A": [2, 7], "X": [3, 4], "B": [6]},
        ),
        (["x = load()", "# A", "a()"], {"Start": [1], "A": [3]}),
        (["# **Load** [it](x)", "a()"], {"My notebook": [2]}),
        (["# " + "long " * 50, "a()", "# B", "b()"], {"long " * 19 + "l": [2], "B": [4]}),
    ],
)
def test_steps_by_heading(cells: list[Any], expected: dict[str, Any]) -> None:
    found = shape(group(*cells, by_heading=True))
    assert {name: numbers for name, numbers in found.items() if name not in {"setup", "parameters"}} == expected


def test_no_headings_is_told() -> None:
    assert codes(group("a()", by_heading=True)) == [("KFP126", None)]
    assert codes(group(("a()", "step:A"), by_heading=True)) == [("KFP126", None)]


def test_the_whole_notebook_as_one_step() -> None:
    grouping = group(
        "import os", ("n = 1", "parameters"), ("h()", "setup"), ("a()", "step:A", {"cpu": 1}),
        ("b()", "step:B", "after:A"), ("c()", "skip"), whole=True, by_heading=True,
    )  # fmt: skip
    assert shape(grouping) == {"setup": [3], "parameters": [2], "My notebook": [1, 4, 5]}
    assert codes(grouping) == [("KFP128", 4)]
    assert grouping.steps[0].after == []


def test_the_name_of_a_whole_notebook() -> None:
    assert group("a()", name="x" * 200).steps[0].name == "x" * ids.MAX_NAME_LENGTH
    assert group("a()", kfp={"name": "Given"}).steps[0].name == "Given"
    assert group("a()", name=" ").steps[0].name == "notebook"


def test_options_of_the_first_cell_and_defaults() -> None:
    grouping = group(
        ("a()", "step:A", {"cpu": 2, "retries": 1}), "b()", ("%%kfp step B --memory 1Gi\nb()", {"timeout": "1m"}),
        kfp={"defaults": {"cpu": 1}, "image": "i"},
    )  # fmt: skip
    first, second = (step.options for step in grouping.steps)
    assert (first.cpu, first.image, first.retries and first.retries.count) == ("2", "i", 1)
    assert (second.cpu, second.memory, second.timeout) == ("1", "1Gi", 60.0)
    assert grouping.pipeline_options.image == "i"
    assert grouping.diagnostics == []


def test_the_line_of_the_magic_is_a_comment_in_the_step() -> None:
    (step,) = group("%%kfp step A\nx = 1").steps
    assert step.cells[0].source == "# %%kfp step A\nx = 1"


def test_after_edges_carry_their_cells() -> None:
    grouping = group(("a()", "step:A"), ("b()", "step:B", "after:A"), ("c()", "step:C"), ("d()", "after:A", "after:B"))
    assert [step.after for step in grouping.steps] == [[], [("A", 2)], [("A", 4), ("B", 4)]]
    assert grouping.diagnostics == []


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([("a()", "step:A", "after:A")], [("KFP107", 1)]),
        ([("a()", "step:Prepare"), ("b()", "step:B", "after:prepair")], [("KFP106", 2)]),
        ([("a()", "after:X")], [("KFP106", 1)]),
        ([("a()", "stpe:A")], [("KFP101", 1)]),
        ([("a()", "step:A"), ("b()", "paramters")], [("KFP102", 2)]),
        ([("a()", "step:")], [("KFP103", 1)]),
        ([("a()", "step:A", "skip"), ("b()", "step:B")], [("KFP104", 1)]),
        ([("%%kfp step A\na()", "step:B")], [("KFP104", 1)]),
        ([("%%kfp step A\na()", "setup")], [("KFP104", 1)]),
        ([("a()", "step:Train"), ("b()", "step:train")], [("KFP105", 2)]),
        ([("a()", "step:A", {"cpus": 1})], [("KFP109", 1)]),
        ([("a()", "step:A", {"cpu": "-1"})], [("KFP110", 1)]),
        ([("a()", "step:A"), ("b()", {"cpu": 1})], [("KFP115", 2)]),
        ([("a()", "step:A", {"cpu": 1}), ("b()", {"cpu": 1})], [("KFP115", 2)]),
        ([("import a", "setup", {"cpu": 1}), ("b()", "step:B")], [("KFP115", 1)]),
        ([("import a", {"cpu": 1}), ("b()", "step:B")], [("KFP115", 1)]),
        ([("no()", "skip", {"cpu": 1}), ("b()", "step:B")], []),
        (["%%kfp step A --cpus 2\na()"], [("KFP122", 1)]),
        ([("%%kfp step A --cpu 2\na()", {"cpu": 1})], [("KFP124", 1)]),
        ([("a()", "block:A"), ("b()", "step:B")], [("KFP108", 1), ("KFP123", 1)]),
        ([("", "step:A"), ("b()", "step:B")], [("KFP125", 1)]),
        ([("# text", "step:A"), ("b()", "step:B")], [("KFP127", 1)]),
        ([("# text", "skip"), ("b()", "step:B")], []),
        ([("%matplotlib inline\nx = 1\n%store x.py", "step:A")], [("KFP129", 1)]),
        ([("%%px\nx = 1", "step:A")], [("KFP129", 1)]),
        ([("x = %store x.py", "step:A")], [("KFP129", 1)]),
        ([("%store -r x", "step:A")], [("KFP129", 1)]),
        ([("%%time\nif y:\n    %reset", "step:A")], [("KFP129", 1)]),
        ([("x = (5\n%store)\n'''\n%store x\n'''", "step:A")], []),
        ([("%store x.py", "skip"), ("x = 5 % 2\n# %store x.py", "step:A")], []),
        ([], [("KFP114", None)]),
        (["# text"], [("KFP114", None)]),
        (["", "  \n"], [("KFP114", None)]),
        ([("a()", "skip")], [("KFP114", None)]),
        ([("import a", "setup"), ("x = 1", "parameters")], [("KFP114", None)]),
    ],
)
def test_faults(cells: list[Any], expected: list[tuple[str, int | None]]) -> None:
    assert sorted(codes(group(*cells))) == expected


def test_hints_name_what_was_meant() -> None:
    (diagnostic,) = group(("a()", "step:Prepare"), ("b()", "step:B", "after:prepair")).diagnostics
    assert "“Prepare”" in diagnostic.hint
    (diagnostic,) = group(("a()", "step:A", {"cpu": 1}), ("b()", {"cpu": 1})).diagnostics
    assert "cell 1" in diagnostic.hint


def test_other_languages_are_refused() -> None:
    grouping = group("a <- 1", language="r")
    assert codes(grouping) == [("KFP118", None)]
    assert grouping.steps == []


def test_options_of_the_pipeline_are_checked() -> None:
    assert codes(group("a()", kfp={"nam": "x"})) == [("KFP109", None)]


tags = st.sampled_from(
    ["step:A", "step:B", "step:a", "after:A", "after:B", "setup", "parameters", "skip", "stpe:x", "other"]
)
sources = st.sampled_from(
    ["a()", "import os", "x = 1", "", "# Heading", "# A\n## B", "%%kfp step A --cpu 1\nx", "%%time\nx"]
)


@UNHURRIED
@given(
    st.lists(st.tuples(sources, tags, tags, st.sampled_from([{}, {"cpu": 1}])) | sources, max_size=8),
    st.booleans(),
    st.booleans(),
)
def test_every_code_cell_has_one_place(cells: list[Any], by_heading: bool, whole: bool) -> None:
    grouping = group(*cells, by_heading=by_heading, whole=whole)
    placed = [cell.number for cell in [*grouping.setup, *grouping.parameters]]
    placed += [cell.number for step in grouping.steps for cell in step.cells]
    code = [cell for cell in notebook(*cells).code_cells if cell.source.strip() and "skip" not in cell.tags]
    assert len(placed) == len(set(placed))
    assert set(placed) >= {cell.number for cell in code}
    assert all(step.cells for step in grouping.steps)
    assert len({step.id for step in grouping.steps}) == len(grouping.steps)
