"""Small facts about values, for people: the type, the shape, the columns. Nothing here may cost or raise."""

from __future__ import annotations

import sys
from typing import Any

MAX_COLUMNS = 50


def type_name(value: object) -> str:
    """Qualified name of a value's class; of a built-in one or one of the notebook without its module."""
    kind = type(value)
    if kind.__module__ in ("builtins", "__main__"):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def facts(value: object) -> dict[str, Any]:
    """JSON facts for display: ``shape``, ``columns`` (the first 50), ``dtype``, ``length``."""
    found: dict[str, Any] = {}
    shape = _shape(value)
    if shape is not None:
        found["shape"] = list(shape)
    pandas: Any = sys.modules.get("pandas")
    numpy: Any = sys.modules.get("numpy")
    if pandas is not None and isinstance(value, pandas.DataFrame):
        found["columns"] = [str(name) for name in value.columns[:MAX_COLUMNS]]
    elif numpy is not None and isinstance(value, numpy.ndarray):
        found["dtype"] = str(value.dtype)
    elif isinstance(value, str | bytes | bytearray | list | tuple | dict | set | frozenset):
        found["length"] = len(value)
    return found


def summary(name: str, value: object, producer: str) -> str:
    """One line on an input, e.g. ``df  DataFrame 336776 x 19, from prepare``."""
    return f"{name}  {_in_short(value)}{f', from {producer}' if producer else ''}"


def _in_short(value: object) -> str:
    kind = type(value)
    shape = _shape(value)
    if shape is not None:
        return f"{kind.__name__} {' x '.join(map(str, shape)) if shape else 'scalar'}"
    if isinstance(value, int | float | bool | None) or (isinstance(value, str) and len(value) <= 40):
        return repr(value)
    if isinstance(value, str | bytes | bytearray | list | tuple | dict | set | frozenset):
        return f"{kind.__name__} of {len(value)}"
    return kind.__qualname__


def _shape(value: object) -> tuple[int, ...] | None:
    """Of what is known to have one: asking any object could run anything."""
    if not type(value).__module__.startswith(("numpy", "pandas", "scipy", "polars", "pyarrow", "torch")):
        return None
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and all(isinstance(length, int) for length in shape):
        return tuple(int(length) for length in shape)
    return None
