"""Which objects count when two values share them: those that somebody could change.

Not: strings, numbers, dates, tuples, enum members, dtypes, pandas scalars and indexes, read-only arrays, frozen
dataclasses; functions, classes, modules, loggers and whatever they hold; class attributes, also those that objects
carry in their state; and the memory of pandas objects, which is copied on write.
"""

from __future__ import annotations

import datetime as dt
import enum
import logging
import pathlib
import sys
import types
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_IMMUTABLE: tuple[type, ...] = (
    type(None), bool, int, float, complex, str, bytes, tuple, frozenset, range, slice, type(...), enum.Enum,
    dt.date, dt.time, dt.timedelta, dt.tzinfo, pathlib.PurePath, memoryview,
    property, staticmethod, classmethod, types.CodeType, types.BuiltinFunctionType, types.MethodType,
    types.MappingProxyType, types.GenericAlias,
)  # fmt: skip
_IMMUTABLE_MODULES = (
    "decimal",
    "fractions",
    "uuid",
    "re",
    "typing",
    "operator",
    "ipaddress",
    "pyarrow",
    "pandas._libs",
)
_HOLDERS: tuple[type, ...] = (type, types.FunctionType, types.ModuleType, logging.Logger)


def is_holder(kind: type) -> bool:
    """Whether objects of this class are known by name or never changed, so that what they hold does not count."""
    return issubclass(kind, _HOLDERS)


def is_mutable_kind(kind: type) -> bool:
    """Whether objects of this class can be changed, as far as the class tells."""
    if issubclass(kind, _IMMUTABLE) or is_holder(kind):
        return False
    if (kind.__module__ or "").startswith(_IMMUTABLE_MODULES):
        return False
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and issubclass(kind, numpy.dtype | numpy.generic | numpy.ufunc):
        return False
    pandas: Any = sys.modules.get("pandas")
    return pandas is None or not issubclass(
        kind,
        (pandas.Index, pandas.api.extensions.ExtensionDtype, pandas.Period, pandas.Interval, pandas.offsets.BaseOffset),
    )


def can_change(value: object) -> bool:
    """Whether this object can be changed."""
    if not is_mutable_kind(type(value)):
        return False
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray):
        return bool(value.flags.writeable)
    if isinstance(value, types.CellType):
        return _cell_can_change(value)
    parameters = getattr(type(value), "__dataclass_params__", None)
    if parameters is not None and parameters.frozen:
        return False
    return not _is_global(value)


def _cell_can_change(cell: types.CellType) -> bool:
    """A closure's variable counts unless it only holds a class, as for every method that calls ``super()``."""
    try:
        return not isinstance(cell.cell_contents, type)
    except ValueError:
        return True


def _is_global(value: object) -> bool:
    """Whether pickle writes the object as the name of a global, as it does for sentinels."""
    try:
        return isinstance(value.__reduce_ex__(5), str)
    except Exception:  # noqa: BLE001  it was pickled a moment ago; whatever else it raises, it is no global
        return False


def class_attributes(seen: Sequence[object]) -> set[int]:
    """Identities of the attributes of all classes of these objects."""
    classes = {each for kind in set(map(type, seen)) for each in kind.__mro__ if each.__module__ != "builtins"}
    return {id(value) for cls in classes for value in cls.__dict__.values()}


def is_labels(value: object) -> bool:
    """Whether this is an index of pandas: its names can be set, which shows in the frame that it belongs to."""
    pandas: Any = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.Index)


def pandas_parts(seen: Sequence[object]) -> set[int]:
    """Identities of what pandas objects among these consist of: arrays and extension arrays, with their parts."""
    pandas: Any = sys.modules.get("pandas")
    if pandas is None:
        return set()
    owners = (pandas.Index, pandas.DataFrame, pandas.Series)
    kinds = {kind for kind in set(map(type, seen)) if issubclass(kind, owners)}
    if not kinds:
        return set()
    parts = (array for each in seen if type(each) in kinds for array in _arrays(each, pandas))
    return {identity for array in parts for identity in _identities(array)}


def _arrays(owner: Any, pandas: Any) -> Iterator[Any]:
    if isinstance(owner, pandas.MultiIndex):
        yield owner.levels
        yield owner.codes
        yield from owner.codes
        for level in owner.levels:
            yield level
            yield from _arrays(level, pandas)
    elif isinstance(owner, pandas.Index):
        yield owner
        yield owner._data  # noqa: SLF001  its public view is made anew each time
    else:
        yield from (block.values for block in owner._mgr.blocks)  # noqa: SLF001  as above


def _identities(array: Any) -> Iterable[int]:
    """Of an array; of an extension array also of its attributes, the arrays in it."""
    yield id(array)
    for name in ("_ndarray", "_codes"):
        inner = getattr(array, name, None)
        if inner is not None:
            yield id(inner)
    attributes = getattr(array, "__dict__", None)
    if attributes is not None:
        yield id(attributes)
        yield from map(id, attributes.values())
