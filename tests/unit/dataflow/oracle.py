"""Run a small notebook as a whole, and as the pipeline that it compiles to; the two must not differ.

Steps run in this process, each in a namespace of its own, with the worker's own code to load inputs and save outputs.
They run in an order that is as far from the notebook's as the edges allow, and without the state of the process that
earlier steps left behind, as in kernels of their own.
"""

from __future__ import annotations

import contextlib
import decimal
import io
import os
import random
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from cloudpickle import cloudpickle
from oracle_cases import TaggedCell

from jupyter_kfp.artifacts.serializers.notebook_objects import NotebookNames
from jupyter_kfp.compiler.compile_notebook import CompiledNotebook, compile_notebook
from jupyter_kfp.notebook.diagnostic import Severity
from jupyter_kfp.notebook.ipython_syntax import to_python
from jupyter_kfp.spec.model import Pipeline
from jupyter_kfp.spec.step_payload import StepPayload, unpack_payload
from jupyter_kfp.worker.loaded_inputs import load_inputs
from jupyter_kfp.worker.saved_outputs import pickle_outputs, write_outputs
from jupyter_kfp.worker.session_files import SessionInput, SessionOutput, SessionRequest


@dataclass
class Outcome:
    """What came of it."""

    printed: dict[int, str] = field(default_factory=dict)
    """By number of the cell."""
    failed_cell: int | None = None
    error: str = ""
    """Class of the exception."""
    guard: list[str] = field(default_factory=list)
    """Inputs that a step changed though the analysis did not see it: the run fails and says so."""


@dataclass
class Comparison:
    """Both ways, or the diagnostics that refuse the second."""

    whole: Outcome
    compiled: CompiledNotebook
    pipeline: Outcome | None

    @property
    def codes(self) -> set[str]:
        return {one.code for one in self.compiled.diagnostics}

    @property
    def errors(self) -> list[str]:
        return [f"{d.code} {d.message}" for d in self.compiled.diagnostics if d.severity is Severity.ERROR]

    @property
    def is_refused(self) -> bool:
        return self.pipeline is None

    @property
    def is_equal(self) -> bool:
        """Whether all that both ran printed the same, and both failed in the same cell with the same exception."""
        if self.pipeline is None:
            return False
        whole, pipeline = self.whole, self.pipeline
        if (whole.failed_cell, whole.error) != (pipeline.failed_cell, pipeline.error):
            return False
        last = whole.failed_cell or 10**9
        return all(pipeline.printed.get(cell, "") == text for cell, text in whole.printed.items() if cell < last)


def notebook_of(cells: Iterable[TaggedCell]) -> dict[str, Any]:
    """Notebook JSON."""
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "language_info": {"name": "python"},
        },
        "cells": [
            {
                "cell_type": "markdown" if "markdown" in tags else "code",
                "id": f"c{number}",
                "metadata": {"tags": [tag.strip() for tag in tags.split(",") if tag.strip()]},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, (tags, source) in enumerate(cells, 1)
        ],
    }


def compare(cells: Sequence[TaggedCell]) -> Comparison:
    """Run both ways."""
    whole = run_whole(cells)
    compiled = compile_notebook(notebook_of(cells))
    pipeline = run_pipeline(compiled.pipeline) if compiled.pipeline else None
    return Comparison(whole, compiled, pipeline)


def run_whole(cells: Sequence[TaggedCell]) -> Outcome:
    """All cells but skipped ones, from top to bottom, in one namespace."""
    outcome = Outcome()
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with _own_process_state():
        for number, (tags, source) in enumerate(cells, 1):
            if "skip" not in tags and not _run_cell(number, source, namespace, outcome):
                break
    return outcome


def _run_cell(number: int, source: str, namespace: dict[str, Any], outcome: Outcome) -> bool:
    printed = io.StringIO()
    code = to_python(source).text
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(code, f"<cell {number}>", "exec"), namespace)
    except Exception as error:  # noqa: BLE001  the cell is allowed to raise anything
        outcome.failed_cell, outcome.error = number, type(error).__name__
        return False
    finally:
        outcome.printed[number] = printed.getvalue()
    return True


@contextlib.contextmanager
def _own_process_state() -> Any:
    """As in a process of its own: random generators start anywhere, what is changed here is forgotten after."""
    environment, folder = dict(os.environ), Path.cwd()
    random.seed()
    np.random.seed()
    try:
        with decimal.localcontext(decimal.DefaultContext):
            yield
    finally:
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        cloudpickle._DYNAMIC_CLASS_TRACKER_BY_CLASS.clear()
        cloudpickle._DYNAMIC_CLASS_TRACKER_BY_ID.clear()


