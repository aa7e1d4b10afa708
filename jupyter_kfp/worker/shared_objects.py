"""Which values share objects that can be changed, so that a change through one shows in the other.

Compared are the identities of all objects that the pickler met, and the addresses of array memory. What cannot change
does not count: strings, numbers, tuples, functions, classes, modules, pandas indexes, read-only arrays; nor do frames
that share memory, since pandas copies on write.
"""

from __future__ import annotations

import enum
import logging
import sys
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.artifacts.serializers.pickled_value import PickledValue, pickle_value

_IMMUTABLE = (
    type(None) | bool | int | float | complex | str | bytes | tuple | frozenset | range | slice | type(...)
    | enum.Enum | property | staticmethod | classmethod | types.CodeType | types.BuiltinFunctionType
    | types.MethodType | types.MappingProxyType | types.GenericAlias | memoryview
)  # fmt: skip
_IMMUTABLE_MODULES = ("datetime", "decimal", "fractions", "uuid", "pathlib", "zoneinfo", "re", "typing", "operator",
                      "numpy.dtypes", "pandas._libs", "pytz", "dateutil", "ipaddress", "pyarrow")  # fmt: skip
_HOLDERS = type | types.FunctionType | types.ModuleType | logging.Logger
"""Known by name or never changed: whatever they hold does not count either."""


def _is_holder(value: object) -> bool:
    pandas: Any = sys.modules.get("pandas")
    return isinstance(value, _HOLDERS) or (pandas is not None and isinstance(value, pandas.Index))


def _is_mutable_kind(kind: type) -> bool:
    if issubclass(kind, _IMMUTABLE) or (kind.__module__ or "").startswith(_IMMUTABLE_MODULES):
        return False
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and issubclass(kind, numpy.dtype | numpy.generic | numpy.ufunc):
        return False
    pandas: Any = sys.modules.get("pandas")
    return pandas is None or not issubclass(kind, pandas.api.extensions.ExtensionDtype)


def _counted_kinds(seen: Sequence[object]) -> frozenset[type]:
    return frozenset(kind for kind in set(map(type, seen)) if _is_mutable_kind(kind) or issubclass(kind, _HOLDERS))


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    owner: str
    writable: bool
    frame: bool


def _spans(owner: str, pickled: PickledValue) -> list[_Span]:
    spans = [
        _Span(each.start, each.end, owner, not each.view.readonly, each.frame) for each in pickled.buffers if each.start
    ]
    return spans + [_Span(each.start, each.end, owner, each.array.flags.writeable, False) for each in pickled.views]


class SharingIndex:
    """Objects and memory of the values added so far, by owner."""

    def __init__(self, names: NotebookNames) -> None:
        self._names = names
        self._owners: dict[int, str] = {}
        self._spans: list[_Span] = []
        self._contents: dict[int, frozenset[int]] = {}

    def add(self, owner: str, pickled: PickledValue) -> None:
        """Add a value that was pickled with `record`."""
        kinds = _counted_kinds(pickled.seen)
        for each in pickled.seen:
            if type(each) in kinds:
                self._owners.setdefault(id(each), owner)
        self._spans += _spans(owner, pickled)

    def shared_with(self, owner: str, pickled: PickledValue) -> set[str]:
        """Owners of objects or memory that this value contains too."""
        known = self._owners
        hits = {id(each): each for each in pickled.seen if id(each) in known and known[id(each)] != owner}
        excluded = self._excluded(hits.values(), pickled)
        found = {known[identity] for identity, each in hits.items() if identity not in excluded and _counts(each)}
        return found | self._overlapping(_spans(owner, pickled))

    def _excluded(self, hits: Iterable[object], pickled: PickledValue) -> set[int]:
        """Contents of shared classes, functions and indexes, and the attributes of what cannot change."""
        excluded: set[int] = set()
        for each in hits:
            if _is_holder(each):
                excluded |= self._content(each)
            elif not _counts(each) and hasattr(each, "__dict__"):
                excluded.add(id(each.__dict__))
        if hits:
            for cls in pickled.classes:
                excluded |= self._content(cls)
        return excluded

    def _content(self, holder: object) -> frozenset[int]:
        if id(holder) not in self._contents:
            seen = pickle_value(holder, self._names, record=True).seen
            self._contents[id(holder)] = frozenset(map(id, seen))
        return self._contents[id(holder)]

    def _overlapping(self, spans: Sequence[_Span]) -> set[str]:
        if not spans or not self._spans:
            return set()
        found: set[str] = set()
        owner = spans[0].owner
        active: list[_Span] = []
        for span in sorted((*self._spans, *spans), key=lambda each: each.start):
            active = [each for each in active if each.end > span.start]
            for other in active:
                mine, theirs = (span, other) if span.owner == owner else (other, span)
                if mine.owner == owner != theirs.owner and _aliased(mine, theirs):
                    found.add(theirs.owner)
            active.append(span)
        return found


def _aliased(one: _Span, other: _Span) -> bool:
    return (one.writable or other.writable) and not (one.frame and other.frame)


def _counts(value: object) -> bool:
    """Whether a shared object is one that can be changed."""
    if _is_holder(value) or not _is_mutable_kind(type(value)):
        return False
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray):
        return bool(value.flags.writeable)
    if isinstance(value, types.CellType):
        return _cell_counts(value)
    parameters = getattr(type(value), "__dataclass_params__", None)
    if parameters is not None and parameters.frozen:
        return False
    return not _is_global(value)


def _cell_counts(cell: types.CellType) -> bool:
    """A closure's variable counts unless it only holds a class, as every method that calls ``super()`` does."""
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


def sharing_groups(pickled: Mapping[str, PickledValue], names: NotebookNames) -> list[list[str]]:
    """Divide values, pickled with `record`, into groups that share objects; in the order of the mapping."""
    order = list(pickled)
    group_of = {name: {name} for name in order}
    if len(order) > 1:
        index = SharingIndex(names)
        # The largest last: it is only looked at, not added.
        for name in sorted(order, key=lambda each: len(pickled[each].seen)):
            for other in index.shared_with(name, pickled[name]):
                merged = group_of[name] | group_of[other]
                for member in merged:
                    group_of[member] = merged
            index.add(name, pickled[name])
    groups: list[list[str]] = []
    for name in order:
        group = sorted(group_of[name], key=order.index)
        if group[0] == name:
            groups.append(group)
    return groups
