"""Bad input, as users bring it: a sentence with the place and the fix, never a traceback, never half a file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

WORKING = ("step:a", "x = 1\nprint(x)")


def findings(kfp: Any, notebook: Path) -> dict[str, dict[str, Any]]:
    """Diagnostics of a notebook that must not pass, by code."""
    result = kfp.json("check", notebook)
    assert result["exit"] == 1, result
    return {diagnostic["code"]: diagnostic for diagnostic in result["diagnostics"]}


def only_error(kfp: Any, notebook: Path) -> dict[str, Any]:
    errors = [d for d in findings(kfp, notebook).values() if d["severity"] == "error"]
    assert len(errors) == 1, errors
    refused = kfp("run", notebook)
    assert refused.returncode == 2, refused
    assert errors[0]["code"] in refused.stderr
    return errors[0]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"nbformat": 4}', "\x00\x01", '{"cells": 3, "nbformat": 4}'])
def test_broken_file(kfp: Any, tmp_path: Path, content: str) -> None:
    broken = tmp_path / "broken.ipynb"
    broken.write_text(content)
    assert "broken.ipynb" in only_error(kfp, broken)["message"]


def test_version_3(kfp: Any, tmp_path: Path) -> None:
    old = tmp_path / "old.ipynb"
    old.write_text(json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}))
    assert "convert" in only_error(kfp, old)["hint"]


def test_missing_file(kfp: Any) -> None:
    done = kfp("run", "nowhere.ipynb")
    assert done.returncode == 2
    assert "nowhere.ipynb" in done.stderr


@pytest.mark.parametrize("cells", [(), (("markdown", "# only text"),), (("skip", "x = 1"),), ("",)])
def test_nothing_to_run(kfp: Any, make_notebook: Any, cells: tuple[Any, ...]) -> None:
    assert only_error(kfp, make_notebook(*cells))["hint"]


def test_empty_step_name(kfp: Any, make_notebook: Any) -> None:
    assert only_error(kfp, make_notebook(("step:", "x = 1")))["cell"] == 1


def test_a_step_name_that_comes_again_continues_the_step(kfp: Any, make_notebook: Any) -> None:
    notebook = make_notebook(("step:a", "x = 1"), ("step:a", "x = x + 1\nprint(x)"))
    result = kfp.json("run", notebook)
    assert (result["state"], list(result["tasks"])) == ("SUCCEEDED", ["root/a"])
    assert result["tasks"]["root/a"]["log"].splitlines()[-1] == "2"


def test_typo_in_a_tag(kfp: Any, make_notebook: Any) -> None:
    error = only_error(kfp, make_notebook(WORKING, ("stpe:b", "y = 2")))
    assert error["cell"] == 2
    assert "step:b" in error["message"] + error["hint"]


def test_after_an_unknown_step(kfp: Any, make_notebook: Any) -> None:
    error = only_error(kfp, make_notebook(("step:prepare", "x = 1"), ("step:b,after:prepaer", "y = 2")))
    assert error["cell"] == 2
    assert "prepare" in error["message"] + error["hint"]


def test_cycle_of_after(kfp: Any, make_notebook: Any) -> None:
    error = only_error(kfp, make_notebook(("step:a,after:b", "x = 1"), ("step:b,after:a", "y = 2")))
    assert "a" in error["message"]
    assert "b" in error["message"]


def test_undefined_name(kfp: Any, make_notebook: Any) -> None:
    error = only_error(kfp, make_notebook(WORKING, ("step:b", "y = 2\nprint(unknown)")))
    assert (error["cell"], error["line"], error["variable"]) == (2, 2, "unknown")


def test_unknown_kernel(kfp: Any, make_notebook: Any) -> None:
    result = kfp.json("run", make_notebook(WORKING, kernel="no-such-kernel"))
    assert result["exit"] != 0
    assert "no-such-kernel" in result["error"]["message"]
    assert "python3" in result["error"]["message"] + result["error"]["hint"]
    assert kfp.json("runs")["runs"] == []


@pytest.mark.parametrize(
    ("given", "mentions"),
    [
        ("rows=many", "rows"),
        ("rows=1.5", "rows"),
        ("share=much", "share"),
        ("rosw=3", "rows"),
        ("names=[1,", "names"),
        ("flag=perhaps", "flag"),
        ("rows", "name=value"),
    ],
)
def test_bad_parameter(kfp: Any, make_notebook: Any, given: str, mentions: str) -> None:
    cell = "rows = 10\nshare = 0.5\nnames = ['a']\nflag = True"
    notebook = make_notebook(("parameters", cell), ("step:a", "print(rows, share, names, flag)"))
    result = kfp.json("run", notebook, "-p", given)
    assert result["exit"] == 2
    assert mentions in result["error"]["message"] + (result["error"].get("hint") or "")


def test_missing_parameter_of_a_spec(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    notebook = make_notebook(("parameters", "rows = 10"), ("step:a", "print(rows)"))
    assert kfp("compile", notebook, "-o", "p.yaml").returncode == 0
    text = (tmp_path / "p.yaml").read_text()
    assert "defaultValue: 10" in text
    lines = [line for line in text.splitlines() if "defaultValue" not in line and "isOptional" not in line]
    (tmp_path / "p.yaml").write_text("\n".join(lines))
    result = kfp.json("run", "p.yaml")
    assert (result["exit"], "rows" in result["error"]["message"]) == (2, True)


@pytest.mark.parametrize("target", ["missing/folder/out.yaml", "taken/out.yaml", "/proc/out.yaml"])
def test_output_that_cannot_be_written(kfp: Any, make_notebook: Any, tmp_path: Path, target: str) -> None:
    (tmp_path / "taken").write_text("a file, no folder")
    done = kfp("compile", make_notebook(WORKING), "-o", target)
    assert done.returncode in (2, 4)
    assert target in done.stderr


def test_home_that_cannot_be_written(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, no folder")
    done = kfp("run", make_notebook(WORKING))
    assert done.returncode == 4
    assert "home" in done.stderr


def test_notebook_that_changes_while_it_runs(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    cell = "import time, pathlib\nwhile not pathlib.Path('go').exists(): time.sleep(0.01)\nx = 1"
    notebook = make_notebook(("step:a", cell), ("step:b", "print('first version', x)"))
    started = kfp.json("run", notebook, "--detach")
    notebook.write_text(notebook.read_text().replace("first version", "second version"))
    (tmp_path / "go").touch()
    kfp("attach", started["run_id"])
    assert kfp.json("show", started["run_id"])["tasks"]["root/b"]["log"] == "first version 1\n"


def test_two_runs_at_once(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    cell = (
        "import time, pathlib, uuid\n"
        "pathlib.Path(f'at-{uuid.uuid4()}').touch()\n"
        "while len(list(pathlib.Path('.').glob('at-*'))) < 2: time.sleep(0.01)"
    )
    notebook = make_notebook(("step:a", cell))
    command = [sys.executable, "-m", "jupyter_kfp.cli", "run", str(notebook), "--json"]
    runs = [
        subprocess.Popen(command, cwd=tmp_path, env=kfp.environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    results = [json.loads(run.communicate(timeout=120)[0]) for run in runs]
    assert [result["state"] for result in results] == ["SUCCEEDED", "SUCCEEDED"]
    assert results[0]["run_id"] != results[1]["run_id"]


def test_notebook_of_50_mb_of_outputs(kfp: Any, make_notebook: Any) -> None:
    notebook = make_notebook(WORKING, ("step:b", "print(x + 1)"))
    document = json.loads(notebook.read_text())
    big = {"output_type": "stream", "name": "stdout", "text": ["0123456789" * 100 + "\n"] * 50_000}
    document["cells"][0]["outputs"] = [big]
    notebook.write_text(json.dumps(document))
    assert notebook.stat().st_size > 50_000_000
    result = kfp.json("run", notebook)
    assert result["state"] == "SUCCEEDED"
    assert kfp("compile", notebook, "-o", "-").stdout.count("0123456789") == 0


def test_step_that_prints_100_mb(kfp: Any, make_notebook: Any) -> None:
    cell = "line = 'x' * 99\nfor _ in range(1_000_000): print(line)\nprint('the end')"
    result = kfp.json("run", make_notebook(("step:a", cell)), timeout=240)
    assert result["state"] == "SUCCEEDED"
    task = result["tasks"]["root/a"]
    assert task["log"].endswith("the end\n")
    assert len(task["log"].encode()) <= 64 * 1024
    log = kfp("logs", result["run_id"], "a")
    assert len(log.stdout) >= 100_000_000
    assert task["artifacts"]["executed-notebook"]["size"] < 5_000_000


def test_value_that_cannot_be_pickled(kfp: Any, make_notebook: Any) -> None:
    notebook = make_notebook(
        ("step:make", "good = [1, 2]\nhandle = open('some.txt', 'w')"),
        ("step:use", "print(good, handle)"),
        ("step:other", "print(good)"),
    )
    result = kfp.json("run", notebook)
    assert (result["state"], result["exit"]) == ("FAILED", 1)
    error = result["tasks"]["root/make"]["error"]
    assert "handle" in error["message"]
    assert "TextIOWrapper" in error["message"]
    assert "make" in error["message"]
    assert "good" in result["tasks"]["root/make"]["artifacts"]
    assert result["tasks"]["root/use"]["state"] == "SKIPPED"


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="a small disk of its own needs root on Linux")
def test_full_disk_while_saving(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    small = tmp_path / "home"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=150m", "none", str(small)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr!r}")
    try:
        notebook = make_notebook(("step:make", "x = bytearray(200_000_000)"), ("step:use", "print(len(x))"))
        result = kfp.json("run", notebook)
        assert (result["state"], result["exit"]) == ("FAILED", 1)
        assert "the disk is full" in result["tasks"]["root/make"]["error"]["message"]
        assert not [path for path in small.rglob("*") if path.is_file() and path.stat().st_size > 100_000_000]
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)
