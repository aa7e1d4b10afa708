"""Horizontal positions for ranks whose order is given: short edges, straight trunks, nothing overlaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

Link = tuple[int, int]
_ROUNDS = 6
_TRUNK_WEIGHT = 6.0
_END_WEIGHT = 0.15  # where a trunk begins and ends, so that it does not push its nodes out of their line
_SNAP_ROUNDS = 3
_SNAP = 20.0
"""Pixels up to which two nodes that are joined are put exactly below one another."""


def place_ranks(
    rows: Sequence[Sequence[int]], links: Sequence[Link], widths: Sequence[float], is_trunk: Sequence[bool], gap: float
) -> list[float]:
    """Centres by vertex; the leftmost edge of all is at 0.

    Each row is put as near as possible (least squares) to where its neighbours want it, first going down and up in
    turns, then looking both ways.
    """
    pulls: tuple[dict[int, list[tuple[int, float]]], ...] = ({}, {})
    for row in rows:
        for vertex in row:
            pulls[0][vertex], pulls[1][vertex] = [], []
    for above, below in links:
        weight = (1.0, _END_WEIGHT, _TRUNK_WEIGHT)[is_trunk[above] + is_trunk[below]]
        pulls[0][below].append((above, weight))
        pulls[1][above].append((below, weight))
    centres = [0.0] * len(widths)
    for row in rows:
        _settle(row, [0.0] * len(row), [1.0] * len(row), centres, widths, gap)
    both = {vertex: pulls[0][vertex] + pulls[1][vertex] for vertex in pulls[0]}
    for chosen in [pulls[0], pulls[1]] * _ROUNDS + [both] * (2 * _ROUNDS):
        order = reversed(rows) if chosen is pulls[1] else rows
        for row in order:
            _pull(row, chosen, centres, widths, gap)
    _straighten(rows, links, centres, widths, is_trunk, gap)
    left = min(centres[vertex] - widths[vertex] / 2 for row in rows for vertex in row)
    return [round(centre - left) for centre in centres]


def spread(wanted: Sequence[float], weights: Sequence[float], distances: Sequence[float]) -> list[float]:
    """Positions nearest to the wanted ones (weighted least squares) with at least `distances` between neighbours.

    With the distances taken off this is isotonic regression: neighbours that would overlap are pooled at their mean.
    """
    offsets = [0.0]
    for distance in distances:
        offsets.append(offsets[-1] + distance)
    pools: list[tuple[float, float, int]] = []  # mean, weight, members
    for target, weight, offset in zip(wanted, weights, offsets, strict=True):
        mean, total, members = target - offset, weight, 1
        while pools and pools[-1][0] > mean:
            other, other_weight, other_members = pools.pop()
            mean = (mean * total + other * other_weight) / (total + other_weight)
            total += other_weight
            members += other_members
        pools.append((mean, total, members))
    means = [mean for mean, _, members in pools for _ in range(members)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _straighten(
    rows: Sequence[Sequence[int]],
    links: Sequence[Link],
    centres: list[float],
    widths: Sequence[float],
    is_trunk: Sequence[bool],
    gap: float,
) -> None:
    """Take out small kinks: nodes that are almost below one another, then trunks, as far as there is room."""
    room = _Room(rows, centres, widths, gap)
    joined = [(above, below) for above, below in links if not is_trunk[above] and not is_trunk[below]]
    _snap(joined, Counter(vertex for link in links for vertex in link), centres, room)
    for chain in _trunks(links, is_trunk):
        _straighten_trunk(chain, centres, room)


def _snap(links: Sequence[Link], counts: Counter[int], centres: list[float], room: _Room) -> None:
    """Of two nodes that are almost below one another move the one with fewer links, if it has room."""
    for _ in range(_SNAP_ROUNDS):
        for above, below in links:
            if not 0 < abs(centres[above] - centres[below]) <= _SNAP:
                continue
            pair = (above, below) if counts[above] < counts[below] else (below, above)
            for moved, other in (pair, pair[::-1]):
                low, high = room.of(moved)
                if low <= centres[other] <= high:
                    centres[moved] = centres[other]
                    break


class _Room:
    """How far a vertex may move between its neighbours."""

    def __init__(
        self, rows: Sequence[Sequence[int]], centres: list[float], widths: Sequence[float], gap: float
    ) -> None:
        self._place = {vertex: (row, index) for row in rows for index, vertex in enumerate(row)}
        self._centres, self._widths, self._gap = centres, widths, gap

    def of(self, vertex: int) -> tuple[float, float]:
        """Lowest and highest centre."""
        row, index = self._place[vertex]
        low, high = float("-inf"), float("inf")
        if index:
            left = row[index - 1]
            low = self._centres[left] + (self._widths[left] + self._widths[vertex]) / 2 + self._gap
        if index + 1 < len(row):
            right = row[index + 1]
            high = self._centres[right] - (self._widths[right] + self._widths[vertex]) / 2 - self._gap
        return low, high


def _trunks(links: Sequence[Link], is_trunk: Sequence[bool]) -> list[list[int]]:
    """Chains of points from source to target, longest first, with the nodes at both ends."""
    following: dict[int, list[int]] = {}
    for above, below in links:
        following.setdefault(above, []).append(below)
    chains = []
    for above, below in links:
        if is_trunk[above] or not is_trunk[below]:
            continue
        chain = [above, below]
        while is_trunk[chain[-1]]:
            next_ones = following[chain[-1]]
            chain.append(next((vertex for vertex in next_ones if is_trunk[vertex]), next_ones[0]))
        chains.append(chain)
    return sorted(chains, key=len, reverse=True)


def _straighten_trunk(chain: list[int], centres: list[float], room: _Room) -> None:
    """Cut the chain into the fewest pieces that can each be vertical, and make them so."""
    source, *points, target = chain
    while points:
        low, high = float("-inf"), float("inf")
        piece: list[int] = []
        for point in points:
            point_low, point_high = room.of(point)
            if max(low, point_low) > min(high, point_high):
                break
            low, high = max(low, point_low), min(high, point_high)
            piece.append(point)
        points = points[len(piece) :]
        middle = sorted(centres[point] for point in piece)[len(piece) // 2]
        wanted = [centres[target]] if not points else []
        wanted += [centres[source]] if piece[0] == chain[1] else []
        x = next((want for want in wanted if low <= want <= high), min(max(middle, low), high))
        for point in piece:
            centres[point] = x


def _pull(
    row: Sequence[int],
    pulls: dict[int, list[tuple[int, float]]],
    centres: list[float],
    widths: Sequence[float],
    gap: float,
) -> None:
    wanted, weights = [], []
    for vertex in row:
        total = sum(weight for _, weight in pulls[vertex])
        if total:
            wanted.append(sum(centres[other] * weight for other, weight in pulls[vertex]) / total)
        else:
            wanted.append(centres[vertex])
        weights.append(total or 0.1)
    _settle(row, wanted, weights, centres, widths, gap)


def _settle(
    row: Sequence[int],
    wanted: Sequence[float],
    weights: Sequence[float],
    centres: list[float],
    widths: Sequence[float],
    gap: float,
) -> None:
    distances = [(widths[left] + widths[right]) / 2 + gap for left, right in pairwise(row)]
    for vertex, centre in zip(row, spread(wanted, weights, distances), strict=True):
        centres[vertex] = centre
