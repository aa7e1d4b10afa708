from __future__ import annotations

import pytest

from jupyter_kfp.notebook import importers
from jupyter_kfp.notebook.importers import import_notebook
from jupyter_kfp.notebook.notebook import Notebook, NotebookCell


def notebook(*tags: str, **metadata: object) -> Notebook:
    cell = NotebookCell(number=1, id="a", cell_type="code", source="x = 1", tags=tags)
    return Notebook(name="n", cells=[cell], metadata=metadata)


@pytest.mark.parametrize(
    "marked", [notebook("block:train", "prev:load"), notebook("prev:load"), notebook(kubeflow_notebook={})]
)
def test_a_kale_notebook_is_recognised_and_left_as_it_is(marked: Notebook) -> None:
    same, (diagnostic,) = import_notebook(marked)
    assert same is marked
    assert (diagnostic.code, diagnostic.severity.value) == ("KFP123", "warning")


def test_our_own_notebooks_are_not_reported() -> None:
    assert import_notebook(notebook("step:a", "imports"))[1] == []


class Renamer:
    """Takes any notebook with a tag of its own."""

    def recognises(self, notebook: Notebook) -> bool:
        return "mine" in notebook.cells[0].tags

    def convert(self, notebook: Notebook) -> Notebook:
        return Notebook(name="converted", cells=notebook.cells)


def test_a_registered_importer_converts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importers, "IMPORTERS", (Renamer(),))
    assert import_notebook(notebook("mine"))[0].name == "converted"
    assert import_notebook(notebook("other"))[0].name == "n"
