"""Kubernetes settings of steps that run on this machine: honoured, refused by name, or told to have no meaning here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jupyter_kfp.engine.task_graph import TaskGraph
from jupyter_kfp.engine.task_node import TaskNode
from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.model import Pipeline

_VARIABLES = {"secretAsEnv": "secret", "configMapAsEnv": "config map"}
_VOLUMES = {
    "secretAsVolume": "secret",
    "configMapAsVolume": "config map",
    "pvcMount": "volume",
    "emptyDirMounts": "volume",
    "genericEphemeralVolume": "volume",
}
_HONOURED = {"activeDeadlineSeconds", *_VARIABLES, *_VOLUMES}


def check_platform(pipeline: Pipeline, graph: TaskGraph, environment: Mapping[str, str]) -> list[str]:
    """See that steps find here what they get from Kubernetes there; returns names of settings without a meaning here.

    A secret or config map that becomes a variable must be in the environment, a volume must be a folder of this
    machine. Raises `KfpError` KFP503 for the first that is not: a step that runs without it would fail later, or worse.
    """
    meaningless: set[str] = set()
    for node in graph.nodes.values():
        settings = _settings(pipeline, node)
        for setting, variable in _missing_variables(settings, environment):
            raise _missing(
                node, f"the variable {variable} from a {_VARIABLES[setting]}", f"set {variable} in the environment"
            )
        for setting, path in _missing_folders(settings):
            raise _missing(
                node, f"the {_VOLUMES[setting]} at {path}", f"make the folder {path}, or remove it from the options"
            )
        meaningless |= settings.keys() - _HONOURED
    return sorted(meaningless)


def _settings(pipeline: Pipeline, node: TaskNode) -> dict[str, Any]:
    kubernetes = pipeline.platform.platforms.get("kubernetes") if pipeline.platform else None
    deployment = kubernetes.deployment_spec if kubernetes else None
    return (deployment.executors if deployment else {}).get(node.component.executor_label or "", {})


def _missing_variables(settings: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for setting in _VARIABLES:
        for source in settings.get(setting, ()):
            for key in source.get("keyToEnv", ()):
                variable = key.get("envVar", "")
                if variable not in environment and not source.get("optional"):
                    yield setting, variable


def _missing_folders(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for setting in _VOLUMES:
        for mount in settings.get(setting, ()):
            path = mount.get("mountPath", "")
            if not Path(path).is_dir() and not mount.get("optional"):
                yield setting, path


def _missing(node: TaskNode, what: str, hint: str) -> KfpError:
    return KfpError(
        "KFP503",
        f"step {node.name} wants {what}, which does not exist on this machine",
        hint=f"{hint}, or run the pipeline on a cluster",
        details={"step": node.name},
    )
