"""Secrets and config maps as parts of a task's cache key: other values may make other outputs.

A part is a keyed digest (BLAKE2b), never a value. The key is random and belongs to one home: without it nobody can try
likely passwords on what is stored with runs.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.secret_sources import SECRET_VARIABLES, SECRET_VOLUMES, source_name
from jupyter_kfp.spec.secrets_file import read_secrets

_KEY_BYTES = 32
_DIGEST_BYTES = 16
_KEY_FILE = "secrets.key"


class SecretParts:
    """Digests of what the tasks of one run get from a file of secrets, or from the environment."""

    def __init__(self, secrets_file: str, home: Path, environment: Mapping[str, str]) -> None:
        self._secrets_file = secrets_file
        self._home = home
        self._environment = environment

    def parts(self, platform: Mapping[str, Any]) -> dict[str, str]:
        """By name of the secret or config map, for the kubernetes settings of a task."""
        values: dict[str, list[Any]] = {}
        for part, value in self._values(platform):
            values.setdefault(part, []).append(value)
        return {part: self._digest(found) for part, found in values.items()}

    def _values(self, platform: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for setting, (kind, key_field) in SECRET_VARIABLES.items():
            for source in platform.get(setting, ()):
                name = source_name(source)
                for entry in source.get("keyToEnv", ()):
                    variable, key = entry.get("envVar", ""), entry.get(key_field, "")
                    # A name that only the run will know may be any of the file.
                    given = self._known if name is None else self._known.get(name, {}).get(key)
                    here = self._environment.get(variable) if name is None or given is None else None
                    yield f"{kind}:{name or variable}", [variable, given, here]
        for setting, kind in SECRET_VOLUMES.items():
            for source in platform.get(setting, ()):
                name = source_name(source)
                path = source.get("mountPath", "")
                yield f"{kind}:{name or path}", [path, self._known if name is None else self._known.get(name)]

    @cached_property
    def _known(self) -> Mapping[str, Mapping[str, str]]:
        with contextlib.suppress(KfpError):  # the task that needs it says so when it starts
            return read_secrets(self._secrets_file)
        return {}

    @cached_property
    def _key(self) -> bytes:
        path = self._home / _KEY_FILE
        with contextlib.suppress(OSError):
            if not path.exists():
                _write_new(path, os.urandom(_KEY_BYTES))
            return path.read_bytes()
        return os.urandom(_KEY_BYTES)  # a home that cannot be written: nothing is found in its cache

    def _digest(self, values: list[Any]) -> str:
        content = msgspec.json.encode(values, order="sorted")
        return hashlib.blake2b(content, key=self._key, digest_size=_DIGEST_BYTES).hexdigest()


def _write_new(path: Path, content: bytes) -> None:
    """Make a file with its whole content, for this user alone; one that another process made meanwhile stays."""
    draft = path.with_name(f"{path.name}.{os.getpid()}-{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, content)
    finally:
        os.close(descriptor)
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
