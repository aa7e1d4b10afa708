"""After the last cell: what the kernel saved and the user logged becomes KFP's executor output."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from jupyter_kfp.ids import variable_key
from jupyter_kfp.spec.step_payload import CLASSIFICATION_KEY, FILE_PREFIX, LOGGED_PREFIX, METRICS_KEY, NOTEBOOK_KEY
from jupyter_kfp.spec.worker_events import ArtifactLogged, MetricLogged, OutputSaved, decode_event
from jupyter_kfp.worker.event_writer import now
from jupyter_kfp.worker.executor_input import ExecutorInput, ExecutorOutput, RuntimeArtifact
from jupyter_kfp.worker.session_files import SavedOutput

_CLASSIFICATION = "system.ClassificationMetrics"


class UserLog:
    """The newest value of each metric, and the artifacts, that the user logged."""

    def __init__(self) -> None:
        self.metrics: dict[str, float] = {}
        self.artifacts: dict[str, ArtifactLogged] = {}

    def read(self, lines: Iterable[bytes]) -> None:
        """Take in lines of events; those of other kinds are passed over."""
        for line in lines:
            if b'"metric-logged"' not in line and b'"artifact-logged"' not in line:
                continue
            event = decode_event(line)
            if isinstance(event, MetricLogged):
                self.metrics[event.name] = event.value
            elif isinstance(event, ArtifactLogged):
                self.artifacts[event.name] = event


def collect_outputs(wanted: ExecutorInput, saved: list[SavedOutput], logged: UserLog) -> ExecutorOutput:
    """Make the executor output; writes the artifacts that the worker itself makes (metrics, logged files)."""
    output = ExecutorOutput()
    for one in saved:
        declared = wanted.output_artifact(one.key)
        if one.binding == "parameter":
            output.parameter_values[one.key] = one.value
        elif declared is not None:
            facts = {"digest": one.digest, "size": one.size, "python_type": one.python_type, "bound": one.bound}
            output.add_artifact(one.key, declared, {**facts, **_flat(one.metadata)})
    _add_metrics(wanted, output, METRICS_KEY, dict(logged.metrics))
    for key, declared in _kept_files(wanted):
        output.add_artifact(key, declared, {})
    shown = [one for one in logged.artifacts.values() if one.type == _CLASSIFICATION]
    _add_metrics(
        wanted, output, CLASSIFICATION_KEY, {key: value for one in shown for key, value in one.metadata.items()}
    )
    for artifact in logged.artifacts.values():
        _add_logged(wanted, output, artifact)
    notebook = wanted.output_artifact(NOTEBOOK_KEY)
    if notebook is not None and notebook.path.exists():
        output.add_artifact(NOTEBOOK_KEY, notebook, {"size": notebook.path.stat().st_size})
    return output


def _kept_files(wanted: ExecutorInput) -> list[tuple[str, RuntimeArtifact]]:
    """Files of the user's that travel, as far as the session kept them."""
    keys = [key for key in wanted.outputs.artifacts if key.startswith(FILE_PREFIX)]
    found = [(key, wanted.output_artifact(key)) for key in keys]
    return [(key, declared) for key, declared in found if declared is not None and declared.path.exists()]


def missing_outputs(wanted: ExecutorInput, output: ExecutorOutput, saved: list[SavedOutput]) -> list[str]:
    """Keys that the component declares and nobody wrote."""
    missing = [key for key in wanted.outputs.parameters if key not in output.parameter_values]
    for one in saved:
        declared = wanted.output_artifact(one.key)
        if declared is not None and not declared.path.exists():
            missing.append(one.key)
    return missing


def saved_event(one: SavedOutput) -> OutputSaved:
    """The event that says that a variable was written."""
    return OutputSaved(
        at=now(),
        name=one.name,
        key=one.key,
        path=one.path,
        digest=one.digest,
        size=one.size,
        python_type=one.python_type,
        bound=one.bound,
        metadata=one.metadata,
    )


def _add_metrics(wanted: ExecutorInput, output: ExecutorOutput, key: str, values: dict[str, Any]) -> None:
    declared = wanted.output_artifact(key)
    if declared is None:
        return
    declared.path.parent.mkdir(parents=True, exist_ok=True)
    declared.path.write_bytes(msgspec.json.encode(values))
    output.add_artifact(key, declared, values)


def _add_logged(wanted: ExecutorInput, output: ExecutorOutput, one: ArtifactLogged) -> None:
    key = LOGGED_PREFIX + variable_key(one.name)
    declared, source = wanted.output_artifact(key), Path(one.path)
    if declared is None or not source.exists():
        return
    declared.path.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, declared.path, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, declared.path)
    output.add_artifact(key, declared, one.metadata)


def _flat(metadata: dict[str, Any]) -> dict[str, Any]:
    """KFP's metadata store keeps scalars; the rest is told as JSON text."""
    return {
        name: value if isinstance(value, bool | int | float | str) else msgspec.json.encode(value).decode()
        for name, value in metadata.items()
        if value is not None
    }
