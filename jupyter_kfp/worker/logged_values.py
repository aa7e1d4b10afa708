"""Checks of what the user logs: each either gives plain data or raises a `KfpError` that names the argument."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_kfp.errors import KfpError

MAX_NAME = 200


def checked_name(name: object, caller: str) -> str:
    """A name to log under: text of one line, up to 200 characters. Raises `KfpError` KFP322."""
    if not isinstance(name, str):
        raise KfpError("KFP322", f"{caller}: the name must be a string, not {type(name).__name__}")
    text = name.strip()
    if not text or len(text) > MAX_NAME or not text.isprintable():
        raise KfpError(
            "KFP322",
            f"{caller}: the name {name[:40]!r} is empty, longer than {MAX_NAME} characters or not of one line",
        )
    return text


def finite_number(value: object, what: str, code: str = "KFP321") -> float:
    """A number, also of numpy, torch and the like. Raises `KfpError` if it is none, or infinite, or not a number."""
    if isinstance(value, str | bytes | bytearray | None) or not hasattr(type(value), "__float__"):
        raise KfpError(code, f"{what} must be a number, not {type(value).__name__}")
    try:
        number = float(value)  # type: ignore[arg-type]  # it has __float__
    except Exception as error:  # noqa: BLE001  any library's own conversion, e.g. of an array with two elements
        raise KfpError(code, f"{what} of type {type(value).__name__} is not one number: {error}") from None
    if not math.isfinite(number):
        raise KfpError(code, f"{what} is {number}, not a finite number", hint="skip it, or log it as a parameter text")
    return number


def step_number(step: object, what: str) -> int | None:
    """A step of a series: an integer from 0, or None. Raises `KfpError` KFP321."""
    if step is None:
        return None
    try:
        number = operator.index(step)  # type: ignore[arg-type]  # the question
    except TypeError:
        raise KfpError("KFP321", f"{what} must be an integer, not {type(step).__name__}") from None
    if number < 0 or isinstance(step, bool):
        raise KfpError("KFP321", f"{what} must be an integer from 0, not {step!r}")
    return number


def plain_params(params: object, values: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as JSON data. Raises `KfpError` KFP323 naming the one that is not."""
    if params is not None and not isinstance(params, Mapping):
        raise KfpError(
            "KFP323",
            f"log_params takes a dict or keywords, not {type(params).__name__}",
            hint="log_params(depth=3) or log_params({'depth': 3})",
        )
    merged = {**(params or {}), **values}
    return {checked_name(name, "log_params"): _plain(value, f"log_params: {name}") for name, value in merged.items()}


def _plain(value: Any, what: str) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return int(value) if isinstance(value, int) else finite_number(value, what, "KFP323")
    if isinstance(value, list | tuple):
        return [_plain(each, f"{what}[{index}]") for index, each in enumerate(value)]
    if isinstance(value, Mapping):
        return {str(key): _plain(each, f"{what}[{key!r}]") for key, each in value.items()}
    if callable(getattr(value, "item", None)) and getattr(value, "ndim", None) == 0:  # a scalar of numpy, torch, ...
        return _plain(value.item(), what)
    if callable(getattr(value, "tolist", None)):
        return _plain(value.tolist(), what)
    raise KfpError(
        "KFP323", f"{what} of type {type(value).__name__} is not JSON data", hint="log str(...) or a part of it"
    )


def existing_path(path: object, caller: str) -> Path:
    """A file or folder that exists. Raises `KfpError` KFP324."""
    if not isinstance(path, str | os.PathLike):
        raise KfpError("KFP324", f"{caller}: the path must be a string or a path, not {type(path).__name__}")
    found = Path(os.fsdecode(path))
    if not found.exists():
        raise KfpError("KFP324", f"{caller}: {found} does not exist", hint=f"looked in {Path.cwd()}")
    return found.absolute()


def text_or_file(value: object, caller: str, suffixes: tuple[str, ...]) -> str | Path:
    """The text, or the file that is meant. Raises `KfpError` KFP324."""
    if isinstance(value, os.PathLike):
        return _file(value, caller)
    if not isinstance(value, str):
        raise KfpError("KFP324", f"{caller} takes a text or a path, not {type(value).__name__}")
    one_line = "\n" not in value and "<" not in value
    return _file(value, caller) if one_line and value.lower().endswith(suffixes) else value


def _file(value: object, caller: str) -> Path:
    path = existing_path(value, caller)
    if not path.is_file():
        raise KfpError("KFP324", f"{caller}: {path} is not a file")
    return path


def confusion_matrix(labels: Iterable[Any], matrix: Iterable[Iterable[Any]]) -> dict[str, Any]:
    """KFP's ``confusionMatrix``. Raises `KfpError` KFP327."""
    names, rows = _sequence(labels, "labels", "KFP327"), _sequence(matrix, "matrix", "KFP327")
    cells = [_sequence(row, f"row {index} of matrix", "KFP327") for index, row in enumerate(rows, 1)]
    lengths = {len(row) for row in cells}
    if not names or len(cells) != len(names) or lengths != {len(names)}:
        raise KfpError(
            "KFP327",
            f"log_confusion_matrix: {len(names)} labels need a matrix of as many rows and columns, "
            f"this one has {len(cells)} rows of {', '.join(map(str, sorted(lengths))) or 'no'} columns",
        )
    return {
        "annotationSpecs": [{"displayName": str(name)} for name in names],
        "rows": [
            {"row": [finite_number(each, f"log_confusion_matrix: row {index}", "KFP327") for each in row]}
            for index, row in enumerate(cells, 1)
        ],
    }


def roc_curve(fpr: Iterable[Any], tpr: Iterable[Any], thresholds: Iterable[Any]) -> list[dict[str, float]]:
    """KFP's ``confidenceMetrics``. Raises `KfpError` KFP328."""
    columns = {"fpr": fpr, "tpr": tpr, "thresholds": thresholds}
    listed = {name: _sequence(values, name, "KFP328") for name, values in columns.items()}
    lengths = {name: len(values) for name, values in listed.items()}
    if len(set(lengths.values())) != 1 or not lengths["fpr"]:
        counts = ", ".join(f"{name} {count}" for name, count in lengths.items())
        raise KfpError("KFP328", f"log_roc_curve needs sequences of one length, not {counts}")
    levels = _finite_thresholds(listed["thresholds"])
    return [
        {
            "confidenceThreshold": level,
            "recall": _rate(true_rate, "tpr", index),
            "falsePositiveRate": _rate(false_rate, "fpr", index),
        }
        for index, (level, true_rate, false_rate) in enumerate(zip(levels, listed["tpr"], listed["fpr"], strict=True))
    ]


def _rate(value: object, name: str, index: int) -> float:
    number = finite_number(value, f"log_roc_curve: {name}[{index}]", "KFP328")
    if not 0 <= number <= 1:
        raise KfpError("KFP328", f"log_roc_curve: {name}[{index}] is {number}, not a rate from 0 to 1")
    return number


def _finite_thresholds(thresholds: Sequence[Any]) -> list[float]:
    first, rest = thresholds[0], thresholds[1:]
    what = "log_roc_curve: thresholds"
    levels = [finite_number(each, f"{what}[{index}]", "KFP328") for index, each in enumerate(rest, 1)]
    if hasattr(type(first), "__float__") and float(first) == math.inf:
        return [max(levels, default=0.0) + 1.0, *levels]
    return [finite_number(first, f"{what}[0]", "KFP328"), *levels]


def _sequence(values: object, name: str, code: str) -> list[Any]:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise KfpError(code, f"{name} must be a sequence, not {type(values).__name__}")
    return list(values)
