from __future__ import annotations

import pytest

from jupyter_kfp.drawing.task_graph import build_task_graph
from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.model import ComponentRef, ComponentSpec, DagSpec, Pipeline, PipelineInfo, PipelineSpec, TaskSpec


def test_steps_in_the_order_of_the_notebook_with_their_cells_and_variables(compare):
    graph = build_task_graph(compare)
    assert [(node.name, node.cells, node.makes) for node in graph.nodes] == [
        ("load data", [3], ["df"]),
        ("prepare", [4, 5], ["X_train", "y_train", "X_test"]),
        ("train forest", [6], ["forest"]),
        ("train logistic", [7], ["logistic"]),
        ("train boosting", [8], ["boosting"]),
        ("compare", [9, 11, 12], []),
        ("clean up", [14], []),
    ]
    assert graph.nodes[0].path == "root/load-data--s4"
    assert [(edge.source, edge.target, edge.variables) for edge in graph.edges if edge.target == "root/compare"] == [
        ("root/train-forest--s5", "root/compare", ["forest"]),
        ("root/train-logistic--s5", "root/compare", ["logistic"]),
        ("root/train-boosting--s5", "root/compare", ["boosting"]),
        ("root/prepare", "root/compare", ["X_test"]),
    ]
    assert [edge.target for edge in graph.edges if edge.is_order] == ["root/clean-up--s5"]


def test_without_our_records_edges_come_from_the_inputs(compare):
    compare.spec.deployment_spec.extension = {}
    graph = build_task_graph(compare)
    edge = next(edge for edge in graph.edges if edge.source == "root/prepare" and edge.target == "root/compare")
    assert edge.variables == ["X_test"]
    assert graph.nodes[0].name == "load data"
    assert graph.nodes[0].makes == ["df", "executed-notebook"]


def test_names_that_the_spec_encodes_are_read_back(make_pipeline):
    pipeline = make_pipeline({"Übung 2": ([1], ["größe"]), "b": ([2], [])}, [("Übung 2", "b", ["größe"])])
    pipeline.spec.deployment_spec.extension["edges"] = []
    graph = build_task_graph(pipeline)
    assert graph.nodes[0].makes == ["größe"]
    assert graph.edges[0].variables == ["größe"]


def test_what_a_step_logs_is_no_variable(make_pipeline):
    logs = {"a": ["step-metrics", "step-classification-metrics", "log-report"]}
    node = build_task_graph(make_pipeline({"a": ([1], ["x"])}, [], logs)).nodes[0]
    assert node.makes == ["x"]
    assert node.logs == ["metrics", "report"]


def test_groups_of_any_depth(nested):
    importer, loop, exit_task = build_task_graph(nested).nodes
    assert (importer.kind, importer.makes) == ("importer", ["artifact"])
    assert (loop.kind, loop.loop_over, loop.parameters) == ("loop", "items", ["items"])
    (condition,) = loop.inner.nodes
    assert (condition.kind, condition.condition) == ("condition", "items-loop-item == 'x'")
    (inner,) = condition.inner.nodes
    assert (inner.path, inner.name, inner.kind) == ("root/for-loop-1/condition-1/print", "say it", "step")
    assert exit_task.always
    graph = build_task_graph(nested)
    assert [step.name for step in graph.steps()] == ["importer", "say it", "exit"]
    assert [edge.variables for edge in graph.edges] == [["artifact"], ["status"]]


def pipeline_of(tasks: dict[str, TaskSpec], components: dict[str, ComponentSpec]) -> Pipeline:
    root = ComponentSpec(dag=DagSpec(tasks=tasks))
    return Pipeline(spec=PipelineSpec(pipeline_info=PipelineInfo(name="p"), root=root, components=components))


def task(component: str, *after: str) -> TaskSpec:
    return TaskSpec(component_ref=ComponentRef(name=component), dependent_tasks=list(after))


@pytest.mark.parametrize(
    ("tasks", "code", "named"),
    [
        ({"a": task("c", "b"), "b": task("c", "a")}, "KFP441", "a -> b -> a|b -> a -> b"),
        ({"a": task("c", "a")}, "KFP441", "a -> a"),
        ({"a": task("loop")}, "KFP441", "loop contains itself"),
        ({"a": task("missing")}, "KFP442", "'missing'"),
        ({"a": task("c", "gone")}, "KFP442", "'gone'"),
        ({"a": TaskSpec()}, "KFP442", "root/a"),
    ],
)
def test_tasks_that_do_not_fit_together_are_named(tasks, code, named):
    components = {"c": ComponentSpec(executor_label="e")}
    components["loop"] = ComponentSpec(dag=DagSpec(tasks={"again": task("loop")}))
    with pytest.raises(KfpError, match=named) as caught:
        build_task_graph(pipeline_of(tasks, components))
    assert caught.value.code == code
