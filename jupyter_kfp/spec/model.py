"""A KFP v2 pipeline as data: the messages of `pipeline_spec.proto` (kubeflow/pipelines 2.17) as msgspec structs.

Strict: an unknown field is an error, as it is for the KFP API server. Lossless: a field that is absent stays absent,
one that is written stays written (hence ``None`` defaults, also for booleans). JSON names are camelCase, as in the
proto's JSON mapping. Load and save with `jupyter_kfp.spec.ir_yaml`.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

ParameterType = Literal[
    "NUMBER_DOUBLE", "NUMBER_INTEGER", "STRING", "BOOLEAN", "LIST", "STRUCT", "TASK_FINAL_STATUS", "TASK_CONFIG"
]
PrimitiveType = Literal["INT", "DOUBLE", "STRING"]
TriggerStrategy = Literal[
    "TRIGGER_STRATEGY_UNSPECIFIED", "ALL_UPSTREAM_TASKS_SUCCEEDED", "ALL_UPSTREAM_TASKS_COMPLETED"
]

SCHEMA_VERSION = "2.1.0"


class _Message(msgspec.Struct, rename="camel", omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all messages."""


# --- types of inputs and outputs


class ArtifactType(_Message):
    """``ArtifactTypeSchema``: normally a title such as ``system.Dataset`` and a version."""

    schema_title: str | None = None
    schema_uri: str | None = None
    instance_schema: str | None = None
    schema_version: str | None = None


class InputArtifact(_Message):
    """Declaration of an artifact that a component reads."""

    artifact_type: ArtifactType | None = None
    is_artifact_list: bool | None = None
    is_optional: bool | None = None
    description: str | None = None


class InputParameter(_Message):
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


class InputDefinitions(_Message):
    """What a component takes."""

    artifacts: dict[str, InputArtifact] = {}
    parameters: dict[str, InputParameter] = {}


class ConstantValue(_Message):
    """The deprecated, typed ``Value`` message."""

    int_value: int | str | None = None
    double_value: float | None = None
    string_value: str | None = None


class ValueOrRuntimeParameter(_Message):
    """A constant, or the name of a parameter to read at run time."""

    constant: Any = UNSET
    runtime_parameter: str | None = None
    constant_value: ConstantValue | None = None


class OutputArtifact(_Message):
    """Declaration of an artifact that a component makes."""

    artifact_type: ArtifactType | None = None
    properties: dict[str, ValueOrRuntimeParameter] = {}
    custom_properties: dict[str, ValueOrRuntimeParameter] = {}
    metadata: dict[str, Any] = {}
    is_artifact_list: bool | None = None
    description: str | None = None


class OutputParameter(_Message):
    """Declaration of a parameter that a component makes."""

    parameter_type: ParameterType | None = None
    type: PrimitiveType | None = None
    description: str | None = None


class OutputDefinitions(_Message):
    """What a component makes."""

    artifacts: dict[str, OutputArtifact] = {}
    parameters: dict[str, OutputParameter] = {}


# --- tasks


class TaskOutputParameter(_Message):
    """A parameter of another task of the same DAG."""

    producer_task: str
    output_parameter_key: str


class TaskFinalStatus(_Message):
    """The final status of a task, for exit handlers."""

    producer_task: str


class TaskInputParameter(_Message):
    """Where a task takes a parameter from; exactly one of the first four."""

    task_output_parameter: TaskOutputParameter | None = None
    runtime_value: ValueOrRuntimeParameter | None = None
    component_input_parameter: str | None = None
    task_final_status: TaskFinalStatus | None = None
    parameter_expression_selector: str | None = None


class TaskOutputArtifact(_Message):
    """An artifact of another task of the same DAG."""

    producer_task: str
    output_artifact_key: str


class TaskInputArtifact(_Message):
    """Where a task takes an artifact from; exactly one."""

    task_output_artifact: TaskOutputArtifact | None = None
    component_input_artifact: str | None = None


class TaskInputs(_Message):
    """Bindings of a task's inputs."""

    parameters: dict[str, TaskInputParameter] = {}
    artifacts: dict[str, TaskInputArtifact] = {}


class TaskInfo(_Message):
    """Display name of a task."""

    name: str | None = None


class CachingOptions(_Message):
    """``{}`` means that caching is off."""

    enable_cache: bool | None = None
    cache_key: str | None = None


class ComponentRef(_Message):
    """Key of the component in ``components``."""

    name: str | None = None


class TriggerPolicy(_Message):
    """When a task starts: a CEL condition, and what it asks of the tasks before it."""

    condition: str | None = None
    strategy: TriggerStrategy | None = None


class ArtifactItems(_Message):
    """Items of an artifact iterator."""

    input_artifact: str | None = None


class ArtifactIterator(_Message):
    """Loop over a list of artifacts."""

    items: ArtifactItems | None = None
    item_input: str | None = None


class ParameterItems(_Message):
    """Items of a parameter iterator: JSON text, or an input of the task."""

    raw: str | None = None
    input_parameter: str | None = None


class ParameterIterator(_Message):
    """Loop over a list of values."""

    items: ParameterItems | None = None
    item_input: str | None = None


class RetryPolicy(_Message):
    """Retries of a task; durations as in protobuf's JSON (``"30s"``)."""

    max_retry_count: int | None = None
    backoff_duration: str | None = None
    backoff_factor: float | None = None
    backoff_max_duration: str | None = None


class IteratorPolicy(_Message):
    """How many iterations may run at once; 0 or absent: no limit."""

    parallelism_limit: int | None = None


class TaskSpec(_Message):
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


