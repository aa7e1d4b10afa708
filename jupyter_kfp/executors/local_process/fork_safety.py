"""When a forked kernel would not be the kernel that a step asks for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from jupyter_kfp.errors import KfpError

_LAUNCHERS = ("ipykernel_launcher", "ipykernel")
_READ_AT_START = ("PYTHON", "LD_", "DYLD_", "LC_", "LANG", "MALLOC_", "OMP_", "OPENBLAS_", "MKL_", "IPYTHON", "JUPYTER")
"""Variables that Python, the loader, libraries or IPython read when a process starts."""
_MODULE_SUFFIXES = (".py", ".pyc", ".so", ".pyd")

SAFE_TO_PRELOAD = frozenset(
    {"altair", "matplotlib", "matplotlib.pyplot", "networkx", "numpy", "pandas", "plotly", "scipy"}
    | {"scipy.stats", "seaborn", "sklearn", "sklearn.ensemble", "sklearn.linear_model", "statsmodels.api", "sympy"}
)
"""Libraries that survive a fork if their thread pools are held at one thread while they are loaded."""


def checked_preload(names: Sequence[str]) -> Sequence[str]:
    """The same names. Raises `KfpError` KFP394 for a module that is not known to survive a fork."""
    unsafe = [name for name in names if name not in SAFE_TO_PRELOAD]
    if unsafe:
        raise KfpError(
            "KFP394",
            f"the setting preload_modules names {', '.join(unsafe)}, which may not survive a fork",
            hint=f"modules that do: {', '.join(sorted(SAFE_TO_PRELOAD))}",
        )
    return names


def environment_differs(environment: Mapping[str, str]) -> bool:
    """Whether a variable that matters at the start of a process is not what it is here."""
    names = environment.keys() | os.environ.keys()
    return any(environment.get(name) != os.environ.get(name) for name in names if name.startswith(_READ_AT_START))


def unsafe_reason(kernel: str, folder: str, modules: Iterable[str] = ()) -> str | None:
    """Why a fork of this process cannot be the kernel of a step in this folder; None if it can.

    `modules` are names of the user's own modules that go with the step, whether or not they still lie in the folder.
    """
    if not _is_this_python(kernel):
        return f"the kernel {kernel!r} is not the Python that runs here"
    shadowing = shadowing_modules(folder) | {name for name in modules if _is_loaded(name)}
    if shadowing:
        return f"{', '.join(sorted(shadowing))} in {folder} has the name of a module that is loaded already"
    return None


def shadowing_modules(folder: str) -> set[str]:
    """Names of modules in a folder that a new kernel would find there, while this process has others of that name."""
    found = set()
    for entry in os.scandir(folder):
        name = entry.name.partition(".")[0]
        is_module = entry.name.endswith(_MODULE_SUFFIXES) or (
            entry.is_dir() and Path(entry.path, "__init__.py").exists()
        )
        if is_module and _is_loaded(name):
            found.add(entry.name)
    return found


def _is_loaded(name: str) -> bool:
    return name in sys.modules and name not in sys.builtin_module_names


@cache
def _is_this_python(kernel: str) -> bool:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec(kernel)
    except NoSuchKernel:
        return False
    if spec.env or "kernel_provisioner" in (spec.metadata or {}):
        return False
    python, *rest = spec.argv
    commands = [["-m", launcher, "-f", "{connection_file}"] for launcher in _LAUNCHERS]
    return _is_own_interpreter(python) and rest in commands


def _is_own_interpreter(python: str) -> bool:
    major, minor = sys.version_info[:2]
    if python in {"python", f"python{major}", f"python{major}.{minor}"}:
        return True  # jupyter_client puts its own interpreter in place of these
    return Path(python) == Path(sys.executable)
