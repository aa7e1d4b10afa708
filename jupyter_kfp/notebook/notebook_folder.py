"""The folder of a notebook, as the compiler reads the user's own modules from it: on disk, or given as data."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

MODULE_ENDINGS = ("/", ".py", ".so", ".pyd", ".dll", ".dylib")
"""Of names in a folder that an import may find."""


class NotebookFolder(Protocol):
    """Files by path, as seen from the notebook's folder: with ``/``, normalised, perhaps with ``../`` in front."""

    def read(self, path: str) -> bytes | None:
        """Content of a regular file; None if there is none that can be read."""

    def names(self, folder: str) -> Sequence[str]:
        """Names in a folder, sorted; those of folders end with ``/``. Empty if there is no such folder."""

    def module_names(self, folder: str, beginning: str = "") -> Sequence[str]:
        """Of the names in a folder those that an import may find, and that begin like this.

        What else comes and goes there, as data that a run writes, changes nothing of the answer.
        """

    def size(self, path: str) -> int:
        """Bytes of a file; 0 if there is none."""


def module_names(names: Iterable[str], beginning: str) -> list[str]:
    """Folders, source and machine code, but for what is hidden, and Python's own cache."""
    return [
        name
        for name in names
        if name.startswith(beginning) and name.endswith(MODULE_ENDINGS) and name[0] != "." and name != "__pycache__/"
    ]


class DiskFolder:
    """A folder on disk; each file is read once, so that one compilation sees one version of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._contents: dict[str, bytes | None] = {}
        self._names: dict[str, list[str]] = {}

    def read(self, path: str) -> bytes | None:
        """Content of a file."""
        if path not in self._contents:
            self._contents[path] = self._read(path)
        return self._contents[path]

    def _read(self, path: str) -> bytes | None:
        try:
            return (self._folder / path).read_bytes()
        except (OSError, ValueError):  # not there, a folder, no permission: an import would not find it either
            return None

    def names(self, folder: str) -> Sequence[str]:
        """Names in a folder."""
        if folder not in self._names:
            self._names[folder] = self._list(folder)
        return self._names[folder]

    def _list(self, folder: str) -> list[str]:
        try:
            with os.scandir(self._folder / folder) as entries:
                found = sorted((entry.name, _is_folder(entry)) for entry in entries)
        except (OSError, ValueError):
            return []
        return [f"{name}/" if is_folder else name for name, is_folder in found]

    def module_names(self, folder: str, beginning: str = "") -> Sequence[str]:
        """Names in a folder that an import may find."""
        return module_names(self.names(folder), beginning)

    def size(self, path: str) -> int:
        """Bytes of a file."""
        try:
            file = self._folder / path
            return file.stat().st_size if file.is_file() else 0
        except (OSError, ValueError):
            return 0


class FolderContents:
    """A folder given as contents by path, in front of another one, if there is one."""

    def __init__(self, files: Mapping[str, bytes], behind: NotebookFolder | None = None) -> None:
        self._files = {posixpath.normpath(path): content for path, content in files.items()}
        self._behind = behind

    def read(self, path: str) -> bytes | None:
        """Content of a file."""
        if path in self._files:
            return self._files[path]
        return self._behind.read(path) if self._behind else None

    def names(self, folder: str) -> Sequence[str]:
        """Names in a folder."""
        return sorted({*self._own_names(folder), *(self._behind.names(folder) if self._behind else ())})

    def module_names(self, folder: str, beginning: str = "") -> Sequence[str]:
        """Names in a folder that an import may find."""
        own = module_names(self._own_names(folder), beginning)
        return sorted({*own, *(self._behind.module_names(folder, beginning) if self._behind else ())})

    def _own_names(self, folder: str) -> set[str]:
        prefix = "" if folder == "." else f"{folder}/"
        parts = [path.removeprefix(prefix).partition("/") for path in self._files if path.startswith(prefix)]
        return {first + slash for first, slash, _ in parts}

    def size(self, path: str) -> int:
        """Bytes of a file."""
        if path in self._files:
            return len(self._files[path])
        return self._behind.size(path) if self._behind else 0


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False
