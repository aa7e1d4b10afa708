"""Compile a notebook to a KFP v2 pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from jupyter_kfp.notebook.diagnostic import Diagnostic
from jupyter_kfp.spec.model import Pipeline


class CompileOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How steps are found, beside tags."""

    by_heading: bool = False
    """Markdown headings start steps."""
    whole: bool = False
    """The whole notebook is one step, whatever its tags."""


class CompiledNotebook(msgspec.Struct, frozen=True, kw_only=True):
    """The result: `pipeline` is None exactly if a diagnostic is an error."""

    pipeline: Pipeline | None
    diagnostics: list[Diagnostic]


def compile_notebook(
    notebook: Path | Mapping[str, Any] | bytes, *, name: str | None = None, options: CompileOptions | None = None
) -> CompiledNotebook:
    """Compile a file, parsed notebook JSON, or bytes. Problems of the notebook are diagnostics, never raised."""
