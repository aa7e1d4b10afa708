"""The notebook that a step leaves behind."""

from __future__ import annotations

from pathlib import Path

import nbformat

from jupyter_kfp.spec.step_payload import Cell, StepPayload
from jupyter_kfp.worker.session_files import LoadedInput, SessionInput
from jupyter_kfp.worker.step_notebook import build_notebook, save_notebook

PAYLOAD = StepPayload(
    step="Train model",
    kernel="python3",
    cells=[
        Cell(number=3, id="abc", source="x = 1", metadata={"tags": ["step:Train model", "raises-exception"]}),
        Cell(number=5, id="abc", source="y = 2"),
        Cell(number=6, id="not a valid id!", source="z = 3"),
    ],
)
INPUTS = [
    SessionInput(name="lr", kind="parameter", value=0.1),
    SessionInput(name="text", kind="parameter", value="a\n'b'"),
    SessionInput(name="df", kind="artifact", producer="prepare"),
    SessionInput(name="other", kind="artifact", producer="prepare"),
]
LOADED = [LoadedInput(name="df", summary="df  DataFrame 336776 x 19,\nfrom prepare")]


def test_one_folded_cell_and_the_users_own() -> None:
    notebook = build_notebook(PAYLOAD, INPUTS, LOADED)
    nbformat.validate(notebook)
    first, *own = notebook.cells
    assert first.metadata.jupyter.source_hidden
    assert first.metadata.tags == ["injected-parameters"]
    assert first.source.splitlines() == [
        '# inputs of the step "Train model"',
        "lr = 0.1",
        "text = \"a\\n'b'\"",
        "# df: DataFrame 336776 x 19, from prepare",
        "# other, from prepare",
    ]
    compile(first.source, "inputs", "exec")
    assert [cell.source for cell in own] == ["x = 1", "y = 2", "z = 3"]
    assert own[0].id == "abc"
    assert own[0].metadata.tags == ["step:Train model", "raises-exception"]
    assert len({cell.id for cell in notebook.cells}) == 4


def test_no_inputs_are_told_as_none() -> None:
    assert build_notebook(PAYLOAD, [], []).cells[0].source.splitlines()[1:] == ["# none"]


def test_a_long_value_is_cut_and_still_python() -> None:
    notebook = build_notebook(PAYLOAD, [SessionInput(name="xs", kind="parameter", value=list(range(10_000)))], [])
    assert len(notebook.cells[0].source) < 3000
    compile(notebook.cells[0].source, "inputs", "exec")


def test_saving_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "executed-notebook"
    notebook = build_notebook(PAYLOAD, INPUTS, LOADED)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="lone \ud800 surrogate")]
    save_notebook(notebook, path)
    save_notebook(notebook, path)
    assert [entry.name for entry in path.parent.iterdir()] == ["executed-notebook"]
    assert nbformat.read(path, as_version=4).cells[1].source == "x = 1"
