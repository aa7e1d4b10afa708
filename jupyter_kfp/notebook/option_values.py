"""Types of the values of options: how each is read, normalised and described."""

from __future__ import annotations

import math
import posixpath
import re
import unicodedata
from collections.abc import Callable
from typing import Annotated, Any

from jupyter_kfp import ids
from jupyter_kfp.notebook.option_decoding import Reading
from jupyter_kfp.notebook.quantities import InvalidQuantity, check_cpu, check_memory, seconds

_DNS = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_LABEL = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_MAX_DESCRIPTION = 1024


def _quantity(check: Callable[[str], Any], allowed: str) -> Reading:
    def read(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise InvalidQuantity("it is not a quantity")
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidQuantity("it is not a number")
        text = f"{value:f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value).strip()
        check(text)
        return text

    return Reading(read, allowed)


def _pattern(pattern: str, allowed: str, *, longest: int = 253) -> Reading:
    compiled = re.compile(pattern)

    def read(value: Any) -> Any:
        if not isinstance(value, str):
            raise InvalidQuantity("it is not text")
        if len(value) > longest:
            raise InvalidQuantity(f"it has {len(value)} characters, more than {longest}")
        if not compiled.fullmatch(value):
            raise InvalidQuantity("it is not valid" if value else "it is empty")
        return value

    return Reading(read, allowed)


def _whole(least: int) -> Reading:
    def read(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidQuantity("it is not a whole number")
        if not least <= value < 2**31:
            raise InvalidQuantity(f"it is {'less than ' + str(least) if value < least else 'too large'}")
        return value

    return Reading(read, f"a whole number, {least} or more")


def _read_factor(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 1 <= value < 1000:
        raise InvalidQuantity("it is not a number from 1 to 1000")
    return float(value)


def _read_seconds(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise InvalidQuantity("it is not a duration")
    return seconds(value)


def _read_retries(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return {"count": value}
    if not isinstance(value, dict):
        raise InvalidQuantity("it is neither a number nor an object")
    return value


def _read_variable(value: Any) -> Any:
    if not isinstance(value, str) or not value.isidentifier():
        raise InvalidQuantity("it is not a name of Python")
    return unicodedata.normalize("NFKC", value)


def _read_file_path(value: Any) -> Any:
    if not isinstance(value, str) or not value or "\\" in value or "\0" in value:
        raise InvalidQuantity("it is not a path with “/”")
    path = posixpath.normpath(value)
    if path.startswith(("/", "~", "../")) or path in {".", ".."}:
        raise InvalidQuantity("it does not lie below the notebook's folder")
    return path


def _read_description(value: Any) -> Any:
    if not isinstance(value, str):
        raise InvalidQuantity("it is not text")
    if len(value) > _MAX_DESCRIPTION:
        raise InvalidQuantity(f"it has {len(value)} characters")
    return value


def _read_pipeline_name(value: Any) -> Any:
    if not isinstance(value, str) or not ids.normalise_name(value):
        raise InvalidQuantity("it is not a name")
    name = ids.normalise_name(value)
    if len(name) > ids.MAX_NAME_LENGTH:
        raise InvalidQuantity(f"it has {len(name)} characters, more than {ids.MAX_NAME_LENGTH}")
    return name


RETRIES = Reading(_read_retries, "a number of retries, or an object with count, backoff_seconds, factor, max_seconds")

Cpu = Annotated[str, _quantity(check_cpu, "a number of CPUs, such as 2, 0.5 or “500m”")]
Memory = Annotated[str, _quantity(check_memory, "a number of bytes with a unit, such as “512Mi” or “4Gi”")]
Seconds = Annotated[float, Reading(_read_seconds, "a number of seconds, or text such as “90s”, “10m”, “1h30m”")]
Factor = Annotated[float, Reading(_read_factor, "a number from 1 to 1000")]
Count = Annotated[int, _whole(0)]
PositiveCount = Annotated[int, _whole(1)]
Text = Annotated[str, _pattern(r".*\S.*", "text that is not empty", longest=1024)]
Image = Annotated[str, _pattern(r"[^\s]+", "the name of a container image, such as “python:3.12”", longest=1024)]
ObjectName = Annotated[str, _pattern(_DNS, "a Kubernetes name: lower case letters, digits, “-” and “.”")]
ResourceName = Annotated[
    str, _pattern(rf"({_DNS}/)?{_LABEL}", "the name of a Kubernetes resource, such as “nvidia.com/gpu”", longest=317)
]
LabelKey = Annotated[str, _pattern(rf"({_DNS}/)?{_LABEL}", "a Kubernetes label: “name” or “domain/name”", longest=317)]
LabelValue = Annotated[
    str, _pattern(rf"({_LABEL})?", "a Kubernetes label value: up to 63 letters, digits, “-”, “_” and “.”", longest=63)
]
EnvironmentName = Annotated[
    str, _pattern(r"[A-Za-z_][A-Za-z0-9_]*", "a name of letters, digits and “_”, not beginning with a digit")
]
AbsolutePath = Annotated[str, _pattern(r"/[^:\0]*", "an absolute path without “:”", longest=4096)]
VariableName = Annotated[str, Reading(_read_variable, "the name of a variable")]
FilePath = Annotated[
    str, Reading(_read_file_path, "the path of a file or folder below the notebook's folder, such as “out/model.bin”")
]
Description = Annotated[str, Reading(_read_description, f"text of at most {_MAX_DESCRIPTION} characters")]
PipelineName = Annotated[str, Reading(_read_pipeline_name, f"a name of at most {ids.MAX_NAME_LENGTH} characters")]

_SHORT_FORMS = {
    "cpu": ["string", "number"],
    "cpu_request": ["string", "number"],
    "memory": ["string", "number"],
    "memory_request": ["string", "number"],
    "empty_dir": ["string", "number"],
    "timeout": ["string", "number"],
    "backoff_seconds": ["string", "number"],
    "max_seconds": ["string", "number"],
    "retries": ["integer"],
}


def complete_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Add to msgspec's schema the short forms that are read beside the declared type."""
    for definition in schema.get("$defs", {}).values():
        for name, types in _SHORT_FORMS.items():
            field = definition.get("properties", {}).get(name)
            if field is None:
                continue
            present = field.setdefault("anyOf", [])
            known = {option.get("type") for option in present}
            present += [{"type": type_} for type_ in types if type_ not in known]
    return schema
