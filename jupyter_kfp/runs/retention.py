"""Which runs a clean-up takes: by age, and by how many of a pipeline are newer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from jupyter_kfp.runs.run import Run
from jupyter_kfp.runs.states import FINISHED


@dataclass(frozen=True)
class Retention:
    """What is kept. A run goes only if neither rule keeps it; without any rule all stay."""

    older_than: float | None = None
    """Seconds since the end of a run, up to which it stays."""
    keep: int | None = None
    """This many finished runs of each pipeline stay: the newest."""


def runs_to_collect(runs: Iterable[Run], retention: Retention, now: float) -> list[Run]:
    """Finished runs that are not kept, oldest first. `runs` are all runs, newest first."""
    if retention.older_than is None and retention.keep is None:
        return []
    newer: Counter[str] = Counter()
    found = []
    for run in runs:
        if run.state not in FINISHED:
            continue
        newer[run.pipeline] += 1
        young = retention.older_than is not None and now - (run.finished_at or run.created_at) <= retention.older_than
        among_newest = retention.keep is not None and newer[run.pipeline] <= retention.keep
        if not (young or among_newest):
            found.append(run)
    return found[::-1]
