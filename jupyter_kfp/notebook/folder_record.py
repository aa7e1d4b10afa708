"""What was seen of a notebook's folder, so that one can tell later whether it would look the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from jupyter_kfp.artifacts.content_digest import ContentHasher
from jupyter_kfp.notebook.notebook_folder import NotebookFolder

_ABSENT = ""


class FolderRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All questions that were asked, with their answers; what was looked for and not found is among them.

    Contents and names are kept as digests, which are made from what was answered and not from time stamps: a record is
    never younger or older than what was concluded from it.
    """

    contents: dict[str, str]
    """By path: digest of the content, empty for no file that can be read."""
    names: dict[str, str]
    """By folder: digest of its names."""
    module_names: dict[str, dict[str, str]]
    """By folder and beginning: digest of the names that an import may find."""
    sizes: dict[str, int]

    def fits(self, folder: NotebookFolder) -> bool:
        """Whether a folder gives the same answers."""
        return (
            all(
                _digest_of_names(folder.module_names(path, beginning)) == seen
                for path, asked in self.module_names.items()
                for beginning, seen in asked.items()
            )
            and all(_digest_of_names(folder.names(path)) == seen for path, seen in self.names.items())
            and all(folder.size(path) == seen for path, seen in self.sizes.items())
            and all(_digest_of_content(folder.read(path)) == seen for path, seen in self.contents.items())
        )


class RecordedFolder:
    """A folder that remembers what it was asked."""

    def __init__(self, folder: NotebookFolder) -> None:
        self._folder = folder
        self._contents: dict[str, bytes | None] = {}
        self._names: dict[str, Sequence[str]] = {}
        self._module_names: dict[str, dict[str, Sequence[str]]] = {}
        self._sizes: dict[str, int] = {}

    def read(self, path: str) -> bytes | None:
        """Content of a file."""
        if path not in self._contents:
            self._contents[path] = self._folder.read(path)
        return self._contents[path]

    def names(self, folder: str) -> Sequence[str]:
        """Names in a folder."""
        if folder not in self._names:
            self._names[folder] = self._folder.names(folder)
        return self._names[folder]

    def module_names(self, folder: str, beginning: str = "") -> Sequence[str]:
        """Names in a folder that an import may find."""
        asked = self._module_names.setdefault(folder, {})
        if beginning not in asked:
            asked[beginning] = self._folder.module_names(folder, beginning)
        return asked[beginning]

    def size(self, path: str) -> int:
        """Bytes of a file."""
        if path not in self._sizes:
            self._sizes[path] = self._folder.size(path)
        return self._sizes[path]

    def record(self) -> FolderRecord:
        """What it was asked so far."""
        return FolderRecord(
            contents={path: _digest_of_content(content) for path, content in self._contents.items()},
            names={path: _digest_of_names(names) for path, names in self._names.items()},
            module_names={
                path: {beginning: _digest_of_names(names) for beginning, names in asked.items()}
                for path, asked in self._module_names.items()
            },
            sizes=dict(self._sizes),
        )


def _digest_of_content(content: bytes | None) -> str:
    return _ABSENT if content is None else _digest([content])


def _digest_of_names(names: Sequence[str]) -> str:
    return _digest(name.encode("utf-8", "surrogateescape") + b"\0" for name in names)


def _digest(parts: Iterable[bytes]) -> str:
    hasher = ContentHasher()  # on this thread: one with helpers could not be forked
    for part in parts:
        hasher.update(part)
    return hasher.digest()
