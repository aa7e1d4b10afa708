"""The source of a cell: its lines, and changing a part of it where it stands in the text of a notebook file."""

from __future__ import annotations

import itertools
import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from jupyter_kfp.notebook.json_text import Style, members_of

_LINE_END = re.compile(r"\r\n|\n|\r")
_CHARACTER = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|.", re.DOTALL)
"""One character of a text, as JSON writes it."""


class Change(NamedTuple):
    """Characters `start` to `end` of a source, counted from 0, become `text`."""

    start: int
    end: int
    text: str


def source_lines(source: str) -> list[str]:
    """Lines as Python counts them, without their ends (`str.splitlines` knows more ends)."""
    return _LINE_END.split(source)


def offset_of(source: str, line: int, column: int) -> int:
    """Place of a line and column, both from 1, in the source. Raises `ValueError` if it has no such place."""
    starts = [0, *(match.end() for match in _LINE_END.finditer(source))]
    if not 1 <= line <= len(starts):
        raise ValueError(f"there is no line {line}")
    offset = starts[line - 1] + column - 1
    last = starts[line] if line < len(starts) else len(source)
    if not starts[line - 1] <= offset <= last:
        raise ValueError(f"line {line} has no column {column}")
    return offset


def change_source(written: str, changes: Sequence[Change], style: Style) -> str:
    """Change the value of ``source`` in a file, a text or a list of texts, given as it is written there.

    Raises `ValueError` if changes overlap.
    """
    ordered = sorted(changes, reverse=True)
    for later, earlier in itertools.pairwise(ordered):
        if earlier.end > later.start:
            raise ValueError("two changes overlap")
    for change in ordered:
        written = _changed_list(written, change, style) if written[0] == "[" else _changed_text(written, change, style)
    return written


def place_in_text(written: str, offset: int) -> int:
    """Where the character at `offset` of a source stands in the value of ``source``, as it is written in a file."""
    if written[0] == '"':
        return 1 + _places(written[1:-1], [offset])[0]
    for entry in members_of(written, 0):
        inner = written[entry.start + 1 : entry.end - 1]
        length = sum(1 for _ in _CHARACTER.finditer(inner))
        if offset < length:
            return entry.start + 1 + _places(inner, [offset])[0]
        offset -= length
    return 0


def _changed_text(written: str, change: Change, style: Style) -> str:
    inner = written[1:-1]
    start, end = _places(inner, [change.start, change.end])
    return f'"{inner[:start]}{_escaped(change.text, style)}{inner[end:]}"'


def _changed_list(written: str, change: Change, style: Style) -> str:
    entries = members_of(written, 0)
    inner = [written[entry.start + 1 : entry.end - 1] for entry in entries]
    if not entries:
        return json.dumps(change.text.splitlines(keepends=True), ensure_ascii=style.ascii_only)
    starts = [0]
    for text in inner:
        starts.append(starts[-1] + sum(1 for _ in _CHARACTER.finditer(text)))
    last = len(entries) - 1
    first_entry = min(bisect_right(starts, change.start) - 1, last)
    last_entry = min(bisect_right(starts, change.end) - 1, last)
    (start,) = _places(inner[first_entry], [change.start - starts[first_entry]])
    (end,) = _places(inner[last_entry], [change.end - starts[last_entry]])
    whole = inner[first_entry][:start] + _escaped(change.text, style) + inner[last_entry][end:]
    lines = list(_lines(whole)) if "\n" in change.text or first_entry != last_entry else [whole]
    separator = _separator(written, [entry.start for entry in entries], entries[0].end)
    new = separator.join(f'"{line}"' for line in lines)
    if new or first_entry == 0:
        return written[: entries[first_entry].start] + new + written[entries[last_entry].end :]
    return written[: entries[first_entry - 1].end] + written[entries[last_entry].end :]


def _separator(written: str, starts: Sequence[int], first_end: int) -> str:
    if len(starts) > 1:
        return written[first_end : starts[1]]
    space = written[1 : starts[0]]
    return f",{space}" if space else ", "


def _places(inner: str, offsets: Sequence[int]) -> list[int]:
    """Where characters stand in a text as JSON writes it."""
    ends = [0, *(match.end() for match in _CHARACTER.finditer(inner))]
    return [ends[offset] for offset in offsets]


def _lines(inner: str) -> Iterator[str]:
    """Parts of a text as JSON writes it that end in a newline each, but for the last."""
    begin = 0
    for match in _CHARACTER.finditer(inner):
        if match[0] == "\\n":
            yield inner[begin : match.end()]
            begin = match.end()
    if begin < len(inner):
        yield inner[begin:]


def _escaped(text: str, style: Style) -> str:
    return json.dumps(text, ensure_ascii=style.ascii_only)[1:-1]
