"""Expressions that name a folder or a file, seen from the notebook's folder, as far as they can be known from the code.

``sys.path.append(os.path.abspath("../src"))`` and ``Path(__file__).parent / "data"`` are such.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator

import msgspec

from jupyter_kfp.dataflow.expressions import dotted_name, last_name, literal_value

_SAME = frozenset({
    "abspath", "realpath", "normpath", "normcase", "expanduser", "expandvars", "fspath", "fsdecode", "str", "Path",
    "PurePath", "PosixPath", "PurePosixPath",
})  # fmt: skip
"""Functions that give the path that they got."""
_SAME_METHODS = frozenset({"resolve", "absolute", "as_posix", "expanduser", "__str__", "__fspath__"})
_HERE = frozenset({"os.getcwd", "getcwd", "Path.cwd", "pathlib.Path.cwd"})
_ABSOLUTE = frozenset({"abspath", "realpath", "resolve", "absolute"})
_CONSTANTS = {"os.pardir": "..", "os.path.pardir": "..", "os.curdir": ".", "os.path.curdir": "."}
_OUTSIDE = ("/", "~", "$")


class FolderValue(msgspec.Struct, frozen=True):
    """A path."""

    path: str
    """Normalised."""
    is_absolute: bool = False
    """It stays what it is when the process changes its folder."""
    by_file: bool = False
    """It was made from ``__file__``."""


class FolderReader:
    """Evaluates expressions; knows the names that hold paths, and the folder of the process."""

    def __init__(self, file: str = "") -> None:
        """`file` is the module that the code belongs to; empty for a notebook."""
        self.current: str | None = "."
        """Folder of the process; None once it cannot be known."""
        self._names: dict[str, FolderValue] = {}
        if file:
            self._names["__file__"] = FolderValue(file, is_absolute=True, by_file=True)

    def learn(self, statement: ast.stmt) -> None:
        """Note an assignment to a plain name."""
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                pass
            case _:
                return
        found = self.value(value)
        if found is not None:
            self._names[name] = found
        else:
            self._names.pop(name, None)

    def place(self, node: ast.expr) -> str | None:
        """What an expression names, seen from the notebook's folder; None if that cannot be known."""
        found = self.value(node)
        if found is None or found.path.startswith(_OUTSIDE):
            return None
        if found.is_absolute:
            return found.path
        return None if self.current is None else _joined(self.current, found.path)

    def value(self, node: ast.expr) -> FolderValue | None:
        """Value of an expression; None if it cannot be known."""
        match node:
            case ast.Constant(value=str() as text):
                return FolderValue(posixpath.normpath(text)) if text else FolderValue(".")
            case ast.Name(id=name):
                return self._names.get(name)
            case ast.Attribute(value=inner, attr="parent"):
                return self._up(inner, 1)
            case ast.Attribute():
                constant = _CONSTANTS.get(dotted_name(node) or "")
                return FolderValue(constant) if constant else None
            case ast.Subscript(value=ast.Attribute(value=inner, attr="parents"), slice=index):
                levels = literal_value(index)
                return self._up(inner, levels + 1) if isinstance(levels, int) and levels >= 0 else None
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._join([left, right])
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._concatenated([left, right])
            case ast.JoinedStr(values=values):
                return self._concatenated(values)
            case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
                return self.value(inner)
            case ast.Call():
                return self._of_call(node)
        return None

    def _of_call(self, node: ast.Call) -> FolderValue | None:
        name = last_name(node.func)
        if (dotted_name(node.func) or "") in _HERE and not node.args:
            return None if self.current is None else FolderValue(self.current, is_absolute=True)
        if isinstance(node.func, ast.Attribute):
            if name in _SAME_METHODS and not node.args:
                return self._made_absolute(self.value(node.func.value), name)
            if name == "joinpath":
                return self._join([node.func.value, *node.args])
        if not node.args:
            return FolderValue(".") if name in {"Path", "PurePath"} else None
        if name == "join":
            return self._join(node.args)
        if name == "dirname":
            return self._up(node.args[0], 1)
        if name in _SAME:
            return self._made_absolute(self._join(node.args), name)
        return None

    def _made_absolute(self, found: FolderValue | None, name: str) -> FolderValue | None:
        if found is None or found.is_absolute or name not in _ABSOLUTE:
            return found
        if self.current is None:
            return None
        return FolderValue(_joined(self.current, found.path), is_absolute=True, by_file=found.by_file)

    def _up(self, node: ast.expr, levels: int) -> FolderValue | None:
        found = self.value(node)
        if found is None:
            return None
        path = _joined(found.path, "/".join([".."] * levels))
        return msgspec.structs.replace(found, path=path)

    def _join(self, nodes: list[ast.expr]) -> FolderValue | None:
        found = [self.value(node) for node in nodes]
        parts = [part for part in found if part is not None]
        if len(parts) < len(found) or not parts:
            return None
        path = parts[0].path
        for part in parts[1:]:
            path = part.path if part.is_absolute else _joined(path, part.path)
        return FolderValue(
            path, is_absolute=any(part.is_absolute for part in parts), by_file=any(part.by_file for part in parts)
        )

    def _concatenated(self, nodes: list[ast.expr]) -> FolderValue | None:
        texts = []
        first: FolderValue | None = None
        for node in nodes:
            found = _text(node) or self.value(node)
            if found is None:
                return None
            first = first or found
            texts.append(found.path)
        path = posixpath.normpath("".join(texts))
        return None if first is None else msgspec.structs.replace(first, path=path)


def _text(node: ast.expr) -> FolderValue | None:
    return FolderValue(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _joined(folder: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(folder, path))


def statements_of(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when the code is loaded, in order; not those inside functions and classes."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from statements_of(getattr(statement, field, []))
        for handler in getattr(statement, "handlers", []):
            yield from statements_of(handler.body)
