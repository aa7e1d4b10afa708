"""What is known of a run: the records that stores keep and surfaces show. Times are seconds since the epoch."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from jupyter_kfp.ids import Digest, RunId, TaskPath
from jupyter_kfp.runs.states import Reason, RuntimeState
from jupyter_kfp.spec.used_files import UsedFiles


class TaskKind(StrEnum):
    """What a task is made of."""

    TASK = "task"  # a leaf: the only kind that an executor is asked to do
    DAG = "dag"  # a nested pipeline, a condition, the body of an exit handler
    LOOP = "loop"  # its parts are its iterations
    ITERATION = "iteration"  # of a loop; its parts are the tasks of the loop's body


class RunError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a task or run failed."""

    code: str
    message: str
    step: str = ""
    """Name of the step, as the user wrote it."""
    cell: int | None = None
    line: int | None = None
    exception: str = ""
    traceback: str = ""
    hint: str = ""
    details: dict[str, Any] = {}
    """The same for programs; see `spec.worker_events.StepError`."""


class RunOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a run is to be carried out, apart from its pipeline and parameters."""

    use_cache: bool = True
    force: list[str] = []
    """Task keys that run even if the cache has them."""
    only: list[str] = []
    """Run just these task keys; inputs come from the cache or the newest run of the pipeline that has them."""
    start_from: list[str] = []
    """Run these task keys and everything after them; what is before them is reused the same way."""
    max_parallel_tasks: int | None = None
    working_directory: str = ""
    """Where the cells run: the notebook's folder."""
    notebook_path: str = ""
    """For messages; the run keeps what was compiled."""
    secrets_file: str = ""
    """Absolute path of a JSON file ``{"secret or config map": {"key": "value"}}``; its contents are never stored."""
    strict_images: bool = False
    """Refuse containers that can only run as a process of this machine, without their image."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a pipeline."""

    run_id: RunId
    name: str
    pipeline: str
    """Name of the pipeline, ``pipelineInfo.name``."""
    experiment: str
    state: RuntimeState
    created_at: float
    reason: Reason | None = None
    error: RunError | None = None
    started_at: float | None = None
    finished_at: float | None = None
    parameters: dict[str, Any] = {}
    options: RunOptions = RunOptions()
    spec_digest: str = ""
    """Digest of the stored IR, see `MetadataStore.get_spec`."""


class TaskArtifact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An artifact of a task, under the key that its component declares or the name that the user logged."""

    name: str
    type: str
    """KFP schema title."""
    uri: str
    digest: Digest
    size: int
    """Bytes."""
    metadata: dict[str, Any] = {}


class Progress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Cells of a running step."""

    done: int
    total: int
    cell: int | None = None
    """The cell that runs now, by its position in the notebook."""


class TaskOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """The attempt whose outputs a task has taken instead of running."""

    run_id: RunId
    path: TaskPath
    attempt: int


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One task of a run, with its newest attempt."""

    path: TaskPath
    name: str
    """Display name."""
    state: RuntimeState
    kind: TaskKind = TaskKind.TASK
    reason: Reason | None = None
    detail: str = ""
    """One sentence behind the reason, e.g. ``same as run 3fa2`` or ``n_trees changed: 300 -> 500``."""
    attempt: int = 0
    """Number of the newest attempt, from 1; 0 before the first."""
    created_at: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    progress: Progress | None = None
    outputs: dict[str, Any] = {}
    """Output parameters by key."""
    artifacts: dict[str, TaskArtifact] = {}
    error: RunError | None = None
    input_parameters: dict[str, Any] = {}
    """That the newest attempt read, by key; of an iteration its item."""
    origin: TaskOrigin | None = None
    """Who made the outputs, if the task did not run itself; its log is the log of the task."""


class Metric(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One logged value."""

    path: TaskPath
    name: str
    value: float
    step: int | None = None
    at: float = 0.0


class CacheEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A finished task whose outputs may be used again."""

    key: Digest
    """Digest over `parts`."""
    pipeline: str
    task_key: str
    run_id: RunId
    path: TaskPath
    created_at: float
    attempt: int = 1
    parts: dict[str, str] = {}
    """What the key is made of: ``source``, ``input:<name>``, ``parameter:<name>``, ``package:<name>``, ``image``,
    ``format``; kept so that a miss can say what changed."""
    files: UsedFiles = UsedFiles()
    """The user's files that the task used; not in the key, but they have to be what they were."""
    outputs: dict[str, Any] = {}
    artifacts: dict[str, TaskArtifact] = {}
