"""A plan as lines: per step what would be done, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_kfp.cli.styled_lines import Line, Segment, pad, printable, text_width
from jupyter_kfp.cli.words import PLAN_WORDS, UNKNOWN, counted

if TYPE_CHECKING:
    from jupyter_kfp.pipeline_service import PlannedTask


def plan_lines(planned: Sequence[PlannedTask], *, unicode: bool = True) -> list[Line]:
    """One line per step, then how many of each."""
    columns = max((text_width(printable(task.name)) for task in planned), default=0)
    lines: list[Line] = []
    counts: Counter[str] = Counter()
    for task in planned:
        word = PLAN_WORDS.get(task.action, UNKNOWN)
        counts[word.word.lower()] += 1
        lines.append(
            [
                Segment(word.icon if unicode else word.ascii_icon, word.role),
                Segment(f" {pad(printable(task.name), columns)}  {pad(word.word, 9)}  "),
                Segment(printable(task.why)),
            ]
        )
    summary = ", ".join(f"{count} {word}" for word, count in counts.items())
    lines.append([Segment(f"{counted(len(planned), 'step')}: {summary}" if planned else "no steps", "dim")])
    return lines
