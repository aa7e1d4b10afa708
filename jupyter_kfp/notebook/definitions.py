"""Does a cell only import and define? Such cells before the first step count as setup, replayed in every step.

That is safe only if replaying them costs little and gives the same, wherever it is done. So what is evaluated (values,
defaults, decorators, class bodies) may consist of literals, operators, a few pure calls, and names that imports and
other setup make; besides, settings of modules (``pd.set_option``, ``plt.style.use``, ``os.environ[...] = ...``) count,
for they must hold in every step.
"""

from __future__ import annotations

import ast
import builtins

from jupyter_kfp.notebook.ipython_magics import is_display_only
from jupyter_kfp.notebook.ipython_syntax import Magic, to_python

_BUILTINS = frozenset(dir(builtins))
_PURE_CALLS = frozenset({
    "Decimal", "Path", "PurePath", "bool", "bytes", "date", "datetime", "dict", "field", "float", "frozenset", "getenv",
    "getLogger", "int", "join", "list", "namedtuple", "range", "set", "str", "timedelta", "tuple", "TypeVar", "NewType",
    "compile",
})  # fmt: skip
_PURE_METHODS_OF = frozenset({"os", "path", "environ", "re", "logging", "collections", "datetime", "pathlib", "typing"})
_SETTING_CALLS = frozenset({
    "addHandler", "append", "basicConfig", "filterwarnings", "insert", "load_dotenv", "register_matplotlib_converters",
    "reset_defaults", "seed", "set", "setLevel", "set_context", "set_float_precision", "set_loglevel", "set_option",
    "set_palette", "set_printoptions", "set_random_seed", "set_seed", "set_style", "set_theme", "set_verbosity",
    "simplefilter", "style", "update", "use",
})  # fmt: skip
_INSTALLERS = frozenset({"pip", "conda", "mamba", "uv", "micromamba"})
_VALUES = (
    ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare,
    ast.Attribute, ast.Subscript, ast.Slice, ast.Starred, ast.IfExp, ast.JoinedStr, ast.FormattedValue, ast.keyword,
    ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context, ast.Lambda,
)  # fmt: skip


class SetupNames:
    """Names that setup cells make, so far."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.modules: set[str] = set()
        """Those of the names that were imported."""

    def copy(self) -> SetupNames:
        """Return a copy that may be changed."""
        copied = SetupNames()
        copied.update(self)
        return copied

    def update(self, other: SetupNames) -> None:
        """Add the names of another."""
        self.names |= other.names
        self.modules |= other.modules

    def add_all(self, source: str) -> None:
        """Add what a cell binds that is setup because the user says so."""
        for node in ast.walk(to_python(source).tree or ast.Module([], [])):
            match node:
                case ast.Import() | ast.ImportFrom():
                    self.add_import(node)
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    self.names.add(node.name)
                case ast.Name(ctx=ast.Store()):
                    self.names.add(node.id)

    def add_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Add what an import binds; of ``import *`` that is not known here."""
        bound = {alias.asname or alias.name.split(".")[0] for alias in node.names} - {"*"}
        self.names |= bound
        self.modules |= bound


def only_defines(source: str, available: SetupNames) -> bool:
    """Whether the cell only imports, defines and configures; if so, the names it binds are added to ``available``.

    ``available`` holds the names that setup cells above make; others may not be evaluated.
    """
    python = to_python(source)
    if python.tree is None or python.is_async or not all(map(_is_harmless, python.magics)):
        return False
    reader = _Reader(available.copy())
    if not all(reader.defines(statement) for statement in python.tree.body):
        return False
    available.update(reader.made)
    return True


def _is_harmless(magic: Magic) -> bool:
    if magic.kind == "line" and not magic.assigned_to:
        return is_display_only(magic.name) or (magic.name in _INSTALLERS and magic.text.startswith("install"))
    words = magic.text.split()
    return (
        magic.kind == "shell"
        and not magic.assigned_to
        and words[:1] != []
        and (words[0] in _INSTALLERS and "install" in words[1:3])
    )


