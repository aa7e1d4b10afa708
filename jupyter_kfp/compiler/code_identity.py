"""Which code compiles: results of other code are not taken for those of this one."""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from jupyter_kfp._version import __version__
from jupyter_kfp.artifacts.content_digest import ContentHasher

_PACKAGE = Path(__file__).resolve().parent.parent
_CLOCK_STEP_NS = 50_000_000
"""How far the time stamps of files may lag behind the clock."""


class CodeIdentity:
    """Our package as it lies on disk, also while somebody works on it, and what it computes with.

    Attributes
    ----------
    digest:
        Of the names, sizes and time stamps of our files, and of the versions of Python and of the libraries that decide
        on the bytes of a pipeline.

    """

    def __init__(self, loaded_at: int, package: Path = _PACKAGE) -> None:
        self._package = package
        self._loaded_at = loaded_at
        self.digest, self._newest = self._scan()

    def is_current(self) -> bool:
        """Whether the code that is loaded is surely what lies on disk: nothing changed since this process loaded it.

        `loaded_at` is when the first of it was loaded, in ns.
        """
        return self._newest < self._loaded_at - _CLOCK_STEP_NS and self._scan()[0] == self.digest

    def _scan(self) -> tuple[str, int]:
        hasher = ContentHasher()
        versions = (__version__, sys.version, msgspec.__version__, zlib.ZLIB_RUNTIME_VERSION)
        hasher.update(repr(versions).encode())
        newest = 0
        for path, stat in _sources(str(self._package)):
            newest = max(newest, stat.st_mtime_ns, stat.st_ctime_ns)
            hasher.update(repr((path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)).encode())
        return hasher.digest(), newest


def _sources(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _sources(entry.path)
        elif entry.name.endswith(".py"):
            yield entry.path, entry.stat()
