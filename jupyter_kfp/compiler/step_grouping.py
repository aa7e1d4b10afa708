"""Which cells make which step.

* ``step:NAME`` (or ``%%kfp step NAME``) starts or continues a step; untagged code cells below belong to it too.
* Code cells above the first step that only import, define and configure are setup. Others there make a first step of
  their own, called “Start”.
* ``by_heading``: the topmost level of markdown headings starts steps as well, named by the headings.
* A notebook without any step, or ``whole``: all of it is one step, named as the notebook.
* ``parameters``, ``setup`` and ``skip`` are respected everywhere; empty code cells count for nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

import msgspec

from jupyter_kfp import ids
from jupyter_kfp.compiler.cell_marks import MarkedCell, mark_cells
from jupyter_kfp.notebook.cell_tags import similar_names
from jupyter_kfp.notebook.definitions import SetupNames, only_defines
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.notebook.edits import Edit, OptionEdit
from jupyter_kfp.notebook.headings import step_headings
from jupyter_kfp.notebook.importers import import_notebook
from jupyter_kfp.notebook.notebook import Notebook, NotebookCell
from jupyter_kfp.notebook.step_edits import rename_after, rename_step
from jupyter_kfp.notebook.step_options import (
    PipelineOptions,
    StepOptions,
    parse_pipeline_options,
    parse_step_options,
    with_defaults,
)

START = "Start"
"""Name of the step that untagged cells above the first step make."""


class StepCells(msgspec.Struct, kw_only=True):
    """One step."""

    name: str
    id: ids.StepId
    cells: list[NotebookCell] = []
    """Its code cells in the order of the notebook, none empty; the line of a ``%%kfp`` magic is a comment."""
    after: list[tuple[str, int]] = []
    """Names of steps that it must follow, each with the number of the cell that says so."""
    options: StepOptions = StepOptions()
    """The pipeline's defaults included."""
    first_cell_number: int
    """Cell that starts it: its first code cell, or the heading."""
    options_cell: int = 0
    """Cell whose metadata holds its options, or would hold them."""


class Grouping(msgspec.Struct, kw_only=True):
    """The cells of a notebook, sorted."""

    setup: list[NotebookCell] = []
    parameters: list[NotebookCell] = []
    steps: list[StepCells] = []
    """In the order of their first cells."""
    pipeline_options: PipelineOptions = PipelineOptions()
    diagnostics: list[Diagnostic] = []


def group_steps(notebook: Notebook, *, by_heading: bool = False, whole: bool = False) -> Grouping:
    """Sort the cells of a notebook into steps, setup and parameters. Faults come as diagnostics, nothing is raised.

    ``whole`` wins over ``by_heading``.
    """
    notebook, diagnostics = import_notebook(notebook)
    pipeline_options, faults = parse_pipeline_options(notebook.kfp)
    grouping = Grouping(pipeline_options=pipeline_options, diagnostics=[*diagnostics, *faults])
    if not notebook.language.startswith("python"):
        _report(
            grouping,
            "KFP118",
            f"the notebook is written in {notebook.language}; steps are made of Python only",
            "choose a Python kernel",
        )
        return grouping
    marked, faults = mark_cells(notebook)
    grouping.diagnostics += faults
    _Sorter(notebook, grouping, marked).sort(by_heading=by_heading, whole=whole)
    _check_after(notebook, grouping)
    _check_similar(notebook, grouping)
    if not grouping.steps:
        _report_empty(notebook, grouping)
    for step in grouping.steps:
        step.options, faults = with_defaults(step.options, pipeline_options, step.cells[0])
        grouping.diagnostics += [msgspec.structs.replace(fault, step=step.name) for fault in faults]
    grouping.diagnostics.sort(key=lambda diagnostic: (diagnostic.cell or 0, diagnostic.line or 0))
    return grouping


