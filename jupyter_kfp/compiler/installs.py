"""Packages that the notebook installs while it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from jupyter_kfp.compiler.notebook_code import CellCode
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.notebook.edits import SourceEdit
from jupyter_kfp.notebook.ipython_syntax import Magic
from jupyter_kfp.notebook.source_text import source_lines

_BY_SHELL = re.compile(r"!\s*((?:\S*python3?\s+-m\s+)?pip3?|conda|mamba|micromamba|uv\s+pip)(?=\s+install\b)")
_INSTALLERS = frozenset({"pip", "conda", "mamba", "micromamba", "uv"})


def installs(codes: Sequence[CellCode], step_names: Sequence[str], before: Sequence[set[int]]) -> list[Diagnostic]:
    """Warn of installations for another Python, and of those that later steps do not wait for (KFP143).

    `before` are the steps that end before each one starts.
    """
    found: list[Diagnostic] = []
    for code in codes:
        for magic in code.magics:
            if magic.kind == "shell" and not magic.assigned_to:
                found += _by_shell(code, magic)
            elif magic.kind == "line" and magic.name in _INSTALLERS and "install" in magic.text.split():
                found += _not_waited_for(code, magic, step_names, before)
    return found


def _by_shell(code: CellCode, magic: Magic) -> Iterator[Diagnostic]:
    text = source_lines(code.cell.source)[magic.line - 1]
    match = _BY_SHELL.search(text)
    if match is None:
        return
    installer = "pip" if "pip" in match[1] and not match[1].startswith("uv") else match[1]
    edit = SourceEdit(
        cell=code.cell.number,
        cell_id=code.cell.id,
        line=magic.line,
        column=match.start() + 1,
        end_line=magic.line,
        end_column=match.end() + 1,
        text=f"%{installer}",
    )
    yield Diagnostic(
        code="KFP143",
        severity=Severity.WARNING,
        message=f"“!{match[1]} install” installs for the Python that the shell finds, which need not be the kernel's",
        hint=f"write %{installer} install",
        cell=code.cell.number,
        cell_id=code.cell.id,
        line=magic.line,
        column=match.start() + 1,
        edits=(edit,),
    )


def _not_waited_for(
    code: CellCode, magic: Magic, step_names: Sequence[str], before: Sequence[set[int]]
) -> Iterator[Diagnostic]:
    if code.owner < 0:
        return
    later = range(code.owner + 1, len(step_names))
    hasty = next((step for step in later if code.owner not in before[step]), None)
    if hasty is None:
        return
    column = source_lines(code.cell.source)[magic.line - 1].find("%") + 1
    yield Diagnostic(
        code="KFP143",
        severity=Severity.WARNING,
        message=f"step “{step_names[hasty]}” may start before “{step_names[code.owner]}” has installed its packages",
        hint="tag this cell with setup, or install the packages before the run: in the environment, or in kfp.image",
        cell=code.cell.number,
        cell_id=code.cell.id,
        line=magic.line,
        column=max(column, 1),
    )
