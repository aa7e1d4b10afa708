"""What the instances of a class share through it."""

from __future__ import annotations

import ast

from jupyter_kfp.dataflow.expressions import last_name

_CONTAINERS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_CONTAINER_MAKERS = frozenset({"list", "dict", "set", "deque", "defaultdict", "Counter", "OrderedDict", "bytearray"})


def changeable_parts(node: ast.ClassDef) -> frozenset[str]:
    """Attributes that the class body binds to something that can be changed in place, and no method binds anew."""
    parts: set[str] = set()
    for statement in node.body:
        match statement:
            case ast.Assign(targets=targets, value=value) if _is_container(value):
                parts |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if _is_container(value):
                parts.add(name)
    rebound = {
        part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store)
    }
    return frozenset(parts - rebound)


def _is_container(node: ast.expr) -> bool:
    return isinstance(node, _CONTAINERS) or (isinstance(node, ast.Call) and last_name(node.func) in _CONTAINER_MAKERS)


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
