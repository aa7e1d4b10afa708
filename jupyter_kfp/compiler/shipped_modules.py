"""What a pipeline carries of the user's own modules: their files, what each of them counts for, and what cannot go."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

import msgspec

from jupyter_kfp.artifacts.content_digest import digest_bytes
from jupyter_kfp.compiler.folder_expressions import FolderReader, statements_of
from jupyter_kfp.compiler.local_modules import LocalModule, LocalModules
from jupyter_kfp.dataflow.expressions import dotted_name, last_name
from jupyter_kfp.dataflow.facts import Place
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.spec.extension import ModuleRecord
from jupyter_kfp.spec.shipped_files import ShippedFile, shipped_file

MOST_BYTES = 4 * 1024 * 1024
"""Of all files of modules together."""
MOST_DATA_BYTES = 1024 * 1024
"""Of one file that is no source."""
MOST_FILES = 2000


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    """The user's own modules of one notebook."""

    files: list[ShippedFile]
    """By path."""
    records: dict[str, ModuleRecord]
    """By dotted name."""
    diagnostics: list[Diagnostic]


class _Data(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a module where it finds a file by its own place."""

    line: int
    path: str
    """The file or folder; or the folder from where it goes on to what is known only at run time."""
    is_known: bool


def ship(local: LocalModules, imported_at: Mapping[str, tuple[Place, str]]) -> Shipment:
    """Collect the files of all modules found; `imported_at` has the cells (place, id) that import modules."""
    shipping = _Shipping(local, imported_at)
    shipping.collect()
    return shipping.result()


class _Shipping:
    def __init__(self, local: LocalModules, imported_at: Mapping[str, tuple[Place, str]]) -> None:
        self._local = local
        self._imported_at = imported_at
        self._contents: dict[str, bytes] = {}
        self._belongs: dict[str, set[str]] = {}
        """Files by module, beside its source."""
        self._left_out: dict[str, str] = {}
        """Files that are too large, with the package that they lie in."""
        self._diagnostics: list[Diagnostic] = []

    def collect(self) -> None:
        for name, path in sorted(self._local.native.items()):
            message = f"“{name}” is machine code ({path}), which fits only the machine that it was built on"
            hint = "install it as a package where the steps run, in the image or with pip install"
            self._report("KFP151", Severity.ERROR, name, message, hint)
        for module in self._modules():
            if module.path:
                self._add(module.path, module.name)
            if module.folders and module.path and not self._is_inside_package(module.name):
                self._add_package(module)
        for module in self._modules():
            if module.tree is not None:
                self._add_data(module, module.tree)
        self._check_size()

    def _modules(self) -> list[LocalModule]:
        return [self._local.modules[name] for name in sorted(self._local.modules)]

    def _is_inside_package(self, name: str) -> bool:
        parent = self._local.modules.get(name.rpartition(".")[0])
        return parent is not None and bool(parent.path)

    # --- files

    def _add_package(self, package: LocalModule) -> None:
        """All of a package: its modules may be found by a name made at run time, its data by their place."""
        for path in self._local.files_below(package.folders[0]):
            if path.endswith(".py"):
                self._add(path, "")
            elif self._local.folder.size(path) <= MOST_DATA_BYTES:
                self._add(path, self._owner(path, package))
            else:
                self._left_out[path] = package.name

    def _owner(self, path: str, package: LocalModule) -> str:
        """The innermost package around a file."""
        inside = path.removeprefix(f"{package.folders[0]}/").split("/")[:-1]
        name = package.name
        for part in inside:
            if f"{name}.{part}" not in self._local.modules:
                break
            name = f"{name}.{part}"
        return name

    def _add(self, path: str, owner: str) -> None:
        if path not in self._contents:
            content = self._local.folder.read(path)
            if content is None:
                return
            self._contents[path] = content
        if owner:
            self._belongs.setdefault(owner, set()).add(path)

    def _add_data(self, module: LocalModule, tree: ast.Module) -> None:
        for data in _files_by_place(tree, module.path):
            for path in [data.path, *self._local.files_below(data.path)] if data.is_known else ():
                if path in self._contents or 0 < self._local.folder.size(path) <= MOST_DATA_BYTES:
                    self._add(path, module.name)
        for data in _files_by_place(tree, module.path):
            if not (data.is_known and data.path in self._contents) and not self._is_folder_of_files(data.path):
                self._warn_of_data(module, data)

    def _is_folder_of_files(self, path: str) -> bool:
        """Whether all that lies in a folder goes along anyway."""
        below = self._local.files_below(path)
        return bool(below) and all(file in self._contents for file in below)

    def _warn_of_data(self, module: LocalModule, data: _Data) -> None:
        what = f"“{data.path}”" if data.is_known else "files"
        message = (
            f"line {data.line} of {module.path} finds {what} by the place of the module (__file__); a step has a copy "
            f"of the module elsewhere, {'without it' if data.is_known else 'where they may be missing'}"
        )
        hint = "pass the path to the module from the notebook, or read the file in the notebook"
        self._report("KFP152", Severity.WARNING, module.name, message, hint)

    # --- limits

    def _check_size(self) -> None:
        sources = {path: content for path, content in self._contents.items() if path.endswith(".py")}
        size = sum(map(len, sources.values()))
        if size > MOST_BYTES or len(self._contents) > MOST_FILES:
            largest = sorted(self._contents, key=lambda path: -len(self._contents[path]))[:3]
            shown = ", ".join(f"{path} ({len(self._contents[path]) // 1024} KiB)" for path in largest)
            message = (
                f"the notebook's own modules are too large to go with the pipeline: {size / 1024**2:.1f} MiB of source "
                f"in {len(self._contents)} files, where {MOST_BYTES // 1024**2} MiB and {MOST_FILES} files may go; "
                f"the largest: {shown}"
            )
            hint = "install them as a package where the steps run, in the image or with pip install"
            self._report("KFP151", Severity.ERROR, self._largest_module(), message, hint)
            return
        data = sorted(self._contents.keys() - sources.keys(), key=lambda path: (-len(self._contents[path]), path))
        total = sum(map(len, self._contents.values()))
        for path in data:
            if total <= MOST_BYTES:
                break
            total -= len(self._contents.pop(path))
            self._left_out[path] = next((name for name, files in self._belongs.items() if path in files), "")
        self._warn_of_left_out()

    def _largest_module(self) -> str:
        tops = {name.partition(".")[0] for name in self._local.modules}
        below = {top: [m.path for m in self._modules() if m.name.partition(".")[0] == top and m.path] for top in tops}
        return max(sorted(tops), key=lambda top: sum(len(self._contents.get(path, b"")) for path in below[top]))

    def _warn_of_left_out(self) -> None:
        for package in sorted(set(self._left_out.values())):
            files = sorted(path for path, owner in self._left_out.items() if owner == package)
            readers = [
                module for module in self._modules() if module.name.partition(".")[0] == package.partition(".")[0]
            ]
            if not any(module.tree is not None and _reads_resources(module.tree) for module in readers):
                continue
            message = (
                f"package “{package}” reads files that lie in it, and {', '.join(files[:3])}"
                f"{' and others' if len(files) > 3 else ''} are too large to go with the pipeline "
                f"({MOST_DATA_BYTES // 1024**2} MiB each, {MOST_BYTES // 1024**2} MiB together)"
            )
            hint = "keep large data beside the notebook, and pass its path to the package"
            self._report("KFP152", Severity.WARNING, package, message, hint)

    # --- result

    def _report(self, code: str, severity: Severity, module: str, message: str, hint: str) -> None:
        place, cell_id = self._place(module)
        self._diagnostics.append(
            Diagnostic(
                code=code,
                severity=severity,
                message=message,
                hint=hint,
                cell=place.cell,
                cell_id=cell_id,
                line=place.line,
                column=place.column,
                variable=module,
            )
        )

    def _place(self, module: str) -> tuple[Place, str]:
        """Where the notebook imports a module, or the module that imports it, and so on."""
        name, seen = module, set[str]()
        while name and name not in self._imported_at and name not in seen:
            seen.add(name)
            name = self._local.importers.get(name, name.rpartition(".")[0])
        if name in self._imported_at:
            return self._imported_at[name]
        below = [place for other, place in self._imported_at.items() if other.startswith(f"{module}.")]
        return min(below or self._imported_at.values())

    def result(self) -> Shipment:
        files = {path: shipped_file(path, content) for path, content in sorted(self._contents.items())}
        return Shipment(
            files=list(files.values()),
            records={module.name: self._record(module, files) for module in self._modules()},
            diagnostics=self._diagnostics,
        )

    def _record(self, module: LocalModule, files: Mapping[str, ShippedFile]) -> ModuleRecord:
        own = [files[path] for path in sorted(self._belongs.get(module.name, ())) if path in files]
        imported = self._local.imported_by(module)
        tops = {one.name.partition(".")[0] for one in module.imports.modules}
        return ModuleRecord(
            digest=digest_bytes("\n".join(f"{file.path} {file.digest}" for file in own).encode()),
            imports=sorted(set(imported) - {module.name}),
            packages=sorted(tops - self._local.modules.keys() - {"__future__"}),
        )


def packages_of(records: Mapping[str, ModuleRecord], modules: Iterable[str]) -> set[str]:
    """Top-level modules from elsewhere that modules import, those of which they consist included."""
    return {package for name in modules for package in records[name].packages}


# --- files that a module finds by its own place


def _files_by_place(tree: ast.Module, path: str) -> list[_Data]:
    reader = FolderReader(path)
    for statement in statements_of(tree.body):
        reader.learn(statement)
    found: list[_Data] = []
    _look(tree, reader, found)
    return list({(data.path, data.is_known): data for data in reversed(found)}.values())


def _look(node: ast.AST, reader: FolderReader, found: list[_Data]) -> None:
    """Collect the largest expressions that start from the module's place and go on to something below it."""
    if isinstance(node, ast.Call) and (dotted_name(node.func) or "").startswith("sys.path."):
        return
    if isinstance(node, ast.expr) and _goes_on(node):
        value = reader.value(node)
        parts = [value] if value is not None else [reader.value(part) for part in _parts(node)]
        places = [part.path for part in parts if part is not None and part.by_file]
        if places:
            found.append(_Data(line=node.lineno, path=places[0], is_known=value is not None))
            return
    for child in ast.iter_child_nodes(node):
        _look(child, reader, found)


def _goes_on(node: ast.expr) -> bool:
    match node:
        case ast.BinOp(op=ast.Div() | ast.Add()) | ast.JoinedStr():
            return True
        case ast.Call(func=function):
            return last_name(function) in {"join", "joinpath", "with_name", "glob", "rglob", "iterdir", "listdir"}
    return False


def _parts(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.JoinedStr(values=values):
            return [part.value for part in values if isinstance(part, ast.FormattedValue)]
        case ast.Call(func=ast.Attribute(value=inner), args=args):
            return [inner, *args]
        case ast.Call(args=args):
            return list(args)
    return []


def _reads_resources(tree: ast.Module) -> bool:
    names = {"__file__", "__path__", "resources", "get_data", "importlib_resources", "pkg_resources"}
    return any(
        (isinstance(node, ast.Name) and node.id in names)
        or (isinstance(node, ast.Attribute) and node.attr in names)
        or (isinstance(node, ast.alias) and set(node.name.split(".")) & names)
        for node in ast.walk(tree)
    )
