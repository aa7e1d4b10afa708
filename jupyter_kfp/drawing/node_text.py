"""The words of a node, the same in every drawing."""

from __future__ import annotations

from jupyter_kfp.drawing.task_graph import GraphEdge, GraphNode, TaskGraph
from jupyter_kfp.drawing.text_width import listed, one_line

_MOST_NAMES = 4


def node_name(node: GraphNode) -> str:
    """The display name on one line."""
    return one_line(node.name) or node.key


def cells_text(cells: list[int]) -> str:
    """``cell 3``, ``cells 3-5``, ``cells 3, 5-6``."""
    ranges: list[list[int]] = []
    for cell in sorted(set(cells)):
        if ranges and cell == ranges[-1][1] + 1:
            ranges[-1][1] = cell
        else:
            ranges.append([cell, cell])
    parts = [str(first) if first == last else f"{first}-{last}" for first, last in ranges]
    word = "cell" if parts and len(cells) == 1 else "cells"
    return f"{word} {listed(parts, 3)}" if parts else ""


def makes_text(node: GraphNode) -> str:
    """``makes df``, ``makes 4 vars``; else ``logs report``; empty if there is neither."""
    makes = [one_line(name) for name in node.makes]
    if len(makes) > 1:
        return f"makes {len(makes)} {'vars' if node.cells else 'outputs'}"
    if makes:
        return f"makes {makes[0]}"
    return f"logs {listed([one_line(name) for name in node.logs], 2)}" if node.logs else ""


def group_text(node: GraphNode) -> str:
    """What is said of a group beside its name: ``for each of items``, ``if x == 1``."""
    parts = []
    if node.loop_over:
        parts.append(f"for each of {one_line(node.loop_over)}")
    if node.condition:
        parts.append(f"if {one_line(node.condition)}")
    if node.always:
        parts.append("always")
    return " · ".join(parts)


def detail_text(node: GraphNode) -> str:
    """Line 2 of a node: ``cells 3-5 · makes df``."""
    kind = "importer" if node.kind == "importer" else ""
    parts = [cells_text(node.cells), kind, group_text(node), makes_text(node)]
    text = " · ".join(part for part in parts if part)
    return text or one_line(node.image)


def edge_text(edge: GraphEdge) -> str:
    """The variables of an edge, at most four by name; ``after`` if there are none."""
    return listed([one_line(name) for name in edge.variables], _MOST_NAMES) or "after"


def names_text(names: list[str]) -> str:
    """At most four names."""
    return listed([one_line(name) for name in names], _MOST_NAMES)


def summary(graph: TaskGraph) -> str:
    """One sentence for readers that do not see the picture."""
    steps = list(graph.steps())
    names = {node.path: node_name(node) for node in graph.nodes}
    arrows = [f"{names[edge.source]} to {names[edge.target]} ({edge_text(edge)})" for edge in graph.edges]
    count = f"{len(steps)} step" if len(steps) == 1 else f"{len(steps)} steps"
    return f"{count}: {', '.join(node_name(node) for node in steps)}. " + (
        f"Edges: {'; '.join(arrows)}." if arrows else "No edges."
    )
