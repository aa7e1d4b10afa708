"""The folder of an attempt: what lies where, and the executor input that is written into it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from jupyter_kfp.artifacts.artifact_store import ArtifactStore
from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.task_executor import TaskLaunch
from jupyter_kfp.runs.run import TaskArtifact


@dataclass(frozen=True)
class AttemptFiles:
    """Paths in the folder of an attempt."""

    folder: Path

    @property
    def log(self) -> Path:
        """What the step prints."""
        return self.folder / "log.txt"

    @property
    def events(self) -> Path:
        """Events of the worker, one JSON object a line."""
        return self.folder / "events.jsonl"

    @property
    def step(self) -> Path:
        """The packed payload."""
        return self.folder / "step"

    @property
    def executor_input(self) -> Path:
        """What KFP's contract passes to a step."""
        return self.folder / "executor_input.json"

    @property
    def executor_output(self) -> Path:
        """What the step gives back."""
        return self.folder / "executor_output.json"

    @property
    def work(self) -> Path:
        """Where a command that is no step of a notebook runs."""
        return self.folder / "work"

    @property
    def environment(self) -> Path:
        """Where a command installs packages while it runs."""
        return self.folder / "environment"

    @property
    def process(self) -> Path:
        """Which process runs the attempt, for a run that comes back after a crash."""
        return self.folder / "process.json"

    def output(self, key: str) -> Path:
        """Where the step writes an output artifact."""
        return self.folder / "outputs" / key

    def parameter(self, key: str) -> Path:
        """Where a step may write an output parameter."""
        return self.folder / "parameters" / key


class ProcessRecord(msgspec.Struct, frozen=True):
    """Content of `AttemptFiles.process`."""

    pid: int
    created_at: float
    """Start of the process by the system's clock: tells it from a later one with the same id."""
    temporary: str = ""
    """A folder outside that of the attempt, which goes with it."""


def prepare_attempt(files: AttemptFiles, launch: TaskLaunch, store: ArtifactStore, payload: str) -> None:
    """Make the folder and write what the worker reads.

    Raises `KfpError` KFP401 if an input is gone, KFP384 if the folder cannot be written.
    """
    with writing_into(files):
        executor_input = build_executor_input(files, launch, store)
        files.executor_input.write_bytes(msgspec.json.encode(executor_input))
        files.step.write_text(payload, encoding="ascii")


@contextlib.contextmanager
def writing_into(files: AttemptFiles) -> Iterator[None]:
    """Make the folder of an attempt, with an empty log, and let it be filled. Raises `KfpError` KFP384."""
    try:
        files.folder.mkdir(parents=True, exist_ok=True)
        files.log.touch()
        files.events.touch()
        yield
    except OSError as error:
        raise KfpError(
            "KFP384",
            f"cannot write into {files.folder}: {error.strerror}",
            hint="free some space, or choose another folder with JUPYTER_KFP_HOME",
        ) from error


def build_executor_input(files: AttemptFiles, launch: TaskLaunch, store: ArtifactStore) -> dict[str, Any]:
    """The executor input of an attempt, with plain paths as uris."""
    definitions = launch.output_definitions
    return {
        "inputs": {
            "parameterValues": launch.input_parameters,
            "artifacts": {
                key: {"artifacts": [_input_artifact(files, key, artifact, store)]}
                for key, artifact in launch.input_artifacts.items()
            },
        },
        "outputs": {
            "parameters": {key: {"outputFile": str(files.parameter(key))} for key in definitions.parameters},
            "artifacts": {key: {"artifacts": [_output_artifact(files, launch, key)]} for key in definitions.artifacts},
            "outputFile": str(files.executor_output),
        },
    }


def output_type(launch: TaskLaunch, key: str) -> str:
    """Schema title of a declared output artifact."""
    declared = launch.output_definitions.artifacts[key].artifact_type
    return (declared.schema_title if declared else None) or "system.Artifact"


def _input_artifact(files: AttemptFiles, key: str, artifact: TaskArtifact, store: ArtifactStore) -> dict[str, Any]:
    if not store.exists(artifact.digest):
        raise KfpError(
            "KFP401",
            f"the input {key!r} is no longer in the artifact store ({artifact.digest})",
            hint="run the step that makes it again, with --force",
        )
    uri = store.uri(artifact.digest)
    if "://" in uri:
        path = files.folder / "inputs" / key
        path.parent.mkdir(exist_ok=True)
        store.fetch(artifact.digest, path)
        uri = str(path)
    return {
        "name": artifact.name,
        "type": {"schemaTitle": artifact.type},
        "uri": uri,
        "metadata": {**artifact.metadata, "digest": artifact.digest},
    }


def _output_artifact(files: AttemptFiles, launch: TaskLaunch, key: str) -> dict[str, Any]:
    path = files.output(key)
    path.parent.mkdir(exist_ok=True)
    return {
        "name": key,
        "type": {"schemaTitle": output_type(launch, key), "schemaVersion": "0.0.1"},
        "uri": str(path),
        "metadata": {},
    }
