"""What a command leaves behind, as KFP's launcher reads it: parameters, artifacts, metrics, or the reason of a failure.

A task is not done because its program ended with 0: every declared parameter has to be there, and of its type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from jupyter_kfp.artifacts.artifact_store import ArtifactStore
from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.attempt_files import AttemptFiles, output_type
from jupyter_kfp.executors.local_process.command_inputs import address_bytes
from jupyter_kfp.executors.task_executor import TaskLaunch
from jupyter_kfp.runs.run import TaskArtifact
from jupyter_kfp.spec.model import OutputParameter
from jupyter_kfp.spec.parameter_values import as_text, describe_type, fit_value, shorten

_TRUE = {"1", "t", "T", "true", "TRUE", "True"}
_FALSE = {"0", "f", "F", "false", "FALSE", "False"}
_PRIMITIVES = {"INT": "NUMBER_INTEGER", "DOUBLE": "NUMBER_DOUBLE", "STRING": "STRING"}
_NUMBER = re.compile(r"[-+]?[\d.]+([eE][-+]?\d+)?", re.ASCII)
_WITHOUT_FILE = frozenset({"system.Metrics", "system.ClassificationMetrics", "system.SlicedClassificationMetrics"})


@dataclass
class CommandOutputs:
    """Outputs of a command that ended well."""

    parameters: dict[str, Any] = field(default_factory=dict)
    artifacts: dict[str, TaskArtifact] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    without_file: list[str] = field(default_factory=list)
    """Keys of artifacts of which there should have been a file."""


class _Artifact(msgspec.Struct, rename={"custom_path": "customPath"}):
    uri: str = ""
    metadata: dict[str, Any] = {}
    custom_path: str = ""


class _Artifacts(msgspec.Struct):
    artifacts: list[_Artifact] = []


class _Output(msgspec.Struct, rename={"parameter_values": "parameterValues"}):
    parameter_values: dict[str, Any] = {}
    artifacts: dict[str, _Artifacts] = {}


def read_outputs(
    launch: TaskLaunch, files: AttemptFiles, store: ArtifactStore, outside: Callable[[Path], Path]
) -> CommandOutputs:
    """Read and store everything that the component declares; `outside` finds here the paths that it speaks of.

    Raises `KfpError` KFP396 (a parameter is missing or of the wrong type), KFP397 (the executor output cannot be read),
    and those of the store.
    """
    written = _executor_output(files.executor_output)
    outputs = CommandOutputs()
    for key, declared in launch.output_definitions.parameters.items():
        outputs.parameters[key] = _parameter(key, declared, written.parameter_values, files)
    for key in launch.output_definitions.artifacts:
        listed = written.artifacts.get(key)
        made = listed.artifacts[0] if listed and listed.artifacts else _Artifact()
        outputs.artifacts[key] = _artifact(key, made, _place(made, key, files, outside), launch, files, store)
        if outputs.artifacts[key].type == "system.Metrics":
            outputs.metrics |= dict(_numbers(outputs.artifacts[key].metadata))
        if not outputs.artifacts[key].uri and outputs.artifacts[key].type not in _WITHOUT_FILE:
            outputs.without_file.append(key)
    return outputs


def parameter_of_text(text: str, type_name: str) -> Any:
    """The value of an output parameter that was written to its file. Raises `ValueError` with the reason."""
    if type_name == "STRING":
        return text
    word = text.strip()
    try:
        if type_name in {"NUMBER_INTEGER", "NUMBER_DOUBLE"} and _NUMBER.fullmatch(word):
            return int(word) if type_name == "NUMBER_INTEGER" else float(word)
        if type_name in {"LIST", "STRUCT"}:
            return fit_value(_json(text), type_name)
    except ValueError:
        pass  # said below for all types
    if type_name == "BOOLEAN" and word in _TRUE | _FALSE:
        return word in _TRUE
    raise ValueError(f"expected {describe_type(type_name)}, got {shorten(text)}")


def _executor_output(path: Path) -> _Output:
    if not path.exists():
        return _Output()
    try:
        return msgspec.convert(_camel(_json(path.read_bytes())), _Output)
    except (ValueError, OSError) as error:  # msgspec's errors are ValueErrors
        raise KfpError(
            "KFP397",
            f"the file of outputs that the task wrote cannot be read: {error}",
            hint='it has to be JSON such as {"parameterValues": {"NAME": 1}, "artifacts": {}}',
            details={"path": str(path)},
        ) from None


def _json(text: str | bytes) -> Any:
    return json.loads(text, parse_constant=_no_number)


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def _camel(data: Any) -> Any:
    """Both spellings that protobuf's JSON allows."""
    if not isinstance(data, dict):
        return data
    known = {"parameter_values": "parameterValues"}
    data = {known.get(key, key): value for key, value in data.items() if value is not None}
    for listed in data.get("artifacts", {}).values() if isinstance(data.get("artifacts"), dict) else ():
        for one in listed.get("artifacts", []) if isinstance(listed, dict) else ():
            if isinstance(one, dict) and "custom_path" in one:
                one["customPath"] = one.pop("custom_path")
    return data


def _parameter(key: str, declared: OutputParameter, written: Mapping[str, Any], files: AttemptFiles) -> Any:
    type_name = declared.parameter_type or _PRIMITIVES.get(declared.type or "", "STRING")
    try:
        if key in written:
            return as_text(written[key]) if type_name == "STRING" else fit_value(written[key], type_name)
        return parameter_of_text(files.parameter(key).read_text(encoding="utf-8"), type_name)
    except FileNotFoundError:
        problem = "the task ended without it"
        hint = f"write it to {{{{$.outputs.parameters['{key}'].output_file}}}}, or return it"
    except (ValueError, OSError) as error:
        problem, hint = str(error), "look at what the task writes"
    raise KfpError("KFP396", f"the output {key!r}: {problem}", hint=hint, details={"output": key}) from None


def _place(made: _Artifact, key: str, files: AttemptFiles, outside: Callable[[Path], Path]) -> str | Path:
    """Where the artifact is: an address of elsewhere, or a path of this machine."""
    place = made.custom_path or made.uri or str(files.output(key))
    scheme = urlsplit(place).scheme if "://" in place else ""
    if scheme and scheme != "file":
        return place
    return outside(files.work / (unquote(urlsplit(place).path) if scheme else place))


def _artifact(
    key: str, made: _Artifact, path: str | Path, launch: TaskLaunch, files: AttemptFiles, store: ArtifactStore
) -> TaskArtifact:
    kind = output_type(launch, key)
    metadata = {**launch.output_definitions.artifacts[key].metadata, **made.metadata}
    metadata = {name: value for name, value in metadata.items() if value is not None}
    if isinstance(path, str):
        digest = store.put_bytes(address_bytes(path))
        return TaskArtifact(name=key, type=kind, uri=path, digest=digest, size=0, metadata=metadata)
    if not path.exists():
        digest = store.put_bytes(msgspec.json.encode(metadata, order="sorted"))
        return TaskArtifact(name=key, type=kind, uri="", digest=digest, size=store.size(digest), metadata=metadata)
    digest = store.put_folder(path) if path.is_dir() else store.put_file(path, move=path == files.output(key))
    return TaskArtifact(
        name=key, type=kind, uri=store.uri(digest), digest=digest, size=store.size(digest), metadata=metadata
    )


def _numbers(metadata: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in metadata.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield name, float(value)
