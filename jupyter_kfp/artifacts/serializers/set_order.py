"""The order of sets, which pickle forgets.

A set is iterated in the order of its table, and that depends on the size of the table and on the way it grew: one from
which many elements were removed keeps its large table, a copy of a set has a smaller one than a set that was filled
element by element. pickle fills an empty set, so the order may be another. Such a set is laid out again after loading.
See ``Objects/setobject.c`` of CPython for how tables grow (by the factor 4 if elements are added, to twice the
elements if another set is merged in) and where an element goes.
"""

from __future__ import annotations

import bisect
import itertools
import operator
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from jupyter_kfp.artifacts.content_digest import Bytes

_NON_EMPTY_SET = re.compile(rb"\x8f(?:\x94(?:[(\x95]|\Z)|\x95|\Z)")
"""EMPTY_SET, MEMOIZE, MARK in a stream of protocol 5; a frame (0x95) may begin between them."""
_LONGEST_FRAME = 1 << 18
"""Longer parts of a stream are the content of one long text."""
_ENTRY = 16
"""Bytes of an element in a table: its hash and its address."""
_SMALL_TABLE = 8
_LINEAR_PROBES = 9
_WORD = (1 << 64) - 1
_MOST_TRIES = 200
Layout = tuple[tuple[Any, ...], int, tuple[int, ...]]
"""Elements in the order in which they are added; the size of the table, or 0 to merge them in from a set, which makes
its own size; places in the table that are taken meanwhile."""


class OrderedSets:
    """A value on its way into a stream, and the sets in it whose order needs care."""

    __slots__ = ("_layouts", "_value")

    def __init__(self, value: object, layouts: Sequence[tuple[set[Any], Layout]]) -> None:
        self._value = value
        self._layouts = tuple(layouts)

    def __reduce__(self) -> tuple[Any, ...]:
        """The value comes first, so that the sets are made in their places there."""
        return restore_order, (self._value, self._layouts)


def may_hold_sets(stream: Iterable[Bytes]) -> bool:
    """Whether there may be a set in a stream that is not empty."""
    return any(len(part) < _LONGEST_FRAME and _NON_EMPTY_SET.search(part) for part in stream)


def disordered_sets(objects: Iterable[object]) -> list[tuple[set[Any], Layout]]:
    """The sets among the objects that pickle would put in another order, each once and with its layout."""
    found: dict[int, tuple[set[Any], Layout]] = {}
    for each in objects:
        if type(each) is set and len(each) > 1 and id(each) not in found and (layout := _layout_of(each)):
            found[id(each)] = each, layout
    return list(found.values())


def _layout_of(one: set[Any]) -> Layout | None:
    order = tuple(one)
    if _is_in_order(set(list(one)), order):  # noqa: C414  a set of the set itself would be merged, not filled
        return None
    table = max(_SMALL_TABLE, (one.__sizeof__() - set().__sizeof__()) // _ENTRY)
    for layout in ((order, 0, ()), _planned(order, table)):
        copy: set[Any] = set()
        _lay_out(copy, layout)
        if _is_in_order(copy, order):
            return layout
    return None  # nothing brings it back


def _is_in_order(one: set[Any], order: tuple[Any, ...]) -> bool:
    return len(one) == len(order) and all(map(operator.is_, one, order))


def _lay_out(one: set[Any], layout: Layout) -> None:
    elements, table, barred = layout
    one.clear()
    if not table:
        one.update(set(elements))
        return
    if table > _SMALL_TABLE and barred:
        _enlarge(one, table, barred[0])
        barred = barred[1:]
    one.update([_Filler(place) for place in barred])
    fillers = list(one)
    one.update(elements)
    for each in fillers:
        one.discard(each)  # `difference_update` might make the table smaller


def _enlarge(one: set[Any], table: int, place: int) -> None:
    """Make the table of an empty set so large, at the cost of one place.

    Before a dict is merged in, the table grows to twice the elements that there may be then; its first key fails.
    """
    one.add(_Filler(place))
    with suppress(_Enlarged):
        one.update(dict.fromkeys([_Failing(place), *range(table, table + table // 4)]))


def _planned(order: tuple[Any, ...], table: int) -> Layout:
    """Elements whose places rise in their order come first; others find their place taken, and go on to a later try."""
    hashes = [hash(each) for each in order]
    homes = [number % table for number in hashes]
    anchors = _longest_rising(homes)
    places = dict.fromkeys(range(len(order)), -1)
    taken: set[int] = set()
    barred: set[int] = set()
    last = -1
    for position in anchors:
        last = places[position] = _place(hashes[position], table, taken, barred, last, table)
    others = [position for position in places if places[position] < 0]
    limits = list(itertools.accumulate((places[each] for each in reversed(places)), _nearest, initial=table))[::-1]
    for position in others:
        before = places[position - 1] if position else -1
        places[position] = _place(hashes[position], table, taken, barred, before, limits[position + 1])
    free = barred or set(itertools.islice((place for place in range(table) if place not in taken), 1))
    return tuple(order[position] for position in [*anchors, *others]), table, tuple(sorted(free))


def _nearest(after: int, place: int) -> int:
    return after if place < 0 else place


def _place(number: int, table: int, taken: set[int], barred: set[int], above: int, below: int) -> int:
    """The first place between two others that an element goes to once those that it tries before are taken."""
    passed: set[int] = set()
    for place in itertools.islice(_places(number, table - 1), _MOST_TRIES):
        if place not in taken and above < place < below:
            barred |= passed - taken
            taken |= passed | {place}
            return place
        passed.add(place)
    return above


def _longest_rising(numbers: list[int]) -> list[int]:
    """Positions of a longest subsequence that does not fall."""
    ends: list[int] = []
    positions: list[int] = []
    before: list[int] = []
    for position, number in enumerate(numbers):
        length = bisect.bisect_right(ends, number)
        before.append(positions[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        positions[length : length + 1] = [position]
    found = []
    position = positions[-1] if positions else -1
    while position >= 0:
        found.append(position)
        position = before[position]
    return found[::-1]


def _places(number: int, mask: int) -> Iterator[int]:
    """Where an element with this hash may go, in the order in which the places are tried."""
    perturb = number & _WORD
    place = perturb & mask
    while True:
        yield from range(place, place + (_LINEAR_PROBES if place + _LINEAR_PROBES <= mask else 0) + 1)
        perturb >>= 5
        place = (place * 5 + 1 + perturb) & mask


class _Enlarged(Exception):  # noqa: N818  no error
    """Ends the growing of a set."""


class _Filler:
    """Takes a place in a table for a while."""

    __slots__ = ("_place",)

    def __init__(self, place: int) -> None:
        self._place = place

    def __hash__(self) -> int:
        return self._place


class _Failing(_Filler):
    """Cannot be compared."""

    __slots__ = ()
    __hash__ = _Filler.__hash__

    def __eq__(self, other: object) -> bool:
        raise _Enlarged


# --- what pickle streams call; the name is part of the format


def restore_order(value: Any, layouts: Iterable[tuple[set[Any], Layout]]) -> Any:
    """The value, with its sets laid out again."""
    for one, layout in layouts:
        _lay_out(one, layout)
    return value