def run_pipeline(pipeline: Pipeline) -> Outcome:
    """All steps, the last of the ready ones first."""
    outcome = Outcome()
    tasks = pipeline.spec.root.dag.tasks
    defaults = pipeline.spec.root.input_definitions.parameters if pipeline.spec.root.input_definitions else {}
    parameters = {name: one.default_value for name, one in defaults.items()}
    made: dict[tuple[str, str], Any] = {}
    waiting, done = list(tasks), set()
    failures: list[tuple[int, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        while ready := [key for key in waiting if set(tasks[key].dependent_tasks) <= done]:
            key = ready[-1]
            waiting.remove(key)
            step = _Step(pipeline, key, Path(folder), parameters, made)
            if step.run(outcome):
                done.add(key)
            elif outcome.failed_cell is not None:
                failures.append((outcome.failed_cell, outcome.error))
                outcome.failed_cell = None
    if failures:
        outcome.failed_cell, outcome.error = min(failures)
    elif waiting:
        raise AssertionError(f"steps that never became ready: {waiting}")
    return outcome


def _fingerprint(value: Any) -> str:
    """What the guard compares; representations are enough for the values in these tests."""
    return f"{value!r} {getattr(value, '__dict__', '')!r}"


class _Step:
    def __init__(
        self, pipeline: Pipeline, key: str, folder: Path, parameters: dict[str, Any], made: dict[tuple[str, str], Any]
    ) -> None:
        spec = pipeline.spec
        assert spec.deployment_spec is not None
        container = spec.deployment_spec.executors[f"exec-{key}"].container
        assert container is not None
        self.payload: StepPayload = unpack_payload(container.args[1])
        self.task = spec.root.dag.tasks[key]
        self.key, self.folder, self.parameters, self.made = key, folder, parameters, made

    def run(self, outcome: Outcome) -> bool:
        namespace: dict[str, Any] = {"__name__": "__main__"}
        with _own_process_state():
            inputs = [self._input(one) for one in self.payload.inputs]
            given = [one for one in inputs if one.kind == "parameter" and not one.producer]
            load_inputs(given, self.payload.step, namespace)
            before = Outcome()
            for cell in self.payload.setup:
                if not _run_cell(cell.number, cell.source, namespace, before):
                    raise AssertionError(f"setup of {self.payload.step}, cell {cell.number}: {before.error}")
                outcome.printed.setdefault(cell.number, before.printed[cell.number])
            names = NotebookNames(namespace, step=self.payload.step)
            names.record_setup()
            loaded = load_inputs([one for one in inputs if one not in given], self.payload.step, namespace)
            assert not loaded.problems, loaded.problems
            guarded = {one.name: namespace[one.name] for one in inputs if one.guarded and one.name in namespace}
            before_run = {name: _fingerprint(value) for name, value in guarded.items()}
            for cell in self.payload.cells:
                if not _run_cell(cell.number, cell.source, namespace, outcome):
                    return False
            outcome.guard += [name for name in guarded if _fingerprint(guarded[name]) != before_run[name]]
            self._save(names)
        return True

    def _input(self, one: Any) -> SessionInput:
        shared = {"name": one.name, "kind": one.binding, "producer": one.producer}
        if not one.producer:
            return SessionInput(value=self.parameters[one.name], **shared)
        inputs = self.task.inputs
        assert inputs is not None
        if one.binding == "parameter":
            source = inputs.parameters[one.key].task_output_parameter
            assert source is not None
            return SessionInput(value=self.made[source.producer_task, source.output_parameter_key], **shared)
        artifact = inputs.artifacts[one.key].task_output_artifact
        assert artifact is not None
        return SessionInput(path=self.made[artifact.producer_task, artifact.output_artifact_key], **shared)

    def _save(self, names: NotebookNames) -> None:
        outputs = [
            SessionOutput(
                name=one.name,
                key=one.key,
                binding=one.binding,
                path=str(self.folder / f"{self.key}-{one.key}") if one.binding == "artifact" else "",
                maybe=one.maybe,
                readers=one.readers,
            )
            for one in self.payload.outputs
        ]
        request = SessionRequest(step=self.payload.step, cells=self.payload.cells, outputs=outputs)
        saved = pickle_outputs(request, names, record=False)
        write_outputs(request, names, saved)
        assert not saved.problems, saved.problems
        for one in saved.outputs:
            self.made[self.key, one.key] = one.value if one.binding == "parameter" else one.path
