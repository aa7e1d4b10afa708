"""Compile a notebook to a KFP v2 pipeline."""

from __future__ import annotations

import ast
import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from jupyter_kfp.compiler.compiled_notebook import CompiledNotebook, CompileOptions
from jupyter_kfp.compiler.diagnostics import sort_diagnostics
from jupyter_kfp.compiler.edge_records import edge_records
from jupyter_kfp.compiler.file_order import FileOrder, order_by_files
from jupyter_kfp.compiler.installs import installs
from jupyter_kfp.compiler.io_inference import NotebookTypes, OutputKind, import_aliases, logged_outputs, output_kind
from jupyter_kfp.compiler.ir_builder import PipelineParts, StepParts, build_pipeline
from jupyter_kfp.compiler.notebook_code import (
    CellCode,
    imported_packages,
    possible_file_names,
    read_code,
    unknown_programs,
)
from jupyter_kfp.compiler.notebook_graph import make_step_graph
from jupyter_kfp.compiler.notebook_modules import NotebookModules
from jupyter_kfp.compiler.option_names import unknown_names
from jupyter_kfp.compiler.setup_values import fresh_setup_values
from jupyter_kfp.compiler.silenced_lines import without_silenced
from jupyter_kfp.compiler.step_grouping import Grouping, group_steps
from jupyter_kfp.compiler.step_payloads import (
    BoundOutput,
    StepPorts,
    StepSurroundings,
    bind_inputs,
    bind_outputs,
    make_payload,
    setup_for,
    source_digest,
)
from jupyter_kfp.dataflow.facts import Body
from jupyter_kfp.dataflow.step_graph import StepFlow, StepGraph
from jupyter_kfp.dataflow.versions import PARAMETERS, SETUP
from jupyter_kfp.errors import KfpError
from jupyter_kfp.notebook.cell_tags import SETUP as SETUP_TAG
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.notebook.edits import TagEdit
from jupyter_kfp.notebook.notebook import Notebook, NotebookCell
from jupyter_kfp.notebook.notebook_folder import DiskFolder, NotebookFolder
from jupyter_kfp.notebook.notebook_reader import read_notebook
from jupyter_kfp.notebook.parameters_cell import NotebookParameter, read_parameters
from jupyter_kfp.spec.extension import Extension, StepRecord
from jupyter_kfp.spec.model import Pipeline
from jupyter_kfp.spec.payload_storage import StoredSteps
from jupyter_kfp.spec.shipped_files import ShippedModules
from jupyter_kfp.spec.step_payload import StepPayload

__all__ = ["CompileOptions", "CompiledNotebook", "compile_notebook", "pipeline_name"]

_NOT_DNS = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 63


def compile_notebook(
    notebook: Path | Mapping[str, Any] | bytes,
    *,
    name: str | None = None,
    options: CompileOptions | None = None,
    folder: NotebookFolder | None = None,
    file: Path | None = None,
) -> CompiledNotebook:
    """Compile a file, parsed notebook JSON, or its bytes. Faults of the notebook come as diagnostics, never raised.

    `folder` is where the user's own modules are found; by default that of the file, and none for JSON and bytes.
    `file` is where bytes were read from.
    """
    if folder is None and isinstance(notebook, Path):
        folder = DiskFolder(notebook.parent)
    options = options or CompileOptions()
    try:
        read = read_notebook(notebook, name=name, file=file)
    except KfpError as error:
        fault = Diagnostic(
            code=error.code, severity=Severity.ERROR, message=error.message, hint=error.hint or "", **_place(error)
        )
        return CompiledNotebook(pipeline=None, diagnostics=[fault])
    grouping = group_steps(read, by_heading=options.by_heading, whole=options.whole)
    diagnostics = list(grouping.diagnostics)
    parameters, faults = read_parameters(grouping.parameters)
    diagnostics += faults
    codes, faults = read_code(grouping, folder)
    diagnostics += [*faults, *unknown_programs(codes)]
    modules = NotebookModules(codes, folder)
    diagnostics += modules.diagnostics
    read_whole = not faults and {cell.number for cell in grouping.parameters} <= {code.cell.number for code in codes}
    graph = make_step_graph(read, grouping, parameters, codes, modules) if read_whole and grouping.steps else None
    if graph is not None:
        names = [step.name for step in grouping.steps]
        order = order_by_files(codes, grouping.steps, graph.edges)
        aliases = import_aliases([code.tree for code in codes])
        diagnostics += [*graph.diagnostics, *fresh_setup_values(codes, graph.steps, aliases), *order.diagnostics]
        diagnostics += installs(codes, names, order.before)
        diagnostics += unknown_names(grouping.steps, graph.steps, codes, parameters)
        graph = msgspec.structs.replace(graph, edges=order.edges)
    diagnostics = without_silenced(_with_edits(_with_steps(diagnostics, grouping), read), read)
    diagnostics = sort_diagnostics(diagnostics)
    if graph is None or any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics):
        return CompiledNotebook(pipeline=None, diagnostics=diagnostics)
    analysis = _Analysis(codes=codes, aliases=aliases, graph=graph, files=order, modules=modules)
    pipeline = _Compilation(read, grouping, parameters, analysis).build()
    return CompiledNotebook(pipeline=pipeline, diagnostics=diagnostics, asked_environment=modules.asked_environment)


