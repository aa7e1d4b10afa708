"""KFP's executor contract: paths, values, what is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_kfp.errors import KfpError
from jupyter_kfp.worker.executor_input import (
    ExecutorOutput,
    local_path,
    read_executor_input,
    read_executor_output,
    write_executor_output,
)

# As KFP's launcher sends it: fields that we do not know, an input type without a title, an output nobody asked for.
FROM_KFP = """
{"inputs": {"parameterValues": {"rows": 42}, "artifacts": {"model": {"artifacts": [{"name": "17",
   "type": {"instanceSchema": ""}, "uri": "minio://mlpipeline/v2/artifacts/p/r/train/x/model",
   "metadata": {"display_name": "model", "digest": "blake3:00"}, "artifactId": "17"}]}}},
 "outputs": {"parameters": {"n": {"outputFile": "/tmp/kfp/outputs/n"}}, "artifacts": {"m": {"artifacts": [{"name": "m",
   "type": {"schemaTitle": "system.Metrics", "schemaVersion": "0.0.1"}, "uri": "s3://b/k/m", "metadata": {}}]},
   "executor-logs": {"artifacts": [{"name": "executor-logs", "type": {"schemaTitle": "system.Artifact"}, "uri": "gs://b/l"}]}},
 "outputFile": "/minio/mlpipeline/output_metadata.json"}, "somethingNew": {}}
"""


def test_what_kfp_sends_is_understood() -> None:
    wanted = read_executor_input(FROM_KFP)
    assert wanted.inputs.parameter_values == {"rows": 42}
    model, metrics = wanted.input_artifact("model"), wanted.output_artifact("m")
    assert model is not None
    assert metrics is not None
    assert model.path == Path("/minio/mlpipeline/v2/artifacts/p/r/train/x/model")
    assert metrics.path == Path("/s3/b/k/m")
    assert wanted.input_artifact("other") is None
    assert wanted.outputs.output_file == "/minio/mlpipeline/output_metadata.json"


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("minio://b/k", "/minio/b/k"),
        ("s3://b/k", "/s3/b/k"),
        ("gs://b/k", "/gcs/b/k"),
        ("/plain/path", "/plain/path"),
    ],
)
def test_a_uri_has_the_path_that_the_launcher_uses(uri: str, path: str) -> None:
    assert local_path(uri) == Path(path)


def test_an_artifact_of_the_workspace_lies_there() -> None:
    assert local_path("minio://b/k", {"_kfp_workspace": True}) == Path("/kfp-workspace/.artifacts/minio/b/k")


def test_a_custom_path_comes_first() -> None:
    text = '{"inputs": {"artifacts": {"a": {"artifacts": [{"uri": "s3://b/k", "customPath": "/data/a"}]}}}}'
    artifact = read_executor_input(text).input_artifact("a")
    assert artifact is not None
    assert artifact.path == Path("/data/a")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"inputs": 3}'])
def test_nonsense_is_an_error_that_says_so(text: str) -> None:
    with pytest.raises(KfpError) as refused:
        read_executor_input(text)
    assert refused.value.code == "KFP352"


def test_an_unknown_scheme_is_an_error_that_names_the_known() -> None:
    with pytest.raises(KfpError, match="hdfs") as refused:
        local_path("hdfs://x/y")
    assert "minio://" in (refused.value.hint or "")


def test_the_output_holds_only_what_kfp_accepts(tmp_path: Path) -> None:
    declared = read_executor_input(FROM_KFP).output_artifact("m")
    assert declared is not None
    output = ExecutorOutput(parameter_values={"n": 3})
    output.add_artifact("m", declared, {"accuracy": 0.9, "note": None})
    path = tmp_path / "deep" / "output.json"
    write_executor_output(path, output)
    assert json.loads(path.read_text()) == {
        "parameterValues": {"n": 3},
        "artifacts": {"m": {"artifacts": [{"name": "m", "uri": "s3://b/k/m", "metadata": {"accuracy": 0.9}}]}},
    }
    assert read_executor_output(path).parameter_values == {"n": 3}
    assert [entry.name for entry in path.parent.iterdir()] == ["output.json"]


def test_an_absent_output_is_empty(tmp_path: Path) -> None:
    assert read_executor_output(tmp_path / "none") == ExecutorOutput()
