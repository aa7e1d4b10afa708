"""The KFP v2 IR of a compiled notebook; pure functions from plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from jupyter_kfp._version import __version__
from jupyter_kfp.compiler.io_inference import ARTIFACT
from jupyter_kfp.compiler.step_payloads import StepPorts
from jupyter_kfp.compiler.step_resources import make_env, make_platform_config, make_resources, make_retry_policy
from jupyter_kfp.notebook.parameters_cell import NotebookParameter
from jupyter_kfp.notebook.step_options import StepOptions
from jupyter_kfp.spec import model
from jupyter_kfp.spec.extension import Extension, write_extension
from jupyter_kfp.spec.step_payload import NOTEBOOK_KEY, WORKER_COMMAND

DEFAULT_IMAGE = f"ghcr.io/jupyter-kfp/worker:{__version__}"
"""Image of steps that name none: Python, papermill, ipykernel and the worker."""


class StepParts(msgspec.Struct, frozen=True, kw_only=True):
    """What the IR of one step is made from."""

    id: str
    name: str
    packed: str
    """The payload, or a reference to it."""
    ports: StepPorts
    logged: Mapping[str, str]
    """Outputs that are not variables: key and artifact type."""
    options: StepOptions
    upstream: Sequence[str]
    """Ids of all steps before it."""


class PipelineParts(msgspec.Struct, frozen=True, kw_only=True):
    """What the IR as a whole is made from."""

    name: str
    display_name: str
    description: str | None
    parameters: Sequence[NotebookParameter]
    steps: Sequence[StepParts]
    step_ids: Sequence[str]
    extension: Extension


def build_pipeline(parts: PipelineParts) -> model.Pipeline:
    """Build the spec and, if a step needs one, the platform document."""
    spec = model.PipelineSpec(
        schema_version=model.SCHEMA_VERSION,
        sdk_version=f"jupyter-kfp-{__version__}",
        pipeline_info=model.PipelineInfo(
            name=parts.name,
            display_name=None if parts.display_name == parts.name else parts.display_name,
            description=parts.description,
        ),
        components={f"comp-{step.id}": _component(step) for step in parts.steps},
        deployment_spec=model.DeploymentSpec(
            executors={f"exec-{step.id}": _executor(step) for step in parts.steps},
            extension=write_extension(parts.extension),
        ),
        root=model.ComponentSpec(
            dag=model.DagSpec(tasks={step.id: _task(step, parts.step_ids) for step in parts.steps}),
            input_definitions=_root_inputs(parts.parameters),
        ),
    )
    return model.Pipeline(spec=spec, platform=_platform(parts.steps))


def _root_inputs(parameters: Sequence[NotebookParameter]) -> model.InputDefinitions | None:
    if not parameters:
        return None
    return model.InputDefinitions(
        parameters={
            parameter.name: model.InputParameter(
                parameter_type=parameter.parameter_type,
                default_value=_default(parameter),
                is_optional=True if parameter.optional else None,
                description=parameter.description or None,
            )
            for parameter in parameters
        }
    )


def _default(parameter: NotebookParameter) -> Any:
    # protobuf has no default of null: a parameter that may be left out, without a default, is None.
    return msgspec.UNSET if parameter.default is None else parameter.default


def _artifact_type(title: str) -> model.ArtifactType:
    return model.ArtifactType(schema_title=title, schema_version="0.0.1")


def _component(step: StepParts) -> model.ComponentSpec:
    artifacts: dict[str, model.InputArtifact] = {}
    parameters: dict[str, model.InputParameter] = {}
    for one in step.ports.inputs:
        if one.kind.binding == "artifact":
            artifacts[one.key] = model.InputArtifact(artifact_type=_artifact_type(one.kind.type))
        else:
            optional = True if one.producer is None else None
            parameters[one.key] = model.InputParameter(parameter_type=one.kind.type, is_optional=optional)  # type: ignore[arg-type]
    artifacts |= {
        one.key: model.InputArtifact(artifact_type=_artifact_type(ARTIFACT)) for one in step.ports.files.inputs
    }
    inputs = model.InputDefinitions(artifacts=artifacts, parameters=parameters) if artifacts or parameters else None
    return model.ComponentSpec(
        executor_label=f"exec-{step.id}", input_definitions=inputs, output_definitions=_outputs(step)
    )


def _outputs(step: StepParts) -> model.OutputDefinitions:
    artifacts = {
        one.key: model.OutputArtifact(artifact_type=_artifact_type(one.kind.type))
        for one in step.ports.outputs
        if one.kind.binding == "artifact"
    }
    logged = {
        NOTEBOOK_KEY: ARTIFACT,
        **dict.fromkeys((one.key for one in step.ports.files.outputs), ARTIFACT),
        **step.logged,
    }
    artifacts |= {key: model.OutputArtifact(artifact_type=_artifact_type(title)) for key, title in logged.items()}
    parameters = {
        one.key: model.OutputParameter(parameter_type=one.kind.type)  # type: ignore[arg-type]
        for one in step.ports.outputs
        if one.kind.binding == "parameter"
    }
    return model.OutputDefinitions(artifacts=artifacts, parameters=parameters)


def _executor(step: StepParts) -> model.ExecutorSpec:
    return model.ExecutorSpec(
        container=model.ContainerSpec(
            image=step.options.image or DEFAULT_IMAGE,
            command=list(WORKER_COMMAND),
            args=["--step", step.packed, "--executor_input", "{{$}}"],
            env=make_env(step.options),
            resources=make_resources(step.options),
        )
    )


def _task(step: StepParts, step_ids: Sequence[str]) -> model.TaskSpec:
    parameters: dict[str, model.TaskInputParameter] = {}
    artifacts: dict[str, model.TaskInputArtifact] = {}
    for one in step.ports.inputs:
        if one.producer is None:
            parameters[one.key] = model.TaskInputParameter(component_input_parameter=one.flow.name)
        elif one.kind.binding == "parameter":
            source = model.TaskOutputParameter(producer_task=step_ids[one.producer], output_parameter_key=one.key)
            parameters[one.key] = model.TaskInputParameter(task_output_parameter=source)
        else:
            made = model.TaskOutputArtifact(producer_task=step_ids[one.producer], output_artifact_key=one.key)
            artifacts[one.key] = model.TaskInputArtifact(task_output_artifact=made)
    for file in step.ports.files.inputs:
        made = model.TaskOutputArtifact(producer_task=step_ids[file.producer], output_artifact_key=file.key)
        artifacts[file.key] = model.TaskInputArtifact(task_output_artifact=made)
    caching = model.CachingOptions() if step.options.caching is False else model.CachingOptions(enable_cache=True)
    return model.TaskSpec(
        task_info=model.TaskInfo(name=step.name),
        component_ref=model.ComponentRef(name=f"comp-{step.id}"),
        inputs=model.TaskInputs(parameters=parameters, artifacts=artifacts) if parameters or artifacts else None,
        dependent_tasks=list(step.upstream),
        caching_options=caching,
        retry_policy=make_retry_policy(step.options.retries),
    )


def _platform(steps: Sequence[StepParts]) -> model.PlatformSpec | None:
    executors = {f"exec-{step.id}": config for step in steps if (config := make_platform_config(step.options))}
    if not executors:
        return None
    deployment = model.PlatformDeployment(executors=executors)
    return model.PlatformSpec(platforms={"kubernetes": model.SinglePlatformSpec(deployment_spec=deployment)})
