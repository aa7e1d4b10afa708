"""Values of parameters: whether a value fits a declared type, and what a text from a command line means."""

from __future__ import annotations

import ast
import json
import math
from typing import Any

from jupyter_kfp.spec.model import InputParameter, ParameterType

_PRIMITIVES: dict[str, ParameterType] = {"INT": "NUMBER_INTEGER", "DOUBLE": "NUMBER_DOUBLE", "STRING": "STRING"}
_EXPECTED: dict[str, str] = {
    "NUMBER_DOUBLE": "a number",
    "NUMBER_INTEGER": "a whole number",
    "STRING": "text",
    "BOOLEAN": "true or false",
    "LIST": "a list",
    "STRUCT": "a dictionary",
}
_TRUTH = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
MAX_EXACT_INT = 2**53
"""Numbers travel as doubles on a Kubeflow Pipelines server; here whole numbers stay exact beyond that."""


def declared_type(parameter: InputParameter) -> str:
    """``parameterType``, or the deprecated ``type`` in the same words."""
    return parameter.parameter_type or _PRIMITIVES.get(parameter.type or "", "STRING")


def describe_type(type_name: str) -> str:
    """What a value of the type is, in words."""
    return _EXPECTED.get(type_name, f"a value of type {type_name}")


def fit_value(value: Any, type_name: str) -> Any:
    """The value as the type wants it: ``5.0`` becomes 5 for a whole number, 1 becomes 1.0 for a number.

    Raises `ValueError` with the reason if it does not fit.
    """
    if type_name == "NUMBER_INTEGER" and _is_number(value) and _is_whole(value):
        return int(value)
    if type_name == "NUMBER_DOUBLE" and _is_number(value):
        return float(value)
    fits = {
        "STRING": isinstance(value, str),
        "BOOLEAN": isinstance(value, bool),
        "LIST": isinstance(value, list),
        "STRUCT": isinstance(value, dict),
    }
    if fits.get(type_name, type_name not in _EXPECTED):
        return value
    raise ValueError(f"expected {describe_type(type_name)}, got {shorten(value)}")


def infinite_part(value: Any) -> str | None:
    """Where in a value is a number that JSON does not have: ``""`` for the value itself, ``[0]['x']`` inside it."""
    if isinstance(value, float):
        return None if math.isfinite(value) else ""
    parts: list[tuple[Any, Any]] = []
    if isinstance(value, list):
        parts = list(enumerate(value))
    elif isinstance(value, dict):
        parts = list(value.items())
    for key, part in parts:
        below = infinite_part(part)
        if below is not None:
            return f"[{key!r}]{below}"
    return None


def has_doubles_only(sdk_version: str | None) -> bool:
    """Whether the author of a pipeline wrote all numbers as doubles: the KFP SDK does, by way of protobuf."""
    return (sdk_version or "").startswith("kfp-")


def whole_numbers(value: Any) -> Any:
    """Lists and dictionaries with 3 in the place of 3.0, as KFP's launcher writes doubles."""
    if isinstance(value, list):
        return [_whole_item(item) for item in value]
    if isinstance(value, dict):
        return {key: _whole_item(item) for key, item in value.items()}
    return value


def parse_text(text: str, type_name: str) -> Any:
    """The value that a text from a command line means for the type. Raises `ValueError` with the reason."""
    if type_name == "STRING":
        return text
    if type_name == "BOOLEAN":
        if text.strip().lower() not in _TRUTH:
            raise ValueError(f"expected {describe_type(type_name)}, got {text!r}")
        return _TRUTH[text.strip().lower()]
    if type_name == "NUMBER_INTEGER":
        return _parse(int, text, type_name) if "." not in text and "e" not in text.lower() else _whole(text)
    if type_name == "NUMBER_DOUBLE":
        return _parse(float, text, type_name)
    value = _literal(text, type_name)
    try:
        return fit_value(value, type_name)
    except ValueError:
        raise ValueError(f"expected {describe_type(type_name)} as JSON, got {text!r}") from None


def written_as(text: str, type_name: str) -> str | None:
    """How a text that is no list or dictionary may have been meant, as JSON; None for other types."""
    if type_name == "STRUCT":
        return '{"name": "value"}'
    if type_name != "LIST" or text.lstrip().startswith("{"):
        return None
    return json.dumps([_item(part.strip()) for part in text.strip(" ()[]{}").split(",") if part.strip()])


def as_text(value: Any) -> str:
    """A value in a text parameter, as the KFP driver writes it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def shorten(value: Any, limit: int = 60) -> str:
    """A value for a message, as JSON where it is JSON."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: float) -> bool:
    return isinstance(value, int) or (math.isfinite(value) and value.is_integer())


def _parse(kind: type[int | float], text: str, type_name: str) -> Any:
    try:
        return kind(text.strip())
    except ValueError:
        raise ValueError(f"expected {describe_type(type_name)}, got {text!r}") from None


def _whole(text: str) -> int:
    number = _parse(float, text, "NUMBER_INTEGER")
    if not _is_whole(number):
        raise ValueError(f"expected {describe_type('NUMBER_INTEGER')}, got {text!r}")
    return int(number)


def _literal(text: str, type_name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        pass  # Python's spelling is tried next
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        raise ValueError(f"expected {describe_type(type_name)} as JSON, got {text!r}") from None


def _whole_item(item: Any) -> Any:
    return int(item) if isinstance(item, float) and item.is_integer() else whole_numbers(item)


def _item(text: str) -> Any:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return text
    return value if isinstance(value, int | float | str | None) else text
