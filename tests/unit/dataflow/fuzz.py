"""Run as many random programs as asked for, on all cores: ``make fuzz N=10000``.

Exit code 1 if a pipeline silently differs from its notebook; the notebook is printed as small as it could be made.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from judgement import Judgement, Tally, judge
from oracle_cases import TaggedCell
from random_programs import programs, text_of

BATCH = 100
"""Programs between two lines of progress."""


class SilentDifferenceError(Exception):
    """A program whose pipeline gives something else, and nobody said so."""

    def __init__(self, cells: Sequence[TaggedCell], judgement: Judgement) -> None:
        super().__init__(text_of(cells) + "\n# " + "\n# ".join(judgement.differences))


@dataclass
class Batch:
    """What came of some programs."""

    tally: Tally = field(default_factory=Tally)
    differences: list[str] = field(default_factory=list)
    """Smallest notebooks that differ, with what differs."""


def run_batch(number: int, examples: int) -> Batch:
    """Run programs that follow from `number`. The first that differs is made smaller, further ones are only counted."""
    batch = Batch()
    phases = [Phase.generate, Phase.shrink]
    while batch.tally.total < examples:
        try:
            _run(number, examples - batch.tally.total, phases, batch.tally)
        except SilentDifferenceError as error:
            if Phase.shrink in phases:
                batch.differences.append(str(error))
            phases = [Phase.generate]
            number += 10**9
    return batch


def _run(number: int, examples: int, phases: Sequence[Phase], tally: Tally) -> None:
    """Run programs until one differs, which is raised."""
    found = False

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    @given(programs())
    def run(cells: list[TaggedCell]) -> None:
        nonlocal found
        judgement = judge(cells)
        if not found:  # afterwards come smaller forms of the same program
            tally.add(judgement)
        if judgement.kind == "different":
            found = True
            raise SilentDifferenceError(cells, judgement)

    run()


def main() -> int:
    """Run; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", type=int, nargs="?", default=1000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    tally, found, started = Tally(), set[str](), time.monotonic()
    sizes = [BATCH] * (asked.programs // BATCH) + ([rest] if (rest := asked.programs % BATCH) else [])
    print(f"{asked.programs} programs from seed {asked.seed} on {asked.processes} processes", flush=True)
    with ProcessPoolExecutor(asked.processes, mp_context=get_context("spawn")) as pool:
        runs = [pool.submit(run_batch, asked.seed + number, size) for number, size in enumerate(sizes)]
        for run in as_completed(runs):
            batch = run.result()
            tally += batch.tally
            for text in set(batch.differences) - found:
                print(f"\nDIFFERENCE\n{text}\n", flush=True)
            found.update(batch.differences)
            seconds = time.monotonic() - started
            kinds = ", ".join(f"{kind} {count}" for kind, count in tally.kinds.most_common())
            print(f"{tally.total} of {asked.programs} in {seconds:.0f} s: {kinds}", flush=True)
    print(f"\n{tally}")
    print(f"silent differences: {tally.kinds['different']}, smallest notebooks above: {len(found)}")
    return 1 if tally.kinds["different"] else 0


if __name__ == "__main__":
    sys.exit(main())
