"""Conditions of tasks (``triggerPolicy.condition``): CEL over the task's own inputs, as the KFP driver evaluates them.

The SDK compiles ``dsl.If``, ``Elif`` and ``Else`` to comparisons of ``inputs.parameter_values['...']``, joined by
``&&`` and ``!``. The library is imported when the first condition is met.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.parameter_values import MAX_EXACT_INT

CEL_ERRORS = (ValueError, TypeError, LookupError, RuntimeError, ArithmeticError)
"""What the library raises for an expression that cannot be parsed or evaluated."""
_INT64 = range(-(2**63), 2**63)


def condition_holds(
    expression: str,
    parameter_values: Mapping[str, Any],
    artifacts: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> bool:
    """Whether a task with these inputs is to run.

    `artifacts` are input artifacts by key, each with ``name``, ``uri`` and ``metadata``. Raises `KfpError` KFP304 if
    the expression is broken, reads an input that is not there, compares what cannot be compared, or is no question.
    """
    inputs = {
        "parameter_values": {key: cel_value(value) for key, value in parameter_values.items()},
        "artifacts": {key: {"artifacts": cel_value(list(one))} for key, one in (artifacts or {}).items()},
    }
    try:
        result = evaluate(expression, {"inputs": inputs})
    except CEL_ERRORS as error:
        raise _unusable(expression, describe_cel_error(error)) from None
    if not isinstance(result, bool):
        raise _unusable(expression, f"it gives {result!r}, neither true nor false")
    return result


def evaluate(expression: str, variables: Mapping[str, Any]) -> Any:
    """Evaluate an expression, with KFP's own function ``parseJson``. Raises one of `CEL_ERRORS`."""
    import cel

    return _compiled(expression).execute(cel.Context(dict(variables), {"parseJson": _parse_json}))


def cel_value(value: Any) -> Any:
    """A JSON value as a KFP server would have it: numbers are doubles, but whole ones that a double cannot hold."""
    if isinstance(value, bool) or not isinstance(value, int | list | dict):
        return value
    if isinstance(value, list):
        return [cel_value(item) for item in value]
    if isinstance(value, dict):
        return {key: cel_value(item) for key, item in value.items()}
    return float(value) if abs(value) <= MAX_EXACT_INT or value not in _INT64 else value


def describe_cel_error(error: Exception) -> str:
    """The first sentence of the library's message, in one line."""
    if isinstance(error, KeyError):
        return f"there is no value {error.args[0]!r}"
    text = str(error).split("\n")[0].strip()
    return text or type(error).__name__


@functools.lru_cache(maxsize=256)
def _compiled(expression: str) -> Any:
    import cel

    return cel.compile(expression)


def _parse_json(text: str) -> Any:
    return cel_value(json.loads(text))


def _unusable(expression: str, problem: str) -> KfpError:
    hint = None
    if expression.count("'") % 2 or "\n" in expression:
        hint = "the KFP SDK does not escape quotes and line ends in conditions: compare with a text that has none"
    return KfpError(
        "KFP304",
        f"the condition {expression} cannot be evaluated: {problem}",
        hint=hint,
        details={"condition": expression},
    )
