"""Cycles among steps: cells of a step on both sides of another that it needs, or contradictory ``after:`` tags."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Sequence

from jupyter_kfp.dataflow.actors import Actor
from jupyter_kfp.dataflow.edges import FlowEdge
from jupyter_kfp.dataflow.facts import Place
from jupyter_kfp.dataflow.findings import Findings
from jupyter_kfp.notebook.diagnostic import Severity


def find_cycle(edges: Iterable[FlowEdge], count: int) -> list[int]:
    """Positions of the steps of one cycle, each before the one that needs it; empty if there is none."""
    sorter: graphlib.TopologicalSorter[int] = graphlib.TopologicalSorter(dict.fromkeys(range(count), ()))
    for edge in edges:
        sorter.add(edge.target, edge.source)
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        cycle: list[int] = error.args[1]
        return cycle[:-1]
    return []


def report_cycles(edges: list[FlowEdge], steps: Sequence[Actor], findings: Findings) -> None:
    """Report each cycle (without the edges of those already reported), with the reason for each of its edges."""
    remaining = list(edges)
    while cycle := find_cycle(remaining, len(steps)):
        pairs = list(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
        chain = [
            edge for source, target in pairs for edge in remaining if (edge.source, edge.target) == (source, target)
        ]
        if not chain:  # the sorter may name the cycle the other way round
            chain = [
                edge for target, source in pairs for edge in remaining if (edge.source, edge.target) == (source, target)
            ]
        _report(chain, steps, findings)
        remaining = [edge for edge in remaining if edge not in chain]


def _report(chain: list[FlowEdge], steps: Sequence[Actor], findings: Findings) -> None:
    names = " → ".join(f"“{steps[edge.source].name}”" for edge in [*chain, chain[0]])
    reasons = "; ".join(_reason(edge, steps) for edge in chain)
    asked = [edge for edge in chain if not edge.taken]
    split = next((steps[edge.target] for edge in chain if edge.taken and edge.target < edge.source), None)
    if split is not None and len(split.cells) > 1:
        place = max(edge.taken[0].place for edge in chain if edge.taken and steps[edge.target] is split)
        hint = f"give the later cells of step “{split.name}”, from cell {place.cell} on, a step name of their own"
    elif asked:
        place = max(_asked_place(edge, steps) for edge in asked)
        hint = "take away an after: tag that contradicts the order of the notebook"
    else:
        place = max(edge.taken[0].place for edge in chain)
        hint = f"give the later cells of step “{steps[chain[0].target].name}” a step name of their own"
    message = f"the steps wait for one another: {names}: {reasons}"
    findings.add("KFP133", Severity.ERROR, place, message, hint=hint)


def _reason(edge: FlowEdge, steps: Sequence[Actor]) -> str:
    source, target = steps[edge.source].name, steps[edge.target].name
    if not edge.taken:
        return f"“{target}” is tagged after:{source} in cell {edge.asked_in}"
    one = edge.taken[0]
    written = one.version.place
    return (
        f"“{target}” reads {one.version.name} in cell {one.place.cell}, line {one.place.line}, "
        f"which “{source}” makes in cell {written.cell}, line {written.line}"
    )


def _asked_place(edge: FlowEdge, steps: Sequence[Actor]) -> Place:
    """The cell with the tag."""
    return Place(edge.asked_in or steps[edge.target].cells[0], 0, 0)
