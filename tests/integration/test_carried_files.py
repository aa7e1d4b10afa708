"""Declared files travel: each step finds them in its own folder, wherever it runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_kfp.compiler.compile_notebook import compile_notebook
from jupyter_kfp.spec.model import Pipeline

WRITE = (
    "import os\nos.makedirs('out/parts', exist_ok=True)\nopen('out/x.csv', 'w').write(text)\n"
    "for n in range(3):\n    open(f'out/parts/{n}.txt', 'w').write(str(n))"
)
READ = "import glob\nprint(open('out/x.csv').read(), *[open(p).read() for p in sorted(glob.glob('out/parts/*.txt'))])"
DECLARED = {"files": ["out/x.csv", "out/parts/"]}


class Machines:
    """Runs each step of a pipeline with the worker's command line, in a folder of its own."""

    def __init__(self, pipeline: Pipeline, folder: Path) -> None:
        self._pipeline = pipeline
        self._folder = folder

    def run(self, key: str) -> str:
        """Run a step; returns its log."""
        spec = self._pipeline.spec
        assert spec.root.dag is not None
        assert spec.deployment_spec is not None
        container = spec.deployment_spec.executors[f"exec-{key}"].container
        assert container is not None
        here = self._folder / key
        here.mkdir()
        inputs = spec.root.dag.tasks[key].inputs
        outputs = spec.components[f"comp-{key}"].output_definitions
        assert outputs is not None
        executor_input = {
            "inputs": {
                "artifacts": {
                    name: {"artifacts": [{"name": name, "uri": str(self._output(source.task_output_artifact))}]}
                    for name, source in (inputs.artifacts if inputs else {}).items()
                },
                "parameterValues": {"text": "hello"} if inputs and inputs.parameters else {},
            },
            "outputs": {
                "artifacts": {
                    name: {"artifacts": [{"name": name, "uri": str(self._folder / "store" / key / name)}]}
                    for name in outputs.artifacts
                },
                "outputFile": str(self._folder / "store" / key / "output.json"),
            },
        }
        command = [sys.executable, *container.command[1:], *container.args[:-1], json.dumps(executor_input)]
        done = subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _output(self, source: Any) -> Path:
        return self._folder / "store" / source.producer_task / source.output_artifact_key


def reasons(result: dict[str, Any]) -> dict[str, str]:
    assert result["state"] == "SUCCEEDED", result
    return {path.removeprefix("root/"): task["reason"] or "ran" for path, task in result["tasks"].items()}


def test_steps_in_folders_of_their_own(make_notebook: Any, tmp_path: Path) -> None:
    notebook = make_notebook(("parameters", "text = 'hello'"), ("step:write", WRITE, DECLARED), ("step:read", READ))
    compiled = compile_notebook(notebook)
    assert not compiled.diagnostics
    assert compiled.pipeline is not None
    machines = Machines(compiled.pipeline, tmp_path)
    machines.run("write")
    assert "hello 0 1 2" in machines.run("read")
    assert (tmp_path / "read" / "out" / "parts" / "2.txt").read_text() == "2"


