"""Events of a run. They are the truth; tables of runs, tasks and metrics are made from them.

Output of user code is not among them: logs are files, addressed by task and attempt (see `TaskExecutor.logs`).
"""

from __future__ import annotations

from math import isfinite
from typing import Any

import msgspec

from jupyter_kfp.ids import RunId, TaskPath
from jupyter_kfp.runs.run import RunError, RunOptions, TaskArtifact, TaskKind, TaskOrigin
from jupyter_kfp.runs.states import Reason, RuntimeState


class _Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    at: float
    """Seconds since the epoch."""


class TaskDeclared(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A task as it stands when the run is created."""

    path: TaskPath
    name: str
    kind: TaskKind = TaskKind.TASK


class RunCreated(_Event, frozen=True, kw_only=True, tag="run-created"):
    """First event of every run."""

    name: str
    pipeline: str
    experiment: str
    parameters: dict[str, Any] = {}
    options: RunOptions = RunOptions()
    spec_digest: str
    tasks: list[TaskDeclared] = []


class RunMoved(_Event, frozen=True, kw_only=True, tag="run-moved"):
    """The run changed its state."""

    state: RuntimeState
    reason: Reason | None = None
    error: RunError | None = None
    parameters: dict[str, Any] | None = None
    """All of them, if the run is started again with others."""


class IterationsFound(_Event, frozen=True, kw_only=True, tag="iterations-found"):
    """The items of a loop are known, or others than before; written before the loop moves to RUNNING."""

    path: TaskPath
    items: list[Any] = []
    """Of a loop over values, in the order of the iterations."""
    artifacts: list[TaskArtifact] = []
    """Of a loop over artifacts."""
    tasks: list[TaskDeclared] = []
    """The iterations and all their parts."""
    again: bool = False
    """They take the place of those that the loop had."""


class TaskMoved(_Event, frozen=True, kw_only=True, tag="task-moved"):
    """A task changed its state. The move to RUNNING is written before the launch."""

    path: TaskPath
    state: RuntimeState
    attempt: int = 0
    reason: Reason | None = None
    detail: str = ""
    error: RunError | None = None
    outputs: dict[str, Any] = {}
    artifacts: dict[str, TaskArtifact] = {}
    """Both complete when the state is SUCCEEDED; what could be kept when it is FAILED."""
    inputs: dict[str, TaskArtifact] = {}
    """Artifacts that the task reads, by input key, when it moves to RUNNING, or from the cache to SUCCEEDED (lineage);
    those of a list as ``key[0]``, ``key[1]`` ..."""
    input_parameters: dict[str, Any] = {}
    """Of an iteration only the item: the rest is with its loop."""
    origin: TaskOrigin | None = None
    """Of a move to SUCCEEDED without an attempt."""


class TaskProgressed(_Event, frozen=True, kw_only=True, tag="task-progressed"):
    """A cell of a step began or ended."""

    path: TaskPath
    attempt: int
    done: int
    total: int
    cell: int | None = None
    seconds: float | None = None
    """Duration of the cell that ended."""


class MetricRecorded(_Event, frozen=True, kw_only=True, tag="metric-recorded"):
    """The user's code logged a metric."""

    path: TaskPath
    attempt: int
    name: str
    value: float
    step: int | None = None


class ArtifactRecorded(_Event, frozen=True, kw_only=True, tag="artifact-recorded"):
    """The user's code logged an artifact, or an executed notebook was kept."""

    path: TaskPath
    attempt: int
    artifact: TaskArtifact


class NoteAdded(_Event, frozen=True, kw_only=True, tag="note-added"):
    """Something worth telling that is no change of state, e.g. that the run's process was resumed."""

    text: str
    path: TaskPath | None = None
    reason: Reason | None = None
    """RUN_PROCESS_DIED marks a resumption, so that resumptions without progress can be counted."""
    warning: RunError | None = None
    """What the user should know of a step that is right; `text` says it, too."""


RunEvent = (
    RunCreated | RunMoved | IterationsFound | TaskMoved | TaskProgressed | MetricRecorded | ArtifactRecorded | NoteAdded
)


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its place in the log of its run: 1, 2, 3 ... without gaps."""

    run_id: RunId
    seq: int
    event: RunEvent


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[RunEvent] = msgspec.json.Decoder(RunEvent)
_lenient_decoder: msgspec.json.Decoder[RunEvent] = msgspec.json.Decoder(RunEvent, strict=False)


def encode_event(event: RunEvent) -> bytes:
    """To JSON. A metric that is no finite number is written as text; half surrogates in texts are written as �."""
    data: Any = event
    if isinstance(event, MetricRecorded) and not isfinite(event.value):
        data = msgspec.to_builtins(event) | {"value": repr(event.value)}
    try:
        return _encoder.encode(data)
    except UnicodeEncodeError:  # user code may print and raise what is no Unicode, e.g. names of files
        return _encoder.encode(_replace_surrogates(msgspec.to_builtins(data)))


def decode_event(data: bytes) -> RunEvent:
    """From JSON. Raises `msgspec.MsgspecError` if it is none."""
    try:
        return _decoder.decode(data)
    except msgspec.ValidationError:
        event = _lenient_decoder.decode(data)
        if isinstance(event, MetricRecorded) and not isfinite(event.value):
            return event
        raise


def _replace_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_replace_surrogates(key): _replace_surrogates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_replace_surrogates(item) for item in value]
    return value
