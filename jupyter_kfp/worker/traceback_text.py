"""A traceback as a notebook's author wants it: their own frames and those below, cells called by their number."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator
from pathlib import PurePath
from types import TracebackType

CellOfFile = Callable[[str], int | None]
"""Number of the cell whose code was compiled under a file name; None if it is no cell."""

_OURS = ("IPython", "ipykernel", "nbclient", "jupyter_kfp")
_LONGEST_MESSAGE = 500
_LONGEST_TRACEBACK = 20_000
_SYNTAX_PLACE = re.compile(r'  File "cell-(\d+)"')
"""How Python tells where the syntax is wrong, once the file has the name that we gave it."""
_TERMINAL_CODES = re.compile(r"\x1b\[[0-9;]*m")
_CRASH = re.compile(r"^Fatal Python error: .*", re.MULTILINE | re.DOTALL)
_CRASH_CELL = re.compile(r'File "[^"]*/ipykernel_\d+/\d+\.py", line (\d+)')


def user_traceback(error: BaseException, cell_of_file: CellOfFile) -> str:
    """Format an exception and those it was raised from, without the frames of IPython, ipykernel and ours."""
    report = traceback.TracebackException(type(error), error, error.__traceback__, compact=True)
    for part in _chain(report, set()):
        part.stack = _UserFrames(_kept_frames(part.stack, cell_of_file))
        if isinstance(part, traceback.TracebackException) and getattr(part, "filename", None):
            cell = cell_of_file(part.filename or "")
            part.filename = part.filename if cell is None else f"cell-{cell}"
    text = "".join(report.format()).rstrip("\n")
    return _SYNTAX_PLACE.sub(r"  Cell \1", text)


def failing_line(error: BaseException, cell: int, cell_of_file: CellOfFile) -> int | None:
    """Line of the cell that the exception came through, or where its syntax is wrong; None if it never was in it."""
    if isinstance(error, SyntaxError) and error.lineno is not None and cell_of_file(error.filename or "") == cell:
        return error.lineno
    lines = [line for file, line in _places(error.__traceback__) if cell_of_file(file) == cell]
    return lines[-1] if lines else None


def error_headline(error: BaseException) -> str:
    """Class and first line of an exception; of a syntax error without the place, which is told otherwise."""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return headline(type(error).__name__, text)


def without_colours(text: str) -> str:
    """Text as a file shows it."""
    return _TERMINAL_CODES.sub("", text)


def crash_report(words: str) -> tuple[str, int | None]:
    """What a dying kernel said, down to the cell, and the line of the cell that ran; from faulthandler's stack."""
    match = _CRASH.search(words)
    if match is None:
        return words, None
    kept = []
    for text_line in match[0].splitlines():
        if any(f"/{name}/" in text_line for name in _OURS):
            break
        kept.append(text_line)
    lines = [int(found[1]) for text_line in kept if (found := _CRASH_CELL.search(text_line))]
    report = _CRASH_CELL.sub(r"a cell, line \1", "\n".join(kept).strip())
    return report, lines[-1] if lines else None


def shortened(text: str) -> str:
    """Beginning and end of a traceback that is too long to be shown, as when the message has a whole table in it."""
    left_out = len(text) - _LONGEST_TRACEBACK
    if left_out <= 0:
        return text
    half = _LONGEST_TRACEBACK // 2
    return f"{text[:half]}\n[... {left_out:,} characters left out, see the log ...]\n{text[-half:]}"


def headline(name: str, text: str) -> str:
    """One line from an exception's class and text."""
    lines = text.strip().splitlines()
    first = lines[0] if lines else ""
    if len(first) > _LONGEST_MESSAGE:
        first = first[:_LONGEST_MESSAGE] + "…"
    return f"{name}: {first}" if first else name


class _UserFrames(traceback.StackSummary):
    """Shows a cell as ``Cell 4, line 2``."""

    def format_frame_summary(self, frame_summary: traceback.FrameSummary) -> str:
        """Format one frame."""
        if not frame_summary.filename.startswith("Cell "):
            return super().format_frame_summary(frame_summary)
        place = f"  {frame_summary.filename}, line {frame_summary.lineno}"
        if frame_summary.name != "<module>":
            place += f", in {frame_summary.name}"
        return f"{place}\n    {frame_summary.line}\n" if frame_summary.line else f"{place}\n"


def _kept_frames(stack: traceback.StackSummary, cell_of_file: CellOfFile) -> list[traceback.FrameSummary]:
    cells = [cell_of_file(frame.filename) for frame in stack]
    first = next((index for index, cell in enumerate(cells) if cell is not None), None)
    kept = []
    for index, (frame, cell) in enumerate(zip(stack, cells, strict=True)):
        if first is not None and index < first:
            continue
        if cell is not None:
            kept.append(traceback.FrameSummary(f"Cell {cell}", frame.lineno, frame.name, line=frame.line))
        elif not _is_ours(frame.filename):
            kept.append(frame)
    return kept


def _is_ours(filename: str) -> bool:
    return any(part in _OURS for part in PurePath(filename).parts)


def _chain(report: traceback.TracebackException, seen: set[int]) -> Iterator[traceback.TracebackException]:
    if id(report) in seen:
        return
    seen.add(id(report))
    yield report
    for linked in (report.__cause__, report.__context__, *(report.exceptions or ())):
        if linked is not None:
            yield from _chain(linked, seen)


def _places(place: TracebackType | None) -> Iterator[tuple[str, int]]:
    while place is not None:
        yield place.tb_frame.f_code.co_filename, place.tb_lineno
        place = place.tb_next
