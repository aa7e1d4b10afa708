"""What a step does to the state of its process behind the compiler's back, told when later steps might miss it.

Code of libraries, or of the own modules of users, may set what the compiler cannot see. Cheap slots are compared
with what they were before the first cell, or when their library was loaded. What comes of it is a warning: the step
itself is right, and often enough the setting is the library's own matter. Where loading goes on to set things, as for
plots, libraries that are loaded while the step runs are not looked at: that is part of loading them, in each step.
"""

from __future__ import annotations

import decimal
import functools
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jupyter_kfp.spec.worker_events import StepError
from jupyter_kfp.worker import library_slots
from jupyter_kfp.worker.repeated_settings import when_imported
from jupyter_kfp.worker.shipped_modules import without_copies

_OWN_MATTER = re.compile(
    r"(KMP|OMP|MKL|OPENBLAS|NUMEXPR|VECLIB|BLIS|GOTO|TF|TF2|XLA|CUDA|NCCL|ROCM|HIP|PYTORCH|TORCH|TORCHINDUCTOR|TRITON|JAX"
    r"|KERAS|TOKENIZERS|TRANSFORMERS|HF|GRPC|QT|QTWEBENGINE|SDL|PYGAME|LOKY|JOBLIB|PYDEVD|RAY|DASK|MPL|JPY|WANDB|MLFLOW"
    r"|PYARROW|ARROW|GDAL|PROJ|R|LD|DYLD|PATHEXT|LC|SKLEARN|BOKEH|PL|POLARS|COLAB|VSCODE)(_\w*)?"
    r"|__\w+|COLUMNS|LINES|DISPLAY|LD_LIBRARY_PATH|PATH|PAGER|GIT_PAGER|TERM|CLICOLOR\w*|FORCE_COLOR"
)
"""Environment variables that libraries set for themselves while they are imported or used."""
_MOST_NAMES = 3


def _environ() -> Mapping[str, Any]:
    return {name: value for name, value in os.environ.items() if not _OWN_MATTER.fullmatch(name)}


def _folder() -> Mapping[str, Any]:
    try:
        return {"": str(Path.cwd())}
    except FileNotFoundError:  # removed by the step, which is right to do so with a folder of its own
        return {}


def _import_path() -> Mapping[str, Any]:
    return dict.fromkeys(without_copies(sys.path), True)


def _decimal_context() -> Mapping[str, Any]:
    context = decimal.getcontext()
    names = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")
    return {name: getattr(context, name) for name in names} | {"traps": dict(context.traps)}


def _logging() -> Mapping[str, Any]:
    return {"level of the root logger": logging.root.level, "logging.disable": logging.root.manager.disable}


def _limits() -> Mapping[str, Any]:
    return {"recursion limit": sys.getrecursionlimit()}


def _numpy_errors() -> Mapping[str, Any]:
    return library_slots.read_numpy_errors()[0]


_FACTS: dict[str, tuple[str, str, Callable[[], Mapping[str, Any]]]] = {
    "environ": ("environment variables", "", _environ),
    "folder": ("the working directory", "", _folder),
    "import_path": ("sys.path", "", _import_path),
    "decimal_context": ("the context of decimal", "", _decimal_context),
    "logging": ("logging", "", _logging),
    "limits": ("limits of the interpreter", "", _limits),
    "numpy_print": ("print options of numpy", "numpy", library_slots.read_numpy_print),
    "pandas_options": ("options of pandas", "pandas", library_slots.read_pandas),
    "plot_style": ("the style of matplotlib", "matplotlib", library_slots.read_plot_style),
    "numpy_errors": ("error handling of numpy", "numpy", _numpy_errors),
}
"""By slot: what it is called, the module that has to be loaded, and what it holds."""

_KNOWN_WHEN_LOADED = frozenset({"numpy_print", "numpy_errors", "pandas_options"})
"""Slots of libraries that nothing but a setting changes, once the library is loaded."""


class StateWatch:
    """Begins when it is made: after setup and inputs, before the first cell."""

    def __init__(self, foreseen: list[str]) -> None:
        self._before: dict[str, Mapping[str, Any]] = {}
        for name, (_, module, _) in _FACTS.items():
            if name not in foreseen and (not module or module in sys.modules or name in _KNOWN_WHEN_LOADED):
                when_imported(module or "sys", functools.partial(self._note, name))

    def _note(self, name: str) -> None:
        self._before[name] = _FACTS[name][2]()

    def warnings(self, step: str) -> list[StepError]:
        """What changed, one warning per slot."""
        found = []
        for name, before in self._before.items():
            label, _, read = _FACTS[name]
            changed = _differences(before, read())
            if changed:
                found.append(_warning(step, label, changed))
        return found


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [
        name
        for name in sorted({*before, *now})
        if name not in now or name not in before or not library_slots.same(before[name], now[name])
    ]


def _warning(step: str, label: str, changed: list[str]) -> StepError:
    shown = ", ".join(changed[:_MOST_NAMES]) + (" ..." if len(changed) > _MOST_NAMES else "")
    which = f" ({shown})" if shown else ""
    return StepError(
        code="KFP335",
        message=f"step {step}: code that it called changed {label}{which}; later steps, in processes of their own, "
        "do not have that",
        hint="if they need it, make the call in a cell tagged setup, or again in each step that needs it",
        details={"step": step, "changed": changed},
    )
