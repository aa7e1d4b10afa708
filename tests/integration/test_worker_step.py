"""The worker as KFP's launcher starts it: a process with arguments, a real kernel, files and a log."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_kfp.spec.step_payload import Cell, StepInput, StepOutput, StepPayload, pack_payload
from jupyter_kfp.spec.worker_events import (
    ArtifactLogged,
    MetricLogged,
    StepError,
    StepFailed,
    StepSucceeded,
    WorkerEvent,
    decode_event,
)

RECORD = re.compile(rb"\x1e([^\n]*)\n")


@dataclass
class Done:
    """What a worker left behind."""

    code: int
    events: list[WorkerEvent]
    log: str
    folder: Path

    @property
    def error(self) -> StepError:
        """Why it failed."""
        (failed,) = [event for event in self.events if isinstance(event, StepFailed)]
        return failed.error

    @property
    def output(self) -> dict[str, Any]:
        """The executor output."""
        loaded: dict[str, Any] = json.loads((self.folder / "output.json").read_text())
        return loaded

    @property
    def cells(self) -> list[Any]:
        """The user's cells of the executed notebook."""
        notebook = nbformat.read(self.folder / "executed-notebook.ipynb", as_version=4)
        nbformat.validate(notebook)
        assert notebook.cells[0].metadata.tags == ["injected-parameters"]
        return list(notebook.cells[1:])


