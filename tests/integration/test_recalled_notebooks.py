"""The second run of a notebook does without the compiler, unless something that it looked at has changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_kfp.compiler.compile_notebook import compile_notebook
from jupyter_kfp.pipeline_service import PipelineService
from jupyter_kfp.settings import Settings
from jupyter_kfp.spec.ir_json import to_json

SCRIPT = """
import sys
from jupyter_kfp.cli.app import main
code = main(sys.argv[1:])
print("compiled" if "jupyter_kfp.compiler.compile_notebook" in sys.modules else "recalled")
sys.exit(code)
"""
CELLS = (("step:a", "import own\nif own.value > 9:\n    %run nowhere.py\nx = own.value"), ("step:b", "print(x)"))


def command(kfp: Any, *arguments: str | Path) -> tuple[str, str]:
    """Whether the compiler was loaded, and what was said on stderr."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *map(str, arguments)],
        cwd=kfp.folder,
        env=kfp.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1], done.stderr


@pytest.fixture
def notebook(make_notebook: Any, tmp_path: Path) -> Path:
    (tmp_path / "own.py").write_text("value = 1\n")
    path: Path = make_notebook(*CELLS)
    return path


def test_a_run_of_an_unchanged_notebook_has_the_same_spec_and_warnings(kfp: Any, notebook: Path) -> None:
    first, warnings = command(kfp, "run", notebook)
    again, same_warnings = command(kfp, "run", notebook)
    assert (first, again) == ("compiled", "recalled")
    notes = [[line for line in text.splitlines() if "nowhere.py" in line] for text in (warnings, same_warnings)]
    assert notes[0] == notes[1] != []
    service = PipelineService(Settings(home=kfp.home))
    specs = {to_json(service.pipeline_of(run.run_id)) for run in service.list_runs()}
    service.close()
    fresh = compile_notebook(notebook).pipeline
    assert fresh is not None
    assert specs == {to_json(fresh)}


def test_an_edit_of_a_module_is_seen_by_the_next_run(kfp: Any, notebook: Path, tmp_path: Path) -> None:
    assert kfp.json("run", notebook)["tasks"]["root/b"]["log"] == "1\n"
    (tmp_path / "own.py").write_text("value = 2\n")
    assert kfp.json("run", notebook)["tasks"]["root/b"]["log"] == "2\n"


def test_who_wants_no_cache_gets_none(kfp: Any, notebook: Path) -> None:
    said = [command(kfp, "plan", notebook, *options)[0] for options in ([], [], ["--no-cache"], [])]
    assert said == ["compiled", "recalled", "compiled", "recalled"]


def test_a_refusal_is_told_each_time(kfp: Any, make_notebook: Any) -> None:
    broken = make_notebook(("step:a", "x = y"))
    first, second = kfp("run", broken), kfp("run", broken)
    assert first.returncode == second.returncode != 0
    assert first.stderr == second.stderr
    assert "KFP130" in first.stderr
