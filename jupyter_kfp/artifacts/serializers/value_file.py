"""One file for one value, or for several that share objects: pickle stream and buffers, written once, mapped on read.

=============  ====================================================================================
bytes          content
=============  ====================================================================================
0-7            ``jkfpval`` and the version of the format (one byte)
8-15           length of the index, little-endian
16-            the index (JSON, `FileIndex`), then the pickle stream
page starts    the segments of memory, each at a multiple of 4096 bytes, zeros between
last 32        blake3 of everything before
=============  ====================================================================================

The content address of the file is blake3 of the whole. The digest at the end costs no second pass (a hasher can give
the digest of what came so far) and serves where nobody passes the address, as on a plain KFP server.

Files are hashed while they are written, on a second thread, and appear by rename. They are not synced to the disk: a
power cut can only lose or damage a file that no run has recorded yet or whose digest then no longer matches, and both
end in running the step again; syncing would cost more than all the rest.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from jupyter_kfp.artifacts.content_digest import DIGEST_BYTES, PREFIX, Bytes, ContentHasher, raw_digest
from jupyter_kfp.ids import Digest

MAGIC = b"jkfpval\x01"
PAGE = 4096
MAP_FROM = 1 << 20
"""Bytes from which a file is mapped; smaller ones are read, which costs less and holds no file handle."""
_HEADER = struct.Struct("<8sQ")
_HASH_CHUNK = 8 << 20


class BufferPlace(msgspec.Struct, frozen=True, array_like=True):
    """Where one out-of-band buffer lies."""

    segment: int
    start: int
    size: int
    readonly: bool = False


class FileIndex(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is in the file."""

    names: list[str]
    """Variables: several if they share objects."""
    unbound: bool = False
    """The variable was not bound; there is no stream."""
    stream: int = 0
    """Bytes of the pickle stream: of the value, or of the tuple of the values in the order of `names`."""
    segments: list[int] = []
    """Bytes of each segment of memory."""
    buffers: list[BufferPlace] = []
    """Out-of-band buffers, in the order of the stream; several may share a segment."""
    readers: dict[str, list[str]] = {}
    """Of several names: the steps that load each."""
    entangled: list[str] = []
    """Variables of other files that the value shared objects with; it must not be changed without them."""
    python: str = ""
    """Minor version, e.g. ``3.11``: code of functions is bound to it."""


class DamagedValueFile(Exception):  # noqa: N818  it names a state
    """The file is not what was written."""


class WrittenFile(msgspec.Struct, frozen=True):
    """A complete file."""

    digest: Digest
    size: int


class OpenValueFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file whose content was verified. The memory is private: writing to it changes no file."""

    path: Path
    digest: Digest
    index: FileIndex
    memory: memoryview
    stream: memoryview
    segments: list[memoryview]
    offsets: list[int]
    """Of the segments in the file."""

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.memory.nbytes

    @property
    def mapped(self) -> bool:
        """Whether the memory is a map of the file (not a copy of a small one)."""
        return self.size >= MAP_FROM

    def buffers(self) -> list[memoryview]:
        """The out-of-band buffers, read-only where they were."""
        views = [self.segments[place.segment][place.start : place.start + place.size] for place in self.index.buffers]
        return [
            view.toreadonly() if place.readonly else view for view, place in zip(views, self.index.buffers, strict=True)
        ]


def _padding(position: int) -> bytes:
    return bytes(-position % PAGE)


def _layout(index: FileIndex, stream: Sequence[Bytes], segments: Sequence[Bytes]) -> Iterator[Bytes]:
    text = msgspec.json.encode(index)
    head = b"".join([_HEADER.pack(MAGIC, len(text)), text, *(stream if index.stream < PAGE else ())])
    yield head
    if index.stream >= PAGE:
        yield from stream
    position = _HEADER.size + len(text) + index.stream
    for segment in segments:
        padding = _padding(position)
        if padding:
            yield padding
        yield segment
        position += len(padding) + memoryview(segment).nbytes


def _write_all(file: BinaryIO, data: Bytes) -> None:
    rest = memoryview(data).cast("B")
    while rest:
        rest = rest[file.write(rest) :]


class _BackgroundHash:
    """Hash the pieces on a thread of its own while the caller writes them."""

    def __init__(self, pieces: Sequence[Bytes]) -> None:
        self._pieces = pieces
        self._stopped = False
        self.hasher = ContentHasher()
        self._thread = threading.Thread(target=self._hash, name="jupyter_kfp content digest", daemon=True)
        self._thread.start()

    def _hash(self) -> None:
        for piece in self._pieces:
            view = memoryview(piece).cast("B")
            for start in range(0, view.nbytes, _HASH_CHUNK):
                if self._stopped:
                    return
                self.hasher.update(view[start : start + _HASH_CHUNK])

    def wait(self) -> ContentHasher:
        self._thread.join()
        return self.hasher

    def stop(self) -> None:
        self._stopped = True
        self._thread.join()


def _write_and_hash(file: BinaryIO, pieces: Sequence[Bytes], size: int) -> ContentHasher:
    if size < MAP_FROM:
        content = b"".join(pieces)
        hasher = ContentHasher()
        hasher.update(content)
        _write_all(file, content)
        return hasher
    background = _BackgroundHash(pieces)
    try:
        for piece in pieces:
            _write_all(file, piece)
    except BaseException:
        background.stop()
        raise
    return background.wait()


def write_value_file(path: Path, index: FileIndex, stream: Sequence[Bytes], segments: Sequence[Bytes]) -> WrittenFile:
    """Write a file whole or not at all. Raises `OSError`, and leaves nothing behind then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pieces = list(_layout(index, stream, segments))
    size = sum(memoryview(piece).nbytes for piece in pieces)
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        with draft.open("wb", buffering=0) as file:
            hasher = _write_and_hash(file, pieces, size)
            seal = hasher.raw()
            _write_all(file, seal)
            hasher.update(seal)
        draft.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    return WrittenFile(hasher.digest(), size + DIGEST_BYTES)


