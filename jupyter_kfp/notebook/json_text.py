"""Change a JSON text and leave all the rest of it as it was written: layout, order of keys, escapes, numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

_SPACE = re.compile(r"[ \t\r\n]*")
_NEWLINE = re.compile(r"\r\n|\n|\r")
_DECODER = json.JSONDecoder(strict=False)
Path = Sequence[str | int]


class Style(NamedTuple):
    """How new parts are laid out."""

    unit: str | None
    """Indentation of one level; None: all on one line."""
    newline: str
    ascii_only: bool
    """Other characters are written as ``\\uXXXX``."""


class Member(NamedTuple):
    """An entry of an object or list; of a list, the key is the index and takes no room."""

    key: str | int
    key_start: int
    key_end: int
    start: int
    end: int


def style_of(text: str) -> Style:
    """The style of a document, as its first lines show it."""
    opening = skip_space(text, 0)
    space = text[opening + 1 : skip_space(text, opening + 1)]
    newline = _NEWLINE.search(space)
    unit = space[newline.end() :] if newline else None
    return Style(unit, newline[0] if newline else "\n", text.isascii() and "\\u" in text)


def skip_space(text: str, position: int) -> int:
    """The first place from here that is no white space."""
    found = _SPACE.match(text, position)
    assert found is not None, "the pattern matches nothing, too"
    return found.end()


def members_of(text: str, start: int) -> list[Member]:
    """Entries of the object or list that begins at `start`, in order. Raises `ValueError` if it is neither."""
    if text[start] not in "{[":
        raise ValueError(f"no object or list at {start}")
    is_object = text[start] == "{"
    found: list[Member] = []
    position = skip_space(text, start + 1)
    while text[position] not in "}]":
        key_start = position
        key: str | int = len(found)
        if is_object:
            key, position = _DECODER.raw_decode(text, position)
        key_end = position
        if is_object:
            position = skip_space(text, skip_space(text, position) + 1)
        end = end_of(text, position)
        found.append(Member(key, key_start, key_end, position, end))
        position = skip_space(text, end)
        if text[position] == ",":
            position = skip_space(text, position + 1)
    return found


def end_of(text: str, start: int) -> int:
    """The place behind the value that begins at `start`."""
    return _DECODER.raw_decode(text, start)[1]


def member_at(text: str, start: int, key: str | int) -> Member | None:
    """An entry of the object or list at `start`; of equal keys the last, as JSON readers have it."""
    if text[start] not in "{[":
        return None
    return next((one for one in reversed(members_of(text, start)) if one.key == key), None)


def set_value(text: str, path: Path, value: Any, style: Style, depth: int = 0) -> str:
    """Give the entry at `path` a value; it, and what leads to it, is made where it is missing.

    The text is one value that begins at its first character, `depth` levels deep in its document.
    """
    start = 0
    for index, key in enumerate(path):
        found = member_at(text, start, key)
        if found is None:
            for missing in reversed(path[index + 1 :]):
                value = {missing: value}
            return _with_member(text, start, key, value, style, depth + index)
        if index == len(path) - 1 or text[found.start] not in "{[":
            for missing in reversed(path[index + 1 :]):
                value = {missing: value}
            indent = _indent_of(text, found.key_start, style, depth + index + 1)
            return text[: found.start] + _written(value, style, indent) + text[found.end :]
        start = found.start
    return _written(value, style, _level(style, depth))


def rename_key(text: str, path: Path, name: str, style: Style) -> str:
    """Write the last key of `path` differently. Raises `KeyError` if it is not there."""
    start = _container(text, path)
    found = member_at(text, start, path[-1])
    if found is None:
        raise KeyError(path[-1])
    return text[: found.key_start] + json.dumps(name, ensure_ascii=style.ascii_only) + text[found.key_end :]


def remove(text: str, path: Path) -> str:
    """Take the entry at `path` away. Raises `KeyError` if it is not there."""
    start = _container(text, path)
    entries = members_of(text, start)
    index = next((place for place in reversed(range(len(entries))) if entries[place].key == path[-1]), None)
    if index is None:
        raise KeyError(path[-1])
    entry = entries[index]
    if index:
        return text[: entries[index - 1].end] + text[entry.end :]
    if len(entries) > 1:
        return text[: entry.key_start] + text[entries[1].key_start :]
    return text[: start + 1] + text[end_of(text, start) - 1 :]


def append(text: str, path: Path, value: Any, style: Style, depth: int = 0) -> str:
    """Add to the list at `path`. Raises `KeyError` if it is not there."""
    start = _container(text, [*path, 0])
    return _with_member(text, start, len(members_of(text, start)), value, style, depth + len(path))


def value_at(text: str, path: Path) -> Any:
    """The decoded value; with an empty path, all of it. Raises `KeyError` if it is not there."""
    return _DECODER.raw_decode(text, _container(text, [*path, 0]))[0]


def _container(text: str, path: Path) -> int:
    """Where the value that holds the last entry of `path` begins."""
    start = 0
    for key in path[:-1]:
        found = member_at(text, start, key)
        if found is None:
            raise KeyError(key)
        start = found.start
    return start


def _with_member(text: str, start: int, key: str | int, value: Any, style: Style, depth: int) -> str:
    """Add an entry: by its key where the keys are sorted, else at the end."""
    entries = members_of(text, start)
    if not entries:
        closing = end_of(text, start) - 1
        indent = _level(style, depth + 1)
        entry = _entry(key, value, style, indent)
        if style.unit is None:
            return text[: start + 1] + entry + text[closing:]
        return f"{text[: start + 1]}{style.newline}{indent}{entry}{style.newline}{_level(style, depth)}{text[closing:]}"
    space = text[start + 1 : entries[0].key_start]
    broken = _NEWLINE.search(space) is not None
    local = style if broken else style._replace(unit=None)
    entry = _entry(key, value, local, _indent_of(text, entries[0].key_start, style, depth + 1))
    keys = [str(one.key) for one in entries]
    place = len(entries)
    if isinstance(key, str) and keys == sorted(keys):
        place = sum(one < key for one in keys)
    separator = "," + (space if broken else " ")
    if place == len(entries):
        return text[: entries[-1].end] + separator + entry + text[entries[-1].end :]
    return text[: entries[place].key_start] + entry + separator + text[entries[place].key_start :]


def _entry(key: str | int, value: Any, style: Style, indent: str) -> str:
    written = _written(value, style, indent)
    return f"{json.dumps(key, ensure_ascii=style.ascii_only)}: {written}" if isinstance(key, str) else written


def _written(value: Any, style: Style, indent: str) -> str:
    text = json.dumps(value, ensure_ascii=style.ascii_only, indent=style.unit)
    return text.replace("\n", style.newline + indent)


def _level(style: Style, depth: int) -> str:
    return (style.unit or "") * depth


def _indent_of(text: str, position: int, style: Style, depth: int) -> str:
    """White space before the entry at `position`, if it stands on a line of its own."""
    line = max(text.rfind("\n", 0, position), text.rfind("\r", 0, position))
    space = text[line + 1 : position]
    return space if line >= 0 and not space.strip() else _level(style, depth)
