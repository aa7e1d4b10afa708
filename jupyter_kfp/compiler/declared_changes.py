"""Write into a notebook that a step changes variables in place (``kfp.mutates``), as the guard of a run asked for."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from jupyter_kfp.compiler.step_grouping import Grouping, StepCells, group_steps
from jupyter_kfp.notebook.edits import OptionEdit
from jupyter_kfp.notebook.notebook import Notebook


class StepChange(msgspec.Struct, frozen=True, kw_only=True):
    """What the guard found in one step."""

    step: str
    """Name of the step."""
    sources: list[str]
    """Sources of its cells, as they ran."""
    variables: list[str]
    """What its ``kfp.mutates`` has to name."""


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written for one step."""

    step: str
    cell: int
    cell_id: str
    added: list[str]
    """Names that were missing; empty if the notebook says all of it already."""
    edits: list[OptionEdit]


def declare_changes(notebook: Notebook, changes: Sequence[StepChange]) -> tuple[list[Declaration], list[str]]:
    """What to write for each step, and the names of steps that the notebook has no more, or not as they ran."""
    ways = [
        group_steps(notebook),
        group_steps(notebook, by_heading=True),
        group_steps(notebook, whole=True),
    ]
    declarations, changed = [], []
    for change in changes:
        step = next((found for way in ways if (found := _same_step(way, change))), None)
        if step is None:
            changed.append(change.step)
        else:
            declarations.append(_declaration(notebook, step, change))
    return declarations, changed


def _same_step(grouping: Grouping, change: StepChange) -> StepCells | None:
    for step in grouping.steps:
        if step.name == change.step and [cell.source for cell in step.cells] == change.sources:
            return step
    return None


def _declaration(notebook: Notebook, step: StepCells, change: StepChange) -> Declaration:
    cell = notebook.cells[step.options_cell - 1]
    known = cell.kfp.get("mutates")
    names = known if isinstance(known, list) else []
    added = [name for name in dict.fromkeys(change.variables) if name not in names]
    edit = OptionEdit(cell=cell.number, cell_id=cell.id, path=("mutates",), value=added)
    edits = [edit] if added else []
    if names:  # one by one, so that the list stays as it is written
        edits = [
            msgspec.structs.replace(edit, path=("mutates", len(names) + place), value=name)
            for place, name in enumerate(added)
        ]
    return Declaration(step=step.name, cell=cell.number, cell_id=cell.id, added=added, edits=edits)
