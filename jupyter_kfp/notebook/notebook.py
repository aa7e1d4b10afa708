"""A notebook as jupyter_kfp sees it: cells with their position, tags and our metadata; outputs are left behind."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class NotebookCell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of any type."""

    number: int
    """Position among all cells, from 1, as JupyterLab's status bar counts."""
    id: str
    """``cell.id`` (nbformat 4.5), else ``cell-<number>``."""
    cell_type: Literal["code", "markdown", "raw"]
    source: str
    tags: tuple[str, ...] = ()
    kfp: dict[str, Any] = {}
    """``cell.metadata.kfp``, not yet checked."""
    metadata: dict[str, Any] = {}
    """All metadata of the cell."""


class Notebook(msgspec.Struct, frozen=True, kw_only=True):
    """A whole notebook."""

    name: str
    """File name without folder and suffix, or ``notebook``."""
    cells: list[NotebookCell]
    kernel: str = "python3"
    """Name of the kernelspec in the notebook's metadata."""
    language: str = "python"
    kfp: dict[str, Any] = {}
    """``notebook.metadata.kfp``, not yet checked."""
    metadata: dict[str, Any] = {}
    """All metadata of the notebook."""

    @property
    def code_cells(self) -> list[NotebookCell]:
        """Cells of type code, in order."""
        return [cell for cell in self.cells if cell.cell_type == "code"]