class ParameterSelector(_Message):
    """A parameter of a task inside a DAG."""

    producer_subtask: str | None = None
    output_parameter_key: str | None = None


class ParameterSelectors(_Message):
    """The first of these that exists (``dsl.OneOf``)."""

    parameter_selectors: list[ParameterSelector] = []


class DagOutputParameter(_Message):
    """Where a DAG's output parameter comes from."""

    value_from_parameter: ParameterSelector | None = None
    value_from_oneof: ParameterSelectors | None = None


class ArtifactSelector(_Message):
    """An artifact of a task inside a DAG."""

    producer_subtask: str | None = None
    output_artifact_key: str | None = None


class DagOutputArtifact(_Message):
    """Where a DAG's output artifact comes from."""

    artifact_selectors: list[ArtifactSelector] = []


class DagOutputs(_Message):
    """Outputs of a DAG."""

    artifacts: dict[str, DagOutputArtifact] = {}
    parameters: dict[str, DagOutputParameter] = {}


class DagSpec(_Message):
    """Tasks by key, and what the DAG as a whole gives out."""

    tasks: dict[str, TaskSpec] = {}
    outputs: DagOutputs | None = None


class TaskConfigPassthrough(_Message):
    """Which platform settings a task passes on through a ``TASK_CONFIG`` parameter."""

    field: str | None = None
    apply_to_task: bool | None = None


class ComponentSpec(_Message):
    """A component: either a DAG, or a leaf with the label of its executor."""

    input_definitions: InputDefinitions | None = None
    output_definitions: OutputDefinitions | None = None
    dag: DagSpec | None = None
    executor_label: str | None = None
    single_platform_specs: list[SinglePlatformSpec] = []
    task_config_passthroughs: list[TaskConfigPassthrough] = []


# --- executors; `deploymentSpec` is a Struct in the proto and is checked by us


class EnvVar(_Message):
    """An environment variable."""

    name: str
    value: str = ""


class Accelerator(_Message):
    """``type``/``count`` are the deprecated forms."""

    type: str | None = None
    count: int | str | None = None
    resource_type: str | None = None
    resource_count: str | None = None


class Resources(_Message):
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


class Exec(_Message):
    """A command of the container's life cycle."""

    command: list[str] = []
    args: list[str] = []


class Lifecycle(_Message):
    """Hooks of a container."""

    pre_cache_check: Exec | None = None


class ContainerSpec(_Message):
    """``PipelineContainerSpec``."""

    image: str | None = None
    command: list[str] = []
    args: list[str] = []
    lifecycle: Lifecycle | None = None
    resources: Resources | None = None
    env: list[EnvVar] = []


class ImporterSpec(_Message):
    """Brings an artifact that exists elsewhere into the pipeline."""

    artifact_uri: ValueOrRuntimeParameter | None = None
    type_schema: ArtifactType | None = None
    properties: dict[str, ValueOrRuntimeParameter] = {}
    custom_properties: dict[str, ValueOrRuntimeParameter] = {}
    reimport: bool | None = None
    metadata: dict[str, Any] = {}
    download_to_workspace: bool | None = None


class ExecutorSpec(_Message):
    """How a leaf component runs; exactly one. ``resolver`` and ``customJob`` exist in the proto only."""

    container: ContainerSpec | None = None
    importer: ImporterSpec | None = None
    resolver: dict[str, Any] | None = None
    custom_job: dict[str, Any] | None = None


class DeploymentSpec(msgspec.Struct, omit_defaults=True, kw_only=True):
    """Executors by label. Unknown keys are allowed here by the backend; ours is ``x-jupyter-kfp``."""

    executors: dict[str, ExecutorSpec] = {}
    extension: dict[str, Any] | UnsetType = msgspec.field(name="x-jupyter-kfp", default=UNSET)


class PipelineInfo(_Message):
    """Name (DNS-like), display name, description (1024 characters at most)."""

    name: str
    display_name: str | None = None
    description: str | None = None


class PipelineSpec(_Message):
    """The first document of an IR file."""

    pipeline_info: PipelineInfo
    root: ComponentSpec
    schema_version: str = ""
    components: dict[str, ComponentSpec] = {}
    deployment_spec: DeploymentSpec | None = None
    sdk_version: str | None = None
    default_pipeline_root: str | None = None


# --- the platform document


class KubernetesWorkspace(_Message):
    """Patch of the PVC that holds the workspace."""

    pvc_spec_patch: dict[str, Any] | None = None


class Workspace(_Message):
    """A folder shared by all tasks of a run."""

    size: str | None = None
    kubernetes: KubernetesWorkspace | None = None


class PipelineConfig(_Message):
    """Settings of the pipeline as a whole."""

    resource_ttl_on_completion: int | None = None
    resource_ttl_on_success: int | None = None
    resource_ttl_on_failure: int | None = None
    active_deadline_seconds: int | None = None
    workspace: Workspace | None = None


class PlatformDeployment(_Message):
    """Per executor, settings of the platform (`kubernetes_executor_config.proto`), as plain data."""

    executors: dict[str, dict[str, Any]] = {}


class SinglePlatformSpec(_Message):
    """Settings for one platform."""

    deployment_spec: PlatformDeployment | None = None
    platform: str | None = None
    config: dict[str, Any] | None = None
    pipeline_config: PipelineConfig | None = None


class PlatformSpec(_Message):
    """The optional second document of an IR file."""

    platforms: dict[str, SinglePlatformSpec] = {}


class Pipeline(msgspec.Struct, kw_only=True):
    """An IR file: the spec and, if there is one, its platform document."""

    spec: PipelineSpec
    platform: PlatformSpec | None = None
