"""Contents of an object store that were read before, kept on this machine.

Layout of the folder: ``contents/ab/cdef...`` are read-only files, ``used/ab/cdef...`` are empty and tell by their times
when a content was last wanted, ``incoming`` holds what is not complete. Several processes may use one folder: contents
appear by rename, and one that another process has just removed counts as never kept. The folder may be removed at any
time.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from jupyter_kfp.artifacts.artifact_uri import content_key
from jupyter_kfp.artifacts.content_digest import digest_file
from jupyter_kfp.artifacts.file_copies import READ_ONLY, READ_ONLY_EXECUTABLE, copy_file, hard_link_or_copy
from jupyter_kfp.ids import Digest

_LEFTOVER_SECONDS = 24 * 3600.0
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class _Kept(NamedTuple):
    used: float
    size: int
    path: Path
    stamp: Path


class ReadCache:
    """A bounded cache; the contents that were wanted longest ago go first.

    What is taken from it was compared with its digest by this process since the file last changed. The bound holds but
    for what several processes add at the same moment. A content above a quarter of the bound is not kept.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder.absolute()
        self._max_bytes = max_bytes
        self._checked: dict[Digest, tuple[int, int, int]] = {}
        self._room: int | None = None
        """Bytes that may come before the folder is looked through again; None: not looked yet."""

    def fetch(self, digest: Digest, target: Path, *, link: bool, executable: bool = False) -> bool:
        """Make a content appear at `target`, which must not exist; False if it is not kept.

        Read-only, perhaps as a link into the cache, if `link`, else as a copy that may be changed. Raises `OSError` for
        the target.
        """
        if not self._is_sound(digest):
            return False
        path = self._path(digest)
        try:
            place(path, target, link=link, executable=executable)
        except FileNotFoundError:
            if path.exists():  # it is the target's folder that is missing
                raise
            return False
        return True

    def open(self, digest: Digest) -> BinaryIO | None:
        """Read a content; None if it is not kept."""
        if not self._is_sound(digest):
            return None
        try:
            return self._path(digest).open("rb")
        except FileNotFoundError:
            return None

    def add(self, digest: Digest, source: Path) -> None:
        """Keep a content, of which `source` was compared with the digest; a read-only source may become a link.

        A full disk is no error: then it is not kept. Raises `OSError` for other trouble.
        """
        size = source.stat().st_size
        if size > self._max_bytes // 4 or self._is_sound(digest):
            return
        incoming = self._folder / "incoming" / uuid.uuid4().hex
        path = self._path(digest)
        try:
            incoming.parent.mkdir(parents=True, exist_ok=True)
            hard_link_or_copy(source, incoming, mode=READ_ONLY)
            incoming.chmod(READ_ONLY)
            self._touch(digest)
            path.parent.mkdir(parents=True, exist_ok=True)
            incoming.replace(path)
        except OSError as error:
            if error.errno not in _FULL:
                raise
        finally:
            incoming.unlink(missing_ok=True)  # also what a rename onto the same file leaves behind
        self._make_room(size)

    def _path(self, digest: Digest) -> Path:
        return self._folder / content_key(digest).replace("blake3/", "contents/", 1)

    def _stamp(self, digest: Digest) -> Path:
        return self._folder / content_key(digest).replace("blake3/", "used/", 1)

    def _touch(self, digest: Digest) -> None:
        stamp = self._stamp(digest)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()

    def _is_sound(self, digest: Digest) -> bool:
        """Whether the content is kept and has its digest; one that does not is removed."""
        path = self._path(digest)
        try:
            status = path.stat()
            state = (status.st_ino, status.st_size, status.st_mtime_ns)
            if self._checked.get(digest) != state:
                if digest_file(path) != digest:
                    path.unlink(missing_ok=True)
                    return False
                self._checked[digest] = state
        except FileNotFoundError:
            return False
        with contextlib.suppress(OSError):  # a stamp that is not renewed costs a later download
            self._touch(digest)
        return True

    # --- the bound

    def _make_room(self, added: int) -> None:
        if self._room is not None:
            self._room -= added
            if self._room > 0:
                return
        kept = sorted(self._kept())
        total = sum(one.size for one in kept)
        for one in kept:
            if total <= self._max_bytes:
                break
            for path in (one.path, one.stamp):
                path.unlink(missing_ok=True)
            total -= one.size
        # Other processes add, too, so it is looked again long before this one alone has filled it.
        self._room = (self._max_bytes - total) // 4

    def _kept(self) -> Iterator[_Kept]:
        now = time.time()
        for path, status in _files(self._folder / "contents"):
            stamp = self._folder / "used" / path.relative_to(self._folder / "contents")
            try:
                used = stamp.stat().st_mtime
            except FileNotFoundError:  # another process is removing this content
                used = 0.0
            yield _Kept(used, status.st_size, path, stamp)
        for path, status in _files(self._folder / "incoming"):  # of processes that were killed
            if now - status.st_mtime > _LEFTOVER_SECONDS:
                path.unlink(missing_ok=True)


def place(source: Path, target: Path, *, link: bool, executable: bool) -> None:
    """Make a content appear: a link or a read-only copy if `link`, else a copy that may be changed."""
    if link and not executable:
        hard_link_or_copy(source, target, mode=READ_ONLY)
    elif link:
        copy_file(source, target, mode=READ_ONLY_EXECUTABLE)
    else:
        copy_file(source, target, mode=0o755 if executable else 0o644)


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # removed by another process
            status = path.stat()
            if path.is_file():
                yield path, status
