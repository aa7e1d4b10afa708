"""The order of vertices inside ranks, so that few edges cross: barycentres, then swaps of neighbours."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise

Link = tuple[int, int]
_SWEEPS = 12
_SWAP_LIMIT = 600
"""Vertices up to which swaps of neighbours are tried; they cost more than they give in larger graphs."""


def order_ranks(rows: Sequence[Sequence[int]], links: Sequence[Link]) -> list[list[int]]:
    """Reorder each row; `links` join vertices of neighbouring rows, the upper first."""
    upper: dict[int, list[int]] = {vertex: [] for row in rows for vertex in row}
    lower: dict[int, list[int]] = {vertex: [] for row in rows for vertex in row}
    for above, below in links:
        upper[below].append(above)
        lower[above].append(below)
    current = [list(row) for row in rows]
    best, fewest = [list(row) for row in current], count_crossings(current, lower)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        _sweep(current, upper if sweep % 2 == 0 else lower, downwards=sweep % 2 == 0)
        if len(upper) <= _SWAP_LIMIT:
            _swap_neighbours(current, upper, lower)
        crossings = count_crossings(current, lower)
        if crossings < fewest:
            best, fewest = [list(row) for row in current], crossings
    return best


def count_crossings(rows: Sequence[Sequence[int]], lower: dict[int, list[int]]) -> int:
    """Pairs of links that cross."""
    total = 0
    for row, next_row in pairwise(rows):
        place = {vertex: index for index, vertex in enumerate(next_row)}
        seen: list[int] = []
        for vertex in row:
            ends = sorted(place[below] for below in lower[vertex])
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _sweep(rows: list[list[int]], neighbours: dict[int, list[int]], *, downwards: bool) -> None:
    """Sort each row by where the neighbours in the row before stand; who has none keeps its place."""
    indices = range(1, len(rows)) if downwards else range(len(rows) - 2, -1, -1)
    for index in indices:
        fixed = rows[index - 1] if downwards else rows[index + 1]
        place = {vertex: position for position, vertex in enumerate(fixed)}
        row = rows[index]
        keys = {}
        for position, vertex in enumerate(row):
            near = [place[other] for other in neighbours[vertex]]
            # Rows differ in length: places are compared as shares of their row.
            share = sum(near) / len(near) + 0.5 if near else (position + 0.5) * len(fixed) / len(row)
            keys[vertex] = share
        row.sort(key=keys.__getitem__)


def _swap_neighbours(rows: list[list[int]], upper: dict[int, list[int]], lower: dict[int, list[int]]) -> None:
    for index, row in enumerate(rows):
        above = {vertex: place for place, vertex in enumerate(rows[index - 1])} if index else {}
        below = {vertex: place for place, vertex in enumerate(rows[index + 1])} if index + 1 < len(rows) else {}
        for position in range(len(row) - 1):
            left, right = row[position], row[position + 1]
            gain = _crossings_of(upper[left], upper[right], above) + _crossings_of(lower[left], lower[right], below)
            loss = _crossings_of(upper[right], upper[left], above) + _crossings_of(lower[right], lower[left], below)
            if loss < gain:
                row[position], row[position + 1] = right, left


def _crossings_of(left: list[int], right: list[int], place: dict[int, int]) -> int:
    return sum(place[one] > place[other] for one in left for other in right)
