"""From a spec to tasks with a path, and what is refused before a run."""

from __future__ import annotations

import pytest

from jupyter_kfp.engine.graph_building import build_task_graph
from jupyter_kfp.engine.retries import RetryRule, read_retry_policy
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import root_path
from jupyter_kfp.spec import model
from jupyter_kfp.spec.extension import read_extension, write_extension
from jupyter_kfp.spec.step_payload import StepPayload

CHAIN = {"a": [], "b": ["a"], "c": ["b"]}


def refused(pipeline, code="KFP231"):
    with pytest.raises(KfpError) as caught:
        build_task_graph(pipeline)
    assert caught.value.code == code
    return caught.value


def task_of(pipeline, key="b"):
    return pipeline.spec.root.dag.tasks[key]


def test_order_and_neighbours(world):
    graph = build_task_graph(world.make_pipeline({"d": ["b", "c"], "c": ["a"], "b": ["a"], "a": []}))
    assert [node.key for node in graph.nodes.values()] == ["a", "c", "b", "d"]
    assert graph.nodes[root_path("d")].upstream == ("root/b", "root/c")
    assert graph.after(["root/b"]) == {"root/b", "root/d"}
    assert graph.downstream["root/a"] == ["root/c", "root/b"]


def test_data_makes_an_edge_even_without_dependent_tasks(world):
    pipeline = world.make_pipeline(CHAIN)
    for task in pipeline.spec.root.dag.tasks.values():
        task.dependent_tasks = []
    assert build_task_graph(pipeline).nodes[root_path("c")].upstream == ("root/b",)


def test_a_long_payload_is_put_in_its_place(world):
    pipeline = world.make_pipeline({"a": []})
    container = pipeline.spec.deployment_spec.executors["exec-a"].container
    packed = container.args[1]
    extension = read_extension(pipeline.spec.deployment_spec.extension)
    pipeline.spec.deployment_spec.extension = write_extension(
        type(extension)(steps=extension.steps, payloads={"blake3:1": packed})
    )
    container.args[1] = "@blake3:1"
    node = build_task_graph(pipeline).nodes[root_path("a")]
    assert node.container.args[1] == packed
    assert isinstance(node.payload, StepPayload)
    container.args[1] = "@blake3:2"
    assert "'a'" in refused(pipeline, "KFP232").message


def with_loop_over_a_leaf(pipeline):
    task_of(pipeline).parameter_iterator = model.ParameterIterator(items=model.ParameterItems(raw="[1]"))


def with_resolver(pipeline):
    pipeline.spec.deployment_spec.executors["exec-b"] = model.ExecutorSpec(resolver={})


def with_custom_job(pipeline):
    pipeline.spec.deployment_spec.executors["exec-b"] = model.ExecutorSpec(custom_job={})


def with_volume_claim(pipeline):
    pipeline.spec.deployment_spec.executors["exec-b"].container.image = "argostub/createpvc"


def without_executor(pipeline):
    del pipeline.spec.deployment_spec.executors["exec-b"]


def within_itself(pipeline):
    tasks = {"b": model.TaskSpec(component_ref=model.ComponentRef(name="comp-b"))}
    pipeline.spec.components["comp-b"].dag = model.DagSpec(tasks=tasks)


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (with_loop_over_a_leaf, "KFP231", "no DAG"),
        (with_resolver, "KFP231", "resolver"),
        (with_custom_job, "KFP231", "customJob"),
        (with_volume_claim, "KFP505", "volume claim"),
        (without_executor, "KFP232", "exec-b"),
        (within_itself, "KFP232", "contain one another"),
    ],
)
def test_what_cannot_run_is_refused_by_task_and_reason(world, change, code, words):
    pipeline = world.make_pipeline(CHAIN)
    change(pipeline)
    error = refused(pipeline, code)
    assert "'b'" in error.message or "comp-b" in error.message
    assert words in error.message


def test_a_broken_spec_is_told(world):
    pipeline = world.make_pipeline(CHAIN)
    task_of(pipeline, "a").dependent_tasks = ["c"]
    assert "circle" in refused(pipeline, "KFP232").message
    pipeline = world.make_pipeline(CHAIN)
    task_of(pipeline).dependent_tasks = ["nobody"]
    assert "'nobody'" in refused(pipeline, "KFP232").message
    pipeline = world.make_pipeline(CHAIN)
    task_of(pipeline).component_ref = model.ComponentRef(name="comp-x")
    assert "'comp-x'" in refused(pipeline, "KFP232").message
    pipeline = world.make_pipeline(CHAIN)
    pipeline.spec.root.dag.tasks.clear()
    assert "no tasks" in refused(pipeline, "KFP232").message


def test_retry_policy_as_numbers():
    rule = read_retry_policy(
        "a",
        model.RetryPolicy(max_retry_count=3, backoff_duration="1.5s", backoff_factor=3.0, backoff_max_duration="10s"),
    )
    assert [rule.delay(failures) for failures in (1, 2, 3, 500)] == [1.5, 4.5, 10.0, 10.0]
    assert read_retry_policy("a", None) == RetryRule()
    with pytest.raises(KfpError, match=r"'a'.*'soon'"):
        read_retry_policy("a", model.RetryPolicy(max_retry_count=1, backoff_duration="soon"))
