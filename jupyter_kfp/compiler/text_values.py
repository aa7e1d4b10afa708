"""Texts and paths that expressions of a notebook stand for, as far as the code tells: names of files, put together.

``Path(BASE) / f"{name}.csv"`` with ``BASE = "in"`` is ``in/<anything>.csv``. A value is the set of texts that it may
be; what is not known of a text is `ANY` in it.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import msgspec

from jupyter_kfp.dataflow.expressions import dotted_name, last_name

ANY = "\uffff"
"""Any text, also none; no character of Unicode."""
_GAP = re.compile(r"%[0-9.\-+# ]*.?|\{[^}]*\}", re.DOTALL)
"""What a template leaves open: ``%5.2f``, ``{name}``."""
Texts = frozenset[str]
UNKNOWN: Texts = frozenset()
"""Of a value that may be anything."""
_MOST = 16
_PATHS = frozenset({"Path", "PurePath", "PosixPath", "PurePosixPath"})
_SAME = frozenset({
    "abspath", "realpath", "normpath", "expanduser", "expandvars", "fspath", "str", "fsdecode",
})  # fmt: skip
_SAME_METHODS = frozenset({"resolve", "absolute", "as_posix", "expanduser", "strip", "rstrip", "lstrip", "copy"})
_SAME_ITEMS = frozenset({"list", "tuple", "set", "sorted", "reversed"})
_CONSTANTS = {"os.sep": "/", "os.path.sep": "/", "os.pardir": "..", "os.curdir": "."}
_DEFAULTS = frozenset({"os.environ.get", "environ.get", "os.getenv", "getenv"})


UseKind = Literal["read", "write", "make", "clear", "mention", "import"]
"""``make``: a folder is there afterwards. ``clear``: nothing is. ``mention``: perhaps a file, perhaps read."""


class Items(msgspec.Struct, frozen=True):
    """A list, tuple or set of texts: what an element may be."""

    texts: Texts


class Function(msgspec.Struct, frozen=True):
    """A function of the notebook."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    is_bound: bool = False
    """Its first parameter is the instance, which a call does not name."""


class Handle(msgspec.Struct, frozen=True):
    """An object that a cell made, such as a connection, through which whoever names it uses files."""

    uses: frozenset[tuple[UseKind, str]]
    """What is done with which file."""


Value = Texts | Items | Function | Handle


def joined(left: Texts, right: Texts) -> Texts:
    """Paths below others."""
    return _limited(posixpath.join(one, other) for one in left or {ANY} for other in right or {ANY})


def known(texts: Iterable[str]) -> Texts:
    """Those texts of which something is known."""
    return frozenset(text for text in texts if text.replace(ANY, "").strip("./ "))


def _limited(texts: Iterable[str]) -> Texts:
    found = known(texts)
    return found if len(found) <= _MOST else UNKNOWN


