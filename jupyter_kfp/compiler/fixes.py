"""Mend a notebook by the edits of its diagnostics."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from jupyter_kfp.notebook.diagnostic import Diagnostic
from jupyter_kfp.notebook.edits import Edit
from jupyter_kfp.notebook.notebook_edits import apply_edits, same_place

_MOST_ROUNDS = 10
"""A fix may bring another finding to light, but not for ever."""


def fixable(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those that can be mended."""
    return [one for one in diagnostics if one.edits]


def fix_notebook(
    data: bytes, check: Callable[[bytes], list[Diagnostic]]
) -> tuple[bytes, list[Diagnostic], list[Diagnostic]]:
    """The mended file of a notebook, what was mended, and what `check` says of it then.

    What gets in the way of another fix, or is found only after it, is mended in a further round. Raises `KfpError`
    KFP270 if an edit does not fit the notebook that it was made for.
    """
    mended: list[Diagnostic] = []
    found = check(data)
    for _ in range(_MOST_ROUNDS):
        chosen = _without_conflicts(fixable(found))
        edits = [edit for one in chosen for edit in one.edits]
        changed = apply_edits(data, list(dict.fromkeys(edits)))
        if changed == data:
            break
        data = changed
        mended += chosen
        found = check(data)
    return data, mended, found


def _without_conflicts(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    chosen: list[Diagnostic] = []
    taken: list[Edit] = []
    for one in diagnostics:
        if not same_place(one.edits, taken):
            chosen.append(one)
            taken += one.edits
    return chosen
