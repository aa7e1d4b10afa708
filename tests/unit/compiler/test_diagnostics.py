"""How diagnostics look."""

from __future__ import annotations

import json

from jupyter_kfp.compiler.diagnostics import render_github, render_json, render_text, sort_diagnostics
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity
from jupyter_kfp.notebook.edits import TagEdit
from jupyter_kfp.notebook.file_places import FilePlaces

ERROR = Diagnostic(
    code="KFP130",
    severity=Severity.ERROR,
    message="“totl” is not defined in any cell above",
    hint="did you mean “total”?",
    cell=4,
    line=2,
    column=8,
    variable="totl",
)
HINT = Diagnostic(code="KFP108", severity=Severity.HINT, message="100%: a, b")


def test_text_shows_the_line_with_a_caret() -> None:
    text = render_text([ERROR, HINT], file="nb.ipynb", sources={4: "if x:\n\tprint(totl)"})
    assert text == (
        "nb.ipynb cell 4, line 2: KFP130 error: “totl” is not defined in any cell above\n"
        "    \tprint(totl)\n"
        "    \t      ^\n"
        "    hint: did you mean “total”?\n"
        "nb.ipynb: KFP108 hint: 100%: a, b"
    )


def test_lines_that_are_not_there_are_left_out() -> None:
    assert "^" not in render_text([ERROR], file="nb.ipynb", sources={4: "one line"})
    assert "^" not in render_text([ERROR], file="nb.ipynb")


def test_github_commands_are_escaped() -> None:
    hint, error = render_github([HINT, ERROR], file="a,b:c.ipynb").splitlines()
    assert hint == "::notice file=a%2Cb%3Ac.ipynb,title=KFP108::a,b:c.ipynb: 100%25: a, b"
    place, _, message = error.partition("line 2: ")
    assert place == "::error file=a%2Cb%3Ac.ipynb,title=KFP130::a,b:c.ipynb cell 4, "
    assert message == "“totl” is not defined in any cell above (did you mean “total”?)"


def test_github_is_told_the_line_of_the_file() -> None:
    cells = [{"cell_type": "code", "source": ["x = 1\n", "print(totl)"]}] * 4
    places = FilePlaces(json.dumps({"cells": cells}, indent=1).encode())
    whole, place = render_github([HINT, ERROR], file="nb.ipynb", places=places).splitlines()
    assert whole.startswith("::notice file=nb.ipynb,line=1,col=1,title=KFP108::")
    assert place.startswith("::error file=nb.ipynb,line=28,col=13,title=KFP130::nb.ipynb cell 4, line 2: ")


def test_what_can_be_mended_is_marked() -> None:
    edit = TagEdit(cell=1, cell_id="a", old="stpe:a", new="step:a")
    mendable = Diagnostic(code="KFP101", severity=Severity.ERROR, message="m", cell=1, edits=(edit,))
    assert render_text([mendable], file="nb") == "nb cell 1: KFP101 error [*]: m"
    (written,) = render_json([mendable])[0]["edits"]
    assert written == {"kind": "tag", "cell": 1, "cell_id": "a", "old": "stpe:a", "new": "step:a"}


def test_the_caret_stands_below_wide_characters_too() -> None:
    text = render_text([ERROR], file="nb", sources={4: "\nx = '日本'"})
    assert text.splitlines()[1:3] == ["    x = '日本'", "             ^"]


def test_json_leaves_out_what_is_not_known() -> None:
    assert render_json([HINT]) == [{"code": "KFP108", "severity": "hint", "message": "100%: a, b"}]


def test_order_is_that_of_the_notebook_and_each_is_there_once() -> None:
    later = Diagnostic(code="KFP130", severity=Severity.ERROR, message="m", cell=5, line=1)
    warning = Diagnostic(code="KFP101", severity=Severity.WARNING, message="m", cell=4, line=2, column=8)
    assert sort_diagnostics([later, warning, ERROR, HINT, ERROR]) == [HINT, ERROR, warning, later]
