"""Edges as lanes beside a list of nodes, as ``git log --graph`` has them: which lane a node stands in, how lanes join.

A lane leads to one node that is still to come. After a node its lane ends, and for each of its followers either a lane
begins or the one that leads there already is joined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

Lanes = tuple[str | None, ...]
"""By column the node that the lane leads to; None where there is no lane."""


class LaneRow(NamedTuple):
    """One node."""

    node: str
    column: int
    before: Lanes
    """Lanes on the node's line, its own among them."""
    after: Lanes
    """Lanes below it."""
    joins: tuple[int, ...]
    """Columns of `after` that an edge of this node leads to; the node's own among them if its lane goes on."""
    is_start: bool
    """No edge leads to the node."""


def reduce_edges(order: Sequence[str], followers: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Leave out edges that a longer way shows too. `order` is one in which the nodes could run."""
    place = {node: index for index, node in enumerate(order)}
    reached: dict[str, set[str]] = {}
    reduced: dict[str, list[str]] = {}
    for node in reversed(order):
        seen: set[str] = set()
        kept = []
        for follower in sorted(set(followers.get(node, ())), key=place.__getitem__):
            if follower not in seen:
                kept.append(follower)
                seen |= reached[follower] | {follower}
        reached[node], reduced[node] = seen, kept
    return reduced


def lane_rows(order: Sequence[str], followers: Mapping[str, Sequence[str]]) -> list[LaneRow]:
    """Give every node its column, top to bottom."""
    lanes: list[str | None] = []
    rows = []
    for node in order:
        is_start = node not in lanes
        if is_start:
            lanes[_free_column(lanes, 0)] = node
        column = lanes.index(node)
        before = tuple(lanes)
        lanes[column] = None
        joins = set()
        for follower in followers.get(node, ()):
            if follower not in lanes:
                lanes[_free_column(lanes, column)] = follower
            joins.add(lanes.index(follower))
        while lanes and lanes[-1] is None:
            lanes.pop()
        rows.append(LaneRow(node, column, before, tuple(lanes), tuple(sorted(joins)), is_start))
    return rows


def _free_column(lanes: list[str | None], wanted: int) -> int:
    """The wanted column if it is free, else the nearest free one at its right; makes room for it."""
    column = wanted
    while column < len(lanes) and lanes[column] is not None:
        column += 1
    lanes.extend([None] * (column + 1 - len(lanes)))
    return column
