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
class FieldPath:
    """Where a value stands in the data."""

    text: str
    """As users read it, such as ``kfp.accelerator.count``."""
    keys: tuple[str | int, ...] | None = ()
    """Keys and indices from the top; None for what is no value: the key of a mapping."""

    def __str__(self) -> str:
        return self.text

    def at(self, key: str | int) -> FieldPath:
        """Of an entry."""
        text = f"{self.text}[{key}]" if isinstance(key, int) else f"{self.text}.{key}"
        return FieldPath(text, None if self.keys is None else (*self.keys, key))


@dataclass(frozen=True)
class FieldFault:
    """One thing wrong with the data."""

    path: FieldPath
    message: str
    hint: str
    unknown: bool = False
    """The field does not exist (else its value is wrong)."""
    meant: Any = msgspec.UNSET
    """The value, or for an unknown field the name, that was certainly meant."""

    @property
    def field(self) -> str:
        """The path as users read it."""
        return self.path.text


class Decoder:
    """Decodes one piece of metadata; collects faults in ``faults``."""

    def __init__(self) -> None:
        self.faults: list[FieldFault] = []

    def struct(self, data: Any, type_: type[msgspec.Struct], path: FieldPath) -> Any:
        """Decode to a struct. Fields at fault keep their default; a struct without a required field is left out."""
        if not isinstance(data, dict):
            self._wrong(path, data, "an object with " + ", ".join(type_.__struct_fields__))
            return _MISSING
        fields = {field.encode_name: field for field in msgspec.structs.fields(type_)}
        for key in data:
            if key not in fields:
                self._unknown(path.at(str(key)), str(key), sorted(fields), given=data)
        values = {}
        complete = True
        for name, field in fields.items():
            if name in data:
                value = self.value(data[name], field.type, path.at(name))
                if value is not _MISSING:
                    values[field.name] = value
                elif field.required:
                    complete = False
            elif field.required:
                self.faults.append(FieldFault(path.at(name), f"{path}.{name} is missing", f"write {name}"))
                complete = False
        return type_(**values) if complete else _MISSING

    def value(self, data: Any, type_: Any, path: FieldPath) -> Any:
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

    def _annotated(self, data: Any, parts: tuple[Any, ...], path: FieldPath) -> Any:
        for reading in (part for part in parts[1:] if isinstance(part, Reading)):
            try:
                data = reading.read(data)
            except InvalidQuantity as error:
                suggestion = f"did you mean “{error.suggestion}”? " if error.suggestion else ""
                message, hint = f"{path} is {_shown(data)}: {error}", f"{suggestion}Allowed is {reading.allowed}."
                self.faults.append(FieldFault(path, message, hint, meant=error.suggestion or msgspec.UNSET))
                return _MISSING
        return self.value(data, parts[0], path)

    def _literal(self, data: Any, allowed: tuple[Any, ...], path: FieldPath) -> Any:
        if data in allowed:
            return data
        listed = ", ".join(str(value) for value in allowed)
        meant = _nearest(data, allowed)
        hint = _suggested(meant) + f"Allowed: {listed}."
        message = f"{path} is {_shown(data)}, which is none of its values"
        self.faults.append(FieldFault(path, message, hint, meant=meant or msgspec.UNSET))
        return _MISSING

    def _list(self, data: Any, item: Any, path: FieldPath) -> Any:
        if not isinstance(data, (list, tuple)):
            self._wrong(path, data, "a list")
            return _MISSING
        values = [self.value(entry, item, path.at(index)) for index, entry in enumerate(data)]
        return [value for value in values if value is not _MISSING]

    def _dict(self, data: Any, types: tuple[Any, ...], path: FieldPath) -> Any:
        if not isinstance(data, dict):
            self._wrong(path, data, "an object of names and values")
            return _MISSING
        values = {}
        for key, entry in data.items():
            name = self.value(key, types[0], FieldPath(f"name “{key}” in {path}", None))
            value = self.value(entry, types[1], path.at(str(key)))
            if name is not _MISSING and value is not _MISSING:
                values[name] = value
        return values

    def _scalar(self, data: Any, type_: type, path: FieldPath) -> Any:
        if type_ is float and isinstance(data, int) and not isinstance(data, bool):
            return float(data)
        if isinstance(data, type_) and (type_ is bool or not isinstance(data, bool)):
            return data
        quoted = type_ is str and isinstance(data, (bool, int, float))
        text = str(data).lower() if isinstance(data, bool) else str(data)
        self._wrong(path, data, _WORDS[type_], text if quoted else msgspec.UNSET)
        return _MISSING

    def _wrong(self, path: FieldPath, data: Any, allowed: str, meant: Any = msgspec.UNSET) -> None:
        hint = "Correct the value." if meant is msgspec.UNSET else f"Write {_shown(meant)}."
        self.faults.append(FieldFault(path, f"{path} is {_shown(data)}, not {allowed}", hint, meant=meant))

    def _unknown(self, path: FieldPath, name: str, allowed: list[str], given: dict[str, Any]) -> None:
        meant = _nearest(name, allowed)
        hint = f"{_suggested(meant)}Allowed: {', '.join(allowed)}."
        certain = meant if meant and meant not in given else msgspec.UNSET
        fault = FieldFault(path, f"there is no option {path}", hint, unknown=True, meant=certain)
        self.faults.append(fault)


def is_missing(value: Any) -> bool:
    """Whether `Decoder` could not make a value."""
    return value is _MISSING


def _nearest(given: Any, allowed: Any) -> str:
    names = {str(value).lower(): str(value) for value in allowed}
    word = str(given).lower().replace("-", "_")
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    return names[close[0]] if close else ""


def _suggested(name: str) -> str:
    return f"did you mean “{name}”? " if name else ""


def _shown(value: Any) -> str:
    """Show a value as JSON, shortened."""
    text = msgspec.json.encode(value, enc_hook=repr).decode()
    return text if len(text) <= 60 else f"{text[:57]}..."
