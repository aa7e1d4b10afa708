"""What the resources of a step mean on one machine: what is enforced, what is refused, what has no effect."""

from __future__ import annotations

import glob
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jupyter_kfp.errors import KfpError
from jupyter_kfp.notebook.quantities import InvalidQuantity, check_cpu, check_memory
from jupyter_kfp.spec.model import ContainerSpec, Pipeline, Resources

_PLATFORM_OPTIONS = {
    "nodeSelector": "node selector",
    "tolerations": "tolerations",
    "podMetadata": "labels and annotations",
    "nodeAffinity": "node affinity",
    "podAffinity": "pod affinity",
    "imagePullSecret": "image pull secrets",
    "imagePullPolicy": "image pull policy",
    "securityContext": "security context",
}


@dataclass(frozen=True)
class ResourceLimits:
    """What an attempt may use."""

    cpus: Sequence[int] | None = None
    """CPUs to run on; None: all."""
    memory_bytes: int | None = None


def resource_limits(container: ContainerSpec, *, refuse_accelerators: bool = True) -> ResourceLimits:
    """Limits to enforce.

    CPUs are rounded up to whole ones. Raises `KfpError` KFP392 for an accelerator that is not here, if that is to be
    refused, KFP393 for a quantity that cannot be read or a limit that this machine cannot give.
    """
    resources = container.resources
    if resources is None:
        return ResourceLimits()
    if refuse_accelerators:
        _check_accelerator(resources)
    return ResourceLimits(cpus=_cpus(resources), memory_bytes=_memory(resources))


def options_without_effect(pipeline: Pipeline) -> list[str]:
    """Sentences about settings of a pipeline that mean nothing on one machine, for surfaces to show once."""
    notes: list[str] = []
    deployment = pipeline.spec.deployment_spec
    executors = deployment.executors if deployment else {}
    images = {one.container.image for one in executors.values() if one.container and one.container.image}
    if images:
        notes.append(f"the steps run in this environment, not in the image {_listed(sorted(images))}")
    if any(_has_request(one.container) for one in executors.values()):
        notes.append("requests of CPU and memory have no effect here; limits are enforced")
    found = {name for options in _kubernetes_options(pipeline) for name in options if name in _PLATFORM_OPTIONS}
    if found:
        names = ", ".join(_PLATFORM_OPTIONS[name] for name in sorted(found))
        notes.append(f"these settings concern a cluster and have no effect here: {names}")
    return notes


def _kubernetes_options(pipeline: Pipeline) -> Sequence[Mapping[str, Any]]:
    platform = pipeline.platform.platforms.get("kubernetes") if pipeline.platform else None
    deployment = platform.deployment_spec if platform else None
    return list(deployment.executors.values()) if deployment else []


def _has_request(container: ContainerSpec | None) -> bool:
    resources = container.resources if container else None
    return resources is not None and any(
        (
            resources.cpu_request,
            resources.memory_request,
            resources.resource_cpu_request,
            resources.resource_memory_request,
        )
    )


def _cpus(resources: Resources) -> Sequence[int] | None:
    limit = _quantity(resources.resource_cpu_limit, resources.cpu_limit, "cpu")
    if limit is None or not hasattr(os, "sched_getaffinity"):
        return None
    available = sorted(os.sched_getaffinity(0))
    wanted = max(1, math.ceil(limit))
    if wanted >= len(available):
        return None
    # Steps that run at once would all get the same CPUs if each took the first ones.
    first = int.from_bytes(os.urandom(2)) % len(available)
    return [available[(first + index) % len(available)] for index in range(wanted)]


def _memory(resources: Resources) -> int | None:
    gigabytes = None if resources.memory_limit is None else resources.memory_limit * 10**9
    limit = _quantity(resources.resource_memory_limit, gigabytes, "memory")
    return None if limit is None else int(limit)


def _quantity(text: str | None, number: float | None, name: str) -> Decimal | None:
    if not text:
        return Decimal(number) if number else None
    try:
        return check_cpu(text) if name == "cpu" else check_memory(text)
    except InvalidQuantity as error:
        hint = f"did you mean {error.suggestion}?" if error.suggestion else None
        raise KfpError("KFP393", f"the {name} limit {text!r} cannot be used: {error}", hint=hint) from None


def _check_accelerator(resources: Resources) -> None:
    accelerator = resources.accelerator
    if accelerator is None:
        return
    kind = accelerator.resource_type or accelerator.type or "accelerator"
    count = accelerator.resource_count or accelerator.count or 0
    try:
        wanted = int(count)
    except ValueError:
        raise KfpError("KFP393", f"the number of accelerators {count!r} is no whole number") from None
    here = len(glob.glob("/dev/nvidia[0-9]*"))  # noqa: PTH207 - one pattern in one known folder
    if wanted > here:
        raise KfpError(
            "KFP392",
            f"the step wants {wanted} x {kind}, this machine has {here}",
            hint="remove the accelerator from the step's options to run it here, or run it on a cluster",
        )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
