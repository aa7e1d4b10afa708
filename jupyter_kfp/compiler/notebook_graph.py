"""From a grouped notebook to the dataflow between its steps."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_kfp.compiler.notebook_code import CellCode, names_bound_in
from jupyter_kfp.compiler.notebook_modules import NotebookModules
from jupyter_kfp.compiler.step_grouping import Grouping
from jupyter_kfp.dataflow.cell_facts import cell_facts
from jupyter_kfp.dataflow.facts import Place
from jupyter_kfp.dataflow.step_graph import StepAsked, StepGraph, build_step_graph
from jupyter_kfp.dataflow.traced_notebook import Context, TracedCell
from jupyter_kfp.dataflow.versions import PARAMETERS, SETUP
from jupyter_kfp.notebook.notebook import Notebook
from jupyter_kfp.notebook.parameters_cell import NotebookParameter


def make_step_graph(
    notebook: Notebook,
    grouping: Grouping,
    parameters: Sequence[NotebookParameter],
    codes: Sequence[CellCode],
    modules: NotebookModules,
) -> StepGraph:
    """Trace the cells of a notebook."""
    positions = {step.name: position for position, step in enumerate(grouping.steps)}
    parameter_places = _refused_places(codes)
    parameter_places |= {parameter.name: Place(parameter.cell, parameter.line, 1) for parameter in parameters}
    context = Context(
        step_names=[step.name for step in grouping.steps],
        parameters=parameter_places,
        definitions=_definitions(codes, parameter_places),
        skipped=_skipped(notebook, codes),
        star_names=modules.star_names,
        modules=modules.effects,
        scalars=frozenset(one.name for one in parameters if one.parameter_type not in {"LIST", "STRUCT"}),
        tells_subclasses=any("__subclasses__" in code.cell.source for code in codes),
        mutates={position: step.options.mutates for position, step in enumerate(grouping.steps)},
    )
    return build_step_graph(
        cells=[TracedCell(number=code.cell.number, owner=code.owner, facts=code.facts) for code in codes],
        steps=[
            StepAsked(name=step.name, after=[(positions[name], cell) for name, cell in step.after])
            for step in grouping.steps
        ],
        setup={code.cell.number: modules.look_at_setup(code.tree) for code in codes if code.owner == SETUP},
        context=context,
        cell_ids={cell.number: cell.id for cell in notebook.cells},
    )


def _refused_places(codes: Sequence[CellCode]) -> dict[str, Place]:
    """Names that cells of parameters bind by what is no parameter: that is reported; that they are undefined is not."""
    trees = [code for code in codes if code.owner == PARAMETERS]
    facts = [fact for code in trees for fact in cell_facts(code.tree, code.cell.number)]
    return {fact.name: fact.place for fact in facts if fact.kind == "bind"}


def _definitions(codes: Sequence[CellCode], parameters: dict[str, Place]) -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = {name: [place] for name, place in parameters.items()}
    for code in codes:
        for fact in code.facts:
            if fact.kind == "bind":
                found.setdefault(fact.name, []).append(fact.place)
    return {name: sorted(places) for name, places in found.items()}


def _skipped(notebook: Notebook, codes: Sequence[CellCode]) -> dict[str, int]:
    """Names that only cells outside the pipeline bind."""
    used = {code.cell.number for code in codes}
    bound = {fact.name for code in codes for fact in code.facts if fact.kind == "bind"}
    skipped: dict[str, int] = {}
    for cell in notebook.code_cells:
        if cell.number not in used and cell.source.strip():
            for name in names_bound_in(cell.source):
                if name not in bound:
                    skipped.setdefault(name, cell.number)
    return skipped
