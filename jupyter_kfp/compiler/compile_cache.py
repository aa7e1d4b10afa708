"""Compiled notebooks, kept so that an unchanged one is compiled once; the compiler itself is not loaded for a hit.

An entry answers only if everything that its compilation depended on is what it was: the file of the notebook, how its
steps are found, all that was asked of its folder (see `folder_record`), and the code that compiled it (see
`code_identity`). A result for which an installed package had to be imported is not kept: nothing tells what
another import of it would find.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from jupyter_kfp.artifacts.content_digest import DIGEST_BYTES, ContentHasher
from jupyter_kfp.compiler.code_identity import CodeIdentity
from jupyter_kfp.compiler.compiled_notebook import CompiledNotebook, CompileOptions
from jupyter_kfp.errors import KfpError
from jupyter_kfp.notebook.diagnostic import Diagnostic
from jupyter_kfp.notebook.folder_record import FolderRecord
from jupyter_kfp.notebook.notebook_folder import DiskFolder
from jupyter_kfp.spec.ir_json import from_json, to_json

MOST_ENTRIES = 200
MOST_BYTES = 64 * 1024 * 1024
"""Of all entries together; the ones that were not used for longest go."""
LARGEST_ENTRY = 16 * 1024 * 1024


class NotebookSource(msgspec.Struct, frozen=True, kw_only=True):
    """What is compiled: one reading of a file."""

    path: Path
    data: bytes
    options: CompileOptions


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    source: str
    """Digest of the notebook and of the code that compiled it."""
    folder: FolderRecord
    pipeline: msgspec.Raw
    """As `ir_json` writes it."""
    diagnostics: list[Diagnostic]


class CompileCache:
    """One entry per notebook and way of finding steps.

    A folder that cannot be used, or an entry that cannot be read, is no fault: the notebook is compiled.
    """

    def __init__(self, folder: Path, code: CodeIdentity) -> None:
        self._folder = folder
        self._code = code

    def look_up(self, source: NotebookSource) -> CompiledNotebook | None:
        """What compiling the notebook now would give; None if it has to be compiled to know."""
        path = self._folder / _entry_name(source)
        try:
            entry = _decode(path.read_bytes())
            if entry is None or entry.source != self._source_digest(source):
                return None
            if not entry.folder.fits(DiskFolder(source.path.parent)):
                return None
            pipeline = from_json(bytes(entry.pipeline))
        except (OSError, KfpError):
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # the time of its last use
        return CompiledNotebook(pipeline=pipeline, diagnostics=entry.diagnostics)

    def keep(self, source: NotebookSource, compiled: CompiledNotebook, folder: FolderRecord) -> bool:
        """Keep a result, if it may answer for later ones; `folder` is what was seen to make it. Returns whether."""
        if compiled.pipeline is None or compiled.asked_environment or not self._code.is_current():
            return False
        entry = _Entry(
            source=self._source_digest(source),
            folder=folder,
            pipeline=msgspec.Raw(to_json(compiled.pipeline)),
            diagnostics=compiled.diagnostics,
        )
        data = _encode(entry)
        if len(data) > LARGEST_ENTRY or not _says(data, compiled):
            return False
        try:
            self._write(_entry_name(source), data)
            self._prune()
        except OSError:
            return False
        return True

    def _source_digest(self, source: NotebookSource) -> str:
        return _digest(self._code.digest.encode(), source.data)

    def _write(self, name: str, data: bytes) -> None:
        self._folder.mkdir(exist_ok=True)
        draft = self._folder / f"{name}.{os.getpid()}"
        try:
            draft.write_bytes(data)
            os.replace(draft, self._folder / name)  # noqa: PTH105 - one name for an atomic replace everywhere
        except OSError:
            draft.unlink(missing_ok=True)
            raise

    def _prune(self) -> None:
        with os.scandir(self._folder) as entries:
            found = [(entry.stat(), entry.path) for entry in entries]
        size = 0
        for number, (stat, path) in enumerate(sorted(found, key=lambda one: -one[0].st_mtime_ns), start=1):
            size += stat.st_size
            if number > MOST_ENTRIES or size > MOST_BYTES:
                os.unlink(path)  # noqa: PTH108 - a path of the listing


def _entry_name(source: NotebookSource) -> str:
    place = os.path.abspath(source.path).encode("utf-8", "surrogateescape")  # noqa: PTH100 - links stay
    return _digest(place, msgspec.json.encode(source.options)).rpartition(":")[2]


def _encode(entry: _Entry) -> bytes:
    data = msgspec.json.encode(entry)
    return _raw_digest(data) + data


def _decode(data: bytes) -> _Entry | None:
    """None for what was not written whole, or is not ours."""
    digest, content = data[:DIGEST_BYTES], data[DIGEST_BYTES:]
    if _raw_digest(content) != digest:
        return None
    try:
        return msgspec.json.decode(content, type=_Entry)
    except msgspec.MsgspecError:
        return None


def _says(data: bytes, compiled: CompiledNotebook) -> bool:
    """Whether an entry gives back exactly what was compiled; what JSON cannot hold, such as NaN, would be lost."""
    entry = _decode(data)
    if entry is None:
        return False
    try:
        return from_json(bytes(entry.pipeline)) == compiled.pipeline and entry.diagnostics == compiled.diagnostics
    except KfpError:
        return False


def _digest(*parts: bytes) -> str:
    hasher = ContentHasher()
    for part in parts:
        hasher.update(len(part).to_bytes(8, "big"))
        hasher.update(part)
    return hasher.digest()


def _raw_digest(data: bytes) -> bytes:
    hasher = ContentHasher()
    hasher.update(data)
    return hasher.raw()
