"""What steps change in functions and classes: attributes, defaults, variables of closures.

A value that refers to a function or class of the setup names it, and each step has it as the setup makes it. Only where
the definition itself is handed on, as a variable of its own, what was changed in it goes along and is set again where
it is loaded; the object stays the one that the setup made there. It is set last, when all inputs are loaded: to make a
class may call what its base class does about that (``__init_subclass__``), and that was done already.
"""

from __future__ import annotations

import abc
import contextlib
import enum
import functools
import types
from collections.abc import Iterable, Iterator, Mapping
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
_REGISTERED = "abc registry"
_SUBCLASSES = "subclasses"
_IMPLEMENTATIONS = "implementations"
DISPATCH_CODE: types.CodeType = vars(types.FunctionType)["__code__"].__get__(functools.singledispatch(lambda _: None))
"""Of each function that `functools.singledispatch` makes."""


class Definition:
    """Wraps a function or class for the pickler: written with its state."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def has_state(value: object) -> bool:
    """Whether this is a function or class of the notebook, which can be changed."""
    if isinstance(value, type):
        return value.__module__ == MAIN and not issubclass(value, enum.Enum)
    return isinstance(value, types.FunctionType) and value.__module__ == MAIN


def parts_of(value: Any) -> dict[str, Any]:
    """Everything in a definition that can be set, by name; of a closure's variables by number."""
    if isinstance(value, type):
        return _parts_of_class(value)
    if value.__code__ is DISPATCH_CODE:
        return {_IMPLEMENTATIONS: tuple(value.registry.items())}
    parts = {f"attribute {name}": each for name, each in vars(value).items()}
    parts |= {"__defaults__": value.__defaults__, "__kwdefaults__": value.__kwdefaults__}
    return parts | {f"cell {number}": _content(cell) for number, cell in enumerate(value.__closure__ or ())}


def _parts_of_class(cls: type) -> dict[str, Any]:
    parts: dict[str, Any] = {
        name: each for name, each in vars(cls).items() if name not in _OF_THE_CLASS and not isinstance(each, _SLOTS)
    }
    if isinstance(cls, abc.ABCMeta):
        registry = abc._get_dump(cls)[0]  # type: ignore[attr-defined]  # noqa: SLF001  there is no other way
        registered: list[Any] = [reference() for reference in registry]
        parts[_REGISTERED] = tuple(sorted((each for each in registered if each is not None), key=_qualified))
    # Those that only ``__subclasses__`` knows of.
    below: list[type] = type.__subclasses__(cls)
    return parts | {_SUBCLASSES: tuple(sorted((each for each in below if each.__module__ == MAIN), key=_qualified))}


def _qualified(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def state_of(value: Any, before: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Parts to hand on, and names of those that are gone; `before` are the parts it began with."""
    parts = parts_of(value)
    kept = {name: each for name, each in parts.items() if _is_new(before.get(name, before), each) or _may_change(each)}
    return kept, [name for name in before if name not in parts]


def _is_new(before: object, now: object) -> bool:
    return before is not now and not (type(before) is tuple and type(now) is tuple and before == now)


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
    later: list[tuple[Any, tuple[dict[str, Any], list[str]]]] | None = None


@contextmanager
def without_restoring() -> Iterator[None]:
    """Load a file once more without setting the state of definitions back to what it was."""
    _Restoring.allowed = False
    try:
        yield
    finally:
        _Restoring.allowed = True


@contextmanager
def restoring_last() -> Iterator[None]:
    """Set the state of definitions when all is loaded."""
    outer = _Restoring.later
    later: list[tuple[Any, tuple[dict[str, Any], list[str]]]] = []
    _Restoring.later = later if outer is None else outer
    try:
        yield
    finally:
        _Restoring.later = outer
    for value, state in later:
        _restore(value, *state)


def restored_definition(value: Any) -> Any:
    """The function or class itself."""
    return value


def set_definition_state(value: Any, state: tuple[dict[str, Any], list[str]]) -> Any:
    """Give a function or class the parts that it had where it was saved."""
    if _Restoring.allowed and _Restoring.later is not None:
        _Restoring.later.append((value, state))
    return value


def _restore(value: Any, kept: Mapping[str, Any], gone: Iterable[str]) -> None:
    now = parts_of(value)
    for name in gone:
        if name in now:
            delattr(value, name.removeprefix("attribute "))
    for name, each in kept.items():
        if not _is_same_code(now.get(name), each):
            _set_part(value, name, each)


def _set_part(value: Any, name: str, part: Any) -> None:
    kind, _, number = name.partition(" ")
    if name == _REGISTERED:
        for each in part:
            value.register(each)
    elif name == _IMPLEMENTATIONS:
        for kind, implementation in part:
            value.register(kind, implementation)
    elif name == _SUBCLASSES:
        return  # they are there: they were loaded
    elif isinstance(value, type) or kind.startswith("__"):
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
