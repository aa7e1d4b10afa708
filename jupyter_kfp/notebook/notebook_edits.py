"""Apply edits to the file of a notebook; all that they do not name stays byte for byte as it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
_METADATA_DEPTH = 3


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
    parts: list[str] = []
    copied = 0
    for number in sorted(cell for cell in by_cell if cell is not None):
        entry = _cell(entries, number)
        parts += [text[copied : entry.start], _changed_cell(text[entry.start : entry.end], by_cell[number], style)]
        copied = entry.end
    text = "".join([*parts, text[copied:]])
    for edit in by_cell.get(None, ()):
        assert isinstance(edit, OptionEdit), "only options belong to the notebook as a whole"
        text = text[:begin] + _change_option(text[begin:], ["metadata"], edit, style, 0)
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


def _cell(entries: Sequence[Member], number: int) -> Member:
    if not 1 <= number <= len(entries):
        raise _misfit(number, "there is no such cell")
    return entries[number - 1]


def _changed_cell(cell: str, edits: Sequence[Edit], style: Style) -> str:
    """The text of a cell after its edits; outputs, which may be large, are gone through once."""
    fields = {one.key: one for one in members_of(cell, 0)}
    known = value_at(cell[fields["id"].start : fields["id"].end], []) if "id" in fields else ""
    for edit in edits:
        if known and edit.cell_id not in {"", known}:
            raise _misfit(edit.cell or 0, f"its id is {known}, not {edit.cell_id}")
    changed = {}
    sources = [edit for edit in edits if isinstance(edit, SourceEdit)]
    if sources:
        if "source" not in fields:
            raise _misfit(sources[0].cell, "it has no source")
        changed["source"] = _changed_source(_text_of(cell, fields["source"]), sources, style)
    others = [edit for edit in edits if not isinstance(edit, SourceEdit)]
    if others and "metadata" not in fields:
        cell = set_value(cell, ["metadata"], {}, style, _CELL_DEPTH)
        fields = {one.key: one for one in members_of(cell, 0)}
    if others:
        changed["metadata"] = _changed_metadata(_text_of(cell, fields["metadata"]), others, style)
    for key in sorted(changed, key=lambda key: fields[key].start, reverse=True):
        cell = cell[: fields[key].start] + changed[key] + cell[fields[key].end :]
    return cell


def _text_of(text: str, entry: Member) -> str:
    return text[entry.start : entry.end]


def _changed_metadata(metadata: str, edits: Iterable[TagEdit | OptionEdit], style: Style) -> str:
    for edit in edits:
        if isinstance(edit, TagEdit):
            metadata = _change_tag(metadata, edit, style)
        else:
            metadata = _change_option(metadata, [], edit, style, _METADATA_DEPTH)
    return metadata


def _changed_source(written: str, edits: Sequence[SourceEdit], style: Style) -> str:
    value = value_at(written, [])
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
        return change_source(written, changes, style)
    except ValueError as error:
        raise _misfit(edits[0].cell, str(error)) from error


def _change_tag(metadata: str, edit: TagEdit, style: Style) -> str:
    entry = member_at(metadata, 0, "tags")
    tags = value_at(_text_of(metadata, entry), []) if entry else []
    if edit.old in tags and edit.new and edit.new not in tags:
        return set_value(metadata, ["tags", tags.index(edit.old)], edit.new, style, _METADATA_DEPTH)
    if edit.old in tags:
        return remove(metadata, ["tags", tags.index(edit.old)])
    if not edit.new or edit.new in tags:
        return metadata
    if not isinstance(tags, list) or entry is None:
        return set_value(metadata, ["tags"], [edit.new], style, _METADATA_DEPTH)
    return append(metadata, ["tags"], edit.new, style, _METADATA_DEPTH)


def _change_option(owner: str, above: Sequence[str], edit: OptionEdit, style: Style, depth: int) -> str:
    """In the text of the metadata, or of what holds it: then `above` leads there."""
    path = [*above, "kfp", *edit.path]
    if edit.value is not msgspec.UNSET:
        return set_value(owner, path, edit.value, style, depth)
    try:
        return rename_key(owner, path, edit.name, style) if edit.name else remove(owner, path)
    except KeyError:
        return owner


def _misfit(number: int, problem: str) -> KfpError:
    return KfpError(
        "KFP270",
        f"a fix does not fit cell {number} any more: {problem}",
        hint="run jupyter kfp check again",
        details={"cell": number},
    )
