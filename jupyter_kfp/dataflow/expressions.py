"""Questions about single expressions: whose object is it, what does a call change, what constant is it."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from jupyter_kfp.dataflow import known_calls
from jupyter_kfp.dataflow.facts import NO_LITERAL, CallResult

STATE_GIVERS = frozenset({"getcontext", "getLogger"})
"""Functions that give an object which the process has once: what it is set to holds for everybody."""
Roots = frozenset[str]
NONE: Roots = frozenset()
_COPYING_INDEXES = (ast.Compare, ast.List, ast.ListComp, ast.Call, ast.BinOp, ast.Set)


class CallEffects(msgspec.Struct, frozen=True):
    """What a call changes, by the names whose objects are concerned."""

    changed: tuple[tuple[str, str], ...]
    """Name, and how, for messages."""
    unknown: tuple[str, ...]
    """Receivers of a method that no table knows."""
    spared: tuple[str, ...]
    """Receivers of a method that is taken to leave them alone, which may be wrong for some types."""
    changes_receiver: bool = False
    """The call is that of a method, which changes its object."""


def dotted_name(node: ast.expr) -> str | None:
    """``a.b.c`` of a chain of attributes on a name, else None."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def context_root(node: ast.expr) -> Roots:
    """The name through which ``decimal.getcontext()`` gives the settings that hold for the process."""
    path = dotted_name(node.func) if isinstance(node, ast.Call) else None
    return frozenset({path.partition(".")[0]}) if path and path.endswith("getcontext") else frozenset()


def is_class_of_instance(node: ast.expr) -> bool:
    """Whether an expression is the class of an object, or part of it: ``x.__class__``, ``type(x).items``."""
    match node:
        case ast.Attribute(attr="__class__") | ast.Call(func=ast.Name(id="type"), args=[_]):
            return True
        case ast.Attribute(value=inner) | ast.Subscript(value=inner):
            return is_class_of_instance(inner)
    return False


def holder_path(node: ast.AST) -> str:
    """Of an attribute or item: what it is of, dotted; ``decimal.getcontext`` of ``decimal.getcontext().prec``."""
    inner = node.value if isinstance(node, (ast.Attribute, ast.Subscript)) else None
    if isinstance(inner, ast.Call):
        return (called_path(inner)[0] or "") if last_name(inner.func) in STATE_GIVERS else ""
    return (dotted_name(inner) or "") if inner is not None else ""


def called_path(node: ast.Call) -> tuple[str | None, tuple[str, ...]]:
    """What is called, dotted, and the names of the keyword arguments; of ``a.B(x).c(y)`` it is ``a.B.c``."""
    keywords = tuple(keyword.arg for keyword in node.keywords if keyword.arg)
    match node.func:
        case ast.Attribute(value=ast.Call() as inner, attr=method):
            path, before = called_path(inner)
            return (f"{path}.{method}" if path else None), (*before, *keywords)
        case ast.Call(func=ast.Name(id="getattr"), args=[inner, ast.Constant(value=str() as attribute), *_]):
            holder = dotted_name(inner)
            return (f"{holder}.{attribute}" if holder else None), keywords
    return dotted_name(node.func), keywords


def ipython_path(node: ast.expr | None, meaning: Callable[[str], ast.expr | None] = lambda _: None) -> str:
    """Dotted path of what is reached from ``get_ipython()``, through items too; empty of all else.

    `meaning` gives the expression that a name was bound to, if that is certain.
    """
    match node:
        case ast.Call(func=ast.Name(id="get_ipython")):
            return "get_ipython"
        case ast.Attribute(value=inner, attr=name):
            path = ipython_path(inner, meaning)
            return f"{path}.{name}" if path else ""
        case ast.Subscript(value=inner):
            return ipython_path(inner, meaning)
        case ast.Name(id=name) if (bound := meaning(name)) is not None and bound is not node:
            return ipython_path(bound, lambda other: None if other == name else meaning(other))
    return ""


def last_name(node: ast.expr) -> str:
    """The part of a function expression that says what it is: ``c`` of ``a.b.c``."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def literal_value(node: ast.expr | None) -> object:
    """The value of a constant, with a sign perhaps; else `NO_LITERAL`."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)) if not isinstance(
            number, bool
        ):
            return -number
    return NO_LITERAL


