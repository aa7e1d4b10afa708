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
    """Look at all files. `carried` are files and folders, seen from the folder, that travel as artifacts.

    Their contents are in the key, or are handed to their readers from the store. Of those that the step wrote it only
    counts that they are there.
    """
    if used.incomplete:
        return CheckedFiles(MORE_THAN_REMEMBERED, used)
    carries = [os.path.join(folder, path) for path in carried]  # noqa: PTH118 - text, as the paths are
    read: dict[str, FileState] = {}
    for path, known in used.read.items():
        if _is_below(path, carries):
            read[path] = known
            continue
        written = used.written.get(path)
        if written is not None and not same_content(written, known):
            return CheckedFiles(f"it changes the file {shown(path, folder)}, which it reads", used)
        found = refreshed_state(path, known)
        if found is None:
            return CheckedFiles(f"the file {shown(path, folder)} {_what_happened(path, known)}", used)
        read[path] = found
    written_now: dict[str, FileState] = {}
    for path, known in used.written.items():
        found = refreshed_state(path, known)
        is_kept = known.digest != ABSENT and os.path.lexists(path) and _is_below(path, carries)
        if found is None and not is_kept:
            return CheckedFiles(f"{shown(path, folder)}, which it writes, {_what_happened(path, known)}", used)
        written_now[path] = found or known
    for path, names in used.listed.items():
        if not _is_below(path, carries) and _foreign_names(path, used) != names:
            return CheckedFiles(f"the files in the folder {shown(path, folder)} are others", used)
    return CheckedFiles(None, msgspec.structs.replace(used, read=read, written=written_now))


def shown(path: str, folder: str) -> str:
    """A path as the user writes it: below the notebook's folder without that."""
    return os.path.relpath(path, folder) if folder and Path(path).is_relative_to(folder) else path


def _is_below(path: str, places: Collection[str]) -> bool:
    return any(path == place or path.startswith(place + os.sep) for place in places)


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
