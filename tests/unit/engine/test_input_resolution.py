"""Bindings of a task become values and artifacts."""

from __future__ import annotations

import pytest

from jupyter_kfp.engine.graph_building import build_task_graph
from jupyter_kfp.engine.input_resolution import resolve_inputs
from jupyter_kfp.engine.scope import Scope
from jupyter_kfp.engine.task_status import TaskStatus
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import root_path
from jupyter_kfp.runs.run import TaskArtifact
from jupyter_kfp.spec import model
from jupyter_kfp.spec.step_payload import StepOutput, StepPayload, pack_payload

ARTIFACT = TaskArtifact(name="data", type="system.Dataset", uri="/a", digest="blake3:1", size=1)


def resolve(pipeline, *, parameters=None, outputs=None, artifacts=None):
    graph = build_task_graph(pipeline)
    done = TaskStatus(
        root_path("a"), outputs=outputs or {}, artifacts={"data": ARTIFACT} if artifacts is None else artifacts
    )
    return resolve_inputs(Scope(graph, parameters or {}, {done.path: done}), graph.nodes[root_path("b")])


def bind(pipeline, binding, **declaration):
    """Give task b a parameter x."""
    component = pipeline.spec.components["comp-b"]
    component.input_definitions.parameters["x"] = model.InputParameter(**declaration)
    if binding is not None:
        pipeline.spec.root.dag.tasks["b"].inputs.parameters["x"] = binding
    return pipeline


@pytest.fixture
def pipeline(world):
    return world.make_pipeline({"a": [], "b": ["a"]})


def constant(value):
    return model.TaskInputParameter(runtime_value=model.ValueOrRuntimeParameter(constant=value))


OUTPUT = model.TaskInputParameter(
    task_output_parameter=model.TaskOutputParameter(producer_task="a", output_parameter_key="n")
)


def test_artifact_of_another_task(pipeline):
    found = resolve(pipeline)
    assert found.artifacts == {"a": ARTIFACT}
    assert found.producers == {"a": "a"}


@pytest.mark.parametrize(
    ("type_name", "given", "got"),
    [
        ("NUMBER_INTEGER", 5.0, 5),
        ("NUMBER_DOUBLE", 1, 1.0),
        ("STRING", 3, "3"),
        ("STRING", "3", "3"),
        ("BOOLEAN", True, True),
        ("LIST", [1], [1]),
        ("STRUCT", {"a": 1}, {"a": 1}),
        ("NUMBER_INTEGER", None, None),
    ],
)
def test_constants_fit_their_type(pipeline, type_name, given, got):
    value = resolve(bind(pipeline, constant(given), parameter_type=type_name)).parameters["x"]
    assert value == got
    assert type(value) is type(got)


def test_constants_that_the_sdk_wrote_as_doubles(pipeline):
    pipeline.spec.sdk_version = "kfp-2.17.0"
    found = resolve(bind(pipeline, constant([3.0, {"a": 0.5, "b": 2.0}]), parameter_type="LIST")).parameters["x"]
    assert repr(found) == "[3, {'a': 0.5, 'b': 2}]"
    del pipeline.spec.root.dag.tasks["b"].inputs.parameters["x"]
    default = {"parameter_type": "STRUCT", "default_value": {"n": 3.0}}
    assert repr(resolve(bind(pipeline, None, **default)).parameters["x"]) == "{'n': 3}"


def test_other_sources_of_a_parameter(pipeline):
    old = model.TaskInputParameter(
        runtime_value=model.ValueOrRuntimeParameter(constant_value=model.ConstantValue(int_value="7"))
    )
    assert resolve(bind(pipeline, old, parameter_type="NUMBER_INTEGER")).parameters["x"] == 7
    runtime = model.TaskInputParameter(runtime_value=model.ValueOrRuntimeParameter(runtime_parameter="p"))
    assert resolve(bind(pipeline, runtime, parameter_type="STRING"), parameters={"p": "v"}).parameters["x"] == "v"
    own = model.TaskInputParameter(component_input_parameter="p")
    assert resolve(bind(pipeline, own, parameter_type="STRING"), parameters={"p": "w"}).parameters["x"] == "w"
    found = resolve(bind(pipeline, OUTPUT, parameter_type="NUMBER_INTEGER"), outputs={"n": 4.0})
    assert (found.parameters["x"], found.producers["x"]) == (4, "a")


def test_defaults_and_optional_inputs(pipeline):
    assert resolve(bind(pipeline, None, parameter_type="STRING", default_value="d")).parameters["x"] == "d"
    assert "x" not in resolve(bind(pipeline, None, parameter_type="STRING", is_optional=True)).parameters
    own = model.TaskInputParameter(component_input_parameter="p")
    assert resolve(bind(pipeline, own, parameter_type="STRING", default_value="d")).parameters["x"] == "d"


def test_what_is_missing_is_named(pipeline):
    with pytest.raises(KfpError, match=r"KFP301.*step b.*'x'"):
        resolve(bind(pipeline, None, parameter_type="STRING"))
    with pytest.raises(KfpError, match="KFP301"):
        resolve(bind(pipeline, OUTPUT, parameter_type="STRING"))
    own = model.TaskInputParameter(component_input_parameter="p")
    with pytest.raises(KfpError, match=r"KFP301.*the pipeline has none for 'p', which is optional"):
        resolve(bind(pipeline, own, parameter_type="STRING"))


def test_a_missing_artifact_is_named(pipeline):
    with pytest.raises(KfpError, match=r"KFP301.*'a'"):
        resolve(pipeline, artifacts={})


def test_a_variable_that_its_step_left_unbound_is_left_out(pipeline):
    payload = StepPayload(
        step="a",
        kernel="python3",
        outputs=[
            StepOutput(name="n", key="n", binding="parameter", maybe=True),
            StepOutput(name="data", key="data", binding="artifact", maybe=True),
        ],
    )
    pipeline.spec.deployment_spec.executors["exec-a"].container.args[1] = pack_payload(payload)
    found = resolve(bind(pipeline, OUTPUT, parameter_type="NUMBER_INTEGER"), artifacts={})
    assert (found.parameters, found.artifacts) == ({}, {})


def test_a_wrong_type_is_named(pipeline):
    with pytest.raises(KfpError, match=r"KFP302.*step b.*'x'.*a whole number.*1.5"):
        resolve(bind(pipeline, constant(1.5), parameter_type="NUMBER_INTEGER"))
