"""Random pipelines with nested DAGs, loops, conditions, exit tasks and retries, and what must come of each.

The oracle walks the tree from the outside in, one task after the other, with no events, queues or times.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from jupyter_kfp.executors.task_executor import TaskEnded
from jupyter_kfp.runs.run import RunError
from jupyter_kfp.runs.states import Reason
from jupyter_kfp.spec import model

SUCCEEDED, FAILED, SKIPPED = "SUCCEEDED", "FAILED", "SKIPPED"


@dataclass
class Part:
    """A task: a leaf if it has no body, a loop if it has a number of items."""

    key: str
    before: list[str] = field(default_factory=list)
    any_end: bool = False
    condition: bool | None = None
    failures: int = 0
    """How often the leaf fails, in all."""
    retries: int = 0
    body: list[Part] = field(default_factory=list)
    items: int | None = None
    limit: int = 0


@st.composite
def dags(draw, depth=2, prefix="t"):
    """Tasks of a DAG."""
    parts: list[Part] = []
    for number in range(draw(st.integers(1, 4 if depth else 3))):
        part = Part(f"{prefix}{number}")
        part.before = [other.key for other in parts if draw(st.integers(0, 2)) == 0]
        part.any_end = bool(part.before) and draw(st.integers(0, 3)) == 0
        part.condition = draw(st.sampled_from([None, None, None, True, False]))
        part.retries = draw(st.sampled_from([0, 0, 1]))
        kind = draw(st.sampled_from(["leaf", "leaf", "dag", "loop"])) if depth else "leaf"
        if kind == "leaf":
            part.failures = draw(st.sampled_from([0, 0, 0, 1, 2, 9]))
        else:
            part.body = draw(dags(depth=depth - 1, prefix=f"{part.key}x"))
        if kind == "loop":
            part.items = draw(st.integers(0, 3))
            part.limit = draw(st.integers(0, 2))
        parts.append(part)
    return parts


# --- as a pipeline


def pipeline_of(parts: list[Part]) -> model.Pipeline:
    """The IR: each leaf gives ``out``, made of its path and of what it reads; a DAG gives that of its last task."""
    components: dict[str, model.ComponentSpec] = {}
    return tree_of(_tasks(parts, components), components)


def tree_of(tasks: dict[str, model.TaskSpec], components: dict[str, model.ComponentSpec]) -> model.Pipeline:
    """The IR of a pipeline whose leaves all have the executor ``exec``."""
    container = model.ContainerSpec(image="image", command=["true"])
    return model.Pipeline(
        spec=model.PipelineSpec(
            pipeline_info=model.PipelineInfo(name="tree"),
            schema_version=model.SCHEMA_VERSION,
            root=model.ComponentSpec(dag=model.DagSpec(tasks=tasks)),
            components=components,
            deployment_spec=model.DeploymentSpec(executors={"exec": model.ExecutorSpec(container=container)}),
        )
    )


def _tasks(parts: list[Part], components: dict[str, model.ComponentSpec]) -> dict[str, model.TaskSpec]:
    tasks = {}
    for part in parts:
        reads = {
            key: model.TaskInputParameter(
                task_output_parameter=model.TaskOutputParameter(producer_task=key, output_parameter_key="out")
            )
            for key in part.before
        }
        reads["item"] = model.TaskInputParameter(component_input_parameter="item")
        text = model.InputParameter(parameter_type="STRING", is_optional=True)
        component = model.ComponentSpec(
            input_definitions=model.InputDefinitions(parameters=dict.fromkeys([*reads, "item"], text))
        )
        if part.body:
            selected = model.ParameterSelector(producer_subtask=part.body[-1].key, output_parameter_key="out")
            outputs = model.DagOutputs(parameters={"out": model.DagOutputParameter(value_from_parameter=selected)})
            component.dag = model.DagSpec(tasks=_tasks(part.body, components), outputs=outputs)
        else:
            component.executor_label = "exec"
        components[f"comp-{part.key}"] = component
        tasks[part.key] = model.TaskSpec(
            task_info=model.TaskInfo(name=part.key),
            component_ref=model.ComponentRef(name=f"comp-{part.key}"),
            inputs=model.TaskInputs(parameters=reads),
            dependent_tasks=list(part.before),
            caching_options=model.CachingOptions(),
            trigger_policy=model.TriggerPolicy(
                condition=None if part.condition is None else f"1 {'<' if part.condition else '>'} 2",
                strategy="ALL_UPSTREAM_TASKS_COMPLETED" if part.any_end else None,
            ),
            retry_policy=model.RetryPolicy(max_retry_count=part.retries, backoff_duration="3s"),
        )
        if part.items is not None:
            iterator = model.ParameterIterator(
                item_input="item", items=model.ParameterItems(raw=json.dumps([f"i{n}" for n in range(part.items)]))
            )
            tasks[part.key].parameter_iterator = iterator
            tasks[part.key].iterator_policy = model.IteratorPolicy(parallelism_limit=part.limit or None)
    return tasks


def output(path: str, reads: dict[str, Any]) -> str:
    """What a leaf gives."""
    return f"{path}{json.dumps(reads, sort_keys=True)}"


class Leaves:
    """Ends attempts as the parts say: the first ones fail. An attempt whose end nobody saw does not count."""

    def __init__(self, parts: list[Part]) -> None:
        self.left: dict[str, int] = {}
        self._failures = {part.key: part.failures for part in _all(parts)}

    def end(self, launch: Any, _outcome: Any) -> TaskEnded:
        """For `World.end`."""
        path = launch.attempt.path
        if self.fails(path):
            error = RunError(code="KFP311", message=f"{path} failed")
            return TaskEnded(succeeded=False, reason=Reason.USER_CODE, error=error)
        return TaskEnded(succeeded=True, outputs={"out": output(path, launch.input_parameters)})

    def fails(self, path: str) -> bool:
        """Whether the next attempt fails."""
        left = self.left.setdefault(path, self._failures[path.rsplit("/", 1)[-1]])
        self.left[path] = max(left - 1, 0)
        return left > 0


def _all(parts: list[Part]) -> list[Part]:
    return [one for part in parts for one in (part, *_all(part.body))]


# --- the oracle


@dataclass
class End:
    """How a task ended."""

    state: str
    by_condition: bool = False
    out: Any = None

    @property
    def well(self) -> bool:
        return self.state == SUCCEEDED or self.by_condition


class Oracle:
    """What comes of the tasks, by path."""

    def __init__(self, parts: list[Part]) -> None:
        self.ends: dict[str, End] = {}
        self._parts = parts
        self._leaves = Leaves(parts)

    def run(self) -> str:
        """The whole run, or its retry; returns its state."""
        self._dag("root", self._parts, None)
        return FAILED if any(self.ends[f"root/{part.key}"].state == FAILED for part in self._parts) else SUCCEEDED

    def _dag(self, path: str, parts: list[Part], item: str | None) -> None:
        """Do what did not end well, and what waits for that."""
        redone: set[str] = set()
        for part in parts:
            place = f"{path}/{part.key}"
            before = {key: self.ends[f"{path}/{key}"] for key in part.before}
            if redone & set(part.before):
                self._forget(place)
            elif place in self.ends and self.ends[place].well:
                continue
            redone.add(part.key)
            self._part(place, part, before, item)

    def _part(self, place: str, part: Part, before: dict[str, End], item: str | None) -> None:
        if not part.any_end:
            bad = [end for end in before.values() if end.state != SUCCEEDED]
            if bad:
                self._skip(place, part, by_condition=all(end.by_condition for end in bad))
                return
        if part.condition is False:
            self._skip(place, part, by_condition=True)
            return
        reads = {key: _text(end.out) for key, end in before.items() if end.out is not None}
        if item is not None:
            reads["item"] = item
        for _ in range(part.retries + 1):
            self.ends[place] = self._try(place, part, reads, item)
            if self.ends[place].state != FAILED:
                return

    def _try(self, place: str, part: Part, reads: dict[str, Any], item: str | None) -> End:
        if not part.body:
            return End(FAILED) if self._leaves.fails(place) else End(SUCCEEDED, out=output(place, reads))
        if part.items is None:
            return self._body(place, part, item)
        ends = []
        for number in range(part.items):
            iteration = f"{place}[{number}]"
            if iteration not in self.ends or not self.ends[iteration].well:
                self.ends[iteration] = self._body(iteration, part, f"i{number}")
            ends.append(self.ends[iteration])
        if any(end.state == FAILED for end in ends):
            return End(FAILED)
        return End(SUCCEEDED, out=[end.out for end in ends if end.out is not None])

    def _body(self, path: str, part: Part, item: str | None) -> End:
        self._dag(path, part.body, item)
        if any(self.ends[f"{path}/{one.key}"].state == FAILED for one in part.body):
            return End(FAILED)
        return End(SUCCEEDED, out=self.ends[f"{path}/{part.body[-1].key}"].out)

    def _skip(self, place: str, part: Part, *, by_condition: bool) -> None:
        self._forget(place)
        self.ends[place] = End(SKIPPED, by_condition)
        for one in part.body if part.items is None else ():
            self._skip(f"{place}/{one.key}", one, by_condition=by_condition)

    def _forget(self, place: str) -> None:
        for path in [path for path in self.ends if path == place or path.startswith((f"{place}/", f"{place}["))]:
            del self.ends[path]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
