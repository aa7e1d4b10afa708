"""Environment variables of a command that runs here instead of in its container."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import jupyter_kfp
from jupyter_kfp.spec.model import EnvVar

_REFERENCE = re.compile(r"\$\(([A-Za-z_][\w.-]*)\)")
_OWN = ("PYTEST_CURRENT_TEST", "PYTHONHOME", "__PYVENV_LAUNCHER__")
"""Variables of this process that would mislead another Python."""


def command_environment(
    inherited: Mapping[str, str], given: Mapping[str, str], *, temporary: Path, attempt: int
) -> dict[str, str]:
    """Variables of this process and those that are given to the container, on top.

    Programs of the running Python's environment come first. Where this package was found by ``PYTHONPATH`` the command
    does not find it: its environment may have another version of what lies there.
    """
    environment = {name: value for name, value in inherited.items() if name not in _OWN}
    places = [str(Path(sys.executable).parent), *environment.get("PATH", os.defpath).split(os.pathsep)]
    environment["PATH"] = os.pathsep.join(dict.fromkeys(places))
    _drop_own_path(environment)
    # KFP gives the number to tasks with a retry policy, from 0.
    environment |= {"TMPDIR": str(temporary), "KFP_RETRY_INDEX": str(attempt - 1)}
    return environment | dict(given)


def container_variables(declared: Iterable[EnvVar], values: Mapping[str, str]) -> dict[str, str]:
    """Variables of a container, the last of a name; ``$(NAME)`` stands for one that came before, as in Kubernetes."""
    variables = dict(values)
    for one in declared:
        variables[one.name] = expand_references(one.value, variables)
    return variables


def expand_references(word: str, variables: Mapping[str, str]) -> str:
    """Replace ``$(NAME)`` in a word of a command by the container's variable, as Kubernetes does.

    Anything else in such brackets is left to a shell.
    """
    return _REFERENCE.sub(lambda found: variables.get(found[1], found[0]), word)


def _drop_own_path(environment: dict[str, str]) -> None:
    own = Path(jupyter_kfp.__file__).parent.parent.resolve()
    kept = [entry for entry in environment.pop("PYTHONPATH", "").split(os.pathsep) if entry]
    kept = [entry for entry in kept if Path(entry).resolve() != own]
    if kept:
        environment["PYTHONPATH"] = os.pathsep.join(kept)
