"""Horizontal positions for ranks whose order is given: short edges, straight trunks, nothing overlaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

Link = tuple[int, int]
Pulls = dict[int, list[int]]
_ROUNDS = 6
_TRUNK_WEIGHT = 1e-5  # beside nodes, which weigh as much as they have links: trunks give way, and are straightened last
_LOOSE_WEIGHT = 0.1
_ROUNDING = 1e-6
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
    upwards, downwards, both = _pulls(rows, links, is_trunk)
    centres = [0.0] * len(widths)
    for row in rows:
        _settle(row, [0.0] * len(row), [1.0] * len(row), centres, widths, gap)
    for chosen in [upwards, downwards] * _ROUNDS + [both] * (2 * _ROUNDS):
        for row in reversed(rows) if chosen is downwards else rows:
            _pull(row, chosen, centres, widths, is_trunk, gap)
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


def _pulls(
    rows: Sequence[Sequence[int]], links: Sequence[Link], is_trunk: Sequence[bool]
) -> tuple[Pulls, Pulls, Pulls]:
    """What each vertex is joined to in the row above, in the row below, and both.

    A trunk pulls at a node only if no node does: else it would draw a straight line of nodes aside, rank by rank.
    """
    has_node = [False] * len(is_trunk)
    for above, below in links:
        has_node[above] |= not is_trunk[below]
        has_node[below] |= not is_trunk[above]
    upwards: Pulls = {vertex: [] for row in rows for vertex in row}
    downwards: Pulls = {vertex: [] for row in rows for vertex in row}
    for above, below in links:
        if is_trunk[below] or not is_trunk[above] or not has_node[below]:
            upwards[below].append(above)
        if is_trunk[above] or not is_trunk[below] or not has_node[above]:
            downwards[above].append(below)
    return upwards, downwards, {vertex: upwards[vertex] + downwards[vertex] for vertex in upwards}


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
        """Lowest and highest centre, with a little more against rounding."""
        row, index = self._place[vertex]
        low, high = float("-inf"), float("inf")
        if index:
            left = row[index - 1]
            low = self._centres[left] + (self._widths[left] + self._widths[vertex]) / 2 + self._gap
        if index + 1 < len(row):
            right = row[index + 1]
            high = self._centres[right] - (self._widths[right] + self._widths[vertex]) / 2 - self._gap
        return low - _ROUNDING, high + _ROUNDING


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
            if piece and max(low, point_low) > min(high, point_high):
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
    pulls: Pulls,
    centres: list[float],
    widths: Sequence[float],
    is_trunk: Sequence[bool],
    gap: float,
) -> None:
    wanted, weights = [], []
    for vertex in row:
        near = pulls[vertex]
        wanted.append(sum(centres[other] for other in near) / len(near) if near else centres[vertex])
        weights.append(_TRUNK_WEIGHT if is_trunk[vertex] else len(near) or _LOOSE_WEIGHT)
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
