"""State of the user's own modules, carried from step to step like a variable.

The compiler knows which data of a module changes, and in which steps. A `ModuleState` is a variable of the notebook
whose pickled form is that data at the time of saving; loading it gives it to the module of the loading process. Objects
stay the objects that they are as far as possible, since others may have them under other names: they are given new
content.
"""

from __future__ import annotations

import importlib
import random
import types
from collections import deque
from typing import Any

from jupyter_kfp.worker import shipped_modules

_ABSENT = "absent"
_VALUE = "value"
_PARTS = "parts"
Part = tuple[str, Any]
"""What became of a name: it is absent, has a value, or (a class, a function) attributes that are values."""


class ModuleState:
    """Stands for the data of a module in this process that steps change."""

    def __init__(self, module: str) -> None:
        self.module = module

    def __repr__(self) -> str:
        """Say what it is."""
        return f"<state of module {self.module}>"

    @property
    def parts(self) -> dict[str, Any]:
        """What is taken, by name."""
        loaded = vars(importlib.import_module(self.module))
        return {name: _part(loaded, name)[1] for name in shipped_modules.carried_names(self.module)}

    def __reduce__(self) -> tuple[Any, ...]:
        """Take the data now."""
        loaded = vars(importlib.import_module(self.module))
        data = {name: _part(loaded, name) for name in shipped_modules.carried_names(self.module)}
        return restore, (self.module, data)


def carried(module: str) -> ModuleState:
    """The one of a module in this process."""
    known = _STATES.get(module)
    if known is None:
        known = _STATES[module] = ModuleState(module)
    return known


def restore(module: str, data: dict[str, Part]) -> ModuleState:
    """Give a module of this process its data."""
    loaded = importlib.import_module(module)
    for name, part in data.items():
        _give(loaded, name, part)
    return carried(module)


_STATES: dict[str, ModuleState] = {}


def _part(names: dict[str, Any], name: str) -> Part:
    if name not in names:
        return _ABSENT, None
    value = names[name]
    if isinstance(value, type | types.FunctionType) and (value.__module__, value.__qualname__) != (
        names["__name__"],
        name,
    ):
        return _VALUE, value  # another one than the module itself defines
    if isinstance(value, type):
        return _PARTS, {key: each for key, each in vars(value).items() if _is_data(key, each)}
    if isinstance(value, types.FunctionType):
        defaults = {"__defaults__": value.__defaults__, "__kwdefaults__": value.__kwdefaults__}
        return _PARTS, {**value.__dict__, **defaults}
    return _VALUE, value


def _is_data(key: str, value: object) -> bool:
    """Whether an attribute of a class is data that its methods may change."""
    plain = not isinstance(value, types.FunctionType | classmethod | staticmethod | property | type)
    return plain and not (key.startswith("__") and key.endswith("__")) and not hasattr(type(value), "__get__")


def _give(module: types.ModuleType, name: str, part: Part) -> None:
    kind, given = part
    if kind == _ABSENT:
        vars(module).pop(name, None)
    elif kind == _VALUE:
        known = vars(module).get(name)
        if not give_content(known, given):
            setattr(module, name, given)
    else:
        holder = getattr(module, name)
        for key, value in given.items():
            if not give_content(vars(holder).get(key), value):
                setattr(holder, key, value)


def give_content(known: Any, given: Any) -> bool:
    """Give an object the content of another one of its type; whether that was possible."""
    if type(known) is not type(given):
        return False
    if isinstance(known, dict):
        known.clear()
        known.update(given)
    elif isinstance(known, list | bytearray):
        known[:] = given
    elif isinstance(known, set):
        known.clear()
        known |= given
    elif isinstance(known, deque):
        known.clear()
        known.extend(given)
    elif isinstance(known, random.Random):
        known.setstate(given.getstate())
    else:
        return _give_state(known, given)
    return True


def _give_state(known: Any, given: Any) -> bool:
    """Of an object that is no container: of a generator of numpy, or of an instance with attributes."""
    generator = getattr(known, "bit_generator", None)
    if generator is not None and type(known).__module__.startswith("numpy.random"):
        generator.state = given.bit_generator.state
        return True
    if type(known).__module__ == "numpy.random.mtrand":
        known.set_state(given.get_state())
        return True
    own_ways = ("__reduce__", "__reduce_ex__", "__getstate__", "__slots__")
    is_plain = not any(name in vars(base) for base in type(known).__mro__[:-1] for name in own_ways)
    if isinstance(known, types.FunctionType | type) or not hasattr(known, "__dict__") or not is_plain:
        return False
    known.__dict__.clear()
    known.__dict__.update(given.__dict__)
    return True
