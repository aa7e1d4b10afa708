"""Read a notebook file: nbformat 4, any minor version, without nbformat itself (its import costs a fifth of a second).

Outputs are skipped while decoding, so a notebook of 50 MB, nearly all outputs, is read in tens of milliseconds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NoReturn

import msgspec

from jupyter_kfp.errors import KfpError
from jupyter_kfp.notebook.notebook import Notebook, NotebookCell

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_OTHER_ENCODINGS = {
    b"\xff\xfe": "UTF-16 (little endian)",
    b"\xfe\xff": "UTF-16 (big endian)",
}
_CELL_PATH = re.compile(r"\$\.cells\[(\d+)\]\.?(.*)")
_EXPECTED = re.compile(r"Expected `([^`]*)`, got `([^`]*)`")
_TYPE_WORDS = {
    "str": "text",
    "array": "a list",
    "object": "an object",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
}
_CONFLICT = re.compile(rb"^(<<<<<<< |>>>>>>> )", re.MULTILINE)


class _RawCell(msgspec.Struct):
    cell_type: Literal["code", "markdown", "raw"]
    source: str | list[str] = ""
    id: str = ""
    metadata: dict[str, Any] = {}


class _RawNotebook(msgspec.Struct):
    nbformat: int
    cells: list[_RawCell]
    metadata: dict[str, Any] = {}


class _Version(msgspec.Struct):
    nbformat: Any = None
    worksheets: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def read_notebook(
    source: Path | Mapping[str, Any] | bytes, *, name: str | None = None, file: Path | None = None
) -> Notebook:
    """Read a notebook from a file, from parsed JSON, or from the bytes of a file, which `file` may name.

    ``name`` is the notebook's name; by default the file name without folder and suffix, else ``notebook``. Cells
    without an id are called ``cell-<number>``. Two cells with the same id are tolerated: a cell's identity is its
    position.

    Raises `KfpError`: KFP111 for a notebook of an older major format, KFP112 for what is no notebook (with the place
    of the fault), KFP113 for a file that is missing or cannot be read. ``details`` carries ``cell`` or ``line``
    where known, and ``file``.
    """
    if isinstance(source, Path):
        file, source = source, read_bytes(source)
    if file is None:
        return _read(source, name or "notebook", "the notebook", {})
    return _read(source, name or file.stem or "notebook", file.name, {"file": str(file)})


def read_bytes(path: Path) -> bytes:
    """The file as it is. Raises `KfpError` KFP113 if it cannot be read."""
    details = {"file": str(path)}
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise KfpError("KFP113", f"there is no file {path}", hint=_nearby(path), details=details) from None
    except IsADirectoryError:
        raise KfpError(
            "KFP113", f"{path} is a folder, not a notebook", hint="name a file that ends in .ipynb", details=details
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise KfpError(
            "KFP113", f"{path} cannot be read: {reason}", hint="check the path and its permissions", details=details
        ) from None


def _nearby(path: Path) -> str:
    """Suggest a notebook of the same folder."""
    import difflib

    try:
        names = sorted(entry.name for entry in path.parent.glob("*.ipynb"))
    except (OSError, ValueError):
        names = []
    close = difflib.get_close_matches(path.name, names, n=1) or difflib.get_close_matches(path.stem, names, n=1)
    if close:
        return f"did you mean {path.parent / close[0]}?"
    return "check the path" + (f"; in that folder there are {', '.join(names[:5])}" if names else "")


def _read(source: Mapping[str, Any] | bytes, name: str, label: str, details: dict[str, Any]) -> Notebook:
    if isinstance(source, (bytes, bytearray, memoryview)):
        raw = _decode(bytes(source), label, details)
    else:
        raw = _convert(dict(source), label, details)
    cells = [_cell(number, cell, label, details) for number, cell in enumerate(raw.cells, start=1)]
    kernelspec = _mapping(raw.metadata, "kernelspec", label, details)
    language_info = _mapping(raw.metadata, "language_info", label, details)
    language = kernelspec.get("language") or language_info.get("name") or "python"
    return Notebook(
        name=name,
        cells=cells,
        kernel=str(kernelspec.get("name") or "python3"),
        language=str(language).lower(),
        kfp=_mapping(raw.metadata, "kfp", label, details),
        metadata=raw.metadata,
    )


def _decode(data: bytes, label: str, details: dict[str, Any]) -> _RawNotebook:
    for mark, encoding in _OTHER_ENCODINGS.items():
        if data.startswith(mark):
            _refuse(f"{label} is encoded in {encoding}, a notebook is UTF-8", "save it as UTF-8", details)
    data = data.removeprefix(_BYTE_ORDER_MARK)
    if not data.strip():
        _refuse(f"{label} is empty (not even an empty notebook is)", "save the notebook from Jupyter", details)
    try:
        return msgspec.json.decode(data, type=_RawNotebook)
    except msgspec.ValidationError as error:
        _refuse_version(_probe_version(data), label, details)
        _refuse_invalid(error, label, details)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Slower, but it takes the NaN and Infinity that Python's own writer leaves in outputs, and names the place.
        return _convert(_decode_leniently(data, label, details), label, details)


def _probe_version(data: bytes) -> _Version | None:
    try:
        return msgspec.json.decode(data, type=_Version)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _decode_leniently(data: bytes, label: str, details: dict[str, Any]) -> Any:
    try:
        return json.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        _refuse(
            f"{label} is not UTF-8: byte 0x{data[error.start]:02x} in line {line} of the file",
            "save the notebook as UTF-8",
            {**details, "file_line": line},
        )
    except json.JSONDecodeError as error:
        place = {**details, "file_line": error.lineno, "file_column": error.colno}
        if _CONFLICT.search(data):
            _refuse(f"{label} has merge conflict markers of git in it", "resolve the conflict, e.g. with nbdime", place)
        if error.pos >= len(error.doc.rstrip()) or "Unterminated" in error.msg:
            _refuse(f"{label} is cut off in line {error.lineno}", "save or copy the notebook again", place)
        if not data.lstrip().startswith(b"{"):
            _refuse(f"{label} is no notebook: it does not begin with {{", "name a notebook (.ipynb) file", place)
        _refuse(
            f"{label} is not JSON: something is missing or too much at line {error.lineno}, column {error.colno}",
            "mend that place of the file, or take the last version that Jupyter saved",
            place,
        )
    except RecursionError:
        _refuse(f"{label} is nested too deeply to be a notebook", "name a notebook (.ipynb) file", details)


def _convert(data: Any, label: str, details: dict[str, Any]) -> _RawNotebook:
    try:
        return msgspec.convert(data, _RawNotebook)
    except msgspec.ValidationError as error:
        if isinstance(data, dict):
            _refuse_version(
                _Version(data.get("nbformat"), msgspec.Raw() if "worksheets" in data else msgspec.UNSET), label, details
            )
        _refuse_invalid(error, label, details)


def _refuse_version(version: _Version | None, label: str, details: dict[str, Any]) -> None:
    if version is None or isinstance(version.nbformat, bool) or not isinstance(version.nbformat, int):
        return
    if version.nbformat < 4 or version.worksheets is not msgspec.UNSET:
        raise KfpError(
            "KFP111",
            f"{label} has nbformat {version.nbformat}; jupyter_kfp reads nbformat 4",
            hint=f"convert it: jupyter nbconvert --to notebook --nbformat 4 --inplace {label}",
            details=details,
        )
    if version.nbformat > 4:
        _refuse(
            f"{label} has nbformat {version.nbformat}, newer than this jupyter_kfp knows (4)",
            "save it as nbformat 4, or update jupyter_kfp",
            details,
        )


def _refuse_invalid(error: msgspec.ValidationError, label: str, details: dict[str, Any]) -> NoReturn:
    """Turn msgspec's path into the cell and field that a user knows."""
    problem, _, path = str(error).partition(" - at `")
    problem = _EXPECTED.sub(lambda match: f"it is {_in_words(match[2])}, not {_in_words(match[1])}", problem)
    path = path.rstrip("`")
    match = _CELL_PATH.match(path)
    if match:
        number = int(match[1]) + 1
        where = f"cell {number}" + (f", field {match[2]}" if match[2] else "")
        _refuse(f"{label} is not a valid notebook: {where}: {problem}", None, {**details, "cell": number})
    where = f", field {path.removeprefix('$.')}" if path else ""
    _refuse(
        f"{label} is not a notebook{where}: {problem}",
        "name a notebook (.ipynb) file; it is a JSON object with nbformat and cells",
        details,
    )


