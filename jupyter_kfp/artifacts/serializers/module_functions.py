"""Functions made inside the functions of a module, such as what a decorator returns.

No import finds them, so their code travels; the names that they use are those of their module, where they are loaded as
where they were made: a copy of the module's data would be another than the module's own.
"""

from __future__ import annotations

import importlib
import sys
import types
from typing import Any

from cloudpickle import cloudpickle

from jupyter_kfp.artifacts.serializers.notebook_objects import MAIN, function_state, set_function_state


def module_of_names(function: types.FunctionType) -> str | None:
    """The module in which a function looks up names, if it can be imported, and the function cannot."""
    name = function.__globals__.get("__name__")
    module = sys.modules.get(name) if isinstance(name, str) else None
    if module is None or name == MAIN or vars(module) is not function.__globals__ or module.__spec__ is None:
        return None
    by_reference = cloudpickle._should_pickle_by_reference(function)  # noqa: SLF001  not public
    return None if by_reference else name


def reduce_module_function(function: types.FunctionType, module: str) -> tuple[Any, ...]:
    """Reduction of such a function."""
    arguments = (module, function.__code__, "".join(function.__name__), function.__closure__)
    return make_module_function, arguments, function_state(function), None, None, set_function_state


def make_module_function(
    module: str, code: types.CodeType, name: str, closure: tuple[types.CellType, ...] | None
) -> types.FunctionType:
    """A function that looks up names in a module."""
    return types.FunctionType(code, vars(importlib.import_module(module)), name, None, closure)
