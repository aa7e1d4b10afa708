"""The two files between the worker process and the step's kernel: what to do, and what came of it.

The worker writes ``session.json`` into a folder and runs `kernel_session.begin` and `kernel_session.finish` in the
kernel with its path; both write ``report.json`` beside it. Plain JSON, so that neither side needs the other's objects.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from jupyter_kfp.spec.shipped_files import ShippedModules
from jupyter_kfp.spec.step_payload import Binding, Cell, SeededGenerator, StepNeighbour
from jupyter_kfp.spec.used_files import UsedFiles
from jupyter_kfp.spec.worker_events import StepError

REQUEST_FILE = "session.json"
REPORT_FILE = "report.json"

REASONS = {
    "KFP310": "user-code",
    "KFP311": "output-error",
    "KFP312": "input-error",
    "KFP313": "output-error",
    "KFP314": "output-error",
    "KFP315": "output-error",
    "KFP316": "undeclared-change",
    "KFP317": "input-error",
    "KFP318": "output-error",
    "KFP319": "worker-died",
    "KFP330": "output-error",
    "KFP331": "undeclared-change",
    "KFP345": "output-error",
    "KFP346": "input-error",
}
"""Value of `runs.states.Reason` for the code of a problem (the worker does not import `runs`)."""


class SessionInput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A variable to bind before the first cell."""

    name: str
    kind: Binding
    value: Any = None
    """Of a parameter, already of the type that the step expects (an int where KFP delivers 5.0)."""
    path: str = ""
    """Of an artifact: the local file."""
    digest: str = ""
    """Of an artifact; empty on a plain KFP server, which passes none: then the digests inside the file are checked."""
    guarded: bool = False
    """See `StepInput.guarded`."""
    producer: str = ""
    """Name of the step that made it; empty for a pipeline parameter."""
    changed_below: bool = True
    """A later step may change this version in place. Only if False, here and of the output, may an output share objects
    with a guarded input: the later steps then load copies that nobody tells apart."""


class SessionOutput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A variable to save after the last cell; the fields of `StepOutput`, and where to write it."""

    name: str
    key: str
    binding: Binding
    path: str = ""
    """Of an artifact: the local file to write. Its folder is made if missing."""
    artifact_type: str = "system.Artifact"
    maybe: bool = False
    readers: list[str] = []
    changed_below: bool = True
    """See `SessionInput.changed_below`."""


class SessionFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file or folder of the user's that travels; see `StepFile`."""

    path: str
    artifact: str
    """The artifact's local path."""
    producer: str = ""


class SessionRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``session.json``."""

    step: str
    """Name, as the user wrote it."""
    run_id: str = ""
    setup: list[Cell] = []
    cells: list[Cell] = []
    """The step's own cells: not run by the session, read to say which line changed a variable."""
    inputs: list[SessionInput] = []
    outputs: list[SessionOutput] = []
    mutates: list[str] = []
    """Inputs that the user declared as changed here (``kfp.mutates``): never guarded."""
    files: list[str] = []
    """See `StepPayload.files`."""
    file_inputs: list[SessionFile] = []
    """Put in their places before the setup."""
    file_outputs: list[SessionFile] = []
    """Kept after the last cell."""
    modules: ShippedModules = ShippedModules()
    """See `StepPayload.modules`."""
    guarded_setup: list[str] = []
    """See `StepPayload.guarded_setup`."""
    unnamed_setup: list[str] = []
    """See `StepPayload.unnamed_setup`."""
    has_later_steps: bool = False
    """See `StepPayload.has_later_steps`."""
    foreseen_state: list[str] = []
    """See `StepPayload.foreseen_state`."""
    seeded: list[SeededGenerator] = []
    """See `StepPayload.seeded`."""
    neighbours: list[StepNeighbour] | None = None
    """See `StepPayload.neighbours`; None: all that the files hold, if other steps read it."""
    env: dict[str, str] = {}
    """Environment variables to set in the kernel."""
    log_folder: str = ""
    """Where the files that the user logs go; made if missing. Empty: the user's log functions only check."""
    events_path: str | None = None
    """File to which events of the user's log functions are appended, one JSON object a line, no mark. None: no events
    (stdout is no way out of a kernel, which shows in the notebook whatever is written there)."""
    working_directory: str = ""
    """To change to before the setup; empty: stay."""


class LoadedInput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An input as it was bound."""

    name: str
    summary: str
    """One line for the executed notebook, e.g. ``df  DataFrame 336776 x 19, from prepare``."""
    python_type: str = ""
    size: int = 0
    """Bytes of the artifact's file."""
    bound: bool = True
    seconds: float = 0.0


class SavedOutput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An output that was saved; the fields of the event `OutputSaved`."""

    name: str
    key: str
    binding: Binding
    value: Any = None
    """Of a parameter: the JSON value."""
    path: str = ""
    digest: str = ""
    """Of an artifact: blake3 of the whole file. Outputs that share objects have the same file, hence digest."""
    size: int = 0
    """Bytes."""
    python_type: str = ""
    bound: bool = True
    metadata: dict[str, Any] = {}
    """Small facts for display: shape, columns, length, shared_with."""


class SessionReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``report.json``, written by `begin` (inputs, problems) and again by `finish` (everything)."""

    finished: bool = False
    """Written by `finish`. False after `finish` ran means that the kernel died in it."""
    inputs: list[LoadedInput] = []
    outputs: list[SavedOutput] = []
    """What could be saved, also beside problems."""
    problems: list[StepError] = []
    """Empty: all is well. The first is the one to show first."""
    files: UsedFiles = UsedFiles()
    """Of `finish`: the user's files that the step used."""
    warnings: list[StepError] = []
    """What the user should know of a step that is right."""
    retryable: bool = True
    """False if a second attempt would end the same way."""
    seconds: float = 0.0
    """Of `begin`, or of `finish`."""


def write_request(folder: Path, request: SessionRequest) -> Path:
    """Write ``session.json``; returns its path."""
    path = folder / REQUEST_FILE
    path.write_bytes(msgspec.json.encode(request))
    return path


def read_request(path: Path) -> SessionRequest:
    """Read what `write_request` wrote. Raises `msgspec.MsgspecError` or `OSError`."""
    return msgspec.json.decode(path.read_bytes(), type=SessionRequest)


def report_path(request_path: Path) -> Path:
    """Where the report to a request lies."""
    return request_path.with_name(REPORT_FILE)


def write_report(request_path: Path, report: SessionReport) -> None:
    """Write the report whole or not at all."""
    path = report_path(request_path)
    draft = path.with_suffix(".draft")
    draft.write_bytes(msgspec.json.encode(report))
    draft.replace(path)


def read_report(request_path: Path) -> SessionReport | None:
    """Read the report to a request; None if the kernel died before it wrote one."""
    path = report_path(request_path)
    return msgspec.json.decode(path.read_bytes(), type=SessionReport) if path.exists() else None
