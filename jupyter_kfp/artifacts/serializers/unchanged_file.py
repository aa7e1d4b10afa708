"""Whether a loaded value still is what its file holds, at little cost for large buffers.

The memory of a mapped file is private and copied on write, page by page. Linux tells which pages were copied
(``/proc/self/pagemap``); the others cannot differ from the file. Only copied pages are compared.
"""

from __future__ import annotations

import mmap
import sys
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import xxhash

from jupyter_kfp.artifacts.content_digest import Bytes
from jupyter_kfp.artifacts.serializers.memory_segments import BufferMemory, address_of
from jupyter_kfp.artifacts.serializers.pickled_value import PickledValue
from jupyter_kfp.artifacts.serializers.value_file import PAGE, BufferPlace, OpenValueFile

_PAGEMAP = Path("/proc/self/pagemap")
_ENTRY = 8
"""Bytes per page in it."""
_PRESENT, _SWAPPED, _OF_FILE = 1 << 63, 1 << 62, 1 << 61
_PIECE = 1 << 20


def same_stream(parts: Sequence[Bytes], others: Sequence[Bytes]) -> bool:
    """Whether two pickle streams, each in parts, are equal."""
    return _same_bytes(parts, memoryview(others[0] if len(others) == 1 else b"".join(others)))


def same_buffers(pickled: PickledValue, file: OpenValueFile) -> bool:
    """Whether the buffers of a value that was loaded from a file, pickled again, hold what the file holds.

    Raises `OSError` if the file is gone.
    """
    places = file.index.buffers
    if len(pickled.buffers) != len(places):
        return False
    with file.path.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as original:
        content = memoryview(original)
        try:
            return all(
                _same_buffer(buffer, place, file, content)
                for buffer, place in zip(pickled.buffers, places, strict=True)
            )
        finally:
            content.release()


def _same_bytes(parts: Sequence[Bytes], whole: memoryview) -> bool:
    """Compare in pieces, as bytes: comparing memoryviews goes item by item."""
    position = 0
    for part in parts:
        view = memoryview(part).cast("B")
        for start in range(0, view.nbytes, _PIECE):
            piece = bytes(view[start : start + _PIECE])
            if piece != bytes(whole[position : position + len(piece)]):
                return False
            position += len(piece)
    return position == whole.nbytes


def _same_buffer(buffer: BufferMemory, place: BufferPlace, file: OpenValueFile, content: memoryview) -> bool:
    if buffer.view.nbytes != place.size or buffer.view.readonly != place.readonly:
        return False
    offset = file.offsets[place.segment] + place.start
    original = content[offset : offset + place.size]
    try:
        loaded = file.segments[place.segment][place.start : place.start + place.size]
        if buffer.start and file.mapped and buffer.start == address_of(loaded):
            return all(
                _digest(buffer.view[start:end]) == _digest(original[start:end])
                for start, end in _copied(buffer.start, place.size)
            )
        return _digest(buffer.view) == _digest(original)
    finally:
        original.release()


def _digest(view: memoryview) -> bytes:
    return xxhash.xxh3_128_digest(view)


def _copied(start: int, size: int) -> Iterator[tuple[int, int]]:
    """Spans of the memory, relative to its start, that may differ from the file: all of it if nobody can tell."""
    first, last = start // PAGE, (start + size - 1) // PAGE
    entries = _page_entries(first, last - first + 1)
    if entries is None:
        yield 0, size
        return
    for run_start, run_end in _runs(_written(entries)):
        yield max(0, (first + run_start) * PAGE - start), min(size, (first + run_end) * PAGE - start)


def _page_entries(first: int, count: int) -> array[int] | None:
    if mmap.PAGESIZE != PAGE:
        return None
    entries = array("Q")
    try:
        with _PAGEMAP.open("rb", buffering=0) as pagemap:
            pagemap.seek(first * _ENTRY)
            content = pagemap.read(count * _ENTRY)
    except OSError:
        return None
    if content is None or len(content) != count * _ENTRY:
        return None
    entries.frombytes(content)
    return entries


def _written(entries: array[int]) -> Sequence[int]:
    """Positions of the pages that are this process's own."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        flags = numpy.frombuffer(entries, dtype=numpy.uint64) >> numpy.uint64(61)
        positions: Sequence[int] = numpy.flatnonzero(
            (flags == _PRESENT >> 61) | (flags & (_SWAPPED >> 61) != 0)
        ).tolist()
        return positions
    return [i for i, entry in enumerate(entries) if entry & _SWAPPED or (entry & _PRESENT and not entry & _OF_FILE)]


def _runs(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = end = None
    for position in positions:
        if end is not None and position == end:
            end += 1
            continue
        if start is not None and end is not None:
            yield start, end
        start, end = position, position + 1
    if start is not None and end is not None:
        yield start, end
