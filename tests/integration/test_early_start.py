"""A warm process that is started before its run is gone when no run follows; test_worker_zygote has the used ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_kfp.executors.local_process.zygote_start import ZygoteStart, start_early
from jupyter_kfp.settings import Settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks kernels on Linux only")
PATIENCE = 60.0


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"


@pytest.fixture
def early(tmp_path: Path) -> Iterator[ZygoteStart]:
    started = start_early(Settings(home=tmp_path / "home"))
    assert started is not None
    yield started
    started.process.kill()
    started.process.wait()


@pytest.mark.parametrize("told", [False, True])
def test_a_discarded_one_leaves_nothing(early: ZygoteStart, told: bool) -> None:
    below: list[psutil.Process] = []
    if told:
        early.tell([])
        wait_for(lambda: len(psutil.Process(early.process.pid).children(recursive=True)) == 2)
        below = psutil.Process(early.process.pid).children(recursive=True)
    early.discard()
    assert not psutil.pid_exists(early.process.pid)
    assert not Path(early.folder).exists()
    wait_for(lambda: not any(is_running(process.pid) for process in below))


@pytest.mark.parametrize("told", [False, True])
def test_it_ends_when_nobody_holds_it(early: ZygoteStart, told: bool) -> None:
    if told:
        early.tell([])
    early.let_go()
    assert early.process.wait(PATIENCE) == 0
    assert not Path(early.folder).exists()


def test_it_ends_with_a_command_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from jupyter_kfp.executors.local_process.zygote_start import start_early\n"
        "from jupyter_kfp.settings import Settings\n"
        "print(start_early(Settings()).process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "JUPYTER_KFP_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    wait_for(lambda: not is_running(int(done.stdout)))


@pytest.mark.parametrize("given", [{"preload_modules": ("torch",)}, {"fork_kernels": False}])
def test_there_is_none_where_a_run_would_not_use_it(tmp_path: Path, given: dict[str, Any]) -> None:
    assert start_early(Settings(home=tmp_path, **given)) is None


def processes_of(home: Path) -> list[int]:
    """Processes with this home in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("JUPYTER_KFP_HOME") == str(home) and process.status() != "zombie":
                found.append(process.pid)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def test_commands_leave_no_process_whether_or_not_something_runs(kfp: Any, make_notebook: Any) -> None:
    first = kfp.json("run", make_notebook(("step:a", "x = 1"), ("step:b", "print(x)")))
    assert [task["reason"] for task in first["tasks"].values()] == [None, None]
    again = kfp.json(
        "run", make_notebook(("step:a", "x = 1  # a comment: compiled, and all cached"), ("step:b", "print(x)"))
    )
    assert [task["reason"] for task in again["tasks"].values()] == ["cached", "cached"]
    wait_for(lambda: not processes_of(kfp.home))
    assert kfp("run", make_notebook(("step:a", "x = y"))).returncode != 0
    assert kfp("run", make_notebook(("step:a", "x = 1"), kernel="no-such-kernel")).returncode != 0
    wait_for(lambda: not processes_of(kfp.home))
