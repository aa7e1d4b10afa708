"""What tags, ``%%kfp`` magic and metadata say about each code cell, put together."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from jupyter_kfp.notebook.cell_tags import CellTags, is_own_tag, parse_tags
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.notebook.ipython_magics import is_known
from jupyter_kfp.notebook.ipython_syntax import to_python
from jupyter_kfp.notebook.kfp_magic import StepMagic, executed_source, has_step_magic, parse_step_magic
from jupyter_kfp.notebook.notebook import Notebook, NotebookCell

_MAGIC = re.compile(r"(?:^|=)[ \t]*(%{1,2})(\w\S*)", re.MULTILINE)
"""A first sieve, so that only cells with unusual magics are parsed here."""


class MarkedCell(msgspec.Struct, frozen=True, kw_only=True):
    """A code cell with all that is said about it."""

    cell: NotebookCell
    """Its source is the one to execute: without the line of a ``%%kfp`` magic."""
    tags: CellTags = CellTags()
    step: str | None = None
    after: tuple[str, ...] = ()
    options: dict[str, Any] = {}
    """In the form of ``cell.metadata.kfp``, not yet checked."""

    @property
    def is_empty(self) -> bool:
        """Whether there is no code in it."""
        return not self.cell.source.strip()

    def without_step(self) -> MarkedCell:
        """Return the cell alone, as if nobody had said anything about a step."""
        return MarkedCell(cell=self.cell, tags=self.tags)


def mark_cells(notebook: Notebook) -> tuple[list[MarkedCell], list[Diagnostic]]:
    """Read the marks of all code cells; other cells are left out, with a warning if they have any of our tags."""
    marked, diagnostics = [], []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            one, faults = _mark(cell)
            marked.append(one)
            diagnostics += faults
            diagnostics += [] if one.tags.skip or one.tags.parameters else _unknown_magics(one.cell)
        else:
            diagnostics += _tags_on_text(cell)
    return marked, diagnostics


def _tags_on_text(cell: NotebookCell) -> list[Diagnostic]:
    tags = [tag for tag in cell.tags if is_own_tag(tag) and tag != "skip"]
    return [
        _diagnostic(
            "KFP127",
            f"tag “{tag}” is on a {cell.cell_type} cell, where it does nothing",
            "put it on the code cell",
            cell,
            Severity.WARNING,
        )
        for tag in tags
    ]


def _unknown_magics(cell: NotebookCell) -> list[Diagnostic]:
    if all(is_known(name, cell=sign == "%%") for sign, name in _MAGIC.findall(cell.source)):
        return []
    return [
        msgspec.structs.replace(
            _diagnostic(
                "KFP129",
                f"it is not known which variables {'%' * (1 + (magic.kind == 'cell'))}{magic.name} sets or deletes",
                "if later cells need what it does, write that in Python, or tag the cell with setup",
                cell,
                Severity.WARNING,
            ),
            line=magic.line,
        )
        for magic in to_python(cell.source).magics
        if not magic.known
    ]


def _mark(cell: NotebookCell) -> tuple[MarkedCell, list[Diagnostic]]:
    tags, diagnostics = parse_tags(cell)
    plain = MarkedCell(cell=cell, tags=tags, step=tags.step, after=tags.after, options=cell.kfp)
    if not has_step_magic(cell.source):
        return plain, diagnostics

    def report(code: str, message: str, hint: str, severity: Severity = Severity.ERROR) -> None:
        diagnostics.append(_diagnostic(code, message, hint, cell, severity))

    magic = parse_step_magic(cell.source, report)
    executed = msgspec.structs.replace(cell, source=executed_source(cell.source))
    if magic.step and _contradict(tags, magic):
        report(
            "KFP104",
            f"the cell's magic says step {magic.step}, its tags say {_role(tags)}",
            "keep the magic or the tag, not both",
        )
    options = dict(cell.kfp)
    for name, value in magic.options.items():
        if name in options:
            report("KFP124", f"option {name} is given in the magic and in the metadata", "give it once")
        options[name] = value
    after = tuple(dict.fromkeys([*tags.after, *magic.after]))
    if magic.step:
        tags = msgspec.structs.replace(tags, parameters=False, setup=False, skip=False)
    return MarkedCell(cell=executed, tags=tags, step=magic.step or tags.step, after=after, options=options), diagnostics


def _contradict(tags: CellTags, magic: StepMagic) -> bool:
    return bool(tags.step and tags.step != magic.step) or tags.parameters or tags.setup or tags.skip


def _role(tags: CellTags) -> str:
    names = [name for name in ("parameters", "setup", "skip") if getattr(tags, name)]
    return " and ".join([f"step:{tags.step}"] * bool(tags.step) + names)


def _diagnostic(code: str, message: str, hint: str, cell: NotebookCell, severity: Severity) -> Diagnostic:
    return Diagnostic(code=code, severity=severity, message=message, hint=hint, cell=cell.number, cell_id=cell.id)
