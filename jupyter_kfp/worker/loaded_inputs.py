"""Bind the inputs of a step: parameters as they are, artifacts from verified files."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from jupyter_kfp.artifacts.serializers.carried_definitions import restoring_last
from jupyter_kfp.artifacts.serializers.notebook_objects import MissingSetupName
from jupyter_kfp.artifacts.serializers.pickled_value import load_values, python_version
from jupyter_kfp.artifacts.serializers.value_file import DamagedValueFile, OpenValueFile, open_value_file
from jupyter_kfp.spec.worker_events import StepError
from jupyter_kfp.worker.session_files import LoadedInput, SessionInput
from jupyter_kfp.worker.value_facts import summary, type_name


class LoadedFile:
    """A file and the values that came out of it, some of which the step may not have asked for."""

    __slots__ = ("file", "inputs", "values")

    def __init__(self, file: OpenValueFile, values: dict[str, Any]) -> None:
        self.file = file
        self.values = values
        self.inputs: list[SessionInput] = []


class LoadedInputs:
    """What came in.

    Attributes
    ----------
    lines:
        One record per input, for the report.
    files:
        By content address: an artifact that two inputs name is loaded once, so that they share objects.
    problems:
        Inputs that could not be loaded; their names are not bound.

    """

    def __init__(self) -> None:
        self.lines: list[LoadedInput] = []
        self.files: dict[str, LoadedFile] = {}
        self.problems: list[StepError] = []


def load_inputs(
    inputs: Sequence[SessionInput],
    step: str,
    namespace: dict[str, Any],
    definitions: Mapping[str, Any] | None = None,
) -> LoadedInputs:
    """Load and bind all inputs in the namespace; whatever was bound to their names before is gone.

    `definitions` are the functions and classes of the setup, see `NotebookNames.definitions`.
    """
    loaded = LoadedInputs()
    with restoring_last():
        for each in inputs:
            _bind(each, step, loaded, namespace, definitions or {})
    _ready_figures()
    return loaded


def _bind(
    each: SessionInput, step: str, loaded: LoadedInputs, namespace: dict[str, Any], definitions: Mapping[str, Any]
) -> None:
    started = time.perf_counter()
    try:  # what has the name until then may be needed for it
        found, value, size = _value(each, loaded, namespace, definitions)
    except _NotLoadable as problem:
        namespace.pop(each.name, None)
        loaded.problems.append(_problem(each, step, problem))
        return
    if found:
        namespace[each.name] = value
    else:
        namespace.pop(each.name, None)
    loaded.lines.append(
        LoadedInput(
            name=each.name,
            summary=summary(each.name, value, each.producer) if found else _unbound_summary(each),
            python_type=type_name(value) if found else "",
            size=size,
            bound=found,
            seconds=round(time.perf_counter() - started, 6),
        )
    )


def _ready_figures() -> None:
    """Have figures shown as in the notebook, where the step that made them had imported pyplot.

    The formats in which a figure shows itself come with the backend, which pyplot starts; to load one starts neither.
    """
    if "matplotlib.figure" in sys.modules and "matplotlib.backend_bases" in sys.modules:
        import matplotlib.pyplot as plt

        # A backend that is not installed is told where something is drawn.
        with contextlib.suppress(ImportError):
            if not plt.get_fignums():
                plt.switch_backend(plt.get_backend())


def _unbound_summary(each: SessionInput) -> str:
    return f"{each.name}  not bound{f' by {each.producer}' if each.producer else ''}"


class _NotLoadable(Exception):  # noqa: N818  it never leaves this module
    def __init__(self, code: str, what: str, hint: str = "", exception: str = "") -> None:
        super().__init__(what)
        self.code = code
        self.hint = hint
        self.exception = exception


def _problem(each: SessionInput, step: str, problem: _NotLoadable) -> StepError:
    origin = f" from step {each.producer}" if each.producer else ""
    return StepError(
        code=problem.code,
        message=f"step {step}: the input {each.name}{origin} {problem}",
        exception=problem.exception,
        hint=problem.hint,
    )


def _value(
    each: SessionInput, loaded: LoadedInputs, namespace: dict[str, Any], definitions: Mapping[str, Any]
) -> tuple[bool, Any, int]:
    """Whether the variable is bound, its value, and the bytes of its file."""
    if each.kind == "parameter":
        return True, each.value, 0
    file = _open(each)
    known = loaded.files.get(file.digest)
    if known is None:
        known = loaded.files[file.digest] = LoadedFile(file, _load(file, namespace, definitions))
    known.inputs.append(each)
    if file.index.unbound:
        return False, None, file.size
    if each.name in known.values:
        return True, known.values[each.name], file.size
    if len(known.values) == 1:  # An artifact of another pipeline, under the name that it had there.
        return True, next(iter(known.values.values())), file.size
    raise _NotLoadable("KFP312", f"is not among {', '.join(file.index.names)} in {each.path}")


def _open(each: SessionInput) -> OpenValueFile:
    try:
        return open_value_file(Path(each.path), each.digest)
    except OSError as error:
        raise _NotLoadable(
            "KFP312", f"cannot be read: {each.path}: {error.strerror or error}", "run the step that makes it again"
        ) from None
    except DamagedValueFile as error:
        raise _NotLoadable(
            "KFP312",
            f"is damaged: {each.path}: {error}",
            "nothing of it was used; delete the file, or run the step that makes it again without the cache",
        ) from None


def _load(file: OpenValueFile, namespace: dict[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return load_values(file, namespace, definitions)
    except MissingSetupName as missing:
        raise _NotLoadable(
            "KFP317",
            f"needs {missing}, which the notebook's setup defines, but not the setup of this step",
            f"mention {str(missing).split('.')[0]} in the step, so that its setup cell is replayed here too",
        ) from None
    except MemoryError:
        raise _NotLoadable("KFP317", "does not fit into memory", "give the step more memory") from None
    except Exception as error:  # noqa: BLE001  constructors of any library run here, and may raise anything
        raise _NotLoadable("KFP317", *_load_failure(error, file)) from None


def _load_failure(error: Exception, file: OpenValueFile) -> tuple[str, str, str]:
    kind = type(error).__name__
    if isinstance(error, ImportError):
        hint = "install the package where this step runs, in the version of the step that made the value"
    elif file.index.python != python_version():
        hint = f"it was saved by Python {file.index.python}, this kernel runs {python_version()}: use the same one"
    else:
        hint = "the packages here and where the value was made may differ in version"
    return f"cannot be loaded here: {kind}: {error}", hint, kind


def parameter_copy(value: Any) -> Any:
    """A parameter as it came: JSON data, free of sharing."""
    return msgspec.json.decode(msgspec.json.encode(value))