def _place(error: KfpError) -> dict[str, Any]:
    return {key: error.details[key] for key in ("cell", "line") if isinstance(error.details.get(key), int)}


def _with_steps(diagnostics: list[Diagnostic], grouping: Grouping) -> list[Diagnostic]:
    """Name the step of each diagnostic that has a cell."""
    steps = {cell.number: step.name for step in grouping.steps for cell in step.cells}
    return [
        diagnostic
        if diagnostic.step or diagnostic.cell not in steps
        else msgspec.structs.replace(diagnostic, step=steps[diagnostic.cell])
        for diagnostic in diagnostics
    ]


def _with_edits(diagnostics: list[Diagnostic], notebook: Notebook) -> list[Diagnostic]:
    """What mends a finding of the dataflow, which knows no tags."""
    setup = {cell.number: cell for cell in notebook.cells if SETUP_TAG in cell.tags}
    return [
        msgspec.structs.replace(one, edits=(TagEdit(cell=one.cell, cell_id=setup[one.cell].id, old=SETUP_TAG),))
        if one.code == "KFP132" and one.cell in setup
        else one
        for one in diagnostics
    ]


def pipeline_name(text: str) -> str:
    """A name as `pipelineInfo.name` must be: DNS-like, readable."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return _NOT_DNS.sub("-", ascii_text).strip("-")[:_LONGEST_NAME].strip("-") or "notebook"


class _Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a notebook without errors."""

    codes: list[CellCode]
    aliases: dict[str, str]
    """What names stand for modules, or things from modules, by their paths."""
    graph: StepGraph
    files: FileOrder
    modules: NotebookModules


