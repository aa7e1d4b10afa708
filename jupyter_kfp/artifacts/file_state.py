"""The state of a user's file: cheap to compare as long as it was left alone, by content when it was not."""

# ruff: noqa: PTH116, PTH118, PTH123, PTH208
# Paths are text here: thousands of them are looked at, and a `Path` costs more than the system call.

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterator

from jupyter_kfp.artifacts.content_digest import ContentHasher
from jupyter_kfp.spec.used_files import ABSENT, FOLDER, UNSTEADY, FileState

LARGEST_DIGESTED = 1 << 30
"""Bytes. What is larger counts as changed when its size, time of change or inode differs: reading it again at every
run would cost more than many a step."""
_RECENT_NS = 2_000_000_000
"""Time stamps of files are coarse (two seconds on some file systems): what changed so shortly before may change again
without another time stamp."""
_NOT_DATA = frozenset({"__pycache__", ".ipynb_checkpoints"})
_PIECE = 1 << 20
_DATA_FOLDER_FILES = 10_000


def file_state(path: str) -> FileState:
    """What the path holds now. What cannot be looked at or is no file and no folder is absent."""
    try:
        before = os.stat(path)
    except (OSError, ValueError):
        return FileState(ABSENT)
    if stat.S_ISDIR(before.st_mode):
        return FileState(FOLDER)
    if not stat.S_ISREG(before.st_mode):
        return FileState(ABSENT)
    digest = ""
    if before.st_size <= LARGEST_DIGESTED:
        try:
            digest = _content_digest(path)
        except OSError:
            return FileState(ABSENT)
    return _state(path, before, digest)


def refreshed_state(path: str, known: FileState) -> FileState | None:
    """The state of the path if it holds what it held then; None if it does not.

    A file is read only if its size is the same and its time of change or inode is not.
    """
    try:
        now = os.stat(path)
    except (OSError, ValueError):
        return known if known.digest == ABSENT else None
    if known.digest in (ABSENT, UNSTEADY):
        return None
    if stat.S_ISDIR(now.st_mode):
        return known if known.digest == FOLDER or known == data_folder_state(path) else None
    if known.digest.startswith(FOLDER) or now.st_size != known.size:
        return None
    if known.mtime_ns and (now.st_mtime_ns, now.st_ino) == (known.mtime_ns, known.inode):
        return known
    if not known.digest:
        return None
    found = file_state(path)
    return found if found.digest == known.digest else None


def folder_names(path: str) -> list[str]:
    """Sorted names in a folder, but for those that Python and Jupyter put beside any file. Raises `OSError`."""
    names = set(os.listdir(path)) - _NOT_DATA
    return sorted(os.fsencode(name).decode(errors="backslashreplace") for name in names)


def data_folder_state(path: str) -> FileState:
    """State of a folder that is one piece of data, such as a partitioned Parquet file.

    The digest is over names, sizes and times of change of the files below it, of the first 10,000 in their order.
    """
    hasher = ContentHasher()
    for relative, found in _files_below(path):
        hasher.update(f"{relative}\0{found.st_size}\0{found.st_mtime_ns}\n".encode(errors="surrogateescape"))
    return FileState(f"{FOLDER}:{hasher.raw().hex()}")


def _files_below(path: str) -> Iterator[tuple[str, os.stat_result]]:
    count = 0
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            count += 1
            if count > _DATA_FOLDER_FILES:
                return
            full = os.path.join(folder, name)
            with contextlib.suppress(OSError):  # gone meanwhile
                yield os.path.relpath(full, path), os.stat(full)


def _content_digest(path: str) -> str:
    hasher = ContentHasher()
    with open(path, "rb", buffering=0) as file:
        while piece := file.read(_PIECE):
            hasher.update(piece)
    return hasher.raw().hex()


def _state(path: str, before: os.stat_result, digest: str) -> FileState:
    """The state, if the file was left alone while it was read."""
    try:
        after = os.stat(path)
    except OSError:
        return FileState(UNSTEADY)
    if (before.st_size, before.st_mtime_ns, before.st_ino) != (after.st_size, after.st_mtime_ns, after.st_ino):
        return FileState(UNSTEADY)
    is_recent = after.st_mtime_ns > time.time_ns() - _RECENT_NS
    # Without a digest the time stamp is all there is, recent or not.
    mtime = 0 if is_recent and digest else after.st_mtime_ns
    return FileState(digest, after.st_size, mtime, after.st_ino)
