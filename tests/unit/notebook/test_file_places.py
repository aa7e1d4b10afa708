"""Places in cells are found in the file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jupyter_kfp.notebook.file_places import FilePlaces

NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "source": ["# Title"]},
        {"cell_type": "code", "source": ["x = 'é\\n'\n", "\n", "print(totl)"]},
        {"cell_type": "code", "source": "a\nb = wrong"},
    ]
}


@pytest.mark.parametrize("layout", [{"indent": 1}, {"indent": 1, "ensure_ascii": False}, {}])
@pytest.mark.parametrize(
    ("cell", "line", "column", "text"),
    [(2, 3, 7, "totl)"), (2, 1, 1, "x = '"), (3, 2, 5, 'wrong"'), (2, 2, 1, "\\n"), (1, 1, 3, "Title")],
)
def test_a_place_in_a_cell(layout: dict[str, Any], cell: int, line: int, column: int, text: str) -> None:
    written = json.dumps(NOTEBOOK, **layout)
    found_line, found_column = FilePlaces(written.encode()).find(cell, line, column)
    assert written.splitlines()[found_line - 1][found_column - 1 :].startswith(text)


def test_what_has_no_place_in_a_source_is_at_its_cell() -> None:
    written = json.dumps(NOTEBOOK, indent=1)
    places = FilePlaces(written.encode())
    assert places.find(None, None, None) == (1, 1)
    assert places.find(9, 1, 1) == (1, 1)
    line, column = places.find(2, None, None)
    assert written.splitlines()[line - 1][column - 1] == "{"
    assert places.find(2, 99, 1)[0] > line


def test_a_broken_file_has_no_places() -> None:
    with pytest.raises((ValueError, IndexError)):
        FilePlaces(b"{")
