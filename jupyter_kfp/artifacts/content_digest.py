"""Content addresses: ``blake3:<64 hex digits>``.

Large contents are hashed on all CPUs. blake3's threads do not survive a fork, so a process that hashes in parallel and
then forks leaves its child on one thread (the child notices by itself); a process that only forks must not hash before.
"""

from __future__ import annotations

import os
from pathlib import Path

from blake3 import blake3

from jupyter_kfp.ids import Digest

Bytes = bytes | bytearray | memoryview
PREFIX = "blake3:"
DIGEST_BYTES = 32
PARALLEL_FROM = 4 << 20
"""Bytes from which several threads pay."""


class _Threads:
    started = False
    lost = False


def _after_fork() -> None:
    _Threads.lost = _Threads.lost or _Threads.started


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _threads(size: int) -> int:
    if size < PARALLEL_FROM or _Threads.lost:
        return 1
    _Threads.started = True
    return blake3.AUTO


class ContentHasher:
    """Hash contents piece by piece, on the calling thread; the GIL is released for large pieces."""

    __slots__ = ("_hasher", "size")

    def __init__(self) -> None:
        self._hasher = blake3()
        self.size = 0
        """Bytes so far."""

    def update(self, data: Bytes) -> None:
        """Append bytes."""
        view = memoryview(data)
        self._hasher.update(view)
        self.size += view.nbytes

    def raw(self) -> bytes:
        """The 32 bytes of the digest of what came so far; more may follow."""
        return self._hasher.digest()

    def digest(self) -> Digest:
        """Content address of what came so far; more may follow."""
        return Digest(PREFIX + self._hasher.hexdigest())


def raw_digest(data: Bytes) -> bytes:
    """The 32 bytes of the digest of a buffer."""
    view = memoryview(data)
    return blake3(view, max_threads=_threads(view.nbytes)).digest()


def digest_bytes(data: Bytes) -> Digest:
    """Content address of a buffer."""
    return Digest(PREFIX + raw_digest(data).hex())


def digest_file(path: Path) -> Digest:
    """Content address of a file's bytes, read through a memory map. Raises `OSError`."""
    size = path.stat().st_size
    return Digest(PREFIX + blake3(max_threads=_threads(size)).update_mmap(path).hexdigest())
