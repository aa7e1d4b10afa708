"""`jupyter kfp check --fix` and `jupyter kfp fix`: the notebook's file is mended, and then gives its result."""

from __future__ import annotations

import difflib
import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

CALL = "def call(value, name, *given):\n    getattr(value, name)(*given)"
SORTED_IN_SECRET = (
    ("", "import jupyter_kfp"),
    ("step:load", "rows = [3, 1, 2]\nother = {'a': 1}"),
    ("step:tidy", f"{CALL}\ncall(rows, 'sort')\ncall(other, 'update', {{'b': 2}})"),
    ("step:report", "print(rows[0], sorted(other))"),
)


def by_hand(notebook: Path) -> str:
    """What the notebook prints when it is run in one kernel."""
    document = nbformat.read(notebook, as_version=4)
    NotebookClient(document, timeout=60).execute(cwd=str(notebook.parent))
    return "".join(output.get("text", "") for cell in document.cells for output in cell.get("outputs", []))


def changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[:3] not in {"---", "+++", "@@ "}]


@pytest.fixture
def notebook(make_notebook: Any) -> Path:
    """A notebook as Jupyter writes it, of which one step changes its inputs unseen."""
    path: Path = make_notebook(*SORTED_IN_SECRET)
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    return path


def test_a_run_that_the_guard_stopped_is_mended_and_gives_the_result_of_the_notebook(kfp: Any, notebook: Path) -> None:
    expected = by_hand(notebook)
    failed = kfp("run", notebook)
    assert failed.returncode == 1
    assert f"jupyter kfp fix {notebook.name} " in failed.stdout, "the report names the command"
    before = notebook.read_text()
    fixed = kfp("fix", notebook, "last")
    assert fixed.returncode == 0, fixed.stderr
    assert "step “tidy”: wrote that it changes" in fixed.stdout
    assert f"jupyter kfp run {notebook}" in fixed.stdout
    added = changed_lines(before, notebook.read_text())
    assert not [line for line in added if line.startswith("-") and line != "-    ]"]
    assert json.loads(notebook.read_text())["cells"][2]["metadata"] == {
        "tags": ["step:tidy"],
        "kfp": {"mutates": ["other", "rows"]},
    }
    after = notebook.read_bytes()
    again = kfp("fix", notebook, "last")
    assert (again.returncode, notebook.read_bytes()) == (0, after)
    assert "says already" in again.stdout
    run = kfp.json("run", notebook)
    assert run["state"] == "SUCCEEDED"
    assert kfp("logs", "last", "report").stdout == expected == "1 ['a', 'b']\n"


def test_names_that_are_declared_already_stay(kfp: Any, make_notebook: Any) -> None:
    cells = list(SORTED_IN_SECRET)
    cells[2] = (*cells[2], {"mutates": ["other"], "timeout": "1m"})
    path = make_notebook(*cells)
    kfp("run", path)
    fixed = kfp.json("fix", path, "last")
    assert [(one["step"], one["cell"], one["added"]) for one in fixed["declared"]] == [("tidy", 3, ["rows"])]
    metadata = json.loads(path.read_text())["cells"][2]["metadata"]["kfp"]
    assert metadata == {"mutates": ["other", "rows"], "timeout": "1m"}
    assert kfp.json("run", path)["state"] == "SUCCEEDED"


def test_what_cannot_be_mended_is_said_kindly(kfp: Any, notebook: Path, make_notebook: Any) -> None:
    other = make_notebook(("step:a", "1 / 0"), name="other")
    missing = kfp.json("fix", notebook, "last")
    assert (missing["error"]["code"], missing["exit"]) == ("KFP211", 2)
    kfp("run", notebook)
    wrong = kfp.json("fix", other, "last")
    assert (wrong["error"]["code"], wrong["exit"]) == ("KFP271", 2)
    assert str(notebook) in wrong["error"]["message"]
    document = json.loads(notebook.read_text())
    document["cells"][2]["source"] += "\nprint('more')"
    notebook.write_text(json.dumps(document))
    before = notebook.read_bytes()
    changed = kfp.json("fix", notebook, "last")
    assert (changed["error"]["code"], changed["exit"]) == ("KFP273", 2)
    assert "“tidy”" in changed["error"]["message"]
    assert notebook.read_bytes() == before
    kfp("run", other)
    raised = kfp.json("fix", other, "last")
    assert (raised["error"]["code"], raised["exit"]) == ("KFP272", 2)
    assert "ZeroDivisionError" in raised["error"]["message"]
    assert kfp.json("fix", kfp.folder / "none.ipynb", "last")["error"]["code"] == "KFP113"


def test_check_mends_the_file_and_nothing_else(kfp: Any, make_notebook: Any) -> None:
    path = make_notebook(("stpe:load", "rows = [1]"), ("step:show,mine", "print(rows)", {"memroy": "1Gi"}))
    document = json.loads(path.read_text())
    document["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["é\n"]}]
    path.write_text(json.dumps(document, indent=4), encoding="utf-8")
    path.chmod(0o640)
    before = path.read_text()
    found = kfp("check", path)
    assert found.returncode == 1
    assert "[*] 1 can be mended" in found.stdout or "[*] 2 can be mended" in found.stdout
    assert path.read_text() == before, "a check changes nothing"
    mended = kfp.json("check", path, "--fix")
    assert mended["exit"] == 0
    assert {one["code"] for one in mended["fixed"]} == {"KFP101", "KFP109"}
    assert mended["fixed"][0]["edits"][0] == {
        "kind": "tag",
        "cell": 1,
        "cell_id": "c1",
        "old": "stpe:load",
        "new": "step:load",
    }
    assert mended["diagnostics"] == []
    wanted = before.replace("stpe:load", "step:load").replace("memroy", "memory")
    assert path.read_text() == wanted
    assert path.stat().st_mode & 0o777 == 0o640
    assert kfp("check", path, "--fix").stdout == f"{path}: no findings\n"


def test_a_link_stays_a_link(kfp: Any, make_notebook: Any) -> None:
    path = make_notebook(("stpe:load", "rows = [1]"))
    link = kfp.folder / "link.ipynb"
    link.symlink_to(path)
    assert kfp("check", link, "--fix").returncode == 0
    assert link.is_symlink()
    assert "step:load" in path.read_text()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(kfp: Any, make_notebook: Any) -> None:
    path = make_notebook(("stpe:load", "rows = [1]"))
    path.parent.chmod(0o500)
    refused = kfp.json("check", path, "--fix")
    path.parent.chmod(0o700)
    assert refused["error"]["code"] == "KFP521"
