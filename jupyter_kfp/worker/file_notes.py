"""What is noted of the files of a step while it runs, and what it comes to at its end."""

# ruff: noqa: PTH110, PTH112, PTH116, PTH119, PTH123
# Paths are text here: this runs for every file that a step opens, and a `Path` costs more than the rest.

from __future__ import annotations

import os
import stat

import msgspec

from jupyter_kfp.artifacts.file_state import data_folder_state, file_state, folder_names
from jupyter_kfp.spec.used_files import ABSENT, UNSTEADY, FileState, UsedFiles

MOST_FILES = 50_000
"""Files, and names in listed folders, that are remembered of a step."""
Stamp = tuple[int, int, int]
"""Size, time of change and inode of a regular file."""


class _Told(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What a forked process tells of a path."""

    path: str
    made: bool | None = None
    """Of a path that it wrote: see `FileNotes.written`."""
    stamp: Stamp | None = None
    state: FileState | None = None
    """Of a path that it read: one of these, or neither if there was nothing."""


class FileNotes:
    """Files of one step, by absolute path. All methods are called before the thing itself is done."""

    def __init__(self, journal: str = "") -> None:
        """`journal` is a file through which processes that the step forks tell what they use; empty: they do not."""
        self._journal = journal
        self._process = os.getpid()
        self.read: dict[str, Stamp | FileState | None] = {}
        """How files were when they were read first; None: there was nothing."""
        self.written: dict[str, bool] = {}
        """With the answer to whether the step made it."""
        self.listed: dict[str, list[str]] = {}
        self.unseen: dict[str, Stamp | FileState | None] = {}
        """What may be used where nobody sees it, as it was before."""
        self.incomplete = False
        self.too_many = False
        self._names = 0

    def reading(self, path: str) -> None:
        """A file is about to be read."""
        if path in self.read or path in self.written:
            return
        try:
            found = os.stat(path)
        except OSError:
            self._note_read(path, None)
            return
        if stat.S_ISREG(found.st_mode):
            self._note_read(path, (found.st_size, found.st_mtime_ns, found.st_ino))

    def writing(self, path: str) -> None:
        """A path is about to be written, removed or made."""
        if path in self.written:
            return
        known = self.read.get(path)
        if isinstance(known, tuple):
            self._note_read(path, file_state(path) if _stamp(path) == known else FileState(UNSTEADY))
        self.written[path] = not os.path.lexists(path)
        self._count()
        if os.getpid() != self._process:
            self._tell(_Told(path, made=self.written[path]))

    def listing(self, folder: str) -> None:
        """The names in a folder are about to be asked for."""
        self.listed[folder] = []  # first, since listing is an event, too
        try:
            self.listed[folder] = folder_names(folder)
        except OSError:
            del self.listed[folder]
            raise
        self._names += len(self.listed[folder])
        self._count()

    def may_use(self, path: str) -> None:
        """A program or native code may read or write the path."""
        if path not in self.unseen:
            self.unseen[path] = _data_stamp(path)
            self._count()

    def used(self) -> UsedFiles:
        """Look at all that was noted."""
        self._hear()
        if self.too_many:
            return UsedFiles(incomplete=True)
        states = {path: file_state(path) for path in list(self.written)}
        # What the step made and removed again is nobody else's affair.
        written = {path: state for path, state in states.items() if state.digest != ABSENT or not self.written[path]}
        made = {path for path in written if self.written[path]}
        read = self._read_states()
        for path, before in list(self.unseen.items()):
            if path not in read and path not in written:
                _add_unseen(path, before, read, written, made)
        unnamed = [path for path in (*read, *written, *self.listed) if not _is_text(path)]
        for path in unnamed:
            for kept in (read, written, self.listed):
                kept.pop(path, None)
        return UsedFiles(
            read=read,
            written=written,
            made=sorted(made & written.keys()),
            listed=self._foreign_entries(written),
            incomplete=self.incomplete or bool(unnamed),
        )

    def _note_read(self, path: str, state: Stamp | FileState | None) -> None:
        self.read[path] = state
        self._count()
        if os.getpid() != self._process:
            self._tell(_Told(path, stamp=state) if isinstance(state, tuple) else _Told(path, state=state))

    def _tell(self, told: _Told) -> None:
        """From a forked process to its parent: each line at once, since nobody knows when the process ends."""
        if self._journal and _is_text(told.path):
            with open(self._journal, "ab", buffering=0) as file:
                file.write(msgspec.json.encode(told) + b"\n")

    def _hear(self) -> None:
        """Take over what forked processes told."""
        if not os.path.exists(self._journal):
            return
        with open(self._journal, "rb") as file:
            for line in file:
                try:
                    told = msgspec.json.decode(line, type=_Told)
                except msgspec.MsgspecError:  # cut off: the process was killed while it wrote
                    self.incomplete = True
                    continue
                if told.made is not None:
                    self.written.setdefault(told.path, told.made)
                elif told.path not in self.written and not isinstance(self.read.get(told.path), FileState):
                    self.read[told.path] = told.state or told.stamp
        self._count()

    def _read_states(self) -> dict[str, FileState]:
        states = {}
        for path, stamp in list(self.read.items()):
            if isinstance(stamp, FileState):
                states[path] = stamp
            elif stamp is not None:
                # Changed by somebody else: the step may have seen the one or the other.
                states[path] = file_state(path) if _stamp(path) == stamp else FileState(UNSTEADY)
            elif path not in self.written:
                states[path] = FileState(ABSENT)
        return states

    def _foreign_entries(self, written: dict[str, FileState]) -> dict[str, list[str]]:
        own: dict[str, set[str]] = {}
        for path in written:
            folder, _, name = path.rpartition(os.sep)
            own.setdefault(folder, set()).add(name)
        return {
            folder: [name for name in names if name not in own.get(folder, ())] for folder, names in self.listed.items()
        }

    def _count(self) -> None:
        if len(self.read) + len(self.written) + len(self.unseen) + self._names > MOST_FILES:
            self.too_many = True


def _add_unseen(
    path: str,
    before: Stamp | FileState | None,
    read: dict[str, FileState],
    written: dict[str, FileState],
    made: set[str],
) -> None:
    """What changed meanwhile was written, what did not was read."""
    after = _data_stamp(path)
    if before is None and after is None:
        return
    state = after if isinstance(after, FileState) else file_state(path)
    if before == after:
        read[path] = state
        return
    written[path] = state
    if before is None:
        made.add(path)


def _stamp(path: str) -> Stamp | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return (found.st_size, found.st_mtime_ns, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def _data_stamp(path: str) -> Stamp | FileState | None:
    """Also of a folder that has the name of a file, as partitioned data has."""
    if "." in os.path.basename(path).lstrip(".") and os.path.isdir(path):
        return data_folder_state(path)
    return _stamp(path)


def _is_text(path: str) -> bool:
    """Whether the path can be written down; other names, which Linux allows, cannot."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
