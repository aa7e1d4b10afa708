"""How an attempt ended: its events and the executor output become a `TaskEnded`, its files artifacts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from jupyter_kfp.artifacts.artifact_store import ArtifactStore
from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.attempt_files import AttemptFiles, output_type
from jupyter_kfp.executors.local_process.worker_process import ask_to_stop, kill_group
from jupyter_kfp.executors.task_executor import TaskEnded, TaskLaunch
from jupyter_kfp.ids import Digest, step_name, task_key
from jupyter_kfp.runs.run import RunError, TaskArtifact
from jupyter_kfp.runs.states import Reason
from jupyter_kfp.spec.step_payload import NOTEBOOK_KEY
from jupyter_kfp.spec.worker_events import ArtifactLogged, StepError, StepFailed, WorkerEvent
from jupyter_kfp.worker.executor_input import ExecutorOutput, read_executor_output
from jupyter_kfp.worker.exit_status import EXIT_CANNOT_WRITE, describe_status

_LAST_LINES = 4096


@dataclass(frozen=True)
class Stopped:
    """Why the executor itself ended an attempt."""

    reason: Reason
    error: RunError | None = None
    retryable: bool = True


class AttemptResult:
    """The `AttemptKind` of steps: turns what a worker left behind into what the engine wants to know."""

    def __init__(self, launch: TaskLaunch, files: AttemptFiles, store: ArtifactStore) -> None:
        self._launch = launch
        self._files = files
        self._store = store
        self._step = self.name = step_name(task_key(launch.attempt.path))
        self.label = f'step "{self.name}"'

    def ask_to_stop(self, pid: int) -> None:
        """SIGTERM to the worker alone: it interrupts its kernel and saves the notebook."""
        ask_to_stop(pid)

    def tidy(self, pid: int, stopped: Stopped | None) -> None:  # noqa: ARG002 - see the protocol
        """End processes that cells started and left behind."""
        kill_group(pid)

    def ended(self, status: int, failed: StepFailed | None, stopped: Stopped | None) -> TaskEnded:
        """The end of the attempt. Problems with the store become a failed attempt, never an exception."""
        try:
            output = read_executor_output(self._files.executor_output)
            artifacts = self._stored_outputs(output)
        except (KfpError, OSError, msgspec.MsgspecError) as error:
            return TaskEnded(succeeded=False, reason=Reason.OUTPUT_ERROR, error=self._store_error(error))
        if stopped is not None:
            return self._failure(stopped.reason, stopped.error, artifacts, retryable=stopped.retryable)
        if failed is not None:
            reason = Reason(failed.reason) if failed.reason else Reason.USER_CODE
            return self._failure(reason, self._run_error(failed.error), artifacts, retryable=failed.retryable)
        if status == 0:
            return TaskEnded(succeeded=True, outputs=output.parameter_values, artifacts=artifacts)
        return self._failure(*self._died(status), artifacts)

    def not_stored(self, error: KfpError) -> TaskEnded:
        """The step went well, but something that it made could not be stored."""
        return TaskEnded(succeeded=False, reason=Reason.OUTPUT_ERROR, error=self._store_error(error))

    def logged_artifact(self, event: ArtifactLogged) -> TaskArtifact | None:
        """Store a file that the user logged; None if it is gone."""
        path = Path(event.path)
        if not path.exists():
            return None
        return self._store_file(path, event.name, event.type, event.metadata, move=False)

    def last_events(self) -> list[WorkerEvent]:
        """The worker tells its events itself."""
        return []

    def undeclared_artifact(self) -> TaskArtifact | None:
        """Store the executed notebook of a component that does not declare one."""
        path = self._files.folder / f"{NOTEBOOK_KEY}.ipynb"
        if NOTEBOOK_KEY in self._launch.output_definitions.artifacts or not path.exists():
            return None
        return self._store_file(path, NOTEBOOK_KEY, "system.Artifact", {}, move=False)

    def _stored_outputs(self, output: ExecutorOutput) -> dict[str, TaskArtifact]:
        stored = {}
        for key in self._launch.output_definitions.artifacts:
            path = self._files.output(key)
            listed = output.artifacts.get(key)
            if path.exists() and (listed is not None or key == NOTEBOOK_KEY):
                metadata = (listed.artifacts[0].metadata if listed and listed.artifacts else None) or {}
                stored[key] = self._store_file(path, key, output_type(self._launch, key), metadata, move=True)
        return stored

    def _store_file(self, path: Path, name: str, kind: str, metadata: dict[str, Any], *, move: bool) -> TaskArtifact:
        known = metadata.get("digest")
        if path.is_dir():
            digest = self._store.put_folder(path)
        else:
            digest = self._store.put_file(path, digest=Digest(known) if known else None, move=move)
        kept = {field: value for field, value in metadata.items() if field not in {"digest", "size"}}
        size = self._store.size(digest)
        return TaskArtifact(name=name, type=kind, uri=self._store.uri(digest), digest=digest, size=size, metadata=kept)

    def _failure(
        self, reason: Reason, error: RunError | None, artifacts: dict[str, TaskArtifact], *, retryable: bool = True
    ) -> TaskEnded:
        return TaskEnded(succeeded=False, reason=reason, error=error, artifacts=artifacts, retryable=retryable)

    def _died(self, status: int) -> tuple[Reason, RunError]:
        if status == EXIT_CANNOT_WRITE:
            message = f'step "{self._step}": cannot write into {self._files.folder}; the disk is full or went away'
            return Reason.OUTPUT_ERROR, RunError(
                code="KFP370", message=message, step=self._step, hint="free some space and run the step again"
            )
        words = _last_lines(self._files.log)
        return Reason.WORKER_DIED, RunError(
            code="KFP380",
            message=f'step "{self._step}": its process ended without a word ({describe_status(status)})',
            step=self._step,
            traceback=words,
            hint="if it was killed, memory often ran out; the last lines of its log are shown with the error",
        )

    def _run_error(self, error: StepError) -> RunError:
        return RunError(step=self._step, **msgspec.structs.asdict(error))

    def _store_error(self, error: Exception) -> RunError:
        message = error.message if isinstance(error, KfpError) else str(error)
        return RunError(
            code=error.code if isinstance(error, KfpError) else "KFP385",
            message=f'step "{self._step}": its outputs could not be stored: {message}',
            step=self._step,
            hint=(error.hint or "") if isinstance(error, KfpError) else "",
        )


def _last_lines(path: Path) -> str:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _LAST_LINES))
        return file.read().decode("utf-8", "replace").strip()
