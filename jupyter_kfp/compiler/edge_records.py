"""What the pipeline keeps of its edges: which variables travel, and the places because of which they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jupyter_kfp.dataflow.actors import Taken
from jupyter_kfp.dataflow.edges import FlowEdge
from jupyter_kfp.dataflow.facts import Place
from jupyter_kfp.dataflow.process_state import state_label
from jupyter_kfp.dataflow.versions import VersionKind
from jupyter_kfp.spec.extension import Edge, EdgeVariable, WrittenHow

_HOW: dict[VersionKind, WrittenHow] = {"bind": "made", "change": "changed", "shared": "shared", "delete": "deleted"}


def edge_records(
    edges: Sequence[FlowEdge], step_ids: Sequence[str], declared: Mapping[int, Sequence[str]]
) -> list[Edge]:
    """Records of all edges; `declared` has the names in ``kfp.mutates`` by the position of the step."""
    return [
        Edge(
            source=step_ids[edge.source],
            target=step_ids[edge.target],
            variables=[
                _variable(taken, declared.get(edge.source, ()), declared.get(edge.target, ())) for taken in edge.taken
            ],
            asked_in=edge.asked_in or 0,
            files=list(edge.files),
        )
        for edge in edges
    ]


def _variable(taken: Taken, declared_above: Sequence[str], declared_below: Sequence[str]) -> EdgeVariable:
    """`declared_above`: names in the ``kfp.mutates`` of the step that writes; `declared_below`: of that which reads."""
    version, name = taken.version, taken.version.name
    is_declared = version.kind == "change" and name in declared_above and _is_beginning(version.place)
    is_read_by_declaration = name in declared_below and _is_beginning(taken.place)
    return EdgeVariable(
        name=name,
        label=state_label(name),
        written_cell=version.place.cell,
        written_line=0 if is_declared else version.place.line,
        how="declared" if is_declared else "handed-on" if version.passes_on else _HOW[version.kind],
        perhaps=version.conditional,
        read_cell=taken.place.cell,
        read_line=0 if is_read_by_declaration else taken.place.line,
        via_cell=taken.via.place.cell if taken.via else 0,
        via_line=taken.via.place.line if taken.via else 0,
    )


def _is_beginning(place: Place) -> bool:
    """Where the analysis puts what is declared of a step: before its first line."""
    return place.line == 1 == place.column
