"""Levels and handlers of Python's logging, as far as they can be made again in another process."""

from __future__ import annotations

import logging
import sys
from typing import Any

_STREAMS = {"stdout": "stdout", "stderr": "stderr"}
Handler = tuple[str, str, int, Any]
"""Kind (``stream``, ``file``, ``null`` or ``pickled``), which one, level, and the formatter or the handler itself."""
Logger = tuple[int, bool, bool, list[Handler]]


class _Baseline:
    """Loggers as they were before anything of the notebook ran: those of the kernel have handlers of its own."""

    def __init__(self) -> None:
        self.facts = {name: _facts(one) for name, one in _loggers().items()}


def begin_step() -> None:
    """Note what the loggers are like now."""
    global _baseline  # noqa: PLW0603  one kernel process runs one step
    _baseline = _Baseline()


def _loggers() -> dict[str, logging.Logger]:
    found = {name: one for name, one in logging.root.manager.loggerDict.items() if isinstance(one, logging.Logger)}
    return {"": logging.root} | found


def _facts(one: logging.Logger) -> tuple[int, bool, bool, list[int]]:
    return one.level, one.propagate, one.disabled, [id(handler) for handler in one.handlers]


def read() -> tuple[int, dict[str, Logger]]:
    """The level below which all is off, and each logger that was changed, by name; empty for the root."""
    found = {}
    for name, one in _loggers().items():
        before = _baseline.facts.get(name, (logging.NOTSET, True, False, []))
        if _facts(one) != before:
            added = [handler for handler in one.handlers if id(handler) not in before[3]]
            found[name] = (one.level, one.propagate, one.disabled, [_handler(handler) for handler in added])
    return logging.root.manager.disable, found


def write(state: tuple[int, dict[str, Logger]]) -> None:
    """Set them."""
    logging.root.manager.disable = state[0]
    for name, (level, propagate, disabled, handlers) in state[1].items():
        one = logging.getLogger(name) if name else logging.root
        one.setLevel(level)
        one.propagate, one.disabled = propagate, disabled
        known = [_handler(handler)[:3] for handler in one.handlers]
        for handler in handlers:
            if handler[:3] not in known:
                one.addHandler(_made(handler))


def _handler(handler: logging.Handler) -> Handler:
    kind = type(handler)
    if isinstance(handler, logging.StreamHandler) and kind is logging.StreamHandler:
        for name in _STREAMS:
            if handler.stream in {getattr(sys, name), getattr(sys, f"__{name}__")}:
                return "stream", name, handler.level, handler.formatter
    if isinstance(handler, logging.FileHandler) and kind is logging.FileHandler:
        return "file", handler.baseFilename, handler.level, (handler.formatter, handler.encoding)
    if kind is logging.NullHandler:
        return "null", "", handler.level, None
    return "pickled", kind.__qualname__, handler.level, handler


def _made(described: Handler) -> logging.Handler:
    kind, which, level, rest = described
    handler: logging.Handler
    if kind == "stream":
        handler = logging.StreamHandler(getattr(sys, which))
        handler.setFormatter(rest)
    elif kind == "file":
        formatter, encoding = rest
        handler = logging.FileHandler(which, mode="a", encoding=encoding)
        handler.setFormatter(formatter)
    elif kind == "null":
        handler = logging.NullHandler()
    else:
        handler = rest
    handler.setLevel(level)
    return handler


_baseline = _Baseline()
