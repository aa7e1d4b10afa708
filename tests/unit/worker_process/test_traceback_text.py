"""Tracebacks as a notebook's author wants them."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_kfp.worker.traceback_text import crash_report, error_headline, failing_line, headline, user_traceback

CELLS = {"<cell-4>": 4, "<cell-2>": 2}


def raised(source: str, file: str = "<cell-4>", **names: Any) -> BaseException:
    """The exception that a cell raises, run below a frame of ours."""
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - any
        exec(compile(source, file, "exec"), names)
    return caught.value


def test_frames_above_the_cell_are_left_out_and_those_below_kept() -> None:
    error = raised("import json\njson.loads('{')")
    lines = user_traceback(error, CELLS.get).splitlines()
    assert lines[:2] == ["Traceback (most recent call last):", "  Cell 4, line 2"]
    assert "json/decoder.py" in "".join(lines)
    assert __file__ not in "".join(lines)
    assert failing_line(error, 4, CELLS.get) == 2


def test_a_function_of_another_cell_is_named_and_the_line_is_that_of_the_failing_cell() -> None:
    names: dict[str, Any] = {}
    exec(compile("def f(x):\n    return 1 / x", "<cell-2>", "exec"), names)
    error = raised("a = 1\nf(0)", f=names["f"])
    text = user_traceback(error, CELLS.get)
    assert "  Cell 4, line 2\n" in text
    assert "  Cell 2, line 2, in f\n" in text
    assert failing_line(error, 4, CELLS.get) == 2
    assert failing_line(error, 2, CELLS.get) == 2
    assert failing_line(error, 9, CELLS.get) is None


def test_causes_are_kept() -> None:
    error = raised("try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise KeyError('k') from e")
    text = user_traceback(error, CELLS.get)
    assert text.index("ZeroDivisionError") < text.index("direct cause") < text.index("KeyError: 'k'")
    assert "  Cell 4, line 2" in text


def test_a_syntax_error_has_its_place() -> None:
    with pytest.raises(SyntaxError) as caught:
        compile("x = 1\ny ==", "<cell-4>", "exec")
    error = caught.value.with_traceback(None)
    assert failing_line(error, 4, CELLS.get) == 2
    assert user_traceback(error, CELLS.get).startswith("  Cell 4, line 2\n    y ==")
    assert error_headline(error) == "SyntaxError: invalid syntax"


def test_exception_groups_are_cleaned_too() -> None:
    source = "def f():\n    raise ValueError('inner')\ntry:\n    f()\n"
    source += "except ValueError as e:\n    raise ExceptionGroup('g', [e])"
    text = user_traceback(raised(source), CELLS.get)
    assert "Cell 4, line 2, in f" in text
    assert "ValueError: inner" in text


def test_a_headline_is_one_short_line() -> None:
    assert headline("ValueError", "a\nb") == "ValueError: a"
    assert headline("SystemExit", "") == "SystemExit"
    assert len(headline("ValueError", "x" * 10_000)) < 600


CRASH = """noise
Fatal Python error: Segmentation fault

Stack (most recent call first):
  File "/usr/lib/python3.11/ctypes/__init__.py", line 519 in string_at
  File "/tmp/ipykernel_12/3882147532.py", line 3 in f
  File "/tmp/ipykernel_12/388214.py", line 4 in <module>
  File "/venv/site-packages/IPython/core/interactiveshell.py", line 3823 in run_code
"""


def test_a_crash_is_told_by_the_line_of_the_cell() -> None:
    report, line = crash_report(CRASH)
    assert line == 4
    assert report.splitlines()[0] == "Fatal Python error: Segmentation fault"
    assert report.splitlines()[-1] == "  a cell, line 4 in <module>"
    assert crash_report("double free or corruption") == ("double free or corruption", None)
