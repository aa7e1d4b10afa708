"""The graph as JSON: what the other drawings show, for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from jupyter_kfp.drawing.edge_reasons import EdgeReason
from jupyter_kfp.drawing.node_states import NodeState
from jupyter_kfp.drawing.task_graph import TaskGraph
from jupyter_kfp.ids import TaskPath, root_path


def draw_json(
    graph: TaskGraph, states: Mapping[TaskPath, NodeState] | None = None, reasons: Sequence[EdgeReason] = ()
) -> str:
    """``{"name", "nodes": [{"path", "name", ...}], "edges": [{"source", "target", "variables"}]}``, groups nested.

    With `reasons`, edges have ``why``: see `EdgeReason`.
    """
    data = _graph(graph, states or {})
    why = {(root_path(one.source), root_path(one.target)): one for one in reasons}
    for edge in data["edges"]:
        found = why.get((edge["source"], edge["target"]))
        if found is not None:
            edge["why"] = msgspec.to_builtins(found)
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode() + "\n"


def _graph(graph: TaskGraph, states: Mapping[TaskPath, NodeState]) -> dict[str, Any]:
    nodes = []
    for node in graph.nodes:
        fields: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(node, inner=None))
        fields["kind"] = node.kind
        if node.path in states:
            fields["state"] = msgspec.to_builtins(states[node.path])
        if node.inner is not None:
            fields["inner"] = _graph(node.inner, states)
        nodes.append(fields)
    edges = [
        {"source": edge.source, "target": edge.target, "variables": edge.variables, "order": edge.is_order}
        for edge in graph.edges
    ]
    return {"name": graph.name, "nodes": nodes, "edges": edges}