def is_exact_scalar(value: object) -> bool:
    """Whether JSON, read as doubles, keeps the value and its type exactly, and it is small enough for a parameter."""
    match value:
        case bool():
            return True
        case int():
            return abs(value) <= 2**53
        case float():
            return math.isfinite(value)
        case str():
            return len(value) < 4096 and len(value.encode("utf-8", "surrogatepass")) < 4096 and _is_text(value)
    return False


def _is_text(value: str) -> bool:
    # A lone surrogate has no UTF-8; NUL cannot pass a command line; "{{" is a placeholder's start to KFP and Argo.
    return not any("\ud800" <= char <= "\udfff" or char == "\0" for char in value) and "{{" not in value


def shared_roots(node: ast.expr | None, local: Mapping[str, Roots]) -> Roots:
    """Names whose object the value of an expression may be, be a part of, or hold.

    `local` maps names of inner scopes to the roots that they stand for. Calls are taken to return something new, unless
    they are known to hand out what they got.
    """
    match node:
        case ast.Name(id=name):
            return local.get(name, frozenset({name}))
        case ast.Attribute(value=inner) | ast.Starred(value=inner) | ast.Await(value=inner):
            return shared_roots(inner, local)
        case ast.NamedExpr(value=inner):
            return shared_roots(inner, local)
        case ast.Subscript(value=inner, slice=index):
            parts = index.elts if isinstance(index, ast.Tuple) else [index]
            return NONE if any(isinstance(part, _COPYING_INDEXES) for part in parts) else shared_roots(inner, local)
        case ast.IfExp(body=body, orelse=orelse):
            return shared_roots(body, local) | shared_roots(orelse, local)
        case ast.BoolOp(values=values) | ast.Dict(values=values):
            return _union(values, local)
        case ast.List(elts=values) | ast.Tuple(elts=values) | ast.Set(elts=values):
            return _union(values, local)
        case ast.Call():
            return _roots_of_call(node, local)
        case ast.ListComp(elt=element) | ast.SetComp(elt=element) | ast.GeneratorExp(elt=element):
            return shared_roots(element, with_targets(node.generators, local))
        case ast.DictComp(value=element):
            return shared_roots(element, with_targets(node.generators, local))
        case ast.Lambda(args=arguments):
            return default_roots(arguments, local)
    return NONE


def default_roots(arguments: ast.arguments, local: Mapping[str, Roots]) -> Roots:
    """Names whose object a function holds as the default of a parameter."""
    return _union([*arguments.defaults, *arguments.kw_defaults], local)


def key_roots(node: ast.expr, local: Mapping[str, Roots]) -> Roots:
    """Names whose object may be a key in the dictionary that an expression makes."""
    match node:
        case ast.Dict(keys=keys):
            return _union(keys, local)
        case ast.DictComp(key=key):
            return shared_roots(key, with_targets(node.generators, local))
    return NONE


def origin_calls(node: ast.expr | None) -> Iterator[ast.Call]:
    """Calls whose result the value of an expression may be, be a part of, or hold; see `shared_roots`."""
    if isinstance(node, ast.Call):
        yield node
    yield from itertools.chain.from_iterable(map(origin_calls, _origins(node)))


def _origins(node: ast.expr | None) -> list[ast.expr | None]:
    """Parts of an expression that its value may be, be a part of, or hold."""
    match node:
        case ast.Attribute(value=inner) | ast.Starred(value=inner) | ast.Await(value=inner):
            return [inner]
        case ast.NamedExpr(value=inner):
            return [inner]
        case ast.Subscript(value=inner, slice=index):
            return [] if isinstance(index, _COPYING_INDEXES) else [inner]
        case ast.IfExp(body=body, orelse=orelse):
            return [body, orelse]
        case ast.BoolOp(values=values) | ast.List(elts=values) | ast.Tuple(elts=values) | ast.Set(elts=values):
            return list(values)
        case ast.Dict(keys=keys, values=values):
            return [*keys, *values]
        case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element) | ast.SetComp(elt=element):
            return [element]
        case ast.DictComp(key=key, value=element):
            return [key, element]
        case ast.Call(func=ast.Attribute(value=inner)):
            return [inner]
        case ast.Call(func=function, args=arguments, keywords=keywords) if _hands_out(last_name(function)):
            return [*arguments, *(keyword.value for keyword in keywords)]
    return []