class _Sorter:
    """Puts each cell where it belongs, in the order of the notebook."""

    def __init__(self, notebook: Notebook, grouping: Grouping, marked: list[MarkedCell]) -> None:
        self._notebook = notebook
        self._grouping = grouping
        self._marked = marked
        self._steps: dict[str, StepCells] = {}
        self._options: dict[str, tuple[dict[str, Any], NotebookCell]] = {}
        self._above: list[MarkedCell] = []

    def sort(self, *, by_heading: bool, whole: bool) -> None:
        headings = self._heading_names() if by_heading and not whole else {}
        has_steps = any(cell.step for cell in self._marked) or bool(headings)
        if by_heading and not whole and not headings:
            _report(
                self._grouping,
                "KFP126",
                "there is no heading that could start a step" + ("" if has_steps else "; the notebook is one step"),
                "write headings (# Load, # Train) in markdown cells, or tag cells with step:NAME",
                severity=Severity.WARNING,
            )
        if whole or not has_steps:
            self._sort_whole(ignores_tags=has_steps)
        else:
            self._sort_by_step(headings)
            self._place_above()
        self._finish()

    def _heading_names(self) -> dict[int, list[str]]:
        """Names of steps by the number of the markdown cell that has the headings."""
        names: dict[int, list[str]] = {}
        taken: set[str] = set()
        for heading in step_headings(self._notebook):
            name = _free_name(ids.normalise_name(heading.text[: ids.MAX_NAME_LENGTH - 4]), taken)
            taken.add(name)
            names.setdefault(heading.cell, []).append(name)
        return names

    def _sort_whole(self, *, ignores_tags: bool) -> None:
        title = self._grouping.pipeline_options.name or ids.normalise_name(self._notebook.name) or "notebook"
        name = title[: ids.MAX_NAME_LENGTH].strip()
        for cell in self._marked:
            if self._is_aside(cell) or (cell.is_empty and not cell.options):
                continue
            if ignores_tags:
                self._drop_options(cell)
                self._add(name, cell.without_step())
            else:
                self._add(name, cell)

    def _drop_options(self, cell: MarkedCell) -> None:
        if cell.options:
            _report(
                self._grouping,
                "KFP128",
                f"the options of cell {cell.cell.number} belong to one of its steps, not to the whole notebook",
                "set them in the notebook's metadata (kfp.defaults), or do not ask for one step",
                cell=cell.cell,
                severity=Severity.WARNING,
            )

    def _sort_by_step(self, headings: dict[int, list[str]]) -> None:
        by_number = {cell.cell.number: cell for cell in self._marked}
        current: str | None = None
        for number in range(1, len(self._notebook.cells) + 1):
            for name in headings.get(number, []):
                current = name
                self._step(name, number)
            cell = by_number.get(number)
            if cell is None or self._is_aside(cell):
                continue
            current = cell.step or current
            if current is None:
                self._above.append(cell)
            else:
                self._add(current, cell)

    def _is_aside(self, cell: MarkedCell) -> bool:
        """Keep what is in no step where it belongs."""
        if cell.tags.parameters or cell.tags.setup:
            self._refuse_options(cell)
            if not cell.is_empty:
                (self._grouping.parameters if cell.tags.parameters else self._grouping.setup).append(cell.cell)
        return cell.tags.parameters or cell.tags.setup or cell.tags.skip

    def _place_above(self) -> None:
        """Sort the cells above the first step into setup and a step of their own."""
        available = SetupNames()
        for setup_cell in self._grouping.setup:
            available.add_all(setup_cell.source)
        name = _free_name(START, self._steps)
        for cell in self._above:
            if cell.is_empty:
                continue
            if not cell.after and only_defines(cell.cell.source, available):
                self._refuse_options(cell)
                self._grouping.setup.append(cell.cell)
            else:
                self._add(name, cell)
        self._grouping.setup.sort(key=lambda cell: cell.number)
        start = self._steps.get(name)
        if start:
            numbers = ", ".join(str(cell.number) for cell in start.cells)
            _report(
                self._grouping,
                "KFP108",
                f"cells above the first step do more than import and define ({numbers}); they make the step “{name}”",
                "tag the first of them with step:NAME to name it, or with setup if every step needs it",
                cell=start.cells[0],
                severity=Severity.HINT,
            )

    def _refuse_options(self, cell: MarkedCell) -> None:
        if cell.options:
            _report(
                self._grouping,
                "KFP115",
                f"cell {cell.cell.number} has options, but belongs to no step",
                "move them to the first cell of a step",
                cell=cell.cell,
            )

    def _step(self, name: str, number: int) -> StepCells:
        if name not in self._steps:
            self._steps[name] = StepCells(name=name, id=ids.step_id(name), first_cell_number=number)
        return self._steps[name]

    def _add(self, name: str, cell: MarkedCell) -> None:
        step = self._step(name, cell.cell.number)
        if cell.options:
            if name not in self._options and not step.cells:
                self._options[name] = (cell.options, cell.cell)
            else:
                self._refuse_late_options(step, cell)
        step.after += [(other, cell.cell.number) for other in cell.after]
        if not cell.is_empty:
            step.cells.append(cell.cell)

    def _refuse_late_options(self, step: StepCells, late: MarkedCell) -> None:
        """Options below a step's beginning; they can move there if nothing there says otherwise."""
        first = step.cells[0] if step.cells else self._notebook.cells[step.first_cell_number - 1]
        options, cell = self._options.get(step.name, ({}, first))
        moved = [
            OptionEdit(cell=cell.number, cell_id=cell.id, path=(name,), value=value)
            for name, value in late.cell.kfp.items()
        ]
        removed = OptionEdit(cell=late.cell.number, cell_id=late.cell.id)
        is_free = not options.keys() & late.options.keys() and late.options == late.cell.kfp
        _report(
            self._grouping,
            "KFP115",
            f"cell {late.cell.number} has options, but step “{step.name}” begins in cell {cell.number}",
            f"move them to cell {cell.number}",
            cell=late.cell,
            edits=(*moved, removed) if is_free else (),
        )

    def _finish(self) -> None:
        for step in self._steps.values():
            if step.cells:
                data, cell = self._options.get(step.name, ({}, step.cells[0]))
                step.options, faults = parse_step_options(data, cell)
                step.options_cell = cell.number
                self._grouping.diagnostics += [msgspec.structs.replace(fault, step=step.name) for fault in faults]
                self._grouping.steps.append(step)
            elif self._notebook.cells[step.first_cell_number - 1].cell_type == "code":
                _report(
                    self._grouping,
                    "KFP125",
                    f"step “{step.name}” has no code; it is left out",
                    "write code into its cell, or delete the tag",
                    cell=self._notebook.cells[step.first_cell_number - 1],
                    severity=Severity.WARNING,
                )
        self._grouping.steps.sort(key=lambda step: step.cells[0].number)