class _Compilation:
    """Makes the pipeline of a notebook without errors."""

    def __init__(
        self,
        notebook: Notebook,
        grouping: Grouping,
        parameters: Sequence[NotebookParameter],
        analysis: _Analysis,
    ) -> None:
        self._notebook = notebook
        self._grouping = grouping
        self._parameters = parameters
        codes = analysis.codes
        self._codes = {code.cell.number: code for code in codes}
        self._graph = analysis.graph
        self._files = analysis.files
        self._modules = analysis.modules
        self._step_names = [step.name for step in grouping.steps]
        self._step_ids = [step.id for step in grouping.steps]
        self._types = NotebookTypes(aliases=analysis.aliases, functions=_functions(codes), values=_values(codes))
        self._records: dict[str, StepRecord] = {}
        self._stored = StoredSteps()

    def build(self) -> Pipeline:
        """Build it."""
        kinds = self._output_kinds()
        outputs = bind_outputs(self._graph.steps, kinds)
        steps = [self._step(position, kinds, outputs[position]) for position in range(len(self._step_names))]
        options = self._grouping.pipeline_options
        title = options.name or self._notebook.name
        declared = {position: step.options.mutates for position, step in enumerate(self._grouping.steps)}
        return build_pipeline(
            PipelineParts(
                name=pipeline_name(title),
                display_name=title,
                description=options.description,
                parameters=self._parameters,
                steps=steps,
                step_ids=self._step_ids,
                extension=Extension(
                    notebook=f"{self._notebook.name}.ipynb",
                    steps=self._records,
                    edges=edge_records(self._graph.edges, self._step_ids, declared),
                    payloads=self._stored.payloads,
                    modules=self._modules.shipment.records,
                    module_files=self._stored.module_files,
                ),
            )
        )

    def _output_kinds(self) -> dict[tuple[int, str], OutputKind]:
        kinds = {}
        for position, flow in enumerate(self._graph.steps):
            asked = self._grouping.steps[position].options.type
            for output in flow.outputs:
                declared = f"system.{asked[output.name]}" if output.name in asked else ""
                kinds[position, output.name] = output_kind(output, self._types, declared)
        return kinds

    def _step(
        self, position: int, kinds: Mapping[tuple[int, str], OutputKind], outputs: Sequence[BoundOutput]
    ) -> StepParts:
        step, flow = self._grouping.steps[position], self._graph.steps[position]
        parameters = {parameter.name: parameter for parameter in self._parameters}
        ports = StepPorts(
            inputs=bind_inputs(flow, kinds, parameters), outputs=outputs, files=self._files.carried.of_step(position)
        )
        around = StepSurroundings(
            kernel=self._notebook.kernel,
            setup=setup_for(flow, self._codes, step.cells[0].number),
            files=sorted(possible_file_names(self._own_trees(step.cells, flow)) | self._files.names[position]),
            modules=self._shipped_to(position),
        )
        payload = make_payload(step, flow, ports, around, self._step_names)
        trees = self._trees(payload)
        modules = self._step_modules[position]
        packages = {name for name in imported_packages(trees) if not self._modules.is_local(name)}
        self._records[step.id] = StepRecord(
            name=step.name,
            cells=[cell.number for cell in step.cells],
            source_digest=source_digest(payload, self._codes, flow.needed_setup_cells),
            packages=sorted(packages | self._modules.packages(modules)),
            modules=modules,
            timeout_seconds=step.options.timeout,
        )
        packed = self._stored.store(payload)
        return StepParts(
            id=step.id,
            name=step.name,
            packed=packed,
            ports=ports,
            logged=logged_outputs(self._logging_trees(flow, trees), self._types.aliases),
            options=step.options,
            upstream=[self._step_ids[edge.source] for edge in self._graph.edges if edge.target == position],
        )

    @functools.cached_property
    def _step_modules(self) -> list[list[str]]:
        """Local modules that each step imports."""
        return [
            self._modules.of_step([cell.number for cell in step.cells], flow)
            for step, flow in zip(self._grouping.steps, self._graph.steps, strict=True)
        ]

    @functools.cached_property
    def _step_closures(self) -> list[list[str]]:
        """Local modules that each step loads, directly or through one another."""
        return [self._modules.local.closure(modules) for modules in self._step_modules]

    def _shipped_to(self, position: int) -> ShippedModules:
        later = dict(zip(self._step_names[position + 1 :], self._step_closures[position + 1 :], strict=True))
        carried = self._graph.carried_data
        return self._modules.shipped(carried, self._modules.watched(later, carried))

    def _trees(self, payload: StepPayload) -> list[ast.AST]:
        trees: list[ast.AST] = [self._codes[cell.number].tree for cell in payload.cells]
        trees += [ast.parse(cell.source) for cell in payload.setup if self._is_replayed_import(cell.number)]
        trees += [self._codes[cell.number].tree for cell in payload.setup if not self._is_replayed_import(cell.number)]
        return trees

    def _own_trees(self, cells: Iterable[NotebookCell], flow: StepFlow) -> list[ast.AST]:
        """Of the step's cells, and of the setup that it uses, not of all that is replayed."""
        return [self._codes[number].tree for number in (*(cell.number for cell in cells), *flow.needed_setup_cells)]

    def _is_replayed_import(self, number: int) -> bool:
        return self._codes[number].owner != SETUP

    def _logging_trees(self, flow: StepFlow, trees: Sequence[ast.AST]) -> list[ast.AST]:
        """Where a step may log: its own cells, its setup, and the cells of functions that it is given."""
        given = {one.version.place.cell for one in flow.inputs if one.version.body is not None}
        return [*trees, *(self._codes[number].tree for number in sorted(given) if number in self._codes)]


def _functions(codes: Sequence[CellCode]) -> dict[str, Body]:
    return {
        fact.name: body
        for code in codes
        for fact in code.facts
        if fact.kind == "bind"
        for body in fact.value.bodies[:1]
        if body.kind == "function"
    }


def _values(codes: Sequence[CellCode]) -> dict[str, ast.expr]:
    return {
        fact.name: fact.value.expression
        for code in codes
        if code.owner != PARAMETERS
        for fact in code.facts
        if fact.kind == "bind" and fact.value.expression is not None
    }
