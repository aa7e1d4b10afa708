"""A KFP v2 pipeline as data: the messages of `pipeline_spec.proto` (kubeflow/pipelines 2.17) as msgspec structs.

Strict: an unknown field is an error, as it is for the KFP API server. Lossless: a field that is absent stays absent,
one that is written stays written (hence ``None`` defaults, also for booleans). JSON names are camelCase, as in the
proto's JSON mapping. Load and save with `jupyter_kfp.spec.ir_yaml`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from jupyter_kfp.spec.executor_spec import (
    Accelerator,
    ContainerSpec,
    DeploymentSpec,
    EnvVar,
    Exec,
    ExecutorSpec,
    ImporterSpec,
    KubernetesWorkspace,
    Lifecycle,
    PipelineConfig,
    PlatformDeployment,
    PlatformSpec,
    Resources,
    SinglePlatformSpec,
    Workspace,
)
from jupyter_kfp.spec.io_types import (
    ArtifactType,
    ConstantValue,
    InputArtifact,
    InputDefinitions,
    InputParameter,
    Message,
    OutputArtifact,
    OutputDefinitions,
    OutputParameter,
    ParameterType,
    PrimitiveType,
    ValueOrRuntimeParameter,
)

__all__ = [
    "SCHEMA_VERSION",
    "Accelerator",
    "ArtifactItems",
    "ArtifactIterator",
    "ArtifactSelector",
    "ArtifactType",
    "CachingOptions",
    "ComponentRef",
    "ComponentSpec",
    "ConstantValue",
    "ContainerSpec",
    "DagOutputArtifact",
    "DagOutputParameter",
    "DagOutputs",
    "DagSpec",
    "DeploymentSpec",
    "EnvVar",
    "Exec",
    "ExecutorSpec",
    "ImporterSpec",
    "InputArtifact",
    "InputDefinitions",
    "InputParameter",
    "IteratorPolicy",
    "KubernetesWorkspace",
    "Lifecycle",
    "Message",
    "OutputArtifact",
    "OutputDefinitions",
    "OutputParameter",
    "ParameterItems",
    "ParameterIterator",
    "ParameterSelector",
    "ParameterSelectors",
    "ParameterType",
    "Pipeline",
    "PipelineConfig",
    "PipelineInfo",
    "PipelineSpec",
    "PlatformDeployment",
    "PlatformSpec",
    "PrimitiveType",
    "Resources",
    "RetryPolicy",
    "SinglePlatformSpec",
    "TaskConfigPassthrough",
    "TaskFinalStatus",
    "TaskInfo",
    "TaskInputArtifact",
    "TaskInputParameter",
    "TaskInputs",
    "TaskOutputArtifact",
    "TaskOutputParameter",
    "TaskSpec",
    "TriggerPolicy",
    "TriggerStrategy",
    "ValueOrRuntimeParameter",
    "Workspace",
]

TriggerStrategy = Literal[
    "TRIGGER_STRATEGY_UNSPECIFIED", "ALL_UPSTREAM_TASKS_SUCCEEDED", "ALL_UPSTREAM_TASKS_COMPLETED"
]

SCHEMA_VERSION = "2.1.0"


# --- tasks


class TaskOutputParameter(Message):
    """A parameter of another task of the same DAG."""

    producer_task: str
    output_parameter_key: str


class TaskFinalStatus(Message):
    """The final status of a task, for exit handlers."""

    producer_task: str


class TaskInputParameter(Message):
    """Where a task takes a parameter from; exactly one of the first four."""

    task_output_parameter: TaskOutputParameter | None = None
    runtime_value: ValueOrRuntimeParameter | None = None
    component_input_parameter: str | None = None
    task_final_status: TaskFinalStatus | None = None
    parameter_expression_selector: str | None = None


class TaskOutputArtifact(Message):
    """An artifact of another task of the same DAG."""

    producer_task: str
    output_artifact_key: str


class TaskInputArtifact(Message):
    """Where a task takes an artifact from; exactly one."""

    task_output_artifact: TaskOutputArtifact | None = None
    component_input_artifact: str | None = None


class TaskInputs(Message):
    """Bindings of a task's inputs."""

    parameters: dict[str, TaskInputParameter] = {}
    artifacts: dict[str, TaskInputArtifact] = {}


class TaskInfo(Message):
    """Display name of a task."""

    name: str | None = None


