"""What tags, ``%%kfp`` magic and metadata say about each code cell, put together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from jupyter_kfp.notebook.cell_tags import CellTags, is_own_tag, parse_tags
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.notebook.edits import Edit, OptionEdit, SourceEdit, TagEdit
from jupyter_kfp.notebook.ipython_magics import is_known
from jupyter_kfp.notebook.ipython_syntax import to_python
from jupyter_kfp.notebook.kfp_magic import MagicWord, StepMagic, executed_source, has_step_magic, parse_step_magic
from jupyter_kfp.notebook.notebook import Notebook, NotebookCell

_MAGIC = re.compile(r"(?:^|=)[ \t]*(%{1,2})(\w\S*)", re.MULTILINE)
"""A first sieve, so that only cells with unusual magics are parsed here."""
_LINE_MAGIC = re.compile(r"\s*(%kfp)[ \t]+step\b")


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
            below = next((other for other in notebook.code_cells if other.number > cell.number), None)
            diagnostics += _tags_on_text(cell, below)
    return marked, diagnostics


def _tags_on_text(cell: NotebookCell, below: NotebookCell | None) -> list[Diagnostic]:
    tags = [tag for tag in cell.tags if is_own_tag(tag) and tag != "skip"]
    edits: list[Edit] = []
    if below is not None and not (any(map(is_own_tag, below.tags)) or has_step_magic(below.source)):
        edits += [TagEdit(cell=cell.number, cell_id=cell.id, old=tag) for tag in tags]
        edits += [TagEdit(cell=below.number, cell_id=below.id, new=tag) for tag in tags]
    found = f"put it on the code cell below, cell {below.number}" if below else "put it on a code cell"
    return [
        msgspec.structs.replace(
            _diagnostic(
                "KFP127",
                f"tag “{tag}” is on a {cell.cell_type} cell, where it does nothing",
                found,
                cell,
                Severity.WARNING,
            ),
            edits=tuple(edits),
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
        return plain, diagnostics + _line_magic(cell)

    def report(
        code: str,
        message: str,
        hint: str,
        words: Sequence[MagicWord] = (),
        instead: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        found = _diagnostic(code, message, hint, cell, severity)
        diagnostics.append(_placed(found, words[0], words[-1], instead) if words else found)

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
            diagnostics.append(_twice(cell, name, value))
        options[name] = value
    after = tuple(dict.fromkeys([*tags.after, *magic.after]))
    if magic.step:
        tags = msgspec.structs.replace(tags, parameters=False, setup=False, skip=False)
    return MarkedCell(cell=executed, tags=tags, step=magic.step or tags.step, after=after, options=options), diagnostics


def _placed(found: Diagnostic, first: MagicWord, last: MagicWord, instead: str | None) -> Diagnostic:
    """With the place of words of a magic, and what to write there."""
    edit = SourceEdit(
        cell=found.cell or 1,
        cell_id=found.cell_id,
        line=first.line,
        column=first.start,
        end_line=last.line,
        end_column=last.end,
        text=instead or "",
    )
    edits = (edit,) if instead is not None else ()
    return msgspec.structs.replace(found, line=first.line, column=first.start, edits=edits)


def _line_magic(cell: NotebookCell) -> list[Diagnostic]:
    """``%kfp step`` at the top of a cell: it would do nothing."""
    match = _LINE_MAGIC.match(cell.source)
    if match is None:
        return []
    line = cell.source.count("\n", 0, match.start(1)) + 1
    column = match.start(1) - cell.source.rfind("\n", 0, match.start(1))
    found = _diagnostic("KFP122", "%kfp with one % does nothing", "write %%kfp step NAME", cell, Severity.ERROR)
    word = MagicWord("%kfp", line, column, column + len("%kfp"))
    return [_placed(found, word, word, "%%kfp")]


def _twice(cell: NotebookCell, name: str, value: object) -> Diagnostic:
    """Mended only if both say the same."""
    same = str(cell.kfp[name]) == str(value)
    found = _diagnostic(
        "KFP124",
        f"option {name} is given in the magic ({value}) and in the metadata ({cell.kfp[name]})",
        "delete it from the metadata" if same else "give it once",
        cell,
        Severity.ERROR,
    )
    edits = (OptionEdit(cell=cell.number, cell_id=cell.id, path=(name,)),) if same else ()
    return msgspec.structs.replace(found, edits=edits)


def _contradict(tags: CellTags, magic: StepMagic) -> bool:
    return bool(tags.step and tags.step != magic.step) or tags.parameters or tags.setup or tags.skip


def _role(tags: CellTags) -> str:
    names = [name for name in ("parameters", "setup", "skip") if getattr(tags, name)]
    return " and ".join([f"step:{tags.step}"] * bool(tags.step) + names)


def _diagnostic(code: str, message: str, hint: str, cell: NotebookCell, severity: Severity) -> Diagnostic:
    return Diagnostic(code=code, severity=severity, message=message, hint=hint, cell=cell.number, cell_id=cell.id)
