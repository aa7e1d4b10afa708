"""What the instances of a class share through it, and which of its methods are called without being named."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from jupyter_kfp.dataflow.expressions import dotted_name, last_name
from jupyter_kfp.dataflow.facts import Body
from jupyter_kfp.dataflow.known_calls import GENERATOR_MAKERS, IMMUTABLE_RESULTS
from jupyter_kfp.dataflow.scopes import FunctionNode

_CONTAINERS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


_FIXED_PARTS = IMMUTABLE_RESULTS | {
    "field", "Field", "property", "cached_property", "auto", "TypeVar", "namedtuple", "compile",
}  # fmt: skip
"""Functions, by the last part of their name, whose result in a class body is no state of the class."""
_ITERATOR_MAKERS = frozenset({"itertools.count", "itertools.cycle", "count", "cycle", "iter"})
"""Functions, as they are written, that make an iterator; ``xs.count(1)`` makes none."""
_CLASS_METHODS = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})
_NAMED_METHODS = frozenset({
    "__init__", "__new__", "__post_init__", "__setattr__", "__delattr__", "__setitem__", "__delitem__", "__iadd__",
    "__setstate__", "__set__", "__delete__", "__set_name__", "__init_subclass__", "__class_getitem__", "__copy__",
    "__deepcopy__", "__reduce__", "__getstate__", "__del__",
})  # fmt: skip
"""Special methods that run where the object is made, or where the code shows that it is changed."""


def changeable_parts(node: ast.ClassDef) -> frozenset[str]:
    """Attributes that the class body binds to something that can be changed in place, and no method binds anew."""
    parts: set[str] = set()
    for statement in node.body:
        match statement:
            case ast.Assign(targets=targets, value=value) if _is_changeable(value):
                parts |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if _is_changeable(value):
                parts.add(name)
    return frozenset(parts - _bound_in_methods(node))


def drawn_parts(node: ast.ClassDef) -> frozenset[str]:
    """Attributes that hold a random generator or an endless iterator, so that a method that uses one changes it."""
    parts: set[str] = set()
    for part in ast.walk(node):
        match part:
            case ast.Assign(targets=targets, value=value) if _is_drawn_from(value):
                parts |= {target.attr for target in targets if isinstance(target, ast.Attribute)}
                parts |= {target.id for target in targets if isinstance(target, ast.Name) and part in node.body}
            case ast.AnnAssign(target=ast.Attribute(attr=name), value=ast.expr() as value) if _is_drawn_from(value):
                parts.add(name)
    return frozenset(parts)


def is_drawn_part(node: ast.AST, receiver: str, parts: frozenset[str]) -> bool:
    """Whether a method uses one of these `parts` of its instance or class."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=part, ctx=ast.Load()):
            return name == receiver and part in parts
    return False


def _is_drawn_from(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=function):
            return last_name(function) in GENERATOR_MAKERS or dotted_name(function) in _ITERATOR_MAKERS
        case ast.IfExp(body=body, orelse=orelse):
            return _is_drawn_from(body) or _is_drawn_from(orelse)
        case ast.BoolOp(values=values):
            return any(map(_is_drawn_from, values))
    return False


def _bound_in_methods(node: ast.ClassDef) -> set[str]:
    targets: list[ast.expr] = []
    for part in ast.walk(node):
        match part:
            case ast.Assign(targets=found):
                targets += found
            case ast.AnnAssign(target=found, value=ast.expr()):
                targets.append(found)
    return {target.attr for target in targets if isinstance(target, ast.Attribute)}


def _is_changeable(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return last_name(node.func) not in _FIXED_PARTS
    return isinstance(node, _CONTAINERS)


def is_part_of_class(node: ast.expr, receiver: str, parts: frozenset[str]) -> bool:
    """Whether an expression in a method is the class of its instance `receiver`, or part of what the class holds.

    `parts` are the attributes that are found in the class.
    """
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name == receiver:
            return attribute == "__class__" or attribute in parts
        case ast.Call(func=ast.Name(id="type"), args=[ast.Name(id=name)]):
            return name == receiver
        case ast.Attribute(value=inner) | ast.Subscript(value=inner):
            return is_part_of_class(inner, receiver, parts)
    return False


def has_own_equality(node: ast.ClassDef) -> bool:
    """Whether instances may be equal to others, or come back as the same object from wherever they travel."""
    bases = [last_name(base) for base in node.bases]
    decorators = [last_name(one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list]
    return (
        any(isinstance(part, ast.FunctionDef) and part.name == "__eq__" for part in node.body)
        or any(name in {"dataclass", "define", "frozen", "attrs", "s"} for name in decorators)
        or any(name.endswith(("Enum", "Flag", "Tuple", "Dict", "Error", "Exception", "Protocol")) for name in bases)
    )


def takes_class(node: FunctionNode) -> bool:
    """Whether the first parameter of a method is the class."""
    if isinstance(node, ast.Lambda):
        return False
    return node.name in _CLASS_METHODS or any(last_name(one) == "classmethod" for one in node.decorator_list)


def is_special(name: str) -> bool:
    """Whether a method is one that Python knows: ``__len__``."""
    return name.startswith("__") and name.endswith("__")


def receiver_of(node: FunctionNode) -> Literal["", "class", "instance"]:
    """What the first parameter of a method is given, if it is no argument of the call."""
    names = {last_name(one) for one in getattr(node, "decorator_list", ())}
    return "" if "staticmethod" in names else "class" if takes_class(node) else "instance"


def keeps_value(node: FunctionNode) -> bool:
    """Whether a method is read as an attribute, and its instance keeps what it gave: ``@cached_property``."""
    return any(last_name(one) == "cached_property" for one in getattr(node, "decorator_list", ()))


def is_setter(node: FunctionNode) -> bool:
    """Whether a method is run by an assignment to an attribute, or by ``del``, which show that the instance changes."""
    return any(last_name(one) in {"setter", "deleter"} for one in getattr(node, "decorator_list", ()))


def runs_unnamed(node: FunctionNode) -> bool:
    """Whether a method runs where its name is not written: a property, ``__call__``, ``__len__``, ``__repr__``."""
    if isinstance(node, ast.Lambda):
        return False
    if is_special(node.name):
        return node.name not in _NAMED_METHODS
    return any(last_name(one).endswith("property") for one in node.decorator_list)


def as_method(node: ast.FunctionDef | ast.AsyncFunctionDef, body: Body) -> tuple[Body, bool]:
    """A function of a class body, and whether calling it changes the instance."""
    receiver = body.parameters[0] if body.parameters else ""
    changed = body.changed_parameters | ({receiver} if keeps_value(node) else frozenset())
    # __init__ makes the instance; it does not change one that anybody has seen.
    changes = receiver in changed and node.name not in {"__init__", "__new__"}
    return msgspec.structs.replace(body, receiver=receiver_of(node), changed_parameters=changed), changes


def functions_in(body: Iterable[ast.stmt]) -> Iterator[FunctionNode]:
    """Functions made while a class body runs, in branches and nested classes too."""
    stack: list[ast.AST] = list(reversed(list(body)))
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield node
        else:
            stack.extend(reversed(list(ast.iter_child_nodes(node))))


def close_over_calls(changes: dict[str, bool], calls: Mapping[str, set[tuple[str, bool]]]) -> None:
    """A method that calls a changing method of its own instance changes it too."""
    progress = True
    while progress:
        progress = False
        for method, called in calls.items():
            if (
                not changes[method]
                and method != "__init__"
                and any(changes.get(name, discarded) for name, discarded in called)
            ):
                changes[method] = progress = True
