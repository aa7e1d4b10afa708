"""The graph as a Mermaid flowchart, which GitHub, GitLab and JupyterLab render."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from jupyter_kfp.drawing.edge_reasons import EdgeReason
from jupyter_kfp.drawing.node_states import NodeState
from jupyter_kfp.drawing.node_text import detail_text, edge_text, group_text, node_name
from jupyter_kfp.drawing.reasons_text import reason_notes
from jupyter_kfp.drawing.task_graph import GraphNode, TaskGraph
from jupyter_kfp.drawing.text_width import one_line
from jupyter_kfp.ids import TaskPath, root_path

# What Mermaid, Markdown or HTML could take for markup.
_ESCAPED = frozenset('"#<>&`')
_FORMULA = re.compile(r"\$(?=\$)")  # two of them begin a formula, even as entities


def draw_mermaid(
    graph: TaskGraph, states: Mapping[TaskPath, NodeState] | None = None, reasons: Sequence[EdgeReason] = ()
) -> str:
    """Draw the graph; with `states` nodes tell in words how far a run is, with `reasons` edges tell why they are."""
    ids: dict[TaskPath, str] = {}
    _number(graph, ids)
    lines = ["flowchart TD", f"    accTitle: {_plain(f'Pipeline {graph.name}')}"]
    notes = {(root_path(one.source), root_path(one.target)): reason_notes(one) for one in reasons}
    lines += _level(graph, states or {}, _Drawn(ids, notes), "    ")
    return "\n".join(lines) + "\n"


def _number(graph: TaskGraph, ids: dict[TaskPath, str]) -> None:
    for node in graph.nodes:
        ids[node.path] = f"n{len(ids) + 1}"
        if node.inner is not None:
            _number(node.inner, ids)


class _Drawn(NamedTuple):
    """What is known of all nodes and edges."""

    ids: Mapping[TaskPath, str]
    notes: Mapping[tuple[TaskPath, TaskPath], list[str]]


def _level(graph: TaskGraph, states: Mapping[TaskPath, NodeState], drawn: _Drawn, indent: str) -> Iterator[str]:
    ids = drawn.ids
    for node in graph.nodes:
        label = _label(node, states.get(node.path))
        if node.inner is None:
            yield f'{indent}{ids[node.path]}["{label}"]'
        else:
            yield f'{indent}subgraph {ids[node.path]}["{label}"]'
            yield from _level(node.inner, states, drawn, indent + "    ")
            yield f"{indent}end"
    for edge in graph.edges:
        arrow = "-.->" if edge.is_order else "-->"
        notes = drawn.notes.get((edge.source, edge.target))
        text = "<br/>".join(map(_escape, notes)) if notes else "" if edge.is_order else _escape(edge_text(edge))
        label = f'|"{text}"|' if text else ""
        yield f"{indent}{ids[edge.source]} {arrow}{label} {ids[edge.target]}"


def _label(node: GraphNode, state: NodeState | None) -> str:
    detail = state.text if state else group_text(node) if node.inner else detail_text(node)
    name = f"<b>{_escape(node_name(node))}</b>"
    break_or_dash = "<br/>" if node.inner is None else " · "  # a second line of a group's title lies over its nodes
    return f"{name}{break_or_dash}{_escape(one_line(detail))}" if detail else name


def _escape(text: str) -> str:
    """Entities as Mermaid writes them, ``#35;`` for ``#``."""
    readable = _FORMULA.sub("$\N{ZERO WIDTH SPACE}", text.encode("utf-8", "replace").decode())
    return "".join(f"#{ord(character)};" if character in _ESCAPED else character for character in readable)


def _plain(text: str) -> str:
    """For a title, which Mermaid ends at a line's end, a semicolon or a number sign."""
    return one_line(text.encode("utf-8", "replace").decode().replace(";", ",").replace("#", " "))
