from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.notebook.notebook import NotebookCell
from jupyter_kfp.notebook.step_options import (
    AcceleratorOption,
    PipelineOptions,
    RetryOption,
    SecretOption,
    StepOptions,
    TolerationOption,
    VolumeOption,
    parse_pipeline_options,
    parse_step_options,
    pipeline_options_schema,
    step_options_schema,
    with_defaults,
)

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy


CELL = NotebookCell(number=4, id="c4", cell_type="code", source="x")


def parse(**data: Any) -> StepOptions:
    options, diagnostics = parse_step_options(data, CELL)
    assert diagnostics == []
    return options


def fault(**data: Any) -> Diagnostic:
    _, (diagnostic,) = parse_step_options(data, CELL)
    assert (diagnostic.cell, diagnostic.cell_id, diagnostic.severity) == (4, "c4", Severity.ERROR)
    return diagnostic


def test_no_options() -> None:
    assert parse() == StepOptions()


def test_all_options_at_once() -> None:
    options = parse(
        image="python:3.12",
        cpu=2,
        cpu_request="500m",
        memory="4Gi",
        memory_request="1.5Gi",
        accelerator={"type": "nvidia.com/gpu", "count": 2},
        retries={"count": 3, "backoff_seconds": "30s", "factor": 2, "max_seconds": "10m"},
        timeout="1h30m",
        caching=False,
        env={"A": "b", "EMPTY": ""},
        secrets=[{"name": "s3", "key": "ak", "env": "AWS_ACCESS_KEY_ID"}],
        volumes=[{"pvc": "data", "mount_path": "/data"}, {"empty_dir": "1Gi", "mount_path": "/tmp/x"}],
        node_selector={"gpu": "a100", "example.com/zone": ""},
        tolerations=[{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}],
        labels={"team": "x"},
        description="trains",
        mutates=["df"],
        type={"model": "Model"},
    )
    assert (options.cpu, options.cpu_request, options.memory) == ("2", "500m", "4Gi")
    assert options.accelerator == AcceleratorOption(type="nvidia.com/gpu", count=2)
    assert options.retries == RetryOption(count=3, backoff_seconds=30.0, factor=2.0, max_seconds=600.0)
    assert options.timeout == 5400.0
    assert options.caching is False
    assert options.secrets == [SecretOption(name="s3", key="ak", env="AWS_ACCESS_KEY_ID")]
    assert options.volumes[1] == VolumeOption(empty_dir="1Gi", mount_path="/tmp/x")
    assert options.tolerations == [TolerationOption(key="gpu", operator="Exists", effect="NoSchedule")]


@pytest.mark.parametrize(
    ("name", "given_", "read"),
    [
        ("cpu", 0.5, "0.5"), ("cpu", "0.1", "0.1"), ("cpu", "2", "2"), ("cpu", 1e-3, "0.001"), ("cpu", None, None),
        ("memory", 536870912, "536870912"), ("memory", "1e9", "1e9"), ("memory", "1.5G", "1.5G"),
        ("memory", "2E", "2E"),
        ("memory", 2.5e9, "2500000000"),
        ("timeout", 10, 10.0), ("timeout", "90", 90.0), ("timeout", "2d", 172800.0), ("timeout", "1m30.5s", 90.5),
        ("timeout", "1 h", 3600.0), ("timeout", 0.5, 0.5),
        ("retries", 3, RetryOption(count=3)), ("retries", 0, RetryOption(count=0)),
        ("mutates", ["ﬁt"], ["fit"]), ("caching", True, True),
    ],
)  # fmt: skip
def test_short_forms_and_normal_forms(name: str, given_: Any, read: Any) -> None:
    assert getattr(parse(**{name: given_}), name) == read


