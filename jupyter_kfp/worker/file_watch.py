"""Which files a step uses, seen from inside its kernel by Python's audit events.

Python tells a hook before it opens, lists, renames or removes something, starts a program or connects to SQLite. The
hook cannot be taken out again; outside of a step it does nothing. Libraries that open files in native code (pyarrow,
HDF5, polars, torch.save) raise no events: for those there are the names in the step's code, which are looked at before
and after it.
"""

# ruff: noqa: PTH109, PTH110, PTH112, PTH120
# Paths are text here: this runs for every file that a step opens, and a `Path` costs more than the rest.

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from jupyter_kfp.spec.used_files import UsedFiles
from jupyter_kfp.worker.command_files import command_words, listed_folders, named_files
from jupyter_kfp.worker.file_notes import FileNotes
from jupyter_kfp.worker.session_files import SessionRequest
from jupyter_kfp.worker.user_paths import UserPaths, absolute

_IMPORTERS = ("<frozen importlib", "<frozen zipimport")
_LINE_READERS = ("linecache.py", "tokenize.py")
"""These read code to show a line of it."""
_METADATA_READERS = (
    "/importlib/metadata/__init__.py",
    "/importlib_metadata/__init__.py",
    "/pkg_resources/__init__.py",
)
"""These list all of ``sys.path``, and so the working directory, to find what is installed; any library may ask them."""
_DESCRIPTOR_USERS = ("shutil.py", "tempfile.py", "<frozen os>", "os.py")
"""Who opens names within an open folder, which are no paths, and what it throws away itself."""
_WRITING = frozenset("wax+")
_LONGEST_NAME = 255
_MOST_TEMPORARY = 100
_JOURNAL = "files-of-forks"

_handlers: dict[str, Callable[..., None]] = {}
"""What is done at an event; empty unless a step runs."""


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    handler = _handlers.get(event)
    if handler is not None:
        handler(*arguments)


class _Installed:
    """Hooks are never taken out, so there is one."""

    done = False


