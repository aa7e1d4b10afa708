"""Where the kubernetes settings of an executor name secrets and config maps (`kubernetes_executor_config.proto`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SECRET_VARIABLES = {"secretAsEnv": ("secret", "secretKey"), "configMapAsEnv": ("config map", "configMapKey")}
"""Settings that become environment variables: what they are of, and the field that names the key."""
SECRET_VOLUMES = {"secretAsVolume": "secret", "configMapAsVolume": "config map"}
"""Settings that become folders, and what these are of."""
_NAMES = ("secretNameParameter", "configMapNameParameter", "secretName", "configMapName")


def source_name(source: Mapping[str, Any]) -> str | None:
    """Name of the secret or config map that a setting refers to; None if only the run will know it."""
    for field in _NAMES:
        value = source.get(field)
        if isinstance(value, dict) and value:
            if "runtimeValue" not in value:
                return None
            value = value["runtimeValue"].get("constant")
        if value:
            return str(value)
    return ""
