"""When a failed task is tried again: the spec's retry policy as numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jupyter_kfp.errors import KfpError
from jupyter_kfp.runs.run import RunError
from jupyter_kfp.spec.model import RetryPolicy

DEFAULT_FACTOR = 2.0
DEFAULT_LONGEST_SECONDS = 3600.0
_PLACE = re.compile(r'^step ".*?"(, cell \d+)?(, line \d+)?: ')
_DURATION = re.compile(r"(\d+(?:\.\d+)?)s")


@dataclass(frozen=True, slots=True)
class RetryRule:
    """How often, and after how long. All times in seconds."""

    max_retries: int = 0
    first_delay: float = 0.0
    factor: float = DEFAULT_FACTOR
    longest_delay: float = DEFAULT_LONGEST_SECONDS

    def delay(self, failures: int) -> float:
        """Back-off before the next attempt, after this many failures (from 1)."""
        exponent = min(failures - 1, 64)  # beyond any real count; keeps the power finite
        return min(self.first_delay * self.factor**exponent, self.longest_delay)


NO_RETRIES = RetryRule()


def read_retry_policy(task: str, policy: RetryPolicy | None) -> RetryRule:
    """Rule of a task. Raises `KfpError` KFP232 if a duration is none."""
    if policy is None:
        return NO_RETRIES
    return RetryRule(
        max_retries=max(policy.max_retry_count or 0, 0),
        first_delay=_seconds(task, policy.backoff_duration, 0.0),
        factor=policy.backoff_factor or DEFAULT_FACTOR,
        longest_delay=_seconds(task, policy.backoff_max_duration, DEFAULT_LONGEST_SECONDS),
    )


def what_happened(error: RunError) -> str:
    """First line of an error, without the step and the place that its message begins with."""
    lines = error.message.strip().splitlines() or [error.exception or error.code]
    return _PLACE.sub("", lines[0])


def _seconds(task: str, text: str | None, default: float) -> float:
    if not text:
        return default
    match = _DURATION.fullmatch(text)
    if match is None:
        raise KfpError("KFP232", f"the retry policy of task {task!r} has the duration {text!r}, expected e.g. '30s'")
    return float(match[1])
