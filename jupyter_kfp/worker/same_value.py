"""Whether two values are the same for their user, although they may be pickled differently.

The guard asks this when the pickle streams of an input before and after a step differ, which alone proves nothing:
equal strings may have become one object, a lazy attribute may have been computed, pandas may have merged its blocks.

Not seen as a change: what `lazy_state` lists; how a frame stores its columns or a sparse matrix its
entries; whether equal parts are one object. Seen as a change: all else, also the order of a dict.
"""

from __future__ import annotations

import copyreg
import pickle
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import xxhash

from jupyter_kfp.artifacts.serializers import frame_attributes, notebook_objects
from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.worker.lazy_state import is_drawing, is_lazy, may_appear, may_fill, without_counters

_ATOMS = (int, str, bytes, bytearray, bool, range, type(None), type(...), types.CodeType)
_BY_IDENTITY = (type, types.ModuleType, types.BuiltinFunctionType)

Pair = tuple[Any, Any, str]


class _Differs(Exception):  # noqa: N818  it carries the answer out of the walk
    pass


def first_difference(before: object, now: object, path: str, names: NotebookNames) -> str | None:
    """Where the second value differs from the first, as an expression that begins with `path`; None if nowhere."""
    return _Comparison(names).run(before, now, path)


class _Comparison:
    def __init__(self, names: NotebookNames) -> None:
        self._names = names
        self._reducers: dict[type, Callable[[Any], Any]] = {
            **copyreg.dispatch_table,
            **notebook_objects.dispatch_table(names),
        }
        self._done: set[tuple[int, int]] = set()
        self._keep: list[object] = []
        """Temporary objects, so that no identity is used twice."""

    def run(self, before: object, now: object, path: str) -> str | None:
        # A list of what is left instead of recursion: values may be nested deeper than Python may call.
        left: list[Pair] = [(before, now, path)]
        while left:
            one, other, place = left.pop()
            if one is other:
                continue
            if type(one) in _ATOMS:
                if type(one) is not type(other) or one != other:
                    return place
                continue
            if (id(one), id(other)) in self._done:
                continue
            self._done.add((id(one), id(other)))
            try:
                parts = list(self._parts(one, other, place))
            except _Differs:
                return place
            except Exception:  # noqa: BLE001  a reducer of any library; what can no longer be reduced was changed
                return place
            self._keep.append(parts)
            left += reversed(parts)
        return None

    def _parts(self, one: Any, other: Any, path: str) -> Iterator[Pair]:
        """Pairs of parts to compare; raises `_Differs` if the two differ by themselves."""
        kind = type(one)
        if kind is not type(other) or kind in _BY_IDENTITY:
            raise _Differs
        if kind in (float, complex):
            _require(repr(one) == repr(other))  # NaN is the same as NaN, 0.0 and -0.0 are not.
        elif kind in (list, tuple):
            _require(len(one) == len(other))
            yield from ((a, b, f"{path}[{i}]") for i, (a, b) in enumerate(zip(one, other, strict=True)))
        elif kind is dict:
            yield from _dict_parts(one, other, path)
        elif kind in (set, frozenset):
            yield from self._set_parts(one, other, path)
        elif kind is pickle.PickleBuffer:
            _require(_memory_digest(one) == _memory_digest(other))
        else:
            yield from self._object_parts(one, other, path)

    def _object_parts(self, one: Any, other: Any, path: str) -> Iterator[Pair]:
        numpy: Any = sys.modules.get("numpy")
        pandas: Any = sys.modules.get("pandas")
        if numpy is not None and type(one) is numpy.ndarray:
            yield from _array_parts(one, other, path)
        elif pandas is not None and isinstance(one, pandas.DataFrame | pandas.Series):
            yield from _frame_parts(one, other, path, pandas)
            before, now = frame_attributes.given_attributes(one), frame_attributes.given_attributes(other)
            yield from _attribute_parts(one, before, now, path)
        elif pandas is not None and isinstance(one, pandas.Index):
            _require(one.dtype == other.dtype and one.equals(other))
            yield list(one.names), list(other.names), f"{path}.names"
        elif pandas is not None and isinstance(one, pandas.api.extensions.ExtensionArray):
            _require(one.dtype == other.dtype and one.equals(other))
        elif type(one).__module__.startswith("scipy.sparse"):
            yield from _sparse_parts(one, other, path)
        elif not is_drawing(type(one)):
            yield from self._reduced_parts(one, other, path)

    def _set_parts(self, one: Any, other: Any, path: str) -> Iterator[Pair]:
        _require(len(one) == len(other))
        if one == other:
            return
        # Elements that compare by identity: pair them by content.
        pairs = zip(sorted(one, key=self._digest), sorted(other, key=self._digest), strict=True)
        yield from ((a, b, f"an element of {path}") for a, b in pairs)

    def _digest(self, value: object) -> bytes:
        from jupyter_kfp.artifacts.serializers.pickled_value import pickle_value

        hasher = xxhash.xxh3_128()
        pickled = pickle_value(value, self._names)
        for piece in (*pickled.stream, *(buffer.view for buffer in pickled.buffers)):
            hasher.update(piece)
        return hasher.digest()

    def _reduced_parts(self, one: Any, other: Any, path: str) -> Iterator[Pair]:
        before, now = self._reduce(one), self._reduce(other)
        if isinstance(before, str) or isinstance(now, str):
            raise _Differs  # Names of globals, of which one was enough to tell: they are not the same object.
        before, now = (*before, *[None] * (6 - len(before))), (*now, *[None] * (6 - len(now)))
        _require(len(before[1]) == len(now[1]))
        yield before[0], now[0], path
        yield from ((a, b, path) for a, b in zip(before[1], now[1], strict=True))
        yield from self._state_parts(one, before[2], now[2], path)
        yield list(before[3] or ()), list(now[3] or ()), path
        yield from _dict_parts(dict(before[4] or ()), dict(now[4] or ()), path)

    def _reduce(self, value: Any) -> Any:
        if isinstance(value, types.FunctionType):
            reduction: Any = (
                notebook_objects.reduce_function(value)
                if self._names.setup_name(value) is None and self._names.owns_function(value)
                else (_code_of, (value.__code__, value.__defaults__), value.__dict__)
            )
        else:
            reducer = self._reducers.get(type(value))
            if reducer is None and frame_attributes.applies_to(type(value)):
                reduction = frame_attributes.reduce(value, 5)
            else:
                reduction = value.__reduce_ex__(5) if reducer is None else reducer(value)
        self._keep.append(reduction)
        return reduction

    def _state_parts(self, owner: object, before: Any, now: Any, path: str) -> Iterator[Pair]:
        if type(before) is tuple and type(now) is tuple and len(before) == len(now) == 2:  # dict and slots
            for first, second in zip(before, now, strict=True):
                yield from self._state_parts(owner, first, second, path)
        elif type(before) is dict and type(now) is dict:
            yield from _attribute_parts(owner, before, now, path)
        else:
            yield without_counters(type(owner), before), without_counters(type(owner), now), path


