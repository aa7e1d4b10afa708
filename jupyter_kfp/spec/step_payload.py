"""What a compiled step carries to its worker: cells, setup, what to load and what to save.

The compiler packs a `StepPayload` into one argument of the step's container command (``--step``); the worker unpacks
it. The packed form is deterministic: JSON, gzip with no time stamp, base64.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib
from typing import Any, Literal

import msgspec

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.shipped_files import ShippedModules

PAYLOAD_FORMAT = 2
"""Raised whenever the meaning of a payload, or how a worker saves values, changes; part of every cache key."""
INLINE_LIMIT = 96 * 1024
"""Longest packed payload, in characters, that is written into the command line (Linux allows 131,071 per argument
and KFP wraps it several times). A longer one is kept in ``x-jupyter-kfp`` under its digest; see `PAYLOAD_REFERENCE`."""
PAYLOAD_REFERENCE = "@"
"""First character of a ``--step`` argument that is the digest of a payload kept elsewhere, not a payload."""
WORKER_COMMAND = ["python3", "-m", "jupyter_kfp.worker"]
"""Command of a notebook step's container; also how executors recognise one. Its arguments are
``--step PAYLOAD --executor_input {{$}}``."""

METRICS_KEY = "step-metrics"
CLASSIFICATION_KEY = "step-classification-metrics"
NOTEBOOK_KEY = "executed-notebook"
"""Keys of the outputs that are not variables; a hyphen keeps them apart from Python names."""
FILE_PREFIX = "file-"
"""Key of an artifact that is a file of the user's, declared in ``kfp.files``: ``file-<variable_key(path)>``."""
LOGGED_PREFIX = "log-"
"""Key of an artifact that the user logs under a constant name: ``log-<variable_key(name)>``."""
MODULES_KEY = "own_modules"
"""Key among an output's metadata: names of the user's own modules that its value refers to, between commas."""

Binding = Literal["parameter", "artifact"]


class Cell(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A code cell of the user's notebook."""

    number: int
    """Position among all cells of the notebook, from 1, as JupyterLab's status bar counts."""
    source: str
    id: str = ""
    metadata: dict[str, Any] = {}


class StepInput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A variable that the step reads from before it."""

    name: str
    """Python name (NFKC, as Python itself folds identifiers)."""
    key: str
    """Key among the component's input parameters or artifacts."""
    binding: Binding
    parameter_type: str = ""
    """KFP type of a parameter, such as ``NUMBER_INTEGER``: KFP delivers 5 as 5.0 and 1.0 as 1."""
    optional: bool = False
    """A pipeline parameter that may be left out and has no default, or the default None, which KFP cannot pass: it is
    None if the executor passes none."""
    producer: str = ""
    """Name of the step that made it; empty for a pipeline parameter."""
    changed_below: bool = True
    """A later step may change it in place; if not, here and of the output, an output may share objects with it."""
    guarded: bool = False
    """A later step sees this version too, and the analysis found no change of it here: a change at run time is an
    error."""


class StepNeighbour(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A variable that a later step is given by a step which this one is given others by: it may be in the same file."""

    name: str
    producer: str
    """Name of the step that made it."""
    changed_below: bool = True
    """See `StepInput.changed_below`."""


class StepOutput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A variable that a later step reads from this one."""

    name: str
    key: str
    binding: Binding
    artifact_type: str = "system.Artifact"
    changed_below: bool = True
    """See `StepInput.changed_below`."""
    maybe: bool = False
    """May be unbound at the end of the step, as after ``if c: x = 1``; then the readers find it unbound too."""
    readers: list[str] = []
    """Names of the steps that load it, for messages."""


class StepFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file or folder of the user's that travels as an artifact."""

    path: str
    """Seen from the notebook's folder, normalised, with ``/``."""
    key: str
    producer: str = ""
    """Of an input: name of the step that made it."""


class SeededGenerator(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A generator of random numbers that belongs to the process, and that another cell seeds."""

    name: str
    """Of its slot; see `worker.process_slots`."""
    cell: int
    """Number of the last cell above the step that seeds it."""
    in_setup: bool = False
    """The cell is setup, so that each step begins with the seed."""


class _Written(msgspec.Struct):
    """What is looked at before the rest is read."""

    format: int = 1
    """The first format was not written."""


class StepPayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step, complete but for the values of its inputs."""

    format: int = msgspec.field(default_factory=lambda: PAYLOAD_FORMAT)
    """By a factory, so that it is written although it is the default."""
    step: str
    """Name, as the user wrote it."""
    kernel: str
    """Name of the kernelspec."""
    language: str = "python"
    setup: list[Cell] = []
    """Replayed before the inputs are loaded, without showing up in the executed notebook."""
    cells: list[Cell] = []
    inputs: list[StepInput] = []
    outputs: list[StepOutput] = []
    file_inputs: list[StepFile] = []
    """Put in their places before the setup."""
    file_outputs: list[StepFile] = []
    """Kept after the last cell."""
    files: list[str] = []
    """Text in the code that may name files, for those that are opened where nobody sees it; see `UsedFiles`."""
    modules: ShippedModules = ShippedModules()
    """The user's own modules."""
    guarded_setup: list[str] = []
    """Names that the setup binds, that this step uses and a later one too, and of which the analysis found no change
    here: a change at run time is an error, since the later step has them as its own replay makes them."""
    unnamed_setup: list[str] = []
    """The same of names that this step's own code does not use: functions and objects that it uses may hold them."""
    neighbours: list[StepNeighbour] | None = None
    """What this step must leave alone though it does not ask for it; None if the compiler did not say."""
    has_later_steps: bool = False
    """Steps come below it in the notebook, so that what it does to the state of its process may be missed."""
    foreseen_state: list[str] = []
    """Slots of that state which the compiler knows that it sets; see `worker.state_watch`."""
    seeded: list[SeededGenerator] = []
    """Generators whose state the step is not given, since the compiler does not know that it draws from them."""


def pack_payload(payload: StepPayload) -> str:
    """Pack deterministically; the same payload gives the same text."""
    return base64.b64encode(gzip.compress(msgspec.json.encode(payload), compresslevel=9, mtime=0)).decode("ascii")


def unpack_payload(packed: str) -> StepPayload:
    """Unpack. Raises `KfpError` KFP351 if it is damaged or of a format that this version does not know."""
    try:
        data = gzip.decompress(base64.b64decode(packed, validate=True))
        written = msgspec.json.decode(data, type=_Written).format
        if written == PAYLOAD_FORMAT:
            return msgspec.json.decode(data, type=StepPayload)
    except (binascii.Error, zlib.error, OSError, EOFError, msgspec.MsgspecError) as error:
        raise KfpError(
            "KFP351", f"the step's payload cannot be read: {error}", hint="compile the notebook again"
        ) from None
    raise KfpError(
        "KFP351",
        f"the step was compiled for worker format {written}, this worker has format {PAYLOAD_FORMAT}",
        hint="compile the notebook again with the version of jupyter_kfp that runs it",
    )
