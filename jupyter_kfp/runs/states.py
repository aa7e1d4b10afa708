"""States of runs and tasks (KFP v2beta1 ``RuntimeState``), the moves between them, and the reasons beside them."""

from __future__ import annotations

from enum import StrEnum


class RuntimeState(StrEnum):
    """Where a run or a task is."""

    PENDING = "PENDING"  # known, not started: waits for tasks before it, for a slot, or for a retry's back-off
    RUNNING = "RUNNING"  # started; for a task: an attempt is launched and not known to have ended
    SUCCEEDED = "SUCCEEDED"  # ended well; for a task also when the result came from the cache
    SKIPPED = "SKIPPED"  # task only: will not run in this run; the reason says why
    FAILED = "FAILED"  # ended badly, no attempt is left
    CANCELING = "CANCELING"  # asked to stop, not yet stopped
    CANCELED = "CANCELED"  # stopped because somebody asked
    PAUSED = "PAUSED"  # run only: what runs goes on, nothing new starts


class Reason(StrEnum):
    """Why something is in its state. A field beside the state, never a state."""

    CACHED = "cached"  # task SUCCEEDED: the outputs are those of an earlier run
    REUSED = "reused"  # task SUCCEEDED: the outputs are those of the run that is resumed, retried or started --from
    NOT_SELECTED = "not-selected"  # task SKIPPED: --from or --only left it out
    UPSTREAM_FAILED = "upstream-failed"  # task SKIPPED: a task before it failed
    CONDITION_FALSE = "condition-false"  # task SKIPPED: its trigger condition did not hold
    UPSTREAM_SKIPPED = "upstream-skipped"  # task SKIPPED: a task before it was skipped
    RUN_CANCELED = "run-canceled"  # task SKIPPED or CANCELED: the run was canceled
    RETRYING = "retrying"  # task PENDING: a new attempt starts after the back-off
    USER_CODE = "user-code"  # FAILED: the user's code raised
    TIMED_OUT = "timed-out"  # FAILED: longer than its timeout; task SKIPPED or CANCELED: the run as a whole was
    KERNEL_DIED = "kernel-died"  # FAILED: the kernel's process ended (out of memory, crash, os._exit)
    WORKER_DIED = "worker-died"  # FAILED: the worker's process ended without a word
    KILLED = "killed"  # FAILED: the program's process was ended by a signal that nobody here has sent
    OUT_OF_MEMORY = "out-of-memory"  # FAILED: it used more memory than its limit
    NOT_STARTED = "not-started"  # FAILED: it could not even be started
    INPUT_ERROR = "input-error"  # FAILED: an input could not be resolved or loaded
    OUTPUT_ERROR = "output-error"  # FAILED: an output could not be saved (cannot be pickled, disk full)
    UNORDERED_FILES = "unordered-files"  # FAILED: steps used a file in another order than that of the notebook
    UNDECLARED_CHANGE = "undeclared-change"  # FAILED: the guard found an input changed in place
    TASK_FAILED = "task-failed"  # run, or task with parts, FAILED: at least one of its tasks failed
    RUN_PROCESS_DIED = "run-process-died"  # the process of the run ended; the run was resumed or failed
    NOT_SUPPORTED = "not-supported"  # FAILED: the spec asks for what this version cannot do


FINISHED = frozenset({RuntimeState.SUCCEEDED, RuntimeState.SKIPPED, RuntimeState.FAILED, RuntimeState.CANCELED})
"""Nothing moves out of these within one run; a retry of a run is a new start of it, see `ALLOWED_RUN_MOVES`."""

_S = RuntimeState
ALLOWED_TASK_MOVES: dict[RuntimeState, frozenset[RuntimeState]] = {
    # PENDING -> SUCCEEDED: from the cache. PENDING -> FAILED: its inputs could not be resolved.
    _S.PENDING: frozenset({_S.RUNNING, _S.SUCCEEDED, _S.SKIPPED, _S.FAILED, _S.CANCELED}),
    # RUNNING -> PENDING: this attempt failed or was lost, another follows.
    _S.RUNNING: frozenset({_S.SUCCEEDED, _S.FAILED, _S.CANCELING, _S.PENDING}),
    _S.CANCELING: frozenset({_S.CANCELED, _S.SUCCEEDED, _S.FAILED}),
    _S.SUCCEEDED: frozenset(),
    _S.SKIPPED: frozenset(),
    _S.FAILED: frozenset(),
    _S.CANCELED: frozenset(),
    _S.PAUSED: frozenset(),
}
ALLOWED_RUN_MOVES: dict[RuntimeState, frozenset[RuntimeState]] = {
    _S.PENDING: frozenset({_S.RUNNING, _S.CANCELED, _S.FAILED}),
    _S.RUNNING: frozenset({_S.SUCCEEDED, _S.FAILED, _S.CANCELING, _S.PAUSED}),
    _S.PAUSED: frozenset({_S.RUNNING, _S.CANCELING, _S.FAILED}),
    _S.CANCELING: frozenset({_S.CANCELED, _S.FAILED, _S.SUCCEEDED}),
    # A retry starts the run again: its unfinished and failed tasks are PENDING once more, as new attempts.
    _S.FAILED: frozenset({_S.RUNNING}),
    _S.CANCELED: frozenset({_S.RUNNING}),
    _S.SUCCEEDED: frozenset(),
    _S.SKIPPED: frozenset(),
}
