"""The folder of a notebook, as the compiler reads the user's own modules from it: on disk, or given as data."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol


class NotebookFolder(Protocol):
    """Files by path, as seen from the notebook's folder: with ``/``, normalised, perhaps with ``../`` in front."""

    def read(self, path: str) -> bytes | None:
        """Content of a regular file; None if there is none that can be read."""

    def names(self, folder: str) -> Sequence[str]:
        """Names in a folder, sorted; those of folders end with ``/``. Empty if there is no such folder."""

    def size(self, path: str) -> int:
        """Bytes of a file; 0 if there is none."""


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
            entries = sorted((self._folder / folder).iterdir())
        except (OSError, ValueError):
            return []
        return [f"{entry.name}/" if entry.is_dir() else entry.name for entry in entries]

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
        prefix = "" if folder == "." else f"{folder}/"
        found = set(self._behind.names(folder)) if self._behind else set()
        for path in self._files:
            if path.startswith(prefix):
                first, slash, _ = path.removeprefix(prefix).partition("/")
                found.add(first + slash)
        return sorted(found)

    def size(self, path: str) -> int:
        """Bytes of a file."""
        if path in self._files:
            return len(self._files[path])
        return self._behind.size(path) if self._behind else 0