def test_a_reader_that_the_code_does_not_show_asks(make_notebook: Any, tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("def look(): return open('x' + str(1)).read()")
    notebook = make_notebook(
        ("step:write", "open('x1', 'w').write('7')", {"files": ["x1"]}),
        ("step:read", "import helper\nprint(helper.look())", {"input_files": ["./x1"]}),
    )
    compiled = compile_notebook(notebook)
    assert compiled.pipeline is not None
    machines = Machines(compiled.pipeline, tmp_path)
    machines.run("write")
    assert "7" in machines.run("read")


def test_a_changed_file_counts_by_what_the_step_made_of_it(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    cells = [
        ("step:write", "open('x.txt', 'w').write('1')", {"files": ["x.txt"]}),
        ("step:read", "print(open('x.txt').read())"),
    ]
    notebook = make_notebook(*cells)
    assert reasons(kfp.json("run", notebook)) == {"write": "ran", "read": "ran"}
    (tmp_path / "x.txt").write_text("by hand")
    assert reasons(kfp.json("run", notebook)) == {"write": "cached", "read": "cached"}
    make_notebook(cells[0], ("step:read", "print('again', open('x.txt').read())"))
    result = kfp.json("run", notebook)
    assert reasons(result) == {"write": "cached", "read": "ran"}
    log = result["tasks"]["root/read"]["log"]
    assert "again 1" in log
    assert 'x.txt replaced by what step "write" made' in log
    assert (tmp_path / "x.txt").read_text() == "1"
    make_notebook(("step:write", "open('x.txt', 'w').write('2')", {"files": ["x.txt"]}), cells[1])
    assert reasons(kfp.json("run", notebook)) == {"write": "ran", "read": "ran"}


def test_a_file_that_changes_from_step_to_step(kfp: Any, make_notebook: Any) -> None:
    """Each reader sees the file as it was at its place in the notebook, also when only it runs again."""
    cells = [
        ("step:one", "open('x', 'w').write('1')", {"files": ["x"]}),
        ("step:first", "print('first', open('x').read())"),
        ("step:two", "open('x', 'a').write('2')", {"files": ["x"], "input_files": ["x"]}),
        ("step:second", "print('second', open('x').read())"),
    ]
    notebook = make_notebook(*cells)
    result = kfp.json("run", notebook)
    assert "first 1\n" in result["tasks"]["root/first"]["log"]
    assert "second 12\n" in result["tasks"]["root/second"]["log"]
    cells[1] = ("step:first", "print('again first', open('x').read())")
    make_notebook(*cells)
    result = kfp.json("run", notebook)
    assert reasons(result) == {"one": "cached", "first": "ran", "two": "cached", "second": "cached"}
    assert "again first 1\n" in result["tasks"]["root/first"]["log"]


def test_a_declared_file_that_is_not_written_fails_the_step(kfp: Any, make_notebook: Any) -> None:
    result = kfp.json("run", make_notebook(("step:write", "x = 1", {"files": ["x.txt"]})))
    assert result["state"] == "FAILED"
    error = result["tasks"]["root/write"]["error"]
    assert error["code"] == "KFP345"
    assert 'step "write" declares the file x.txt' in error["message"]


def test_a_step_may_go_elsewhere_when_it_has_written(kfp: Any, make_notebook: Any) -> None:
    code = "import os, tempfile\nopen('x.txt', 'w').write('1')\nos.chdir(tempfile.gettempdir())"
    assert reasons(kfp.json("run", make_notebook(("step:write", code, {"files": ["x.txt"]})))) == {"write": "ran"}


@pytest.mark.parametrize("path", ["/x", "../x", "~/x", ".", ""])
def test_paths_outside_of_the_notebooks_folder_are_refused(make_notebook: Any, path: str) -> None:
    compiled = compile_notebook(make_notebook(("step:write", "x = 1", {"files": [path]})))
    assert [one.code for one in compiled.diagnostics] == ["KFP110"]


def test_what_nobody_makes_cannot_be_asked_for(make_notebook: Any) -> None:
    compiled = compile_notebook(make_notebook(("step:read", "x = 1", {"input_files": ["x.txt"]})))
    assert [(one.code, one.cell) for one in compiled.diagnostics] == [("KFP166", 1)]


def test_a_change_that_would_be_lost_is_refused(make_notebook: Any) -> None:
    compiled = compile_notebook(
        make_notebook(
            ("step:one", "open('x', 'w').write('1')", {"files": ["x"]}),
            ("step:two", "open('x', 'a').write('2')"),
            ("step:three", "print(open('x').read())"),
        )
    )
    (found,) = [one for one in compiled.diagnostics if one.code == "KFP166"]
    assert (found.cell, found.line) == (2, 1)
    assert "“three” would be given what step “one” made" in found.message
