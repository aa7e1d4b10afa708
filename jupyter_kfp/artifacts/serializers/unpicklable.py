"""Which part of a value cannot be pickled, and what to do instead."""

from __future__ import annotations

import contextvars
import inspect
import io
import pickle
import queue
import re
import socket
import threading
import types
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.artifacts.serializers.value_pickler import ValuePickler

_MAX_DEPTH = 20
_MAX_TRIALS = 300
"""Times that a part is pickled in search of the culprit."""


@dataclass(frozen=True)
class Culprit:
    """The innermost part that fails."""

    path: str
    """An expression, e.g. ``config['handle']``."""
    type_name: str
    advice: str


def explain(value: object, name: str, names: NotebookNames, error: Exception) -> Culprit:
    """Find the part of a value that cannot be pickled. Never raises on behalf of the value."""
    search = _Search(names)
    path, part = search.innermost(value, name)
    kind = type(part)
    module = "" if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}."
    return Culprit(path, f"{module}{kind.__qualname__}", _advice([*search.around, part], error))


class _Search:
    def __init__(self, names: NotebookNames) -> None:
        self._names = names
        self._trials = 0
        self._on_path: set[int] = set()
        self.around: list[object] = []
        """What the innermost part lies in, from the outside."""

    def innermost(self, value: object, path: str) -> tuple[str, object]:
        for _ in range(_MAX_DEPTH):
            self._on_path.add(id(value))
            parts = [part for part in _parts(value, path) if id(part[1]) not in self._on_path]
            failing = self._first_failing(parts)
            if failing is None:
                break
            self.around.append(value)
            path, value = failing
        return path, value

    def _first_failing(self, parts: Sequence[tuple[str, object]]) -> tuple[str, object] | None:
        """Halve the parts until one is left: as many trials as the number of parts has binary digits."""
        if not parts or not self._fails([part for _, part in parts]):
            return None
        while len(parts) > 1:
            half = parts[: len(parts) // 2]
            parts = half if self._fails([part for _, part in half]) else parts[len(parts) // 2 :]
        # The last one may only fail together with others, or not at all once the trials are used up.
        return parts[0] if self._fails([parts[0][1]]) else None

    def _fails(self, parts: list[object]) -> bool:
        self._trials += 1
        if self._trials > _MAX_TRIALS:
            return False
        try:
            ValuePickler(self._names).dump(parts)
        except Exception:  # noqa: BLE001  that it fails is the answer
            return True
        return False


def _parts(value: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield f"{path}[{_short(key)}]", each
            yield f"key {_short(key)} of {path}", key
    elif isinstance(value, list | tuple):
        yield from ((f"{path}[{index}]", each) for index, each in enumerate(value))
    elif isinstance(value, set | frozenset):
        yield from ((f"an element of {path}", each) for each in value)
    if isinstance(value, types.FunctionType):
        yield from _function_parts(value, path)
    elif isinstance(value, types.MethodType):
        yield f"{path}.__self__", value.__self__
    elif isinstance(value, type) or not hasattr(value, "__getstate__"):
        yield from _attributes(value, path)
    else:
        yield from _attributes(value, path)
        yield from _slots(value, path)


def _function_parts(function: types.FunctionType, path: str) -> Iterator[tuple[str, object]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield f"{name} in the closure of {path}", cell.cell_contents
        except ValueError:
            continue
    yield from ((f"a default of {path}", each) for each in function.__defaults__ or ())
    yield from ((f"the default {name} of {path}", each) for name, each in (function.__kwdefaults__ or {}).items())
    yield from ((f"{path}.{name}", each) for name, each in function.__dict__.items())


def _attributes(value: object, path: str) -> Iterator[tuple[str, object]]:
    for name, each in dict(getattr(value, "__dict__", {})).items():
        if not (isinstance(value, type) and name.startswith("__")):
            yield f"{path}.{name}", each


def _slots(value: object, path: str) -> Iterator[tuple[str, object]]:
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            try:
                each = object.__getattribute__(value, name)
            except AttributeError:
                continue
            if name not in ("__dict__", "__weakref__"):
                yield f"{path}.{name}", each


def _short(key: object) -> str:
    text = repr(key) if isinstance(key, str | int | float | bool | tuple) else f"<{type(key).__name__}>"
    return text if len(text) <= 60 else f"{text[:57]}..."


# --- advice

_SAME_STEP = "or put the cells that make and use it into one step"
_OPEN_MODULES = frozenset({"_csv", "posix", "_hashlib", "_md5", "_sha2", "_blake2", "zlib", "_bz2", "_lzma", "select"})
"""Modules whose objects are in the middle of something: readers, hashes, compressors."""
_CONNECTION_MODULES = frozenset({"sqlite3", "sqlalchemy", "psycopg", "psycopg2", "pymysql", "_duckdb", "redis"})


def _is_connection(part: object) -> bool:
    module = type(part).__module__.split(".")[0]
    return module in _CONNECTION_MODULES


_ADVICE: list[tuple[Callable[[Any], bool], str]] = [
    (lambda part: isinstance(part, io.IOBase), "pass the path and open the file in the step that uses it"),
    (_is_connection, "pass the address or file name and connect in each step that uses it"),
    (lambda part: isinstance(part, socket.socket), "open the connection in the step that uses it"),
    (lambda part: type(part).__module__ == "logging", "set the logging up in a setup cell"),
    (inspect.isgenerator, "a generator cannot be resumed elsewhere: make a list of it, list(...)"),
    (lambda part: inspect.iscoroutine(part) or inspect.isasyncgen(part), "await it and pass the result"),
    (
        lambda part: isinstance(part, threading.Thread) or type(part).__module__ in ("_thread", "threading"),
        "a lock or thread belongs to one process: leave it out of the object's state with __getstate__",
    ),
    (lambda part: isinstance(part, types.ModuleType), "import it in a setup cell instead of passing it"),
    (
        lambda part: type(part).__module__.startswith("weakref") or isinstance(part, weakref.ReferenceType),
        "weak references do not cross processes: pass the objects themselves",
    ),
    (
        lambda part: isinstance(part, re.Match),
        "pass what is needed of the match, e.g. match.group()",
    ),
    (
        lambda part: isinstance(part, Executor | Future) or type(part).__module__.startswith("multiprocessing"),
        "pools and futures belong to one process: pass the results, and make a pool in each step that needs one",
    ),
    (
        lambda part: isinstance(part, contextvars.ContextVar | contextvars.Context),
        "make it in a setup cell, and set it in each step",
    ),
    (
        lambda part: isinstance(part, queue.Queue | queue.SimpleQueue),
        "pass its content as a list, and make a queue of it in the step that uses it",
    ),
    (
        lambda part: type(part).__module__ in _OPEN_MODULES,
        "make it again in the step that uses it, from what was put into it",
    ),
]


def _advice(parts: Sequence[object], error: Exception) -> str:
    """By the outermost part of a known kind: of a connection the lock in it is not what to speak of."""
    if isinstance(error, pickle.PicklingError) and "nested too deeply" in str(error):
        return f"flatten the structure, {_SAME_STEP}"
    for part in parts:
        for applies, advice in _ADVICE:
            if applies(part):
                return f"{advice}, {_SAME_STEP}"
    return f"pass what is needed to make it again, {_SAME_STEP}"
