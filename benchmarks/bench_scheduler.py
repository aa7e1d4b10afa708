"""What the engine itself costs per task: pipelines of tasks that end at once, on a real database.

    python benchmarks/bench_scheduler.py [TASKS ...]

Each size runs in a process of its own, once as a flat pipeline, once as a loop, once as a chain of nested pipelines.
Prints milliseconds of CPU per task, and the peak of the process's memory.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from jupyter_kfp.artifacts.local_store import LocalArtifactStore
from jupyter_kfp.engine.graph_building import build_task_graph
from jupyter_kfp.engine.run_loop import LoopSettings, RunLoop
from jupyter_kfp.engine.tree_moves import declared
from jupyter_kfp.executors.task_executor import TaskAttempt, TaskEnded, TaskLaunch, TaskReport
from jupyter_kfp.ids import new_run_id
from jupyter_kfp.metadata.sql_store import SqlMetadataStore
from jupyter_kfp.runs.events import RunCreated
from jupyter_kfp.runs.run import RunOptions
from jupyter_kfp.runs.states import RuntimeState
from jupyter_kfp.spec import model
from jupyter_kfp.spec.ir_json import to_json

SHAPES = ("flat", "loop", "nested")
SLOTS = 8
PER_GROUP = 10


class InstantExecutor:
    """Ends everything as soon as it is asked."""

    def __init__(self) -> None:
        self._ended: list[TaskAttempt] = []

    def launch(self, launch: TaskLaunch) -> None:
        """Note the attempt."""
        self._ended.append(launch.attempt)

    def check(self, _timeout: float) -> list[TaskReport]:
        """End all that was launched."""
        attempts, self._ended = self._ended, []
        end = TaskEnded(succeeded=True, outputs={"out": 1})
        return [TaskReport(attempt=attempt, ended=end) for attempt in attempts]

    def close(self) -> None:
        """Nothing is open."""


def leaf() -> model.ComponentSpec:
    number = model.InputParameter(parameter_type="NUMBER_INTEGER", is_optional=True)
    return model.ComponentSpec(
        executor_label="exec",
        input_definitions=model.InputDefinitions(parameters={"n": number}),
        output_definitions=model.OutputDefinitions(
            parameters={"out": model.OutputParameter(parameter_type="NUMBER_INTEGER")}
        ),
    )


def use(component: str, name: str, **fields: object) -> model.TaskSpec:
    return model.TaskSpec(
        task_info=model.TaskInfo(name=name),
        component_ref=model.ComponentRef(name=component),
        caching_options=model.CachingOptions(enable_cache=True),
        **fields,
    )


def constant(value: int) -> model.TaskInputs:
    given = model.TaskInputParameter(runtime_value=model.ValueOrRuntimeParameter(constant=value))
    return model.TaskInputs(parameters={"n": given})


def pipeline_of(shape: str, count: int) -> model.Pipeline:
    components = {"comp": leaf()}
    if shape == "flat":
        tasks = {f"t{number}": use("comp", f"t{number}", inputs=constant(number)) for number in range(count)}
    elif shape == "loop":
        item = model.TaskInputs(parameters={"n": model.TaskInputParameter(component_input_parameter="item")})
        components["comp-loop"] = model.ComponentSpec(dag=model.DagSpec(tasks={"t": use("comp", "t", inputs=item)}))
        iterator = model.ParameterIterator(
            item_input="item", items=model.ParameterItems(raw=json.dumps(list(range(count))))
        )
        tasks = {"loop": use("comp-loop", "loop", parameter_iterator=iterator)}
    else:
        inner = {
            f"t{number}": use(
                "comp", f"t{number}", inputs=constant(number), dependent_tasks=[f"t{number - 1}"] if number else []
            )
            for number in range(PER_GROUP)
        }
        components["comp-group"] = model.ComponentSpec(dag=model.DagSpec(tasks=inner))
        groups = range(count // PER_GROUP)
        tasks = {
            f"g{number}": use(
                "comp-group", f"g{number}", dependent_tasks=[f"g{number - SLOTS}"] if number >= SLOTS else []
            )
            for number in groups
        }
    container = model.ContainerSpec(image="image", command=["true"])
    return model.Pipeline(
        spec=model.PipelineSpec(
            pipeline_info=model.PipelineInfo(name="bench"),
            schema_version=model.SCHEMA_VERSION,
            root=model.ComponentSpec(dag=model.DagSpec(tasks=tasks)),
            components=components,
            deployment_spec=model.DeploymentSpec(executors={"exec": model.ExecutorSpec(container=container)}),
        )
    )


def measure(shape: str, count: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        store = SqlMetadataStore(f"sqlite:///{home}/kfp.db")
        artifacts = LocalArtifactStore(Path(home, "artifacts"))
        pipeline = pipeline_of(shape, count)
        graph = build_task_graph(pipeline)
        run_id = new_run_id()
        created = RunCreated(
            at=time.time(),
            name="bench",
            pipeline="bench",
            experiment="Default",
            options=RunOptions(),
            spec_digest="blake3:0",
            tasks=[declared(node) for node in graph.nodes.values()],
        )
        store.create_run(run_id, created, to_json(pipeline))
        before, started = time.process_time(), time.perf_counter()
        limits = LoopSettings(max_parallel_tasks=SLOTS, slots_folder=f"{home}/slots")
        loop = RunLoop(run_id, store, artifacts, InstantExecutor, limits)
        assert loop.run() is RuntimeState.SUCCEEDED
        processor, wall = time.process_time() - before, time.perf_counter() - started
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{shape:8} {count:7} tasks {processor / count * 1000:8.2f} ms CPU a task "
            f"{wall / count * 1000:8.2f} ms wall {memory:8.0f} MB",
            flush=True,
        )


def main() -> None:
    if len(sys.argv) == 3 and sys.argv[1] in SHAPES:
        measure(sys.argv[1], int(sys.argv[2]))
        return
    for shape in SHAPES:
        for count in [int(argument) for argument in sys.argv[1:]] or [1_000, 10_000]:
            subprocess.run([sys.executable, __file__, shape, str(count)], check=True)


if __name__ == "__main__":
    main()
