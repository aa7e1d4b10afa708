"""Types of inputs and outputs in KFP's IR, and the base of all its messages; see `jupyter_kfp.spec.model`."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET

ParameterType = Literal[
    "NUMBER_DOUBLE", "NUMBER_INTEGER", "STRING", "BOOLEAN", "LIST", "STRUCT", "TASK_FINAL_STATUS", "TASK_CONFIG"
]
PrimitiveType = Literal["INT", "DOUBLE", "STRING"]


class Message(msgspec.Struct, rename="camel", omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all messages."""


class ArtifactType(Message):
    """``ArtifactTypeSchema``: normally a title such as ``system.Dataset`` and a version."""

    schema_title: str | None = None
    schema_uri: str | None = None
    instance_schema: str | None = None
    schema_version: str | None = None


class InputArtifact(Message):
    """Declaration of an artifact that a component reads."""

    artifact_type: ArtifactType | None = None
    is_artifact_list: bool | None = None
    is_optional: bool | None = None
    description: str | None = None


class InputParameter(Message):
    """Declaration of a parameter that a component (or the pipeline, as root) takes."""

    parameter_type: ParameterType | None = None
    type: PrimitiveType | None = None
    default_value: Any = UNSET
    is_optional: bool | None = None
    description: str | None = None
    literals: list[Any] | None = None

    @property
    def has_default(self) -> bool:
        """Whether a default was written; None is a possible default."""
        return self.default_value is not UNSET


class InputDefinitions(Message):
    """What a component takes."""

    artifacts: dict[str, InputArtifact] = {}
    parameters: dict[str, InputParameter] = {}


class ConstantValue(Message):
    """The deprecated, typed ``Value`` message."""

    int_value: int | str | None = None
    double_value: float | None = None
    string_value: str | None = None


class ValueOrRuntimeParameter(Message):
    """A constant, or the name of a parameter to read at run time."""

    constant: Any = UNSET
    runtime_parameter: str | None = None
    constant_value: ConstantValue | None = None


class OutputArtifact(Message):
    """Declaration of an artifact that a component makes."""

    artifact_type: ArtifactType | None = None
    properties: dict[str, ValueOrRuntimeParameter] = {}
    custom_properties: dict[str, ValueOrRuntimeParameter] = {}
    metadata: dict[str, Any] = {}
    is_artifact_list: bool | None = None
    description: str | None = None


class OutputParameter(Message):
    """Declaration of a parameter that a component makes."""

    parameter_type: ParameterType | None = None
    type: PrimitiveType | None = None
    description: str | None = None


class OutputDefinitions(Message):
    """What a component makes."""

    artifacts: dict[str, OutputArtifact] = {}
    parameters: dict[str, OutputParameter] = {}
