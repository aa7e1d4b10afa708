"""The dataflow of a notebook: for each step what goes in and comes out, and the edges between the steps."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from jupyter_kfp.dataflow.actors import Actor, Taken
from jupyter_kfp.dataflow.cycles import report_cycles
from jupyter_kfp.dataflow.edges import FlowEdge, make_edges
from jupyter_kfp.dataflow.facts import Fact, Place
from jupyter_kfp.dataflow.findings import Findings
from jupyter_kfp.dataflow.guarded_setup import guarded_setup
from jupyter_kfp.dataflow.handing_on import keep_identities, keep_together
from jupyter_kfp.dataflow.process_state import is_state
from jupyter_kfp.dataflow.setup_cells import SetupCell, needed_cells, replayed_cells
from jupyter_kfp.dataflow.trace import Tracer
from jupyter_kfp.dataflow.traced_notebook import Context, TracedCell
from jupyter_kfp.dataflow.unfit_values import report_identities
from jupyter_kfp.dataflow.versions import PARAMETERS, SETUP, Replay, Version
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.spec.step_payload import SeededGenerator


class FlowInput(msgspec.Struct, frozen=True, kw_only=True):
    """A variable that a step is given."""

    name: str
    version: Version
    """Its owner is the step that makes it, or `PARAMETERS`."""
    place: Place
    """Where it is read first."""
    guarded: bool
    """A later step sees the same version, and no change of it was found here."""
    changed_below: bool
    """A later step changes the variable in place."""


class FlowOutput(msgspec.Struct, frozen=True, kw_only=True):
    """A variable that later steps are given by a step."""

    name: str
    version: Version
    maybe: bool
    """It may be unbound at the end of the step."""
    readers: list[int]
    """Positions of the steps."""
    changed_below: bool
    """A later step changes the variable in place."""


class FlowNeighbour(msgspec.Struct, frozen=True, kw_only=True):
    """A variable that a step is not given, but a later one, by a maker that gives this step others."""

    name: str
    version: Version
    changed_below: bool
    """A later step changes the variable in place."""


class StepFlow(msgspec.Struct, frozen=True, kw_only=True):
    """One step."""

    inputs: list[FlowInput]
    outputs: list[FlowOutput]
    neighbours: list[FlowNeighbour]
    setup_cells: list[int]
    """Numbers of the setup cells that are replayed before it."""
    needed_setup_cells: list[int]
    """Those of them that its result depends on."""
    used_imports: dict[int, list[str]] = {}
    """By setup cell: dotted paths of what it imports under names that the step, or its setup, uses."""
    guarded_setup: list[str] = []
    """See `StepPayload.guarded_setup`."""
    unnamed_setup: list[str] = []
    """See `StepPayload.unnamed_setup`."""
    has_later_steps: bool = False
    """See `StepPayload.has_later_steps`."""
    foreseen_state: list[str] = []
    """See `StepPayload.foreseen_state`."""
    seeded: list[SeededGenerator] = []
    """See `StepPayload.seeded`."""
    replays: list[Replay]
    """Import statements of earlier steps, replayed too."""


class StepGraph(msgspec.Struct, frozen=True, kw_only=True):
    """The whole; of use only if no diagnostic is an error."""

    steps: list[StepFlow]
    edges: list[FlowEdge]
    carried_data: dict[str, list[str]] = {}
    """By name of one of the user's own modules: its data that steps change."""
    diagnostics: list[Diagnostic]


class StepAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What the notebook says about a step beside its cells."""

    name: str
    after: list[tuple[int, int]] = []
    """Positions of steps that come before, each with the cell that says so."""
    mutates: list[str] = []


def build_step_graph(
    cells: Sequence[TracedCell],
    steps: Sequence[StepAsked],
    setup: Mapping[int, SetupCell],
    context: Context,
    cell_ids: dict[int, str],
) -> StepGraph:
    """Trace the cells (in the order of the notebook) and put the outcome together."""
    findings = Findings(cell_ids, context.definitions, context.skipped)
    tracer = Tracer(context, findings)
    tracer.run(cells)
    keep_identities(tracer.steps)
    keep_together(tracer.held_pairs, tracer.steps)
    last_changes = _last_changes(tracer.steps)
    outputs = _collect_outputs(tracer.steps, last_changes, findings)
    for actor in tracer.steps:
        _complete_setup(actor, tracer, setup, findings)
    _report_clashes(tracer.steps, findings)
    report_identities(tracer.steps, context.definitions, findings)
    _report_late_setup(tracer, cells, setup, findings)
    edges = make_edges(tracer.steps, [step.after for step in steps])
    report_cycles(edges, tracer.steps, findings)
    guarded = [guarded_setup(actor, tracer.steps, tracer.setup, setup) for actor in tracer.steps]
    flows = [
        StepFlow(
            inputs=_inputs(actor, tracer.steps, last_changes),
            outputs=outputs[actor.owner],
            neighbours=_neighbours(actor, outputs, last_changes),
            setup_cells=sorted(replayed_cells(actor, setup, tracer.setup)),
            needed_setup_cells=sorted(_needed(actor, tracer.setup, setup)),
            used_imports=_used_imports(actor, tracer.setup),
            guarded_setup=guarded[actor.owner][0],
            unnamed_setup=guarded[actor.owner][1],
            has_later_steps=actor.owner < len(tracer.steps) - 1,
            foreseen_state=tracer.settings.foreseen(actor.owner),
            seeded=tracer.settings.seeded_elsewhere(actor),
            replays=sorted(actor.replays),
        )
        for actor in tracer.steps
    ]
    carried = tracer.modules.carried
    return StepGraph(steps=flows, edges=edges, carried_data=carried, diagnostics=findings.diagnostics)


def _needed(actor: Actor, traced: Mapping[int, Actor], setup: Mapping[int, SetupCell]) -> set[int]:
    """Setup cells that can make a difference: used by name, or with effects beyond names."""
    last = max(actor.cells)
    effects = {number for number, cell in setup.items() if number < last and (cell.has_effects or actor.dynamic)}
    return needed_cells(actor.setup_cells | effects, traced)


def _complete_setup(actor: Actor, tracer: Tracer, setup: Mapping[int, SetupCell], findings: Findings) -> None:
    """What the setup of a step needs, the step needs: parameters, and imports of earlier steps."""
    for number in sorted(replayed_cells(actor, setup, tracer.setup)):
        cell = tracer.setup[number]
        actor.replays |= cell.replays
        for name, taken in cell.taken.items():
            known = actor.taken.setdefault(name, taken)
            if known.version is not taken.version:
                message = (
                    f"setup reads parameter “{name}”, and step “{actor.name}” needs the value that "
                    f"cell {known.version.place.cell} gave it"
                )
                hint = "give the new value another name, so that the parameter stays what it is"
                findings.add("KFP134", Severity.ERROR, known.place, message, hint=hint, variable=name)


def _collect_outputs(
    steps: list[Actor], last_changes: Mapping[Version, int], findings: Findings
) -> list[list[FlowOutput]]:
    """Follow what each step is given back to its makers; a maker that only may make it is given it, too."""
    readers: dict[tuple[int, str], set[int]] = {}
    waiting = [(step, taken) for step in steps for taken in step.taken.values()]
    while waiting:
        reader, taken = waiting.pop()
        version = taken.version
        if version.owner < 0:
            continue
        maker = steps[version.owner]
        key = (maker.owner, version.name)
        if maker.writes[version.name] is not version:
            _report_stale(reader, maker, taken, findings)
        known = readers.setdefault(key, set())
        known.add(reader.owner)
        before = maker.taken.get(version.name)
        maker.require(version, version.place)
        if maker.taken.get(version.name) is not before:
            waiting.append((maker, maker.taken[version.name]))
    for step in steps:
        for name, (definition, place, how) in sorted(step.changed_definitions.items()):
            if (step.owner, name) in readers:
                findings.cache_lost(name, place, f"what it returned is changed here ({how.strip()})", definition)
    return [
        [
            FlowOutput(
                name=name,
                version=step.writes[name],
                maybe=step.writes[name].possibly_unbound(),
                readers=sorted(readers[step.owner, name]),
                changed_below=_changed_below(step, step.writes[name], last_changes),
            )
            for name in sorted(step.writes)
            if (step.owner, name) in readers
        ]
        for step in steps
    ]


def _report_stale(reader: Actor, maker: Actor, taken: Taken, findings: Findings) -> None:
    final = maker.writes[taken.version.name].place
    message = (
        f"step “{reader.name}” reads “{taken.version.name}” as it was before step “{maker.name}” changed it again "
        f"in cell {final.cell}, line {final.line}"
    )
    hint = f"make a step of its own of cell {final.cell}, or give the new value another name"
    findings.add("KFP134", Severity.ERROR, taken.place, message, hint=hint, variable=taken.version.name)


def _report_clashes(steps: list[Actor], findings: Findings) -> None:
    for step in steps:
        for clash in step.clashes:
            maker = steps[clash.version.owner].name if clash.version.owner >= 0 else "setup"
            message = (
                f"step “{step.name}” needs two values of “{clash.name}”: that of cell {clash.other.place.cell}, and "
                f"here that of cell {clash.version.place.cell} ({maker}), which lies between its cells"
            )
            hint = "give the step's cells below that cell a step name of their own"
            findings.add("KFP134", Severity.ERROR, clash.place, message, hint=hint, variable=clash.name)


def _report_late_setup(
    tracer: Tracer, cells: Iterable[TracedCell], setup: Mapping[int, SetupCell], findings: Findings
) -> None:
    """Setup in the middle of a step is replayed before it: that must not change what the cells above see."""
    facts: dict[int, list[Fact]] = {cell.number: cell.facts for cell in cells if cell.owner == SETUP}
    for step in tracer.steps:
        first, last = min(step.cells), max(step.cells)
        for number in replayed_cells(step, setup, tracer.setup):
            if not first < number < last:
                continue
            for fact in facts[number]:
                if fact.kind != "bind" or _is_same_import(fact, step.has.get(fact.name)):
                    continue
                if step.touched.get(fact.name, number) < number:
                    message = f"setup binds “{fact.name}” in the middle of step “{step.name}”, which uses it above"
                    hint = "move the setup cell above the step"
                    findings.add("KFP134", Severity.ERROR, fact.place, message, hint=hint, variable=fact.name)


def _is_same_import(fact: Fact, held: Version | None) -> bool:
    if held is None or fact.value.imported is None or held.value.imported is None:
        return False
    return fact.value.imported.path == held.value.imported.path


def _last_changes(steps: list[Actor]) -> dict[Version, int]:
    """By version: the last step that changes in place what it may be by then."""
    last: dict[Version, int] = {}
    for step in reversed(steps):
        for changed in itertools.chain.from_iterable(step.changes.values()):
            version: Version | None = changed
            while version is not None and version not in last:  # what is before a known one is known
                last[version] = step.owner
                version = version.previous if version.needs_previous else None
    return last


def _changed_below(actor: Actor, version: Version, last_changes: Mapping[Version, int]) -> bool:
    """Whether a later step may change the object, or the one that was handed on."""
    while last_changes.get(version, -1) <= actor.owner:
        if not version.passes_on or version.previous is None:
            return False
        version = version.previous
    return True


def _neighbours(
    actor: Actor, outputs: list[list[FlowOutput]], last_changes: Mapping[Version, int]
) -> list[FlowNeighbour]:
    makers = sorted({taken.version.owner for taken in actor.taken.values() if taken.version.owner >= 0})
    return [
        FlowNeighbour(
            name=output.name,
            version=output.version,
            changed_below=_changed_below(actor, output.version, last_changes),
        )
        for maker in makers
        for output in outputs[maker]
        if output.readers[-1] > actor.owner
        and not is_state(output.name)
        and not (output.name in actor.taken and actor.taken[output.name].version.owner == maker)
    ]


def _used_imports(actor: Actor, traced: Mapping[int, Actor]) -> dict[int, list[str]]:
    used: dict[int, set[str]] = {}
    users = [actor, *(traced[number] for number in needed_cells(actor.setup_cells, traced) if number in traced)]
    for user in users:
        for version in user.setup_values.values():
            imported = version.value.imported
            for cell in version.setup_cells if imported is not None else ():
                used.setdefault(cell, set()).add(imported.path if imported is not None else "")
    return {cell: sorted(paths) for cell, paths in used.items()}


def _inputs(actor: Actor, steps: list[Actor], last_changes: Mapping[Version, int]) -> list[FlowInput]:
    inputs = []
    # State comes last: loading other values may import modules, which set it.
    for name in sorted(actor.taken, key=lambda name: (is_state(name), name)):
        taken = actor.taken[name]
        seen_later = any(
            later.taken[name].version is taken.version or taken.version.stands_for(later.taken[name].version)
            for later in steps[actor.owner + 1 :]
            if name in later.taken
        )
        inputs.append(
            FlowInput(
                name=name,
                version=taken.version,
                place=taken.place,
                guarded=seen_later and name not in actor.changes and not is_state(name),
                changed_below=_changed_below(actor, taken.version, last_changes),
            )
        )
    return inputs


__all__ = ["PARAMETERS", "FlowInput", "FlowOutput", "StepAsked", "StepFlow", "StepGraph", "build_step_graph"]
