"""A step's options as the IR and its Kubernetes platform document say them."""

from __future__ import annotations

import math
from typing import Any

from blake3 import blake3

from jupyter_kfp.notebook.step_options import RetryOption, StepOptions, TolerationOption, VolumeOption
from jupyter_kfp.spec.model import Accelerator, EnvVar, Resources, RetryPolicy


def make_resources(options: StepOptions) -> Resources | None:
    """CPU, memory and accelerators; None if nothing is asked for."""
    accelerator = options.accelerator
    resources = Resources(
        resource_cpu_limit=options.cpu,
        resource_cpu_request=options.cpu_request,
        resource_memory_limit=options.memory,
        resource_memory_request=options.memory_request,
        accelerator=Accelerator(resource_type=accelerator.type, resource_count=str(accelerator.count))
        if accelerator
        else None,
    )
    return None if resources == Resources() else resources


def make_env(options: StepOptions) -> list[EnvVar]:
    """Environment variables, by name."""
    return [EnvVar(name=name, value=options.env[name]) for name in sorted(options.env)]


def make_retry_policy(retries: RetryOption | None) -> RetryPolicy | None:
    """Retries; None if there are none."""
    if retries is None or not retries.count:
        return None
    return RetryPolicy(
        max_retry_count=retries.count,
        backoff_duration=_duration(retries.backoff_seconds),
        backoff_factor=retries.factor,
        backoff_max_duration=_duration(retries.max_seconds),
    )


def _duration(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds:g}s" if seconds < 1e6 else f"{seconds:.0f}s"


def make_platform_config(options: StepOptions) -> dict[str, Any]:
    """The executor's part of the Kubernetes platform document; empty if there is nothing to say."""
    config: dict[str, Any] = {}
    if options.timeout is not None:
        config["activeDeadlineSeconds"] = str(math.ceil(options.timeout))
    if options.secrets:
        config["secretAsEnv"] = [
            {
                "secretName": secret.name,
                "secretNameParameter": _constant(secret.name),
                "keyToEnv": [{"secretKey": secret.key, "envVar": secret.env}],
                "optional": False,
            }
            for secret in options.secrets
        ]
    for volume in options.volumes:
        key, value = _volume(volume)
        config.setdefault(key, []).append(value)
    if options.node_selector:
        config["nodeSelector"] = {"labels": dict(sorted(options.node_selector.items()))}
    if options.tolerations:
        config["tolerations"] = [_toleration(toleration) for toleration in options.tolerations]
    if options.labels:
        config["podMetadata"] = {"labels": dict(sorted(options.labels.items()))}
    return config


def _constant(text: str) -> dict[str, Any]:
    return {"runtimeValue": {"constant": text}}


def _volume(volume: VolumeOption) -> tuple[str, dict[str, Any]]:
    if volume.pvc is not None:
        mount = {"constant": volume.pvc, "mountPath": volume.mount_path, "pvcNameParameter": _constant(volume.pvc)}
        return "pvcMount", mount | ({"subPath": volume.sub_path} if volume.sub_path else {})
    if volume.secret is not None:
        return "secretAsVolume", {
            "mountPath": volume.mount_path,
            "optional": False,
            "secretName": volume.secret,
            "secretNameParameter": _constant(volume.secret),
        }
    if volume.config_map is not None:
        return "configMapAsVolume", {
            "configMapName": volume.config_map,
            "configMapNameParameter": _constant(volume.config_map),
            "mountPath": volume.mount_path,
            "optional": False,
        }
    # Kubernetes wants a DNS label; volumes of one pod must differ, as their paths do.
    name = f"empty-{blake3(volume.mount_path.encode()).hexdigest()[:10]}"
    return "emptyDirMounts", {"mountPath": volume.mount_path, "sizeLimit": volume.empty_dir, "volumeName": name}


def _toleration(toleration: TolerationOption) -> dict[str, Any]:
    found = {
        "key": toleration.key,
        "operator": toleration.operator,
        "value": toleration.value,
        "effect": toleration.effect,
        "tolerationSeconds": None if toleration.toleration_seconds is None else str(toleration.toleration_seconds),
    }
    return {key: value for key, value in found.items() if value is not None}
