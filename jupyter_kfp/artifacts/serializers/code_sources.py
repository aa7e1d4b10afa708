"""The text of the cells in which functions were defined: it travels with their code.

So ``inspect.getsource`` and tracebacks show it in every step, as they do in the notebook.
"""

from __future__ import annotations

import linecache
import re
import types
from collections.abc import Callable
from typing import Any

_CELL = re.compile(r"(setup cell|cell) \d+")


def is_cell(label: str) -> bool:
    """Whether this is the stable name of a cell, and not of a file."""
    return _CELL.match(label) is not None


class _Known:
    texts: dict[str, str] = {}
    """By the stable name of a cell; one object for all code of a cell, so that a stream holds it once."""


def reduce_with_source(code: types.CodeType, label: str, reduction: tuple[Any, ...]) -> tuple[Any, ...]:
    """The reduction of a code object under its stable name, with the text of its cell if that is known.

    cloudpickle 3.1.3 leaves out where code comes from, which tracebacks need.
    """
    constructor, arguments, *_ = reduction
    return make_code, (constructor, label, _text(code, label) if is_cell(label) else "", *arguments)


def _text(code: types.CodeType, label: str) -> str:
    if label not in _Known.texts:
        lines = linecache.cache.get(code.co_filename)
        if lines is None or len(lines) < 3:
            return ""
        _Known.texts[label] = "".join(lines[2])
    return _Known.texts[label]


# --- what pickle streams call; the names are part of the format


def make_code(constructor: Callable[..., types.CodeType], label: str, text: str, *arguments: Any) -> types.CodeType:
    """A code object whose source can be asked for."""
    if text and label not in _Known.texts:
        _Known.texts[label] = text
        linecache.cache[label] = (len(text), None, text.splitlines(keepends=True), label)
    return constructor(*arguments).replace(co_filename=label)
