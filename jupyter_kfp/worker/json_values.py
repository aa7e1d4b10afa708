"""What a KFP parameter can carry without loss."""

from __future__ import annotations

import math
from typing import Any

from jupyter_kfp.worker.value_facts import type_name

_LARGEST_EXACT_INTEGER = 2**53
"""KFP carries numbers as doubles."""


def not_json(value: Any, path: str) -> str | None:
    """What keeps a value from crossing as JSON exactly, as a clause that begins with `path`; None if nothing does."""
    kind = type(value)
    if value is None or kind in (bool, str):
        return None
    if kind is int:
        return None if abs(value) <= _LARGEST_EXACT_INTEGER else f"{path} is above 2**53, KFP's largest integer"
    if kind is float:
        return None if math.isfinite(value) else f"{path} is {value}, which JSON cannot carry"
    if kind is list:
        return next(filter(None, (not_json(each, f"{path}[{i}]") for i, each in enumerate(value))), None)
    if kind is dict:
        return _dict_not_json(value, path)
    return f"{path} is of type {type_name(value)}"


def _dict_not_json(value: dict[Any, Any], path: str) -> str | None:
    for key, each in value.items():
        if type(key) is not str:
            return f"{path} has a key of type {type_name(key)}"
        wrong = not_json(each, f"{path}[{key!r}]")
        if wrong is not None:
            return wrong
    return None
