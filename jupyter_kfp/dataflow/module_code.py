"""What the names of one of the user's own modules stand for, and what its functions do, without its other modules."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

import msgspec

from jupyter_kfp.dataflow.cell_facts import cell_facts
from jupyter_kfp.dataflow.expressions import last_name, target_names
from jupyter_kfp.dataflow.facts import Body, Fact, Value
from jupyter_kfp.dataflow.known_calls import CONSUMABLE_MAKERS, changes_receiver
from jupyter_kfp.dataflow.scopes import local_bindings

_INERT_MAKERS = frozenset({
    "getLogger", "get_logger", "Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Event", "Console",
    "ArgumentParser", "TypeVar", "ParamSpec", "namedtuple", "NewType", "compile", "local", "Path", "Tracer", "Lexer",
    "ContextVar",
})  # fmt: skip
"""Functions, by the last part of their name, whose results hold nothing that a step would miss."""


class ModuleSource(msgspec.Struct, frozen=True, kw_only=True):
    """A module, parsed."""

    name: str
    tree: ast.Module
    package: str
    """Package that its relative imports start from."""


class ModuleCode:
    """The names of a module.

    Attributes
    ----------
    bodies:
        Functions, lambdas and classes.
    imports:
        Dotted path of each imported name, also of names that are imported only inside functions.
    stars:
        Modules of which all names are imported.
    data:
        All other names, with their last value.
    facts:
        What happens when the module is loaded.
    gives:
        Functions that do nothing but return one and the same data, with its name.
    remembered:
        Data that functions only fill with what can be computed again: ``if _model is None: _model = load()``.

    """

    def __init__(self, source: ModuleSource) -> None:
        self.name = source.name
        self.stars: list[str] = []
        self.imports: dict[str, str] = {}
        self.bodies: dict[str, Body] = {}
        self.data: dict[str, Value] = {}
        tree = copy.deepcopy(source.tree)
        own, _, _ = local_bindings(tree.body)
        _ImportHoister(self, source.package, own).visit(tree)
        self._learn_imports(tree, source.package)
        self.facts: list[Fact] = cell_facts(tree, 0)
        for fact in self.facts:
            if fact.kind == "bind":
                self._learn(fact)
        self.fresh: frozenset[str] | None = None
        """Data that is another value in each process; None until it was found out."""
        self.remembered = frozenset(_remembered(tree))
        self.gives = dict(_giving(tree))

    def _learn_imports(self, tree: ast.Module, package: str) -> None:
        for node in _unnested(tree.body):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for name, path in imported_names(node, package):
                    if name == "*":
                        self.stars.append(path)
                    else:
                        self.imports[name] = path

    def _learn(self, fact: Fact) -> None:
        if fact.value.imported is not None:
            return
        if fact.value.bodies and (fact.value.expression is None or isinstance(fact.value.expression, ast.Lambda)):
            self.bodies[fact.name] = fact.value.bodies[0]
        else:
            self.data[fact.name] = fact.value
            self.bodies.pop(fact.name, None)

    @property
    def public_names(self) -> list[str]:
        """Names that ``from module import *`` binds, without those of other star imports."""
        declared = self.data.get("__all__")
        if declared is not None and isinstance(declared.expression, (ast.List, ast.Tuple)):
            elements = declared.expression.elts
            return [each.value for each in elements if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        return sorted(name for name in {*self.bodies, *self.data, *self.imports} if not name.startswith("_"))

    def is_inert(self, name: str) -> bool:
        """Whether a name stands for what has no state worth handing on: a logger, a lock."""
        made = self.data[name].expression if name in self.data else None
        return isinstance(made, ast.Call) and last_name(made.func) in _INERT_MAKERS


def imported_names(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, str]]:
    """Names that an import binds, with the dotted path that each stands for; ``*`` with the module."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
        return
    base = node.module or ""
    if node.level:
        parts = package.split(".")
        base = ".".join([*parts[: len(parts) - node.level + 1], *([base] if base else [])])
    for alias in node.names:
        yield alias.asname or alias.name, base if alias.name == "*" else f"{base}.{alias.name}"


