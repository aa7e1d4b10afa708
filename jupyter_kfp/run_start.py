"""What must hold before anything of a run is written, beside the spec itself: kernels, programs, secrets, volumes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from jupyter_kfp.engine.platform_checks import check_platform
from jupyter_kfp.engine.run_checks import check_kernels
from jupyter_kfp.engine.selection import task_keys
from jupyter_kfp.engine.task_graph import TaskGraph
from jupyter_kfp.engine.task_node import TaskTemplate
from jupyter_kfp.runs.run import RunOptions
from jupyter_kfp.spec.placeholders import lookalikes
from jupyter_kfp.spec.secrets_file import read_secrets


def check_run(graph: TaskGraph, options: RunOptions) -> list[str]:
    """See that every task of a pipeline can start on this machine; returns what is not as on a cluster, in sentences.

    Raises `KfpError` KFP501 (kernel), KFP231, KFP390, KFP504 (commands and images, see `check_program`), KFP503
    (secrets and volumes), KFP508 (the file of secrets).
    """
    check_kernels(graph)
    commands = [
        template for template in graph.leaf_templates() if template.container is not None and template.payload is None
    ]
    if commands:
        from jupyter_kfp.executors.local_process.programs import check_program

        for template in commands:
            if template.container is not None:
                check_program(
                    template.name,
                    template.container,
                    working_directory=options.working_directory,
                    strict_images=options.strict_images,
                )
    meaningless = check_platform(graph, os.environ, read_secrets(options.secrets_file))
    return [
        *_lookalikes(commands),
        *_unused_images(commands),
        *_shared_files(commands),
        *_unseen_accelerators(commands),
        *_meaningless(meaningless),
    ]


def _lookalikes(commands: Iterable[TaskTemplate]) -> Iterator[str]:
    containers = [template.container for template in commands if template.container is not None]
    words = [word for container in containers for word in (*container.command, *container.args)]
    found = dict.fromkeys(text for word in words if "{{$" in word for text in lookalikes(word))
    if found:
        yield f"stays as it is, since there is no such placeholder: {', '.join(found)}"


def _unused_images(commands: Iterable[TaskTemplate]) -> Iterator[str]:
    images = dict.fromkeys(one.container.image for one in commands if one.container and one.container.image)
    if images:
        yield f"commands run as processes of this machine, without their images: {', '.join(images)}"


def _shared_files(commands: Sequence[TaskTemplate]) -> Iterator[str]:
    if not commands:
        return
    from jupyter_kfp.executors.local_process.private_mounts import can_mount

    if not can_mount():
        yield (
            "this machine lets no task have mounts of its own: tasks that run at once see each other's files in /tmp, "
            "and paths that only a container has are replaced in their arguments"
        )


def _unseen_accelerators(commands: Iterable[TaskTemplate]) -> Iterator[str]:
    for template in commands:
        resources = template.container.resources if template.container else None
        accelerator = resources.accelerator if resources else None
        if accelerator is not None:
            kind = accelerator.resource_type or accelerator.type or "an accelerator"
            yield f"{template.name} asks for {kind}: it sees those of this machine, if there are any"


def _meaningless(settings: Sequence[str]) -> Iterator[str]:
    if settings:
        yield f"settings for Kubernetes that mean nothing on this machine: {', '.join(settings)}"


def named_options(graph: TaskGraph, options: RunOptions) -> RunOptions:
    """Options with task keys where the user may have given names, a folder to run in, and absolute paths.

    Raises `KfpError` KFP245 for a name that no step has.
    """
    return msgspec.structs.replace(
        options,
        force=task_keys(graph, options.force, "--force"),
        only=task_keys(graph, options.only, "--only"),
        start_from=task_keys(graph, options.start_from, "--from"),
        working_directory=options.working_directory or str(Path.cwd()),
        secrets_file=str(Path(options.secrets_file).absolute()) if options.secrets_file else "",
    )
