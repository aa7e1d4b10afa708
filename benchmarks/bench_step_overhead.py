"""What one trivial step costs through the local executor, beside papermill's own command on the same cell.

    python benchmarks/bench_step_overhead.py [ROUNDS]

Prints medians of wall time and CPU time (of all processes involved) per step.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from jupyter_kfp.artifacts.local_store import LocalArtifactStore
from jupyter_kfp.executors.local_process.local_process_executor import LocalProcessExecutor
from jupyter_kfp.executors.task_executor import TaskAttempt, TaskLaunch
from jupyter_kfp.ids import new_run_id, root_path
from jupyter_kfp.settings import Settings
from jupyter_kfp.spec.model import ContainerSpec, OutputArtifact, OutputDefinitions
from jupyter_kfp.spec.step_payload import NOTEBOOK_KEY, WORKER_COMMAND, Cell, StepOutput, StepPayload, pack_payload

SOURCE = "x = 1"


def launch_of(number: int, folder: Path) -> TaskLaunch:
    payload = StepPayload(
        step="s",
        kernel="python3",
        cells=[Cell(number=1, source=SOURCE, id="a")],
        outputs=[StepOutput(name="x", key="x", binding="artifact")],
    )
    args = ["--step", pack_payload(payload), "--executor_input", "{{$}}"]
    return TaskLaunch(
        attempt=TaskAttempt(new_run_id(), root_path("s"), number),
        container=ContainerSpec(command=WORKER_COMMAND, args=args),
        input_parameters={},
        input_artifacts={},
        output_definitions=OutputDefinitions(artifacts={"x": OutputArtifact(), NOTEBOOK_KEY: OutputArtifact()}),
        working_directory=str(folder),
    )


def run_step(executor: LocalProcessExecutor, number: int, folder: Path) -> None:
    executor.launch(launch_of(number, folder))
    while True:
        for report in executor.check(10.0):
            if report.ended:
                assert report.ended.succeeded, report.ended.error
                return


def processor_seconds() -> float:
    """CPU time of this process, its living descendants and those that it has awaited."""
    total = sum(os.times()[:4])
    for child in psutil.Process().children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def measure(name: str, rounds: int, action: Callable[[int], None], pause: float = 0.0) -> None:
    walls, processors = [], []
    for number in range(1, rounds + 1):
        time.sleep(pause)
        before, started = processor_seconds(), time.perf_counter()
        action(number)
        walls.append(time.perf_counter() - started)
        processors.append(processor_seconds() - before)
    wall, processor = statistics.median(walls), statistics.median(processors)
    print(f"{name:48} {wall * 1000:8.0f} ms wall {processor * 1000:8.0f} ms CPU")


def measure_executor(name: str, rounds: int, *, fork: bool, pause: float) -> None:
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), fork_kernels=None if fork else False)
        executor = LocalProcessExecutor(settings, LocalArtifactStore(settings.artifacts_folder))
        executor.warm_up()
        run_step(executor, 1, Path(home))
        measure(name, rounds, lambda number: run_step(executor, number + 1, Path(home)), pause)
        executor.close()


def measure_papermill(rounds: int) -> None:
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": SOURCE, "outputs": [], "execution_count": None}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.ipynb"), Path(folder, "out.ipynb")
        source.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": [cell]}))
        command = [sys.executable, "-m", "papermill", str(source), str(target), "--no-progress-bar"]
        measure("papermill command", rounds, lambda _: void(subprocess.run(command, check=True, capture_output=True)))


def void(_: object) -> None:
    """A result that nobody needs."""


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    measure_executor("step, spare kernel ready", rounds, fork=True, pause=0.4)
    measure_executor("step, one after another", rounds, fork=True, pause=0.0)
    measure_executor("step, new worker and kernel", max(3, rounds // 2), fork=False, pause=0.0)
    measure_papermill(max(3, rounds // 3))


if __name__ == "__main__":
    main()