@dataclass
class Step:
    """A step to run in a folder."""

    folder: Path
    sources: list[str | Cell]
    inputs: dict[str, Any] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    language: str = "python"
    setup: list[Cell] = field(default_factory=list)

    def payload(self) -> StepPayload:
        """What the compiler would make of it: cells are numbered from 3."""
        cells = [
            source if isinstance(source, Cell) else Cell(number=number, source=source, id=f"c{number}")
            for number, source in enumerate(self.sources, start=3)
        ]
        return StepPayload(
            step="train",
            kernel="python3",
            language=self.language,
            setup=self.setup,
            cells=cells,
            inputs=[
                StepInput(name=key, key=key, binding="parameter", parameter_type=self.types.get(key, ""))
                for key in self.inputs
            ],
            outputs=[StepOutput(name=key, key=key, binding=binding) for key, binding in self.outputs.items()],
        )

    def command(self, *options: str, python: list[str] | None = None) -> list[str]:
        """The command line of the worker."""
        artifacts = [key for key, binding in self.outputs.items() if binding == "artifact"] + self.declared
        executor_input = {
            "inputs": {"parameterValues": self.inputs},
            "outputs": {
                "parameters": {
                    key: {"outputFile": f"/tmp/kfp/outputs/{key}"}
                    for key, binding in self.outputs.items()
                    if binding == "parameter"
                },
                "artifacts": {
                    key: {"artifacts": [{"name": key, "uri": str(self.folder / "out" / key), "metadata": {}}]}
                    for key in [*artifacts, "executor-logs"]
                },
                "outputFile": str(self.folder / "output.json"),
            },
        }
        words = python or [sys.executable, "-m", "jupyter_kfp.worker"]
        words += ["--step", pack_payload(self.payload()), "--executor_input", json.dumps(executor_input)]
        return [*words, "--attempt-folder", str(self.folder), *options]

    def start(self, *options: str, **popen: Any) -> subprocess.Popen[bytes]:
        """Start the worker; its log goes to ``log``."""
        environment = {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(
                self.command(*options), stdout=log, stderr=subprocess.STDOUT, cwd=self.folder, env=environment, **popen
            )

    def run(self, *options: str, **popen: Any) -> Done:
        """Run to the end; events come marked in the log."""
        return self.done(self.start(*options, **popen).wait(120))

    def done(self, code: int) -> Done:
        """Read what it left behind."""
        data = (self.folder / "log").read_bytes()
        events = [decode_event(line) for line in RECORD.findall(data)]
        return Done(code, events, RECORD.sub(b"", data).decode(), self.folder)


def test_a_step_by_kfps_contract(tmp_path: Path) -> None:
    done = Step(
        tmp_path,
        ["xs = [n, lr]\nprint('a\\x1eb')", "m = len(xs)\n'shown'"],
        inputs={"n": 5.0, "lr": 1, "flag": True, "half": 0.5},
        types={"n": "NUMBER_INTEGER", "lr": "NUMBER_DOUBLE", "flag": "BOOLEAN", "half": "NUMBER_DOUBLE"},
        outputs={"m": "parameter", "xs": "artifact"},
    ).run("--unknown-option", "ignored")
    assert done.code == 0, done.log
    assert done.log == "a\u241eb\n"
    assert isinstance(done.events[-1], StepSucceeded)
    assert done.output["parameterValues"] == {"m": 2}
    metadata = done.output["artifacts"]["xs"]["artifacts"][0]["metadata"]
    assert metadata["python_type"] == "list"
    assert metadata["digest"].startswith("blake3:")
    assert "executor-logs" not in done.output["artifacts"]
    first, second = done.cells
    assert (first.execution_count, second.execution_count) == (3, 4)
    assert second.outputs[0].data["text/plain"] == "'shown'"
    source = nbformat.read(tmp_path / "executed-notebook.ipynb", as_version=4).cells[0].source
    assert "n = 5\n" in source
    assert "lr = 1.0\n" in source


def test_metrics_and_logged_files_fill_declared_outputs(tmp_path: Path) -> None:
    source = (
        "import jupyter_kfp as k\nk.log_metric('acc', 0.5)\nk.log_metric('acc', 0.75)\n"
        "k.log_html('<p>hi</p>', 'page')\n"
        "k.log_confusion_matrix(['a', 'b'], [[1, 2], [3, 4]])"
    )
    declared = ["step-metrics", "step-classification-metrics", "log-page", "executed-notebook"]
    done = Step(tmp_path, [source], declared=declared).run()
    assert done.code == 0, done.log
    artifacts = {key: listed["artifacts"][0] for key, listed in done.output["artifacts"].items()}
    assert artifacts["step-metrics"]["metadata"] == {"acc": 0.75}
    assert artifacts["step-classification-metrics"]["metadata"]["confusionMatrix"]["rows"][1]["row"] == [3, 4]
    assert (tmp_path / "out" / "log-page").read_text().find("<p>hi</p>") >= 0
    assert nbformat.read(tmp_path / "out" / "executed-notebook", as_version=4).cells[1].source == source
    metrics = [event.value for event in done.events if isinstance(event, MetricLogged)]
    assert metrics == [0.5, 0.75]
    assert any(isinstance(event, ArtifactLogged) for event in done.events)


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        ("x = 1\ny ==", 'step "train", cell 3, line 2: SyntaxError: invalid syntax', ""),
        ("import sys\nsys.exit()", 'step "train", cell 3, line 2: SystemExit', "under an if"),
        ("input('?')", 'step "train", cell 3, line 1: input() was called', "make the value a parameter"),
        ("exit()", 'step "train", cell 3: exit() or quit() ended the kernel', "under an if"),
        ("%no_such_magic", 'step "train", cell 3, line 1: UsageError: Line magic function', ""),
        ("undefined", "step \"train\", cell 3, line 1: NameError: name 'undefined' is not defined", ""),
        ("import asyncio\nawait asyncio.sleep(0)\nraise KeyError('k')", "cell 3, line 3: KeyError: 'k'", ""),
        (
            "import faulthandler\ndef f():\n    faulthandler._sigsegv()\n\nf()",
            'step "train", cell 3, line 5: the kernel died (killed by SIGSEGV)',
            "crashed in native code",
        ),
    ],
)
def test_failures_say_where_and_what_to_do(tmp_path: Path, source: str, message: str, hint: str) -> None:
    done = Step(tmp_path, [source, "print('never')"], outputs={"y": "artifact"}).run()
    assert done.code == 1
    assert message in done.error.message
    assert hint in done.error.hint
    assert "never" not in done.log
    assert done.error.message in done.log
    for frame in ("IPython/", "ipykernel/", "nbclient/", "jupyter_kfp/"):
        assert frame not in done.error.traceback
    assert done.cells[0].metadata.papermill.status == "failed"
    assert not (tmp_path / "output.json").exists()