@pytest.mark.parametrize(
    ("data", "field", "hint"),
    [
        ({"memroy": "4Gi"}, "kfp.memroy", "“memory”"),
        ({"memoryRequest": "4Gi"}, "kfp.memoryRequest", "“memory_request”"),
        ({"CPU": 1}, "kfp.CPU", "“cpu”"),
        ({"quite_else": 1}, "kfp.quite_else", "Allowed: accelerator, caching, cpu"),
        ({"accelerator": {"type": "a.b/c", "number": 1}}, "kfp.accelerator.number", "Allowed: count, type"),
        ({"retries": {"count": 1, "backoff": 3}}, "kfp.retries.backoff", "“backoff_seconds”"),
    ],
)
def test_unknown_options_name_the_path_and_the_allowed(data: dict[str, Any], field: str, hint: str) -> None:
    diagnostic = fault(**data)
    assert diagnostic.code == "KFP109"
    assert field in diagnostic.message
    assert hint in diagnostic.hint


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        ({"cpu": "-1"}, 'kfp.cpu is "-1": it is negative', "500m"),
        ({"cpu": -1}, "kfp.cpu is -1: it is negative", ""),
        ({"cpu": 0}, "kfp.cpu is 0: it must be more than 0", ""),
        ({"cpu": "2 cores"}, 'kfp.cpu is "2 cores"', "“2”"),
        ({"cpu": "4Gi"}, "CPUs have no unit “Gi”", ""),
        ({"cpu": "0.0001"}, "smallest", ""),
        ({"cpu": True}, "kfp.cpu is true", ""),
        ({"cpu": []}, "kfp.cpu is []", ""),
        ({"cpu": "many"}, "not a Kubernetes quantity", ""),
        ({"memory": "4GB"}, 'kfp.memory is "4GB"', "“4Gi”"),
        ({"memory": "512 mb"}, 'kfp.memory is "512 mb"', "“512Mi”"),
        ({"memory": "4gi"}, 'kfp.memory is "4gi"', "“4Gi”"),
        ({"memory": "4g"}, 'kfp.memory is "4g"', "“4Gi”"),
        ({"memory": 4}, "less than 1 MiB", "“4Gi”"),
        ({"memory": "512m"}, "fraction of a byte", "“512Mi”"),
        ({"cpu": 1, "cpu_request": 2}, "kfp.cpu_request is 2, more than the limit kfp.cpu, 1", "lower the request"),
        ({"cpu": "900m", "cpu_request": 1}, "kfp.cpu_request is 1", ""),
        ({"memory": "1Gi", "memory_request": "1025Mi"}, "kfp.memory_request is 1025Mi", ""),
        ({"accelerator": {"count": 1}}, "kfp.accelerator.type is missing", ""),
        ({"accelerator": {"type": "nvidia.com/gpu", "count": 0}}, "kfp.accelerator.count is 0", ""),
        ({"accelerator": {"type": "nvidia.com/gpu", "count": "two"}}, 'kfp.accelerator.count is "two"', "whole number"),
        ({"accelerator": "gpu"}, 'kfp.accelerator is "gpu"', "type, count"),
        ({"retries": -1}, "kfp.retries.count is -1", ""),
        ({"retries": "3"}, 'kfp.retries is "3"', "count"),
        ({"retries": True}, "kfp.retries is true", ""),
        ({"retries": {"count": 2, "factor": 0.5}}, "kfp.retries.factor is 0.5", ""),
        ({"retries": {"count": 2, "backoff_seconds": 60, "max_seconds": 5}}, "kfp.retries.max_seconds is 5", ""),
        ({"timeout": "soon"}, 'kfp.timeout is "soon"', "1h30m"),
        ({"timeout": ""}, 'kfp.timeout is ""', ""),
        ({"timeout": 0}, "kfp.timeout is 0", ""),
        ({"timeout": -5}, "kfp.timeout is -5", ""),
        ({"timeout": float("inf")}, "kfp.timeout", ""),
        ({"caching": "no"}, 'kfp.caching is "no"', "true or false"),
        ({"caching": 1}, "kfp.caching is 1", "true or false"),
        ({"env": {"A": 4}}, "kfp.env.A is 4", 'write "4"'),
        ({"env": {"1A": "x"}}, "name “1A” in kfp.env", "not beginning with a digit"),
        ({"env": ["A=1"]}, 'kfp.env is ["A=1"]', "names and values"),
        ({"env": {"A": "1"}, "secrets": [{"name": "s", "key": "k", "env": "A"}]}, "A is set twice", ""),
        ({"secrets": {"name": "s"}}, "kfp.secrets is", "a list"),
        ({"secrets": [{"name": "S3_Key", "key": "k", "env": "A"}]}, 'kfp.secrets[0].name is "S3_Key"', "lower case"),
        ({"volumes": [{"mount_path": "/a"}]}, "kfp.volumes[0] has none of them", "exactly one"),
        ({"volumes": [{"mount_path": "/a", "pvc": "x", "secret": "y"}]}, "kfp.volumes[0] has pvc and secret", ""),
        ({"volumes": [{"mount_path": "a", "pvc": "x"}]}, 'kfp.volumes[0].mount_path is "a"', "absolute"),
        (
            {"volumes": [{"mount_path": "/a", "pvc": "x"}, {"mount_path": "/a", "pvc": "y"}]},
            "kfp.volumes[1].mount_path /a is taken",
            "",
        ),
        ({"tolerations": [{"key": "a", "effect": "NoSchedul"}]}, "kfp.tolerations[0].effect", "“NoSchedule”"),
        ({"tolerations": [{"operator": "Exists", "value": "x"}]}, "kfp.tolerations[0].value", ""),
        ({"tolerations": [{"value": "x"}]}, "kfp.tolerations[0].key is missing", ""),
        ({"tolerations": [{"key": "a", "toleration_seconds": 3}]}, "toleration_seconds", "NoExecute"),
        ({"labels": {"a b": "x"}}, "name “a b” in kfp.labels", ""),
        ({"labels": {"a": "x" * 64}}, "kfp.labels.a is", "63"),
        ({"node_selector": {"a": 1}}, "kfp.node_selector.a is 1", ""),
        ({"image": ""}, 'kfp.image is ""', "container image"),
        ({"image": "a b"}, 'kfp.image is "a b"', ""),
        ({"mutates": "df"}, 'kfp.mutates is "df"', "a list"),
        ({"mutates": ["df.x"]}, 'kfp.mutates[0] is "df.x"', "variable"),
        ({"type": {"m": "model"}}, 'kfp.type.m is "model"', "“Model”"),
        ({"description": 3}, "kfp.description is 3", ""),
    ],
)  # fmt: skip
def test_impossible_values_name_field_value_and_what_is_allowed(data: dict[str, Any], message: str, hint: str) -> None:
    diagnostic = fault(**data)
    assert diagnostic.code == "KFP110"
    assert message in diagnostic.message
    assert hint in f"{diagnostic.message} {diagnostic.hint}".replace("Write", "write")