class FileWatch:
    """Notes the files of one step; of a kernel's process one at a time is on."""

    def __init__(self, paths: UserPaths, names: Iterable[str] = (), journal: str = "") -> None:
        """`names` may name files that native code opens: text in the step's code, and parameters.

        For `journal` see `FileNotes`.
        """
        self._paths = paths
        self._notes = FileNotes(journal)
        self._temporary: tuple[str, ...] = ()
        for name in names:
            path = absolute(name) if "\0" not in name else None
            if path is not None and not paths.ignores(path):
                self._notes.may_use(path)
        handlers: dict[str, Callable[..., None]] = {
            "open": self._on_open,
            "os.listdir": self._on_list,
            "os.scandir": self._on_list,
            "glob.glob": self._on_glob,
            "pathlib.Path.glob": self._on_path_glob,
            "pathlib.Path.rglob": self._on_path_glob,
            "os.mkdir": self._on_make,
            "os.remove": self._on_remove,
            "os.rmdir": self._on_remove,
            "os.rename": self._on_rename,
            "os.link": self._on_link,
            "os.symlink": self._on_link,
            "os.truncate": self._on_truncate,
            "shutil.rmtree": self._on_remove_tree,
            "tempfile.mkstemp": self._on_temporary,
            "tempfile.mkdtemp": self._on_temporary,
            "sqlite3.connect": self._on_connect,
            "subprocess.Popen": self._on_program,
            "os.posix_spawn": self._on_spawn,
            "os.system": self._on_command,
            "os.forkpty": self._on_terminal,
        }
        self._handlers = {event: self._harmless(handler) for event, handler in handlers.items()}

    def on(self) -> None:
        """Begin, or go on, to take note."""
        if not _Installed.done:
            sys.addaudithook(_hook)
            _Installed.done = True
        _handlers.update(self._handlers)

    def off(self) -> None:
        """Stop, as for work of our own in the kernel."""
        _handlers.clear()

    def used(self) -> UsedFiles:
        """What was used so far; looks at all files that were. The watch is off afterwards."""
        self.off()
        return self._notes.used()

    def _harmless(self, handler: Callable[..., None]) -> Callable[..., None]:
        def handle(*arguments: Any) -> None:
            try:
                handler(*arguments)
            except (OSError, ValueError):
                pass  # no path that could be opened either; Python says so to the user's code
            except Exception:  # noqa: BLE001 - the user's code must not fail by our looking at it; the cache is told
                self._notes.incomplete = True
            if self._notes.too_many:
                self.off()

        return handle

    # --- files

    def _on_open(self, path: Any, mode: str | None, flags: int) -> None:
        full = absolute(path)
        if full is None:
            return
        mode = mode or ""
        writes = bool(flags & (os.O_WRONLY | os.O_RDWR)) or not _WRITING.isdisjoint(mode)
        if (not writes and full in self._notes.read) or self._is_foreign(full) or self._opens_for_itself(full, mode):
            return
        truncates = bool(flags & (os.O_TRUNC | os.O_EXCL)) or "w" in mode or "x" in mode
        if not writes or not (truncates or flags & os.O_WRONLY):
            self._notes.reading(full)
        if writes and not os.path.isdir(full):  # the place of a temporary file without a name
            self._notes.writing(full)

    def _opens_for_itself(self, full: str, mode: str) -> bool:
        """Whether a library opens the file for a purpose of its own; called by `_on_open`."""
        if mode and not full.endswith((".py", ".pyc")):
            return False
        user = _caller(5)
        if mode:  # modules beside the notebook are looked at by themselves
            return user.startswith(_IMPORTERS) or user.endswith(_LINE_READERS)
        return user.endswith(_DESCRIPTOR_USERS)

    def _on_remove(self, path: Any, folder: int = -1) -> None:
        full = absolute(path)
        if folder == -1 and full is not None and not self._is_foreign(full) and os.path.lexists(full):
            self._notes.writing(full)

    def _on_rename(self, source: Any, target: Any, *folders: int) -> None:
        old, new = absolute(source), absolute(target)
        if old is None or new is None or any(folder != -1 for folder in folders):
            return
        if not self._is_foreign(old):
            self._notes.reading(old)
            self._notes.writing(old)
        for path in [path for path in (*self._notes.read, *self._notes.written) if path.startswith(old + os.sep)]:
            self._notes.writing(path)
            self._notes.writing(new + path.removeprefix(old))
        if not self._is_foreign(new):
            self._notes.writing(new)

    def _on_link(self, _source: Any, target: Any, *_: int) -> None:
        full = absolute(target)
        if full is not None and not self._is_foreign(full):
            self._notes.writing(full)

    def _on_truncate(self, path: Any, _length: int) -> None:
        full = absolute(path)
        if full is not None and not self._is_foreign(full):
            self._notes.reading(full)
            self._notes.writing(full)

    def _on_temporary(self, path: Any) -> None:
        full = absolute(path)
        if full is not None:
            self._temporary = (*self._temporary[-_MOST_TEMPORARY:], full)

    # --- folders

    def _on_list(self, path: Any) -> None:
        full = absolute("." if path is None else path)
        if full is None or full in self._notes.listed or self._is_foreign(full + os.sep):
            return
        user = _caller(4)
        if not (user.startswith(_IMPORTERS) or user.endswith(_METADATA_READERS)):
            self._notes.listing(full)

    def _on_glob(self, pattern: Any, _recursive: bool) -> None:
        text = os.fsdecode(pattern)
        places = [text.index(mark) for mark in "*?[" if mark in text]
        self._looks_in(os.path.dirname(text[: min(places)] if places else text))

    def _on_path_glob(self, folder: Any, _pattern: Any, *_: Any) -> None:
        self._looks_in(folder)

    def _looks_in(self, folder: Any) -> None:
        """What is not there counts; folders that are there tell when they are listed."""
        full = absolute(folder)
        if full is not None and not self._is_foreign(full) and not os.path.exists(full):
            self._notes.reading(full)

    def _on_make(self, path: Any, _mode: int, folder: int = -1) -> None:
        full = absolute(path)
        if folder == -1 and full is not None and not self._is_foreign(full) and not os.path.lexists(full):
            self._notes.writing(full)

    def _on_remove_tree(self, path: Any, *_: Any) -> None:
        full = absolute(path)
        if full is None or self._is_foreign(full):
            return
        for known in [*self._notes.read, *self._notes.written]:
            if known.startswith(full + os.sep):
                self._notes.writing(known)
        self._notes.writing(full)

    # --- what Python does not see

    def _on_connect(self, database: Any) -> None:
        text = os.fsdecode(database)
        if text.startswith("file:"):
            text = text.removeprefix("file:").partition("?")[0]
            text = f"/{text.lstrip('/')}" if text.startswith("/") else text
        full = absolute(text) if text and text != ":memory:" else None
        if full is not None and not self._is_foreign(full):
            self._notes.may_use(full)
            self._notes.may_use(f"{full}-wal")

    def _on_program(self, _program: Any, arguments: Any, folder: Any, *_: Any) -> None:
        self._take_words(command_words(arguments), absolute(folder) if folder is not None else None)

    def _on_spawn(self, _program: Any, arguments: Any, *_: Any) -> None:
        self._take_words(command_words(arguments), None)

    def _on_command(self, command: Any) -> None:
        self._take_words(command_words(command), None)

    def _on_terminal(self) -> None:
        """IPython's ``!``: the command is with a caller of the fork."""
        frame = sys._getframe(3)  # noqa: SLF001 - below it are this, `handle` and the hook
        for _ in range(3):
            if "argv" in frame.f_locals:
                self._take_words(command_words(frame.f_locals["argv"]), None)
                return
            if frame.f_back is None:
                return
            frame = frame.f_back

    def _take_words(self, words: list[str], folder: str | None) -> None:
        for word in named_files(words):
            full = absolute(word, folder)
            if full is not None and not self._is_foreign(full):
                self._notes.may_use(full)
        for word in listed_folders(words):
            full = absolute(word, folder)
            if full is not None and full not in self._notes.listed and not self._is_foreign(full):
                self._notes.listing(full)

    def _is_foreign(self, full: str) -> bool:
        return self._paths.ignores(full) or bool(self._temporary and full.startswith(self._temporary))


def _caller(depth: int) -> str:
    """File of the code `depth` frames above this one, which raised the event."""
    return sys._getframe(depth).f_code.co_filename  # noqa: SLF001 - there is no other way to know


def step_watch(request: SessionRequest, folder: Path) -> FileWatch:
    """The watch of a step, in its kernel and working directory; `folder` is that of the session."""
    own = [str(folder), request.log_folder, request.events_path or "", *(one.path for one in request.inputs)]
    values = [one.value for one in request.inputs if isinstance(one.value, str) and 0 < len(one.value) <= _LONGEST_NAME]
    return FileWatch(UserPaths(os.getcwd(), own), [*request.files, *values], str(folder / _JOURNAL))
