"""The names of one function: what its local variables may stand for, what it returns, keeps and passes on."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from jupyter_kfp.dataflow.expressions import (
    NONE,
    Roots,
    argument_roots,
    dotted_name,
    is_made,
    last_name,
    results_in,
    shared_roots,
    target_names,
)
from jupyter_kfp.dataflow.facts import CallResult
from jupyter_kfp.dataflow.function_paths import FunctionPaths
from jupyter_kfp.dataflow.known_calls import ESTIMATOR_METHODS, KEEPING_METHODS, STORING_FUNCTIONS
from jupyter_kfp.dataflow.scopes import FunctionNode, local_bindings

_PARTS = (ast.Attribute, ast.Subscript)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


class FunctionScope:
    """What `functions` builds upon; `enclosing` are the names local to the functions around it."""

    def __init__(self, node: FunctionNode, enclosing: frozenset[str]) -> None:
        self._node = node
        arguments = node.args
        positional = [argument.arg for argument in [*arguments.posonlyargs, *arguments.args]]
        collecting = {"*": arguments.vararg, "**": arguments.kwarg}
        self._collecting = {sign: argument.arg for sign, argument in collecting.items() if argument}
        self._parameters = (*positional, *(argument.arg for argument in arguments.kwonlyargs))
        self._given = {*self._parameters, *self._collecting.values()}
        self._body: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
        bound, self._globals, outer = local_bindings(self._body)
        self._keeps_state = bool(outer)
        self._enclosing = enclosing
        local = bound | self._given
        self._roots: dict[str, Roots] = dict.fromkeys((enclosing | local) - self._globals, NONE)
        self._roots |= {name: frozenset({name}) for name in enclosing - local}
        self._roots |= {name: frozenset({name}) for name in self._given}
        self._paths = FunctionPaths(self._roots)
        self._returned: set[str] = set()
        self._returned_results: list[CallResult] = []
        self._local_results: dict[str, tuple[CallResult, ...]] = {}
        self._parts_share = False
        self._passes: list[CallResult] = []
        self._stores: set[tuple[str, str]] = set()
        self._not_made = {*enclosing, *self._given}
        """Names that may stand for something else than an object that the function itself makes."""

    def _learn(self) -> None:
        """Find out which local names may stand for a parameter's or a global's object."""
        for _ in range(2):  # a second pass carries aliases around loops
            for node in self._body:
                self._learn_aliases(node)

    def _learn_aliases(self, node: ast.AST) -> None:
        self._paths.learn(node)
        match node:
            case ast.Assign(targets=targets, value=value):
                self._alias(targets, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                self._alias([target], value)
            case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
                self._alias([target], value)
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                self._alias([target], value)
        if isinstance(node, _SCOPES):
            return
        for child in ast.iter_child_nodes(node):
            self._learn_aliases(child)

    def _alias(self, targets: Iterable[ast.expr], value: ast.expr) -> None:
        roots, results = shared_roots(value, self._roots), results_in(value, self._roots)
        for target in targets:
            for name in target_names(target):
                if name in self._roots:
                    self._roots[name] |= roots
                    self._not_made |= set() if is_made(value) else {name}
                    self._local_results[name] = (*self._local_results.get(name, ()), *results)

    def _spares_data(self, node: ast.Call) -> bool:
        """Whether a method changes only its object, made here, and not what the object was made with."""
        match node.func:
            case ast.Attribute(value=ast.Name(id=name), attr=method):
                return method in ESTIMATOR_METHODS and name in self._roots and name not in self._not_made
        return False

    def _give(self, value: ast.expr | None) -> None:
        """Note what the function returns or yields."""
        self._returned |= shared_roots(value, self._roots)
        self._returned_results += results_in(value, self._roots)
        if isinstance(value, ast.Tuple):
            parts = [name for part in value.elts for name in shared_roots(part, {})]
            self._parts_share = self._parts_share or len(parts) > len(set(parts))
        for part in ast.walk(value) if value else ():
            if isinstance(part, ast.Name):
                self._returned_results += self._local_results.get(part.id, ())

    def _store(self, targets: Iterable[ast.expr], values: Iterable[ast.expr]) -> None:
        """Note which parameters are put into what has the attributes or items `targets`."""
        stored = NONE.union(*(shared_roots(value, self._roots) for value in values)) & self._given
        for target in targets:
            holders = shared_roots(target.value, self._roots) if isinstance(target, _PARTS) else NONE
            self._stores |= {(holder, name) for holder in holders for name in stored if holder != name}

    def _store_by_call(self, node: ast.Call) -> None:
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if isinstance(node.func, ast.Attribute) and node.func.attr in KEEPING_METHODS:
            self._store([node.func], given)
        elif node.args and last_name(node.func) in STORING_FUNCTIONS:
            self._store([ast.Attribute(node.args[0], "", ast.Store())], given[1:])

    def _pass_on(self, node: ast.Call) -> None:
        """Note who is called with what; a method of something local may be that of any class."""
        path = dotted_name(node.func)
        first = (path or "").partition(".")[0]
        if path is None or (first in self._roots and first not in self._given):
            path = f".{node.func.attr}" if isinstance(node.func, ast.Attribute) else ""
        arguments = argument_roots(node, self._roots)
        given = tuple((where, root) for where, root in arguments if root not in self._enclosing)
        if path and (given or "." in path):
            self._passes.append(CallResult(path, given))

    def _defaulted(self) -> set[str]:
        """Parameters with a default that can be changed."""
        arguments = self._node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        with_default = zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True)
        keyword_only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        pairs = [*with_default, *keyword_only]
        return {argument.arg for argument, default in pairs if default and not isinstance(default, ast.Constant)}
