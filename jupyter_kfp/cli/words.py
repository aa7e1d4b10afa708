"""Words, icons and durations, the same on every surface: a state is never told by colour alone."""

from __future__ import annotations

import math
from typing import NamedTuple

from jupyter_kfp.cli.styled_lines import Role
from jupyter_kfp.runs.states import Reason, RuntimeState


class StateWord(NamedTuple):
    """How a state is shown."""

    word: str
    icon: str
    ascii_icon: str
    role: Role


PENDING = StateWord("Pending", "◌", ".", "dim")
RUNNING = StateWord("Running", "◔", ">", "active")
RETRYING = StateWord("Retrying", "↻", "~", "warn")
SUCCEEDED = StateWord("Succeeded", "✓", "+", "good")
CACHED = StateWord("Cached", "≡", "=", "note")
REUSED = StateWord("Reused", "≡", "=", "note")
FAILED = StateWord("Failed", "✗", "x", "bad")
NOT_RUN = StateWord("Not run", "⊖", "-", "dim")
SKIPPED = StateWord("Skipped", "»", "/", "dim")
PAUSED = StateWord("Paused", "‖", "|", "warn")
CANCELED = StateWord("Canceled", "⊘", "!", "warn")
CANCELING = StateWord("Canceling", "⊘", "!", "warn")
WILL_RUN = StateWord("Will run", "△", ">", "active")
UNKNOWN = StateWord("Unknown", "?", "?", "dim")

_BY_STATE = {
    RuntimeState.PENDING: PENDING,
    RuntimeState.RUNNING: RUNNING,
    RuntimeState.SUCCEEDED: SUCCEEDED,
    RuntimeState.SKIPPED: SKIPPED,
    RuntimeState.FAILED: FAILED,
    RuntimeState.CANCELING: CANCELING,
    RuntimeState.CANCELED: CANCELED,
    RuntimeState.PAUSED: PAUSED,
}
_BY_REASON = {
    (RuntimeState.PENDING, Reason.RETRYING): RETRYING,
    (RuntimeState.SUCCEEDED, Reason.CACHED): CACHED,
    (RuntimeState.SUCCEEDED, Reason.REUSED): REUSED,
    (RuntimeState.SKIPPED, Reason.UPSTREAM_FAILED): NOT_RUN,
    (RuntimeState.SKIPPED, Reason.RUN_CANCELED): NOT_RUN,
    (RuntimeState.SKIPPED, Reason.NOT_SELECTED): NOT_RUN,
}
REASON_TEXT = {
    Reason.CACHED: "same as an earlier run",
    Reason.REUSED: "kept from an earlier run",
    Reason.NOT_SELECTED: "left out by --from or --only",
    Reason.UPSTREAM_FAILED: "a step before it failed",
    Reason.CONDITION_FALSE: "condition is false",
    Reason.UPSTREAM_SKIPPED: "a step before it was skipped",
    Reason.RUN_CANCELED: "the run was canceled",
    Reason.RETRYING: "a new attempt follows",
    Reason.USER_CODE: "the code raised",
    Reason.TIMED_OUT: "timed out",
    Reason.KERNEL_DIED: "the kernel died",
    Reason.WORKER_DIED: "the worker died",
    Reason.KILLED: "it was killed",
    Reason.OUT_OF_MEMORY: "out of its memory limit",
    Reason.NOT_STARTED: "it could not be started",
    Reason.INPUT_ERROR: "an input could not be loaded",
    Reason.OUTPUT_ERROR: "an output could not be saved",
    Reason.UNORDERED_FILES: "steps used a file in the wrong order",
    Reason.UNDECLARED_CHANGE: "an input was changed in place",
    Reason.TASK_FAILED: "a step failed",
    Reason.RUN_PROCESS_DIED: "the process of the run died",
    Reason.NOT_SUPPORTED: "not supported",
}
PLAN_WORDS = {"run": WILL_RUN, "cached": CACHED, "reuse": REUSED, "skip": NOT_RUN, "unknown": UNKNOWN}


def state_word(state: RuntimeState, reason: Reason | None = None) -> StateWord:
    """Word and icon of a state with its reason."""
    if reason is not None and (state, reason) in _BY_REASON:
        return _BY_REASON[(state, reason)]
    return _BY_STATE[state]


def duration(seconds: float) -> str:
    """As people say it: 0.4 s, 12 s, 1 min 40 s, 2 h 5 min."""
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def size(count: int) -> str:
    """Bytes in binary units, as memory is written (4 Ki = 4096)."""
    if count < 1024:
        return f"{count} B"
    value, units = count / 1024, ["TiB", "GiB", "MiB", "KiB"]
    while value >= 1023.95 and len(units) > 1:
        value /= 1024
        units.pop()
    return f"{value:.1f} {units[-1]}"


def number(value: float) -> str:
    """A metric: six significant digits, whole numbers without a point."""
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return f"{value:.0f}"
    return f"{value:.6g}"


def counted(count: int, noun: str) -> str:
    """``1 step``, ``2 steps``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
