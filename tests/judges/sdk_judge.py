"""Runs in the KFP SDK's own environment: does it take the IR files of a folder? Prints JSON, a complaint by file name.

Never imported by the tests, which run in an environment without the SDK.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any

import yaml
from google.protobuf import json_format
from kfp import components
from kfp.kubernetes import kubernetes_executor_config_pb2
from kfp.pipeline_spec import pipeline_spec_pb2


def judge(path: Path) -> str | None:
    """What is wrong with a file; None if nothing is."""
    try:
        documents = [document for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) if document]
        _judge_spec(documents[0])
        if len(documents) > 1:
            _judge_platform(documents[1])
        component = components.load_component_from_file(str(path))
        assert component.component_spec.implementation.graph is not None or component.pipeline_spec is not None
    except Exception:  # noqa: BLE001  whatever it is, it is the verdict
        return traceback.format_exc(limit=2)
    return None


def _judge_spec(document: dict[str, Any]) -> None:
    spec = json_format.ParseDict(document, pipeline_spec_pb2.PipelineSpec())
    deployment = json_format.MessageToDict(spec.deployment_spec)
    assert set(deployment) <= {"executors", "x-jupyter-kfp"}, set(deployment)
    executors = {"executors": deployment["executors"]}
    json_format.ParseDict(executors, pipeline_spec_pb2.PipelineDeploymentConfig())


def _judge_platform(document: dict[str, Any]) -> None:
    json_format.ParseDict(document, pipeline_spec_pb2.PlatformSpec())
    executors = document["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    for config in executors.values():
        json_format.ParseDict(config, kubernetes_executor_config_pb2.KubernetesExecutorConfig())


if __name__ == "__main__":
    print(json.dumps({path.name: judge(path) for path in sorted(Path(sys.argv[1]).glob("*.yaml"))}))