def test_a_cell_that_may_raise_does_not_end_the_step(tmp_path: Path) -> None:
    tagged = Cell(number=3, source="1/0", id="a", metadata={"tags": ["raises-exception"]})
    done = Step(tmp_path, [tagged, "y = 1"], outputs={"y": "parameter"}).run()
    assert done.code == 0, done.log
    assert done.output["parameterValues"] == {"y": 1}
    assert done.cells[0].outputs[0].ename == "ZeroDivisionError"
    assert done.cells[1].execution_count == 4


def test_a_failing_setup_is_told_and_the_notebook_kept(tmp_path: Path) -> None:
    done = Step(tmp_path, ["y = 1"], setup=[Cell(number=1, source="import os\nimport no_such_module")]).run()
    assert done.code == 1
    assert "cell 1, line 2" in done.error.message
    assert "no_such_module" in done.error.message
    assert done.cells[0].source == "y = 1"
    assert done.cells[0].execution_count is None


def test_errors_in_functions_of_setup_cells_name_these_cells(tmp_path: Path) -> None:
    setup = [
        Cell(number=1, source="def ratio(a, b):\n    # one\n    # two\n    # three\n    return a / b", id="a"),
        Cell(number=2, source="def outer():\n    return ratio(1, 0)", id="b"),
    ]
    error = Step(tmp_path, ["1", "outer()"], setup=setup).run().error
    assert error.message == 'step "train", cell 4, line 1: ZeroDivisionError: division by zero'
    assert (error.cell, error.line) == (4, 1)
    places = re.findall(r"^  Cell .*", error.traceback, re.MULTILINE)
    assert places == ["  Cell 4, line 1", "  Cell 2, line 2, in outer", "  Cell 1, line 5, in ratio"]


def test_a_huge_message_is_whole_in_the_log_only(tmp_path: Path) -> None:
    done = Step(tmp_path, ["raise ValueError('begin' + 'x' * 200_000 + 'end')"]).run()
    assert len(done.error.traceback) < 21_000
    assert "ValueError: beginxxx" in done.error.traceback
    assert done.error.traceback.endswith("xxxend")
    assert "characters left out, see the log" in done.error.traceback
    assert "x" * 200_000 in done.log


def test_displays_are_updated_where_they_stand(tmp_path: Path) -> None:
    source = "print('a')\nh = display('one', display_id=True)\nprint('b')\nh.update('two')"
    done = Step(tmp_path, [source, "h.update('three')"]).run()
    kinds = [(output.output_type, output.get("text") or output.data["text/plain"]) for output in done.cells[0].outputs]
    assert kinds == [("stream", "a\n"), ("display_data", "'three'"), ("stream", "b\n")]


def test_clear_output_clears_the_notebook_and_not_the_log(tmp_path: Path) -> None:
    source = "from IPython.display import clear_output\nprint('old')\nclear_output(wait=True)\nprint('new')"
    done = Step(tmp_path, [source]).run()
    assert [output.text for output in done.cells[0].outputs] == ["new\n"]
    assert done.log == "old\nnew\n"


def test_output_of_child_processes_is_captured(tmp_path: Path) -> None:
    done = Step(tmp_path, ["import os\nos.system('echo from a child')", "!echo from the shell"]).run()
    assert "from a child\n" in done.log
    assert "from the shell" in done.log


