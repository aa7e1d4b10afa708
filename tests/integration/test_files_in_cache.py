"""A step runs again when a file that it reads changes, and not because of files that it writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

READ = "rows = open('data.csv').read().split()\nprint(rows)"
WRITE = "open('out.txt', 'w').write(' '.join(rows))\nprint('wrote')"


def reasons(kfp: Any, notebook: Path, *arguments: str) -> dict[str, str]:
    result = kfp.json("run", notebook, *arguments)
    assert result["state"] == "SUCCEEDED", result
    return {path.removeprefix("root/"): task["reason"] or "ran" for path, task in result["tasks"].items()}


def test_a_changed_data_file_runs_its_readers(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("1 2")
    notebook = make_notebook(("step:read", READ), ("step:write", WRITE))
    assert reasons(kfp, notebook) == {"read": "ran", "write": "ran"}
    assert reasons(kfp, notebook) == {"read": "cached", "write": "cached"}
    data.write_text("1 2 3")
    assert "data.csv changed" in kfp("plan", notebook).stdout
    assert reasons(kfp, notebook) == {"read": "ran", "write": "ran"}
    assert reasons(kfp, notebook) == {"read": "cached", "write": "cached"}


def test_a_file_that_a_step_wrote_is_written_again_if_it_is_gone(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    notebook = make_notebook(
        ("step:write", "open('made.txt', 'w').write('7')"),
        ("step:read,after:write", "print(open('made.txt').read())"),
    )
    assert reasons(kfp, notebook) == {"write": "ran", "read": "ran"}
    assert reasons(kfp, notebook) == {"write": "cached", "read": "cached"}
    (tmp_path / "made.txt").unlink()
    assert reasons(kfp, notebook) == {"write": "ran", "read": "cached"}
    assert (tmp_path / "made.txt").read_text() == "7"
    notebook.write_text(notebook.read_text().replace("'7'", "'8'"))
    assert reasons(kfp, notebook) == {"write": "ran", "read": "ran"}


def test_a_file_named_by_a_parameter_counts(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("1 2")
    notebook = make_notebook(("parameters", "path = 'other'"), ("step:read", "print(open(path).read())"))
    assert reasons(kfp, notebook) == {"read": "ran"}
    assert reasons(kfp, notebook) == {"read": "cached"}
    (tmp_path / "other").write_text("changed")
    assert reasons(kfp, notebook) == {"read": "ran"}
