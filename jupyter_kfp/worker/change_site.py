"""Which line of a step most likely changed a variable in place: found by reading, for the message of the guard.

Every line that could have done it gets a weight: a store into a part of the variable the most, a call that is known to
read the least. What happens to another name for the variable, or inside a function of the notebook that is given it,
counts a little less.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from jupyter_kfp.spec.step_payload import Cell
from jupyter_kfp.worker.variable_aliases import aliases_of, root_name

_STORES = 100
_CHANGES = 90
"""A method that is there to change its object, or an argument that asks for it."""
_DISCARDED = 60
"""A call whose result nobody takes: it was made for what it does."""
_METHODS = 40
_ARGUMENTS = 30
_READS = 5
_MENTIONS = 1
_FARTHER = 8
"""What each step away from the variable costs."""

_CHANGING = frozenset({
    "append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse", "add", "discard", "update", "setdefault",
    "popitem", "appendleft", "popleft", "rotate", "fit", "fit_transform", "fit_predict", "partial_fit", "set_params",
    "fill", "resize", "put", "setflags", "shuffle", "seed", "__setitem__", "__setattr__", "setattr", "heapify",
    "heappush", "heappop", "insort", "insort_left", "insort_right", "copyto", "place", "putmask", "fill_diagonal",
    "put_along_axis", "load_state_dict", "move_to_end", "intersection_update", "difference_update",
})  # fmt: skip
"""Of methods and of functions that are given the object."""
_READING = frozenset({
    "print", "len", "sum", "min", "max", "sorted", "repr", "str", "type", "id", "isinstance", "display", "any", "all",
    "enumerate", "zip", "range", "list", "tuple", "set", "dict", "hash", "hasattr", "getattr", "float", "int", "bool",
    "head", "tail", "info", "describe", "mean", "std", "copy", "deepcopy", "items", "keys", "values", "get", "predict",
    "score", "plot", "show", "iter", "abs", "round", "format", "array", "to_csv", "to_parquet", "groupby", "median",
})  # fmt: skip

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class ChangeSite:
    """A line of a cell that may have changed the variable."""

    cell: int
    line: int
    text: str
    weight: int = 0

    @property
    def is_likely(self) -> bool:
        """Whether the line does more to the variable than read it."""
        return self.weight > _READS


def change_sites(
    cells: Sequence[Cell],
    name: str,
    transform: Callable[[str], str],
    *,
    definitions: Sequence[Cell] = (),
    only: Collection[int] = (),
) -> list[ChangeSite]:
    """Lines that may have changed the variable, the likeliest first; of equal ones the first.

    Parameters
    ----------
    cells:
        The cells of the step.
    name:
        The variable.
    transform:
        Turns a cell with IPython syntax into Python with the same lines.
    definitions:
        Setup cells, whose functions the step calls.
    only:
        Numbers of the cells in which the value is known to have changed; empty if that is not known.

    """
    trees = {cell.number: tree for cell in (*definitions, *cells) if (tree := _parse(cell, transform)) is not None}
    reading = _Reading(trees, name)
    sites: dict[tuple[int, int], ChangeSite] = {}
    for cell in cells:
        if cell.number not in trees or (only and cell.number not in only):
            continue
        lines = cell.source.split("\n")
        for weight, line in reading.changes(trees[cell.number]):
            known = sites.get((cell.number, line))
            if known is None or known.weight < weight:
                text = lines[line - 1].strip() if line <= len(lines) else ""
                sites[cell.number, line] = ChangeSite(cell.number, line, text, weight)
    return sorted(sites.values(), key=lambda each: -each.weight)


def _parse(cell: Cell, transform: Callable[[str], str]) -> ast.Module | None:
    try:
        return ast.parse(transform(cell.source))
    except (SyntaxError, ValueError):
        return None


class _Reading:
    """What the notebook's code may do to one variable."""

    def __init__(self, trees: dict[int, ast.Module], name: str) -> None:
        self._aliases = aliases_of(trees.values(), name)
        self._functions: dict[str, Function] = {
            node.name: node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, Function)
        }
        self._following: set[str] = set()

    def changes(self, tree: ast.AST) -> Iterator[tuple[int, int]]:
        """Weights and lines."""
        discarded = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.Delete):
                yield from self._stores(node.targets, node.lineno)
            elif isinstance(node, ast.AugAssign):
                yield from self._stores([node.target], node.lineno, whole=True)
            elif isinstance(node, ast.AnnAssign | ast.For):
                yield from self._stores([node.target], node.lineno)
            elif isinstance(node, ast.Call):
                yield from self._call(node, discarded=id(node) in discarded)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in self._aliases:
                yield self._weight(_MENTIONS, node.id), node.lineno

    def _weight(self, weight: int, name: str) -> int:
        return max(weight - _FARTHER * self._aliases[name], 0)

    def _stores(self, targets: Sequence[ast.expr], line: int, *, whole: bool = False) -> Iterator[tuple[int, int]]:
        for target in targets:
            if isinstance(target, ast.Tuple | ast.List):
                yield from self._stores(target.elts, line, whole=whole)
            elif (whole or not isinstance(target, ast.Name)) and (root := root_name(target)) in self._aliases:
                yield self._weight(_STORES, str(root)), line

    def _call(self, node: ast.Call, *, discarded: bool) -> Iterator[tuple[int, int]]:
        called = _called_name(node)
        owner = root_name(node.func) if isinstance(node.func, ast.Attribute) else None
        asks = any(keyword.arg == "inplace" and _is_true(keyword.value) for keyword in node.keywords)
        if owner in self._aliases:
            weight = _CHANGES if asks else _call_weight(called, _METHODS, discarded=discarded)
            yield self._weight(weight, str(owner)), node.lineno
        for position, argument in _arguments(node):
            root = root_name(argument)
            if root in self._aliases:
                given = _CHANGES if position == "out" else _call_weight(called, _ARGUMENTS, discarded=discarded)
                yield self._weight(self._inside(called, position) or given, str(root)), node.lineno
        if isinstance(node.func, ast.Name) and (weight := self._inside(called, None)):
            yield weight, node.lineno

    def _inside(self, function: str, argument: int | str | None) -> int:
        """The most that a function of the notebook does to an argument, or without one to the variable itself."""
        found = self._functions.get(function)
        if found is None or function in self._following:
            return 0
        parameters = [each.arg for each in (*found.args.posonlyargs, *found.args.args)]
        if isinstance(argument, int):
            argument = parameters[argument] if 0 <= argument < len(parameters) else None
        elif argument is None and any(name in parameters for name, far in self._aliases.items() if not far):
            return 0
        self._following.add(function)
        outer = self._aliases
        if isinstance(argument, str):
            self._aliases = aliases_of([found], argument)
        try:
            inside = [weight for each in found.body for weight, _ in self.changes(each)]
        finally:
            self._aliases = outer
            self._following.discard(function)
        return max(max(inside, default=0) - 1, 0)


def _called_name(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _call_weight(called: str, otherwise: int, *, discarded: bool) -> int:
    if called in _CHANGING:
        return _CHANGES
    if called in _READING:
        return _READS
    return _DISCARDED if discarded else otherwise


def _arguments(node: ast.Call) -> Iterator[tuple[int | str, ast.expr]]:
    """Positions or names, and values, of what a call is given, with what lies in lists and the like."""
    positions: list[tuple[int | str, ast.expr]] = list(enumerate(node.args))
    for position, value in (*positions, *((each.arg or "", each.value) for each in node.keywords)):
        yield position, value
        if isinstance(value, ast.List | ast.Tuple | ast.Set):
            yield from ((-1, each) for each in value.elts)


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True
