"""A task of a spec, and its instances in a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from jupyter_kfp.engine.retries import NO_RETRIES, RetryRule
from jupyter_kfp.ids import TaskPath, child_path, spec_path
from jupyter_kfp.runs.run import TaskKind
from jupyter_kfp.spec.extension import Extension, StepRecord
from jupyter_kfp.spec.model import ComponentSpec, ContainerSpec, ImporterSpec, TaskSpec
from jupyter_kfp.spec.payload_storage import with_module_files
from jupyter_kfp.spec.step_payload import WORKER_COMMAND, StepPayload, pack_payload, unpack_payload

STEP_ARGUMENT = "--step"
_ANY_END = "ALL_UPSTREAM_TASKS_COMPLETED"


@dataclass(frozen=True)
class TaskTemplate:
    """A task as the spec has it, in one DAG; all its instances share it."""

    key: str
    """Key of the task in its DAG."""
    name: str
    """Display name, as the user wrote it."""
    kind: TaskKind
    """Never an iteration: those are instances of their loop's template."""
    spec: TaskSpec
    component: ComponentSpec
    upstream: tuple[str, ...] = ()
    """Keys of the tasks of its DAG that must have ended before it: producers of its inputs, and ``dependentTasks``."""
    body: tuple[TaskTemplate, ...] = ()
    """Tasks of its DAG, each after all that it waits for; of a loop those of each iteration. Empty for a leaf."""
    container: ContainerSpec | None = None
    """With a referenced payload in its place, but perhaps with references to the user's modules in it."""
    importer: ImporterSpec | None = None
    platform: dict[str, Any] = field(default_factory=dict)
    """Kubernetes settings of its executor."""
    record: StepRecord | None = None
    """What our compiler noted of the step; None for a spec of another tool."""
    retry: RetryRule = NO_RETRIES
    extension: Extension | None = None

    @property
    def waits_for_any_end(self) -> bool:
        """Whether it starts however the tasks before it end: an exit handler, or one that ignores their failure."""
        return self.spec.trigger_policy is not None and self.spec.trigger_policy.strategy == _ANY_END

    @property
    def condition(self) -> str:
        """The CEL expression that must hold for it to start, or nothing."""
        return (self.spec.trigger_policy.condition if self.spec.trigger_policy else None) or ""

    @property
    def parallelism_limit(self) -> int:
        """How many iterations of a loop may be open at once; 0: any number."""
        policy = self.spec.iterator_policy
        return max((policy.parallelism_limit if policy else None) or 0, 0)

    @property
    def timeout_seconds(self) -> float | None:
        """Longest time that an attempt may take."""
        if self.record is not None and self.record.timeout_seconds is not None:
            return self.record.timeout_seconds
        deadline = self.platform.get("activeDeadlineSeconds")
        return float(deadline) if deadline and float(deadline) > 0 else None

    @cached_property
    def payload(self) -> StepPayload | None:
        """The step that the container runs; None if it is no notebook step."""
        packed = self.packed_payload
        return unpack_payload(packed) if packed else None

    @property
    def packed_payload(self) -> str | None:
        """The same, as it stands in the container's arguments."""
        is_step = self.container is not None and list(self.container.command) == WORKER_COMMAND
        return argument_after(self.container, STEP_ARGUMENT) if is_step else None


@dataclass(frozen=True, slots=True)
class TaskNode:
    """One instance of a task, with its place in the tree of the run."""

    path: TaskPath
    template: TaskTemplate
    kind: TaskKind
    parent: TaskPath | None = None
    """The nested DAG, or the iteration, or (of an iteration) the loop that it is a part of; None: the root DAG."""
    upstream: tuple[TaskPath, ...] = ()
    """What must have ended before it, all with the same parent."""
    index: int = 0
    """Of an iteration: its number."""

    @property
    def is_leaf(self) -> bool:
        """Whether an executor does it."""
        return self.kind is TaskKind.TASK

    @property
    def key(self) -> str:
        """Key of the task in its DAG."""
        return self.template.key

    @property
    def name(self) -> str:
        """Display name, as the user wrote it."""
        name = self.template.name
        return f"{name}[{self.index}]" if self.kind is TaskKind.ITERATION else name

    @property
    def cache_name(self) -> str:
        """What entries of the cache know it by: its key, below others with theirs; the same for all iterations."""
        return spec_path(self.path).removeprefix("root/")

    @property
    def spec(self) -> TaskSpec:
        """How its DAG uses the component."""
        return self.template.spec

    @property
    def component(self) -> ComponentSpec:
        """The component."""
        return self.template.component

    @property
    def container(self) -> ContainerSpec | None:
        """See `TaskTemplate.container`."""
        return self.template.container

    @property
    def record(self) -> StepRecord | None:
        """See `TaskTemplate.record`."""
        return self.template.record

    @property
    def retry(self) -> RetryRule:
        """When it is tried again; an iteration on its own never is."""
        return NO_RETRIES if self.kind is TaskKind.ITERATION else self.template.retry

    @property
    def extension(self) -> Extension | None:
        """What our compiler noted of the pipeline."""
        return self.template.extension

    @property
    def payload(self) -> StepPayload | None:
        """See `TaskTemplate.payload`."""
        return self.template.payload

    @property
    def timeout_seconds(self) -> float | None:
        """Longest time that an attempt may take."""
        return self.template.timeout_seconds

    @property
    def cacheable(self) -> bool:
        """Whether the spec allows the outputs of an earlier run to be used; of importers never."""
        options = self.spec.caching_options
        return self.container is not None and bool(options and options.enable_cache)

    @property
    def complete_container(self) -> ContainerSpec | None:
        """As an executor wants it, complete. Raises `KfpError` KFP333 if the spec lacks a module's content."""
        payload, container = self.payload, self.container
        if container is None or payload is None or all(file.is_complete for file in payload.modules.files):
            return container
        complete = pack_payload(with_module_files(payload, self.extension.module_files if self.extension else {}))
        packed = self.template.packed_payload
        arguments = [complete if argument == packed else argument for argument in container.args]
        return msgspec.structs.replace(container, args=arguments)

    def sibling(self, task_key: str) -> TaskPath:
        """Path of another task of the same DAG."""
        return child_path(self.parent, task_key)


def argument_after(container: ContainerSpec | None, option: str) -> str | None:
    """The word behind an option of the command's arguments."""
    arguments = container.args if container else []
    for index, argument in enumerate(arguments[:-1]):
        if argument == option:
            return arguments[index + 1]
    return None
