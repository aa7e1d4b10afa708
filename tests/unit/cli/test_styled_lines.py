"""Text measured as terminals measure it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.cli.styled_lines import (
    Segment,
    as_ansi,
    as_text,
    fit,
    fit_line,
    line_width,
    pad,
    printable,
    table,
    text_width,
)


@pytest.mark.parametrize(
    ("text", "width"),
    [("train", 5), ("Übung", 5), ("日本", 4), ("e\u0301", 1), ("🚀", 2), ("", 0), ("a\u200bb", 2)],
)
def test_width(text: str, width: int) -> None:
    assert text_width(text) == width


def test_cutting_leaves_an_ellipsis() -> None:
    assert fit("prepare data", 8) == "prepare…"
    assert fit("prepare", 7) == "prepare"
    assert fit("日本語", 5) == "日本…"
    assert fit("日本語", 4) == "日…"
    assert fit("x", 0) == ""


@given(st.text(), st.integers(0, 30))
def test_what_fits_fits(text: str, columns: int) -> None:
    assert text_width(fit(text, columns)) <= columns


@given(st.text(max_size=10), st.integers(0, 30))
def test_padding_fills_the_columns(text: str, columns: int) -> None:
    assert text_width(pad(text, columns)) == max(columns, text_width(text))


@given(st.lists(st.text(max_size=10).map(Segment), max_size=5), st.integers(1, 30))
def test_lines_are_cut_across_segments(line: list[Segment], columns: int) -> None:
    assert line_width(fit_line(line, columns)) <= max(columns, 1)


@given(st.text())
def test_printable_text_cannot_move_the_cursor(text: str) -> None:
    assert not any(char < " " or char == "\x7f" for char in printable(text))


def test_colour_never_changes_the_text() -> None:
    line = [Segment("ok", "good"), Segment(" and "), Segment("bad", "bad")]
    assert as_text(line) == "ok and bad"
    assert as_ansi(line) == "\x1b[32mok\x1b[0m and \x1b[31mbad\x1b[0m"


def test_a_column_that_does_not_fit_goes_below() -> None:
    lines = table(("Name", "Where"), [("roc", "/a/long/path")], width=12)
    assert [as_text(line) for line in lines] == ["Name", "roc", "    /a/long/path"]


def test_tables_align_wide_characters_and_numbers() -> None:
    lines = table(("Name", "Size", "Where"), [("日本", "1 B", "/a"), ("x", "20 KiB", "/b")], right=frozenset({1}))
    assert [as_text(line) for line in lines] == [
        "Name    Size  Where",
        "日本     1 B  /a",
        "x     20 KiB  /b",
    ]
