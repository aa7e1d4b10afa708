"""Replay the notebook's setup cells in the step's kernel, without a trace in history, counters or outputs."""

from __future__ import annotations

import asyncio
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from jupyter_kfp.spec.step_payload import Cell
from jupyter_kfp.spec.worker_events import StepError


def cell_file(shell: Any, cell: Cell) -> str:
    """File name that the kernel's compiler gives to the code of a cell."""
    return str(shell.compile.get_code_name(cell.source, cell.source, 0))


def replay(shell: Any, cells: Sequence[Cell]) -> StepError | None:
    """Run the cells in order. The first error ends it and comes back, with the user's traceback."""
    labels = {cell_file(shell, cell): f"setup cell {cell.number}" for cell in cells}
    for cell in cells:
        with _quiet(shell):
            result = _run(shell, cell.source)
        _number_code(shell, cell)
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            return _setup_error(error, cell, cell_file(shell, cell), labels)
    return None


def _number_code(shell: Any, cell: Cell) -> None:
    """Have the shell know the code by the cell's own number: run without history, it got that of the step's first."""
    shell.compile._filename_map[cell_file(shell, cell)] = cell.number  # noqa: SLF001  `cell_of_file` reads it


@contextmanager
def _quiet(shell: Any) -> Iterator[None]:
    """Without the shell's own report of errors, which would reach the notebook as output."""
    shell._showtraceback = _show_nothing  # noqa: SLF001  IPython's documented hook for front ends
    try:
        yield
    finally:
        del shell._showtraceback  # noqa: SLF001  the class's own is visible again


def _show_nothing(*_: object) -> None:
    """Stand in for the report."""


def _run(shell: Any, source: str) -> Any:
    if not _needs_loop(shell, source):
        return shell.run_cell(source, store_history=False, silent=True)
    transformed = shell.transform_cell(source)
    # The kernel's event loop is busy with the cell that called us, so ``await`` at top level gets a loop of its own.
    results: list[Any] = []

    def run() -> None:
        cell = shell.run_cell_async(source, store_history=False, silent=True, transformed_cell=transformed)
        results.append(asyncio.run(cell))

    thread = threading.Thread(target=run, name="jupyter_kfp setup")
    thread.start()
    thread.join()
    return results[0]


def _needs_loop(shell: Any, source: str) -> bool:
    """Whether a cell awaits at top level. A cell that cannot be parsed does not; running it tells why."""
    if "await" not in source and "async" not in source:
        return False
    try:
        return bool(shell.should_run_async(source, transformed_cell=shell.transform_cell(source)))
    except SyntaxError:
        return False


def _setup_error(error: BaseException, cell: Cell, file: str, labels: Mapping[str, str]) -> StepError:
    line = error.lineno if isinstance(error, SyntaxError) else _last_line(error, file)
    text = str(error.msg) if isinstance(error, SyntaxError) else str(error)
    place = f"setup, cell {cell.number}" + (f", line {line}" if line else "")
    return StepError(
        code="KFP310",
        message=f"{place}: {type(error).__name__}: {_first_line(text)}",
        cell=cell.number,
        line=line,
        exception=type(error).__name__,
        traceback=user_traceback(error, labels),
        hint="the setup cells are replayed at the start of every step; this one does not run there",
    )


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0]


def _last_line(error: BaseException, file: str) -> int | None:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return lines[-1] if lines else None


def user_traceback(error: BaseException, labels: Mapping[str, str]) -> str:
    """The traceback from the first frame in a cell on; file names of cells are replaced by `labels`."""
    report = traceback.TracebackException.from_exception(error)
    frames = list(report.stack)
    first = next((i for i, frame in enumerate(frames) if frame.filename in labels), len(frames))
    report.stack = traceback.StackSummary.from_list(frames[first:])
    text = "".join(report.format())
    for file, label in labels.items():
        text = text.replace(f'File "{file}"', label)
    return text
