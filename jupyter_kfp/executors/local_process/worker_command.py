"""Recognising a notebook step's container command."""

from __future__ import annotations

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.model import ContainerSpec
from jupyter_kfp.spec.step_payload import WORKER_COMMAND

_MODULE = WORKER_COMMAND[1:]


def is_notebook_step(container: ContainerSpec) -> bool:
    """Whether a container runs a step of a notebook; anything else is a command of its own."""
    words = [*container.command, *container.args]
    return words[1:3] == _MODULE


def packed_step(container: ContainerSpec) -> str:
    """The payload in a notebook step's command. Raises `KfpError` KFP391 if it has none."""
    words = [*container.command, *container.args]
    if not is_notebook_step(container) or "--step" not in words[:-1]:
        shown = " ".join(words)[:80] or "(none)"
        raise KfpError("KFP391", f"the command of this step is not one that this version wrote: {shown}")
    return words[words.index("--step") + 1]
