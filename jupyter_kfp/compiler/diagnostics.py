"""Diagnostics in order, and as text, as GitHub annotations and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from unicodedata import combining, east_asian_width

import msgspec

from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.notebook.file_places import FilePlaces
from jupyter_kfp.notebook.source_text import source_lines

FIXABLE = "[*]"
"""Marks what can be mended, as linters do."""
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.HINT: 2}
_GITHUB_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "notice"}


def sort_diagnostics(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By place in the notebook, the worst first where they share one; each only once."""
    ordered = sorted(
        diagnostics,
        key=lambda one: (one.cell or 0, one.line or 0, one.column or 0, _ORDER[one.severity], one.code, one.message),
    )
    return [one for index, one in enumerate(ordered) if index == 0 or one != ordered[index - 1]]


def render_text(diagnostics: Iterable[Diagnostic], *, file: str, sources: Mapping[int, str] | None = None) -> str:
    """One paragraph each: place, code, message, the line with a caret under the column, the hint.

    `sources` are the cells' sources by number, for the lines.
    """
    return "\n".join(_paragraph(one, file, sources or {}) for one in diagnostics)


def _paragraph(one: Diagnostic, file: str, sources: Mapping[int, str]) -> str:
    mark = f" {FIXABLE}" if one.edits else ""
    lines = [f"{_place(one, file)}: {one.code} {one.severity}{mark}: {one.message}"]
    source = source_lines(sources.get(one.cell or 0, ""))
    if one.line is not None and one.line <= len(source):
        text = source[one.line - 1]
        lines.append(f"    {text}")
        if one.column is not None:
            lines.append(f"    {_blank(text[: one.column - 1])}^")
    if one.hint:
        lines.append(f"    hint: {one.hint}")
    return "\n".join(lines)


def _blank(text: str) -> str:
    """As wide as the text. Tabs stay tabs, so that what follows stands in its place whatever their width."""
    return "".join(
        "\t" if char == "\t" else "" if combining(char) else "  " if east_asian_width(char) in "WF" else " "
        for char in text
    )


def _place(one: Diagnostic, file: str) -> str:
    place = file
    if one.cell is not None:
        place += f" cell {one.cell}"
        if one.line is not None:
            place += f", line {one.line}"
    return place


def render_github(diagnostics: Iterable[Diagnostic], *, file: str, places: FilePlaces | None = None) -> str:
    """Workflow commands, which GitHub shows beside the file: at the lines of the file that `places` knows."""
    return "\n".join(_command(one, file, places) for one in diagnostics)


def _command(one: Diagnostic, file: str, places: FilePlaces | None) -> str:
    text = f"{_place(one, file)}: {one.message}" + (f" ({one.hint})" if one.hint else "")
    properties = [f"file={_escaped(file, property_value=True)}"]
    if places is not None:
        line, column = places.find(one.cell, one.line, one.column)
        properties += [f"line={line}", f"col={column}"]
    properties.append(f"title={one.code}")
    return f"::{_GITHUB_LEVELS[one.severity]} {','.join(properties)}::{_escaped(text)}"


def _escaped(text: str, *, property_value: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if property_value else text


def render_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Plain data; fields without a value are left out."""
    data: list[dict[str, Any]] = msgspec.to_builtins(list(diagnostics))
    return data