class _Reader:
    """Judges statements in order, and keeps the names that they bind."""

    def __init__(self, made: SetupNames) -> None:
        self.made = made

    def defines(self, node: ast.stmt) -> bool:
        match node:
            case ast.Import() | ast.ImportFrom():
                return self._imports(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.made.names.add(node.name)
                defaults = [default for default in (*node.args.defaults, *node.args.kw_defaults) if default]
                return all(map(self._is_value, defaults)) and all(map(self._is_decorator, node.decorator_list))
            case ast.ClassDef():
                return self._is_class(node)
            case ast.Pass() | ast.Global():
                return True
            case ast.Expr():
                return isinstance(node.value, ast.Constant) or self._is_setting(node.value) or _is_magic(node.value)
            case ast.Assign():
                return self._is_value(node.value) and all(self._binds(target) for target in node.targets)
            case ast.AnnAssign():
                return (node.value is None or self._is_value(node.value)) and self._binds(node.target)
            case ast.If():
                return self._is_value(node.test) and all(self.defines(part) for part in (*node.body, *node.orelse))
            case ast.Try():
                parts = [*node.body, *node.orelse, *node.finalbody]
                parts += [statement for handler in node.handlers for statement in handler.body]
                return all(self.defines(part) for part in parts)
        return False

    def _imports(self, node: ast.Import | ast.ImportFrom) -> bool:
        self.made.add_import(node)
        return all(alias.name != "*" for alias in node.names)

    def _is_class(self, node: ast.ClassDef) -> bool:
        outer = set(self.made.names)
        evaluated = [*node.bases, *(keyword.value for keyword in node.keywords)]
        good = all(map(self._is_value, evaluated)) and all(map(self._is_decorator, node.decorator_list))
        good = good and all(self.defines(statement) for statement in node.body)
        self.made.names = {*outer, node.name}
        return good

    def _binds(self, target: ast.expr) -> bool:
        match target:
            case ast.Name():
                self.made.names.add(target.id)
                return True
            case ast.Tuple() | ast.List():
                return all(self._binds(element) for element in target.elts)
            case ast.Attribute() | ast.Subscript():  # plt.rcParams["..."] = ..., pd.options.display.width = ...
                return _root(target) in self.made.modules
        return False

    def _is_decorator(self, node: ast.expr) -> bool:
        return (
            self._is_value(node.func) and all(map(self._is_value, node.args))
            if isinstance(node, ast.Call)
            else self._is_value(node)
        )

    def _is_setting(self, node: ast.expr) -> bool:
        if not isinstance(node, ast.Call) or not self._are_values(node):
            return False
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return name in _SETTING_CALLS and _root(node.func) in self.made.modules

    def _are_values(self, call: ast.Call) -> bool:
        return all(map(self._is_value, [*call.args, *(keyword.value for keyword in call.keywords)]))

    def _is_value(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self.made.names or node.id in _BUILTINS
        if isinstance(node, ast.Lambda):
            return all(map(self._is_value, node.args.defaults))
        if isinstance(node, ast.Call):
            return self._is_pure_call(node.func) and self._are_values(node)
        return isinstance(node, _VALUES) and all(map(self._is_value, ast.iter_child_nodes(node)))

    def _is_pure_call(self, function: ast.expr) -> bool:
        if isinstance(function, ast.Name):
            return function.id in _PURE_CALLS
        if not isinstance(function, ast.Attribute) or function.attr not in {*_PURE_CALLS, "get"}:
            return False
        owner = function.value
        return getattr(owner, "id", None) in _PURE_METHODS_OF or getattr(owner, "attr", None) in _PURE_METHODS_OF


def _is_magic(node: ast.expr) -> bool:
    """Magics were judged by themselves."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (isinstance(node.func.value, ast.Call) and getattr(node.func.value.func, "id", "") == "get_ipython")
    )


def _root(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
