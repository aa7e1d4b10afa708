"""What every task executor must do; the local one, with forked and newly started kernels and with commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from jupyter_kfp.artifacts.local_store import LocalArtifactStore
from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.attempt_files import AttemptFiles, ProcessRecord
from jupyter_kfp.executors.local_process.local_process_executor import LocalProcessExecutor
from jupyter_kfp.executors.task_executor import TaskAttempt, TaskEnded, TaskLaunch, TaskReport, attempt_folder
from jupyter_kfp.ids import new_run_id, root_path
from jupyter_kfp.runs.run import TaskArtifact
from jupyter_kfp.runs.states import Reason
from jupyter_kfp.settings import Settings
from jupyter_kfp.spec.model import (
    Accelerator,
    ArtifactType,
    ContainerSpec,
    EnvVar,
    OutputArtifact,
    OutputDefinitions,
    OutputParameter,
    Resources,
)
from jupyter_kfp.spec.step_payload import (
    NOTEBOOK_KEY,
    WORKER_COMMAND,
    Cell,
    StepInput,
    StepOutput,
    StepPayload,
    pack_payload,
)
from jupyter_kfp.spec.worker_events import ArtifactLogged, CellFinished, CellStarted, MetricLogged, StepSucceeded

PATIENCE = 60.0


class Bench:
    """An executor in a home of its own, and short ways to make it do things."""

    noun = "step"
    place = ", cell 1"

    def __init__(self, home: Path, *, fork: bool) -> None:
        self.settings = Settings(home=home, fork_kernels=None if fork else False, grace_seconds=5.0)
        self.store = LocalArtifactStore(self.settings.artifacts_folder)
        self.executor = LocalProcessExecutor(self.settings, self.store)
        self.executor.warm_up()
        self.run_id = new_run_id()
        self.folder = home / "notebooks"
        self.folder.mkdir()

    def step(self, name: str, *sources: str, **options: Any) -> TaskLaunch:
        """A step with these cells. Options: ``inputs``, ``outputs`` (variables), ``kernel``, ``env``, fields."""
        inputs: dict[str, Any] = options.pop("inputs", {})
        artifacts = {key: value for key, value in inputs.items() if isinstance(value, TaskArtifact)}
        parameters = {key: value for key, value in inputs.items() if key not in artifacts}
        outputs: dict[str, str] = options.pop("outputs", {})
        payload = StepPayload(
            step=name,
            kernel=options.pop("kernel", "python3"),
            cells=[Cell(number=number, source=source, id=f"c{number}") for number, source in enumerate(sources, 1)],
            inputs=[
                StepInput(name=key, key=key, binding="artifact" if key in artifacts else "parameter") for key in inputs
            ],
            outputs=[StepOutput(name=key, key=key, binding=binding) for key, binding in outputs.items()],
        )
        declared = {key: OutputArtifact() for key, binding in outputs.items() if binding == "artifact"}
        declared[NOTEBOOK_KEY] = OutputArtifact(artifact_type=ArtifactType(schema_title="system.Artifact"))
        container = ContainerSpec(
            command=WORKER_COMMAND,
            args=["--step", pack_payload(payload), "--executor_input", "{{$}}"],
            env=[EnvVar(name=key, value=value) for key, value in options.pop("env", {}).items()],
            resources=options.pop("resources", None),
        )
        return TaskLaunch(
            attempt=TaskAttempt(self.run_id, root_path(name), options.pop("attempt", 1)),
            container=options.pop("container", container),
            input_parameters=parameters,
            input_artifacts=artifacts,
            output_definitions=OutputDefinitions(
                artifacts=declared,
                parameters={key: OutputParameter() for key, binding in outputs.items() if binding == "parameter"},
            ),
            working_directory=options.pop("working_directory", str(self.folder)),
            **options,
        )

    def reports(self, attempt: TaskAttempt, until: Callable[[list[TaskReport]], bool]) -> list[TaskReport]:
        """Reports of an attempt until they satisfy a condition."""
        reports: list[TaskReport] = []
        deadline = time.monotonic() + PATIENCE
        while not until(reports):
            assert time.monotonic() < deadline, f"no end: {reports}\n{self.log(attempt)}"
            reports += [report for report in self.executor.check(1.0) if report.attempt == attempt]
        return reports

    def finish(self, launch: TaskLaunch) -> list[TaskReport]:
        """Launch and follow to the end."""
        self.executor.launch(launch)
        return self.reports(launch.attempt, _has_ended)

    def end(self, launch: TaskLaunch) -> TaskEnded:
        """Launch, follow, and return the end."""
        ended = self.finish(launch)[-1].ended
        assert ended is not None
        return ended

    def stored(self, artifact: TaskArtifact) -> bytes:
        """Content of an artifact."""
        with self.store.open(artifact.digest) as file:
            return file.read()

    def log(self, attempt: TaskAttempt) -> str:
        """The whole log."""
        return self.executor.logs(attempt).data.decode()

    def started(self, launch: TaskLaunch) -> int:
        """Launch, wait until its first cell runs; the process id of the worker."""
        self.executor.launch(launch)
        self.reports(launch.attempt, lambda reports: any(isinstance(e, CellStarted) for r in reports for e in r.events))
        record = AttemptFiles(attempt_folder(self.settings.runs_folder, launch.attempt)).process
        return msgspec.json.decode(record.read_bytes(), type=ProcessRecord).pid


class CommandBench(Bench):
    """The same for commands of containers: a step is a program that runs its sources one after the other."""

    noun = "task"
    place = ""

    def step(self, name: str, *sources: str, **options: Any) -> TaskLaunch:
        """A command; what the program reads and gives is JSON."""
        launch = super().step(name, *sources, **options)
        outputs = launch.output_definitions
        artifacts = {key: one for key, one in outputs.artifacts.items() if key != NOTEBOOK_KEY}
        program = "\n".join(
            [BEFORE, f"os.chdir({str(self.folder)!r})", f"open('.{name}', 'w').close()", *sources, AFTER]
        )
        container = msgspec.structs.replace(
            launch.container, image="python:3.12", command=["python3", "-u", "-c", program], args=["{{$}}"]
        )
        return msgspec.structs.replace(
            launch,
            name=name,
            container=options.get("container", container),
            output_definitions=OutputDefinitions(
                artifacts=artifacts,
                parameters={key: OutputParameter(parameter_type="STRUCT") for key in outputs.parameters},
            ),
        )

    def end(self, launch: TaskLaunch) -> TaskEnded:
        """Launch, follow, and return the end, with values of any type as outputs."""
        ended = super().end(launch)
        return msgspec.structs.replace(ended, outputs={key: one["value"] for key, one in ended.outputs.items()})

    def started(self, launch: TaskLaunch) -> int:
        """Launch, wait until its sources run; the process id."""
        self.executor.launch(launch)
        self.reports(launch.attempt, lambda _: (self.folder / f".{launch.name}").exists())
        record = AttemptFiles(attempt_folder(self.settings.runs_folder, launch.attempt)).process
        return msgspec.json.decode(record.read_bytes(), type=ProcessRecord).pid


BEFORE = """
import json, os, sys
given = json.loads(sys.argv[1])
globals().update(given["inputs"]["parameterValues"])
for key, one in given["inputs"]["artifacts"].items():
    globals()[key] = json.load(open(one["artifacts"][0]["uri"]))
