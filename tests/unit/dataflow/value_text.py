"""A value as text that is the same for the same content, in any process."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any

_NAMED = (types.ModuleType, types.BuiltinFunctionType, types.MethodType)
_PLAIN = (type(None), bool, int, float, complex, str, bytes, bytearray, range, slice)


class _UnknownContentError(Exception):
    """The value is an iterator, a file, a lock: nothing that text could tell."""


def text_of_variables(variables: Mapping[str, Any]) -> dict[str, str]:
    """Text of each variable, without modules and without those whose content is not known."""
    found = {}
    for name, value in variables.items():
        if name.startswith("_") or isinstance(value, types.ModuleType):
            continue
        try:
            found[name] = text_of(value)
        except _UnknownContentError:
            continue
    return found


def text_of(value: Any, seen: tuple[int, ...] = ()) -> str:
    """Text of a value and all that it holds; loops are cut."""
    kind = type(value)
    if kind in _PLAIN:
        return repr(value)
    if id(value) in seen:
        return "..."
    inner = (*seen, id(value))
    if isinstance(value, _NAMED):
        return f"{kind.__name__} {getattr(value, '__qualname__', value.__name__)}"
    if isinstance(value, types.FunctionType):
        return _function(value, inner)
    if isinstance(value, type):
        return _class(value, inner)
    return _container(value, inner) or _array(value, inner) or _instance(value, inner)


def _function(value: types.FunctionType, seen: tuple[int, ...]) -> str:
    cells = []
    for cell in value.__closure__ or ():
        try:
            cells.append(text_of(cell.cell_contents, seen))
        except ValueError:  # not bound
            cells.append("-")
    defaults = text_of([value.__defaults__, value.__kwdefaults__, vars(value)], seen)
    return f"{value.__qualname__}{value.__code__.co_varnames} {defaults} {cells}"


def _class(value: type, seen: tuple[int, ...]) -> str:
    if value.__module__ != "__main__":
        return value.__qualname__
    data = {
        name: each
        for name, each in vars(value).items()
        if not (name.startswith("__") or callable(each) or hasattr(type(each), "__get__"))
    }
    return f"{value.__qualname__}{[base.__qualname__ for base in value.__bases__]} {_members(data, seen)}"


def _container(value: Any, seen: tuple[int, ...]) -> str:
    kind = type(value).__name__
    own = f" {_members(vars(value), seen)}" if getattr(value, "__dict__", None) else ""
    if isinstance(value, dict):
        pairs = [f"{text_of(key, seen)}: {text_of(each, seen)}" for key, each in value.items()]
        return f"{kind}{{{', '.join(pairs)}}}{own}"
    if isinstance(value, set | frozenset):
        return f"{kind}{{{', '.join(sorted(text_of(each, seen) for each in value))}}}{own}"
    if isinstance(value, list | tuple):
        return f"{kind}[{', '.join(text_of(each, seen) for each in value)}]{own}"
    return ""


def _array(value: Any, seen: tuple[int, ...]) -> str:
    root = type(value).__module__.partition(".")[0]
    if root == "numpy" and hasattr(value, "tolist"):
        kind = f"{type(value).__name__} {getattr(value, 'dtype', '')} {getattr(value, 'shape', '')}"
        return f"{kind} {text_of(value.tolist(), seen)}"
    if root == "pandas" and hasattr(value, "to_dict"):
        columns = dict(value.items()) if hasattr(value, "columns") else {"": value}
        parts = [f"{name!r}: {each.dtype} {text_of(each.tolist(), seen)}" for name, each in columns.items()]
        return f"{type(value).__name__} {value.index.tolist()!r} {', '.join(parts)}"
    return ""


def _instance(value: Any, seen: tuple[int, ...]) -> str:
    kind = type(value)
    if kind.__module__ not in {"__main__", "types"}:
        text = repr(value)
        if text.startswith("<") or " at 0x" in text:
            raise _UnknownContentError
        return text
    slots = [name for base in kind.__mro__ for name in getattr(base, "__slots__", ())]
    members = {name: getattr(value, name) for name in slots if hasattr(value, name)}
    return f"{kind.__qualname__} {_members({**members, **getattr(value, '__dict__', {})}, seen)}"


def _members(members: Mapping[str, Any], seen: tuple[int, ...]) -> str:
    return str({name: text_of(each, seen) for name, each in sorted(members.items())})
