"""The examples in the pages of rules: notebooks as text, which are compiled to show, and to test, what the page says.

The text is the percent format that editors know, with the metadata of a cell as ``key=JSON``::

    # %% tags=["parameters"]
    rows = 100
    # %% [markdown]
    # Load the table
    # %% tags=["step:load"] kfp={"memory": "4Gi"}
    table = read(rows)

Lines before the first ``# %%`` are a cell, too. ``# %% [notebook] kfp={...}`` holds metadata of the notebook, and
``# %% [file rules.py]`` a file beside it. An example that begins with ``{`` is the file of the notebook itself. A line
``$ jupyter kfp check --by-heading train.ipynb`` at the top says how it is checked; the notebook is ``train.ipynb``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from jupyter_kfp.compiler.compile_notebook import CompiledNotebook, CompileOptions, compile_notebook
from jupyter_kfp.compiler.diagnostics import render_text
from jupyter_kfp.errors import KfpError
from jupyter_kfp.notebook.notebook_reader import read_notebook

NOTEBOOK = "train.ipynb"
_HEADER = re.compile(r"# %%(?:[ \t]+\[(\w+)(?:[ \t]+([^\]]+))?\])?(.*)")
_KEY = re.compile(r"\s*(\w+)=")
_DECODER = json.JSONDecoder()
_KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A notebook as text, read."""

    files: dict[str, str]
    """By name: the notebook, and what lies beside it."""
    checked: str = NOTEBOOK
    """Name of the file that is checked."""
    options: CompileOptions = CompileOptions()


def read_example(text: str) -> Example:
    """Read an example. Raises `ValueError` if a line of it cannot be understood."""
    lines = text.strip("\n").splitlines()
    command = lines.pop(0).split() if lines and lines[0].startswith("$ ") else []
    options = CompileOptions(by_heading="--by-heading" in command, whole="--whole" in command)
    checked = command[-1] if command else NOTEBOOK
    body = "\n".join(lines)
    if body.lstrip().startswith("{"):
        return Example(files={NOTEBOOK: body}, checked=checked, options=options)
    metadata: dict[str, Any] = {"kernelspec": _KERNEL}
    cells: list[dict[str, Any]] = []
    files: dict[str, str] = {}
    for kind, name, fields, source in _parts(lines):
        if kind == "notebook":
            metadata.update(fields)
        elif kind == "file":
            files[name] = source + "\n"
        else:
            cells.append(_cell(len(cells) + 1, kind, fields, source))
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    files[NOTEBOOK] = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    return Example(files=files, checked=checked, options=options)


def _parts(lines: Iterable[str]) -> list[tuple[str, str, dict[str, Any], str]]:
    """Kind, name, metadata and source of each part."""
    parts: list[tuple[str, str, dict[str, Any], list[str]]] = []
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header:
            parts.append((header[1] or "code", header[2] or "", _fields(header[3]), []))
        elif parts:
            parts[-1][3].append(line)
        elif line.strip():
            parts.append(("code", "", {}, [line]))
    return [(kind, name, fields, "\n".join(source).rstrip("\n")) for kind, name, fields, source in parts]


def _fields(text: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    position = 0
    while text[position:].strip():
        key = _KEY.match(text, position)
        if key is None:
            raise ValueError(f"not key=JSON: {text[position:]}")
        fields[key[1]], position = _DECODER.raw_decode(text, key.end())
    return fields


def _cell(number: int, kind: str, metadata: dict[str, Any], source: str) -> dict[str, Any]:
    if kind == "markdown":
        source = "\n".join(line.removeprefix("#").removeprefix(" ") for line in source.splitlines())
    cell: dict[str, Any] = {"cell_type": kind, "id": f"cell-{number}", "metadata": metadata}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell | {"source": source.splitlines(keepends=True)}


def write_example(example: Example, folder: Path) -> Path:
    """Write its files; returns the path of what is checked."""
    for name, text in example.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / example.checked


def check_example(example: Example, folder: Path) -> CompiledNotebook:
    """Compile it in a folder."""
    return compile_notebook(write_example(example, folder), options=example.options)


def said_of_example(example: Example, folder: Path) -> str:
    """What ``jupyter kfp check`` says of it, as text; it names the file without the folder."""
    found = check_example(example, folder).diagnostics
    path = folder / example.checked
    try:
        sources = {cell.number: cell.source for cell in read_notebook(path).cells}
    except KfpError:  # then the text has no lines to show
        sources = {}
    return render_text(found, file=str(path), sources=sources).replace(f"{folder}/", "")