"""
AFTER = """
for key, one in given["outputs"]["artifacts"].items():
    json.dump(globals()[key], open(one["artifacts"][0]["uri"], "w"))
for key, one in given["outputs"]["parameters"].items():
    json.dump({"value": globals()[key]}, open(one["outputFile"], "w"))
"""


def _has_ended(reports: list[TaskReport]) -> bool:
    return bool(reports) and reports[-1].ended is not None


def _gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture(scope="module", params=["forked", "spawned"])
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = Bench(tmp_path_factory.mktemp(request.param), fork=request.param == "forked")
    yield made
    made.executor.close()


@pytest.fixture(scope="module", params=["forked", "spawned", "command"])
def any_bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    kind = CommandBench if request.param == "command" else Bench
    made = kind(tmp_path_factory.mktemp(f"any-{request.param}"), fork=request.param == "forked")
    yield made
    made.executor.close()


def test_values_travel_from_step_to_step(any_bench: Bench) -> None:
    first = any_bench.end(
        any_bench.step("one", "xs = [1, 2.5, 'ü']", "n = len(xs)", outputs={"xs": "artifact", "n": "parameter"})
    )
    assert first.error is None
    assert first.outputs == {"n": 3}
    assert any_bench.store.exists(first.artifacts["xs"].digest)
    if any_bench.noun == "step":
        assert first.artifacts["xs"].metadata["python_type"] == "list"
    inputs = {"xs": first.artifacts["xs"], "n": first.outputs["n"]}
    second = any_bench.end(
        any_bench.step("two", "total = f'{xs} {n} {type(n).__name__}'", inputs=inputs, outputs={"total": "parameter"})
    )
    assert second.outputs == {"total": "[1, 2.5, 'ü'] 3 int"}


def test_events_tell_what_happens_in_order(bench: Bench) -> None:
    source = "import jupyter_kfp\njupyter_kfp.log_metric('loss', 0.5, step=3)\njupyter_kfp.log_html('<b>x</b>', 'page')"
    reports = bench.finish(bench.step("events", "1", source))
    events = [event for report in reports for event in report.events]
    assert [type(event).__name__ for event in events] == [
        "WorkerStarted", "InputsLoaded", "CellStarted", "CellFinished", "CellStarted", "MetricLogged",
        "ArtifactLogged", "CellFinished", "StepSucceeded",
    ]  # fmt: skip
    metric = next(event for event in events if isinstance(event, MetricLogged))
    assert (metric.name, metric.value, metric.step) == ("loss", 0.5, 3)
    assert [event.cell for event in events if isinstance(event, CellFinished)] == [1, 2]
    assert sum(isinstance(event, ArtifactLogged) for event in events) == 1
    logged = [artifact for report in reports for artifact in report.artifacts]
    assert [(one.name, one.type) for one in logged] == [("page", "system.HTML")]
    assert b"<b>x</b>" in bench.stored(logged[0])
    assert isinstance(events[-1], StepSucceeded)


def test_a_log_is_whole_and_paged(any_bench: Bench) -> None:
    launch = any_bench.step(
        "log", "import sys\nprint('out')\nprint('err', file=sys.stderr)", "import os; os.system('echo shell')"
    )
    assert any_bench.end(launch).succeeded
    text = any_bench.log(launch.attempt)
    assert text == "out\nerr\nshell\n"
    page = any_bench.executor.logs(launch.attempt, offset=4, limit=3)
    assert (page.data, page.offset, page.size) == (b"err", 4, len(text))
    tail = any_bench.executor.logs(launch.attempt, offset=-6)
    assert (tail.data, tail.offset) == (b"shell\n", len(text) - 6)
    beyond = any_bench.executor.logs(launch.attempt, offset=1000)
    assert (beyond.data, beyond.offset) == (b"", len(text))


def test_an_attempt_that_never_was_has_an_empty_log(any_bench: Bench) -> None:
    page = any_bench.executor.logs(TaskAttempt(any_bench.run_id, root_path("never"), 1))
    assert (page.data, page.size) == (b"", 0)


def test_a_kernel_is_as_a_new_one(bench: Bench) -> None:
    (bench.folder / "own_module.py").write_text("value = 7")
    source = """
