"""The worker's side of the session with the kernel: what to load and save, and the hidden calls around the cells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.shipped_files import complete_modules
from jupyter_kfp.spec.step_payload import StepInput, StepPayload
from jupyter_kfp.worker.cell_failure import CellFailure
from jupyter_kfp.worker.executor_input import ExecutorInput
from jupyter_kfp.worker.hidden_request import run_hidden
from jupyter_kfp.worker.kernel_process import StepKernel
from jupyter_kfp.worker.session_files import (
    SessionFile,
    SessionInput,
    SessionOutput,
    SessionReport,
    SessionRequest,
    read_report,
    write_request,
)

_CALL = "__import__('jupyter_kfp.worker.{module}', fromlist=['_']).{call}\n"
"""Leaves no name behind in the user's namespace."""
FAREWELL = _CALL.format(module="kernel_probe", call="leave()")
"""Ends a Python kernel from inside."""


class KernelSession:
    """Calls of our own code in the kernel. All raise what `run_hidden` raises."""

    def __init__(self, kernel: StepKernel, loop: asyncio.AbstractEventLoop, print_text: Callable[[str], None]) -> None:
        self._kernel = kernel
        self._loop = loop
        self._print = print_text

    def begin(self, folder: Path, request: SessionRequest) -> SessionReport:
        """Make the kernel ready, replay the setup, bind the inputs."""
        session = write_request(folder, request)
        numbers = [cell.number for cell in request.cells if cell.source.strip()]
        self._call(
            _CALL.format(module="kernel_probe", call=f"prepare({numbers!r})")
            + _CALL.format(module="kernel_session", call=f"begin({str(session)!r})")
        )
        return _report(session)

    def finish(self, folder: Path) -> SessionReport:
        """Save the outputs, compare the guarded inputs."""
        session = folder / "session.json"
        self._call(_CALL.format(module="kernel_session", call=f"finish({str(session)!r})"))
        return _report(session)

    def describe_failure(self, folder: Path, cell: int) -> CellFailure:
        """Why the last cell failed."""
        path = folder / "failure.json"
        self._call(_CALL.format(module="kernel_probe", call=f"describe_failure({cell}, {str(path)!r})"))
        return msgspec.json.decode(path.read_bytes(), type=CellFailure)

    def _call(self, code: str) -> None:
        self._loop.run_until_complete(run_hidden(self._kernel, code, self._print))


def session_request(payload: StepPayload, wanted: ExecutorInput, log_folder: Path, events: Path) -> SessionRequest:
    """What the kernel has to do.

    Raises `KfpError` KFP353 if an input or output of the step is not there, KFP333 if a module is not.
    """
    return SessionRequest(
        step=payload.step,
        setup=payload.setup,
        cells=payload.cells,
        inputs=[_session_input(one, wanted) for one in payload.inputs],
        outputs=[
            SessionOutput(
                name=one.name,
                key=one.key,
                binding=one.binding,
                path=_output_path(one.key, wanted) if one.binding == "artifact" else "",
                artifact_type=one.artifact_type,
                maybe=one.maybe,
                changed_below=one.changed_below,
                readers=one.readers,
            )
            for one in payload.outputs
        ],
        files=payload.files,
        file_inputs=[
            SessionFile(path=one.path, artifact=_input_path(one.key, wanted), producer=one.producer)
            for one in payload.file_inputs
        ],
        file_outputs=[
            SessionFile(path=one.path, artifact=_output_path(one.key, wanted)) for one in payload.file_outputs
        ],
        modules=complete_modules(payload.modules),
        guarded_setup=payload.guarded_setup,
        unnamed_setup=payload.unnamed_setup,
        neighbours=payload.neighbours,
        has_later_steps=payload.has_later_steps,
        foreseen_state=payload.foreseen_state,
        seeded=payload.seeded,
        log_folder=str(log_folder),
        events_path=str(events),
    )


def _session_input(one: StepInput, wanted: ExecutorInput) -> SessionInput:
    shared: dict[str, Any] = {
        "name": one.name,
        "kind": one.binding,
        "guarded": one.guarded,
        "changed_below": one.changed_below,
        "producer": one.producer,
    }
    if one.binding == "parameter":
        if one.key not in wanted.inputs.parameter_values:
            if one.optional:
                return SessionInput(value=None, **shared)
            raise _not_passed("parameter", one.key)
        return SessionInput(value=_typed(wanted.inputs.parameter_values[one.key], one.parameter_type), **shared)
    artifact = wanted.input_artifact(one.key)
    if artifact is None:
        raise _not_passed("artifact", one.key)
    digest = (artifact.metadata or {}).get("digest")
    return SessionInput(path=str(artifact.path), digest=digest if isinstance(digest, str) else "", **shared)


def _input_path(key: str, wanted: ExecutorInput) -> str:
    artifact = wanted.input_artifact(key)
    if artifact is None:
        raise _not_passed("artifact", key)
    return str(artifact.path)


def _output_path(key: str, wanted: ExecutorInput) -> str:
    artifact = wanted.output_artifact(key)
    if artifact is None:
        raise KfpError(
            "KFP353", f"the component declares no output artifact {key!r}", hint="compile the notebook again"
        )
    return str(artifact.path)


def _typed(value: Any, parameter_type: str) -> Any:
    """JSON does not tell 5 from 5.0; the declared type does."""
    if isinstance(value, bool):
        return value
    if parameter_type == "NUMBER_INTEGER" and isinstance(value, float) and value.is_integer():
        return int(value)
    if parameter_type == "NUMBER_DOUBLE" and isinstance(value, int):
        return float(value)
    return value


def _not_passed(kind: str, key: str) -> KfpError:
    return KfpError("KFP353", f"the executor passed no input {kind} {key!r}", hint="compile the notebook again")


def _report(session: Path) -> SessionReport:
    report = read_report(session)
    if report is None:
        raise RuntimeError("the kernel wrote no report")
    return report
