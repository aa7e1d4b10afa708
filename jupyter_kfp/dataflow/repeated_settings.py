"""Settings that later steps make again: statements that mean the same in every process.

Such a statement consists of constants, builtins, what is imported, and variables that are constants themselves. Its
source is made complete, with the imports and variables that it needs, so that it runs in a namespace of its own.
"""

from __future__ import annotations

import ast
import re
import sys

import msgspec

from jupyter_kfp.dataflow.expressions import called_path, dotted_name, ipython_path, is_literal
from jupyter_kfp.dataflow.namespace import Namespace
from jupyter_kfp.dataflow.python_names import is_builtin, is_provided
from jupyter_kfp.dataflow.versions import PARAMETERS, Version

_PLAIN = (
    ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp,
    ast.JoinedStr, ast.FormattedValue, ast.Subscript, ast.Slice, ast.Starred, ast.Attribute,
)  # fmt: skip
_BUILTIN_FUNCTIONS = frozenset({
    "str", "int", "float", "bool", "bytes", "dict", "list", "tuple", "set", "frozenset", "len", "range", "min", "max",
    "sum", "sorted", "reversed", "round", "abs", "repr", "type", "slice", "complex", "chr", "ord", "get_ipython",
})  # fmt: skip
_SAME_EVERYWHERE = re.compile(
    r"logging\.(getLogger|getLevelName)|os\.path\.(join|dirname|basename|normpath|splitext)|re\.compile"
    r"|operator\.\w+|functools\.partial|cycler\.cycler|matplotlib\.(cycler|rcsetup\.cycler|pyplot\.cycler)"
    r"|(matplotlib\.colormaps|matplotlib\.cm|matplotlib\.pyplot)\.get_cmap|matplotlib\.font_manager\.\w+"
    r"|seaborn\.(color_palette|husl_palette|\w+_palette|axes_style|plotting_context)|decimal\.getcontext|copy\.\w+"
)
"""Functions whose result depends on their arguments alone, and that do nothing else."""
_HANDLES = frozenset({"logging.getLogger", "decimal.getcontext"})
_NOT_SAME = frozenset({
    "Popen", "Thread", "Timer", "Process", "Random", "RandomState", "NamedTemporaryFile", "TemporaryDirectory",
    "TemporaryFile", "StringIO", "BytesIO", "Queue", "Lock", "RLock", "FileHandler", "RotatingFileHandler", "Pool",
    "TimedRotatingFileHandler", "WatchedFileHandler", "SocketHandler", "MemoryHandler", "Generator", "SeedSequence",
    "ThreadPoolExecutor", "ProcessPoolExecutor", "FileIO", "TextIOWrapper", "Session", "Client", "Repo",
})  # fmt: skip
"""Classes, by the last part of their name, that give each process an object of its own that makes a difference."""


class RepeatedSetting(msgspec.Struct, frozen=True):
    """A statement that can be run again."""

    source: str
    """Complete, with what it needs in front."""
    libraries: tuple[str, ...]
    """Top-level modules that it imports, without those of Python itself."""


def repeated_setting(statement: ast.stmt, names: Namespace) -> RepeatedSetting | None:
    """Make a statement complete; None if it would not mean the same elsewhere."""
    reader = _Reader(names)
    if not reader.accepts_statement(statement):
        return None
    source = "\n".join([*dict.fromkeys(reader.needed.values()), ast.unparse(statement)])
    libraries = [root for root in dict.fromkeys(reader.roots) if root not in sys.stdlib_module_names]
    return RepeatedSetting(source, tuple(libraries))