import os, sys, signal, threading, random
import own_module
seen = {
    "cwd": os.getcwd(),
    "dh": str(get_ipython().user_ns["_dh"][0]),
    "path": [entry for entry in sys.path if entry],
    "here": sys.path.count(""),
    "main": __name__ == "__main__" and sys.modules["__main__"].__dict__ is globals(),
    "argv": [os.path.basename(sys.argv[0]), sys.argv[1]],
    "env": os.environ["STEP_SETTING"],
    "inherited": "PATH" in os.environ,
    "backend": os.environ["MPLBACKEND"],
    "parent": "JPY_PARENT_PID" in os.environ,
    "term": signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
    "child": signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL,
    "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
    "stdin": os.read(0, 1).decode(),
    "papermill threads": [t.name for t in threading.enumerate() if "kernel-stderr" in t.name],
    "own": own_module.value,
    "names": sorted(n for n in globals() if not n.startswith("_")),
    "umask": os.umask(0o22) and 0,
}
os.umask(0o22)
"""
    end = bench.end(bench.step("fresh", source, outputs={"seen": "parameter"}, env={"STEP_SETTING": "yes"}))
    assert end.error is None
    path = subprocess.check_output([sys.executable, "-c", "import json, sys; print(json.dumps(sys.path))"], cwd="/")
    imported = ["In", "Out", "exit", "get_ipython", "open", "os", "own_module", "quit", "random", "signal", "sys"]
    assert end.outputs["seen"] == {
        "cwd": str(bench.folder),
        "dh": str(bench.folder),
        "path": [entry for entry in json.loads(path) if entry],
        "here": 1,
        "main": True,
        "argv": ["ipykernel_launcher.py", "-f"],
        "env": "yes",
        "inherited": True,
        "backend": "module://matplotlib_inline.backend_inline",
        "parent": True,
        "term": True,
        "child": True,
        "interrupt": True,
        "stdin": "",
        "papermill threads": [],
        "own": 7,
        "names": sorted([*imported, "threading"]),
        "umask": 0,
    }


def test_two_kernels_draw_different_random_numbers(bench: Bench) -> None:
    source = "import random, numpy\nx = [random.random(), float(numpy.random.rand())]"
    drawn = [bench.end(bench.step(f"random-{i}", source, outputs={"x": "parameter"})).outputs["x"] for i in (1, 2)]
    assert drawn[0][0] != drawn[1][0]
    assert drawn[0][1] != drawn[1][1]


def test_a_failure_names_cell_and_line_and_keeps_the_notebook(bench: Bench) -> None:
    end = bench.end(bench.step("bad", "print('before')", "x = 1\nx / 0", "print('never')"))
    assert not end.succeeded
    assert end.reason is Reason.USER_CODE
    assert end.error is not None
    assert end.error.message == 'step "bad", cell 2, line 2: ZeroDivisionError: division by zero'
    assert (end.error.code, end.error.cell, end.error.line) == ("KFP361", 2, 2)
    assert end.error.traceback.splitlines()[1:] == [
        "  Cell 2, line 2",
        "    x / 0",
        "ZeroDivisionError: division by zero",
    ]
    notebook = bench.stored(end.artifacts[NOTEBOOK_KEY])
    assert b"before" in notebook
    assert b"ZeroDivisionError" in notebook


def test_a_value_that_cannot_show_itself_in_one_format_fails_no_step(bench: Bench) -> None:
    shown = "class R:\n    def _repr_html_(self): raise ValueError('bad')\n    def __repr__(self): return 'plain'\nR()"
    end = bench.end(bench.step("shown", shown, "print('went on')"))
    assert end.succeeded
    notebook = bench.stored(end.artifacts[NOTEBOOK_KEY])
    assert all(each in notebook for each in (b"ValueError", b"plain", b"went on"))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import os\nos._exit(3)", "exit code 3"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "killed by SIGKILL"),
    ],
)
def test_a_dead_kernel_is_told_at_once(bench: Bench, source: str, said: str) -> None:
    end = bench.end(bench.step("dies", source))
    assert end.reason is Reason.KERNEL_DIED
    assert end.error is not None
    assert end.error.message == f'step "dies", cell 1: the kernel died ({said})'


def test_a_worker_that_dies_without_a_word_is_told(any_bench: Bench) -> None:
    launch = any_bench.step("lost", "print('last words', flush=True)\nimport time\ntime.sleep(600)")
    pid = any_bench.started(launch)
    below = [process.pid for process in psutil.Process(pid).children(recursive=True)]
    os.kill(pid, signal.SIGKILL)
    end = any_bench.reports(launch.attempt, _has_ended)[-1].ended
    assert end is not None
    assert end.reason in {Reason.WORKER_DIED, Reason.KILLED}
    assert end.error is not None
    assert "killed by SIGKILL" in end.error.message
    assert _gone(below)


def test_terminate_interrupts_the_cell_and_keeps_the_notebook(bench: Bench) -> None:
    source = (
        "import subprocess, time\nsubprocess.Popen(['sleep', '600'])\nprint('sleeping', flush=True)\ntime.sleep(600)"
    )
    launch = bench.step("long", source)
    pid = bench.started(launch)
    below = [process.pid for process in psutil.Process(pid).children(recursive=True)]
    bench.executor.terminate(launch.attempt, grace_seconds=30)
    end = bench.reports(launch.attempt, _has_ended)[-1].ended
    assert end is not None
    assert (end.succeeded, end.reason) == (False, Reason.RUN_CANCELED)
    assert b"KeyboardInterrupt" in bench.stored(end.artifacts[NOTEBOOK_KEY])
    assert _gone([pid, *below])


def test_terminate_kills_what_does_not_listen(any_bench: Bench) -> None:
    deaf = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: time.sleep(600)"
    launch = any_bench.step("deaf", deaf)
    pid = any_bench.started(launch)
    any_bench.executor.terminate(launch.attempt, grace_seconds=0.2)
    end = any_bench.reports(launch.attempt, _has_ended)[-1].ended
    assert end is not None
    assert end.reason is Reason.RUN_CANCELED
    assert _gone([pid])


def test_terminating_what_has_ended_is_no_error(any_bench: Bench) -> None:
    any_bench.executor.terminate(TaskAttempt(any_bench.run_id, root_path("over"), 1), grace_seconds=1)


def test_a_timeout_ends_the_attempt(any_bench: Bench) -> None:
    end = any_bench.end(any_bench.step("slow", "import time\ntime.sleep(600)", timeout_seconds=4))
    assert end.reason is Reason.TIMED_OUT
    assert end.error is not None
    where = f'{any_bench.noun} "slow"{any_bench.place}'
    assert end.error.message == f"{where}: stopped after its timeout of 4 s"
    assert end.error.cell == (1 if any_bench.place else None)


def test_a_memory_limit_is_enforced(any_bench: Bench) -> None:
    limit = Resources(resource_memory_limit="600Mi")
    source = "import time\nx = bytearray(900 * 2**20)\nx[::4096] = bytes(len(x[::4096]))\ntime.sleep(600)"
    end = any_bench.end(any_bench.step("hungry", source, resources=limit))
    assert end.error is not None
    assert end.error.code == "KFP382"
    assert "of 600 MiB" in end.error.message
    assert end.error.message.startswith(f'{any_bench.noun} "hungry"{any_bench.place}: ')


def test_secrets_reach_the_attempt_and_not_its_log(any_bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"db": {"password": "top-secret"}}))
    source = {"secretName": "db", "keyToEnv": [{"secretKey": "password", "envVar": "DB_PASSWORD"}]}
    step = any_bench.step(
        "secrets",
        "import os\nlength = len(os.environ['DB_PASSWORD'])\nprint('<', os.environ['DB_PASSWORD'], '>')",
        outputs={"length": "parameter"},
        platform={"secretAsEnv": [source]},
        secrets_file=str(file),
    )
    end = any_bench.end(step)
    assert end.outputs == {"length": 10}, end.error
    assert any_bench.log(step.attempt) == "< *** >\n"


def test_a_cpu_limit_is_enforced(any_bench: Bench) -> None:
    limit = Resources(resource_cpu_limit="500m")
    source = "import os\nn = len(os.sched_getaffinity(0))"
    end = any_bench.end(any_bench.step("narrow", source, resources=limit, outputs={"n": "parameter"}))
    assert end.outputs == {"n": 1}


def test_what_cannot_be_honoured_is_refused(bench: Bench) -> None:
    accelerator = Resources(accelerator=Accelerator(resource_type="nvidia.com/gpu", resource_count="64"))
    with pytest.raises(KfpError, match=r"64 x nvidia\.com/gpu") as refused:
        bench.executor.launch(bench.step("gpu", "1", resources=accelerator))
    assert refused.value.code == "KFP392"
    older = ContainerSpec(command=WORKER_COMMAND, args=["--notebook", "x"])
    with pytest.raises(KfpError, match="not one that this version wrote") as refused:
        bench.executor.launch(bench.step("older", "1", container=older))
    assert refused.value.code == "KFP391"


def test_an_unknown_kernel_names_those_that_exist(bench: Bench) -> None:
    end = bench.end(bench.step("kernel", "1", kernel="no-such-kernel"))
    assert not end.retryable
    assert end.error is not None
    assert end.error.code == "KFP364"
    assert "python3" in end.error.hint


def test_an_input_that_is_gone_is_refused(any_bench: Bench) -> None:
    made = any_bench.end(any_bench.step("maker", "v = [1]", outputs={"v": "artifact"})).artifacts["v"]
    any_bench.store.delete([made.digest])
    with pytest.raises(KfpError) as refused:
        any_bench.executor.launch(any_bench.step("reader", "v", inputs={"v": made}))
    assert refused.value.code == "KFP401"


def test_attempts_run_side_by_side(any_bench: Bench) -> None:
    meet = "import os, time\nopen('{0}', 'w').close()\nwhile not os.path.exists('{1}'): time.sleep(0.01)"
    launches = [any_bench.step("left", meet.format("l", "r")), any_bench.step("right", meet.format("r", "l"))]
    for launch in launches:
        any_bench.executor.launch(launch)
    ended = set()
    deadline = time.monotonic() + PATIENCE
    while len(ended) < len(launches):
        assert time.monotonic() < deadline
        ended |= {report.attempt for report in any_bench.executor.check(1.0) if report.ended and report.ended.succeeded}


def test_nothing_to_do_waits_no_longer_than_asked(any_bench: Bench) -> None:
    assert any_bench.executor.check(0.0) == []
    assert any_bench.executor.check(0.05) == []


def test_a_value_that_cannot_be_pickled_is_named_and_the_rest_kept(bench: Bench) -> None:
    source = "import threading\nlock = threading.Lock()\nok = [1]"
    end = bench.end(bench.step("locks", source, outputs={"lock": "artifact", "ok": "artifact"}))
    assert not end.succeeded
    assert end.reason is Reason.OUTPUT_ERROR
    assert not end.retryable
    assert end.error is not None
    assert "lock" in end.error.message
    assert "ok" in end.artifacts


def test_files_left_open_and_exit_handlers_are_finished(bench: Bench) -> None:
    source = """
