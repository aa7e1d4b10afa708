"""``parameterExpressionSelector``: a part of a parameter's value, as the KFP driver selects it.

For ``item.name`` in a ``dsl.ParallelFor`` the SDK compiles ``parseJson(string_value)["name"]``; any CEL over
``string_value`` (the value as text or JSON), ``number_value``, ``bool_value``, ``struct_value`` and ``list_value``
goes.
"""

from __future__ import annotations

import json
import re
from typing import Any

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.cel_conditions import CEL_ERRORS, describe_cel_error, evaluate
from jupyter_kfp.spec.parameter_values import as_text, shorten

_KEY = re.compile(r"""\[(?:"([^"\\]*)"|'([^'\\]*)'|(\d+))\]""")
_SELECTION = re.compile(rf"parseJson\(string_value\)((?:{_KEY.pattern})*)")


def select_value(expression: str, value: Any) -> Any:
    """The part of a value that an expression selects; whole numbers stay whole.

    Raises `KfpError` KFP305 if the expression is broken or the value has no such part.
    """
    try:
        simple = _SELECTION.fullmatch(expression.strip())
        if simple is None:
            return evaluate(expression, _variables(value))
        # What the SDK writes needs no CEL, and numbers beyond the range of a double stay exact.
        return _follow(json.loads(value) if isinstance(value, str) else value, simple[1])
    except CEL_ERRORS as error:
        raise KfpError(
            "KFP305",
            f"{expression} cannot be taken from {shorten(value)}: {describe_cel_error(error)}",
            details={"expression": expression},
        ) from None


def _follow(value: Any, keys: str) -> Any:
    for double, single, index in _KEY.findall(keys):
        if index:
            if not isinstance(value, list):
                raise TypeError(f"{shorten(value)} is no list")
            value = value[int(index)]
        else:
            if not isinstance(value, dict):
                raise TypeError(f"{shorten(value)} is no dictionary")
            value = value[double or single]
    return value


def _variables(value: Any) -> dict[str, Any]:
    variables: dict[str, Any] = {"string_value": "" if value is None else as_text(value)}
    if isinstance(value, bool):
        return variables | {"bool_value": value}
    if isinstance(value, int | float):
        return variables | {"number_value": float(value)}
    if isinstance(value, dict):
        return variables | {"struct_value": value}
    return variables | {"list_value": value} if isinstance(value, list) else variables
