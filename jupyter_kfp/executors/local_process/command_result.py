"""How a command ended, in words: the `AttemptKind` of everything that is no step of a notebook."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from jupyter_kfp.artifacts.artifact_store import ArtifactStore
from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.attempt_files import AttemptFiles
from jupyter_kfp.executors.local_process.attempt_result import Stopped
from jupyter_kfp.executors.local_process.command_outputs import read_outputs
from jupyter_kfp.executors.local_process.command_process import ask_group_to_stop, attempt_marker
from jupyter_kfp.executors.local_process.own_places import OwnPlaces
from jupyter_kfp.executors.local_process.task_processes import TaskMarks, kill_task
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
_NO_KFP = "ModuleNotFoundError: No module named 'kfp'"
_RAISED = re.compile(r"([A-Za-z_][\w.]*)(: .*)?")


@dataclass(frozen=True)
class Surroundings:
    """What a command has besides the folder of its attempt."""

    temporary: Path
    """Folder that goes with the attempt."""
    places: OwnPlaces | None = None
    """Where it looks; None: in the file system of everybody."""
    namespace: str = ""
    """Mounts that only its processes have."""

    def outside(self, path: Path) -> Path:
        """Where a path that the command speaks of lies on the machine."""
        return self.places.outside(path) if self.places else path


class CommandResult:
    """Turns what a command left behind into what the engine wants to know."""

    def __init__(
        self, launch: TaskLaunch, files: AttemptFiles, store: ArtifactStore, surroundings: Surroundings
    ) -> None:
        self.name = launch.name
        self.label = f'task "{self.name}"'
        self._launch = launch
        self._files = files
        self._store = store
        self._surroundings = surroundings
        self._events: list[WorkerEvent] = []

    def ask_to_stop(self, pid: int) -> None:
        """SIGTERM to all of its processes."""
        ask_group_to_stop(pid)

    def tidy(self, pid: int, stopped: Stopped | None) -> None:
        """Its container would have ended with it, and all processes in it. What was stopped with it is not told."""
        left = kill_task(pid, TaskMarks(attempt_marker(self._launch.attempt), self._surroundings.namespace))
        if left and stopped is None:
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
            shutil.rmtree(self._surroundings.temporary, ignore_errors=True)
            shutil.rmtree(self._files.folder / "inputs", ignore_errors=True)
            shutil.rmtree(self._files.environment, ignore_errors=True)

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
            outputs = read_outputs(self._launch, self._files, self._store, self._surroundings.outside)
        except KfpError as error:
            return self.not_stored(error)
        except OSError as error:
            return self.not_stored(KfpError("KFP385", f"its outputs cannot be read: {error}"))
        now = time.time()
        self._events += [MetricLogged(at=now, name=name, value=value) for name, value in outputs.metrics.items()]
        for key in outputs.without_file:
            self._warn("KFP378", f"it wrote no file for its output {key!r}", "write to the path that it is given")
        return TaskEnded(
            succeeded=True,
            outputs=outputs.parameters,
            artifacts=outputs.artifacts,
            cacheable=not self._names_attempt([outputs.parameters, outputs.artifacts]),
        )

    def _names_attempt(self, outputs: Any) -> bool:
        """Whether a folder of the attempt is in what others would read: it is gone when they do."""
        text = msgspec.json.encode(outputs)
        folders = (self._files.folder, self._surroundings.temporary)
        return any(msgspec.json.encode(str(folder))[1:-1] in text for folder in folders)

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
            hint=_hint(status, tail),
        )
        return TaskEnded(succeeded=False, reason=Reason.USER_CODE if status > 0 else Reason.KILLED, error=error)

    def _warn(self, code: str, what: str, hint: str) -> None:
        warning = StepError(code=code, message=f"{self.label}: {what}", hint=hint)
        self._events.append(StepWarned(at=time.time(), warning=warning))


def _hint(status: int, tail: str) -> str:
    if status < 0:
        return "if it was killed, memory often ran out"
    if _NO_KFP in tail:
        return "its image has the KFP SDK, the Python that it runs in here has not: add kfp to packages_to_install"
    return ""


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
