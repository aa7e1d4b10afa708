"""The comment ``# kfp: ignore[KFP131]`` silences warnings and hints of its line; errors stay."""

from __future__ import annotations

import re
from collections.abc import Iterable

from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.notebook.notebook import Notebook
from jupyter_kfp.notebook.source_text import source_lines

_IGNORE = re.compile(r"#\s*kfp:\s*ignore(?:\[([^\]]*)\])?")


def without_silenced(diagnostics: Iterable[Diagnostic], notebook: Notebook) -> list[Diagnostic]:
    """Leave out what the user has silenced. Without brackets the comment silences all codes."""
    sources = {cell.number: cell.source for cell in notebook.cells}
    return [
        diagnostic
        for diagnostic in diagnostics
        if diagnostic.severity is Severity.ERROR
        or diagnostic.line is None
        or not _is_silenced(diagnostic.code, sources.get(diagnostic.cell or 0, ""), diagnostic.line)
    ]


def _is_silenced(code: str, source: str, line: int) -> bool:
    lines = source_lines(source)
    found = _IGNORE.search(lines[line - 1]) if line <= len(lines) else None
    if found is None:
        return False
    return found[1] is None or code in {part.strip() for part in found[1].split(",")}
