"""The names of modules that code imports, in any of the ways in which that can be written."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import msgspec

from jupyter_kfp.dataflow.expressions import dotted_name, last_name, literal_value

_IMPORTERS = frozenset({"import_module", "__import__", "find_spec", "resolve_name"})
_MAGICS = frozenset({"load_ext", "reload_ext", "aimport"})
_WALKERS = frozenset({"iter_modules", "walk_packages"})


class ImportedModule(msgspec.Struct, frozen=True, kw_only=True):
    """A module that may be imported."""

    name: str
    """Dotted; of ``from a import b`` both ``a`` and ``a.b``, which may be a module or something in one."""
    line: int
    column: int


class Imports(msgspec.Struct, frozen=True, kw_only=True):
    """All imports of some code, also those inside functions and under conditions."""

    modules: list[ImportedModule]
    dynamic: bool
    """Modules are imported, too, whose names are known only at run time."""


def imports_of(tree: ast.AST, package: str = "") -> Imports:
    """Imports of a cell, or of a module in `package`."""
    modules: list[ImportedModule] = []
    dynamic = False
    for node in ast.walk(tree):
        match node:
            case ast.Import() | ast.ImportFrom():
                modules += _of_statement(node, package)
            case ast.Call():
                names = _of_call(node)
                dynamic = dynamic or names is None
                modules += [_module(name, node) for name in names or ()]
    return Imports(modules=modules, dynamic=dynamic)


def _of_statement(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[ImportedModule]:
    if isinstance(node, ast.Import):
        yield from (_module(alias.name, alias) for alias in node.names)
        return
    base = node.module or ""
    if node.level:
        parts = package.split(".") if package else []
        if node.level > len(parts):
            return  # fails wherever it is run
        base = ".".join([*parts[: len(parts) - node.level + 1], *([base] if base else [])])
    yield _module(base, node)
    for alias in node.names:
        if alias.name != "*":
            yield _module(f"{base}.{alias.name}", alias)


def _module(name: str, node: ast.stmt | ast.expr | ast.alias) -> ImportedModule:
    return ImportedModule(name=name, line=node.lineno, column=node.col_offset + 1)


def _of_call(node: ast.Call) -> list[str] | None:
    """Names that a call imports; None if they are not written there."""
    name = last_name(node.func)
    if name in _IMPORTERS and node.args and not isinstance(node.func, ast.Call):
        text = literal_value(node.args[0])
        if isinstance(text, str) and not text.startswith("."):
            return [text.partition(":")[0]]
        return None if name in {"import_module", "__import__"} else []
    if name in _WALKERS:
        return None
    if name == "run_line_magic" and len(node.args) > 1 and literal_value(node.args[0]) in _MAGICS:
        text = literal_value(node.args[1])
        return [word.strip(",") for word in text.split() if word[:1].isidentifier()] if isinstance(text, str) else []
    return []


def generated_modules(trees: list[ast.Module]) -> set[str]:
    """Files of modules that code writes, and that therefore need not be what they were when it was compiled."""
    found = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (path := _written(node)):
                found.add(path)
    return found


def _written(node: ast.Call) -> str:
    match node:
        case ast.Call(func=ast.Attribute(attr="write_text" | "write_bytes", value=ast.Call(args=[first, *_]))):
            text = literal_value(first)
        case ast.Call(func=function, args=[first, mode, *_]) if dotted_name(function) in {"open", "io.open"}:
            opened = literal_value(mode)
            text = literal_value(first) if isinstance(opened, str) and set("wax+") & set(opened) else ""
        case _:
            return ""
    return text if isinstance(text, str) and text.endswith(".py") else ""
