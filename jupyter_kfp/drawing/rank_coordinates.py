"""Horizontal positions for ranks whose order is given: short edges, straight trunks, nothing overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

Link = tuple[int, int]
_ROUNDS = 6
_TRUNK_WEIGHT = 6.0
_END_WEIGHT = 2.0


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
