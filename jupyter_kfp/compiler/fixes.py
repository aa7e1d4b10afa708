"""Mend a notebook by the edits of its diagnostics."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.notebook.edits import Edit, SourceEdit, TagEdit
from jupyter_kfp.notebook.notebook_edits import apply_edits, same_place

_MOST_ROUNDS = 10
"""A fix may bring another finding to light, but not for ever."""
_MARKS = frozenset({"KFP101", "KFP102", "KFP103", "KFP104", "KFP122", "KFP127"})
"""About what says which step a cell belongs to."""
_ANYWAY = frozenset({"KFP109", "KFP110", "KFP124", "KFP143"})
"""About a line or the options of a cell, whatever step it belongs to."""
_WITHOUT_NAMES = "KFP103"
"""The one mark that leaves it open which names of steps there are."""
_NAMES = frozenset({"KFP106"})
"""About names of steps, whatever cells belong to them."""


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
        chosen = _without_conflicts(_ready(found))
        edits = [edit for one in chosen for edit in one.edits]
        changed = apply_edits(data, list(dict.fromkeys(edits)))
        if changed == data:
            break
        data = changed
        mended += chosen
        found = check(data)
    return data, mended, found


def _ready(found: list[Diagnostic]) -> list[Diagnostic]:
    """Those whose turn it is: nothing that follows from the step of a cell, as long as that is not certain."""
    marks = fixable(one for one in found if one.code in _MARKS)
    return marks or fixable(promised(found))


def promised(found: list[Diagnostic]) -> list[Diagnostic]:
    """The same without the edits that have to wait until the user has said which step a cell belongs to."""
    uncertain = {one.code for one in found if one.code in _MARKS and one.severity is Severity.ERROR and not one.edits}
    if not uncertain:
        return found
    now = _MARKS | _ANYWAY | (frozenset() if _WITHOUT_NAMES in uncertain else _NAMES)
    return [one if one.code in now else msgspec.structs.replace(one, edits=()) for one in found]


def described(diagnostic: Diagnostic) -> list[str]:
    """What its edits do, each in a few words that begin with the cell."""
    return [f"{_owner(edit)}: {_change(edit)}" for edit in diagnostic.edits]


def _owner(edit: Edit) -> str:
    return "notebook" if edit.cell is None else f"cell {edit.cell}"


def _change(edit: Edit) -> str:
    match edit:
        case SourceEdit(text=""):
            return f"a part of line {edit.line} is gone"
        case SourceEdit():
            return f"line {edit.line} says “{edit.text.strip()}” now"
        case TagEdit(old="", new=new):
            return f"tag “{new}” added"
        case TagEdit(old=old, new=""):
            return f"tag “{old}” taken away"
        case TagEdit(old=old, new=new):
            return f"tag “{old}” is “{new}” now"
    name = ".".join(["kfp", *map(str, edit.path)])
    if edit.value is not msgspec.UNSET:
        return f"{name} is {msgspec.json.encode(edit.value).decode()} now"
    return f"{name} is called {edit.name} now" if edit.name else f"{name} taken away"


def _without_conflicts(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    chosen: list[Diagnostic] = []
    taken: list[Edit] = []
    for one in diagnostics:
        if not same_place(one.edits, taken):
            chosen.append(one)
            taken += one.edits
    return chosen
