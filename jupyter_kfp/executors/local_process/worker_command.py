"""Recognising a notebook step's container command, the only one that runs here without a container."""

from __future__ import annotations

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.model import ContainerSpec
from jupyter_kfp.spec.step_payload import WORKER_COMMAND

_MODULE = WORKER_COMMAND[1:]


def packed_step(container: ContainerSpec) -> str:
    """The payload in a notebook step's command. Raises `KfpError` KFP391 for any other command."""
    words = [*container.command, *container.args]
    if words[1:3] != _MODULE or "--step" not in words[:-1]:
        shown = " ".join(words)[:80] or "(none)"
        raise KfpError(
            "KFP391",
            f"the command of this task is not supported yet on this executor: {shown}",
            hint="run the pipeline on a KFP server; here only steps that jupyter_kfp compiled run",
        )
    return words[words.index("--step") + 1]
