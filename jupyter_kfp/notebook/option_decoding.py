"""Decode metadata into msgspec structs, reporting every fault with its field, what was given and what is allowed.

`msgspec.convert` stops at the first fault and does not name the key of a mapping; users deserve both. A type may be
annotated with `Reading`, which normalises a value (``"1h"`` to seconds) or refuses it.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from jupyter_kfp.notebook.quantities import InvalidQuantity

_MISSING: Any = object()
_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


@dataclass(frozen=True)
class Reading:
    """How a value of a field is read: ``read`` gives the normalised value or raises `InvalidQuantity`."""

    read: Callable[[Any], Any]
    allowed: str
    """What may be given, as it ends the sentence "allowed is ..."."""


@dataclass(frozen=True)
class FieldFault:
    """One thing wrong with the data."""

    field: str
    """Path, such as ``kfp.accelerator.count``."""
    message: str
    hint: str
    unknown: bool = False
    """The field does not exist (else its value is wrong)."""


class Decoder:
    """Decodes one piece of metadata; collects faults in ``faults``."""

    def __init__(self) -> None:
        self.faults: list[FieldFault] = []

    def struct(self, data: Any, type_: type[msgspec.Struct], path: str) -> Any:
        """Decode to a struct. Fields at fault keep their default; a struct without a required field is left out."""
        if not isinstance(data, dict):
            self._wrong(path, data, "an object with " + ", ".join(type_.__struct_fields__))
            return _MISSING
        fields = {field.encode_name: field for field in msgspec.structs.fields(type_)}
        for key in data:
            if key not in fields:
                self._unknown(f"{path}.{key}", str(key), sorted(fields))
        values = {}
        complete = True
        for name, field in fields.items():
            if name in data:
                value = self.value(data[name], field.type, f"{path}.{name}")
                if value is not _MISSING:
                    values[field.name] = value
                elif field.required:
                    complete = False
            elif field.required:
                self.faults.append(FieldFault(f"{path}.{name}", f"{path}.{name} is missing", f"write {name}"))
                complete = False
        return type_(**values) if complete else _MISSING

    def value(self, data: Any, type_: Any, path: str) -> Any:
        """Decode a value of any supported type; `_MISSING` (and a fault) if it is not of that type."""
        origin = get_origin(type_)
        if origin is Annotated:
            return self._annotated(data, get_args(type_), path)
        if origin in (Union, UnionType):
            inner = [part for part in get_args(type_) if part is not type(None)]
            return None if data is None and len(inner) < len(get_args(type_)) else self.value(data, inner[0], path)
        if origin is Literal:
            return self._literal(data, get_args(type_), path)
        if origin is list:
            return self._list(data, get_args(type_)[0], path)
        if origin is dict:
            return self._dict(data, get_args(type_), path)
        if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
            return self.struct(data, type_, path)
        return self._scalar(data, type_, path)

    def _annotated(self, data: Any, parts: tuple[Any, ...], path: str) -> Any:
        for reading in (part for part in parts[1:] if isinstance(part, Reading)):
            try:
                data = reading.read(data)
            except InvalidQuantity as error:
                suggestion = f"did you mean “{error.suggestion}”? " if error.suggestion else ""
                self.faults.append(
                    FieldFault(path, f"{path} is {_shown(data)}: {error}", f"{suggestion}Allowed is {reading.allowed}.")
                )
                return _MISSING
        return self.value(data, parts[0], path)

    def _literal(self, data: Any, allowed: tuple[Any, ...], path: str) -> Any:
        if data in allowed:
            return data
        listed = ", ".join(str(value) for value in allowed)
        self.faults.append(
            FieldFault(path, f"{path} is {_shown(data)}", _suggest(data, allowed) + f"Allowed: {listed}.")
        )
        return _MISSING

    def _list(self, data: Any, item: Any, path: str) -> Any:
        if not isinstance(data, (list, tuple)):
            self._wrong(path, data, "a list")
            return _MISSING
        values = [self.value(entry, item, f"{path}[{index}]") for index, entry in enumerate(data)]
        return [value for value in values if value is not _MISSING]

    def _dict(self, data: Any, types: tuple[Any, ...], path: str) -> Any:
        if not isinstance(data, dict):
            self._wrong(path, data, "an object of names and values")
            return _MISSING
        values = {}
        for key, entry in data.items():
            name = self.value(key, types[0], f"name “{key}” in {path}")
            value = self.value(entry, types[1], f"{path}.{key}")
            if name is not _MISSING and value is not _MISSING:
                values[name] = value
        return values

    def _scalar(self, data: Any, type_: type, path: str) -> Any:
        if type_ is float and isinstance(data, int) and not isinstance(data, bool):
            return float(data)
        if isinstance(data, type_) and (type_ is bool or not isinstance(data, bool)):
            return data
        quoted = type_ is str and isinstance(data, (bool, int, float))
        allowed = f'text: write "{str(data).lower() if isinstance(data, bool) else data}"' if quoted else _WORDS[type_]
        self._wrong(path, data, allowed)
        return _MISSING

    def _wrong(self, path: str, data: Any, allowed: str) -> None:
        self.faults.append(FieldFault(path, f"{path} is {_shown(data)}", f"Allowed is {allowed}."))

    def _unknown(self, path: str, name: str, allowed: list[str]) -> None:
        hint = f"{_suggest(name, allowed)}Allowed: {', '.join(allowed)}."
        self.faults.append(FieldFault(path, f"there is no option {path}", hint, unknown=True))


def is_missing(value: Any) -> bool:
    """Whether `Decoder` could not make a value."""
    return value is _MISSING


def _suggest(given: Any, allowed: Any) -> str:
    names = {str(value).lower(): str(value) for value in allowed}
    word = str(given).lower().replace("-", "_")
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    return f"did you mean “{names[close[0]]}”? " if close else ""


def _shown(value: Any) -> str:
    """Show a value as JSON, shortened."""
    text = msgspec.json.encode(value, enc_hook=repr).decode()
    return text if len(text) <= 60 else f"{text[:57]}..."
