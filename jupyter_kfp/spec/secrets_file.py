"""The file in which a user gives secrets and config maps of a cluster to runs on this machine.

JSON, ``{"name of a secret or config map": {"key": "value"}}``. Its contents are read when a task starts, given to that
task, and neither stored nor shown.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from jupyter_kfp.errors import KfpError


def read_secrets(path: str) -> dict[str, dict[str, str]]:
    """Read the file; an empty path is an empty file. Raises `KfpError` KFP508, which shows nothing of its contents."""
    if not path:
        return {}
    try:
        return msgspec.json.decode(Path(path).read_bytes(), type=dict[str, dict[str, str]])
    except OSError as error:
        problem = error.strerror or str(error)
    except msgspec.DecodeError:
        problem = 'it is not of the form {"name": {"key": "value"}}'
    raise KfpError("KFP508", f"the file of secrets {path} cannot be used: {problem}")
