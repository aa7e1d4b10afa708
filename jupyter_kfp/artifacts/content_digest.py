"""Content addresses: BLAKE3 over bytes and files."""

from __future__ import annotations

import re
from pathlib import Path

from blake3 import blake3

from jupyter_kfp.ids import Digest

PREFIX = "blake3:"
_DIGEST = re.compile(r"blake3:[0-9a-f]{64}")
_THREADS_PAY_FROM = 1 << 20  # bytes; below, starting threads costs more than it saves


def digest_bytes(data: bytes | bytearray | memoryview) -> Digest:
    """Content address of bytes; a `memoryview` may have any item type but must be contiguous."""
    view = memoryview(data)
    view = view.cast("B") if view.nbytes else memoryview(b"")  # an empty view of two dimensions cannot be cast
    hasher = blake3(max_threads=blake3.AUTO if view.nbytes >= _THREADS_PAY_FROM else 1)
    hasher.update(view)
    return Digest(PREFIX + hasher.hexdigest())


def digest_file(path: Path) -> Digest:
    """Content address of a file; it is memory-mapped, so its size does not count against memory.

    Raises `OSError` if it cannot be read.
    """
    hasher = blake3(max_threads=blake3.AUTO if path.stat().st_size >= _THREADS_PAY_FROM else 1)
    hasher.update_mmap(path)
    return Digest(PREFIX + hasher.hexdigest())


def is_digest(text: str) -> bool:
    """Whether the text has the form of a content address."""
    return _DIGEST.fullmatch(text) is not None
