"""Parameter types of annotations, type comments and values."""

from __future__ import annotations

import ast
from typing import Any

from jupyter_kfp.spec.model import ParameterType

_BY_NAME: dict[str, ParameterType] = {
    "bool": "BOOLEAN",
    "int": "NUMBER_INTEGER",
    "float": "NUMBER_DOUBLE",
    "str": "STRING",
    "AnyStr": "STRING",
    "LiteralString": "STRING",
    "list": "LIST",
    "List": "LIST",
    "tuple": "LIST",
    "Tuple": "LIST",
    "Sequence": "LIST",
    "Iterable": "LIST",
    "Collection": "LIST",
    "dict": "STRUCT",
    "Dict": "STRUCT",
    "Mapping": "STRUCT",
    "MutableMapping": "STRUCT",
}
_WRAPPERS = frozenset({"Annotated", "ClassVar", "Final"})
_WORDS: dict[str, str] = {
    "BOOLEAN": "a bool",
    "NUMBER_INTEGER": "an int",
    "NUMBER_DOUBLE": "a float",
    "STRING": "a str",
    "LIST": "a list",
    "STRUCT": "a dict",
}


def type_of_value(value: Any) -> ParameterType:
    """Type of a default; None counts as text."""
    match value:
        case bool():
            return "BOOLEAN"
        case int():
            return "NUMBER_INTEGER"
        case float():
            return "NUMBER_DOUBLE"
        case list():
            return "LIST"
        case dict():
            return "STRUCT"
    return "STRING"


def type_in_words(parameter_type: ParameterType) -> str:
    """How Python calls it."""
    return _WORDS[parameter_type]


def fits(value: Any, declared: ParameterType) -> bool:
    """Whether a default agrees with the declared type; None always does, and an int is a float."""
    found = type_of_value(value)
    return value is None or found == declared or (found == "NUMBER_INTEGER" and declared == "NUMBER_DOUBLE")


def type_of_annotation(node: ast.expr | None) -> tuple[ParameterType | None, bool]:
    """Type that an annotation names (None if it names none of the six), and whether it allows None."""
    if node is None:
        return None, False
    parts = _alternatives(node)
    kept = [part for part in parts if not _is_none(part)]
    types = {_single(part) for part in kept}
    optional = len(kept) < len(parts)
    if types == {"NUMBER_INTEGER", "NUMBER_DOUBLE"}:
        return "NUMBER_DOUBLE", optional
    return (types.pop() if len(types) == 1 else None), optional


def type_of_comment(text: str) -> tuple[ParameterType | None, bool]:
    """Type that a ``# type:`` comment names."""
    try:
        return type_of_annotation(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError):
        return None, False


def _alternatives(node: ast.expr) -> list[ast.expr]:
    """Members of a union, nested ones included."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            return _alternatives(ast.parse(node.value.strip(), mode="eval").body)
        except (SyntaxError, ValueError, RecursionError):
            return [node]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _alternatives(node.left) + _alternatives(node.right)
    if isinstance(node, ast.Subscript):
        name = _name(node.value)
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Optional":
            return [*_alternatives(node.slice), ast.Constant(None)]
        if name == "Union":
            return [part for element in inner for part in _alternatives(element)]
        if name in _WRAPPERS:
            return _alternatives(inner[0])
    return [node]


def _single(node: ast.expr) -> ParameterType | None:
    if isinstance(node, ast.Subscript) and _name(node.value) == "Literal":
        choices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        types = {type_of_value(choice.value) if isinstance(choice, ast.Constant) else None for choice in choices}
        return types.pop() if len(types) == 1 else None
    return _BY_NAME.get(_name(node.value if isinstance(node, ast.Subscript) else node))


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_none(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant) and node.value is None) or _name(node) == "NoneType"
