"""The warm process: what happens when somebody dies, and when a fork would not be the right kernel."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from jupyter_kfp.artifacts.local_store import LocalArtifactStore
from jupyter_kfp.executors.local_process.local_process_executor import LocalProcessExecutor
from jupyter_kfp.executors.local_process.zygote_start import ZygoteStart, start_early
from jupyter_kfp.executors.task_executor import TaskAttempt, TaskEnded, TaskLaunch
from jupyter_kfp.ids import new_run_id, root_path
from jupyter_kfp.runs.states import Reason
from jupyter_kfp.settings import Settings
from jupyter_kfp.spec.model import ContainerSpec, OutputDefinitions, OutputParameter
from jupyter_kfp.spec.step_payload import WORKER_COMMAND, Cell, StepOutput, StepPayload, pack_payload
from jupyter_kfp.spec.worker_events import CellStarted

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks kernels on Linux only")
PATIENCE = 60.0
RUN_ID = new_run_id()


def launch_of(source: str, folder: Path, *, attempt: int = 1, kernel: str = "python3") -> TaskLaunch:
    """A step with one cell that sets ``seen``."""
    payload = StepPayload(
        step="s",
        kernel=kernel,
        cells=[Cell(number=1, source=source, id="a")],
        outputs=[StepOutput(name="seen", key="seen", binding="parameter")],
    )
    return TaskLaunch(
        attempt=TaskAttempt(RUN_ID, root_path("s"), attempt),
        container=ContainerSpec(
            command=WORKER_COMMAND, args=["--step", pack_payload(payload), "--executor_input", "{{$}}"]
        ),
        input_parameters={},
        input_artifacts={},
        output_definitions=OutputDefinitions(parameters={"seen": OutputParameter()}),
        working_directory=str(folder),
    )


def make_executor(home: Path, **settings: object) -> LocalProcessExecutor:
    made = Settings(home=home, **settings)  # type: ignore[arg-type]
    return LocalProcessExecutor(made, LocalArtifactStore(made.artifacts_folder))


def follow(executor: LocalProcessExecutor, *, until_cell: bool = False) -> TaskEnded | None:
    """Follow the one attempt to its end, or to its first cell."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for report in executor.check(1.0):
            if report.ended or (until_cell and any(isinstance(event, CellStarted) for event in report.events)):
                return report.ended
    raise AssertionError("no end")


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + PATIENCE
    left = pids
    while left:
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.02)
        left = [pid for pid in left if psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"]


def below(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


@pytest.fixture
def executor(tmp_path: Path) -> Iterator[LocalProcessExecutor]:
    made = make_executor(tmp_path / "home")
    yield made
    made.close()


def test_a_forked_kernel_shares_what_is_loaded(executor: LocalProcessExecutor, tmp_path: Path) -> None:
    source = "import os\nseen = [os.getppid(), 'papermill' in __import__('sys').modules]"
    executor.launch(launch_of(source, tmp_path))
    ended = follow(executor)
    assert ended is not None
    assert ended.outputs["seen"][1] is True


@pytest.mark.parametrize("module", ["tenacity.py", "yaml/__init__.py"])
def test_a_module_of_the_users_with_the_name_of_a_loaded_one_is_theirs(
    executor: LocalProcessExecutor, tmp_path: Path, module: str
) -> None:
    (tmp_path / module).parent.mkdir(exist_ok=True)
    (tmp_path / module).write_text("whose = 'mine'")
    name = module.partition("/")[0].removesuffix(".py")
    executor.launch(launch_of(f"import {name}\nseen = {name}.whose", tmp_path))
    ended = follow(executor)
    assert ended is not None
    assert ended.outputs == {"seen": "mine"}


def test_another_kernelspec_gets_its_own_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = tmp_path / "jupyter" / "kernels" / "other"
    spec.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    content = {"argv": argv, "display_name": "Other", "language": "python", "env": {"FROM_SPEC": "yes"}}
    (spec / "kernel.json").write_text(json.dumps(content))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    executor = make_executor(tmp_path / "home")
    executor.launch(launch_of("import os\nseen = os.environ['FROM_SPEC']", tmp_path, kernel="other"))
    ended = follow(executor)
    executor.close()
    assert ended is not None
    assert ended.outputs == {"seen": "yes"}


def test_preloaded_modules_are_there_with_all_their_threads(tmp_path: Path) -> None:
    executor = make_executor(tmp_path / "home", preload_modules=("numpy",))
    source = "import sys\nseen = ['numpy' in sys.modules, 'OPENBLAS_NUM_THREADS' in __import__('os').environ]"
    executor.launch(launch_of(source, tmp_path))
    ended = follow(executor)
    executor.close()
    assert ended is not None
    assert ended.outputs == {"seen": [True, False]}


def early_executor(home: Path, preload: list[str]) -> tuple[ZygoteStart, LocalProcessExecutor]:
    """An executor that takes over a warm process that was started before."""
    made = Settings(home=home)
    early = start_early(made)
    assert early is not None
    early.tell(preload)
    return early, LocalProcessExecutor(made, LocalArtifactStore(made.artifacts_folder), early)


def test_a_warm_process_that_was_started_early_serves_the_run(tmp_path: Path) -> None:
    early, executor = early_executor(tmp_path / "home", ["numpy"])
    source = "import psutil, sys\nseen = ['numpy' in sys.modules, psutil.Process().parents()[1].pid]"
    executor.launch(launch_of(source, tmp_path))
    ended = follow(executor)
    executor.close()
    assert ended is not None
    assert ended.outputs == {"seen": [True, early.process.pid]}
    assert not psutil.pid_exists(early.process.pid)
    assert not Path(early.folder).exists()


def test_one_that_died_before_its_run_is_replaced(tmp_path: Path) -> None:
    early, executor = early_executor(tmp_path / "home", [])
    early.process.kill()
    for attempt in (1, 2):
        executor.launch(launch_of("seen = 1", tmp_path, attempt=attempt))
        ended = follow(executor)
        assert ended is not None
        assert ended.outputs == {"seen": 1}
    executor.close()


def test_the_death_of_the_warm_process_ends_its_steps_and_the_next_has_a_new_one(
    executor: LocalProcessExecutor, tmp_path: Path
) -> None:
    executor.launch(launch_of("import time\ntime.sleep(600)", tmp_path))
    follow(executor, until_cell=True)
    (zygote,) = [child for child in psutil.Process().children() if "zygote" in " ".join(child.cmdline())]
    pids = [process.pid for process in below(zygote.pid)]
    zygote.kill()
    ended = follow(executor)
    assert ended is not None
    assert ended.reason is Reason.WORKER_DIED
    wait_until_gone(pids)
    for attempt in (2, 3):
        executor.launch(launch_of("seen = 1", tmp_path, attempt=attempt))
        ended = follow(executor)
        assert ended is not None
        assert ended.succeeded


RUN_PROCESS = """
import sys, time
sys.path.insert(0, sys.argv[2])
from pathlib import Path
import test_worker_zygote as here
folder = Path(sys.argv[1])
executor = here.make_executor(folder / "home", fork_kernels=None if sys.argv[3] == "fork" else False)
source = "import subprocess, time\\nsubprocess.Popen(['sleep', '600'])\\ntime.sleep(600)"
executor.launch(here.launch_of(source, folder))
here.follow(executor, until_cell=True)
print("running", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("mode", ["fork", "spawn"])
def test_the_death_of_the_run_leaves_nothing_behind(tmp_path: Path, number: int, mode: str) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}
    command = [sys.executable, "-c", RUN_PROCESS, str(tmp_path), str(Path(__file__).parent), mode]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"running\n"
        deadline = time.monotonic() + PATIENCE
        while not any(child.name() == "sleep" for child in below(process.pid)):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        pids = [child.pid for child in below(process.pid)]
        process.send_signal(number)
    wait_until_gone(pids)
