"""Run a compiled pipeline step by step, each in a fork of the prepared interpreter, with the worker's own session."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from interpreter import CellToRun, RunReport, RunRequest
from prepared_process import prepared_process

from jupyter_kfp.spec.model import Pipeline, TaskInputParameter
from jupyter_kfp.spec.step_payload import Cell, StepPayload, unpack_payload
from jupyter_kfp.worker.executor_input import read_executor_input
from jupyter_kfp.worker.session_files import read_report, write_request
from jupyter_kfp.worker.step_session import session_request


@dataclass
class PipelineOutcome:
    """What came of all steps."""

    printed: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    """By number of the cell: step and text; a setup cell may run in several steps."""
    shown: dict[int, list[tuple[str, list[dict[str, str]]]]] = field(default_factory=dict)
    failed_cell: int | None = None
    error: str = ""
    """Class and message of the exception of the first cell that failed."""
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    """Step, code, message: what our own code had to say."""
    died: str = ""


def run_pipeline(pipeline: Pipeline, folder: Path, reports: Path) -> PipelineOutcome:
    """Run all steps that can run, the last of the ready ones first."""
    outcome = PipelineOutcome()
    tasks = pipeline.spec.root.dag.tasks
    steps = _Steps(pipeline, folder, reports)
    waiting, done = list(tasks), set()
    failures: list[tuple[int, str]] = []
    while ready := [key for key in waiting if set(tasks[key].dependent_tasks) <= done]:
        key = ready[-1]
        waiting.remove(key)
        report = steps.run(key)
        _add(outcome, key, report)
        if report.failed_cell is not None:
            failures.append((report.failed_cell, report.error))
        elif not report.problems and not report.died:
            done.add(key)
    if failures:
        outcome.failed_cell, outcome.error = min(failures)
    assert failures or outcome.problems or outcome.died or not waiting, f"steps that never became ready: {waiting}"
    return outcome


def _add(outcome: PipelineOutcome, key: str, report: RunReport) -> None:
    for number, text in report.printed.items():
        outcome.printed.setdefault(number, []).append((key, text))
    for number, shown in report.shown.items():
        outcome.shown.setdefault(number, []).append((key, shown))
    outcome.problems += [(key, code, message) for code, message in report.problems]
    outcome.died = outcome.died or report.died


class _Steps:
    """Hands over from step to step what the engine would."""

    def __init__(self, pipeline: Pipeline, folder: Path, reports: Path) -> None:
        self._spec = pipeline.spec
        defined = self._spec.root.input_definitions
        declared = defined.parameters if defined else {}
        self._parameters = {name: one.default_value for name, one in declared.items() if one.has_default}
        self._folder, self._reports = folder, reports
        cells = [cell for key in self._spec.root.dag.tasks for cell in self._payload(key).cells]
        setup = [cell for key in self._spec.root.dag.tasks for cell in self._payload(key).setup]
        self._step_cells = {cell.number for cell in cells}
        self._process = prepared_process(cell.source for cell in (*setup, *cells))
        self._values: dict[tuple[str, str], Any] = {}
        self._artifacts: dict[tuple[str, str], dict[str, Any]] = {}

    def run(self, key: str) -> RunReport:
        """Run a step whose inputs are there."""
        payload = self._payload(key)
        place = self._reports / key
        place.mkdir()
        wanted = read_executor_input(json.dumps(self._executor_input(key, payload, place)))
        request = session_request(payload, wanted, place / "logged", place / "events")
        session = write_request(place, request)
        report = self._process.run(
            RunRequest(
                str(self._folder),
                str(place / "run.json"),
                [_cell(one) for one in payload.cells],
                session=str(session),
                setup=[_cell(one) for one in payload.setup if one.number not in self._step_cells],
            )
        )
        self._keep(key, session)
        return report

    def _payload(self, key: str) -> StepPayload:
        assert self._spec.deployment_spec is not None
        container = self._spec.deployment_spec.executors[f"exec-{key}"].container
        assert container is not None
        return unpack_payload(container.args[1])

    def _executor_input(self, key: str, payload: StepPayload, place: Path) -> dict[str, Any]:
        inputs = self._spec.root.dag.tasks[key].inputs
        values = {name: self._value(one) for name, one in (inputs.parameters if inputs else {}).items()}
        artifacts = {}
        for name, one in (inputs.artifacts if inputs else {}).items():
            source = one.task_output_artifact
            assert source is not None
            artifacts[name] = {"artifacts": [self._artifacts[source.producer_task, source.output_artifact_key]]}
        written = {one.key: {"artifacts": [{"uri": str(place / one.key)}]} for one in payload.outputs}
        given = {name: value for name, value in values.items() if value is not None}
        return {
            "inputs": {"parameterValues": given, "artifacts": artifacts},
            "outputs": {"artifacts": written, "outputFile": str(place / "output.json")},
        }

    def _value(self, one: TaskInputParameter) -> Any:
        if one.task_output_parameter:
            source = one.task_output_parameter
            return self._values.get((source.producer_task, source.output_parameter_key))
        assert one.component_input_parameter is not None
        return self._parameters.get(one.component_input_parameter)

    def _keep(self, key: str, session: Path) -> None:
        report = read_report(session)
        for one in report.outputs if report else ():
            if one.binding == "parameter":
                self._values[key, one.key] = one.value
            else:
                metadata: Mapping[str, Any] = {"digest": one.digest}
                self._artifacts[key, one.key] = {"uri": one.path, "metadata": metadata}


def _cell(one: Cell) -> CellToRun:
    may_fail = "raises-exception" in one.metadata.get("tags", ())
    return CellToRun(one.number, one.source, may_fail=may_fail)
