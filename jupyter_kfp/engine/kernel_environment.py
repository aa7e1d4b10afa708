"""The Python environment behind a kernelspec, found by looking at files: no process is started, nothing is imported."""

from __future__ import annotations

import json
import platform
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jupyter_kfp.errors import KfpError


@dataclass(frozen=True, slots=True)
class KernelEnvironment:
    """Where the kernel's modules come from."""

    python_version: str
    """``3.11.9``; of another interpreter than ours perhaps only ``3.11``; empty if the kernel is no Python."""
    search_path: tuple[str, ...]
    """Folders of modules; empty if unknown."""
    own: bool
    """Whether it is the environment of this process."""


@lru_cache(maxsize=32)
def kernel_environment(kernel: str) -> KernelEnvironment:
    """Environment of an installed kernel. Raises `KfpError` KFP501 if there is no such kernel."""
    command = _command(find_kernelspec(kernel))
    own = KernelEnvironment(platform.python_version(), tuple(path for path in sys.path if path), own=True)
    if not command or not Path(command[0]).is_absolute() or Path(command[0]) == Path(sys.executable):
        return own
    prefix = Path(command[0]).parent.parent
    folders = sorted(prefix.glob("lib/python3*/site-packages")) + sorted(prefix.glob("Lib/site-packages"))
    if prefix == Path(sys.prefix):
        return own
    version = folders[0].parent.name.removeprefix("python") if folders else ""
    return KernelEnvironment(version, tuple(str(folder) for folder in folders), own=False)


def find_kernelspec(kernel: str) -> Path | None:
    """Folder of a kernelspec; None for the kernel of our own ipykernel, which needs no folder.

    Raises `KfpError` KFP501, which names the kernels that exist.
    """
    from jupyter_core.paths import jupyter_path

    for folder in jupyter_path("kernels"):
        found = Path(folder) / kernel.lower()
        if (found / "kernel.json").is_file():
            return found
    # Slow but complete: asks ipykernel, folds case and looks at what other packages bring along.
    from jupyter_client.kernelspec import KernelSpecManager

    known: dict[str, str] = KernelSpecManager().find_kernel_specs()
    if kernel.lower() in known:
        found = Path(known[kernel.lower()])
        return found if (found / "kernel.json").is_file() else None
    raise KfpError(
        "KFP501",
        f"the notebook wants the kernel {kernel!r}, which is not installed",
        hint=f"kernels that exist: {', '.join(sorted(known)) or 'none'}; choose one in the notebook, or install it",
        details={"kernel": kernel, "kernels": sorted(known)},
    )


def _command(folder: Path | None) -> list[str]:
    if folder is None:
        return []
    try:
        spec = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise KfpError(
            "KFP502",
            f"the kernel's file {folder / 'kernel.json'} cannot be read: {error}",
            hint="install the kernel again",
        ) from None
    command: list[str] = spec.get("argv") or []
    return command
