"""Which values share objects that can be changed, so that a change through one shows in the other.

Compared are the identities of all objects that the pickler met, and the addresses of array memory. What cannot change,
or belongs to something known by name, does not count; see `mutable_objects`.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jupyter_kfp.artifacts.serializers.carried_definitions import Definition
from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.artifacts.serializers.pickled_value import PickledValue, objects_outside_definitions, pickle_value
from jupyter_kfp.worker.mutable_objects import (
    can_change,
    class_attributes,
    is_holder,
    is_labels,
    is_mutable_kind,
    pandas_parts,
)


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
    arrays = (*pickled.views, *pickled.owners)
    return spans + [_Span(each.start, each.end, owner, each.array.flags.writeable, False) for each in arrays]


class SharingIndex:
    """Objects and memory of the values added so far, by owner."""

    def __init__(self, names: NotebookNames) -> None:
        self._names = names
        self._owners: dict[int, str] = {}
        self._spans: list[_Span] = []
        self._contents: dict[int, frozenset[int]] = {}
        self._pickled: dict[str, PickledValue] = {}
        self._outside: dict[int, set[int]] = {}
        self._pandas: set[int] = set()

    def add(self, owner: str, pickled: PickledValue) -> None:
        """Add a value that was pickled with `record`."""
        seen = pickled.seen
        kinds = {kind for kind in set(map(type, seen)) if is_mutable_kind(kind) or is_holder(kind)}
        self._owners.update(dict.fromkeys([id(each) for each in seen if type(each) in kinds], owner))
        self._spans += _spans(owner, pickled)
        self._pickled[owner] = pickled
        self._pandas |= pandas_parts(seen)

    def shared_with(self, owner: str, pickled: PickledValue) -> set[str]:
        """Owners of objects or memory that this value contains too."""
        found = self._overlapping(_spans(owner, pickled))
        known = self._owners
        if not known or known.keys().isdisjoint(map(id, pickled.seen)):
            return found
        hits = {id(each): each for each in pickled.seen if id(each) in known and known[id(each)] != owner}
        excluded = self._excluded(list(hits.values()), pickled)
        return found | {
            known[identity]
            for identity, each in hits.items()
            if can_change(each) and (identity not in excluded or self._is_carried(identity, pickled, known[identity]))
        }

    def _is_carried(self, identity: int, pickled: PickledValue, owner: str) -> bool:
        """Whether an object of a class or function counts all the same: that is handed on with its state.

        The other value must have the object itself, not only through the class or function.
        """
        other = self._pickled[owner]
        if not any(isinstance(one.seen[0], Definition) for one in (pickled, other)):
            return False
        return identity in self._outside_of(pickled) and identity in self._outside_of(other)

    def _outside_of(self, pickled: PickledValue) -> set[int]:
        key = id(pickled)
        if key not in self._outside:
            self._outside[key] = objects_outside_definitions(pickled.seen[0], self._names)
        return self._outside[key]

    def _excluded(self, hits: Iterable[object], pickled: PickledValue) -> set[int]:
        """Contents of shared classes and functions, parts of pandas objects, attributes of what cannot change."""
        excluded = self._pandas | pandas_parts(pickled.seen) | class_attributes(pickled.seen)
        for each in hits:
            if is_holder(type(each)):
                excluded |= self._content(each)
            elif not can_change(each) and hasattr(each, "__dict__"):
                excluded.add(id(each.__dict__))
        for cls in pickled.classes:
            excluded |= self._content(cls)
        return excluded

    def _content(self, holder: object) -> frozenset[int]:
        if id(holder) not in self._contents:
            seen = pickle_value(holder, self._names, record=True).seen
            # A function's closure may be shared with another function, and then it counts.
            counted = types.CellType if isinstance(holder, types.FunctionType) else ()
            self._contents[id(holder)] = frozenset(id(each) for each in seen if not isinstance(each, counted))
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


def sharing_groups(pickled: Mapping[str, PickledValue], names: NotebookNames) -> list[list[str]]:
    """Divide values, pickled with `record`, into groups that share objects; in the order of the mapping."""
    order = list(pickled)
    group_of = {name: {name} for name in order}
    index = SharingIndex(names)
    # The largest last: it is only looked at, not added.
    by_size = sorted(order, key=lambda each: len(pickled[each].seen))
    for name in by_size if len(order) > 1 else ():
        for other in index.shared_with(name, pickled[name]) | _with_its_labels(name, pickled):
            merged = group_of[name] | group_of[other]
            for member in merged:
                group_of[member] = merged
        if name != by_size[-1]:
            index.add(name, pickled[name])
    groups: list[list[str]] = []
    for name in order:
        group = sorted(group_of[name], key=order.index)
        if group[0] == name:
            groups.append(group)
    return groups


def _with_its_labels(name: str, pickled: Mapping[str, PickledValue]) -> set[str]:
    """Values with the very labels that a variable holds: they travel together, so that names set on either show.

    Where they could not, it does not count: a frame that gets another column gets other labels, and hardly anybody
    names them later.
    """
    labels = pickled[name].seen[0]
    if not is_labels(labels):
        return set()
    return {other for other, each in pickled.items() if other != name and any(one is labels for one in each.seen)}
