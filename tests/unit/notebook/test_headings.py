from __future__ import annotations

import pytest

from jupyter_kfp.notebook.headings import plain_text, step_headings
from jupyter_kfp.notebook.notebook import Notebook, NotebookCell


def headings(*cells: str) -> list[tuple[int, int, str]]:
    """Headings of markdown cells; a cell that begins with ``>`` is code."""
    made = [
        NotebookCell(
            number=number, id="", cell_type="code" if cell.startswith(">") else "markdown", source=cell.lstrip(">")
        )
        for number, cell in enumerate(cells, start=1)
    ]
    return [(found.cell, found.level, found.text) for found in step_headings(Notebook(name="n", cells=made))]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["# Load", ">x", "# Train", ">y"], [(1, 1, "Load"), (3, 1, "Train")]),
        (["# Title\n\ntext", "## Load", ">x", "### Deep", ">y", "## Train"], [(2, 2, "Load"), (6, 2, "Train")]),
        (["# Title\n## Load", ">x"], [(1, 2, "Load")]),
        (["# Title", ">x"], []),
        ([">x", "# Only"], [(2, 1, "Only")]),
        (["## A", ">x", "# B", ">y"], [(3, 1, "B")]),
        (["### A", ">x", "### B ###"], [(1, 3, "A"), (3, 3, "B")]),
        (["#### A", ">x"], []),
        (["```\n# no\n```\n# A", ">x", "# B"], [(1, 1, "A"), (3, 1, "B")]),
        (["~~~~\n```\n# no\n~~~~\n## A", ">x"], [(1, 2, "A")]),
        (["Title\n=====\n\nA\n---\ntext", ">x", "B\n--"], [(1, 2, "A"), (3, 2, "B")]),
        (["- a\n---", ">x"], []),
        (["\n---\n", ">x"], []),
        (["#no", "#", "# ", ">x"], []),
        (["    # code", ">x"], []),
        ([">x"], []),
        ([], []),
    ],
)
def test_headings_that_start_steps(cells: list[str], expected: list[tuple[int, int, str]]) -> None:
    assert headings(*cells) == expected


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**Load** _the_ `data`", "Load the data"),
        ("[Load](http://a/b) ![img](c.png)", "Load img"),
        ("<a id='x'></a>Load &amp; go", "Load & go"),
        ("1. Load\\_it", "1. Load_it"),
        ("snake_case_name stays", "snake_case_name stays"),
        ("***All*** ~~of~~ it", "All of it"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("  Übung   2 🚀", "Übung 2 🚀"),
    ],
)
def test_markup_is_stripped(markdown: str, text: str) -> None:
    assert plain_text(markdown) == text
