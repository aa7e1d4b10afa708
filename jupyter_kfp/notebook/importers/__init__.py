"""Notebooks of other tools: the place where importers of Kale and Elyra notebooks go."""

from __future__ import annotations

from typing import Protocol

from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.notebook.notebook import Notebook

_KALE_METADATA = "kubeflow_notebook"
_KALE_TAGS = ("block:", "prev:")


class NotebookImporter(Protocol):
    """Turns the marks of another tool into ours."""

    def recognises(self, notebook: Notebook) -> bool:
        """Whether the notebook is marked up for that tool."""

    def convert(self, notebook: Notebook) -> Notebook:
        """Return the same notebook with our tags and options; cells keep their numbers."""


IMPORTERS: tuple[NotebookImporter, ...] = ()
"""Tried in order; the first that recognises a notebook converts it."""


def import_notebook(notebook: Notebook) -> tuple[Notebook, list[Diagnostic]]:
    """Convert a notebook of another tool; one that nobody can convert stays as it is, with a warning (KFP123)."""
    for importer in IMPORTERS:
        if importer.recognises(notebook):
            return importer.convert(notebook), []
    return notebook, _kale_warning(notebook)


def _kale_warning(notebook: Notebook) -> list[Diagnostic]:
    marked = [cell for cell in notebook.cells if any(tag.startswith(_KALE_TAGS) for tag in cell.tags)]
    if not marked and _KALE_METADATA not in notebook.metadata:
        return []
    return [
        Diagnostic(
            code="KFP123",
            severity=Severity.WARNING,
            message="the notebook is marked up for Kale, which is not imported yet; Kale's own tags are ignored",
            hint="tag the cells with step:NAME (Kale: block:NAME), after:NAME (prev:NAME), setup (imports, functions) "
            "and parameters (pipeline-parameters)",
            cell=marked[0].number if marked else None,
            cell_id=marked[0].id if marked else "",
        )
    ]
