"""Options that name variables which the step does not have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from jupyter_kfp.compiler.notebook_code import CellCode
from jupyter_kfp.compiler.step_grouping import StepCells
from jupyter_kfp.dataflow.python_names import similar_name
from jupyter_kfp.dataflow.step_graph import StepFlow
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.notebook.edits import OptionEdit
from jupyter_kfp.notebook.parameters_cell import NotebookParameter

_Option = Literal["mutates", "type"]


def unknown_names(
    steps: Sequence[StepCells],
    flows: Sequence[StepFlow],
    codes: Sequence[CellCode],
    parameters: Sequence[NotebookParameter],
) -> list[Diagnostic]:
    """Refuse names in ``kfp.mutates`` and ``kfp.type`` that can have no effect (KFP144)."""
    found: list[Diagnostic] = []
    if not any(step.options.mutates or step.options.type for step in steps):
        return found
    bound = [(code, _bound_in(code)) for code in codes]
    for position, (step, flow) in enumerate(zip(steps, flows, strict=True)):
        last = step.cells[-1].number
        above = {name for code, names in bound if code.cell.number <= last for name in names}
        above |= {parameter.name for parameter in parameters}
        made = {name for code, names in bound if code.owner == position for name in names}
        handed_on = {output.name for output in flow.outputs}
        for index, name in enumerate(step.options.mutates):
            if name not in above:
                found.append(_unknown(step, "mutates", name, index, above))
        for name in step.options.type:
            if name not in made | handed_on:
                found.append(_unknown(step, "type", name, name, made | handed_on))
            elif name not in handed_on:
                found.append(_kept(step, name))
    return found


def _bound_in(code: CellCode) -> set[str]:
    """Names that the cell binds, or its functions when they are called."""
    bound = [fact for fact in code.facts if fact.kind == "bind"]
    uses = [use for fact in bound for body in fact.value.bodies for use in body.uses]
    return {fact.name for fact in bound} | {use.name for use in uses if use.kind == "write"}


def _unknown(step: StepCells, option: _Option, name: str, key: str | int, known: set[str]) -> Diagnostic:
    meant = similar_name(name, sorted(known - set(getattr(step.options, option))))
    where = "no cell up to the end of the step binds" if option == "mutates" else "the step does not make"
    edit = OptionEdit(
        cell=step.options_cell,
        cell_id=_cell_id(step),
        path=(option, key),
        **({"value": meant} if option == "mutates" else {"name": meant or ""}),
    )
    return Diagnostic(
        code="KFP144",
        severity=Severity.ERROR,
        message=f"kfp.{option} of step “{step.name}” names “{name}”, a variable that {where}",
        hint=f"did you mean “{meant}”?" if meant else "correct the name, or take it away",
        cell=step.options_cell,
        cell_id=_cell_id(step),
        step=step.name,
        variable=name,
        edits=(edit,) if meant else (),
    )


def _kept(step: StepCells, name: str) -> Diagnostic:
    return Diagnostic(
        code="KFP144",
        severity=Severity.WARNING,
        message=f"kfp.type of step “{step.name}” names “{name}”, which no later step reads: it becomes no artifact",
        hint=f"log what you want to keep by jupyter_kfp.log_artifact, or take “{name}” away",
        cell=step.options_cell,
        cell_id=_cell_id(step),
        step=step.name,
        variable=name,
    )


def _cell_id(step: StepCells) -> str:
    return next((cell.id for cell in step.cells if cell.number == step.options_cell), "")
