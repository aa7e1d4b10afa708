"""What setup makes and a step must leave alone, since what comes later has it as its own replay makes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from jupyter_kfp.dataflow.actors import Actor
from jupyter_kfp.dataflow.setup_cells import SetupCell, needed_cells, replayed_cells
from jupyter_kfp.dataflow.versions import SETUP, Version


def guarded_setup(
    actor: Actor, steps: Sequence[Actor], traced: Mapping[int, Actor], setup: Mapping[int, SetupCell]
) -> tuple[list[str], list[str]]:
    """Names that the guard of a step compares: those that its own code uses, and the others.

    That the code does not use a name proves nothing: functions and objects that it uses may hold its object.
    """
    replayed = replayed_cells(actor, setup, traced)
    found: set[str] = set()
    for version in _used_later(actor, steps, traced):
        name = version.name
        if name in actor.changes or name in actor.writes or version.is_import or version.is_immutable:
            continue
        made: Version | None = version
        while made is not None and not (made.owner == SETUP and made.setup_cells <= replayed):
            made = made.previous if made.needs_previous else None
        if made is not None and made.kind != "delete":
            found.add(name)
    return sorted(found & actor.setup_values.keys()), sorted(found - actor.setup_values.keys())


def _used_later(actor: Actor, steps: Sequence[Actor], traced: Mapping[int, Actor]) -> Iterator[Version]:
    """What later steps use, and what setup cells that they need use where these are below the step."""
    last = max(actor.cells)
    for later in steps[actor.owner + 1 :]:
        yield from later.setup_values.values()
        for number in needed_cells(later.setup_cells, traced):
            if number > last and number in traced:
                yield from traced[number].setup_values.values()
