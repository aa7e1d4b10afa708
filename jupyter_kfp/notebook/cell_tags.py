"""The grammar of cell tags; nothing else in the project knows it.

=================  ==============================================================================================
``step:NAME``      the cell starts or continues step NAME; untagged code cells after it belong to the step too
``after:NAME``     the cell's step runs after step NAME, though no variable says so; may be given several times
``parameters``     literal assignments become pipeline parameters (papermill's own tag)
``setup``          imports, functions, classes, constants: replayed at the start of every step that needs them
``skip``           not in the pipeline
=================  ==============================================================================================

All other tags belong to other tools and are left alone; only what looks like a misspelling of the above is reported.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable

import msgspec

from jupyter_kfp import ids
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.notebook.edits import TagEdit
from jupyter_kfp.notebook.notebook import NotebookCell

STEP = "step"
AFTER = "after"
PARAMETERS = "parameters"
SETUP = "setup"
SKIP = "skip"

_NAMED = (STEP, AFTER)
_BARE = (PARAMETERS, SETUP, SKIP)
_FOREIGN_WORDS = frozenset({
    # Kale's, Elyra's, nbgrader's, Jupyter Book's, and English words close to ours
    "annotation", "block", "cache", "functions", "image", "imports", "item", "label", "later", "limit", "prev", "see",
    "sep", "seq", "set", "ship", "skipped", "sleep", "stop", "tag", "test", "type", "user",
})  # fmt: skip
_NAMED_TYPO = re.compile(r"\s*(\w+)\s*([:=]|\s|-)\s*(.*)", re.DOTALL)
_ALLOWED_FORMAT_CHARACTERS = "\u200c\u200d"  # joiners, part of emoji and of several scripts


class CellTags(msgspec.Struct, frozen=True, kw_only=True):
    """What the tags of one cell say; names are normalised."""

    step: str | None = None
    after: tuple[str, ...] = ()
    parameters: bool = False
    setup: bool = False
    skip: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether none of our tags is there."""
        return self == CellTags()


Report = Callable[..., None]


def parse_tags(cell: NotebookCell) -> tuple[CellTags, list[Diagnostic]]:
    """Read the tags of a cell. What is wrong is left out of the result and reported, with the cell's number."""
    diagnostics: list[Diagnostic] = []

    def report(
        code: str, message: str, hint: str, severity: Severity = Severity.ERROR, instead: tuple[str, str] = ("", "")
    ) -> None:
        old, new = instead
        edits = (TagEdit(cell=cell.number, cell_id=cell.id, old=old, new=new),) if new else ()
        found = Diagnostic(code=code, severity=severity, message=message, hint=hint, edits=edits)
        diagnostics.append(msgspec.structs.replace(found, cell=cell.number, cell_id=cell.id))

    steps: list[str] = []
    after: list[str] = []
    for tag in cell.tags:
        word, colon, rest = tag.partition(":")
        if colon and word in _NAMED:
            cleaned = "".join(char for char in rest if not _is_invisible(char))
            instead = (tag, f"{word}:{cleaned}") if cleaned != rest and cleaned.strip() else ("", "")
            name = check_step_name(rest, f"tag “{tag}”", functools.partial(report, instead=instead))
            names = steps if word == STEP else after
            if name and name not in names:
                names.append(name)
        elif tag not in _BARE:
            _check_spelling(tag, report)
    tags = CellTags(
        step=steps[0] if steps else None,
        after=tuple(after),
        parameters=PARAMETERS in cell.tags,
        setup=SETUP in cell.tags,
        skip=SKIP in cell.tags,
    )
    return _without_conflicts(tags, steps, report), diagnostics


def check_step_name(text: str, where: str, report: Report) -> str | None:
    """Normalise a step's name; None, and a report (KFP103), if it cannot be one."""
    name = ids.normalise_name(text)
    if not name:
        report("KFP103", f"{where} names no step", "write a name after the colon, e.g. step:train")
        return None
    if len(name) > ids.MAX_NAME_LENGTH:
        report(
            "KFP103",
            f"{where}: the name has {len(name)} characters, at most {ids.MAX_NAME_LENGTH} are allowed",
            "choose a shorter name",
        )
        return None
    for char in name:
        if _is_invisible(char):
            report(
                "KFP103",
                f"{where}: the name holds an invisible character, U+{ord(char):04X}",
                "type the name again by hand",
            )
            return None
    return name