def _free_name(name: str, taken: Any) -> str:
    """Name itself, or with the first number that makes it free."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} {number}"
    return free


# --- checks across steps


def _check_after(notebook: Notebook, grouping: Grouping) -> None:
    names = [step.name for step in grouping.steps]
    for step in grouping.steps:
        kept: list[tuple[str, int]] = []
        for name, number in step.after:
            cell = notebook.cells[number - 1]
            if name == step.name:
                problem = f"step “{name}” is said to come after itself"
                edits = rename_after(cell, name, "")
                _report(grouping, "KFP107", problem, "delete the after: tag", cell, edits=edits)
            elif name not in names:
                meant = _nearest(name, [other for other in names if other != step.name])
                hint = (f"did you mean “{meant}”? " if meant else "") + f"The steps are: {', '.join(names)}."
                edits = rename_after(cell, name, meant) if meant else ()
                _report(grouping, "KFP106", f"“after:{name}” names no step", hint, cell, edits=edits)
            elif name not in (other for other, _ in kept):
                kept.append((name, number))
        step.after = kept


def _nearest(name: str, names: list[str]) -> str:
    folded = {other.casefold(): other for other in names}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    return folded[close[0]] if close else ""


def _check_similar(notebook: Notebook, grouping: Grouping) -> None:
    for index, step in enumerate(grouping.steps):
        twin = next((other for other in grouping.steps[:index] if similar_names(other.name, step.name)), None)
        if twin:
            is_tagged = notebook.cells[step.first_cell_number - 1].cell_type == "code"
            edits = [edit for cell in notebook.cells for edit in rename_step(cell, step.name, twin.name)]
            _report(
                grouping,
                "KFP105",
                f"the steps “{twin.name}” (cell {twin.first_cell_number}) and “{step.name}” have nearly the same name",
                f"write “{twin.name}” if it is one step, else choose names that differ more",
                step.cells[0],
                severity=Severity.WARNING,
                edits=edits if is_tagged else (),
            )


def _report_empty(notebook: Notebook, grouping: Grouping) -> None:
    if any(diagnostic.severity is Severity.ERROR for diagnostic in grouping.diagnostics):
        return  # the cells may be there, but their tags cannot be read
    code = [cell for cell in notebook.code_cells if cell.source.strip()]
    if not notebook.cells:
        problem = "the notebook is empty"
    elif not code:
        problem = "the notebook has no code"
    else:
        problem = "the notebook has no step: all its code is setup, parameters or skipped"
    _report(grouping, "KFP114", problem, "tag a code cell with step:NAME")


def _report(
    grouping: Grouping,
    code: str,
    message: str,
    hint: str,
    cell: NotebookCell | int | None = None,
    *,
    severity: Severity = Severity.ERROR,
    edits: Iterable[Edit] = (),
) -> None:
    grouping.diagnostics.append(
        Diagnostic(
            code=code,
            severity=severity,
            message=message,
            hint=hint,
            cell=cell.number if isinstance(cell, NotebookCell) else cell,
            cell_id=cell.id if isinstance(cell, NotebookCell) else "",
            edits=tuple(edits),
        )
    )
