"""Where the nodes of a graph go: ranks by longest path, few crossings, short edges. Pure functions; units are pixels.

Edges run down. One that passes ranks goes through a point in each; edges of one source that have the same `trunk` share
these points, so that what many later steps read is one line with branches, not a sheaf.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from jupyter_kfp.drawing.crossing_reduction import order_ranks
from jupyter_kfp.drawing.rank_coordinates import place_ranks

Point = tuple[float, float]
TRUNK_WIDTH = 8.0
_LOOSE_PER_ROW = 5


class LayoutEdge(NamedTuple):
    """From `source` to `target`."""

    source: str
    target: str
    trunk: str = ""


class Box(NamedTuple):
    """A rectangle; `x` and `y` are its left upper corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> float:
        """Horizontal middle."""
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.y + self.height


class Layout(NamedTuple):
    """Boxes of nodes, and for each edge the ends of its vertical pieces, from top to bottom: curves join the pieces."""

    boxes: dict[str, Box]
    routes: dict[LayoutEdge, list[Point]]
    width: float
    height: float


def lay_out(
    sizes: Mapping[str, tuple[float, float]],
    edges: Sequence[LayoutEdge],
    *,
    sibling_gap: float = 16,
    rank_gap: float = 40,
) -> Layout:
    """Lay out a graph without cycles. `sizes` gives width and height, in the order that siblings have by default."""
    if not sizes:
        return Layout({}, {}, 0, 0)
    ranks = assign_ranks(list(sizes), edges)
    layered = _Layered(list(sizes), edges, ranks)
    rows = order_ranks(layered.rows, layered.links)
    widths = [sizes[name][0] if name else TRUNK_WIDTH for name in layered.names]
    centres = place_ranks(rows, layered.links, widths, layered.is_trunk, sibling_gap)
    tops, bottoms = _rank_heights(ranks, sizes, rank_gap)
    boxes = {}
    for vertex, name in enumerate(layered.names):
        if name:
            width, height = sizes[name]
            top, bottom = tops[ranks[name]], bottoms[ranks[name]]
            boxes[name] = Box(centres[vertex] - width / 2, (top + bottom - height) / 2, width, height)
    routes = {edge: _route(edge, layered, ranks, centres, boxes, (tops, bottoms)) for edge in edges}
    right = max([box.x + box.width for box in boxes.values()] + [x for route in routes.values() for x, _ in route])
    return Layout(boxes, routes, right, bottoms[-1])


def assign_ranks(nodes: Sequence[str], edges: Sequence[LayoutEdge]) -> dict[str, int]:
    """Longest path from the top; what nothing precedes sits just above its first reader; loose nodes fill rows."""
    before: dict[str, list[str]] = {node: [] for node in nodes}
    after: dict[str, list[str]] = {node: [] for node in nodes}
    for edge in edges:
        before[edge.target].append(edge.source)
        after[edge.source].append(edge.target)
    ranks: dict[str, int] = {}
    waiting = {node: len(before[node]) for node in nodes}
    ready = [node for node in nodes if not waiting[node]]
    for node in ready:  # grows while it is walked
        ranks[node] = max((ranks[source] + 1 for source in before[node]), default=0)
        for target in after[node]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    for node in nodes:
        if not before[node] and after[node]:
            ranks[node] = min(ranks[target] for target in after[node]) - 1
    loose = [node for node in nodes if not before[node] and not after[node]]
    for index, node in enumerate(loose):
        ranks[node] = index // _LOOSE_PER_ROW
    return ranks


class _Layered:
    """The graph with a vertex wherever an edge passes a rank; vertices are numbers, those of nodes come first."""

    def __init__(self, nodes: Sequence[str], edges: Sequence[LayoutEdge], ranks: Mapping[str, int]) -> None:
        self.names: list[str] = list(nodes)
        """Node of a vertex; empty for a point of an edge."""
        self.rows: list[list[int]] = [[] for _ in range(max(ranks.values()) + 1)]
        self.links: list[tuple[int, int]] = []
        """Pairs of vertices in neighbouring ranks."""
        self.points: dict[tuple[str, str, int], int] = {}
        """Vertex where the edges of a source and trunk pass a rank."""
        number = {name: vertex for vertex, name in enumerate(nodes)}
        for name in nodes:
            self.rows[ranks[name]].append(number[name])
        seen: set[tuple[int, int]] = set()
        for edge in edges:
            upper = number[edge.source]
            for rank in range(ranks[edge.source] + 1, ranks[edge.target] + 1):
                lower = number[edge.target] if rank == ranks[edge.target] else self._point(edge, rank)
                if (upper, lower) not in seen:
                    seen.add((upper, lower))
                    self.links.append((upper, lower))
                upper = lower

    @property
    def is_trunk(self) -> list[bool]:
        """Per vertex, whether it is a point of an edge."""
        return [not name for name in self.names]

    def _point(self, edge: LayoutEdge, rank: int) -> int:
        key = (edge.source, edge.trunk, rank)
        if key not in self.points:
            self.points[key] = len(self.names)
            self.rows[rank].append(len(self.names))
            self.names.append("")
        return self.points[key]


def _rank_heights(
    ranks: Mapping[str, int], sizes: Mapping[str, tuple[float, float]], gap: float
) -> tuple[list[float], list[float]]:
    """Upper and lower edges of the ranks."""
    heights = [0.0] * (max(ranks.values()) + 1)
    for name, rank in ranks.items():
        heights[rank] = max(heights[rank], sizes[name][1])
    tops, bottoms, top = [], [], 0.0
    for height in heights:
        tops.append(top)
        bottoms.append(top + height)
        top += height + gap
    return tops, bottoms


def _route(
    edge: LayoutEdge,
    layered: _Layered,
    ranks: Mapping[str, int],
    centres: Sequence[float],
    boxes: Mapping[str, Box],
    heights: tuple[list[float], list[float]],
) -> list[Point]:
    tops, bottoms = heights
    source, target = boxes[edge.source], boxes[edge.target]
    points = [(source.centre, source.bottom), (source.centre, bottoms[ranks[edge.source]])]
    for rank in range(ranks[edge.source] + 1, ranks[edge.target]):
        x = centres[layered.points[edge.source, edge.trunk, rank]]
        points += [(x, tops[rank]), (x, bottoms[rank])]
    return [*points, (target.centre, tops[ranks[edge.target]]), (target.centre, target.y)]
