"""Apply edits to the file of a notebook; all that they do not name stays byte for byte as it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from jupyter_kfp.errors import KfpError
from jupyter_kfp.notebook.edits import Edit, OptionEdit, SourceEdit, TagEdit
from jupyter_kfp.notebook.json_text import (
    Member,
    Style,
    append,
    member_at,
    members_of,
    remove,
    rename_key,
    set_value,
    skip_space,
    style_of,
    value_at,
)
from jupyter_kfp.notebook.source_text import Change, change_source, offset_of

_MARK = "\ufeff"
_CELL_DEPTH = 2


def apply_edits(data: bytes, edits: Sequence[Edit]) -> bytes:
    """The bytes of a notebook's file after the edits.

    A tag that is there already is not added again, and one that is gone is not missed. Raises `KfpError` KFP270 if
    an edit does not fit the notebook: a cell is not there (or not at its place), a part of a source is not there,
    or two edits overlap.
    """
    if not edits:
        return data
    text = data.decode("utf-8")
    mark, text = (_MARK, text[1:]) if text.startswith(_MARK) else ("", text)
    style = style_of(text)
    by_cell: dict[int | None, list[Edit]] = {}
    for edit in edits:
        by_cell.setdefault(edit.cell, []).append(edit)
    begin = skip_space(text, 0)
    cells = member_at(text, begin, "cells")
    entries = members_of(text, cells.start) if cells else []
    # From the end, so that the places of what comes before stay what they are.
    for number in sorted((cell for cell in by_cell if cell is not None), reverse=True):
        entry = _cell(text, entries, number, by_cell[number])
        changed = _changed_cell(text[entry.start : entry.end], by_cell[number], style)
        text = text[: entry.start] + changed + text[entry.end :]
    for edit in by_cell.get(None, ()):
        assert isinstance(edit, OptionEdit), "only options belong to the notebook as a whole"
        text = text[:begin] + _change_option(text[begin:], edit, style, 0)
    return (mark + text).encode("utf-8")


def same_place(first: Iterable[Edit], second: Iterable[Edit]) -> bool:
    """Whether edits may get in each other's way, so that one has to wait until the other is done."""
    others = list(second)
    return any(_meet(one, other) for one in first for other in others)


def _meet(one: Edit, other: Edit) -> bool:
    if one.cell != other.cell or type(one) is not type(other):
        return False
    if isinstance(one, SourceEdit) and isinstance(other, SourceEdit):
        return not (
            (one.end_line, one.end_column) < (other.line, other.column)
            or (other.end_line, other.end_column) < (one.line, one.column)
        )
    if isinstance(one, OptionEdit) and isinstance(other, OptionEdit):
        shared = min(len(one.path), len(other.path))
        return one != other and one.path[:shared] == other.path[:shared]
    return one != other


def _cell(text: str, entries: Sequence[Member], number: int, edits: Sequence[Edit]) -> Member:
    if not 1 <= number <= len(entries):
        raise _misfit(number, "there is no such cell")
    entry = entries[number - 1]
    known = _get(text[entry.start : entry.end], ["id"])
    for edit in edits:
        if known and edit.cell_id not in {"", known}:
            raise _misfit(number, f"its id is {known}, not {edit.cell_id}")
    return entry


def _changed_cell(cell: str, edits: Sequence[Edit], style: Style) -> str:
    sources = [edit for edit in edits if isinstance(edit, SourceEdit)]
    if sources:
        cell = _change_source(cell, sources, style)
    for edit in edits:
        if isinstance(edit, TagEdit):
            cell = _change_tag(cell, edit, style)
        elif isinstance(edit, OptionEdit):
            cell = _change_option(cell, edit, style, _CELL_DEPTH)
    return cell


def _change_source(cell: str, edits: Sequence[SourceEdit], style: Style) -> str:
    entry = member_at(cell, 0, "source")
    number = edits[0].cell
    if entry is None:
        raise _misfit(number, "it has no source")
    value = _get(cell, ["source"])
    source = value if isinstance(value, str) else "".join(value)
    try:
        changes = [
            Change(
                offset_of(source, edit.line, edit.column),
                offset_of(source, edit.end_line, edit.end_column),
                edit.text,
            )
            for edit in edits
        ]
        written = change_source(cell[entry.start : entry.end], changes, style)
    except ValueError as error:
        raise _misfit(number, str(error)) from error
    return cell[: entry.start] + written + cell[entry.end :]


def _change_tag(cell: str, edit: TagEdit, style: Style) -> str:
    path = ["metadata", "tags"]
    tags = _get(cell, path) or []
    if edit.old in tags and edit.new and edit.new not in tags:
        return set_value(cell, [*path, tags.index(edit.old)], edit.new, style, _CELL_DEPTH)
    if edit.old in tags:
        return remove(cell, [*path, tags.index(edit.old)])
    if not edit.new or edit.new in tags:
        return cell
    if _get(cell, path) is None:
        return set_value(cell, path, [edit.new], style, _CELL_DEPTH)
    return append(cell, path, edit.new, style, _CELL_DEPTH)


def _change_option(owner: str, edit: OptionEdit, style: Style, depth: int) -> str:
    path = ["metadata", "kfp", *edit.path]
    if edit.value is not msgspec.UNSET:
        return set_value(owner, path, edit.value, style, depth)
    try:
        return rename_key(owner, path, edit.name, style) if edit.name else remove(owner, path)
    except KeyError:
        return owner


def _get(text: str, path: Sequence[str | int]) -> Any:
    try:
        return value_at(text, path)
    except (KeyError, ValueError):
        return None


def _misfit(number: int, problem: str) -> KfpError:
    return KfpError(
        "KFP270",
        f"a fix does not fit cell {number} any more: {problem}",
        hint="run jupyter kfp check again",
        details={"cell": number},
    )
