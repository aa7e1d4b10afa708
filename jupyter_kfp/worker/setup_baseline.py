"""Values that are made by the setup, or are classes: how they were before the step's first cell, for the guard.

They have no file of their own to be compared with, so one is written, into the folder of the session.
"""

from __future__ import annotations

import enum
import types
from pathlib import Path
from typing import Any

from jupyter_kfp.artifacts.serializers.notebook_objects import MAIN, NotebookNames
from jupyter_kfp.artifacts.serializers.pickled_value import pickle_value, save_pickled
from jupyter_kfp.artifacts.serializers.value_file import OpenValueFile, open_value_file

_FIXED: tuple[type, ...] = (
    type(None), bool, int, float, complex, str, bytes, range, types.ModuleType, types.BuiltinFunctionType,
)  # fmt: skip
"""Exact types of which nothing can change; modules are known by name."""


UNNAMED_LIMIT = 16 * 2**20
"""Bytes; see `keep_baseline`."""


def keep_baseline(
    name: str, value: object, names: NotebookNames, folder: Path, *, limit: int | None = None
) -> OpenValueFile | None:
    """Write the state of a value to a file. None if nothing of it can change, or if it cannot be pickled at all.

    What cannot be pickled (a lock, a connection) is not guarded, nor what needs more than `limit` bytes: to write
    large data once more in each step, although its code does not use it, costs more than it is likely to find.
    Raises `OSError`.
    """
    if type(value) in _FIXED:
        return None
    state = state_of(value)
    if isinstance(state, list | dict) and state is not value and not any(state):
        return None
    try:
        pickled = pickle_value(state, names)
    except Exception:  # noqa: BLE001  reducers of any library run here; see above
        return None
    if limit is not None and pickled.size > limit:
        return None
    path = folder / f"baseline-{name}"
    save_pickled(path, [name], pickled)
    return open_value_file(path, verify=False)


def state_of(value: object) -> object:
    """What can change in a value: of a function or class, which are pickled by name, what hangs on it."""
    if isinstance(value, types.FunctionType):
        return [
            value.__defaults__,
            value.__kwdefaults__,
            value.__dict__,
            [_content(cell) for cell in value.__closure__ or ()],
        ]
    if is_notebook_class(value):
        return {name: each for name, each in vars(value).items() if _is_data(name, each)}
    return value


def is_notebook_class(value: object) -> bool:
    """Whether this is a class that the notebook defines, with attributes that may change."""
    return isinstance(value, type) and value.__module__ == MAIN and not issubclass(value, enum.Enum)


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # Not bound.
        return None


def _is_data(name: str, value: object) -> bool:
    if name == "_abc_impl" or (name.startswith("__") and name.endswith("__")):
        return False
    return not (callable(value) or hasattr(type(value), "__get__"))
