"""Diagnostics of a notebook, as people read them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from jupyter_kfp.cli.words import counted
from jupyter_kfp.errors import KfpError
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity


def diagnostics_text(found: Sequence[Diagnostic], path: Path) -> str:
    """Each with its place, its line and its hint; then how many there are, and how many can be mended."""
    from jupyter_kfp.compiler.diagnostics import FIXABLE, render_text
    from jupyter_kfp.compiler.fixes import promised

    if not found:
        return f"{path}: no findings\n"
    now = promised(list(found))
    text = render_text(now, file=str(path), sources=_sources(path))
    mendable = sum(bool(one.edits) for one in now)
    hint = f"{FIXABLE} {mendable} can be mended: jupyter kfp check --fix {shlex.quote(str(path))}\n" if mendable else ""
    waiting = sum(bool(one.edits) for one in found) - mendable
    if waiting:
        hint += f"{waiting} more can be mended once each cell is in one step, and that step has a name\n"
    return f"{text}\n{counts_of(found)}\n{hint}"


def fixes_text(mended: Sequence[Diagnostic], path: Path) -> str:
    """What was changed in the notebook."""
    from jupyter_kfp.compiler.fixes import described

    if not mended:
        return ""
    changes = list(dict.fromkeys(f"  {words} ({one.code})\n" for one in mended for words in described(one)))
    return f"{path}: {counted(len(mended), 'finding')} mended\n{''.join(changes)}"


def github_text(found: Sequence[Diagnostic], path: Path) -> str:
    """Annotations at the lines of the file."""
    from jupyter_kfp.compiler.diagnostics import render_github
    from jupyter_kfp.notebook.file_places import FilePlaces

    try:
        places = FilePlaces(path.read_bytes())
    except (OSError, ValueError, IndexError):  # a broken file has no cells; the annotation is about all of it
        places = None
    return render_github(found, file=str(path), places=places)


def counts_of(found: Sequence[Diagnostic]) -> str:
    """``1 error, 2 warnings``."""
    counts = {severity: sum(item.severity is severity for item in found) for severity in Severity}
    return ", ".join(counted(count, severity.value) for severity, count in counts.items() if count)


def refusal(found: Sequence[Diagnostic], path: Path) -> KfpError:
    """Make the error that ends a command whose notebook has errors, after they were shown."""
    errors = [item for item in found if item.severity is Severity.ERROR]
    codes = sorted({item.code for item in errors})
    hint = f"jupyter kfp explain {codes[0]} tells more."
    return KfpError(codes[0], f"{path} is no pipeline yet: {counts_of(errors)} ({', '.join(codes)})", hint=hint)


def _sources(path: Path) -> dict[int, str]:
    from jupyter_kfp.notebook.notebook_reader import read_notebook

    try:
        return {cell.number: cell.source for cell in read_notebook(path).cells}
    except KfpError:  # a broken file has no lines to show; the diagnostics say that it is broken
        return {}
