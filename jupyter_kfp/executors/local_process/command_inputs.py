"""What a command reads: KFP's executor input, and the files of its input artifacts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from jupyter_kfp.artifacts.artifact_store import ArtifactStore
from jupyter_kfp.artifacts.content_digest import digest_bytes
from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.attempt_files import AttemptFiles
from jupyter_kfp.executors.local_process.inputs_process import LARGE_BYTES
from jupyter_kfp.executors.task_executor import TaskLaunch
from jupyter_kfp.runs.run import TaskArtifact
from jupyter_kfp.spec.model import OutputArtifact

_ITEM = re.compile(r"(.+)\[(\d+)\]")


def address_bytes(uri: str) -> bytes:
    """What the store keeps of an artifact that is known by its address only."""
    return uri.encode()


def is_address_only(artifact: TaskArtifact) -> bool:
    """Whether the artifact lies elsewhere, and the store has nothing but its address."""
    return "://" in artifact.uri and artifact.digest == digest_bytes(address_bytes(artifact.uri))


def has_no_file(artifact: TaskArtifact) -> bool:
    """Whether the artifact is metadata and nothing else, as metrics are."""
    return not artifact.uri


@dataclass(frozen=True)
class CommandInput:
    """What a command is told, and what is still to be brought."""

    executor_input: dict[str, Any]
    copies: list[tuple[str, Path]]
    """Large files of the store, and where the command looks for them."""


def command_input(files: AttemptFiles, launch: TaskLaunch, store: ArtifactStore) -> CommandInput:
    """Put the input artifacts into the attempt's folder and describe all inputs and outputs, with plain paths as uris.

    Inputs are copies: a command may change them, and the store must not. Large files of a store on this machine are
    left to the process of the command. Raises `KfpError` KFP401 (an input is no
    longer in the store), KFP398 (it lies where this machine cannot read it).
    """
    outputs = launch.output_definitions
    copies: list[tuple[str, Path]] = []
    for folder in (files.parameter("x").parent, files.output("x").parent):
        folder.mkdir(parents=True, exist_ok=True)

    def bring(slot: str, artifact: TaskArtifact) -> dict[str, Any]:
        path = files.folder / "inputs" / slot / _file_name(artifact, slot, store)
        _check_present(slot, artifact, store, launch)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not has_no_file(artifact):
            stored = store.uri(artifact.digest)
            if "://" not in stored and store.size(artifact.digest) >= LARGE_BYTES and Path(stored).is_file():
                copies.append((stored, path))
            else:
                store.fetch(artifact.digest, path, link=False)
        return _description(artifact, path)

    executor_input = {
        "inputs": {
            "parameterValues": launch.input_parameters,
            "artifacts": {
                key: {"artifacts": [bring(slot, one) for slot, one in listed]} for key, listed in _by_key(launch)
            },
        },
        "outputs": {
            "parameters": {key: {"outputFile": str(files.parameter(key))} for key in outputs.parameters},
            "artifacts": {
                key: {"artifacts": [_to_be_made(files, key, declared)]} for key, declared in outputs.artifacts.items()
            },
            "outputFile": str(files.executor_output),
        },
    }
    return CommandInput(executor_input, copies)


def _by_key(launch: TaskLaunch) -> Iterator[tuple[str, list[tuple[str, TaskArtifact]]]]:
    """Input artifacts by key, each with a name for its place; those of a list in their order."""
    declared = launch.input_definitions.artifacts
    lists: dict[str, dict[int, TaskArtifact]] = {key: {} for key, one in declared.items() if one.is_artifact_list}
    for key, artifact in launch.input_artifacts.items():
        item = _ITEM.fullmatch(key)
        if item is not None and item[1] in lists:
            lists[item[1]][int(item[2])] = artifact
        else:
            yield key, [(key, artifact)]
    for key, items in lists.items():
        yield key, [(f"{key}/{index}", items[index]) for index in sorted(items)]


def _check_present(slot: str, artifact: TaskArtifact, store: ArtifactStore, launch: TaskLaunch) -> None:
    if is_address_only(artifact):
        raise KfpError(
            "KFP398",
            f'task "{launch.name}": its input {slot!r} is at {artifact.uri}, which cannot be read on this machine',
            hint="import it from a file, or from an http or s3 address",
            details={"input": slot, "uri": artifact.uri},
        )
    if not store.exists(artifact.digest):
        raise KfpError(
            "KFP401",
            f"the input {slot!r} is no longer in the artifact store ({artifact.digest})",
            hint="run the step that makes it again, with --force",
        )


def _description(artifact: TaskArtifact, path: Path) -> dict[str, Any]:
    return {
        "name": artifact.name,
        "type": {"schemaTitle": artifact.type, "schemaVersion": "0.0.1"},
        "uri": str(path),
        "metadata": artifact.metadata,
    }


def _file_name(artifact: TaskArtifact, slot: str, store: ArtifactStore) -> str:
    """Name of the file, as where the artifact came from: programs look at suffixes."""
    if artifact.uri and artifact.uri != store.uri(artifact.digest):
        name = PurePosixPath(urlsplit(artifact.uri).path).name
        if name:
            return name
    return Path(slot).parts[0]


def _to_be_made(files: AttemptFiles, key: str, declared: OutputArtifact) -> dict[str, Any]:
    kind = declared.artifact_type
    schema: dict[str, Any] = {"schemaVersion": (kind.schema_version if kind else None) or "0.0.1"}
    if kind is not None and kind.instance_schema and not kind.schema_title:
        schema = {"instanceSchema": kind.instance_schema}
    else:
        schema["schemaTitle"] = (kind.schema_title if kind else None) or "system.Artifact"
    return {"name": key, "type": schema, "uri": str(files.output(key)), "metadata": dict(declared.metadata)}
