"""Findings about a notebook: data, rendered late."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from jupyter_kfp.notebook.edits import Edit


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"  # the pipeline would not give the notebook's result, or cannot be made
    WARNING = "warning"  # it may surprise
    HINT = "hint"  # it could be better


class Diagnostic(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One finding."""

    code: str
    """Stable, KFP101 and up; each has a rule in `jupyter_kfp.compiler.rules`, whose docstring is its page. KFP501,
    of the machine instead of the notebook, is told by ``check`` alone."""
    severity: Severity
    message: str
    """One sentence that names the variable, tag or field."""
    hint: str = ""
    """What to do."""
    cell: int | None = None
    """Position of the cell in the notebook, from 1."""
    cell_id: str = ""
    line: int | None = None
    """Line in the cell, from 1."""
    column: int | None = None
    """Column in the line, from 1."""
    step: str = ""
    variable: str = ""
    edits: tuple[Edit, ...] = ()
    """What mends it, where that is certain; all of them together. See `notebook_edits.apply_edits`."""