class TextReader:
    """Evaluates expressions with the values that names have."""

    def __init__(self, names: Mapping[str, Value], called: Callable[[ast.Call], Texts]) -> None:
        """`called` says what a call of a function of the notebook returns."""
        self.names = names
        self._called = called

    def texts(self, node: ast.expr | None) -> Texts:
        """What an expression may be; `UNKNOWN` if nothing is known."""
        match node:
            case ast.Constant(value=str() as text):
                return frozenset({text})
            case ast.Name(id=name):
                value = self.names.get(name)
                return value if isinstance(value, frozenset) else UNKNOWN
            case ast.JoinedStr(values=values):
                return self._concatenated(values)
            case ast.BinOp():
                return self._of_operator(node)
            case ast.IfExp(body=body, orelse=other) | ast.BoolOp(values=[body, other]):
                return self.texts(body) | self.texts(other)
            case (
                ast.NamedExpr(value=inner)
                | ast.Starred(value=inner)
                | ast.Await(value=inner)
                | ast.FormattedValue(value=inner, format_spec=None)
            ):
                return self.texts(inner)
            case ast.Subscript():
                return self._of_subscript(node)
            case ast.Attribute():
                return self._of_attribute(node)
            case ast.Call():
                return self._of_call(node)
        return UNKNOWN

    def items(self, node: ast.expr) -> Texts:
        """What an element of the value of an expression may be."""
        match node:
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                found = [self.texts(element) for element in elements]
                return UNKNOWN if UNKNOWN in found else _limited(text for texts in found for text in texts)
            case ast.Dict(keys=keys):
                found = [self.texts(key) for key in keys]
                return UNKNOWN if UNKNOWN in found else _limited(text for texts in found for text in texts)
            case ast.Name(id=name):
                value = self.names.get(name)
                return value.texts if isinstance(value, Items) else UNKNOWN
            case ast.Call(func=function, args=[inner, *_]) if last_name(function) in _SAME_ITEMS:
                return self.items(inner)
        return UNKNOWN

    def value(self, node: ast.expr) -> Value:
        """Value of what a name is bound to."""
        if isinstance(node, ast.Lambda):
            return Function(node)
        if isinstance(node, ast.Name) and node.id in self.names:
            return self.names[node.id]
        items = self.items(node)
        return Items(items) if items else self.texts(node)

    def _of_operator(self, node: ast.BinOp) -> Texts:
        match node.op:
            case ast.Add():
                return self._concatenated([node.left, node.right])
            case ast.Div():
                return joined(self.texts(node.left), self.texts(node.right))
            case ast.Mod():
                return _limited(_filled(text) for text in self.texts(node.left))
        return UNKNOWN

    def _concatenated(self, nodes: list[ast.expr]) -> Texts:
        texts = frozenset({""})
        for node in nodes:
            parts = self.texts(node) or {ANY}
            texts = frozenset(text + part for text in texts for part in parts)
            if len(texts) > _MOST:
                return UNKNOWN
        return known(texts)

    def _of_subscript(self, node: ast.Subscript) -> Texts:
        match node:
            case ast.Subscript(value=ast.Call(func=function, args=[inner]), slice=ast.Constant(value=int() as index)):
                name = last_name(function)
                if name == "splitext" and index in (0, 1):
                    return _limited(posixpath.splitext(text)[index] for text in self.texts(inner))
                if name == "split" and dotted_name(function) in {"os.path.split", "path.split"}:
                    return _limited(posixpath.split(text)[index] for text in self.texts(inner))
            case ast.Subscript(value=ast.Dict(values=values)):
                return _limited(text for value in values for text in self.texts(value))
        return self.items(node.value)

    def _of_attribute(self, node: ast.Attribute) -> Texts:
        path = dotted_name(node) or ""
        if path in _CONSTANTS:
            return frozenset({_CONSTANTS[path]})
        value = self.names.get(path)
        if isinstance(value, frozenset):
            return value
        make = {
            "parent": posixpath.dirname,
            "name": posixpath.basename,
            "stem": lambda text: posixpath.splitext(posixpath.basename(text))[0],
            "suffix": lambda text: posixpath.splitext(text)[1],
        }.get(node.attr)
        return _limited(make(text) for text in self.texts(node.value)) if make else UNKNOWN

    def _of_call(self, node: ast.Call) -> Texts:
        returned = self._called(node)
        if returned:
            return returned
        name, path = last_name(node.func), dotted_name(node.func) or ""
        if path in {"os.getcwd", "getcwd", "Path.cwd", "pathlib.Path.cwd"}:
            return frozenset({"."})
        if path in _DEFAULTS:
            return self.texts(node.args[1]) if len(node.args) > 1 else UNKNOWN
        if name in _PATHS or path in {"os.path.join", "path.join", "join"}:
            return self._path(node.args) if node.args else frozenset({"."})
        if name in _SAME and node.args:
            return self.texts(node.args[0])
        if name in {"basename", "dirname"} and node.args:
            cut = posixpath.basename if name == "basename" else posixpath.dirname
            return _limited(cut(text) for text in self.texts(node.args[0]))
        return self._of_method(node, name) if isinstance(node.func, ast.Attribute) else UNKNOWN

    def _of_method(self, node: ast.Call, name: str) -> Texts:
        assert isinstance(node.func, ast.Attribute)
        texts = self.texts(node.func.value)
        first = self.texts(node.args[0]) if node.args else UNKNOWN
        if not texts or name in _SAME_METHODS:
            return texts
        if name == "joinpath":
            return self._path([node.func.value, *node.args])
        if name == "with_suffix":
            return _limited(posixpath.splitext(text)[0] + end for text in texts for end in first or {ANY})
        if name in {"with_name", "with_stem"}:
            ends = {posixpath.splitext(text)[1] for text in texts} if name == "with_stem" else {""}
            folders = frozenset(posixpath.dirname(text) for text in texts)
            return joined(folders, frozenset(one + end for one in first or {ANY} for end in ends))
        if name == "format":
            return _limited(_filled(text) for text in texts)
        if name in {"lower", "upper"}:
            return frozenset(getattr(text, name)() for text in texts)
        if name == "replace" and len(node.args) == 2:
            second = self.texts(node.args[1])
            return _limited(text.replace(a, b) for text in texts for a in first for b in second)
        return UNKNOWN

    def _path(self, nodes: list[ast.expr]) -> Texts:
        texts = self.texts(nodes[0])
        for node in nodes[1:]:
            texts = joined(texts, self.texts(node))
        return texts


def _filled(text: str) -> str:
    """A template with something in its gaps."""
    return _GAP.sub(ANY, text)
