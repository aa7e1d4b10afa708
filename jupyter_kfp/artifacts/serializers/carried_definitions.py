"""What steps change in functions and classes: attributes, defaults, variables of closures.

A value that refers to a function or class of the setup names it, and each step has it as the setup makes it. Only
where the definition itself is handed on, as a variable of its own, what was changed in it goes along and is set again
where it is loaded; the object stays the one that the setup made there.
"""

from __future__ import annotations

import contextlib
import enum
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

MAIN = "__main__"
_FIXED: tuple[type, ...] = (
    type(None), bool, int, float, complex, str, bytes, range, type(...), type, types.FunctionType,
    types.BuiltinFunctionType, types.WrapperDescriptorType, types.MethodDescriptorType, types.ModuleType,
    staticmethod, classmethod, property,
)  # fmt: skip
"""What need not be handed on while it is the object that the definition began with."""
_OF_THE_CLASS = frozenset({
    "__dict__", "__weakref__", "__module__", "__qualname__", "__slots__", "__abstractmethods__", "_abc_impl",
    "__orig_bases__", "__parameters__", "__static_attributes__", "__firstlineno__", "__classcell__",
})  # fmt: skip
_SLOTS = (types.MemberDescriptorType, types.GetSetDescriptorType)
_UNBOUND = "unbound"


class Definition:
    """Wraps a function or class for the pickler: written with its state."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def has_state(value: object) -> bool:
    """Whether this is a function or class of the notebook, which can be changed."""
    if isinstance(value, type):
        return value.__module__ == MAIN and not issubclass(value, enum.Enum)
    if not isinstance(value, types.FunctionType) or value.__module__ != MAIN:
        return False
    return not {"registry", "dispatch"} <= vars(value).keys()  # `functools.singledispatch` makes it again.


def parts_of(value: Any) -> dict[str, Any]:
    """Everything in a definition that can be set, by name; of a closure's variables by number."""
    if isinstance(value, type):
        return {
            name: each
            for name, each in vars(value).items()
            if name not in _OF_THE_CLASS and not isinstance(each, _SLOTS)
        }
    parts = {f"attribute {name}": each for name, each in vars(value).items()}
    parts |= {"__defaults__": value.__defaults__, "__kwdefaults__": value.__kwdefaults__}
    return parts | {f"cell {number}": _content(cell) for number, cell in enumerate(value.__closure__ or ())}


def state_of(value: Any, before: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Parts to hand on, and names of those that are gone; `before` are the parts it began with."""
    parts = parts_of(value)
    kept = {name: each for name, each in parts.items() if before.get(name, before) is not each or _may_change(each)}
    return kept, [name for name in before if name not in parts]


def _may_change(value: object) -> bool:
    """Whether something that is still the same object may hold something else by now."""
    if type(value) in _FIXED or isinstance(value, type):
        return False
    return not (type(value) is tuple and all(type(each) in _FIXED for each in value))


def _content(cell: types.CellType) -> Any:
    try:
        return (cell.cell_contents,)
    except ValueError:
        return _UNBOUND


# --- what pickle streams call; the names are part of the format


class _Restoring:
    allowed = True


@contextmanager
def without_restoring() -> Iterator[None]:
    """Load a file once more without setting the state of definitions back to what it was."""
    _Restoring.allowed = False
    try:
        yield
    finally:
        _Restoring.allowed = True


def restored_definition(value: Any) -> Any:
    """The function or class itself."""
    return value


def set_definition_state(value: Any, state: tuple[dict[str, Any], list[str]]) -> Any:
    """Give a function or class the parts that it had where it was saved."""
    if not _Restoring.allowed:
        return value
    kept, gone = state
    now = parts_of(value)
    for name in gone:
        if name in now:
            delattr(value, name.removeprefix("attribute "))
    for name, each in kept.items():
        if not _is_same_code(now.get(name), each):
            _set_part(value, name, each)
    return value


def _set_part(value: Any, name: str, part: Any) -> None:
    kind, _, number = name.partition(" ")
    if isinstance(value, type) or kind.startswith("__"):
        setattr(value, name, part)
    elif kind == "attribute":
        setattr(value, number, part)
    elif part == _UNBOUND:
        with contextlib.suppress(ValueError):
            del value.__closure__[int(number)].cell_contents
    else:
        value.__closure__[int(number)].cell_contents = part[0]


def _is_same_code(now: object, part: object) -> bool:
    """Whether a method is there already, as it came with the class: it need not become another object."""
    return (
        isinstance(now, types.FunctionType)
        and isinstance(part, types.FunctionType)
        and (now.__code__ == part.__code__ and now.__closure__ is None and now.__defaults__ == part.__defaults__)
    )
