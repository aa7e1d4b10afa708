"""The notebook that a step leaves behind: one folded cell that says what came in, then the user's own cells."""

from __future__ import annotations

import importlib
import json
import os
import re
from pathlib import Path
from typing import Any

from jupyter_kfp.spec.step_payload import Cell, StepPayload
from jupyter_kfp.worker.session_files import LoadedInput, SessionInput

_CELL_ID = re.compile(r"[a-zA-Z0-9-_]{1,64}")
_LONGEST_VALUE = 2000


def build_notebook(payload: StepPayload, inputs: list[SessionInput], loaded: list[LoadedInput]) -> Any:
    """Make the notebook of a step, not yet executed."""
    notebook = _nodes().new_notebook(
        metadata={
            "kernelspec": {"name": payload.kernel, "display_name": payload.kernel, "language": payload.language},
            "jupyter_kfp": {"step": payload.step},
        }
    )
    taken: set[str] = set()
    notebook.cells = [_inputs_cell(payload, inputs, loaded)]
    notebook.cells += [_user_cell(cell, taken) for cell in payload.cells]
    return notebook


def inputs_source(payload: StepPayload, inputs: list[SessionInput], loaded: list[LoadedInput]) -> str:
    """Source of the folded cell: parameters as assignments, artifacts as comments."""
    comment = "#"
    lines = [f"{comment} inputs of the step {json.dumps(payload.step, ensure_ascii=False)}"]
    lines += [f"{one.name} = {_short(one.value)}" for one in inputs if one.kind == "parameter"]
    summaries = {one.name: one.summary for one in loaded}
    for one in inputs:
        if one.kind == "artifact":
            lines.append(f"{comment} {_artifact_line(one, summaries.get(one.name, ''))}")
    if not inputs:
        lines.append(f"{comment} none")
    return "\n".join(lines)


def notebook_node(fields: dict[str, Any]) -> Any:
    """A part of a notebook: a dictionary with attributes, as nbformat has it, all the way down."""
    return importlib.import_module("nbformat").from_dict(fields)


def save_notebook(notebook: Any, path: Path) -> None:
    """Write a notebook whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".draft")
    draft.write_text(_nodes().writes(notebook) + "\n", encoding="utf-8", errors="backslashreplace")
    os.replace(draft, path)  # noqa: PTH105 - one name for POSIX and Windows semantics of an atomic replace


def _nodes() -> Any:
    """``nbformat.v4``, which has no type hints, at first use: it is slow to import."""
    return importlib.import_module("nbformat.v4")


def _inputs_cell(payload: StepPayload, inputs: list[SessionInput], loaded: list[LoadedInput]) -> Any:
    cell = _nodes().new_code_cell(inputs_source(payload, inputs, loaded), id="jupyter-kfp-inputs")
    cell.metadata.update({"tags": ["injected-parameters"], "jupyter": {"source_hidden": True}})
    return cell


def _user_cell(cell: Cell, taken: set[str]) -> Any:
    node = _nodes().new_code_cell(cell.source)
    if _CELL_ID.fullmatch(cell.id) and cell.id not in taken:
        node["id"] = cell.id
    taken.add(node["id"])
    node.metadata.update(notebook_node(cell.metadata))
    return node


def _artifact_line(one: SessionInput, summary: str) -> str:
    if summary:
        what = " ".join(summary.removeprefix(one.name).lstrip(" :").split())
        return f"{one.name}: {what}"
    return f"{one.name}, from {one.producer}" if one.producer else one.name


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"...  # {text[:_LONGEST_VALUE]}…"
