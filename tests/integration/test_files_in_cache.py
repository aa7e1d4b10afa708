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


HELPER = """
import os, time

def put(name, text):
    open(os.path.join('.', name + '.txt'), 'w').write(text)

def get(name):
    return open(os.path.join('.', name + '.txt')).read()

def say(name):
    open(name + '-said', 'w').close()

def wait_for(name):
    for _ in range(2000):
        if os.path.exists(name + '-said'):
            return
        time.sleep(0.01)
"""


def failure(kfp: Any, notebook: Path) -> dict[str, Any]:
    result = kfp.json("run", notebook)
    assert result["state"] == "FAILED", result
    (error,) = [task["error"] for task in result["tasks"].values() if task["error"]]
    return dict(error)


def test_a_module_that_reads_a_file_and_a_folder(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text(HELPER)
    (tmp_path / "in.txt").write_text("1")
    (tmp_path / "parts").mkdir()
    notebook = make_notebook(
        ("step:read", "import helper\nprint(helper.get('in'))"),
        ("step:look", "import os\nfolder = 'par' + 'ts'\nprint(os.listdir(folder))"),
    )
    assert reasons(kfp, notebook) == {"read": "ran", "look": "ran"}
    assert reasons(kfp, notebook) == {"read": "cached", "look": "cached"}
    (tmp_path / "in.txt").write_text("2")
    (tmp_path / "parts" / "new.csv").touch()
    plan = kfp("plan", notebook).stdout
    assert "the file in.txt changed" in plan
    assert "the files in the folder parts are others" in plan
    assert reasons(kfp, notebook) == {"read": "ran", "look": "ran"}


def test_commands_databases_and_parquet_count(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("1\n")
    notebook = make_notebook(
        ("step:shell", "name = 'in'\n!cat {name}.txt > out.txt"),
        (
            "step:store",
            "import sqlite3\nwith sqlite3.connect('x.db') as db:\n    db.execute('create table t (a)')\ndb.close()",
        ),
        ("step:query", "import sqlite3\nprint(sqlite3.connect('x.db').execute('select * from t').fetchall())"),
        ("step:frame", "import pandas as pd\npd.DataFrame({'a': [1]}).to_parquet('x.parquet')"),
        ("step:load", "import pandas as pd\nprint(pd.read_parquet('x.parquet'))"),
    )
    everything = ("shell", "store", "query", "frame", "load")
    assert reasons(kfp, notebook) == dict.fromkeys(everything, "ran")
    assert reasons(kfp, notebook) == dict.fromkeys(everything, "cached")
    (tmp_path / "in.txt").write_text("2\n")
    (tmp_path / "x.parquet").unlink()
    assert reasons(kfp, notebook) == dict.fromkeys(everything, "cached") | {"shell": "ran", "frame": "ran"}


def test_a_file_read_before_it_is_written_is_an_error(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    """In the notebook the reader stands below the writer; only a module knows that they use one file."""
    (tmp_path / "helper.py").write_text(HELPER)
    (tmp_path / "x.txt").write_text("old")
    write = ("step:write", "import helper\nhelper.wait_for('read')\nhelper.put('x', 'new')")
    read = "import helper\nprint(helper.get('x'))\nhelper.say('read')"
    error = failure(kfp, make_notebook(write, ("step:read", read)))
    assert error["code"] == "KFP347"
    told = (  # by the step that ends last, which may be either
        'step "read" read the file x.txt while it was not what step "write" writes',
        'step "write" wrote the file x.txt too late for step "read"',
    )
    assert error["message"].startswith(told)
    assert "after:write" in error["hint"]
    (tmp_path / "read-said").touch()
    result = kfp.json("run", make_notebook(write, ("step:read,after:write", read)))
    assert result["tasks"]["root/read"]["log"] == "new\n"


def test_a_cached_step_that_read_what_is_written_anew(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text(HELPER)
    read = "import helper\nprint(helper.get('x'))"
    notebook = make_notebook(("step:write", "import helper\nhelper.put('x', '1')"), ("step:read,after:write", read))
    assert reasons(kfp, notebook) == {"write": "ran", "read": "ran"}
    make_notebook(("step:write", "import helper\nhelper.put('x', str(1))"), ("step:read", read))
    assert reasons(kfp, notebook) == {"write": "ran", "read": "cached"}
    make_notebook(("step:write", "import helper\nhelper.put('x', '2')"), ("step:read", read))
    error = failure(kfp, notebook)
    assert (error["code"], error["details"]["file"]) == ("KFP347", str(tmp_path / "x.txt"))