def _in_words(types: str) -> str:
    """What msgspec calls ``str | array``, as people say it."""
    return " or ".join(_TYPE_WORDS.get(name, name) for name in types.split(" | "))


def _cell(number: int, raw: _RawCell, label: str, details: dict[str, Any]) -> NotebookCell:
    details = {**details, "cell": number}
    source = raw.source if isinstance(raw.source, str) else "".join(raw.source)
    try:
        source.encode("utf-8")
    except UnicodeEncodeError as error:
        line = source.count("\n", 0, error.start) + 1
        _refuse(
            f"{label}: cell {number}, line {line} has half of a character (U+{ord(source[error.start]):04X})",
            "delete it or write it again",
            {**details, "line": line},
        )
    where = f"{label}, cell {number}"
    return NotebookCell(
        number=number,
        id=raw.id or f"cell-{number}",
        cell_type=raw.cell_type,
        source=source,
        tags=_tags(raw.metadata.get("tags"), where, details),
        kfp=_mapping(raw.metadata, "kfp", where, details),
        metadata=raw.metadata,
    )


def _tags(value: Any, where: str, details: dict[str, Any]) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)) or not all(isinstance(tag, str) for tag in value):
        _refuse(f"{where}: metadata.tags is not a list of texts", 'write it as ["step:train"]', details)
    return tuple(value)


def _mapping(metadata: dict[str, Any], key: str, where: str, details: dict[str, Any]) -> dict[str, Any]:
    value = metadata.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        _refuse(f"{where}: metadata.{key} is {type(value).__name__}, not an object", "correct the metadata", details)
    return dict(value)


def _refuse(message: str, hint: str | None, details: dict[str, Any]) -> NoReturn:
    raise KfpError("KFP112", message, hint=hint, details=details)