def calls_in(node: ast.AST) -> Iterator[ast.Call]:
    """Calls that happen when an expression is evaluated."""
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Call):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from calls_in(child)


class _ImportHoister(ast.NodeTransformer):
    """Takes imports out of functions, so that what they bind is known as what the module's own imports bind."""

    def __init__(self, code: ModuleCode, package: str, own: set[str]) -> None:
        self._code = code
        self._package = package
        self._own = own
        self._inside = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Look into a function."""
        self._inside += 1
        self.generic_visit(node)
        self._inside -= 1
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """Look into a function."""
        self._inside += 1
        self.generic_visit(node)
        self._inside -= 1
        return node

    def visit_Import(self, node: ast.Import) -> ast.AST:
        """Take out an import."""
        return self._taken_out(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        """Take out an import."""
        return self._taken_out(node)

    def _taken_out(self, node: ast.Import | ast.ImportFrom) -> ast.AST:
        found = dict(imported_names(node, self._package))
        known = self._code.imports
        if not self._inside or "*" in found:
            return node
        if any(name in self._own or known.get(name, path) != path for name, path in found.items()):
            return node  # the name means something else elsewhere
        known.update(found)
        return ast.copy_location(ast.Pass(), node)


def _unnested(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when the module is loaded."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from _unnested(getattr(statement, field, []))
        for handler in getattr(statement, "handlers", []):
            yield from _unnested(handler.body)


def _giving(tree: ast.Module) -> Iterator[tuple[str, str]]:
    rebound = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or node.decorator_list:
            continue
        returned = [part.value for part in ast.walk(node) if isinstance(part, (ast.Return, ast.Yield, ast.YieldFrom))]
        names = {part.id if isinstance(part, ast.Name) else "" for part in returned}
        own, _, _ = local_bindings(node.body)
        parameters = {part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)}
        if len(names) == 1 and not names & {"", *own, *parameters, *rebound}:
            yield node.name, names.pop()


# --- what only remembers


def _remembered(tree: ast.Module) -> set[str]:
    reader = _MemoryReader()
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            reader.read_block(function.body, frozenset())
    return reader.filled - reader.changed


class _MemoryReader:
    """Sorts names that functions assign or fill into those that they ask for first, and the others."""

    def __init__(self) -> None:
        self.filled: set[str] = set()
        self.changed: set[str] = set()

    def read_block(self, body: list[ast.stmt], asked: frozenset[str]) -> None:
        for statement in body:
            self._read(statement, asked)
            if isinstance(statement, ast.If) and isinstance(statement.body[-1], (ast.Return, ast.Raise)):
                asked |= _names_in(statement.test)  # ``if key in cache: return cache[key]``

    def _read(self, node: ast.AST, asked: frozenset[str]) -> None:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                inner = asked | _names_in(test)
                self.read_block(body, inner)
                self.read_block(orelse, inner)
                return
            case ast.Try(body=[ast.Return(value=ast.expr() as value), *_], handlers=handlers):
                for handler in handlers:
                    self.read_block(handler.body, asked | _names_in(value))
                return
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._note(target, value, asked)
            case ast.AugAssign(target=target):
                self.changed |= _names_in(target)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
                if changes_receiver(method, discarded=True):
                    (self.filled if method == "setdefault" or name in asked else self.changed).add(name)
        for child in ast.iter_child_nodes(node):
            self._read(child, asked)

    def _note(self, target: ast.expr, value: ast.expr, asked: frozenset[str]) -> None:
        makes_state = isinstance(value, ast.Call) and last_name(value.func) in CONSUMABLE_MAKERS
        while isinstance(target, (ast.Attribute, ast.Subscript)):
            target = target.value
        for name in target_names(target) or ([target.id] if isinstance(target, ast.Name) else []):
            (self.filled if name in asked and not makes_state else self.changed).add(name)


def _names_in(node: ast.AST) -> frozenset[str]:
    found = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    texts = {part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    return frozenset(found | texts)  # ``"x" in globals()`` asks, too
