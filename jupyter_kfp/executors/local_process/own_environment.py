"""An environment for a command that calls pip while it runs: in a container it would install into its image.

It sees all packages of the running environment and takes what pip installs, which goes with the attempt.
"""

from __future__ import annotations

import os
import re
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

from jupyter_kfp.executors.local_process.package_installer import inherit_running

_PIP = re.compile(r"\b(pip3?|ensurepip)\b")
_SCRIPT = """#!/bin/sh
python="$(dirname "$0")/python"
"$python" -c "import pip" 2>/dev/null || "$python" -m ensurepip >&2
exec "$python" -m pip "$@"
"""


def may_install(words: Sequence[str]) -> bool:
    """Whether a command names pip."""
    return any(_PIP.search(word) for word in words)


def own_environment(folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Make the environment in a folder; the variables with it in front. Raises `OSError`."""
    venv.EnvBuilder(symlinks=True, with_pip=False).create(folder)
    inherit_running(folder)
    for name in ("pip", "pip3"):
        script = folder / "bin" / name
        script.write_text(_SCRIPT, encoding="ascii")
        script.chmod(0o755)
    path = os.pathsep.join([str(folder / "bin"), variables.get("PATH", os.defpath)])
    return {**variables, "PATH": path, "VIRTUAL_ENV": str(folder)}
