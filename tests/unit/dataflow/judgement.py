"""What became of a random program, and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from interpreter import NO_END
from oracle import Comparison, CompilerCrashError, compare
from oracle_cases import TaggedCell

from jupyter_kfp.notebook.diagnostic import Severity

ALLOWED_STOPS = {"KFP313", "KFP315", "KFP316"}
"""Codes with which a step may stop a notebook that compiled: what cannot be saved, the guard."""


@dataclass(frozen=True)
class Judgement:
    """The end of one program."""

    kind: str
    """``equal``, ``refused``, ``stopped``, ``warned`` (it differs, after a warning), ``different``, or ``endless``: the
    notebook itself does not end, so that there is nothing to compare."""
    codes: tuple[str, ...] = ()
    """Of what refused, stopped or warned."""
    differences: tuple[str, ...] = ()
    fails_itself: bool = False
    """The notebook raises an exception, so that not all of it was compared."""


@dataclass
class Tally:
    """How many programs ended how."""

    kinds: Counter[str] = field(default_factory=Counter)
    codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By kind and code."""
    failing: int = 0
    avoidable: int = 0
    """Refused or stopped, though the notebook itself runs to its end."""

    def add(self, judgement: Judgement) -> None:
        """Count one."""
        self.kinds[judgement.kind] += 1
        self.codes.update((judgement.kind, code) for code in judgement.codes)
        self.failing += judgement.fails_itself
        self.avoidable += judgement.kind in {"refused", "stopped"} and not judgement.fails_itself

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.kinds + other.kinds,
            self.codes + other.codes,
            self.failing + other.failing,
            self.avoidable + other.avoidable,
        )

    @property
    def total(self) -> int:
        """All programs."""
        return self.kinds.total()

    @property
    def refusal_rate(self) -> float:
        """Share of avoidable refusals among the programs that could have been kept."""
        keepable = self.kinds["equal"] + self.kinds["different"] + self.avoidable
        return self.avoidable / keepable if keepable else 0.0

    def __str__(self) -> str:
        lines = [f"{self.total} programs, {self.failing} of which end with an exception of their own"]
        for kind in ("equal", "refused", "stopped", "warned", "endless", "different"):
            codes = ", ".join(
                f"{code} {count}" for (one, code), count in self.codes.most_common() if one == kind and code
            )
            share = self.kinds[kind] / max(self.total, 1)
            lines.append(f"  {kind:10} {self.kinds[kind]:6} {share:6.1%}  {codes}".rstrip())
        lines.append(f"refused or stopped, though it could have been kept: {self.avoidable}, {self.refusal_rate:.1%}")
        return "\n".join(lines)


def judge(cells: Sequence[TaggedCell]) -> Judgement:
    """Run a program both ways."""
    try:
        comparison = compare(cells)
    except CompilerCrashError as error:
        return Judgement("different", differences=(f"the compiler raises {error}",))
    if comparison.whole.died.startswith(NO_END):
        return Judgement("endless")
    fails = comparison.whole.failed_cell is not None
    if comparison.pipeline is None:
        return Judgement("refused", _codes(comparison, Severity.ERROR), fails_itself=fails)
    stops = {code for _, code, _ in comparison.pipeline.problems}
    if stops and stops <= ALLOWED_STOPS:
        return Judgement("stopped", tuple(sorted(stops)), fails_itself=fails)
    problems = [f"{step}: {code} {message}" for step, code, message in comparison.pipeline.problems]
    differences = tuple(problems or comparison.differences)
    if not differences:
        return Judgement("equal", fails_itself=fails)
    warned = _codes(comparison, Severity.WARNING)
    return Judgement("warned" if warned and not problems else "different", warned, differences, fails)


def _codes(comparison: Comparison, severity: Severity) -> tuple[str, ...]:
    return tuple(sorted({one.code for one in comparison.compiled.diagnostics if one.severity is severity}))
