"""Edges between steps: the variables that travel, and the order that the user asked for."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from jupyter_kfp.dataflow.actors import Actor, Taken


class FlowEdge(msgspec.Struct, frozen=True, kw_only=True):
    """From one step to another, by position."""

    source: int
    target: int
    taken: list[Taken] = []
    """What travels, by name of the variable; empty if only ``after:`` asks for the edge."""
    asked_in: int | None = None
    """Cell with the ``after:`` tag."""
    files: list[str] = []
    """Names of files and folders because of which the order of the notebook has to be kept; ``*`` is any text."""


def make_edges(steps: Sequence[Actor], after: Sequence[Sequence[tuple[int, int]]]) -> list[FlowEdge]:
    """All edges, ordered by target, then source."""
    edges = []
    for target in steps:
        taken: dict[int, list[Taken]] = {}
        for name in sorted(target.taken):
            one = target.taken[name]
            if one.version.owner >= 0:
                taken.setdefault(one.version.owner, []).append(one)
        asked = dict(after[target.owner])
        edges += [
            FlowEdge(source=source, target=target.owner, taken=taken.get(source, []), asked_in=asked.get(source))
            for source in sorted({*taken, *asked})
        ]
    return edges
