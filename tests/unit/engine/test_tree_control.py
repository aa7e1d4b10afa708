"""Trees under control: timeouts of runs, cancel, retry with other parameters, selection, plans, what inputs lack."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from random_trees import output, tree_of

from jupyter_kfp.engine.graph_building import build_task_graph
from jupyter_kfp.engine.plan import Planner
from jupyter_kfp.engine.selection import task_keys
from jupyter_kfp.engine.stored_run import load_active_run
from jupyter_kfp.engine.task_cache import TaskCache
from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.task_executor import TaskEnded
from jupyter_kfp.runs.run import RunOptions
from jupyter_kfp.spec import model

TEXT = model.InputParameter(parameter_type="STRING", is_optional=True)
ITEMS = model.InputParameter(parameter_type="LIST", is_optional=True)


def use(component, reads=None, **fields):
    parameters = {key: binding(source) for key, source in (reads or {}).items()}
    return model.TaskSpec(
        task_info=model.TaskInfo(name=component),
        component_ref=model.ComponentRef(name=component),
        caching_options=model.CachingOptions(enable_cache=True),
        inputs=model.TaskInputs(parameters=parameters),
        **fields,
    )


def binding(source):
    """``name``: of what it is a part of; ``task.out``: of another task."""
    task, dot, key = source.partition(".")
    if not dot:
        return model.TaskInputParameter(component_input_parameter=source)
    produced = model.TaskOutputParameter(producer_task=task, output_parameter_key=key)
    return model.TaskInputParameter(task_output_parameter=produced)


def leaf(*inputs):
    return model.ComponentSpec(
        executor_label="exec", input_definitions=model.InputDefinitions(parameters=dict.fromkeys(inputs, TEXT))
    )


def dag(tasks, given_out, *inputs):
    selected = model.ParameterSelector(producer_subtask=given_out, output_parameter_key="out")
    outputs = model.DagOutputs(parameters={"out": model.DagOutputParameter(value_from_parameter=selected)})
    return model.ComponentSpec(
        dag=model.DagSpec(tasks=tasks, outputs=outputs),
        input_definitions=model.InputDefinitions(parameters=dict.fromkeys(inputs, TEXT)),
    )


def tree():
    """``first`` (reads p); ``each``, over xs: ``step``, ``then``; ``inner`` (reads r): ``a``, ``b``; ``last``."""
    iterator = model.ParameterIterator(item_input="x", items=model.ParameterItems(input_parameter="xs"))
    components = {
        "first": leaf("p"),
        "step": leaf("x", "f"),
        "then": leaf("s"),
        "a": leaf("q"),
        "b": leaf("a"),
        "last": leaf("all", "i"),
        "each": dag({"step": use("step", {"x": "x", "f": "f"}), "then": use("then", {"s": "step.out"})}, "then", "f"),
        "inner": dag({"a": use("a", {"q": "q"}), "b": use("b", {"a": "a.out"})}, "b", "q"),
    }
    components["each"].input_definitions.parameters["xs"] = ITEMS
    tasks = {
        "first": use("first", {"p": "p"}),
        "each": use("each", {"xs": "xs", "f": "first.out"}, parameter_iterator=iterator),
        "inner": use("inner", {"q": "r"}),
        "last": use("last", {"all": "each.out", "i": "inner.out"}),
    }
    return tree_of(tasks, components)


GIVEN = {"p": "P", "r": "R", "xs": ["u", "v"]}
LEAVES = [
    "first",
    "each[0]/step",
    "each[1]/step",
    "each[0]/then",
    "each[1]/then",
    "inner/a",
    "inner/b",
    "last",
]


@pytest.fixture
def played(world):
    world.end = lambda launch, _: TaskEnded(
        succeeded=True, outputs={"out": output(launch.attempt.path, launch.input_parameters)}
    )
    return world


def failing(world, *keys):
    world.script = lambda key, _attempt: world.Outcome(succeeded=key not in keys)


def retry(world, run_id, parameters=None):
    failing(world)
    world.executors.clear()
    stored = load_active_run(world.store, run_id)
    world.store.append(run_id, stored.active.retry(world.clock.now(), parameters), after_seq=stored.last_seq)
    world.loop(run_id).run()


def test_all_leaves_run_and_outputs_come_through(played):
    run_id = played.run(tree(), **GIVEN)
    assert sorted(played.launched()) == sorted(LEAVES)
    each = json.loads(played.task(run_id, "last").input_parameters["all"])
    assert each == [played.task(run_id, f"each[{n}]/then").outputs["out"] for n in range(2)]


def test_a_run_beyond_its_timeout_is_failed_and_can_be_retried(played):
    pipeline = tree()
    config = model.SinglePlatformSpec(pipeline_config=model.PipelineConfig(active_deadline_seconds=5))
    pipeline.platform = model.PlatformSpec(platforms={"kubernetes": config})
    played.script = lambda key, _attempt: played.Outcome(seconds=60.0 if key == "each[1]/step" else 1.0)
    run_id = played.run(pipeline, **GIVEN)
    run = played.store.get_run(run_id)
    assert (run.state, run.reason, run.error.code) == ("FAILED", "timed-out", "KFP308")
    states = played.states(run_id)
    assert (states["each[1]/step"], states["each[1]"], states["each"]) == ("CANCELED", "CANCELED", "CANCELED")
    assert (states["first"], states["last"]) == ("SUCCEEDED", "SKIPPED")
    retry(played, run_id)
    assert played.store.get_run(run_id).state == "SUCCEEDED"
    assert "first" not in played.launched()


def test_a_retry_does_again_what_failed_and_what_waits_for_it(played):
    failing(played, "each[1]/step")
    run_id = played.run(tree(), **GIVEN)
    assert {key for key, state in played.states(run_id).items() if state == "FAILED"} == {
        "each",
        "each[1]",
        "each[1]/step",
    }
    retry(played, run_id)
    assert sorted(played.launched()) == ["each[1]/step", "each[1]/then", "last"]
    assert played.task(run_id, "each[1]/step").attempt == 2


def test_a_retry_with_another_parameter_does_again_what_read_it(played):
    failing(played, "last")
    run_id = played.run(tree(), **GIVEN)
    retry(played, run_id, {**GIVEN, "r": "other"})
    assert sorted(played.launched()) == ["inner/a", "inner/b", "last"]
    assert played.store.get_run(run_id).parameters["r"] == "other"
    assert "other" in played.task(run_id, "last").input_parameters["i"]


def test_a_retry_with_other_items_has_other_iterations(played):
    failing(played, "each[1]/then")
    run_id = played.run(tree(), **GIVEN)
    retry(played, run_id, {**GIVEN, "xs": ["w"]})
    assert played.launched() == ["each[0]/step", "each[0]/then", "last"]
    assert "each[1]" not in played.states(run_id)
    assert set(played.states(run_id).values()) == {"SUCCEEDED"}


def test_what_a_retry_does_again_may_come_from_the_cache(played):
    failing(played, "each[1]/then")
    run_id = played.run(tree(), **GIVEN)
    retry(played, run_id, {**GIVEN, "xs": ["u", "v", "w"]})
    assert sorted(played.launched()) == ["each[1]/then", "each[2]/step", "each[2]/then", "last"]


def test_a_limit_of_a_loop_holds(played):
    pipeline = tree()
    pipeline.spec.root.dag.tasks["each"].iterator_policy = model.IteratorPolicy(parallelism_limit=2)
    played.run(pipeline, slots=9, **{**GIVEN, "xs": [str(n) for n in range(7)]})
    started = [launch.attempt.path for launch in played.executors[0].launched if "step" in launch.attempt.path]
    assert len(started) == 7
    assert played.executors[0].most_at_once <= 3  # two iterations, and a part of `inner`


def plan(world, pipeline, options=None, **given):
    graph = build_task_graph(pipeline)
    options = options or RunOptions()
    cache = TaskCache(world.store, world.artifacts, graph.pipeline, options)
    planned = Planner(graph, {**GIVEN, **given}, options, cache).plan()
    return {one.path.removeprefix("root/"): one.action for one in planned}


def test_a_plan_goes_into_loops_whose_items_are_known(played):
    assert plan(played, tree())["each"] == "unknown"
    played.run(tree(), **GIVEN)
    assert set(plan(played, tree()).values()) == {"cached"}
    changed = plan(played, tree(), xs=["u", "new"])
    assert (changed["each[0]/then"], changed["each[1]/step"], changed["each[1]/then"]) == ("cached", "run", "unknown")
    assert (changed["each"], changed["last"]) == ("run", "unknown")


@pytest.mark.parametrize("name", ["inner/b", "root/inner/b", "b"])
def test_a_nested_task_alone(played, name):
    played.run(tree(), **GIVEN)
    played.executors.clear()
    graph = build_task_graph(tree())
    options = RunOptions(only=task_keys(graph, [name], "--only"), use_cache=False)
    assert options.only == ["root/inner/b"]
    run_id = played.run(tree(), options, **GIVEN)
    assert played.launched() == ["inner/b"]
    states = played.states(run_id)
    assert (states["inner"], states["inner/a"], states["first"]) == ("SUCCEEDED", "SUCCEEDED", "SKIPPED")


def test_from_a_task_in_a_loop(played):
    played.run(tree(), **GIVEN)
    played.executors.clear()
    options = RunOptions(start_from=task_keys(build_task_graph(tree()), ["then"], "--from"), use_cache=False)
    played.run(tree(), options, **GIVEN)
    assert sorted(played.launched()) == ["each[0]/then", "each[1]/then", "last"]


def test_force_of_a_nested_pipeline_forces_its_parts(played):
    played.run(tree(), **GIVEN)
    played.executors.clear()
    options = RunOptions(force=task_keys(build_task_graph(tree()), ["inner"], "--force"))
    played.run(tree(), options, **GIVEN)
    assert played.launched() == ["inner/a", "inner/b"]


def test_a_name_that_no_task_has(played):
    with pytest.raises(KfpError, match=r"KFP245.*inner/c"):
        task_keys(build_task_graph(tree()), ["inner/c"], "--only")


@pytest.mark.parametrize(("items", "code"), [("no list", "KFP302"), (None, "KFP302"), ({"a": 1}, "KFP302")])
def test_a_loop_over_what_is_no_list_fails(played, items, code):
    run_id = played.run(tree(), **{**GIVEN, "xs": items})
    assert played.task(run_id, "each").error.code == code
    assert played.store.get_run(run_id).state == "FAILED"


def test_a_loop_over_nothing_gives_an_empty_list(played):
    run_id = played.run(tree(), **{**GIVEN, "xs": []})
    assert played.task(run_id, "each").outputs == {"out": []}
    assert played.task(run_id, "last").input_parameters["all"] == "[]"


def test_ten_thousand_tasks_on_a_fake_clock_also_if_the_process_is_replaced_amid_them(played):
    """Every task succeeds once; only what was in flight at the change is launched again."""
    items = [str(number) for number in range(4_999)]
    run_id = played.create(tree(), RunOptions(use_cache=False), {**GIVEN, "xs": items})
    first = played.loop(run_id, slots=8)
    played.store.stop_after(3_000, first.stop)
    first.run()
    played.store.stop_after(None, None)
    assert played.store.get_run(run_id).state == "RUNNING"
    played.loop(run_id, slots=8).run()
    assert played.store.get_run(run_id).state == "SUCCEEDED"
    launched = Counter(played.launched())
    leaves = {"first", "inner/a", "inner/b", "last"}
    leaves |= {f"each[{number}]/{key}" for number in range(len(items)) for key in ("step", "then")}
    assert set(launched) == leaves
    assert len(leaves) > 10_000
    assert sum(launched.values()) - len(leaves) <= 8
    assert max(executor.most_at_once for executor in played.executors) == 8
    made = [task.outputs["out"] for task in played.store.tasks(run_id) if task.path.endswith("]/then")]
    assert played.task(run_id, "each").outputs["out"] == made
