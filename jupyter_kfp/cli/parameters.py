"""Parameters of a run from ``-p name=value`` and ``--params-file``."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

from jupyter_kfp.errors import KfpError


def given_parameters(assignments: Sequence[str], file: str | None) -> dict[str, Any]:
    """Values of the file, then those of the command line, which win. The latter stay text: their type is declared."""
    values = read_parameters_file(Path(file)) if file else {}
    for assignment in assignments:
        name, separator, value = assignment.partition("=")
        if not separator or not name.strip():
            hint = f"Write -p {name.strip() or 'NAME'}=VALUE."
            raise KfpError("KFP253", f"-p {assignment!r} is not name=value", hint=hint, details={"given": assignment})
        values[name.strip()] = value
    return values


def read_parameters_file(path: Path) -> dict[str, Any]:
    """Read a JSON or YAML mapping. Raises `KfpError` KFP254 to KFP257."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        message = f"the parameters file {path} cannot be read: {reason}"
        raise KfpError("KFP254", message, details={"file": str(path)}) from error
    content = _parse_json(path, text) if path.suffix.lower() == ".json" else _parse_yaml(path, text)
    if not isinstance(content, dict):
        message = f"the parameters file {path} holds {_kind(content)}, not a mapping of names to values"
        raise KfpError("KFP256", message, hint="Write one NAME: VALUE per line.", details={"file": str(path)})
    for name in content:
        if not isinstance(name, str):
            message = f"the parameters file {path} has the name {name!r}, which is no text"
            raise KfpError("KFP256", message, hint=f'Put it in quotes: "{name}".', details={"file": str(path)})
    return content


def _parse_json(path: Path, text: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, value in pairs:
            if name in values:
                raise _duplicate(path, name)
            values[name] = value
        return values

    try:
        return json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise _unparsable(path, error.msg, error.lineno, error.colno) from error
    except RecursionError as error:
        raise _unparsable(path, "nested too deeply") from error


def _parse_yaml(path: Path, text: str) -> Any:
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C loader may be missing
        """The safe loader, but a name that comes twice is an error, and dates stay text, as JSON has none."""

    def construct_mapping(loader: Any, node: Any) -> dict[Any, Any]:
        loader.flatten_mapping(node)
        values: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            name = loader.construct_object(key_node, deep=True)
            if not isinstance(name, Hashable):
                raise _unparsable(path, "a list or mapping cannot be a name", key_node.start_mark.line + 1)
            if name in values:
                raise _duplicate(path, name, key_node.start_mark.line + 1)
            values[name] = loader.construct_object(value_node, deep=True)
        return values

    Loader.add_constructor("tag:yaml.org,2002:map", construct_mapping)
    Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node))
    try:
        return yaml.load(text, Loader)  # noqa: S506  # a subclass of the safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise _unparsable(path, error.problem or str(error), line, column) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise _unparsable(path, str(error)) from error


def _duplicate(path: Path, name: Any, line: int | None = None) -> KfpError:
    place = f" (line {line})" if line else ""
    message = f"the parameters file {path} has {name!r} twice{place}"
    return KfpError("KFP257", message, hint="Keep one of them.", details={"file": str(path), "name": str(name)})


def _unparsable(path: Path, reason: str, line: int | None = None, column: int | None = None) -> KfpError:
    place = f", line {line}" if line else ""
    place += f", column {column}" if column else ""
    kind = "JSON" if path.suffix.lower() == ".json" else "YAML"
    message = f"the parameters file {path}{place} is not {kind}: {reason}"
    return KfpError("KFP255", message, details={"file": str(path), "line": line, "column": column})


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    return {list: "a list", str: "a text", bool: "a truth value", int: "a number", float: "a number"}.get(
        type(value), f"a {type(value).__name__}"
    )
