"""How a command ended, in words: the `AttemptKind` of everything that is no step of a notebook."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from jupyter_kfp.artifacts.artifact_store import ArtifactStore
from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.attempt_files import AttemptFiles
from jupyter_kfp.executors.local_process.attempt_result import Stopped
from jupyter_kfp.executors.local_process.command_outputs import read_outputs
from jupyter_kfp.executors.local_process.command_process import ask_group_to_stop, left_in_group
from jupyter_kfp.executors.local_process.worker_process import kill_group
from jupyter_kfp.executors.task_executor import TaskEnded, TaskLaunch
from jupyter_kfp.runs.run import RunError, TaskArtifact
from jupyter_kfp.runs.states import Reason
from jupyter_kfp.spec.worker_events import (
    ArtifactLogged,
    MetricLogged,
    StepError,
    StepFailed,
    StepWarned,
    WorkerEvent,
)
from jupyter_kfp.worker.exit_status import describe_status

_TAIL_BYTES = 16 << 10
_TAIL_LINES = 40
_TRACEBACK = "Traceback (most recent call last):"
_EXECUTOR_FRAME = re.compile(r'  File "(<frozen runpy>|[^"]*/runpy\.py|[^"]*/kfp/dsl/executor(_main)?\.py)"')
_RAISED = re.compile(r"([A-Za-z_][\w.]*)(: .*)?")


class CommandResult:
    """Turns what a command left behind into what the engine wants to know."""

    def __init__(self, launch: TaskLaunch, files: AttemptFiles, store: ArtifactStore, temporary: Path) -> None:
        self.name = launch.name
        self.label = f'task "{self.name}"'
        self._launch = launch
        self._files = files
        self._store = store
        self._temporary = temporary
        self._events: list[WorkerEvent] = []

    def ask_to_stop(self, pid: int) -> None:
        """SIGTERM to all of its processes."""
        ask_group_to_stop(pid)

    def tidy(self, pid: int) -> None:
        """Its container would have ended with it, and all processes in it."""
        left = left_in_group(pid)
        kill_group(pid)
        if left:
            self._warn("KFP399", f"{', '.join(left)} still ran when it ended, and was stopped", "wait for it")

    def logged_artifact(self, event: ArtifactLogged) -> TaskArtifact | None:  # noqa: ARG002 - see the protocol
        """Commands log no artifacts."""
        return None

    def undeclared_artifact(self) -> TaskArtifact | None:
        """All that counts is declared."""
        return None

    def last_events(self) -> list[WorkerEvent]:
        """Metrics and warnings."""
        return self._events

    def ended(self, status: int, failed: StepFailed | None, stopped: Stopped | None) -> TaskEnded:
        """The end of the attempt; a program that ended with 0 has failed all the same if an output is missing."""
        try:
            if stopped is not None:
                return TaskEnded(
                    succeeded=False, reason=stopped.reason, error=stopped.error, retryable=stopped.retryable
                )
            if failed is not None:
                return self._failed(failed)
            if status != 0:
                return self._died(status)
            return self._succeeded()
        finally:
            shutil.rmtree(self._temporary, ignore_errors=True)
            shutil.rmtree(self._files.folder / "inputs", ignore_errors=True)

    def not_stored(self, error: KfpError) -> TaskEnded:
        """An output could not be read or stored."""
        details = {**error.details, "path": str(self._files.folder)}
        return TaskEnded(
            succeeded=False,
            reason=Reason.OUTPUT_ERROR,
            error=RunError(
                code=error.code,
                message=f"{self.label}: {error.message}",
                step=self.name,
                hint=error.hint or "",
                details=details,
            ),
        )

    def _succeeded(self) -> TaskEnded:
        try:
            outputs = read_outputs(self._launch, self._files, self._store)
        except KfpError as error:
            return self.not_stored(error)
        except OSError as error:
            return self.not_stored(KfpError("KFP385", f"its outputs cannot be read: {error}"))
        now = time.time()
        self._events += [MetricLogged(at=now, name=name, value=value) for name, value in outputs.metrics.items()]
        for key in outputs.without_file:
            self._warn("KFP378", f"it wrote no file for its output {key!r}", "write to the path that it is given")
        return TaskEnded(succeeded=True, outputs=outputs.parameters, artifacts=outputs.artifacts)

    def _failed(self, failed: StepFailed) -> TaskEnded:
        error = RunError(step=self.name, **msgspec.structs.asdict(failed.error))
        error = msgspec.structs.replace(error, message=f"{self.label}: {failed.error.message}")
        reason = Reason(failed.reason) if failed.reason else Reason.INPUT_ERROR
        return TaskEnded(succeeded=False, reason=reason, error=error, retryable=failed.retryable)

    def _died(self, status: int) -> TaskEnded:
        tail = _last_lines(self._files.log)
        raised = _exception(tail)
        ended = describe_status(status)
        error = RunError(
            code="KFP395",
            message=f"{self.label}: {raised} ({ended})" if raised else f"{self.label}: it ended with {ended}",
            step=self.name,
            exception=raised.partition(":")[0],
            traceback=tail,
            hint="if it was killed, memory often ran out" if status < 0 else "",
        )
        return TaskEnded(succeeded=False, reason=Reason.USER_CODE if status > 0 else Reason.WORKER_DIED, error=error)

    def _warn(self, code: str, what: str, hint: str) -> None:
        warning = StepError(code=code, message=f"{self.label}: {what}", hint=hint)
        self._events.append(StepWarned(at=time.time(), warning=warning))


def _last_lines(path: Path) -> str:
    """The end of a log; from the last Python traceback on, if there is one."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL_BYTES))
        text = file.read().decode("utf-8", "replace").strip()
    start = text.rfind(_TRACEBACK)
    lines = (text[start:] if start >= 0 else text).split("\n")
    return "\n".join([*_user_lines(lines)] if start >= 0 else lines[-_TAIL_LINES:])


def _user_lines(lines: list[str]) -> Iterator[str]:
    """A traceback without the frames of KFP's executor, which come before those of the component."""
    is_ours = False
    for line in lines:
        if not line.startswith("    "):
            is_ours = _EXECUTOR_FRAME.match(line) is not None
        if not is_ours:
            yield line


def _exception(tail: str) -> str:
    """The line of a traceback that says what was raised; empty if there is no traceback."""
    if not tail.startswith(_TRACEBACK):
        return ""
    lines = [line for line in tail.split("\n")[1:] if not line.startswith((" ", "\t"))]
    return next((line for line in lines if _RAISED.fullmatch(line)), "")
