"""What a worker reports while it runs, as one JSON object per line.

Where the executor gives a file (``--events FILE``) the lines go there; else to stdout, each behind the character
RS (U+001E), as in RFC 7464, so that they can be told from what the user prints. In the user's text RS is shown as ␞.
"""

from __future__ import annotations

from typing import Any

import msgspec

from jupyter_kfp.spec.used_files import UsedFiles

EVENT_MARK = "\x1e"


class _Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="event"):
    at: float
    """Seconds since the epoch."""


class WorkerStarted(_Event, frozen=True, kw_only=True, tag="worker-started"):
    """The worker has read its payload."""

    cells: int
    """Number of cells to run."""
    kernel: str = ""


class InputsLoaded(_Event, frozen=True, kw_only=True, tag="inputs-loaded"):
    """Setup was replayed and the inputs are bound."""

    seconds: float


class CellStarted(_Event, frozen=True, kw_only=True, tag="cell-started"):
    """A cell began."""

    cell: int
    """Position in the user's notebook, from 1."""
    index: int
    """Position in the step, from 1."""


class CellFinished(_Event, frozen=True, kw_only=True, tag="cell-finished"):
    """A cell ended."""

    cell: int
    index: int
    seconds: float
    failed: bool = False


class MetricLogged(_Event, frozen=True, kw_only=True, tag="metric-logged"):
    """`jupyter_kfp.log_metric`."""

    name: str
    value: float
    step: int | None = None
    """Training step or epoch, not a pipeline step; None for a single value."""


class ParamsLogged(_Event, frozen=True, kw_only=True, tag="params-logged"):
    """`jupyter_kfp.log_params`."""

    values: dict[str, Any]


class ArtifactLogged(_Event, frozen=True, kw_only=True, tag="artifact-logged"):
    """A file that the user marked for viewing; it lies in the attempt's folder and the executor stores it."""

    name: str
    type: str
    """KFP schema title, e.g. ``system.HTML``."""
    path: str
    """Absolute, on the worker's machine."""
    metadata: dict[str, Any] = {}


class OutputSaved(_Event, frozen=True, kw_only=True, tag="output-saved"):
    """A variable was written."""

    name: str
    key: str
    path: str
    digest: str
    size: int
    """Bytes."""
    python_type: str
    bound: bool = True
    """False: the variable was not bound at the end of the step (see `StepOutput.maybe`)."""
    metadata: dict[str, Any] = {}


class FilesUsed(_Event, frozen=True, kw_only=True, tag="files-used"):
    """The user's files that a step which went well has used; told before its end, and only if there are any."""

    files: UsedFiles


class StepError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a step failed."""

    code: str
    message: str
    """One line: step, cell and line where there is one, what happened."""
    cell: int | None = None
    line: int | None = None
    exception: str = ""
    """Class of the user's exception."""
    traceback: str = ""
    """The user's frames only, without terminal colours."""
    hint: str = ""
    details: dict[str, Any] = {}
    """The same for programs. Of KFP361: ``missing_file``, an absolute path. Of KFP315 and KFP316: ``mutates``, the
    variables that the step's ``kfp.mutates`` has to name, ``variable``; of KFP316 also ``cells`` (numbers of the cells
    that may have done it, the likeliest first)."""


class StepWarned(_Event, frozen=True, kw_only=True, tag="step-warned"):
    """The step is right, but the user should know something."""

    warning: StepError


class StepFailed(_Event, frozen=True, kw_only=True, tag="step-failed"):
    """The step failed; the worker saved what it could and exits with code 1."""

    error: StepError
    reason: str = ""
    """A value of `runs.states.Reason`, such as ``user-code`` or ``kernel-died``."""
    retryable: bool = True
    """False if a second attempt would end the same way."""


class StepSucceeded(_Event, frozen=True, kw_only=True, tag="step-succeeded"):
    """All outputs are written; the worker exits with code 0."""

    seconds: float


WorkerEvent = (
    WorkerStarted
    | InputsLoaded
    | CellStarted
    | CellFinished
    | MetricLogged
    | ParamsLogged
    | ArtifactLogged
    | OutputSaved
    | FilesUsed
    | StepWarned
    | StepFailed
    | StepSucceeded
)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[WorkerEvent] = msgspec.json.Decoder(WorkerEvent)


def encode_event(event: WorkerEvent) -> bytes:
    """One line, without its newline and mark."""
    return _encoder.encode(event)


def decode_event(line: bytes) -> WorkerEvent:
    """Read a line made by `encode_event`. Raises `msgspec.MsgspecError` for anything else."""
    return _decoder.decode(line)
