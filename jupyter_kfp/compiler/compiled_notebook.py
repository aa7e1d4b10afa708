"""What a compilation is asked and what it gives; the compiler itself is not loaded for it."""

from __future__ import annotations

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
    asked_environment: bool = False
    """Whether an installed package was imported to make it: to know what a star import binds."""
