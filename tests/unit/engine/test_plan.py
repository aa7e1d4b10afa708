"""What a run would do, told before it."""

from __future__ import annotations

import pytest

from jupyter_kfp.artifacts.file_state import file_state
from jupyter_kfp.engine.graph_building import build_task_graph
from jupyter_kfp.engine.plan import Planner, check_reusable
from jupyter_kfp.engine.selection import Choice, select_tasks, task_keys
from jupyter_kfp.engine.task_cache import TaskCache
from jupyter_kfp.errors import KfpError
from jupyter_kfp.runs.run import RunOptions
from jupyter_kfp.spec.used_files import UsedFiles
from jupyter_kfp.spec.worker_events import FilesUsed

CHAIN = {"a": [], "b": ["a"], "c": ["b"]}


def plan(world, pipeline, options=None, **parameters):
    options = options or RunOptions()
    graph = build_task_graph(pipeline)
    cache = TaskCache(world.store, world.artifacts, graph.pipeline, options)
    return {task.name: (task.action, task.why) for task in Planner(graph, parameters, options, cache).plan()}


def test_before_the_first_run(world):
    assert plan(world, world.make_pipeline(CHAIN)) == {
        "a": ("run", "never ran before"),
        "b": ("unknown", "depends on what a gives"),
        "c": ("unknown", "depends on what b gives"),
    }


def test_all_cached(world):
    first = world.run(world.make_pipeline(CHAIN))
    planned = plan(world, world.make_pipeline(CHAIN))
    assert {action for action, _ in planned.values()} == {"cached"}
    assert planned["c"][1].startswith(f"same as run {first[:8]}")


def test_a_change_in_the_middle(world):
    world.run(world.make_pipeline(CHAIN))
    planned = plan(world, world.make_pipeline(CHAIN, code={"b": "x = 99"}))
    assert [action for action, _ in planned.values()] == ["cached", "run", "unknown"]
    assert planned["b"][1] == "code of cell 2 changed"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (RunOptions(use_cache=False), ["--no-cache", "--no-cache", "--no-cache"]),
        (RunOptions(force=["a", "c"]), ["--force a", "depends on what a gives", "--force c"]),
    ],
)
def test_options_are_reasons(world, options, words):
    world.run(world.make_pipeline(CHAIN))
    assert [why for _, why in plan(world, world.make_pipeline(CHAIN), options).values()] == words


def test_steps_that_are_never_cached(world):
    world.run(world.make_pipeline(CHAIN, uncached=["a", "b"]))
    planned = plan(world, world.make_pipeline(CHAIN, uncached=["a", "b"]))
    assert planned["a"] == planned["b"] == ("run", "caching is off for this step")
    assert planned["c"] == ("unknown", "depends on what b gives")


def test_selection(world):
    first = world.run(world.make_pipeline(CHAIN))
    planned = plan(world, world.make_pipeline(CHAIN), RunOptions(only=["b"]))
    assert planned["a"][0] == "reuse"
    assert planned["a"][1].startswith(f"outputs of run {first[:8]}")
    assert planned["c"] == ("skip", "not selected")


def test_a_plan_says_what_the_run_does(world):
    """The run does as planned, whatever changed."""
    for code, options in [({}, RunOptions()), ({"b": "x = 9"}, RunOptions()), ({}, RunOptions(force=["c"]))]:
        pipeline = world.make_pipeline(CHAIN, code=code)
        planned = plan(world, pipeline, options)
        run_id = world.run(pipeline, options)
        for name, (action, _) in planned.items():
            reason = world.task(run_id, name).reason
            assert action == "unknown" or (action == "cached") == (reason == "cached")


def test_nothing_to_reuse_is_told_before_the_run(world):
    graph = build_task_graph(world.make_pipeline(CHAIN))
    options = RunOptions(start_from=["b"])
    cache = TaskCache(world.store, world.artifacts, graph.pipeline, options)
    with pytest.raises(KfpError, match=r"KFP246.*step a "):
        check_reusable(graph, options, cache)
    with pytest.raises(KfpError, match=r"KFP246.*step a "):
        plan(world, world.make_pipeline(CHAIN), options)
    world.run(world.make_pipeline(CHAIN))
    check_reusable(graph, options, cache)


def test_only_and_from_together_select_both(world):
    graph = build_task_graph(world.make_pipeline({**CHAIN, "d": []}))
    choices = select_tasks(graph, RunOptions(only=["d"], start_from=["b"]))
    assert choices == {
        "root/a": Choice.REUSE,
        "root/b": Choice.RUN,
        "root/c": Choice.RUN,
        "root/d": Choice.RUN,
    }


def test_names_of_steps(world):
    pipeline = world.make_pipeline({"train-model--c0s5": [], "b": []})
    steps = pipeline.spec.deployment_spec.extension["steps"]
    steps["train-model--c0s5"]["name"] = "Train model"
    graph = build_task_graph(pipeline)
    assert task_keys(graph, ["Train  model", "b", "train-model--c0s5"], "--force") == ["train-model--c0s5", "b"]
    with pytest.raises(KfpError, match=r"KFP245.*--from Trane model") as caught:
        task_keys(graph, ["Trane model"], "--from")
    assert caught.value.hint == "did you mean 'Train model'?"
    with pytest.raises(KfpError) as caught:
        task_keys(graph, ["zzzzzzzz"], "--only")
    assert caught.value.hint == "its steps are: Train model, b"


def test_what_an_earlier_step_will_write_is_not_known(world, tmp_path):
    data, made = tmp_path / "data.csv", tmp_path / "o.csv"
    data.write_text("1")
    made.write_text("made")
    states = {path: file_state(str(path)) for path in (data, made)}
    files = {
        "a": UsedFiles(read={str(data): states[data]}, written={str(made): states[made]}),
        "b": UsedFiles(read={str(made): states[made]}),
        "c": UsedFiles(listed={str(tmp_path): [data.name]}),
        "d": UsedFiles(read={str(data): states[data]}),
        "e": UsedFiles(),
    }
    world.script = lambda key, _attempt: world.Outcome(events=[FilesUsed(at=0, files=files[key])])
    tasks = {"a": [], "b": ["a"], "c": ["b"], "d": ["a"], "e": ["a"]}
    world.run(_in_order_only(world.make_pipeline(tasks)))
    changed = _in_order_only(world.make_pipeline(tasks, code={"a": "x = 99"}))
    planned = plan(world, changed)
    assert {key: action for key, (action, _) in planned.items()} == {
        "a": "run",
        "b": "unknown",
        "c": "unknown",
        "d": "cached",
        "e": "cached",
    }
    assert planned["c"][1] == "depends on what a gives"
    assert plan(world, changed, RunOptions(use_cache=False))["b"] == ("run", "--no-cache")


def _in_order_only(pipeline):
    """Tasks that wait for others, but read nothing of what they make."""
    for component in pipeline.spec.components.values():
        component.input_definitions.artifacts.clear()
    for task in pipeline.spec.root.dag.tasks.values():
        task.inputs.artifacts.clear()
    return pipeline
