"""How wide a text is, on a terminal and in a proportional font; and cutting it to fit."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

ELLIPSIS = "…"
_NARROW = frozenset("iIjl.,:;'|!` ·")
_MEDIUM_NARROW = frozenset('frt()[]{}/\\-"*°')
_BOLD, _REGULAR = 1.06, 0.95  # what the widest of the common fonts make of the estimates below
_WIDE = frozenset("mwMW@%—…")


def cell_width(text: str) -> int:
    """Columns on a terminal."""
    return sum(_cells(character) for character in text)


def font_width(text: str, size: float, *, bold: bool = False) -> float:
    """Pixels in a sans-serif font of `size` pixels; rather too much than too little."""
    return size * sum(_ems(character) for character in text) * (_BOLD if bold else _REGULAR)


def fit_cells(text: str, columns: int) -> str:
    """The text, cut with an ellipsis if it is wider than `columns`."""
    return _fit(text, columns, cell_width)


def fit_font(text: str, size: float, width: float, *, bold: bool = False) -> str:
    """The text, cut with an ellipsis if it is wider than `width` pixels."""
    return _fit(text, width, lambda part: font_width(part, size, bold=bold))


def one_line(text: str) -> str:
    """White space and control characters, which would tear a drawing, as single spaces."""
    return " ".join("".join(" " if unicodedata.category(char)[0] == "C" else char for char in text).split())


def listed(names: list[str], most: int) -> str:
    """``a, b, c, d, +3``."""
    shown = ", ".join(names[:most])
    return f"{shown}, +{len(names) - most}" if len(names) > most else shown


def _fit(text: str, limit: float, width: Callable[[str], float]) -> str:
    if width(text) <= limit:
        return text
    end = len(text)
    while end and width(text[:end].rstrip() + ELLIPSIS) > limit:
        end -= 1
    return text[:end].rstrip() + ELLIPSIS


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _ems(character: str) -> float:
    if character in _NARROW:
        return 0.3
    if character in _MEDIUM_NARROW:
        return 0.4
    if character in _WIDE:
        return 0.92
    if not character.isascii():
        return (0.0, 0.68, 1.0)[_cells(character)]
    return 0.68 if character.isupper() else 0.59
