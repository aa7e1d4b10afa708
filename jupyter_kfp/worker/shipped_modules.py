"""The user's own modules in the kernel of a step: those that were compiled, not those that lie beside the notebook now.

They are unpacked into a private folder whose tree is that of the user, and Python is told to look there first wherever
it would look into one of the user's folders: for the empty entry of ``sys.path``, which means the current folder, as
for ``../src``. So the order of the search is that of the notebook. Code is compiled under the user's own file names,
and its lines are kept, so that tracebacks show what ran.
"""

# ruff: noqa: PTH100, PTH109, PTH118
# Paths are text here, as in `sys.path`.

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Callable, Iterable
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from jupyter_kfp.spec.shipped_files import ShippedFile, ShippedModules

FOLDER = "modules"
"""Where they are unpacked, in the private folder of a step."""


class ShippedCode:
    """The unpacked modules of one step."""

    def __init__(self, modules: ShippedModules, private: Path, here: str) -> None:
        """`here` is the folder of the notebook; `private` is removed after the step."""
        self.here = here
        self.carried = modules.carried
        self._root = os.path.join(str(private), FOLDER)
        climbs = max((_climbs(file.path) for file in modules.files), default=0)
        self.copy_of_here = os.path.join(self._root, *(["up"] * climbs), "here")
        self._folders: set[str] = set()
        self.loaded: list[Callable[[ModuleType], None]] = []
        """Called with each module after its code ran."""
        self._unpack(modules.files)

    def _unpack(self, files: Iterable[ShippedFile]) -> None:
        for file in files:
            path = Path(os.path.normpath(os.path.join(self.copy_of_here, file.path)))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
            self._folders |= {str(parent) for parent in path.parents if str(parent).startswith(self._root)}

    def copy_of(self, folder: str) -> str | None:
        """Where the copy of one of the user's folders lies; None if nothing of it was shipped."""
        copy = os.path.normpath(os.path.join(self.copy_of_here, os.path.relpath(os.path.abspath(folder), self.here)))
        return copy if copy in self._folders else None

    def original_of(self, path: str) -> str:
        """The user's own path of an unpacked file."""
        return os.path.normpath(os.path.join(self.here, os.path.relpath(path, self.copy_of_here)))

    def holds(self, path: str | None) -> bool:
        """Whether a path is one of an unpacked file or folder."""
        return path is not None and path.startswith(self._root + os.sep)

    def modules(self) -> list[ModuleType]:
        """Those that are loaded, by name."""
        found = [module for module in list(sys.modules.values()) if isinstance(module, ModuleType)]
        own = [module for module in found if self.holds(getattr(module, "__file__", None))]
        return sorted(own, key=lambda module: module.__name__)

    def defines(self, kind: type) -> bool:
        """Whether a class is one of the user's own modules."""
        module = sys.modules.get(kind.__module__)
        return module is not None and self.holds(getattr(module, "__file__", None))

    def finder(self, entry: str) -> FileFinder | _FolderFinder | _CopyInPath:
        """The finder for an entry of ``sys.path`` or of a package's path. Raises ImportError for all others."""
        if self.holds(entry):
            if entry in sys.path:
                return _CopyInPath(self, entry)
            return self.copy_finder(entry)
        copy = self.copy_of(entry)
        if copy is None:
            raise ImportError(f"nothing was shipped of {entry}", path=entry)
        return _FolderFinder(self, entry, copy)

    def copy_finder(self, copy: str) -> FileFinder:
        """Finder for an unpacked folder."""
        return FileFinder(copy, (_loader(self), SOURCE_SUFFIXES))


