"""What ``from module import *`` binds, found by importing the module in a process of its own."""

from __future__ import annotations

import functools
import json
import subprocess
import sys

_SECONDS = 60
_SCRIPT = """
import importlib, json, sys
module = importlib.import_module(sys.argv[1])
names = getattr(module, "__all__", None)
if names is None:
    names = [name for name in vars(module) if not name.startswith("_")]
print("\\n" + json.dumps(sorted(map(str, names))))
"""


@functools.cache
def star_names(module: str) -> list[str] | None:
    """Names that the star binds; None if the module cannot be imported here."""
    if module.startswith("."):
        return None
    try:
        done = subprocess.run(  # noqa: S603  our own script; the module is one that the notebook imports
            [sys.executable, "-c", _SCRIPT, module],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0:
        return None
    names: list[str] = json.loads(done.stdout.rsplit("\n", 2)[-2])
    return names
