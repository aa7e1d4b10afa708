"""Files that a step's code names, and whether they are still what they were when the step ended.

A cell that reads ``data.csv`` gives another result when the file changes, although no code did; and a step whose
``report.csv`` was removed has to write it again. Which files a step uses cannot be known before it runs, but most are
named in the code or in a parameter. What they held when the step ended is remembered with its outputs, and looked at
again before these outputs are used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jupyter_kfp.artifacts.content_digest import ContentHasher

FILE_PART = "file:"
"""Prefix of the parts of a cache entry that hold digests of files; they are not in the key."""
ABSENT = "absent"
_PIECE = 1 << 20
_LONGEST_NAME = 255


def named_files(names: Iterable[str], parameters: Mapping[str, Any]) -> list[str]:
    """Candidates: names from the code, and text parameters; sorted, each once."""
    given = {value for value in parameters.values() if isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME}
    return sorted({*names, *given})


def file_parts(names: Iterable[str], folder: str) -> dict[str, str]:
    """Digests of those that are regular files now, seen from `folder`, as parts of a cache entry."""
    digests = {name: _digest(Path(folder, name)) for name in names} if folder else {}
    return {f"{FILE_PART}{name}": digest for name, digest in digests.items() if digest != ABSENT}


def changed_file(parts: Mapping[str, str], folder: str) -> str | None:
    """The first file of a cache entry that is not what it was; None if all are."""
    for part, digest in parts.items():
        name = part.removeprefix(FILE_PART)
        if name != part and _digest(Path(folder, name)) != digest:
            return name
    return None


def _digest(path: Path) -> str:
    try:
        if not path.is_file():
            return ABSENT
        hasher = ContentHasher()
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                hasher.update(piece)
    except (OSError, ValueError):  # not readable, or no path at all, as text with a NUL
        return ABSENT
    return hasher.raw().hex()
