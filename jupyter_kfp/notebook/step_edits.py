"""Edits that give a step another name where cells name it: in tags, and in the line of a ``%%kfp`` magic."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from jupyter_kfp import ids
from jupyter_kfp.notebook.cell_tags import AFTER, STEP
from jupyter_kfp.notebook.edits import Edit, SourceEdit, TagEdit
from jupyter_kfp.notebook.kfp_magic import MagicWord, has_step_magic, magic_words, quoted_word
from jupyter_kfp.notebook.notebook import NotebookCell

_AFTER_OPTION = "--after"


def rename_step(cell: NotebookCell, old: str, new: str) -> tuple[Edit, ...]:
    """What makes a cell that is in step `old`, or waits for it, say `new`. The cell is as it stands in the notebook."""
    tags = [tag for tag in cell.tags if tag.partition(":")[0] == STEP and _name(tag) == old]
    edits: list[Edit] = [_tag(cell, tag, f"{STEP}:{new}") for tag in tags]
    edits += [
        _source(cell, word, quoted_word(new)) for word in _step_words(cell) if ids.normalise_name(word.text) == old
    ]
    return (*edits, *rename_after(cell, old, new))


def rename_after(cell: NotebookCell, old: str, new: str) -> tuple[Edit, ...]:
    """What makes a cell that waits for step `old` wait for `new` instead; for nothing if that is empty."""
    edits: list[Edit] = [
        _tag(cell, tag, f"{AFTER}:{new}" if new else "")
        for tag in cell.tags
        if tag.partition(":")[0] == AFTER and _name(tag) == old
    ]
    return (*edits, *_after_words(cell, old, new))


def _after_words(cell: NotebookCell, old: str, new: str) -> Iterator[Edit]:
    before: MagicWord | None = None
    for word in _words(cell):
        option, equals, value = word.text.partition("=")
        if equals and option == _AFTER_OPTION and ids.normalise_name(value) == old:
            yield _source(cell, word, f"{_AFTER_OPTION} {quoted_word(new)}" if new else "")
        elif before is not None and before.text == _AFTER_OPTION and ids.normalise_name(word.text) == old:
            yield _source(cell, word, quoted_word(new)) if new else _source(cell, word._replace(start=before.start), "")
        before = word


def _step_words(cell: NotebookCell) -> Iterator[MagicWord]:
    """Words behind ``%%kfp step`` that are neither options nor their values."""
    words = _words(cell)
    for before, word in itertools.pairwise(words[1:]):
        is_value = before.text.startswith("--") and "=" not in before.text and before.text != "--no-cache"
        if not is_value and not word.text.startswith("-"):
            yield word


def _words(cell: NotebookCell) -> list[MagicWord]:
    if cell.cell_type != "code" or not has_step_magic(cell.source):
        return []
    try:
        return magic_words(cell.source)
    except ValueError:  # a quote is not closed, which is reported; nothing else can be said of the line
        return []


def _name(tag: str) -> str:
    return ids.normalise_name(tag.partition(":")[2])


def _tag(cell: NotebookCell, old: str, new: str) -> TagEdit:
    return TagEdit(cell=cell.number, cell_id=cell.id, old=old, new=new)


def _source(cell: NotebookCell, word: MagicWord, text: str) -> SourceEdit:
    return SourceEdit(
        cell=cell.number,
        cell_id=cell.id,
        line=word.line,
        column=word.start,
        end_line=word.line,
        end_column=word.end,
        text=text,
    )
