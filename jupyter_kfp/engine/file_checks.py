"""Are the files that a step used still what they were? Else its outputs of then may not stand for a run of now."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

import msgspec

from jupyter_kfp.artifacts.file_state import folder_names, refreshed_state
from jupyter_kfp.spec.used_files import ABSENT, UNSTEADY, FileState, UsedFiles, same_content

MORE_THAN_REMEMBERED = "it uses more files than are remembered"


class CheckedFiles(msgspec.Struct, frozen=True):
    """The outcome."""

    why: str | None
    """What is not as it was, as a sentence without a full stop; None if all is."""
    files: UsedFiles
    """The same with newer time stamps, so that the next look need not read a file that was merely touched."""


def check_files(used: UsedFiles, folder: str, carried: Collection[str] = ()) -> CheckedFiles:
    """Look at all files. `carried` are those of the written ones, by absolute path, that are kept as artifacts.

    Of these only that they are there counts: who reads them is given the step's own.
    """
    if used.incomplete:
        return CheckedFiles(MORE_THAN_REMEMBERED, used)
    read: dict[str, FileState] = {}
    for path, known in used.read.items():
        why = None
        written = used.written.get(path)
        if written is not None and path not in carried and not same_content(written, known):
            why = f"it changes the file {shown(path, folder)}, which it reads"
        else:
            found = refreshed_state(path, known)
            why = None if found is not None else f"the file {shown(path, folder)} {_what_happened(path, known)}"
            read[path] = found or known
        if why is not None:
            return CheckedFiles(why, used)
    written_now: dict[str, FileState] = {}
    for path, known in used.written.items():
        found = refreshed_state(path, known)
        if found is None and not (path in carried and os.path.exists(path)):  # noqa: PTH110 - one of many paths
            return CheckedFiles(f"{shown(path, folder)}, which it writes, {_what_happened(path, known)}", used)
        written_now[path] = found or known
    for path, names in used.listed.items():
        if _foreign_names(path, used) != names:
            return CheckedFiles(f"the files in the folder {shown(path, folder)} are others", used)
    return CheckedFiles(None, msgspec.structs.replace(used, read=read, written=written_now))


def shown(path: str, folder: str) -> str:
    """A path as the user writes it: below the notebook's folder without that."""
    return os.path.relpath(path, folder) if folder and Path(path).is_relative_to(folder) else path


def _what_happened(path: str, known: FileState) -> str:
    if known.digest == UNSTEADY:
        return "changed while the step ran"
    if known.digest == ABSENT:
        return "is there now"
    return "changed" if os.path.lexists(path) else "is gone"


def _foreign_names(folder: str, used: UsedFiles) -> list[str] | None:
    try:
        names = folder_names(folder)
    except OSError:
        return None
    own = {path.rpartition(os.sep)[2] for path in used.written if path.rpartition(os.sep)[0] == folder}
    return [name for name in names if name not in own]
