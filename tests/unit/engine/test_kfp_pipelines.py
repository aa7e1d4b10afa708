"""The tree of runs of pipelines that the KFP SDK compiled, with outputs as their components would give them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_kfp.artifacts.content_digest import digest_bytes
from jupyter_kfp.engine.graph_building import build_task_graph
from jupyter_kfp.engine.plan import Planner
from jupyter_kfp.engine.task_cache import TaskCache
from jupyter_kfp.executors.task_executor import TaskEnded
from jupyter_kfp.runs.run import RunError, RunOptions, TaskArtifact
from jupyter_kfp.runs.run_parameters import resolve_parameters
from jupyter_kfp.runs.states import Reason
from jupyter_kfp.spec.ir_yaml import load_pipeline
from jupyter_kfp.spec.parameter_values import declared_type

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "kfp-pipelines"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text()) if FOLDER.exists() else {}
DUMMIES: dict[str, Any] = {
    "STRING": "text",
    "NUMBER_INTEGER": 1,
    "NUMBER_DOUBLE": 1.0,
    "BOOLEAN": True,
    "LIST": [],
    "STRUCT": {},
}


def alternatives(name: str) -> list[dict[str, Any]]:
    """What may come of a pipeline: all that is expected, once for each alternative."""
    entry = EXPECTED[name]
    found = [entry]
    for choices in [entry.get("one_of", [{}]), *entry.get("each_one_of", [])]:
        found = [together(one, choice) for one in found for choice in choices]
    return [one for one in found if one["tasks"]]


def together(one, other):
    paths = {**one.get("tasks", {}), **other.get("tasks", {})}
    tasks = {path: {**one.get("tasks", {}).get(path, {}), **other.get("tasks", {}).get(path, {})} for path in paths}
    return {**one, **other, "tasks": tasks}


CASES = [
    pytest.param(name, one, id=f"{name}-{number}")
    for name, entry in EXPECTED.items()
    if entry["runnable"]
    for number, one in enumerate(alternatives(name))
]


def as_components_would(world, expected):
    """An executor that gives the outputs that are expected of each path, or something of the right type."""

    def end(launch, _outcome):
        wanted = expected["tasks"].get(launch.attempt.path, {})
        if wanted.get("state") == "FAILED":
            error = RunError(code="KFP311", message="the component failed")
            return TaskEnded(succeeded=False, reason=Reason.USER_CODE, error=error)
        dummies = DUMMIES | ({"NUMBER_INTEGER": 20} if "above" in expected.get("when", "") else {})
        outputs = {
            key: wanted.get("outputs", {}).get(key, dummies.get(declared_type(declared)))
            for key, declared in launch.output_definitions.parameters.items()
        }
        artifacts = {}
        for key in launch.output_definitions.artifacts:
            digest = digest_bytes(f"{launch.attempt.path} {key}".encode())
            artifacts[key] = TaskArtifact(name=key, type="system.Dataset", uri=f"/a/{digest}", digest=digest, size=1)
        return TaskEnded(succeeded=True, outputs=outputs, artifacts=artifacts)

    world.end = end


def run(world, name, expected):
    pipeline = load_pipeline(FOLDER / name)
    given = {
        key: value.replace("{tmp}", "/tmp") if isinstance(value, str) else value
        for key, value in expected.get("parameters", {}).items()
    }
    parameters = resolve_parameters(pipeline.spec, given)
    as_components_would(world, expected)
    # Without the cache: it would have the second of two coins fall as the first did.
    return pipeline, parameters, world.run(pipeline, RunOptions(use_cache=False), slots=4, **parameters)


@pytest.mark.skipif(not EXPECTED, reason="the compiled pipelines are not here")
@pytest.mark.parametrize(("name", "expected"), CASES)
def test_states_and_outputs_by_path(world, name, expected):
    pipeline, parameters, run_id = run(world, name, expected)
    tasks = world.store.task_records[run_id]
    problems = []
    for path, wanted in expected["tasks"].items():
        task = tasks.get(path)
        if task is None or task.state.value != wanted["state"]:
            problems.append(f"{path}: {task and (task.state.value, task.detail, task.error)}, not {wanted['state']}")
        elif any(task.outputs.get(key) != value for key, value in wanted.get("outputs", {}).items()):
            problems.append(f"{path}: {task.outputs}, not {wanted['outputs']}")
    assert problems == []
    assert world.store.get_run(run_id).state == expected.get("state", world.store.get_run(run_id).state)
    graph = build_task_graph(pipeline)
    cache = TaskCache(world.store, world.artifacts, graph.pipeline, RunOptions())
    planned = Planner(graph, parameters, RunOptions(), cache).plan()
    if expected.get("state") == "SUCCEEDED":
        assert {one.path for one in planned} <= tasks.keys()
