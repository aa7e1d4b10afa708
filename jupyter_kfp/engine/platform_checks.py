"""Kubernetes settings of steps that run on this machine: honoured, refused by name, or told to have no meaning here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jupyter_kfp.engine.task_graph import TaskGraph
from jupyter_kfp.engine.task_node import TaskTemplate
from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.secret_sources import SECRET_VARIABLES, SECRET_VOLUMES, source_name

_EMPTY_VOLUMES = {"emptyDirMounts": "volume", "genericEphemeralVolume": "volume"}
_VOLUMES = {**SECRET_VOLUMES, **_EMPTY_VOLUMES, "pvcMount": "volume"}
_HONOURED = {"activeDeadlineSeconds", *SECRET_VARIABLES, *_VOLUMES}

Secrets = Mapping[str, Mapping[str, str]]


def check_platform(graph: TaskGraph, environment: Mapping[str, str], secrets: Secrets) -> list[str]:
    """See that steps find here what they get from Kubernetes there; returns names of settings without a meaning here.

    A secret or config map that becomes a variable must be in the environment or in the file of secrets (`secrets`), a
    volume must be a folder of this machine; for commands of containers it may come from that file, too, and empty
    volumes are made.
    Raises `KfpError` KFP503 for the first that is not there: a step that runs without it would fail later, or worse.
    """
    meaningless: set[str] = set()
    for template in graph.leaf_templates():
        settings = template.platform
        for setting, variable in _missing_variables(settings, environment, secrets):
            what = f"the variable {variable} from a {SECRET_VARIABLES[setting][0]}"
            raise _missing(template, what, f"set {variable} in the environment or give it with --secrets-file")
        for setting, path, name in _missing_folders(template, secrets if template.payload is None else {}):
            hint = f"make the folder {path}, or remove it from the options"
            if setting in SECRET_VOLUMES and template.payload is None:
                hint = (
                    f'give it with --secrets-file ({{"{name}": {{"FILE NAME": "content"}}}}), or make the folder {path}'
                )
            raise _missing(template, f"the {_VOLUMES[setting]} at {path}", hint)
        meaningless |= settings.keys() - _HONOURED
    return sorted(meaningless)


def _missing_variables(
    settings: Mapping[str, Any], environment: Mapping[str, str], secrets: Secrets
) -> Iterator[tuple[str, str]]:
    for setting, (_, key_field) in SECRET_VARIABLES.items():
        for source in settings.get(setting, ()):
            name = source_name(source)
            for key in source.get("keyToEnv", ()):
                variable = key.get("envVar", "")
                is_given = name is None or key.get(key_field) in secrets.get(name, {})
                if variable not in environment and not is_given and not source.get("optional"):
                    yield setting, variable


def _missing_folders(template: TaskTemplate, secrets: Secrets) -> Iterator[tuple[str, str, str | None]]:
    """Setting, path, and name of the secret or config map."""
    for setting in _VOLUMES:
        is_made = setting in _EMPTY_VOLUMES and template.payload is None
        for mount in template.platform.get(setting, ()) if not is_made else ():
            path = mount.get("mountPath", "")
            name = source_name(mount) if setting in SECRET_VOLUMES else ""
            if not (name is None or name in secrets or Path(path).is_dir() or mount.get("optional")):
                yield setting, path, name


def _missing(template: TaskTemplate, what: str, hint: str) -> KfpError:
    return KfpError(
        "KFP503",
        f"step {template.name} wants {what}, which does not exist on this machine",
        hint=f"{hint}, or run the pipeline on a cluster",
        details={"step": template.name},
    )
