"""The user's own modules as one notebook uses them: which step imports which, and what goes with the steps."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import msgspec

from jupyter_kfp.compiler.local_modules import LocalModules, is_analysed
from jupyter_kfp.compiler.module_imports import generated_modules, imports_of
from jupyter_kfp.compiler.module_search import SearchFolders
from jupyter_kfp.compiler.notebook_code import CellCode
from jupyter_kfp.compiler.shipped_modules import Shipment, packages_of, ship
from jupyter_kfp.dataflow.facts import Place
from jupyter_kfp.dataflow.module_code import ModuleSource
from jupyter_kfp.dataflow.module_effects import ModuleEffects
from jupyter_kfp.dataflow.module_state import module_variable
from jupyter_kfp.dataflow.setup_cells import SetupCell, look_at_setup
from jupyter_kfp.dataflow.star_imports import star_names
from jupyter_kfp.dataflow.step_graph import StepFlow
from jupyter_kfp.notebook.diagnostic import Diagnostic
from jupyter_kfp.notebook.notebook_folder import FolderContents, NotebookFolder
from jupyter_kfp.spec.shipped_files import ShippedModules, WatchedModule

_WRITING_MAGICS = frozenset({"writefile", "file"})
_NOTHING: NotebookFolder = FolderContents({})


class NotebookModules:
    """Found once for a notebook.

    Attributes
    ----------
    asked_environment:
        Whether an installed package was imported to know what a star binds.

    """

    def __init__(self, codes: Sequence[CellCode], folder: NotebookFolder | None) -> None:
        self.asked_environment = False
        self._codes = {code.cell.number: code for code in codes}
        trees = [code.tree for code in codes]
        written, generated = _written_modules(codes)
        search = SearchFolders()
        search.read(trees)
        self.local = LocalModules(
            folder=FolderContents(written, folder or _NOTHING),
            search=search,
            generated=frozenset(generated | generated_modules(trees)),
        )
        self._in_cell: dict[int, list[str]] = {}
        self._in_setup: dict[int, list[str]] = {}
        self._by_statement: dict[str, list[str]] = {}
        self._imported_at: dict[str, tuple[Place, str]] = {}
        for code in codes:
            self._find(code)
        self.shipment: Shipment = ship(self.local, self._imported_at)

    @cached_property
    def effects(self) -> ModuleEffects:
        """What their functions do."""
        modules = self.local.modules.values()
        return ModuleEffects(
            ModuleSource(name=module.name, tree=module.tree or ast.Module([], []), package=module.package)
            for module in modules
            if is_analysed(module.name)
        )

    def star_names(self, module: str) -> list[str] | None:
        """Names that ``from module import *`` binds."""
        target = self.effects.resolve(module)
        if target is not None and not target.name:
            return self.effects.star_names(target.module)
        self.asked_environment = True
        return star_names(module)

    def look_at_setup(self, tree: ast.Module) -> SetupCell:
        """Classify a setup cell: loading a module that sets something is an effect as well."""
        found = look_at_setup(tree)
        loads = any(self.effects.on_import(name) for name in self._imported_in(tree))
        return msgspec.structs.replace(found, has_effects=True) if loads else found

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """What cannot go with the pipeline."""
        return self.shipment.diagnostics

    def _find(self, code: CellCode) -> None:
        imports = imports_of(code.tree)
        for one in imports.modules:
            place = Place(code.cell.number, one.line, one.column)
            # Also of what is machine code, which is not found, but has to be reported at its place.
            for name in dict.fromkeys([*self.local.find(one.name), one.name]):
                self._imported_at.setdefault(name, (place, code.cell.id))
        if imports.dynamic:
            for name in self.local.find_all(imports):
                self._imported_at.setdefault(name, (Place(code.cell.number, 1, 1), code.cell.id))

    def of_step(self, own_cells: Iterable[int], flow: StepFlow) -> list[str]:
        """Local modules that a step imports: in its own cells, in imports that are repeated in it, in its setup.

        An import in setup counts only if its name is used, as long as the cell does nothing but import and define.
        """
        if not self.local.modules:
            return []
        found: list[str] = []
        for number in own_cells:
            found += self._imported_in_cell(number)
        for replay in flow.replays:
            found += self._imported_by_statement(replay.statement)
        for number in flow.needed_setup_cells:
            found += self._imported_in_setup(number)
            found += [name for path in flow.used_imports.get(number, ()) for name in self.local.find(path)]
        return sorted(set(found))

    def _imported_in_setup(self, number: int) -> list[str]:
        """Whatever is used: of a cell with effects all, else what it uses itself."""
        if number not in self._in_setup:
            tree = self._codes[number].tree
            has_effects = self.look_at_setup(tree).has_effects
            self._in_setup[number] = self._imported_in(tree) if has_effects else self._imported_by_name(tree)
        return self._in_setup[number]

    def _imported_in_cell(self, number: int) -> list[str]:
        if number not in self._in_cell:
            self._in_cell[number] = self._imported_in(self._codes[number].tree)
        return self._in_cell[number]

    def _imported_by_statement(self, statement: str) -> list[str]:
        if statement not in self._by_statement:
            self._by_statement[statement] = self._imported_in(ast.parse(statement))
        return self._by_statement[statement]

    def _imported_by_name(self, tree: ast.AST) -> list[str]:
        """What is imported under names that the same code uses, or all if it imports in other ways than by name."""
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        found: list[str] = []
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                bound = {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
                found += self._imported_in(node) if bound & used else []
            elif isinstance(node, ast.Call):
                found += self.local.find_all(imports_of(node))
        return found

    def _imported_in(self, tree: ast.AST) -> list[str]:
        return self.local.find_all(imports_of(tree))

    def packages(self, modules: Iterable[str]) -> set[str]:
        """Top-level modules from elsewhere that local modules import, directly or through one another."""
        return packages_of(self.shipment.records, self.local.closure(modules))

    def is_local(self, package: str) -> bool:
        """Whether a top-level module is one of the user's own."""
        return package in self.local.modules

    def watched(self, uses: Mapping[str, Sequence[str]], carried: Mapping[str, list[str]]) -> dict[str, WatchedModule]:
        """Modules that must not change unseen; `uses` are the modules that later steps load, by name of the step."""
        users: dict[str, list[str]] = {}
        for step, modules in uses.items():
            for module in modules:
                users.setdefault(module, []).append(step)
        return {
            module: WatchedModule(
                used_by=steps,
                variable=module_variable(module),
                carried=list(carried.get(module, ())),
                ignored=sorted(self.effects.unwatched(module)),
            )
            for module, steps in sorted(users.items())
            if is_analysed(module)
        }

    def shipped(self, carried: Mapping[str, list[str]], watched: Mapping[str, WatchedModule]) -> ShippedModules:
        """What a step gets."""
        names = sorted(name for name in self.local.modules if "." not in name)
        return ShippedModules(files=self.shipment.files, names=names, carried=dict(carried), watched=dict(watched))


def _written_modules(codes: Sequence[CellCode]) -> tuple[dict[str, bytes], set[str]]:
    """Modules that ``%%writefile`` cells write, by path; and those that more than one cell writes, in pieces or anew.

    The text of the only cell that writes a file is what an import finds, whatever lies on disk now.
    """
    written: dict[str, bytes] = {}
    repeated: set[str] = set()
    for code in codes:
        for magic in code.magics:
            if magic.kind != "cell" or magic.name not in _WRITING_MAGICS:
                continue
            *options, path = magic.text.split() or [""]
            path = path.strip("'\"")
            if not path.endswith(".py"):
                continue
            if options or path in written:
                repeated.add(path)
            written[path] = re.split(r"\r?\n", code.cell.source, maxsplit=1)[-1].encode()
    return {path: text for path, text in written.items() if path not in repeated}, repeated
