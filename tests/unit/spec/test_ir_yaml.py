"""IR files survive a round trip; what is wrong with a file is said with the field."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.ir_json import from_json, to_json
from jupyter_kfp.spec.ir_yaml import from_yaml, load_pipeline, to_yaml

SAMPLES = sorted((Path(__file__).parents[4] / "shared" / "data" / "kfp-pipelines").glob("*.yaml"))


def small() -> dict[str, Any]:
    """Two tasks, one after the other."""
    return {
        "schemaVersion": "2.1.0",
        "pipelineInfo": {"name": "small"},
        "components": {
            "comp-a": {
                "executorLabel": "exec-a",
                "outputDefinitions": {"parameters": {"n": {"parameterType": "NUMBER_INTEGER"}}},
            },
            "comp-b": {
                "executorLabel": "exec-b",
                "inputDefinitions": {"parameters": {"n": {"parameterType": "NUMBER_INTEGER"}}},
            },
        },
        "deploymentSpec": {
            "executors": {
                "exec-a": {"container": {"image": "i", "command": ["c"]}},
                "exec-b": {"container": {"image": "i", "command": ["c"]}},
            },
            "x-jupyter-kfp": {"anything": [1, None]},
        },
        "root": {
            "dag": {
                "tasks": {
                    "a": {"taskInfo": {"name": "a"}, "componentRef": {"name": "comp-a"}},
                    "b": {
                        "taskInfo": {"name": "b"},
                        "componentRef": {"name": "comp-b"},
                        "dependentTasks": ["a"],
                        "inputs": {
                            "parameters": {
                                "n": {"taskOutputParameter": {"producerTask": "a", "outputParameterKey": "n"}}
                            }
                        },
                    },
                }
            }
        },
    }


def changed(path: str, value: Any) -> str:
    """The small pipeline with one field set, by its dotted path, or removed, with None."""
    document = small()
    *parents, last = path.split(".")
    place: Any = document
    for key in parents:
        place = place[int(key) if isinstance(place, list) else key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return yaml.safe_dump(document)


@pytest.mark.skipif(not SAMPLES, reason="the pipelines compiled by the SDK are not here")
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_pipelines_of_the_sdk_survive(path: Path) -> None:
    pipeline = load_pipeline(path)
    written = to_yaml(pipeline)
    before = [document for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) if document]
    assert list(yaml.safe_load_all(written)) == before
    assert to_yaml(from_yaml(written)) == written
    assert from_json(to_json(pipeline)) == pipeline
    assert to_json(from_json(to_json(pipeline))) == to_json(pipeline)


def test_the_small_pipeline_is_right() -> None:
    assert yaml.safe_load(to_yaml(from_yaml(yaml.safe_dump(small())))) == small()


@pytest.mark.parametrize(
    ("path", "value", "code", "field"),
    [
        ("schemaVersion", "2.0.0", "KFP224", "schemaVersion"),
        ("schemaVersion", None, "KFP224", "schemaVersion"),
        ("pipelineInfo.name", "Not DNS", "KFP224", "pipelineInfo.name"),
        ("pipelineInfo.name", None, "KFP223", "pipelineInfo"),
        ("pipelineInfo.description", "x" * 1025, "KFP224", "pipelineInfo.description"),
        ("pipelineInfo.titel", "x", "KFP223", "pipelineInfo"),
        ("root.dag.tasks", {}, "KFP224", "root.dag.tasks"),
        ("root.dag.tasks.a.taskInfo", None, "KFP224", "root.dag.tasks.a.taskInfo.name"),
        ("root.dag.tasks.a.componentRef.name", "comp-x", "KFP224", "root.dag.tasks.a.componentRef.name"),
        ("root.dag.tasks.a.dependentTasks", ["b"], "KFP224", "root.dag.tasks"),
        ("root.dag.tasks.a.dependentTasks", ["zzz"], "KFP224", "root.dag.tasks.a"),
        ("root.dag.tasks.a.retryPolicy", {"maxRetryCount": "many"}, "KFP223", "root.dag.tasks[...].retryPolicy"),
        ("root.dag.tasks.a.inputs", {"parameters": {"p": {"componentInputParameter": "q"}}}, "KFP224",
         "root.dag.tasks.a.inputs.parameters.p"),
        ("components.comp-a.executorLabel", "exec-x", "KFP224", "components.comp-a.executorLabel"),
        ("components.comp-a.executorLabel", None, "KFP224", "components.comp-a"),
        ("components.comp-a.outputDefinitions", None, "KFP224", "root.dag.tasks.b.inputs.parameters.n"),
        ("components.comp-a.outputDefinitions.parameters.n.parameterType", "INT", "KFP223", "components[...]"),
    ],
)  # fmt: skip
def test_faults_are_named_by_field(path: str, value: Any, code: str, field: str) -> None:
    with pytest.raises(KfpError) as caught:
        from_yaml(changed(path, value), source="nb.yaml")
    assert caught.value.code == code
    assert "nb.yaml" in caught.value.message
    assert str(caught.value.details.get("field", "")).startswith(field)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "KFP225"),
        ("a: [", "KFP222"),
        ("a: b: c", "KFP222"),
        ("- 1", "KFP225"),
        ("just text", "KFP225"),
        ("apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {}", "KFP225"),
        ("name: c\nimplementation: {}", "KFP225"),
        (yaml.safe_dump_all([small(), small()]), "KFP225"),
        (yaml.safe_dump_all([small(), {"platforms": {}}, {"platforms": {}}]), "KFP225"),
        (yaml.safe_dump_all([small(), {"platforms": {"kubernetes": {"deploymentSpec": {"typo": 1}}}}]), "KFP223"),
    ],
)
def test_what_is_no_pipeline_is_refused(text: str, code: str) -> None:
    with pytest.raises(KfpError) as caught:
        from_yaml(text)
    assert caught.value.code == code


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(KfpError) as caught:
        from_yaml(b"a: \x80b")
    assert caught.value.code == "KFP222"


def test_files_and_archives(tmp_path: Path) -> None:
    text = yaml.safe_dump(small())
    plain, as_json = tmp_path / "p.yaml", tmp_path / "p.json"
    plain.write_text(text, encoding="utf-8")
    as_json.write_text(__import__("json").dumps(small()), encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        archive.writestr("pipeline.yaml", text)
        archive.writestr("README.md", "x")
    with tarfile.open(tmp_path / "p.tar.gz", "w:gz") as tar:
        entry = tarfile.TarInfo("pipeline.yaml")
        entry.size = len(text.encode())
        tar.addfile(entry, io.BytesIO(text.encode()))
    loaded = [to_yaml(load_pipeline(tmp_path / name)) for name in ("p.yaml", "p.json", "p.zip", "p.tar.gz")]
    assert len(set(loaded)) == 1


def test_unreadable_files(tmp_path: Path) -> None:
    (tmp_path / "broken.tar.gz").write_bytes(b"nothing")
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.yaml", "x")
        archive.writestr("b.yaml", "x")
    for name in ("missing.yaml", "broken.tar.gz", "two.zip", "."):
        with pytest.raises(KfpError) as caught:
            load_pipeline(tmp_path / name)
        assert caught.value.code == "KFP221", name


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=10,
    )
)
def test_any_value_survives_as_a_default(value: Any) -> None:
    document = small()
    document["root"]["inputDefinitions"] = {"parameters": {"p": {"parameterType": "STRUCT", "defaultValue": value}}}
    pipeline = from_yaml(yaml.safe_dump(document))
    assert yaml.safe_load(to_yaml(pipeline)) == document
    assert from_json(to_json(pipeline)) == pipeline
