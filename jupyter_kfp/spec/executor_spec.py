"""How leaf components run, and the platform document; see `jupyter_kfp.spec.model`."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from jupyter_kfp.spec.io_types import ArtifactType, Message, ValueOrRuntimeParameter

# --- executors; `deploymentSpec` is a Struct in the proto and is checked by us


class EnvVar(Message):
    """An environment variable."""

    name: str
    value: str = ""


class Accelerator(Message):
    """``type``/``count`` are the deprecated forms."""

    type: str | None = None
    count: int | str | None = None
    resource_type: str | None = None
    resource_count: str | None = None


class Resources(Message):
    """Kubernetes quantities as text; the four numbers (CPUs, GB) are deprecated forms."""

    cpu_limit: float | None = None
    memory_limit: float | None = None
    cpu_request: float | None = None
    memory_request: float | None = None
    resource_cpu_limit: str | None = None
    resource_memory_limit: str | None = None
    resource_cpu_request: str | None = None
    resource_memory_request: str | None = None
    accelerator: Accelerator | None = None


class Exec(Message):
    """A command of the container's life cycle."""

    command: list[str] = []
    args: list[str] = []


class Lifecycle(Message):
    """Hooks of a container."""

    pre_cache_check: Exec | None = None


class ContainerSpec(Message):
    """``PipelineContainerSpec``."""

    image: str | None = None
    command: list[str] = []
    args: list[str] = []
    lifecycle: Lifecycle | None = None
    resources: Resources | None = None
    env: list[EnvVar] = []


class ImporterSpec(Message):
    """Brings an artifact that exists elsewhere into the pipeline."""

    artifact_uri: ValueOrRuntimeParameter | None = None
    type_schema: ArtifactType | None = None
    properties: dict[str, ValueOrRuntimeParameter] = {}
    custom_properties: dict[str, ValueOrRuntimeParameter] = {}
    reimport: bool | None = None
    metadata: dict[str, Any] = {}
    download_to_workspace: bool | None = None


class ExecutorSpec(Message):
    """How a leaf component runs; exactly one. ``resolver`` and ``customJob`` exist in the proto only."""

    container: ContainerSpec | None = None
    importer: ImporterSpec | None = None
    resolver: dict[str, Any] | None = None
    custom_job: dict[str, Any] | None = None


class DeploymentSpec(msgspec.Struct, omit_defaults=True, kw_only=True):
    """Executors by label. Unknown keys are allowed here by the backend; ours is ``x-jupyter-kfp``."""

    executors: dict[str, ExecutorSpec] = {}
    extension: dict[str, Any] | UnsetType = msgspec.field(name="x-jupyter-kfp", default=UNSET)


# --- the platform document


class KubernetesWorkspace(Message):
    """Patch of the PVC that holds the workspace."""

    pvc_spec_patch: dict[str, Any] | None = None


class Workspace(Message):
    """A folder shared by all tasks of a run."""

    size: str | None = None
    kubernetes: KubernetesWorkspace | None = None


class PipelineConfig(Message):
    """Settings of the pipeline as a whole."""

    resource_ttl_on_completion: int | None = None
    resource_ttl_on_success: int | None = None
    resource_ttl_on_failure: int | None = None
    active_deadline_seconds: int | None = None
    workspace: Workspace | None = None


class PlatformDeployment(Message):
    """Per executor, settings of the platform (`kubernetes_executor_config.proto`), as plain data."""

    executors: dict[str, dict[str, Any]] = {}


class SinglePlatformSpec(Message):
    """Settings for one platform."""

    deployment_spec: PlatformDeployment | None = None
    platform: str | None = None
    config: dict[str, Any] | None = None
    pipeline_config: PipelineConfig | None = None


class PlatformSpec(Message):
    """The optional second document of an IR file."""

    platforms: dict[str, SinglePlatformSpec] = {}
