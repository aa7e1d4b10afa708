"""Why a step fails: the sentences that its author reads, and the worker's own control flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.step_payload import StepPayload
from jupyter_kfp.spec.worker_events import StepError
from jupyter_kfp.worker.cell_failure import CellFailure
from jupyter_kfp.worker.exit_status import describe_status
from jupyter_kfp.worker.hidden_request import HiddenRequestError
from jupyter_kfp.worker.session_files import REASONS, SessionReport
from jupyter_kfp.worker.traceback_text import crash_report, headline, without_colours

if TYPE_CHECKING:
    from jupyter_kfp.worker.notebook_engine import CellProblem

# Values of `runs.states.Reason`, which the worker does not import.
USER_CODE = "user-code"
KERNEL_DIED = "kernel-died"
INPUT_ERROR = "input-error"
OUTPUT_ERROR = "output-error"
NOT_SUPPORTED = "not-supported"

_HINTS = {
    "StdinNotImplementedError": "nobody answers while a pipeline runs: make the value a parameter of the pipeline",
    "SystemExit": "in a step it counts as an error; to end a step early, put the rest of the cell under an if",
}
_PLAIN_WORDS = {"StdinNotImplementedError": "input() was called, and nobody is there to answer"}
_NOT_RETRYABLE = {"SyntaxError", "IndentationError", "TabError", "NameError", "StdinNotImplementedError", "SystemExit"}
_MEMORY_HINT = "often memory ran out: load less at a time, give the step more memory, or run fewer steps at once"
_EXIT_HINT = "something in the cell ended the process, such as os._exit() or a library's own exit"
_CRASH_HINT = "a library crashed in native code; run the cell's calls one by one to find which it is"


class StepFailure(Exception):  # noqa: N818 - its error is its content
    """Ends the step."""

    def __init__(self, error: StepError, reason: str, *, retryable: bool = True) -> None:
        super().__init__(error.message)
        self.error = error
        self.reason = reason
        self.retryable = retryable


class StepStopped(Exception):  # noqa: N818 - no error: somebody asked
    """SIGTERM or SIGINT came."""


def fail_by(error: KfpError, step: str) -> NoReturn:
    """The step could not begin."""
    reason = {"KFP353": INPUT_ERROR, "KFP364": NOT_SUPPORTED}.get(error.code, KERNEL_DIED)
    words = str(error.details.get("stderr", ""))
    step_error = StepError(
        code=error.code, message=f'step "{step}": {error.message}', hint=error.hint or "", traceback=words
    )
    raise StepFailure(step_error, reason, retryable=error.code == "KFP363") from error


def fail_by_exception(step: str, problem: CellProblem, described: CellFailure | None) -> NoReturn:
    """The user's code raised."""
    line = described.line if described else None
    what = described.headline if described else headline(problem.exception, problem.text)
    what = _PLAIN_WORDS.get(problem.exception, what)
    error = StepError(
        code="KFP361",
        message=f"{_place(step, problem.cell, line)}: {what}",
        cell=problem.cell,
        line=line,
        exception=problem.exception,
        traceback=described.traceback if described else "",
        hint=_HINTS.get(problem.exception, ""),
        details={"missing_file": described.missing_file} if described and described.missing_file else {},
    )
    raise StepFailure(error, USER_CODE, retryable=problem.exception not in _NOT_RETRYABLE)


def fail_by_death(step: str, cell: int | None, when: str, status: int | None, words: str) -> NoReturn:
    """The kernel's process ended."""
    report, line = crash_report(words)
    where = f'step "{step}"' if cell is None else _place(step, cell, line)
    during = f" {when}" if cell is None else ""
    error = StepError(
        code="KFP362",
        message=f"{where}: the kernel died{during} ({describe_status(status)})",
        cell=cell,
        line=line if cell is not None else None,
        traceback=report,
        hint=_hint_for_death(status),
    )
    raise StepFailure(error, KERNEL_DIED)


def fail_by_exit(step: str, cell: int) -> NoReturn:
    """The cell called ``exit()`` or ``quit()``."""
    error = StepError(
        code="KFP365",
        message=f"{_place(step, cell, None)}: exit() or quit() ended the kernel",
        cell=cell,
        exception="SystemExit",
        hint=_HINTS["SystemExit"],
    )
    raise StepFailure(error, USER_CODE, retryable=False)


def fail_by_report(report: SessionReport) -> NoReturn:
    """Inputs could not be loaded, outputs not saved, or the guard found a change."""
    problem = report.problems[0]
    raise StepFailure(problem, REASONS.get(problem.code, OUTPUT_ERROR), retryable=report.retryable)


def fail_by_missing(step: str, keys: list[str]) -> NoReturn:
    """The component declares outputs that nobody wrote."""
    message = f'step "{step}": these outputs were not written: {", ".join(keys)}'
    raise StepFailure(
        StepError(code="KFP369", message=message, hint="compile the notebook again"), OUTPUT_ERROR, retryable=False
    )


def fail_by_hidden_code(payload: StepPayload, error: HiddenRequestError, when: str) -> NoReturn:
    """Our own code in the kernel raised: it is not installed there, or it is wrong."""
    if error.name == "ModuleNotFoundError":
        step_error = StepError(
            code="KFP367",
            message=f'step "{payload.step}": the environment of the kernel {payload.kernel!r} lacks a module that '
            f"steps need: {error.text}",
            hint="install jupyter_kfp in that environment",
        )
        raise StepFailure(step_error, NOT_SUPPORTED, retryable=False)
    step_error = StepError(
        code="KFP368",
        message=f'step "{payload.step}": {when} something failed that is not your fault: {error}',
        exception=error.name,
        traceback=without_colours("\n".join(error.traceback)),
        hint="please report this, with the traceback",
    )
    raise StepFailure(step_error, INPUT_ERROR if "loaded" in when else OUTPUT_ERROR)


def refuse_language(payload: StepPayload) -> None:
    """Variables cross between Python kernels only."""
    if payload.language == "python" or not (payload.inputs or payload.outputs or payload.setup):
        return
    error = StepError(
        code="KFP366",
        message=f'step "{payload.step}": variables cannot cross to or from a kernel of the language {payload.language}',
        hint="exchange files between the steps, or use a Python kernel",
    )
    raise StepFailure(error, NOT_SUPPORTED, retryable=False)


def cannot_write(step: str, error: OSError) -> StepFailure:
    """A file of the step could not be written, as when the disk is full."""
    where = f" {error.filename}" if error.filename else ""
    return StepFailure(
        StepError(
            code="KFP370",
            message=f'step "{step}": cannot write{where}: {error.strerror or error}',
            hint="free some space, or move JUPYTER_KFP_HOME to a larger disk",
        ),
        OUTPUT_ERROR,
    )


def _place(step: str, cell: int, line: int | None) -> str:
    return f'step "{step}", cell {cell}' + (f", line {line}" if line is not None else "")


def _hint_for_death(status: int | None) -> str:
    if status in {-9, 137}:
        return _MEMORY_HINT
    return _EXIT_HINT if status is not None and status >= 0 else _CRASH_HINT
