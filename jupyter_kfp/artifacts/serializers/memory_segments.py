"""Out-of-band buffers and the memory they show: buffers that overlap are written once and overlap again when loaded.

So an array and a view of it, saved together, are an array and a view of it for the reader: a write to one shows in the
other. pandas is the exception. Its frames may share memory too, but copy on write, and know of it through references
that are not pickled: two frames over one memory must get memory of their own.
"""

from __future__ import annotations

import ctypes
import pickle
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_kfp.artifacts.serializers.value_file import BufferPlace


@dataclass(slots=True)
class BufferMemory:
    """A buffer and where it lies in this process."""

    view: memoryview
    start: int
    """Address; 0 if not known."""
    frame: bool = False
    """It belongs to a pandas object."""

    @property
    def end(self) -> int:
        """Address after the last byte."""
        return self.start + self.view.nbytes


@dataclass(slots=True)
class _Segment:
    start: int
    end: int
    members: list[int]
    has_frame: bool


def address_of(view: memoryview) -> int:
    """Address of the first byte; 0 if numpy, whose arrays are what can overlap, is not in use, or for no bytes."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or not view.nbytes:
        return 0
    return int(numpy.frombuffer(view, dtype=numpy.uint8).__array_interface__["data"][0])


def memory_at(start: int, end: int, *, readonly: bool) -> memoryview:
    """The memory between two addresses. The caller keeps its owner alive."""
    if end == start:
        return memoryview(b"" if readonly else bytearray())
    view = memoryview((ctypes.c_char * (end - start)).from_address(start)).cast("B")
    return view.toreadonly() if readonly else view


def buffer_memory(buffer: pickle.PickleBuffer, *, frame: bool) -> BufferMemory:
    """Locate a buffer. Raises `BufferError` if it is not contiguous."""
    view = buffer.raw()
    return BufferMemory(view, address_of(view), frame)


def _merge(buffers: Sequence[BufferMemory]) -> list[_Segment]:
    # Plain arrays first: at most one frame may join what they form.
    order = sorted(range(len(buffers)), key=lambda index: (buffers[index].frame, buffers[index].start, index))
    segments: list[_Segment] = []
    apart: list[_Segment] = []
    for index in order:
        buffer = buffers[index]
        segment = _Segment(buffer.start, buffer.end, [index], buffer.frame)
        if not buffer.start:
            apart.append(segment)
            continue
        touching = [other for other in _near(segments, buffer) if other.start < buffer.end and buffer.start < other.end]
        if buffer.frame and any(other.has_frame for other in touching):
            apart.append(segment)
            continue
        for other in touching:
            if segments[-1] is other:
                segments.pop()
            else:
                segments.remove(other)
            segment.members += other.members
            segment.start, segment.end = min(segment.start, other.start), max(segment.end, other.end)
            segment.has_frame = segment.has_frame or other.has_frame
        segments.append(segment)
    return sorted(segments + apart, key=lambda segment: min(segment.members))


def _near(segments: list[_Segment], buffer: BufferMemory) -> list[_Segment]:
    """Segments that may overlap; plain buffers come in the order of their addresses, so only the last one can."""
    return segments if buffer.frame else segments[-1:]


def place_buffers(buffers: Sequence[BufferMemory]) -> tuple[list[memoryview], list[BufferPlace]]:
    """Segments to write, each byte once, and the place of every buffer in them."""
    views: list[memoryview] = []
    places: dict[int, BufferPlace] = {}
    for number, segment in enumerate(_merge(buffers)):
        whole = next(
            (buffers[i].view for i in segment.members if buffers[i].view.nbytes == segment.end - segment.start), None
        )
        views.append(memory_at(segment.start, segment.end, readonly=True) if whole is None else whole)
        for index in segment.members:
            buffer = buffers[index]
            start = buffer.start - segment.start
            places[index] = BufferPlace(number, start, buffer.view.nbytes, buffer.view.readonly)
    return views, [places[index] for index in range(len(buffers))]