def _is_invisible(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cf", "Cs"} and char not in _ALLOWED_FORMAT_CHARACTERS


def similar_names(first: str, second: str) -> bool:
    """Whether two different names look like one: equal but for case, compatibility forms and separators."""
    return first != second and _folded(first) == _folded(second)


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in text if char not in " -_") or text


def _without_conflicts(tags: CellTags, steps: list[str], report: Report) -> CellTags:
    if len(steps) > 1:
        listed = " and ".join(f"“{name}”" for name in steps)
        report("KFP104", f"the cell is tagged with several steps: {listed}", "keep one step: tag, or split the cell")
    others = [name for name in _BARE if getattr(tags, name)]
    if tags.step and others:
        report(
            "KFP104",
            f"the cell is tagged both step:{tags.step} and {' and '.join(others)}",
            f"keep one of them; a cell that is {others[0]} belongs to no step",
        )
        return msgspec.structs.replace(tags, **dict.fromkeys(others, False))
    if len(others) > 1:
        report("KFP104", f"the cell is tagged {' and '.join(others)}", "keep one of them")
    if tags.after and (tags.setup or tags.parameters):
        report(
            "KFP104",
            f"the cell is tagged after:{tags.after[0]} and {others[0]}, but it belongs to no step",
            "put the after: tag on a cell of the step that shall wait",
        )
        return msgspec.structs.replace(tags, after=())
    return tags


# --- misspellings


def _check_spelling(tag: str, report: Report) -> None:
    match = _NAMED_TYPO.fullmatch(tag)
    if match and match[2] == ":" and match[1].lower() in _BARE:
        _doubt(tag, match[1].lower(), report)
        return
    if match and match[1].lower() not in _FOREIGN_WORDS:
        word = _closest(match[1], _NAMED, most=2 if match[2] == ":" else 1)
        if word:
            suggestion = f"{word}:{' '.join(match[3].split())}"
            if match[2] == ":":
                instead = (tag, suggestion if match[3].strip() else "")
                report("KFP101", f"unknown tag “{tag}”", f"did you mean “{suggestion}”?", instead=instead)
            else:
                _doubt(tag, suggestion, report)
            return
    if tag.strip().lower() in _NAMED:
        _doubt(tag, f"{tag.strip().lower()}:NAME", report, complete=False)
        return
    word = None if tag.lower() in _FOREIGN_WORDS else _closest(re.sub(r"[\s_:-]", "", tag), _BARE, most=2)
    if word:
        _doubt(tag, word, report)


def _doubt(tag: str, suggestion: str, report: Report, *, complete: bool = True) -> None:
    report(
        "KFP102",
        f"tag “{tag}” means nothing to jupyter_kfp",
        f"did you mean “{suggestion}”? If it belongs to another tool, leave it.",
        Severity.WARNING,
        (tag, suggestion if complete else ""),
    )


def _closest(word: str, candidates: Iterable[str], *, most: int) -> str | None:
    """Find the candidate within so many typing errors; short words are allowed fewer."""
    distance, best = min((_distance(word.lower(), candidate), candidate) for candidate in candidates)
    allowed = most if len(best) > 5 or best in _NAMED else min(most, 1)
    return best if distance <= allowed else None


def _distance(first: str, second: str) -> int:
    """Count insertions, deletions, substitutions and swaps of neighbours (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, start=1):
        before, previous, row = row, before, [i]
        for j, b in enumerate(second, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                cost = min(cost, previous[j - 2] + 1)
            row.append(cost)
    return row[-1]


# --- writing tags


def is_own_tag(tag: str) -> bool:
    """Whether a tag belongs to this grammar."""
    word, colon, _ = tag.partition(":")
    return tag in _BARE or (bool(colon) and word in _NAMED)


def set_step(tags: Iterable[str], name: str) -> list[str]:
    """Make the cell start or continue a step; ``parameters``, ``setup`` and ``skip`` go, other tags stay in place."""
    kept = [tag for tag in tags if tag not in _BARE and not tag.startswith(f"{STEP}:")]
    return [f"{STEP}:{ids.normalise_name(name)}", *kept]


def set_after(tags: Iterable[str], names: Iterable[str]) -> list[str]:
    """Replace all ``after:`` tags."""
    kept = [tag for tag in tags if not tag.startswith(f"{AFTER}:")]
    return [*kept, *(f"{AFTER}:{ids.normalise_name(name)}" for name in names)]


def set_role(tags: Iterable[str], role: str) -> list[str]:
    """Make the cell ``parameters``, ``setup`` or ``skip``, or none of ours (an empty role); foreign tags stay."""
    kept = [tag for tag in tags if not is_own_tag(tag)]
    return [role, *kept] if role else kept