class _Reader:
    def __init__(self, names: Namespace) -> None:
        self._names = names
        self._local: frozenset[str] = frozenset()
        self.needed: dict[str, str] = {}
        """By name: the statement that binds it."""
        self.roots: list[str] = []

    def accepts_statement(self, statement: ast.stmt) -> bool:
        match statement:
            case ast.Expr(value=ast.Call() as call):
                path, _ = called_path(call)
                return not _opens_file_anew(call, path or "") and self._is_given_same(call) and self._accepts(call.func)
            case ast.Assign(targets=[target], value=value):
                return self._accepts(target) and self._accepts(value)
            case ast.AugAssign(target=target, value=value):
                return not isinstance(target, ast.Name) and self._accepts(target) and self._accepts(value)
            case ast.Delete(targets=[target]):
                return self._accepts(target)
        return False

    def _accepts(self, node: ast.AST) -> bool:
        match node:
            case ast.Name(id=name):
                return name in self._local or self._accepts_name(name)
            case ast.Lambda():
                return self._accepts_lambda(node)
            case ast.Call():
                return self._is_given_same(node) and self._is_same_function(node)
        return isinstance(node, _PLAIN) and all(
            self._accepts(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)
        )

    def _is_given_same(self, call: ast.Call) -> bool:
        return all(map(self._accepts, [*call.args, *(keyword.value for keyword in call.keywords)]))

    def _is_same_function(self, call: ast.Call) -> bool:
        function = call.func
        if isinstance(function, ast.Name) and self._names.get(function.id) is None:
            return function.id in _BUILTIN_FUNCTIONS
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Constant | ast.JoinedStr):
            return self._accepts(function.value)  # "{:.2f}".format, "a b".split
        dotted = dotted_name(function)
        path = self._names.import_path(dotted) if dotted else ""
        name = path.rpartition(".")[2]
        is_class = name[:1].isupper() and name not in _NOT_SAME
        return bool(path) and (is_class or _SAME_EVERYWHERE.fullmatch(path) is not None) and self._accepts(function)

    def _accepts_lambda(self, node: ast.Lambda) -> bool:
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        defaults = [one for one in [*arguments.defaults, *arguments.kw_defaults] if one is not None]
        if not all(map(self._accepts, defaults)):
            return False
        outer, self._local = self._local, self._local | {one.arg for one in every if one is not None}
        accepted = self._accepts_code(node.body)
        self._local = outer
        return accepted

    def _accepts_code(self, node: ast.AST) -> bool:
        """Code that runs later may call anything, if only its names mean the same."""
        if isinstance(node, ast.Name):
            return self._accepts(node)
        if isinstance(node, ast.NamedExpr | ast.comprehension | ast.Lambda | ast.Await | ast.Yield | ast.YieldFrom):
            return False
        return all(map(self._accepts_code, ast.iter_child_nodes(node)))

    def _accepts_name(self, name: str) -> bool:
        version = self._names.get(name)
        if version is None:
            return is_builtin(name) or is_provided(name)
        if version.value.imported is not None:
            if not version.value.imported.root or version.conditional:
                return False
            self.roots.append(version.value.imported.root)
            self.needed[name] = version.value.imported.statement
            return True
        value = self._constant(version)
        if value is None:
            return False
        self.needed[name] = f"{name} = {ast.unparse(value)}"
        return True

    def _constant(self, version: Version) -> ast.expr | None:
        """The expression of a variable that means the same everywhere."""
        value = version.value.expression
        if version.kind == "delete" or version.conditional or version.owner == PARAMETERS or value is None:
            return None
        if is_literal(value):
            return value if version.kind == "bind" else None
        return value if handle_path(version, self._names) and self._accepts(value) else None


def handle_path(version: Version, names: Namespace) -> str:
    """Of a variable that is an object which every process has for itself: the function that gives it, else empty.

    Loggers, by their name, the context of decimal, what is reached from ``get_ipython()``: what they are set to is
    state of the process.
    """
    made = version.value.expression
    dotted = dotted_name(made.func) if isinstance(made, ast.Call) and not version.is_import else None
    path = names.import_path(dotted) if dotted else ""
    if path in _HANDLES:
        return path
    return ipython_path(made, lambda name: _bound_to(name, names)) if made is not None else ""


def _bound_to(name: str, names: Namespace) -> ast.expr | None:
    version = names.get(name)
    return None if version is None or version.is_import or version.conditional else version.value.expression


def _opens_file_anew(call: ast.Call, path: str) -> bool:
    """Whether a call would empty a file that an earlier step has written, as ``logging.basicConfig`` may."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if "filename" not in given or not path.endswith("basicConfig"):
        return False
    mode = given.get("filemode")
    return mode is not None and not (isinstance(mode, ast.Constant) and str(mode.value).startswith("a"))
