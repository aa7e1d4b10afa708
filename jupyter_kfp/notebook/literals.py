"""Values of literals in source, as JSON can hold them."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

LARGEST_INTEGER = 2**53
"""KFP passes numbers as doubles: integers up to here survive."""

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_LARGEST_EXPONENT = 64


class NotLiteralError(Exception):
    """The expression is no literal; ``node`` is the part that is not."""

    def __init__(self, node: ast.AST) -> None:
        super().__init__()
        self.node = node


class UnfitValueError(Exception):
    """The expression is a literal, but no parameter can hold its value: ``problem`` and ``hint`` say why."""

    def __init__(self, problem: str, hint: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


class Literal:
    """Evaluates one expression; notes whether it holds tuples, which become lists."""

    def __init__(self) -> None:
        self.has_tuples = False

    def value(self, node: ast.expr) -> Any:
        """Value of the expression. Raises `NotLiteralError` or `UnfitValueError`."""
        match node:
            case ast.Constant():
                return self._constant(node.value)
            case ast.List() | ast.Tuple():
                self.has_tuples |= isinstance(node, ast.Tuple)
                return [self.value(element) for element in node.elts]
            case ast.Dict():
                return self._dict(node)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()) | ast.BinOp():
                return self._number(node)
            case ast.UnaryOp(op=ast.Not(), operand=ast.Constant(value=bool() as truth)):
                return not truth
            case ast.Set():
                raise UnfitValueError("it is a set, which JSON does not have", "write a list: [...]")
        raise NotLiteralError(node)

    def _constant(self, value: Any) -> Any:
        if isinstance(value, str):
            try:
                value.encode("utf-8")
            except UnicodeEncodeError:
                raise UnfitValueError("it holds half of a character (a lone surrogate)", "delete that") from None
            return value
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, (int, float)):
            return _checked_number(value)
        names = {bytes: "bytes", complex: "a complex number", type(...): "an ellipsis"}
        raise UnfitValueError(
            f"it is {names.get(type(value), type(value).__name__)}, which JSON does not have",
            "write text, a number, a list or a dict",
        )

    def _dict(self, node: ast.Dict) -> dict[str, Any]:
        result = {}
        for key_node, value_node in zip(node.keys, node.values, strict=True):
            if key_node is None:  # {**other}
                raise NotLiteralError(value_node)
            key = self.value(key_node)
            if not isinstance(key, str):
                raise UnfitValueError(f"its key {key!r} is not text, which JSON demands", f'write "{key}"')
            result[key] = self.value(value_node)
        return result

    def _number(self, node: ast.expr) -> Any:
        return _checked_number(self._calculated(node))

    def _calculated(self, node: ast.expr) -> Any:
        """Calculate with numbers, so that ``60 * 60`` is a literal too."""
        match node:
            case ast.Constant(value=bool()):
                raise NotLiteralError(node)
            case ast.Constant(value=int() | float() as number):
                return number
            case ast.Constant(value=complex()):
                return self._constant(node.value)
            case ast.UnaryOp(op=ast.USub()):
                return -self._calculated(node.operand)
            case ast.UnaryOp(op=ast.UAdd()):
                return self._calculated(node.operand)
            case ast.BinOp() if type(node.op) in _ARITHMETIC:
                left, right = self._calculated(node.left), self._calculated(node.right)
                if isinstance(node.op, ast.Pow) and abs(right) > _LARGEST_EXPONENT:
                    raise NotLiteralError(node)
                try:
                    result = _ARITHMETIC[type(node.op)](left, right)
                except (ArithmeticError, ValueError):
                    raise NotLiteralError(node) from None
                if not isinstance(result, complex):
                    return result
        raise NotLiteralError(node)


def _checked_number(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        raise UnfitValueError("it is not a finite number, which JSON does not have", "use None, or text")
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        raise UnfitValueError(
            "it is beyond 2^53, and KFP passes numbers as doubles, which would round it", "pass it as text"
        )
    return value
