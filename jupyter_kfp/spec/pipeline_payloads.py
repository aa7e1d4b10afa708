"""What the steps of a compiled notebook carry, found in the pipeline."""

from __future__ import annotations

from jupyter_kfp.spec.extension import read_extension
from jupyter_kfp.spec.model import Pipeline
from jupyter_kfp.spec.step_payload import PAYLOAD_REFERENCE, WORKER_COMMAND, StepPayload, unpack_payload


def payload_of(pipeline: Pipeline, task_key: str) -> StepPayload | None:
    """The payload of a task of the root; None if the task is none of a notebook. Raises `KfpError` KFP351."""
    spec = pipeline.spec
    task = spec.root.dag.tasks.get(task_key) if spec.root.dag else None
    component = spec.components.get(task.component_ref.name or "") if task and task.component_ref else None
    if component is None or spec.deployment_spec is None:
        return None
    executor = spec.deployment_spec.executors.get(component.executor_label or "")
    container = executor.container if executor else None
    if container is None or container.command != WORKER_COMMAND or container.args[:1] != ["--step"]:
        return None
    packed = container.args[1]
    if packed.startswith(PAYLOAD_REFERENCE):
        extension = read_extension(spec.deployment_spec.extension)
        packed = (extension.payloads if extension else {}).get(packed.removeprefix(PAYLOAD_REFERENCE), "")
    return unpack_payload(packed)
