"""A plan as lines: per step what would be done, and why."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_kfp.cli.styled_lines import Line, Segment, fit, line_width, pad, printable, text_width
from jupyter_kfp.cli.task_tree import tree_labels
from jupyter_kfp.cli.words import PLAN_WORDS, UNKNOWN, counted
from jupyter_kfp.runs.run import TaskKind

if TYPE_CHECKING:
    from jupyter_kfp.pipeline_service import PlannedTask

_LEAST_COLUMNS = 24
_LEAST_NAME = 8
_WORD_COLUMNS = 16
"""Of a line, without the name and the reason."""


def plan_lines(planned: Sequence[PlannedTask], *, unicode: bool = True, width: int | None = None) -> list[Line]:
    """One line per task, below what it is a part of, then how many steps of each kind.

    What does not fit into `width` columns goes on below.
    """
    labels = list(tree_labels(planned))
    columns = max(map(text_width, labels), default=0)
    if width is not None:
        columns = min(columns, max(_LEAST_NAME, width - _WORD_COLUMNS))
    lines: list[Line] = []
    counts: Counter[str] = Counter()
    for task, label in zip(planned, labels, strict=True):
        word = PLAN_WORDS.get(task.action, UNKNOWN)
        if task.kind is TaskKind.TASK:
            counts[word.word.lower()] += 1
        head: Line = [
            Segment(word.icon if unicode else word.ascii_icon, word.role),
            Segment(f" {pad(fit(label, columns), columns)}  {pad(word.word, 9)}  "),
        ]
        lines += _with_reason(head, printable(task.why), width)
    summary = ", ".join(f"{count} {word}" for word, count in counts.items())
    lines.append([Segment(f"{counted(counts.total(), 'step')}: {summary}" if planned else "no steps", "dim")])
    return lines


def _with_reason(head: Line, why: str, width: int | None) -> list[Line]:
    indent = line_width(head)
    if width is None or indent + text_width(why) <= width:
        return [[*head, Segment(why)]]
    if width - indent >= _LEAST_COLUMNS:
        first, *rest = textwrap.wrap(why, width - indent)
        return [[*head, Segment(first)], *([Segment(" " * indent + line)] for line in rest)]
    return [head, *([Segment("    " + line)] for line in textwrap.wrap(why, max(width - 4, _LEAST_COLUMNS)))]
