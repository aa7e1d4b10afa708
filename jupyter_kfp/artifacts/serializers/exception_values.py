"""Exceptions as values: pickle calls their class with their `args`, which a class of its own signature refuses.

Kept are the class, `args`, attributes, notes, cause and context. Tracebacks hold frames, which cannot travel.
"""

from __future__ import annotations

import types
from typing import Any

_OF_A_STATEMENT = 1 << 9
"""Flag of classes that are made by running Python code."""


def reduce_exception(error: BaseException) -> Any:
    """Reduction of an exception; `NotImplemented` if pickle's own is right."""
    kind = type(error)
    builtin: Any = next(each for each in kind.__mro__ if not each.__flags__ & _OF_A_STATEMENT)
    if kind.__reduce__ is not builtin.__reduce__ or kind.__reduce_ex__ is not builtin.__reduce_ex__:
        return NotImplemented
    chained = error.__cause__ is not None or error.__context__ is not None or error.__suppress_context__
    own_call = isinstance(kind.__init__, types.FunctionType) or isinstance(kind.__new__, types.FunctionType)
    if not (chained or own_call):
        return NotImplemented
    reduction: Any = error.__reduce_ex__(5)
    _, arguments, *rest = reduction
    state = (rest[0] if rest else None, error.__cause__, error.__context__, error.__suppress_context__)
    return make_exception, (kind, builtin, tuple(arguments)), state, None, None, set_exception_state


# --- what pickle streams call; the names are part of the format


def make_exception(kind: Any, builtin: Any, arguments: tuple[Any, ...]) -> Any:
    """An exception, made as its built-in base makes it: the code of its class is not run."""
    error = builtin.__new__(kind, *arguments)
    builtin.__init__(error, *arguments)
    return error


def set_exception_state(error: Any, state: tuple[Any, Any, Any, bool]) -> Any:
    """Set attributes, cause and context."""
    attributes, error.__cause__, error.__context__, suppress = state
    if attributes is not None:
        error.__setstate__(attributes)
    error.__suppress_context__ = suppress
    return error