def test_every_fault_is_reported_and_the_rest_is_kept() -> None:
    options, diagnostics = parse_step_options({"cpu": "x", "memory": "4GB", "imge": "a", "caching": False}, CELL)
    assert [diagnostic.code for diagnostic in diagnostics] == ["KFP109", "KFP110", "KFP110"]
    assert options == StepOptions(caching=False)


def test_pipeline_options_and_defaults() -> None:
    pipeline, diagnostics = parse_pipeline_options({
        "name": "  My   pipeline", "experiment": "E", "image": "base:1",
        "defaults": {"cpu": 1, "env": {"A": "1", "B": "1"}, "labels": {"t": "x"}, "retries": 2},
    })  # fmt: skip
    assert diagnostics == []
    assert pipeline.name == "My pipeline"
    step, _ = with_defaults(parse(memory="1Gi", env={"B": "2"}, retries=0), pipeline, CELL)
    assert (step.image, step.cpu, step.memory) == ("base:1", "1", "1Gi")
    assert step.env == {"A": "1", "B": "2"}
    assert step.retries == RetryOption(count=0)
    assert with_defaults(parse(image="own"), pipeline, CELL)[0].image == "own"
    assert with_defaults(StepOptions(), PipelineOptions(), CELL) == (StepOptions(), [])


def test_the_entry_of_the_step_replaces_the_default_of_the_same_thing() -> None:
    secret = {"name": "s", "key": "k"}
    pipeline, _ = parse_pipeline_options({
        "defaults": {
            "env": {"A": "1", "B": "1"},
            "secrets": [{**secret, "env": "C"}, {**secret, "env": "D"}],
            "volumes": [{"pvc": "p", "mount_path": "/a"}, {"pvc": "p", "mount_path": "/b"}],
            "tolerations": [{"key": "x"}, {"key": "y"}],
        }
    })  # fmt: skip
    own = parse(
        env={"C": "2"},
        secrets=[{"name": "own", "key": "k", "env": "A"}, {"name": "own", "key": "k", "env": "D"}],
        volumes=[{"pvc": "own", "mount_path": "/b"}],
        tolerations=[{"key": "y"}],
    )
    step, diagnostics = with_defaults(own, pipeline, CELL)
    assert diagnostics == []
    assert step.env == {"B": "1", "C": "2"}
    assert [(found.name, found.env) for found in step.secrets] == [("own", "A"), ("own", "D")]
    assert [(found.pvc, found.mount_path) for found in step.volumes] == [("p", "/a"), ("own", "/b")]
    assert [found.key for found in step.tolerations] == ["x", "y"]


def test_what_contradicts_only_together_is_reported_at_the_step() -> None:
    pipeline, _ = parse_pipeline_options({"defaults": {"cpu": 1}})
    _, (diagnostic,) = with_defaults(parse(cpu_request=2), pipeline, CELL)
    assert (diagnostic.code, diagnostic.cell) == ("KFP110", 4)
    assert "more than the limit" in diagnostic.message


def test_faults_of_pipeline_options() -> None:
    _, diagnostics = parse_pipeline_options({"nam": "x", "description": "d" * 1025, "defaults": {"mutates": ["x"]}})
    assert [(diagnostic.code, diagnostic.cell) for diagnostic in diagnostics] == [
        ("KFP109", None),
        ("KFP110", None),
        ("KFP109", None),
    ]
    assert "notebook.kfp.defaults.mutates" in diagnostics[2].message


def test_schemas_name_all_options_and_their_short_forms() -> None:
    schema = step_options_schema()
    properties = schema["$defs"]["StepOptions"]["properties"]
    assert set(properties) == set(StepOptions.__struct_fields__)
    assert {"type": "number"} in properties["cpu"]["anyOf"]
    assert {"type": "integer"} in properties["retries"]["anyOf"]
    assert {"type": "string"} in properties["timeout"]["anyOf"]
    assert "defaults" in pipeline_options_schema()["$defs"]["PipelineOptions"]["properties"]
    json.dumps(schema)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@UNHURRIED
@given(st.dictionaries(st.sampled_from([*StepOptions.__struct_fields__, "other"]), json_values, max_size=4))
def test_any_json_is_read_or_reported(data: dict[str, Any]) -> None:
    options, diagnostics = parse_step_options(data, CELL)
    assert msgspec.convert(msgspec.to_builtins(options), StepOptions) == options
    for diagnostic in diagnostics:
        assert "kfp" in diagnostic.message
        assert diagnostic.hint