def _hands_out(function: str) -> bool:
    """Whether a function, by the last part of its name, gives something that may hold what it got."""
    return function in known_calls.SHARING_FUNCTIONS or function[:1].isupper()


def is_made(node: ast.expr) -> bool:
    """Whether an expression makes an object of a class, as the name tells, which may keep what it was made with."""
    return isinstance(node, ast.Call) and last_name(node.func)[:1].isupper()


def results_in(node: ast.expr | None, local: Mapping[str, Roots]) -> tuple[CallResult, ...]:
    """`origin_calls` of functions and methods that have a name outside of `local`."""
    found = []
    for call in origin_calls(node):
        name = dotted_name(call.func)
        if name and name.partition(".")[0] not in local:
            found.append(CallResult(name, argument_roots(call, local)))
    return tuple(found)


def _union(nodes: Iterable[ast.expr | None], local: Mapping[str, Roots]) -> Roots:
    return NONE.union(*(shared_roots(node, local) for node in nodes))


def _roots_of_call(node: ast.Call, local: Mapping[str, Roots]) -> Roots:
    name = last_name(node.func)
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    roots = NONE
    if isinstance(node.func, ast.Attribute) and name in known_calls.SHARING_METHODS:
        roots = shared_roots(node.func.value, local)
        return roots | _union(node.args[1:], local) if name in {"get", "setdefault"} else roots
    # A capital first letter: an object that may keep what it was made with.
    if _hands_out(name) or any(keyword.arg == "dtype" and _is_object_type(keyword.value) for keyword in node.keywords):
        roots |= _union(given, local)
    return roots


def _is_object_type(node: ast.expr) -> bool:
    """Whether an array of this type holds the objects themselves."""
    named = isinstance(node, ast.Name) and node.id == "object"
    return named or (isinstance(node, ast.Constant) and node.value in {"object", "O"})


def with_targets(generators: Iterable[ast.comprehension], local: Mapping[str, Roots]) -> dict[str, Roots]:
    """The map `local`, with the targets of comprehension clauses."""
    inner = dict(local)
    for generator in generators:
        roots = shared_roots(generator.iter, inner)
        for name in target_names(generator.target):
            inner[name] = roots
    return inner


def target_names(target: ast.expr) -> list[str]:
    """Plain names that an assignment target binds."""
    return [node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]


def call_effects(node: ast.Call, local: Mapping[str, Roots], *, discarded: bool) -> CallEffects:
    """What a call changes by the tables of `known_calls`, ``inplace=``, and ``out=``."""
    changed: list[tuple[str, str]] = []
    unknown: list[str] = []
    spared: list[str] = []
    name = last_name(node.func)
    in_place = any(
        keyword.arg == "inplace" and not (isinstance(keyword.value, ast.Constant) and not keyword.value.value)
        for keyword in node.keywords
    )
    verdict: bool | None = False
    if isinstance(node.func, ast.Attribute):
        verdict = True if in_place else known_calls.changes_receiver(name, discarded=discarded)
        for root in sorted(shared_roots(node.func.value, local)):
            if verdict is None and _is_accessor(node.func.value):
                spared.append(root)
            elif name in known_calls.ESTIMATOR_METHODS and is_made(node.func.value):
                spared.append(root)  # ``OLS(y, X).fit()`` leaves y and X alone
            elif verdict:
                changed.append((root, f".{name}()"))
            else:
                (unknown if verdict is None else spared).append(root)
    if node.args and (name in known_calls.FIRST_ARGUMENT_CHANGED or _is_called_on_first(node)):
        changed += [(root, f"{name}()") for root in sorted(shared_roots(node.args[0], local))]
    for keyword in node.keywords:
        if keyword.arg in {"out", "ax"}:  # an array that takes the result, axes that are drawn on
            changed += [(root, f"{name}({keyword.arg}=)") for root in sorted(shared_roots(keyword.value, local))]
    return CallEffects(tuple(changed), tuple(unknown), tuple(spared), bool(verdict) or (verdict is None and discarded))


