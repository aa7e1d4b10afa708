"""Secrets and config maps of a cluster, from a file of this machine (`spec.secrets_file`) or its environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.secret_sources import SECRET_VARIABLES, SECRET_VOLUMES, source_name
from jupyter_kfp.spec.secrets_file import read_secrets

_SHORTEST = 3


@dataclass(frozen=True)
class SecretValues:
    """What a task gets from secrets and config maps."""

    variables: dict[str, str] = field(default_factory=dict)
    """Environment variables."""
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    """By mount path: contents by file name."""
    masked: frozenset[str] = frozenset()
    """Texts that must not be seen in a log."""


def secret_values(platform: Mapping[str, Any], secrets_file: str, environment: Mapping[str, str]) -> SecretValues:
    """Look up what the kubernetes settings of a task (with constants only) ask for.

    A mount path that is a folder of this machine is left alone. Raises `KfpError` KFP503 for what is neither in the
    file nor, as a variable, in the environment, and KFP508 for a file that cannot be read.
    """
    known = read_secrets(secrets_file)
    values = SecretValues()
    masked = set()
    for setting, (kind, key_field) in SECRET_VARIABLES.items():
        for source in platform.get(setting, ()):
            for variable, value in _variables(source, kind, key_field, known, environment):
                values.variables[variable] = value
                masked |= {value} if kind == "secret" else set()
    for setting, kind in SECRET_VOLUMES.items():
        for source in platform.get(setting, ()):
            files = _files(source, kind, known)
            if files is not None:
                values.files[source.get("mountPath", "")] = files
                masked |= set(files.values()) if kind == "secret" else set()
    return SecretValues(values.variables, values.files, frozenset(_hidden(masked)))


def variables_only(platform: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of secrets and config maps that become environment variables."""
    return {setting: platform[setting] for setting in SECRET_VARIABLES if setting in platform}


def _variables(
    source: Mapping[str, Any],
    kind: str,
    key_field: str,
    known: Mapping[str, Mapping[str, str]],
    environment: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    name = source_name(source) or ""
    for entry in source.get("keyToEnv", ()):
        variable, key = entry.get("envVar", ""), entry.get(key_field, "")
        value = known.get(name, {}).get(key, environment.get(variable))
        if value is not None:
            yield variable, value
        elif not source.get("optional"):
            raise KfpError(
                "KFP503",
                f"the task wants the variable {variable} from the key {key!r} of the {kind} {name!r}, which does not "
                "exist on this machine",
                hint=f'give it with --secrets-file ({{"{name}": {{"{key}": "..."}}}}), or set {variable} here',
            )


def _files(source: Mapping[str, Any], kind: str, known: Mapping[str, dict[str, str]]) -> dict[str, str] | None:
    name, path = source_name(source) or "", source.get("mountPath", "")
    if name in known:
        return known[name]
    if not Path(path).is_dir() and not source.get("optional"):
        raise KfpError(
            "KFP503",
            f"the task wants the {kind} {name!r} at {path}, which does not exist on this machine",
            hint=f'give it with --secrets-file ({{"{name}": {{"FILE NAME": "content"}}}}), or make the folder {path}',
        )
    return None


def _hidden(values: set[str]) -> Iterator[str]:
    """Whole values, and the lines of those that have several; what is too short says nothing and is everywhere."""
    for value in values:
        yield from (text for text in {value, value.strip(), *value.splitlines()} if len(text) >= _SHORTEST)
