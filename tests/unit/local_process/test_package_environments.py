"""Environments for packages: made once, by uv and by pip, shared, found again, and never removed under a task."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil
import pytest

from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process import package_environments, package_installer
from jupyter_kfp.executors.local_process.environment_process import environment_command
from jupyter_kfp.executors.local_process.package_environments import PackageEnvironments, satisfied
from jupyter_kfp.executors.local_process.package_installer import requirements
from jupyter_kfp.executors.local_process.pip_prefix import WantedPackages
from jupyter_kfp.spec.worker_events import StepFailed, decode_event


@pytest.fixture
def greeter(wheels) -> Callable[..., WantedPackages]:
    """What a component that wants ``greeter`` asks for."""

    def wanted(requirement: str = "greeter==1.0", **options: bool) -> WantedPackages:
        call = ("--quiet", "--no-warn-script-location", "--no-index", "--find-links", str(wheels), requirement)
        return WantedPackages((call,), **options)

    return wanted


@pytest.fixture
def environments(tmp_path) -> PackageEnvironments:
    return PackageEnvironments(tmp_path / "environments")


@pytest.fixture(params=["uv", "pip"])
def installer(request, monkeypatch) -> str:
    """Either of the two ways; `make test` installs uv."""
    if request.param == "uv":
        monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
        assert shutil.which("uv"), "uv is among the tests' own packages"
    else:
        monkeypatch.setattr(package_installer.shutil, "which", lambda _: None)
    return request.param


def say(python: Path) -> str:
    done = subprocess.run(
        [python, "-c", "import greeter; print(greeter.GREETING)"],
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_an_environment_is_made_once_and_found_again(installer, environments, greeter, monkeypatch):
    assert environments.find(greeter()) is None
    made = environments.make(greeter())
    assert say(made.python) == "hello 1.0"

    def never(*_args, **_kwargs):
        raise AssertionError("a second start must not install")

    monkeypatch.setattr(package_environments, "make_environment", never)
    again = environments.make(greeter())
    assert again.python == made.python
    assert environments.find(greeter()).python == made.python
    assert environments.find(greeter("greeter==2.0")) is None
    assert environments.find(greeter(inherit=True)) is None


def test_it_is_isolated_unless_it_inherits(environments, greeter):
    importing = ["-c", "import msgspec"]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    alone = environments.make(greeter())
    assert subprocess.run([alone.python, *importing], env=clean, capture_output=True).returncode == 1
    inheriting = environments.make(greeter(inherit=True))
    assert subprocess.run([inheriting.python, *importing], env=clean, capture_output=True).returncode == 0
    assert say(inheriting.python) == "hello 1.0"


def test_a_package_that_does_not_exist_is_named_and_nothing_stays(installer, environments, greeter, tmp_path, capfd):
    with pytest.raises(KfpError, match=r"nowhere-to-be-found.* cannot be installed") as caught:
        environments.make(greeter("nowhere-to-be-found==3"))
    assert caught.value.code == "KFP387"
    assert "nowhere-to-be-found" in capfd.readouterr().out
    assert [path for path in (tmp_path / "environments").iterdir() if path.is_dir()] == []


def test_two_processes_that_want_the_same_make_it_once(environments, greeter, tmp_path):
    wanted = greeter()
    words = [sys.executable, "-c", "print('started')"]
    command = environment_command(tmp_path / "environments", wanted, tmp_path / "events", words)
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    outputs = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert sum("pip install" in output for output in outputs) == 1
    assert all(output.endswith("started\n") for output in outputs)


def test_the_command_runs_in_the_environment(environments, greeter, tmp_path):
    words = ["python3", "-c", "import greeter, sys; print(greeter.GREETING, sys.argv[1:])", "a", "--b"]
    command = environment_command(tmp_path / "environments", greeter(), tmp_path / "events", words)
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    done = subprocess.run(command, env=clean, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "hello 1.0 ['a', '--b']"


@pytest.mark.parametrize(
    ("requirement", "words", "code"),
    [("nowhere-to-be-found", ["true"], "KFP387"), ("greeter", ["no-such-program"], "KFP386")],
)
def test_what_cannot_start_is_told_as_an_event(greeter, tmp_path, requirement, words, code):
    command = environment_command(tmp_path / "environments", greeter(requirement), tmp_path / "events", words)
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    event = decode_event((tmp_path / "events").read_bytes())
    assert isinstance(event, StepFailed)
    assert event.error.code == code
    assert "Traceback" not in done.stderr


def test_an_environment_left_half_made_is_made_anew(environments, greeter, tmp_path):
    """Killed at a time when the folder is there and the record is not."""
    folder = tmp_path / "environments"
    command = environment_command(folder, greeter(), tmp_path / "events", ["true"])
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 60
    while not list(folder.glob("*/pyvenv.cfg")) and time.monotonic() < deadline and process.poll() is None:
        psutil.Process().cpu_percent(0.001)  # yields
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    made = environments.make(greeter())
    assert say(made.python) == "hello 1.0"


def test_one_whose_python_is_gone_is_made_anew(environments, greeter):
    made = environments.make(greeter())
    made.release()
    made.python.unlink()
    assert environments.find(greeter()) is None
    assert say(environments.make(greeter()).python) == "hello 1.0"


def test_prune_leaves_what_is_in_use(environments, greeter):
    used, idle = environments.make(greeter()), environments.make(greeter("greeter==2.0"))
    idle.release()
    process = subprocess.Popen(
        [used.python, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, pass_fds=[used.lock]
    )
    used.release()
    keys = [stored.key for stored in environments.stored()]
    assert len(keys) == 2
    (unused,) = environments.unused(since=time.time() + 1)
    assert unused.packages == ["greeter==2.0"]
    assert unused.size > 0
    assert environments.unused(since=unused.used_at) == []
    assert environments.remove(keys) == [unused.key]
    assert used.python.exists()
    assert not idle.python.exists()
    process.communicate(timeout=30)
    assert set(environments.remove(keys)) == set(keys)
    assert environments.stored() == []


@pytest.mark.parametrize(
    ("calls", "answer"),
    [
        ([], True),
        ([["--quiet", "msgspec", "pytest>=7"]], True),
        ([["msgspec==0.0.1"]], False),
        ([["no-such-package-anywhere"]], False),
        ([['no-such-package-anywhere; python_version<"3"', "--no-deps"]], True),
        ([["--upgrade", "msgspec"]], False),
        ([["--index-url", "https://example.org", "msgspec"]], False),
        ([["./folder"]], False),
        ([["git+https://example.org/a.git"]], False),
        ([["msgspec @ https://example.org/a.whl"]], False),
        ([["msgspec"], ["no-such-package-anywhere"]], False),
    ],
)
def test_the_running_environment_will_do_if_it_has_everything(calls, answer, environments):
    wanted = WantedPackages(tuple(map(tuple, calls)))
    assert satisfied(wanted) is answer
    found = environments.find(wanted)
    assert (found is not None and found.python == Path(sys.executable)) is answer


def test_requirements_are_told_from_options():
    call = ("--quiet", "-i", "https://a", "b==1", "--extra-index-url=https://c", "-r", "file.txt", "d")
    assert list(requirements(call)) == ["b==1", "d"]


def test_settings_of_pip_reach_uv():
    told = package_installer._uv_settings({"index-url": "https://mirror/simple", "trusted-host": "mirror"}, {})
    assert told["UV_DEFAULT_INDEX"] == "https://mirror/simple"
    assert told["UV_INSECURE_HOST"] == "mirror"
    own = package_installer._uv_settings({"index-url": "https://mirror/simple"}, {"UV_INDEX_URL": "https://other"})
    assert own == {}


def test_a_wanted_set_survives_the_command_line(greeter):
    wanted = greeter(inherit=True)
    assert msgspec.json.decode(msgspec.json.encode(wanted), type=WantedPackages) == wanted
