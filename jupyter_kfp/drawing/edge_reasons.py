"""Why there are edges: the lines that write and read the variables, as the compiler recorded them."""

from __future__ import annotations

from typing import Literal

import msgspec

from jupyter_kfp.ids import step_name
from jupyter_kfp.notebook.source_text import source_lines
from jupyter_kfp.spec.extension import Edge, EdgeVariable, Extension, WrittenHow, read_extension
from jupyter_kfp.spec.model import OutputDefinitions, Pipeline
from jupyter_kfp.spec.pipeline_payloads import payload_of


class CodeLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the notebook."""

    cell: int
    line: int
    """0: no line, but the step's ``kfp.mutates``."""
    text: str = ""
    """Without white space around it; empty if the pipeline does not have the line."""


class VariableReason(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a variable travels."""

    name: str
    label: str = ""
    """What it stands for, if it is none of the notebook's own."""
    binding: Literal["parameter", "artifact"]
    type: str
    """KFP's: ``NUMBER_INTEGER``, ``system.Dataset``."""
    how: WrittenHow
    perhaps: bool = False
    written: CodeLine
    read: CodeLine
    via: CodeLine | None = None
    """The line in a function that reads it, if `read` only calls the function."""


class EdgeReason(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a step waits for another; by task key and name."""

    source: str
    target: str
    source_name: str
    target_name: str
    variables: list[VariableReason] = []
    asked_in: int = 0
    """Cell with an ``after:`` tag."""
    files: list[str] = []
    """Files because of which the order of the notebook is kept."""


def edge_reasons(pipeline: Pipeline) -> list[EdgeReason]:
    """For all edges of a compiled notebook, by the order of the steps; none if another tool compiled it.

    Raises `KfpError` KFP351 if a step's code cannot be read.
    """
    deployment = pipeline.spec.deployment_spec
    extension = read_extension(deployment.extension) if deployment else None
    return _Reader(pipeline, extension).read() if extension is not None else []


class _Reader:
    """Puts together what lies in the extension, the components and the payloads."""

    def __init__(self, pipeline: Pipeline, extension: Extension) -> None:
        self._pipeline = pipeline
        self._extension = extension
        self._lines: dict[int, list[str]] = {}

    def read(self) -> list[EdgeReason]:
        for key in self._extension.steps:
            payload = payload_of(self._pipeline, key)
            for cell in [*payload.setup, *payload.cells] if payload else []:
                lines = source_lines(cell.source)
                if len(lines) >= len(self._lines.get(cell.number, ())):  # of a step's cell, setup replays but a part
                    self._lines[cell.number] = lines
        place = {key: index for index, key in enumerate(self._extension.steps)}
        edges = sorted(self._extension.edges, key=lambda edge: (place.get(edge.target, 0), place.get(edge.source, 0)))
        return [self._edge(edge) for edge in edges]

    def _edge(self, edge: Edge) -> EdgeReason:
        return EdgeReason(
            source=edge.source,
            target=edge.target,
            source_name=self._name(edge.source),
            target_name=self._name(edge.target),
            variables=[self._variable(edge.source, one) for one in edge.variables],
            asked_in=edge.asked_in,
            files=edge.files,
        )

    def _name(self, key: str) -> str:
        record = self._extension.steps.get(key)
        return record.name if record else step_name(key)

    def _variable(self, source: str, one: EdgeVariable) -> VariableReason:
        binding, type_ = self._binding(source, one.name)
        return VariableReason(
            name=one.name,
            label=one.label,
            binding=binding,
            type=type_,
            how=one.how,
            perhaps=one.perhaps,
            written=self._line(one.written_cell, one.written_line),
            read=self._line(one.read_cell, one.read_line),
            via=self._line(one.via_cell, one.via_line) if one.via_cell else None,
        )

    def _binding(self, key: str, name: str) -> tuple[Literal["parameter", "artifact"], str]:
        spec = self._pipeline.spec
        task = spec.root.dag.tasks.get(key) if spec.root.dag else None
        component = spec.components.get(task.component_ref.name or "") if task and task.component_ref else None
        outputs = (component.output_definitions if component else None) or OutputDefinitions()
        for parameter, definition in outputs.parameters.items():
            if step_name(parameter) == name:
                return "parameter", definition.parameter_type or ""
        for artifact, described in outputs.artifacts.items():
            if step_name(artifact) == name and described.artifact_type:
                return "artifact", described.artifact_type.schema_title or ""
        return "artifact", ""

    def _line(self, cell: int, line: int) -> CodeLine:
        lines = self._lines.get(cell, [])
        text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
        return CodeLine(cell=cell, line=line, text=text)
