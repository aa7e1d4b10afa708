"""The user's own modules that a notebook imports, directly or through one another, and the files they consist of."""

from __future__ import annotations

import ast
import posixpath
import re
import sys
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from jupyter_kfp.compiler.module_imports import Imports, imports_of
from jupyter_kfp.compiler.module_search import SearchFolders
from jupyter_kfp.notebook.notebook_folder import NotebookFolder

_NATIVE = re.compile(r"(\.[\w-]+)*\.(so|pyd|dll|dylib)")
_DEEPEST_PACKAGE = 3
"""Levels of folders without ``__init__`` and without modules above a module."""
_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages"})


class LocalModule(msgspec.Struct, frozen=True, kw_only=True):
    """A module, or a package, of which it is the ``__init__``."""

    name: str
    path: str
    """Of its source, from the notebook's folder; empty for a package without ``__init__``."""
    folders: tuple[str, ...] = ()
    """Of a package: where its modules lie."""
    tree: ast.Module | None = None
    """None for a package without ``__init__``, and for source that is not Python."""
    imports: Imports = Imports(modules=[], dynamic=False)

    @property
    def package(self) -> str:
        """The package that relative imports in it start from."""
        return self.name if self.folders else self.name.rpartition(".")[0]


@dataclass
class LocalModules:
    """Finds modules in a folder; `find` may be called more than once."""

    folder: NotebookFolder
    search: SearchFolders
    generated: frozenset[str] = frozenset()
    """Files that the notebook itself writes at run time; they are left to it."""
    modules: dict[str, LocalModule] = field(default_factory=dict)
    native: dict[str, str] = field(default_factory=dict)
    """Modules that are machine code, with their files."""
    importers: dict[str, str] = field(default_factory=dict)
    """By module: the first module that imports it; absent for those that the notebook itself imports."""
    _looked_for: dict[str, bool] = field(default_factory=dict)
    _imported: dict[str, list[str]] = field(default_factory=dict)
    """By module, once all search folders are known: what `imported_by` gives."""

    def find(self, name: str, importer: str = "") -> list[str]:
        """Local modules that ``import a.b.c`` loads: a, a.b, a.b.c, as far as they exist; with all that they import."""
        found: list[str] = []
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            prefix = ".".join(parts[:count])
            if not self._exists(prefix, importer):
                break
            found.append(prefix)
        return found

    def find_all(self, imports: Imports, importer: str = "") -> list[str]:
        """Local modules that some imports load; those in the search folders if the names are not known."""
        found = [name for one in imports.modules for name in self.find(one.name, importer)]
        if imports.dynamic:
            names = self._of_package(importer) if importer else self._top_level()
            found += [name for one in names for name in self.find(one, importer)]
        return list(dict.fromkeys(found))

    def closure(self, names: Iterable[str]) -> list[str]:
        """The modules and all local ones that they import, sorted."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found and name in self.modules:
                found.add(name)
                waiting += self.imported_by(self.modules[name])
        return sorted(found)

    def imported_by(self, module: LocalModule) -> list[str]:
        """Local modules that a module loads itself, the packages around it among them."""
        if module.name not in self._imported:
            parents = self.find(module.name)[:-1]
            self._imported[module.name] = list(dict.fromkeys([*parents, *self.find_all(module.imports, module.name)]))
        return self._imported[module.name]

    def _exists(self, name: str, importer: str) -> bool:
        if name not in self._looked_for:
            self._looked_for[name] = False
            module = self._locate(name)
            if module is not None:
                self._looked_for[name] = True
                self.modules[name] = module
                if importer:
                    self.importers.setdefault(name, importer)
                if module.tree is not None:
                    self.search.read([module.tree], module.path)
                self.find_all(module.imports, name)
        return self._looked_for[name]

    def _locate(self, name: str) -> LocalModule | None:
        parent, _, last = name.rpartition(".")
        if parent:
            folders: Sequence[str] = self.modules[parent].folders
        else:
            folders = self.search.folders
        portions = []
        for folder in folders:
            names = self.folder.module_names(folder, last)
            place = _joined(folder, last)
            if f"{last}/" in names:
                if "__init__.py" in self.folder.module_names(place, "__init__"):
                    return self._read(name, f"{place}/__init__.py", (place,))
                portions.append(place)
            native = [each for each in names if each.startswith(last) and _NATIVE.fullmatch(each[len(last) :])]
            if native:
                self.native[name] = _joined(folder, native[0])
                return None
            if f"{last}.py" in names and _joined(folder, f"{last}.py") not in self.generated:
                return self._read(name, _joined(folder, f"{last}.py"), ())
        if portions and any(self._has_modules(place) for place in portions):
            return LocalModule(name=name, path="", folders=tuple(portions))
        return None

    def _has_modules(self, folder: str, depth: int = 0) -> bool:
        """Whether a folder without ``__init__`` is a package for all that can be seen."""
        names = self.folder.module_names(folder)
        if any(each.endswith(".py") for each in names):
            return True
        below = [each[:-1] for each in names if each.endswith("/") and each[:-1].isidentifier()]
        return depth < _DEEPEST_PACKAGE and any(self._has_modules(_joined(folder, each), depth + 1) for each in below)

    def _read(self, name: str, path: str, folders: tuple[str, ...]) -> LocalModule | None:
        source = self.folder.read(path)
        if source is None:
            return None
        tree = _parsed(source)
        package = name if folders else name.rpartition(".")[0]
        imports = imports_of(tree, package) if tree else Imports(modules=[], dynamic=False)
        return LocalModule(name=name, path=path, folders=folders, tree=tree, imports=imports)

    def _top_level(self) -> list[str]:
        """Modules in the search folders."""
        return [name for folder in self.search.folders for name in self._in_folder(folder)]

    def _of_package(self, name: str) -> list[str]:
        """All modules of the package that a module belongs to, if it belongs to one, else those beside it."""
        top = self.modules.get(name.partition(".")[0])
        if top is None or not top.folders:
            return self._top_level()
        found: list[str] = []
        waiting = [(top.name, folder) for folder in top.folders]
        while waiting:
            package, folder = waiting.pop()
            for each in self._in_folder(folder):
                found.append(f"{package}.{each}")
                waiting.append((f"{package}.{each}", _joined(folder, each)))
        return found

    def _in_folder(self, folder: str) -> list[str]:
        found = []
        for each in self.folder.module_names(folder):
            bare = each.removesuffix("/").removesuffix(".py")
            is_package = each.endswith("/") and "__init__.py" in self.folder.module_names(
                _joined(folder, bare), "__init__"
            )
            if bare.isidentifier() and (is_package or each.endswith(".py")) and bare != "__init__":
                found.append(bare)
        return found

    def files_below(self, folder: str) -> list[str]:
        """All files below a folder, but for caches and hidden ones."""
        found: list[str] = []
        waiting = [folder]
        while waiting:
            place = waiting.pop()
            for each in self.folder.names(place):
                if each.startswith(".") or each.rstrip("/") in _SKIPPED_FOLDERS:
                    continue
                path = _joined(place, each.rstrip("/"))
                if each.endswith("/"):
                    waiting.append(path)
                elif not each.endswith((".pyc", ".pyo")):
                    found.append(path)
        return sorted(found)


def is_analysed(name: str) -> bool:
    """Whether a local module of this name is what an import gives: those of Python itself a kernel has loaded before.

    A kernel has loaded a good part of the standard library when it starts, and looks for the rest in the notebook's
    folder first; such a module is shipped, but nothing is concluded from what it does.
    """
    return name.partition(".")[0] not in sys.stdlib_module_names


def _joined(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, name))


def _parsed(source: bytes) -> ast.Module | None:
    """The tree; None for source that is no Python: its import fails in the step as it does in the notebook."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escapes and the like: the import itself warns
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