import atexit
f = open("left-open.txt", "w"); f.write("buffered")
atexit.register(lambda: open("at-exit.txt", "w").write("ran"))
"""
    assert bench.end(bench.step("open", source)).succeeded
    assert (bench.folder / "left-open.txt").read_text() == "buffered"
    assert (bench.folder / "at-exit.txt").read_text() == "ran"


def test_idle_pools_and_threads_without_end_do_not_hold_up_the_end(bench: Bench) -> None:
    source = """
import atexit, threading
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(1)
three = pool.submit(abs, -3).result()
threading.Thread(target=threading.Event().wait).start()
f = open("left-open.txt", "w"); f.write("buffered")
atexit.register(lambda: open("at-exit.txt", "w").write("ran"))
"""
    end = bench.end(bench.step("pool", source, outputs={"three": "parameter"}))
    assert end.outputs == {"three": 3}
    # Had the kernel waited for its threads it would have been killed before it came to these.
    assert (bench.folder / "left-open.txt").read_text() == "buffered"
    assert (bench.folder / "at-exit.txt").read_text() == "ran"


def test_processes_that_cells_leave_behind_end_with_the_step(any_bench: Bench) -> None:
    source = "import subprocess\npid = subprocess.Popen(['sleep', '600']).pid"
    end = any_bench.end(any_bench.step("leaves", source, outputs={"pid": "parameter"}))
    assert end.succeeded
    assert _gone([end.outputs["pid"]])


def test_close_stops_what_runs(tmp_path: Path) -> None:
    for kind, fork in ((Bench, True), (Bench, False), (CommandBench, False)):
        home = tmp_path / f"{kind.__name__}-{fork}"
        home.mkdir()
        bench = kind(home, fork=fork)
        pid = bench.started(bench.step("long", "import time\ntime.sleep(600)"))
        below = [process.pid for process in psutil.Process(pid).children(recursive=True)]
        bench.executor.close()
        assert _gone([pid, *below])


@pytest.mark.parametrize("kind", [Bench, CommandBench])
def test_adopt_stops_what_is_left(tmp_path: Path, kind: type[Bench]) -> None:
    bench = kind(tmp_path, fork=False)
    launch = bench.step("long", "import time\ntime.sleep(600)")
    pid = bench.started(launch)
    another = LocalProcessExecutor(bench.settings, bench.store)
    assert another.adopt(launch.attempt) is False
    end = bench.reports(launch.attempt, _has_ended)[-1].ended
    assert end is not None
    assert end.reason in {Reason.WORKER_DIED, Reason.KILLED}
    assert _gone([pid])
    assert another.adopt(launch.attempt) is False
    bench.executor.close()
