"""From a spec to tasks with a path, and what is refused before a run."""

from __future__ import annotations

import pytest

from jupyter_kfp.engine.retries import RetryRule, read_retry_policy
from jupyter_kfp.engine.task_graph import build_task_graph
from jupyter_kfp.errors import KfpError
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
    assert graph.by_key("d").upstream == ("root/b", "root/c")
    assert graph.after(["root/b"]) == {"root/b", "root/d"}
    assert graph.downstream["root/a"] == ("root/c", "root/b")


def test_data_makes_an_edge_even_without_dependent_tasks(world):
    pipeline = world.make_pipeline(CHAIN)
    for task in pipeline.spec.root.dag.tasks.values():
        task.dependent_tasks = []
    assert build_task_graph(pipeline).by_key("c").upstream == ("root/b",)


def test_a_long_payload_is_put_in_its_place(world):
    pipeline = world.make_pipeline({"a": []})
    container = pipeline.spec.deployment_spec.executors["exec-a"].container
    packed = container.args[1]
    extension = read_extension(pipeline.spec.deployment_spec.extension)
    pipeline.spec.deployment_spec.extension = write_extension(
        type(extension)(steps=extension.steps, payloads={"blake3:1": packed})
    )
    container.args[1] = "@blake3:1"
    node = build_task_graph(pipeline).by_key("a")
    assert node.container.args[1] == packed
    assert isinstance(node.payload, StepPayload)
    container.args[1] = "@blake3:2"
    assert "'a'" in refused(pipeline, "KFP232").message


def with_condition(pipeline):
    task_of(pipeline).trigger_policy = model.TriggerPolicy(condition="1 > 0")


def with_exit_handler(pipeline):
    task_of(pipeline).trigger_policy = model.TriggerPolicy(strategy="ALL_UPSTREAM_TASKS_COMPLETED")


def with_loop(pipeline):
    task_of(pipeline).parameter_iterator = model.ParameterIterator(items=model.ParameterItems(raw="[1]"))


def with_artifact_loop(pipeline):
    task_of(pipeline).artifact_iterator = model.ArtifactIterator()


def with_nested_dag(pipeline):
    pipeline.spec.components["comp-b"].dag = model.DagSpec()


def with_importer(pipeline):
    pipeline.spec.deployment_spec.executors["exec-b"] = model.ExecutorSpec(importer=model.ImporterSpec())


def with_custom_job(pipeline):
    pipeline.spec.deployment_spec.executors["exec-b"] = model.ExecutorSpec(custom_job={})


def with_other_container(pipeline):
    pipeline.spec.deployment_spec.executors["exec-b"].container.command = ["sh"]


def without_executor(pipeline):
    del pipeline.spec.deployment_spec.executors["exec-b"]


def with_final_status(pipeline):
    status = model.TaskInputParameter(task_final_status=model.TaskFinalStatus(producer_task="a"))
    task_of(pipeline).inputs.parameters["status"] = status


def with_expression(pipeline):
    task_of(pipeline).inputs.parameters["x"] = model.TaskInputParameter(parameter_expression_selector="parseJson(x)")


def with_placeholder(pipeline):
    constant = model.ValueOrRuntimeParameter(constant="{{$.pipeline_job_name}}")
    task_of(pipeline).inputs.parameters["x"] = model.TaskInputParameter(runtime_value=constant)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (with_condition, "condition"),
        (with_exit_handler, "exit handler"),
        (with_loop, "parameterIterator"),
        (with_artifact_loop, "artifactIterator"),
        (with_nested_dag, "nested pipeline"),
        (with_importer, "importer"),
        (with_custom_job, "other than a container"),
        (with_other_container, "no notebook step"),
        (without_executor, "exec-b"),
        (with_final_status, "final status"),
        (with_expression, "expression"),
        (with_placeholder, "{{$.pipeline_job_name}}"),
    ],
)
def test_what_is_not_supported_is_refused_by_task_and_feature(world, change, words):
    pipeline = world.make_pipeline(CHAIN)
    change(pipeline)
    error = refused(pipeline)
    assert "'b'" in error.message
    assert words in error.message
    assert error.details["task"] == "b"


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
