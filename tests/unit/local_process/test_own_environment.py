"""Commands that call pip by themselves: what they install goes with them, never into the running environment."""

from __future__ import annotations

import importlib
import importlib.util
import sys

import pytest

from jupyter_kfp.executors.local_process.attempt_files import AttemptFiles
from jupyter_kfp.executors.local_process.own_environment import may_install
from jupyter_kfp.executors.local_process.private_mounts import can_mount
from jupyter_kfp.executors.task_executor import attempt_folder

SHOW = "python3 -c 'import greeter, msgspec; print(greeter.GREETING)'"


def given(wheels) -> dict[str, str]:
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}


def is_installed_here() -> bool:
    importlib.invalidate_caches()
    return importlib.util.find_spec("greeter") is not None


@pytest.mark.parametrize("pip", ["pip", "V=$(mktemp -d); python3 -m venv --without-pip $V; pip"])
def test_a_script_that_installs_gets_an_environment_of_its_own(bench, wheels, pip) -> None:
    script = f"set -e; {pip} install --quiet greeter==1.0; {SHOW}"
    task = bench.task("t", "sh", "-c", script, env=given(wheels))
    bench.good(task)
    assert bench.log(task).splitlines()[-1] == "hello 1.0"
    assert not is_installed_here()
    files = AttemptFiles(attempt_folder(bench.settings.runs_folder, task.attempt))
    assert not files.environment.exists()


def test_a_python_component_that_installs_while_it_runs(bench, wheels) -> None:
    script = """
import subprocess, sys
words = ["install", "--quiet", "greeter==2.0"]
subprocess.run([sys.executable, "-m", "pip", *words], check=True)
import greeter
print(greeter.GREETING)
"""
    task = bench.task("t", "python3", "-c", script, env=given(wheels))
    bench.good(task)
    assert bench.log(task).splitlines()[-1] == "hello 2.0"
    assert not is_installed_here()


@pytest.mark.skipif(not can_mount(), reason="this machine gives tasks no mounts of their own")
def test_the_running_environment_cannot_be_changed(bench, wheels) -> None:
    script = bench.folder / "setup.sh"
    script.write_text(f"{sys.executable} -m pip install --no-index --no-deps --find-links {wheels} greeter")
    ended = bench.end(bench.task("t", "sh", str(script), env=given(wheels)))
    assert not is_installed_here()
    assert not ended.succeeded
    assert "Read-only file system" in ended.error.traceback


def test_what_names_pip() -> None:
    assert may_install(["sh", "-c", "cd x && pip3 install -r y.txt"])
    assert may_install(["python", "-c", 'run(["x", "-m", "pip", "install"])'])
    assert not may_install(["python", "-m", "my.pipeline", "--pipe", "/opt/pips"])
