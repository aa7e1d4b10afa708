"""From a task that is ready to what an executor needs: inputs, condition, the cache's answer, the launch."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from jupyter_kfp.engine.active_run import ActiveRun
from jupyter_kfp.engine.input_resolution import ResolvedInputs, resolve_inputs
from jupyter_kfp.engine.platform_settings import filled_settings
from jupyter_kfp.engine.task_cache import CacheAnswer, TaskCache
from jupyter_kfp.engine.task_node import TaskNode
from jupyter_kfp.executors.task_executor import TaskAttempt, TaskLaunch
from jupyter_kfp.runs.events import RunCreated
from jupyter_kfp.spec.model import InputDefinitions, OutputDefinitions
from jupyter_kfp.spec.pipeline_job import PipelineJob


@dataclass(frozen=True, slots=True)
class PreparedTask:
    """A task whose inputs are resolved, and what the cache says of it."""

    inputs: ResolvedInputs
    answer: CacheAnswer


class TaskPreparation:
    """For the tasks of one run."""

    def __init__(self, active: ActiveRun, created: RunCreated, cache: TaskCache, runs_folder: str = "") -> None:
        self._active = active
        self._options = created.options
        self._cache = cache
        self._job = pipeline_job(active, created, runs_folder)

    def job(self, node: TaskNode) -> PipelineJob:
        """The run, as the task sees it."""
        return task_job(self._job, node)

    def inputs(self, node: TaskNode) -> ResolvedInputs:
        """What the task reads. Raises what `resolve_inputs` raises."""
        return resolve_inputs(self._active.scope, node, self.job(node))

    def look_up(self, tasks: Sequence[tuple[TaskNode, ResolvedInputs]]) -> list[PreparedTask]:
        """Ask the cache, once for all of them."""
        answers = self._cache.look_up_all(tasks)
        return [PreparedTask(inputs, answer) for (_, inputs), answer in zip(tasks, answers, strict=True)]

    def prepare(self, node: TaskNode) -> PreparedTask:
        """Both at once, for a task that was started by a process before this one."""
        return self.look_up([(node, self.inputs(node))])[0]

    def launch(self, node: TaskNode, prepared: PreparedTask, number: int) -> TaskLaunch:
        """An attempt for an executor. Raises `KfpError` if its settings refer to what is not there."""
        component = node.component
        return TaskLaunch(
            attempt=TaskAttempt(self._active.run_id, node.path, number),
            name=node.name,
            container=node.complete_container,
            importer=node.template.importer,
            input_parameters=prepared.inputs.parameters,
            input_artifacts=prepared.inputs.artifacts,
            input_definitions=component.input_definitions or InputDefinitions(),
            output_definitions=component.output_definitions or OutputDefinitions(),
            working_directory=self._options.working_directory,
            timeout_seconds=node.timeout_seconds,
            job=self.job(node),
            platform=filled_settings(self._active.scope, node, prepared.inputs, self.job(node)),
            secrets_file=self._options.secrets_file,
            strict_images=self._options.strict_images,
        )


def condition_holds(node: TaskNode, inputs: ResolvedInputs) -> bool:
    """Whether a task with these inputs is to start. Raises `KfpError` KFP304 if its condition cannot be evaluated."""
    expression = node.template.condition
    if not expression:
        return True
    from jupyter_kfp.spec.cel_conditions import condition_holds as holds

    artifacts = {
        key: [{"name": one.name, "uri": one.uri, "metadata": one.metadata}] for key, one in inputs.artifacts.items()
    }
    return holds(expression, inputs.parameters, artifacts)


def pipeline_job(active: ActiveRun, created: RunCreated, runs_folder: str) -> PipelineJob:
    """A run in KFP's words, without a task."""
    folder = f"{runs_folder}/{active.run_id}" if runs_folder else ""
    created_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(created.at))
    return PipelineJob(
        name=created.name,
        resource_name=f"{created.pipeline}-{active.run_id[:8]}",
        uuid=active.run_id,
        create_time_utc=created_at,
        schedule_time_utc=created_at,
        workspace_path=f"{folder}/workspace" if folder and active.graph.has_workspace else "",
        pipeline_root=folder,
    )


def task_job(job: PipelineJob, node: TaskNode) -> PipelineJob:
    """The same, as a task sees it."""
    task_uuid = str(uuid.uuid5(uuid.UUID(job.uuid), node.path)) if job.uuid else ""
    return msgspec.structs.replace(job, task_name=node.key, task_uuid=task_uuid)
