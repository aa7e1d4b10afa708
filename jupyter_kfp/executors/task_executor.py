"""How the engine has a task done: launch, check, terminate, logs. A new backend is one class."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import msgspec

from jupyter_kfp.ids import RunId, TaskPath
from jupyter_kfp.runs.artifact_files import folder_name
from jupyter_kfp.runs.run import RunError, TaskArtifact
from jupyter_kfp.runs.states import Reason
from jupyter_kfp.spec.model import ContainerSpec, ImporterSpec, InputDefinitions, OutputDefinitions
from jupyter_kfp.spec.pipeline_job import PipelineJob
from jupyter_kfp.spec.worker_events import WorkerEvent


class TaskAttempt(msgspec.Struct, frozen=True):
    """Which attempt of which task of which run."""

    run_id: RunId
    path: TaskPath
    attempt: int
    """From 1."""


class TaskLaunch(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that an executor needs to start an attempt; plain data."""

    attempt: TaskAttempt
    name: str = ""
    """Display name of the task, for messages."""
    container: ContainerSpec | None
    """With ``--step @digest`` already replaced by the payload itself, and all placeholders still in it."""
    importer: ImporterSpec | None = None
    """Instead of a container: an artifact to bring in. Exactly one of the two is there."""
    input_parameters: dict[str, Any]
    """By key. An optional input without a value is no key."""
    input_artifacts: dict[str, TaskArtifact]
    """By key. A list of artifacts is flat: ``name[0]``, ``name[1]`` ...; an empty one is no key, but
    `input_definitions` say that it is a list."""
    input_definitions: InputDefinitions = msgspec.field(default_factory=InputDefinitions)
    output_definitions: OutputDefinitions
    working_directory: str
    """The notebook's folder, absolute; where steps of a notebook run."""
    timeout_seconds: float | None = None
    job: PipelineJob = PipelineJob()
    platform: dict[str, Any] = {}
    """Kubernetes settings of its executor (`kubernetes_executor_config.proto` as JSON), with references to input
    parameters filled in: only constants are left."""
    secrets_file: str = ""
    """Absolute path of a JSON file ``{"secret or config map": {"key": "value"}}``; empty: there is none. Its contents
    are never stored or printed."""
    strict_images: bool = False
    """Refuse a container whose image would not be used."""


class TaskEnded(msgspec.Struct, frozen=True, kw_only=True):
    """How an attempt ended."""

    succeeded: bool
    reason: Reason | None = None
    error: RunError | None = None
    outputs: dict[str, Any] = {}
    """Output parameters by key."""
    artifacts: dict[str, TaskArtifact] = {}
    """Output artifacts by key, already in the artifact store; of a failed attempt what could be kept."""
    retryable: bool = True
    """False for what a second attempt cannot mend, such as a value that cannot be pickled."""
    cacheable: bool = True
    """False: what it made is of no use to later runs."""


class TaskReport(msgspec.Struct, frozen=True, kw_only=True):
    """News of an attempt: events since the last check, logged artifacts (stored), and the end if it came."""

    attempt: TaskAttempt
    events: list[WorkerEvent] = []
    artifacts: list[TaskArtifact] = []
    ended: TaskEnded | None = None


class LogPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a log, cut at byte positions."""

    data: bytes
    offset: int
    size: int
    """Bytes of the whole log so far."""


class TaskExecutor(Protocol):
    """The contract; `tests/contracts/test_task_executor.py` runs on every implementation."""

    def launch(self, launch: TaskLaunch) -> None:
        """Start an attempt and return at once. Raises `KfpError` if it cannot be started at all."""

    def check(self, timeout: float) -> list[TaskReport]:
        """Wait up to `timeout` seconds for news of any attempt; return what there is, perhaps nothing."""

    def adopt(self, attempt: TaskAttempt) -> bool:
        """After a crash of the run's process: take over an attempt that may still be running.

        False: it cannot be followed any more; whatever was left of it is stopped.
        """

    def terminate(self, attempt: TaskAttempt, *, grace_seconds: float) -> None:
        """Ask an attempt to stop, and make it stop after the grace; its end comes through `check`."""

    def logs(self, attempt: TaskAttempt, *, offset: int = 0, limit: int = 1 << 20) -> LogPage:
        """Output of the attempt, also after its end. A negative offset counts from the end."""

    def close(self) -> None:
        """Stop helpers such as spare kernels; running attempts are stopped too."""


def attempt_folder(runs_folder: Path, attempt: TaskAttempt) -> Path:
    """Folder of an attempt: executor input, log, events, executed notebook, outputs not yet stored."""
    return runs_folder / attempt.run_id / "tasks" / folder_name(attempt.path) / str(attempt.attempt)