class CachingOptions(Message):
    """``{}`` means that caching is off."""

    enable_cache: bool | None = None
    cache_key: str | None = None


class ComponentRef(Message):
    """Key of the component in ``components``."""

    name: str | None = None


class TriggerPolicy(Message):
    """When a task starts: a CEL condition, and what it asks of the tasks before it."""

    condition: str | None = None
    strategy: TriggerStrategy | None = None


class ArtifactItems(Message):
    """Items of an artifact iterator."""

    input_artifact: str | None = None


class ArtifactIterator(Message):
    """Loop over a list of artifacts."""

    items: ArtifactItems | None = None
    item_input: str | None = None


class ParameterItems(Message):
    """Items of a parameter iterator: JSON text, or an input of the task."""

    raw: str | None = None
    input_parameter: str | None = None


class ParameterIterator(Message):
    """Loop over a list of values."""

    items: ParameterItems | None = None
    item_input: str | None = None


class RetryPolicy(Message):
    """Retries of a task; durations as in protobuf's JSON (``"30s"``)."""

    max_retry_count: int | None = None
    backoff_duration: str | None = None
    backoff_factor: float | None = None
    backoff_max_duration: str | None = None


class IteratorPolicy(Message):
    """How many iterations may run at once; 0 or absent: no limit."""

    parallelism_limit: int | None = None


class TaskSpec(Message):
    """``PipelineTaskSpec``: one use of a component in a DAG."""

    task_info: TaskInfo | None = None
    inputs: TaskInputs | None = None
    dependent_tasks: list[str] = []
    caching_options: CachingOptions | None = None
    component_ref: ComponentRef | None = None
    trigger_policy: TriggerPolicy | None = None
    artifact_iterator: ArtifactIterator | None = None
    parameter_iterator: ParameterIterator | None = None
    retry_policy: RetryPolicy | None = None
    iterator_policy: IteratorPolicy | None = None


# --- DAGs and components


class ParameterSelector(Message):
    """A parameter of a task inside a DAG."""

    producer_subtask: str | None = None
    output_parameter_key: str | None = None


class ParameterSelectors(Message):
    """The first of these that exists (``dsl.OneOf``)."""

    parameter_selectors: list[ParameterSelector] = []


class DagOutputParameter(Message):
    """Where a DAG's output parameter comes from."""

    value_from_parameter: ParameterSelector | None = None
    value_from_oneof: ParameterSelectors | None = None


class ArtifactSelector(Message):
    """An artifact of a task inside a DAG."""

    producer_subtask: str | None = None
    output_artifact_key: str | None = None


class DagOutputArtifact(Message):
    """Where a DAG's output artifact comes from."""

    artifact_selectors: list[ArtifactSelector] = []


class DagOutputs(Message):
    """Outputs of a DAG."""

    artifacts: dict[str, DagOutputArtifact] = {}
    parameters: dict[str, DagOutputParameter] = {}


class DagSpec(Message):
    """Tasks by key, and what the DAG as a whole gives out."""

    tasks: dict[str, TaskSpec] = {}
    outputs: DagOutputs | None = None


class TaskConfigPassthrough(Message):
    """Which platform settings a task passes on through a ``TASK_CONFIG`` parameter."""

    field: str | None = None
    apply_to_task: bool | None = None


class ComponentSpec(Message):
    """A component: either a DAG, or a leaf with the label of its executor."""

    input_definitions: InputDefinitions | None = None
    output_definitions: OutputDefinitions | None = None
    dag: DagSpec | None = None
    executor_label: str | None = None
    single_platform_specs: list[SinglePlatformSpec] = []
    task_config_passthroughs: list[TaskConfigPassthrough] = []


class PipelineInfo(Message):
    """Name (DNS-like), display name, description (1024 characters at most)."""

    name: str
    display_name: str | None = None
    description: str | None = None


class PipelineSpec(Message):
    """The first document of an IR file."""

    pipeline_info: PipelineInfo
    root: ComponentSpec
    schema_version: str = ""
    components: dict[str, ComponentSpec] = {}
    deployment_spec: DeploymentSpec | None = None
    sdk_version: str | None = None
    default_pipeline_root: str | None = None


class Pipeline(msgspec.Struct, kw_only=True):
    """An IR file: the spec and, if there is one, its platform document."""

    spec: PipelineSpec
    platform: PlatformSpec | None = None
