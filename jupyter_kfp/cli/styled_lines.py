"""Lines made of coloured segments, measured as terminals measure them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Literal, NamedTuple

Role = Literal["plain", "name", "dim", "good", "bad", "active", "warn", "note"]
_SGR: dict[Role, str] = {
    "plain": "",
    "name": "1",
    "dim": "2",
    "good": "32",
    "bad": "31",
    "active": "36",
    "warn": "33",
    "note": "34",
}


class Segment(NamedTuple):
    """Some text in one colour."""

    text: str
    role: Role = "plain"


Line = list[Segment]


def text_width(text: str) -> int:
    """Columns that a terminal needs: wide characters take two, combining and invisible ones none."""
    if text.isascii():
        return len(text)
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def printable(text: str) -> str:
    """Show control characters, which would move the cursor, as spaces or their pictures."""
    if text.isprintable():
        return text
    return "".join(
        " "
        if char in "\t\n\r"
        else chr(0x2400 + ord(char))
        if ord(char) < 0x20
        else "\u2421"
        if char == "\x7f"
        else char
        for char in text
    )


def fit(text: str, columns: int) -> str:
    """Cut to a number of columns, with an ellipsis where something is missing."""
    if text_width(text) <= columns:
        return text
    if columns <= 0:
        return ""
    kept: list[str] = []
    used = 0
    for char in text:
        used += _char_width(char)
        if used > columns - 1:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "…"


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """Fill with spaces to a number of columns."""
    space = " " * max(0, columns - text_width(text))
    return space + text if right else text + space


def line_width(line: Line) -> int:
    """Columns of a line."""
    return sum(text_width(segment.text) for segment in line)


def fit_line(line: Line, columns: int) -> Line:
    """Cut a line to a number of columns."""
    if line_width(line) <= columns:
        return line
    kept: Line = []
    left = columns
    for segment in line:
        width = text_width(segment.text)
        if width > left:
            kept.append(Segment(fit(segment.text, left) or "…", segment.role) if left > 0 else Segment(""))
            break
        kept.append(segment)
        left -= width
    return kept


def as_text(line: Line) -> str:
    """Without colours, without spaces at the end."""
    return "".join(segment.text for segment in line).rstrip()


def as_ansi(line: Line) -> str:
    """With colours for a terminal."""
    return "".join(
        f"\x1b[{_SGR[segment.role]}m{segment.text}\x1b[0m" if _SGR[segment.role] else segment.text for segment in line
    )


def render_lines(lines: Sequence[Line], *, colour: bool) -> str:
    """Join for output."""
    return "".join((as_ansi(line) if colour else as_text(line)) + "\n" for line in lines)


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: frozenset[int] = frozenset(),
    width: int | None = None,
) -> list[Line]:
    """Align columns; those in `right` hold numbers. A last column that does not fit into `width` goes below."""
    columns = len(header)
    widths = [max(text_width(row[column]) for row in [header, *rows]) for column in range(columns)]
    too_wide = width is not None and sum(widths) + 2 * (columns - 1) > width

    def lines(cells: Sequence[str], role: Role) -> list[Line]:
        aligned = [pad(cell, widths[column], right=column in right) for column, cell in enumerate(cells)]
        if not too_wide:
            return [[Segment("  ".join(aligned).rstrip(), role)]]
        return [[Segment("  ".join(aligned[:-1]).rstrip(), role)], [Segment(f"    {cells[-1]}", role)]]

    found = [line for row in rows for line in lines(row, "plain")]
    return [*(lines(header, "dim")[:1]), *found]