class _FolderFinder:
    """For one of the user's folders: its copy, and what else lies there, such as what the notebook itself writes."""

    def __init__(self, code: ShippedCode, entry: str, copy: str) -> None:
        self._code = code
        self._entry = entry
        self._copy = copy
        self._in_copy = code.copy_finder(copy)
        self._rest = _other_finder(entry)

    def find_spec(self, name: str, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find a module."""
        spec = self._in_copy.find_spec(name, target)
        if spec is None:
            return None if self._rest is None else self._rest.find_spec(name, target)
        if spec.loader is not None:  # else it is a part of a package, and the search goes on
            _show_to_children(os.path.abspath(self._entry), self._copy)
        return spec

    def invalidate_caches(self) -> None:
        """Look again at what is in the folder."""
        self._in_copy.invalidate_caches()
        if self._rest is not None:
            self._rest.invalidate_caches()


class _CopyInPath:
    """For an unpacked folder that stands in ``sys.path`` for processes that this one starts.

    In this process it counts as long as the user's folder, which it stands for, is searched as well.
    """

    def __init__(self, code: ShippedCode, copy: str) -> None:
        self._code = code
        self._copy = copy
        self._finder = code.copy_finder(copy)

    def find_spec(self, name: str, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find a module."""
        searched = {self._code.copy_of(entry or os.getcwd()) for entry in sys.path if not self._code.holds(entry)}
        return self._finder.find_spec(name, target) if self._copy in searched else None

    def invalidate_caches(self) -> None:
        """Look again at what is in the folder."""
        self._finder.invalidate_caches()


def _show_to_children(entry: str, copy: str) -> None:
    """Put the copy in front of the folder that it stands for: processes that are started from here take over the path.

    Those that are forked have the finders anyway; others, such as those of joblib, do not.
    """
    if copy not in sys.path:
        here = os.getcwd()
        place = next((index for index, each in enumerate(sys.path) if os.path.abspath(each or here) == entry), None)
        if place is not None:
            sys.path.insert(place, copy)


def _other_finder(entry: str) -> Any:
    for hook in sys.path_hooks:
        if hook is not _hook:
            try:
                return hook(entry)
            except ImportError:
                continue
    return None


def _loader(code: ShippedCode) -> type[SourceFileLoader]:
    class ShippedLoader(SourceFileLoader):
        """Compiles under the user's file names; keeps no bytecode."""

        def get_code(self, fullname: str) -> CodeType:
            """Compile, and keep the lines for tracebacks: the user's file may be another one by now, or none."""
            path = self.get_filename(fullname)
            original, source = code.original_of(path), self.get_data(path)
            text = _decoded(source)
            linecache.cache[original] = (len(text), None, text.splitlines(keepends=True), original)
            return compile(source, original, "exec", dont_inherit=True)

        def exec_module(self, module: ModuleType) -> None:
            """Run the code of a module."""
            super().exec_module(module)
            for told in code.loaded:
                told(module)

    return ShippedLoader


def _decoded(source: bytes) -> str:
    from importlib.util import decode_source

    try:
        return decode_source(source)
    except (SyntaxError, UnicodeDecodeError):  # compiling it tells the user
        return source.decode("utf-8", "replace")


def _climbs(path: str) -> int:
    return path.split("/").count("..")


class _Current:
    """The modules of the step that runs in this process."""

    code: ShippedCode | None = None


def _hook(entry: str) -> Any:
    if _Current.code is None:
        raise ImportError("no step runs", path=entry)
    return _Current.code.finder(entry)


def install(modules: ShippedModules, private: Path) -> ShippedCode | None:
    """Unpack the modules of a step and have imports find them; None if there are none.

    The current folder is that of the notebook. Raises `KfpError` KFP333 if a content is missing, `OSError` if it cannot
    be written.
    """
    remove()
    if not modules.files:
        return None
    code = _Current.code = ShippedCode(modules, private, os.getcwd())
    if _hook not in sys.path_hooks:
        sys.path_hooks.insert(0, _hook)
    _forget_finders(code)
    return code


def remove() -> None:
    """Back to the ordinary search, and without the modules of an earlier step in this process."""
    code = _Current.code
    if code is not None:
        sys.path[:] = without_copies(sys.path)
        _Current.code = None
        for module in code.modules():
            del sys.modules[module.__name__]
        _forget_finders(code)


def carried_names(module: str) -> list[str]:
    """Names of the data of a module that travels."""
    return _Current.code.carried.get(module, []) if _Current.code is not None else []


def without_copies(entries: Iterable[str]) -> list[str]:
    """Entries of ``sys.path`` as the user knows them."""
    code = _Current.code
    return [entry for entry in entries if code is None or not code.holds(entry)]


def modules_in(stream: Iterable[Any]) -> list[str]:
    """Names of the user's own modules that a pickle stream refers to for functions and classes, or may refer to.

    A text in the value that reads like the name of a module counts as well: that costs a rerun at most.
    """
    if _Current.code is None:
        return []
    pieces = [piece for piece in stream if isinstance(piece, bytes | bytearray)]
    names = [module.__name__ for module in _Current.code.modules()]
    # As pickle writes a short text, such as the module of what it refers to.
    marks = {name: b"\x8c" + bytes([len(name.encode()) % 256]) + name.encode() for name in names}
    return [name for name, mark in marks.items() if any(mark in piece for piece in pieces)]


def _forget_finders(code: ShippedCode) -> None:
    """Finders are kept by folder: those made before would not know of the copies."""
    for entry in list(sys.path_importer_cache):
        if code.holds(entry) or code.copy_of(entry) is not None:
            del sys.path_importer_cache[entry]
