"""A sample of the oracle's table on the real path: papermill over the whole notebook, `jupyter kfp run` over its steps.

The table itself runs in forks (tests/unit/dataflow); this shows that forks, workers and kernels agree.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "dataflow"))
from interpreter import stable
from oracle import notebook_of
from oracle_cases import CASES, Case

sys.path.pop(0)

KEPT = (
    "alias changed in a later step",
    "class with methods that close over globals",
    "functions in a container",
    "enum members compare by identity",
    "numpy view",
    "frame shown as a result",
    "shell assignment with a name",
    "await at top level binds names",
    "seed in one step, draws in others",
    "parameter used by setup function",
    "module beside the notebook",
    "exception in a step",
    "exception that a cell may raise",
    "matplotlib inline, in setup",
)
STOPPED = "lock in a step"
_PAPERMILL = """
import pathlib, sys, papermill
for path in map(pathlib.Path, sys.argv[1:]):
    try:
        papermill.execute_notebook(path, path.with_name("whole.ipynb"), cwd=path.parent, progress_bar=False)
    except papermill.PapermillExecutionError:
        pass
"""

Outputs = dict[str, dict[str, Any]]
"""By id of the cell: its stdout, what it shows, its error."""


def case_of(title: str) -> Case:
    return next(case for case in CASES if case.title == title)


def write(folder: Path, case: Case) -> Path:
    folder.mkdir()
    for name, text in case.files.items():
        (folder / name).write_text(text)
    path = folder / "nb.ipynb"
    path.write_text(json.dumps(notebook_of(case.cells)))
    return path


def outputs_of(path: Path) -> Outputs:
    cells = json.loads(path.read_text())["cells"]
    return {
        cell["id"]: {
            "stdout": stable("".join(map(stdout, cell["outputs"]))),
            "shown": [shown(one) for one in cell["outputs"] if "data" in one],
            "errors": [(one["ename"], one["evalue"]) for one in cell["outputs"] if one["output_type"] == "error"],
        }
        for cell in cells
        if cell["cell_type"] == "code" and cell.get("execution_count") is not None
    }


def stdout(output: dict[str, Any]) -> str:
    return "".join(output["text"]) if output.get("name") == "stdout" else ""


def shown(output: dict[str, Any]) -> dict[str, str]:
    return {mime: stable("".join(data)) for mime, data in output["data"].items()}


@pytest.fixture(scope="module")
def wholes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outputs]:
    """Outputs of the notebooks as a whole, by title; one process for all of them."""
    folder = tmp_path_factory.mktemp("whole")
    paths = [write(folder / f"n{number}", case_of(title)) for number, title in enumerate(KEPT)]
    done = subprocess.run([sys.executable, "-c", _PAPERMILL, *paths], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return {title: outputs_of(path.with_name("whole.ipynb")) for title, path in zip(KEPT, paths, strict=True)}


@pytest.mark.parametrize("title", KEPT)
def test_steps_show_what_the_whole_notebook_shows(title: str, wholes: Any, kfp: Any, tmp_path: Path) -> None:
    case, whole = case_of(title), wholes[title]
    result = kfp.json("run", write(tmp_path / "steps", case))
    steps: Outputs = {}
    for task in result["tasks"].values():
        if "executed-notebook" in task["artifacts"]:
            steps |= outputs_of(Path(task["artifacts"]["executed-notebook"]["uri"]))
    compared = {f"c{number}" for number, (tags, _) in enumerate(case.cells, 1) if "step:" in tags}
    ran = {cell: outputs for cell, outputs in whole.items() if cell in compared}
    assert ran
    assert {cell: steps[cell] for cell in ran} == ran
    may_fail = {f"c{number}" for number, (tags, _) in enumerate(case.cells, 1) if "raises-exception" in tags}
    failing = [cell for cell, outputs in ran.items() if outputs["errors"] and cell not in may_fail]
    assert result["state"] == ("FAILED" if failing else "SUCCEEDED")


def test_what_stops_a_step_in_a_fork_stops_its_worker(kfp: Any, tmp_path: Path) -> None:
    case = case_of(STOPPED)
    result = kfp.json("run", write(tmp_path / "steps", case))
    assert result["state"] == "FAILED"
    assert case.expected[0].code in {task["error"]["code"] for task in result["tasks"].values() if task["error"]}
