"""Whether the program of a container can be found on this machine, before and when a task starts."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.containerized_component import component_module
from jupyter_kfp.executors.local_process.pip_prefix import split_pip_prefix
from jupyter_kfp.executors.local_process.worker_command import is_notebook_step
from jupyter_kfp.spec.model import ContainerSpec

_PYTHONS = ("python", "python3")


def check_program(task: str, container: ContainerSpec, *, working_directory: str, strict_images: bool) -> None:
    """See before a run that the command of a container, with its placeholders, can be started here.

    Raises `KfpError` KFP390 (its image would not be used, and that is not wanted), KFP504 (the program, or the code of
    a component that only its image has, is not on this machine), KFP231 (there is no command at all).
    """
    words = [*container.command, *container.args]
    if is_notebook_step(container):
        return
    if strict_images and container.image:
        raise KfpError(
            "KFP390",
            f"task {task} would run as a process of this machine, without its image {container.image}",
            hint="leave --strict-images out, or run the pipeline where there are containers",
            details={"task": task, "image": container.image},
        )
    if not container.command:
        raise KfpError(
            "KFP231",
            f"task {task} has no command: what the image {container.image} runs by itself is not known here",
            hint="write the command into the component's ContainerSpec; a KFP server needs it, too",
            details={"task": task},
        )
    _, words = split_pip_prefix(words)
    component_module(task, words, working_directory)
    program = words[0]
    if "{{$" not in program and not program.lstrip().startswith("{") and find_program(program) is None:
        raise missing_program(task, program, container.image)


def find_program(name: str, path: str | None = None) -> str | None:
    """Where a program is; None if it is not on this machine. The running Python is always there."""
    if "/" in name:
        return name if Path(name).is_file() and os.access(name, os.X_OK) else None
    return shutil.which(name, path=path) or (sys.executable if name in _PYTHONS else None)


def missing_program(task: str, program: str, image: str | None) -> KfpError:
    """The error for a program that is not here."""
    where = f" of the image {image}" if image else ""
    return KfpError(
        "KFP504",
        f"task {task} runs the program {program}{where}, which is not on this machine",
        hint=f"put {program} on the PATH, or run the pipeline where there are containers",
        details={"task": task, "program": program},
    )


def with_python(words: Sequence[str], path: str) -> list[str]:
    """The command; a Python that the PATH does not have under its short name is called by its full one."""
    if words and words[0] in _PYTHONS and shutil.which(words[0], path=path) is None:
        return [sys.executable, *words[1:]]
    return list(words)