def _code_of(*_: object) -> None:
    """Stand in for what would make a function again."""


def _require(same: object) -> None:
    if not same:
        raise _Differs


def _dict_parts(one: Mapping[Any, Any], other: Mapping[Any, Any], path: str) -> Iterator[Pair]:
    _require(len(one) == len(other))
    for (key, value), (other_key, other_value) in zip(one.items(), other.items(), strict=True):
        shown = repr(other_key) if isinstance(other_key, str | int | tuple) else f"<{type(other_key).__name__}>"
        yield key, other_key, path
        yield value, other_value, f"{path}[{shown}]"


def _attribute_parts(owner: object, before: dict[Any, Any], now: dict[Any, Any], path: str) -> Iterator[Pair]:
    names = [name for name in (before | now) if not is_lazy(type(owner), name)]
    for name in names:
        if name in before and name in now:
            if before[name] is None and may_fill(type(owner), name):
                continue
            yield before[name], now[name], f"{path}.{name}"
        elif name in before or not may_appear(type(owner), name):
            # Two values that cannot be equal, so that the difference gets this name.
            yield None, (name,), f"{path}.{name}"


def _memory_digest(memory: Any) -> bytes:
    view = memoryview(memory)
    return xxhash.xxh3_128_digest(view if view.c_contiguous else view.tobytes())


def _array_parts(one: Any, other: Any, path: str) -> Iterator[Pair]:
    _require(one.dtype == other.dtype and one.shape == other.shape)
    if one.dtype.hasobject:
        yield one.ravel().tolist(), other.ravel().tolist(), path
    else:
        _require(_array_digest(one) == _array_digest(other) and one.flags.writeable == other.flags.writeable)


def _array_digest(one: Any) -> bytes:
    import numpy as np

    # As plain bytes: not every dtype (dates, float16 of libraries) is known to the buffer protocol.
    flat: Any = np.ascontiguousarray(one).reshape(-1).view(np.uint8)
    return xxhash.xxh3_128_digest(flat)


def _sparse_parts(one: Any, other: Any, path: str) -> Iterator[Pair]:
    """Asking for another format may sort the entries and add up those of one place."""
    _require(one.shape == other.shape and one.dtype == other.dtype)
    for matrix in (first := one.tocsr(copy=True), second := other.tocsr(copy=True)):
        matrix.sum_duplicates()
    yield from ((getattr(first, part), getattr(second, part), path) for part in ("indptr", "indices", "data"))


def _frame_parts(one: Any, other: Any, path: str, pandas: Any) -> Iterator[Pair]:
    yield one.index, other.index, f"{path}.index"
    yield one.attrs, other.attrs, f"{path}.attrs"
    _require(one.flags == other.flags and one.shape == other.shape)
    if isinstance(one, pandas.Series):
        _require(one.dtype == other.dtype)
        yield one.name, other.name, f"{path}.name"
        yield one.values, other.values, path
        return
    yield one.columns, other.columns, f"{path}.columns"
    for position, name in enumerate(other.columns):
        yield one.iloc[:, position].values, other.iloc[:, position].values, f"{path}[{name!r}]"