def expected_size(stream: Sequence[Bytes], segments: Sequence[Bytes]) -> int:
    """Bytes that a file will need, to within a few pages."""
    return sum(memoryview(piece).nbytes for piece in (*stream, *segments)) + PAGE * (len(segments) + 1)


def _read(path: Path) -> memoryview:
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        if size >= MAP_FROM:
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
        content = bytearray(size)
        if file.readinto(content) != size:
            raise DamagedValueFile("it became shorter while it was read")
        return memoryview(content)


def _require_format(memory: memoryview) -> None:
    if memory.nbytes < _HEADER.size + DIGEST_BYTES or bytes(memory[: len(MAGIC) - 1]) != MAGIC[:-1]:
        raise DamagedValueFile("it is not a file of values")
    if memory[len(MAGIC) - 1] != MAGIC[-1]:
        raise DamagedValueFile(f"its format {memory[len(MAGIC) - 1]} is unknown, this version knows {MAGIC[-1]}")


def _seal(memory: memoryview) -> Digest:
    """The digest at the end, as an address: it tells equal files, too."""
    return Digest(PREFIX + bytes(memory[-DIGEST_BYTES:]).hex())


def _verified(memory: memoryview, digest: str) -> Digest:
    if not digest:
        if raw_digest(memory[:-DIGEST_BYTES]) != bytes(memory[-DIGEST_BYTES:]):
            raise DamagedValueFile("its content does not match the digest at its end")
        return _seal(memory)
    found = Digest(PREFIX + raw_digest(memory).hex())
    if found != digest:
        raise DamagedValueFile(f"its digest is {found}, recorded was {digest}")
    return found


def open_value_file(path: Path, digest: str = "", *, verify: bool = True) -> OpenValueFile:
    """Map or read a file and verify it before anything of it is used.

    Without `digest` the digest at its end is checked, and stands for the address. `verify` may be False for a file that
    this process has verified. Raises `OSError` and `DamagedValueFile`.
    """
    memory = _read(path)
    try:
        _require_format(memory)
        return _parse(path, memory, _verified(memory, digest) if verify else _seal(memory))
    except BaseException:
        memory.release()
        raise


def _parse(path: Path, memory: memoryview, digest: Digest) -> OpenValueFile:
    _, length = _HEADER.unpack(memory[: _HEADER.size])
    start = _HEADER.size + length
    try:
        index = msgspec.json.decode(memory[_HEADER.size : start], type=FileIndex)
    except msgspec.MsgspecError as error:
        raise DamagedValueFile(f"its index cannot be read: {error}") from None
    position = start + index.stream
    end = position + sum(index.segments) + (PAGE - 1) * len(index.segments) + DIGEST_BYTES
    if not position + DIGEST_BYTES <= memory.nbytes <= end:
        raise DamagedValueFile("its index does not fit its length")
    segments, offsets = [], []
    for size in index.segments:
        position += len(_padding(position))
        segments.append(memory[position : position + size])
        offsets.append(position)
        position += size
    return OpenValueFile(
        path=path,
        digest=digest,
        index=index,
        memory=memory,
        stream=memory[start : start + index.stream],
        segments=segments,
        offsets=offsets,
    )