def _is_called_on_first(node: ast.Call) -> bool:
    """Whether a function changes its first argument that has the name of a method that changes its object.

    It is taken from the class, ``list.append(values, 1)``, or is one of numpy's: ``np.put(a, where, what)``, or
    ``np.add.at(a, where, what)``.
    """
    match node.func:
        case ast.Attribute(attr=method) if method in known_calls.PLACE_BY_INDEX:
            # A queue's method of that name is given what is put, and no place for it.
            return len(node.args) + len(node.keywords) >= 2
        case ast.Attribute(value=ast.Name(id=name), attr=method):
            return name in known_calls.BUILTIN_CONTAINERS and method in known_calls.CHANGING_METHODS
    return False


def _is_accessor(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in known_calls.ACCESSORS


def argument_roots(node: ast.Call, local: Mapping[str, Roots]) -> tuple[tuple[int | str, str], ...]:
    """Position or keyword of each argument, with a name whose object it passes; ``*`` and ``**`` of those unpacked."""
    given: list[tuple[int | str, ast.expr]] = []
    for position, argument in enumerate(node.args):
        unpacked = given and given[-1][0] == "*"
        given.append(("*" if unpacked or isinstance(argument, ast.Starred) else position, argument))
    given += [(keyword.arg or "**", keyword.value) for keyword in node.keywords]
    return tuple((where, root) for where, value in given for root in sorted(shared_roots(value, local)))


def is_immutable(node: ast.expr | None) -> bool:
    """Whether the value of an expression is certainly a number, text or the like, which nobody can change in place."""
    match node:
        case ast.Constant() | ast.JoinedStr() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Tuple(elts=values) | ast.BoolOp(values=values):
            return all(is_immutable(value) for value in values)
        case ast.BinOp(left=left, right=right):
            return is_immutable(left) and is_immutable(right)
        case ast.UnaryOp(operand=operand):
            return is_immutable(operand)
        case ast.IfExp(body=body, orelse=orelse):
            return is_immutable(body) and is_immutable(orelse)
        case ast.Call(func=function):
            return last_name(function) in known_calls.IMMUTABLE_RESULTS
        case ast.Compare(ops=[ast.Is() | ast.IsNot() | ast.In() | ast.NotIn()]):
            return True
    return False


def is_consumable(node: ast.expr | None) -> bool:
    """Whether an expression makes something that changes whenever it is used: an iterator, a random generator."""
    if isinstance(node, ast.GeneratorExp):
        return True
    return isinstance(node, ast.Call) and last_name(node.func) in known_calls.CONSUMABLE_MAKERS


def makes_items(node: ast.expr | None) -> bool:
    """Whether an expression makes a dictionary that makes what it lacks when it is read."""
    return isinstance(node, ast.Call) and last_name(node.func) == "defaultdict"


def makes_figure(node: ast.expr | None) -> bool:
    """Whether an expression makes a figure or axes, or is one of the names that are unpacked from such a call."""
    if isinstance(node, ast.Subscript):
        node = node.value
    if not isinstance(node, ast.Call):
        return False
    is_plot = isinstance(node.func, ast.Attribute) and last_name(node.func.value) == "plot"
    return last_name(node.func) in known_calls.FIGURE_MAKERS or is_plot


def gives_current_figure(node: ast.expr | None) -> bool:
    """Whether an expression asks for the figure or axes that were made last: ``plt.gca()``."""
    return isinstance(node, ast.Call) and last_name(node.func) in known_calls.CURRENT_FIGURE


def plain_names(nodes: Iterable[ast.expr]) -> list[str]:
    """Names among expressions, starred ones included."""
    bare = [node.value if isinstance(node, ast.Starred) else node for node in nodes]
    return [node.id for node in bare if isinstance(node, ast.Name)]


def is_literal(node: ast.expr) -> bool:
    """Whether an expression is made of constants only."""
    match node:
        case ast.Constant():
            return True
        case ast.List(elts=values) | ast.Tuple(elts=values) | ast.Set(elts=values):
            return all(is_literal(value) for value in values)
        case ast.Dict(keys=keys, values=values):
            return all(key is not None and is_literal(key) for key in keys) and all(map(is_literal, values))
        case ast.UnaryOp(operand=operand):
            return is_literal(operand)
    return False