def test_sigterm_interrupts_the_cell_and_saves_the_notebook(tmp_path: Path) -> None:
    source = "import time, pathlib\npathlib.Path('running').touch()\nprint('half', flush=True)\ntime.sleep(600)"
    step = Step(tmp_path, [source, "print('never')"])
    process = step.start()
    deadline = time.monotonic() + 60
    while not (tmp_path / "running").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    done = step.done(process.wait(60))
    assert done.code == 143
    assert "half" in done.log
    assert "never" not in done.log
    assert done.cells[0].outputs[-1].ename == "KeyboardInterrupt"


def test_100_mb_of_output_need_little_memory_and_stay_whole_in_the_log(tmp_path: Path) -> None:
    source = "for i in range(10_000):\n    print(f'{i:05}', 'x' * 9993)"
    step = Step(tmp_path, [source])
    # A small process between: ru_maxrss of a child starts at the size of the one that forked it, which here is pytest.
    watch = (
        "import resource, subprocess, sys\n"
        "code = subprocess.call(sys.argv[2:])\n"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
        "open(sys.argv[1], 'w').write(str(peak))\n"
        "sys.exit(code)"
    )
    command = step.command("--events", str(tmp_path / "events"))
    with (tmp_path / "log").open("wb") as output_file:
        done = subprocess.run(
            [sys.executable, "-c", watch, str(tmp_path / "peak"), *command],
            stdout=output_file,
            stderr=subprocess.STDOUT,
            cwd=tmp_path,
            env={key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"},
            timeout=120,
        )
    assert done.returncode == 0
    peak_kib = int((tmp_path / "peak").read_text())
    log = (tmp_path / "log").read_bytes()
    assert len(log) == 100_000_000
    assert [line[:5] for line in log.splitlines()] == [b"%05d" % number for number in range(10_000)]
    assert peak_kib < 250 * 1024, f"{peak_kib / 1024:.0f} MiB"
    (output,) = step.done(0).cells[0].outputs
    assert len(output.text) < 1_100_000
    assert output.text.startswith("00000 x")
    assert output.text.endswith("x\n")
    assert "99.0 MB of output left out here" in output.text


def limit_files(size: int) -> Any:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_full_disk_fails_the_step_with_the_reason_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    source = "y = bytes(3_000_000)\nz = [1]"
    step = Step(tmp_path, [source], outputs={"y": "artifact", "z": "artifact"})
    done = step.run(preexec_fn=limit_files(1_000_000))
    assert done.code == 1
    assert "'y'" in done.error.message or '"y"' in done.error.message or " y " in done.error.message
    assert not (tmp_path / "out" / "y").exists()
    assert (tmp_path / "out" / "z").exists()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["z"]


def test_a_log_that_cannot_be_written_fails_the_step(tmp_path: Path) -> None:
    step = Step(tmp_path, ["print('x' * 3_000_000)"])
    code = step.start("--events", str(tmp_path / "events"), preexec_fn=limit_files(1_000_000)).wait(60)
    assert code == 74


def test_variables_do_not_cross_to_other_languages(tmp_path: Path) -> None:
    done = Step(tmp_path, ["y <- 1"], outputs={"y": "artifact"}, language="R").run()
    assert (done.code, done.error.code) == (1, "KFP366")


def test_arguments_may_be_files(tmp_path: Path) -> None:
    step = Step(tmp_path, ["print('ran')"])
    words = step.command()
    for option in ("--step", "--executor_input"):
        position = words.index(option) + 1
        file = tmp_path / option.strip("-")
        file.write_text(words[position])
        words[position] = f"@{file}"
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "ran" in done.stdout


@pytest.mark.parametrize(
    ("step", "executor_input", "code"),
    [("damaged", "{}", "KFP351"), ("@/no/such/file", "{}", "KFP350"), (None, "{", "KFP352")],
)
def test_bad_arguments_give_one_sentence(tmp_path: Path, step: str | None, executor_input: str, code: str) -> None:
    packed = step or pack_payload(Step(tmp_path, ["1"]).payload())
    words = [sys.executable, "-m", "jupyter_kfp.worker", "--step", packed, "--executor_input", executor_input]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stdout.startswith(code)
    assert "Traceback" not in done.stdout + done.stderr
