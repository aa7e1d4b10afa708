"""KFP's executor contract as far as a step needs it: what comes in as ``--executor_input``, what goes out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from jupyter_kfp.errors import KfpError

_SCHEMES = {"minio://": "/minio/", "s3://": "/s3/", "gs://": "/gcs/"}
_WORKSPACE = Path("/kfp-workspace/.artifacts")
"""Where KFP's launcher puts artifacts that it keeps in the run's workspace."""


class _Schema(msgspec.Struct, rename="camel"):
    schema_title: str = "system.Artifact"
    schema_version: str = "0.0.1"


class RuntimeArtifact(msgspec.Struct, rename="camel"):
    """One artifact of the executor input or output."""

    name: str = ""
    uri: str = ""
    type: _Schema = msgspec.field(default_factory=_Schema)
    metadata: dict[str, Any] | None = None
    custom_path: str | None = None

    @property
    def path(self) -> Path:
        """Where the artifact lies, or is to be written, on this machine."""
        return Path(self.custom_path) if self.custom_path else local_path(self.uri, self.metadata or {})


class _ArtifactList(msgspec.Struct):
    artifacts: list[RuntimeArtifact] = []


class _OutputParameter(msgspec.Struct, rename="camel"):
    output_file: str = ""


class _Inputs(msgspec.Struct, rename="camel"):
    parameter_values: dict[str, Any] = {}
    artifacts: dict[str, _ArtifactList] = {}


class _Outputs(msgspec.Struct, rename="camel"):
    parameters: dict[str, _OutputParameter] = {}
    artifacts: dict[str, _ArtifactList] = {}
    output_file: str = "/tmp/kfp_outputs/output_metadata.json"  # noqa: S108 - the place that the contract names


class ExecutorInput(msgspec.Struct):
    """What the executor asks of a step. Unknown fields are ignored: KFP adds some with every version."""

    inputs: _Inputs = msgspec.field(default_factory=_Inputs)
    outputs: _Outputs = msgspec.field(default_factory=_Outputs)

    def input_artifact(self, key: str) -> RuntimeArtifact | None:
        """The artifact that comes in under a key; None if there is none."""
        found = self.inputs.artifacts.get(key)
        return found.artifacts[0] if found and found.artifacts else None

    def output_artifact(self, key: str) -> RuntimeArtifact | None:
        """The artifact that is to go out under a key; None if the component declares none."""
        found = self.outputs.artifacts.get(key)
        return found.artifacts[0] if found and found.artifacts else None


def local_path(uri: str, metadata: dict[str, Any] | None = None) -> Path:
    """Path that KFP's launcher uses for a uri; a plain path is its own."""
    for scheme, root in _SCHEMES.items():
        if uri.startswith(scheme):
            if (metadata or {}).get("_kfp_workspace"):
                return _WORKSPACE / root.strip("/") / uri.removeprefix(scheme)
            return Path(root + uri.removeprefix(scheme))
    if "://" in uri:
        raise KfpError(
            "KFP352",
            f"the artifact {uri} lies in a store that KFP's executor contract does not know",
            hint="use an address that starts with minio://, s3:// or gs://, or a plain path",
        )
    return Path(uri)


def read_executor_input(text: str) -> ExecutorInput:
    """Decode the argument ``--executor_input``. Raises `KfpError` KFP352 if it is not what KFP sends."""
    try:
        return msgspec.json.decode(text, type=ExecutorInput)
    except msgspec.MsgspecError as error:
        raise KfpError(
            "KFP352", f"--executor_input is not KFP's executor input: {error}", hint="pass {{$}} in the component"
        ) from None


class ExecutorOutput(msgspec.Struct, rename="camel", omit_defaults=True):
    """What the step gives back; KFP refuses fields that it does not know."""

    parameter_values: dict[str, Any] = {}
    artifacts: dict[str, _ArtifactList] = {}

    def add_artifact(self, key: str, declared: RuntimeArtifact, metadata: dict[str, Any]) -> None:
        """Report metadata of a written artifact; null values, which fail a step on KFP, are left out."""
        kept = {name: value for name, value in metadata.items() if value is not None}
        artifact = RuntimeArtifact(name=declared.name, uri=declared.uri, type=declared.type, metadata=kept)
        self.artifacts[key] = _ArtifactList(artifacts=[artifact])


def write_executor_output(path: Path, output: ExecutorOutput) -> None:
    """Write the file whole or not at all."""
    data = msgspec.to_builtins(output)
    for listed in data.get("artifacts", {}).values():
        for artifact in listed["artifacts"]:
            # Optional fields that are null, and the type, which the launcher knows itself.
            for field in ("customPath", "type"):
                artifact.pop(field, None)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".draft")
    draft.write_bytes(msgspec.json.encode(data))
    os.replace(draft, path)  # noqa: PTH105 - one name for POSIX and Windows semantics of an atomic replace


def read_executor_output(path: Path) -> ExecutorOutput:
    """Read what `write_executor_output` wrote; an absent file is an empty output, as KFP has it."""
    if not path.exists():
        return ExecutorOutput()
    return msgspec.json.decode(path.read_bytes(), type=ExecutorOutput)
