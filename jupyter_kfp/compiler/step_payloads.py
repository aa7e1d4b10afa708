"""What each step carries to its worker, and the digest of its source."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence

import msgspec
from blake3 import blake3

from jupyter_kfp.compiler.carried_files import StepFiles
from jupyter_kfp.compiler.io_inference import OutputKind
from jupyter_kfp.compiler.notebook_code import CellCode
from jupyter_kfp.compiler.step_grouping import StepCells
from jupyter_kfp.dataflow.process_state import is_state, state_statement
from jupyter_kfp.dataflow.step_graph import FlowInput, StepFlow
from jupyter_kfp.dataflow.versions import Replay
from jupyter_kfp.ids import variable_key
from jupyter_kfp.notebook.notebook import NotebookCell
from jupyter_kfp.notebook.parameters_cell import NotebookParameter
from jupyter_kfp.spec.shipped_files import ShippedModules
from jupyter_kfp.spec.step_payload import Cell, StepFile, StepInput, StepNeighbour, StepOutput, StepPayload


class BoundInput(msgspec.Struct, frozen=True, kw_only=True):
    """An input with the way it travels."""

    flow: FlowInput
    key: str
    kind: OutputKind
    producer: int | None
    """Position of the step; None for a pipeline parameter."""
    optional: bool = False
    """A parameter that the executor may not pass: it is None then."""


class BoundOutput(msgspec.Struct, frozen=True, kw_only=True):
    """An output with the way it travels."""

    name: str
    key: str
    kind: OutputKind
    maybe: bool
    changed_below: bool
    readers: list[int]


class StepPorts(msgspec.Struct, frozen=True, kw_only=True):
    """What a step is given and gives."""

    inputs: Sequence[BoundInput]
    outputs: Sequence[BoundOutput]
    files: StepFiles


class StepSurroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What a step has beside its own cells."""

    kernel: str
    setup: Sequence[Cell]
    files: Sequence[str]
    """Texts in its code that may name files."""
    modules: ShippedModules


def bind_outputs(flows: Sequence[StepFlow], kinds: Mapping[tuple[int, str], OutputKind]) -> list[list[BoundOutput]]:
    """Give the outputs of all steps their keys."""
    return [
        [
            BoundOutput(
                name=output.name,
                key=variable_key(output.name),
                kind=kinds[position, output.name],
                maybe=output.maybe,
                changed_below=output.changed_below,
                readers=output.readers,
            )
            for output in flow.outputs
        ]
        for position, flow in enumerate(flows)
    ]


def bind_inputs(
    flow: StepFlow, kinds: Mapping[tuple[int, str], OutputKind], parameters: Mapping[str, NotebookParameter]
) -> list[BoundInput]:
    """Give the inputs of a step their keys; each travels as its maker sends it."""
    inputs = []
    for one in flow.inputs:
        owner = one.version.owner
        kind = kinds[owner, one.name] if owner >= 0 else OutputKind("parameter", parameters[one.name].parameter_type)
        optional = owner < 0 and parameters[one.name].optional and parameters[one.name].default in (None, msgspec.UNSET)
        producer = owner if owner >= 0 else None
        inputs.append(BoundInput(flow=one, key=variable_key(one.name), kind=kind, producer=producer, optional=optional))
    return inputs


def make_payload(
    step: StepCells, flow: StepFlow, ports: StepPorts, around: StepSurroundings, step_names: Sequence[str]
) -> StepPayload:
    """Put a payload together; `step_names` are those of all steps, by position."""
    carried = ports.files
    return StepPayload(
        step=step.name,
        kernel=around.kernel,
        setup=list(around.setup),
        files=list(around.files),
        file_inputs=[StepFile(path=one.path, key=one.key, producer=step_names[one.producer]) for one in carried.inputs],
        file_outputs=[StepFile(path=one.path, key=one.key) for one in carried.outputs],
        guarded_setup=flow.guarded_setup,
        unnamed_setup=flow.unnamed_setup,
        neighbours=[
            StepNeighbour(name=one.name, producer=step_names[one.version.owner], changed_below=one.changed_below)
            for one in flow.neighbours
        ],
        has_later_steps=flow.has_later_steps,
        foreseen_state=flow.foreseen_state,
        seeded=flow.seeded,
        modules=around.modules,
        cells=[_payload_cell(cell) for cell in step.cells],
        inputs=[
            StepInput(
                name=one.flow.name,
                key=one.key,
                binding=one.kind.binding,
                parameter_type=one.kind.type if one.kind.binding == "parameter" else "",
                optional=one.optional,
                producer=step_names[one.producer] if one.producer is not None else "",
                guarded=one.flow.guarded,
                changed_below=one.flow.changed_below,
            )
            for one in ports.inputs
        ],
        outputs=[
            StepOutput(
                name=one.name,
                key=one.key,
                binding=one.kind.binding,
                artifact_type=one.kind.type if one.kind.binding == "artifact" else "system.Artifact",
                maybe=one.maybe,
                changed_below=one.changed_below,
                readers=[step_names[reader] for reader in one.readers],
            )
            for one in ports.outputs
        ],
    )


def _payload_cell(cell: NotebookCell) -> Cell:
    # Tags and the like belong to the executed notebook; what other tools keep there about outputs does not.
    metadata = {key: value for key, value in cell.metadata.items() if key in {"tags", "kfp", "jupyter", "scrolled"}}
    return Cell(number=cell.number, source=cell.source, id=cell.id, metadata=metadata)


def setup_for(flow: StepFlow, codes: Mapping[int, CellCode], first_cell: int) -> list[Cell]:
    """Setup cells of a step, with imports of earlier steps in between, in the order of the notebook.

    Before them comes what stands for state of the process that the step hands on.
    """
    made = {output.name for output in flow.outputs}
    states = [Cell(number=first_cell, source=state_statement(name)) for name in sorted(made) if is_state(name)]
    cells = [(number, 0, Cell(number=number, source=codes[number].cell.source)) for number in flow.setup_cells]
    cells += [
        (replay.cell, index, Cell(number=replay.cell, source=replay.statement))
        for index, replay in enumerate(_distinct(flow.replays))
    ]
    return states + [cell for _, _, cell in sorted(cells, key=lambda entry: entry[:2])]


def _distinct(replays: Sequence[Replay]) -> list[Replay]:
    return list({(replay.cell, replay.statement): replay for replay in replays}.values())


def source_digest(payload: StepPayload, codes: Mapping[int, CellCode], needed_setup: Sequence[int]) -> str:
    """Digest of what the step does: comments, layout, and setup that it does not use, do not count."""
    setup = [
        _normalised(codes[cell.number]) if cell.number in needed_setup else cell.source
        for cell in payload.setup
        if cell.number in needed_setup or codes[cell.number].cell.source != cell.source
    ]
    parts = {
        "kernel": payload.kernel,
        "setup": setup,
        "cells": [_normalised(codes[cell.number]) for cell in payload.cells],
        "inputs": [[one.name, one.key, one.binding, one.parameter_type] for one in payload.inputs],
        "outputs": [[one.name, one.key, one.binding, one.artifact_type, one.maybe] for one in payload.outputs],
    }
    return f"blake3:{blake3(json.dumps(parts, sort_keys=True).encode()).hexdigest()}"


def _normalised(code: CellCode) -> list[object]:
    magics = [[magic.kind, magic.name, magic.text, magic.assigned_to] for magic in code.magics]
    bodies = [code.cell.source] if any(magic.kind == "cell" for magic in code.magics) else []
    return [ast.dump(code.tree), magics, bodies]
