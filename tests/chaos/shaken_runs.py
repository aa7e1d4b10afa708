"""Runs that are killed at random moments, and what has to hold afterwards.

Each trial starts a run and kills, with SIGKILL and at random moments, the process of the run, a worker, both, or the
command that starts the run. Then somebody looks (`jupyter kfp runs` would), the run is followed to its end, retried if
a killed worker failed it, and everything that is known of it is checked.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from jupyter_kfp.artifacts.local_store import LocalArtifactStore
from jupyter_kfp.engine.run_lock import RunLock
from jupyter_kfp.engine.stored_run import load_active_run
from jupyter_kfp.metadata.sql_store import SqlMetadataStore
from jupyter_kfp.pipeline_service import PipelineService
from jupyter_kfp.runs.events import TaskMoved
from jupyter_kfp.runs.run import Run
from jupyter_kfp.runs.states import FINISHED, RuntimeState
from jupyter_kfp.settings import Settings

DEADLINE = 180.0
VICTIMS = ("run", "worker", "both", "command")
LONGEST_LIFE = 2.5
"""Seconds until the last possible moment of a kill: a little more than the run takes."""
MOST_RETRIES = 12

PIPELINE = Path(__file__).with_name("shaken.yaml")
MARK = 'with open("{folder}/ran", "a") as file:\n    file.write("{key}\\n")\n'
PAUSE = "import time\ntime.sleep({seconds})\n"


@dataclass
class Tally:
    """What a series of trials did."""

    kills: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    retries: int = 0
    attempts_lost: int = 0

    def __str__(self) -> str:
        """One line."""
        each = ", ".join(f"{count} of a {victim}" for victim, count in sorted(self.kills.items()))
        return (
            f"{sum(self.kills.values())} kills ({each}) over {self.runs} runs; {self.retries} retries, "
            f"{self.attempts_lost} attempts done again"
        )


class Shaker:
    """One home, many runs in it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._dice = random.Random(seed)
        self._settings = Settings(home=folder / "home", max_parallel_tasks=2, grace_seconds=1.0)
        self.tally = Tally()

    def trial(self, kills: int) -> int:
        """Start a run, kill up to `kills` times, see it to its end, check all; returns the kills that hit."""
        number = self.tally.runs
        self.tally.runs += 1
        folder = self._folder / f"trial-{number}"
        folder.mkdir()
        source = write_notebook(folder) if self._dice.random() < 0.5 else write_pipeline(folder)
        before = sum(self.tally.kills.values())
        run = self._start(source)
        for _ in range(kills):
            if run is None or not self._hit(run):
                break
        run = run or self._newest(source)
        if run is not None:
            self._see_to_its_end(run)
            self._check(run, folder)
        self._check_store()
        return sum(self.tally.kills.values()) - before

    def _start(self, source: Path) -> Run | None:
        """Start by the real command, which may be killed while it does; None if no run came of it."""
        environment = {**os.environ, "JUPYTER_KFP_HOME": str(self._settings.home)}
        command = [sys.executable, "-m", "jupyter_kfp.cli", "run", str(source), "--no-cache", "--detach", "--json"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self._dice.choice(VICTIMS) == "command":
            with_luck = self._dice.uniform(0.05, 1.0)
            try:
                process.wait(with_luck)
            except subprocess.TimeoutExpired:
                process.kill()
                self.tally.kills["command"] += 1
        output, errors = process.communicate()
        if process.returncode == -signal.SIGKILL:
            return self._newest(source)
        assert process.returncode == 0, errors
        with self._service() as service:
            return service.find_run(json.loads(output)["run_id"])

    def _newest(self, source: Path) -> Run | None:
        with self._service() as service:
            runs = [run for run in service.list_runs(limit=5) if run.options.notebook_path == str(source)]
        return runs[0] if runs else None

    def _service(self) -> _Opened:
        return _Opened(self._settings)

    def _hit(self, run: Run) -> bool:
        """Kill something of a run at a random moment, and have somebody look; False if it had ended."""
        victim = self._dice.choice(("run", "worker", "both"))
        moment = time.monotonic() + self._dice.uniform(0.0, LONGEST_LIFE)
        while time.monotonic() < moment:  # the moment is the test: it waits for nothing
            if self._state(run) in FINISHED:
                return False
            time.sleep(0.01)
        process = self._process(run)
        if process is None:
            return self._state(run) not in FINISHED
        killed = 0
        if victim in ("worker", "both"):
            killed += self._kill_worker(process)
        if victim in ("run", "both"):
            killed += _kill(process)
            self._wait_for_the_lock(run)
        self.tally.kills[victim] += bool(killed)
        with self._service() as service:
            return service.find_run(run.run_id).state not in FINISHED

    def _kill_worker(self, process: psutil.Process) -> int:
        try:
            below = process.children(recursive=True)
        except psutil.NoSuchProcess:
            return 0
        return _kill(self._dice.choice(below)) if below else 0

    def _state(self, run: Run) -> RuntimeState:
        store = SqlMetadataStore(self._settings.sqlalchemy_url)
        try:
            return store.get_run(run.run_id).state
        finally:
            store.close()

    def _process(self, run: Run) -> psutil.Process | None:
        text = (self._settings.runs_folder / run.run_id / "lock").read_text().strip()
        try:
            return psutil.Process(int(text)) if text else None
        except psutil.NoSuchProcess:
            return None

    def _wait_for_the_lock(self, run: Run) -> None:
        deadline = time.monotonic() + DEADLINE
        while (lock := RunLock.acquire(self._settings.runs_folder / run.run_id)) is None:
            assert time.monotonic() < deadline, "the lock of a dead run's process is still held"
            time.sleep(0.005)
        (self._settings.runs_folder / run.run_id / "lock").write_text("")
        lock.release()

    def _see_to_its_end(self, run: Run) -> None:
        for _ in range(MOST_RETRIES):
            with self._service() as service:
                deadline = time.monotonic() + DEADLINE
                for _events in service.follow(run.run_id, poll_seconds=0.02):
                    assert time.monotonic() < deadline, f"run {run.run_id} does not end"
                state = service.find_run(run.run_id).state
                if state is RuntimeState.SUCCEEDED:
                    return
                error = service.find_run(run.run_id).error
                assert state is RuntimeState.FAILED, state
                assert error is not None, "a failed run says why"
                service.retry(run.run_id)
                self.tally.retries += 1
        raise AssertionError(f"run {run.run_id} fails again and again")

    def _check(self, run: Run, folder: Path) -> None:
        store = SqlMetadataStore(self._settings.sqlalchemy_url)
        artifacts = LocalArtifactStore(self._settings.artifacts_folder)
        try:
            active = load_active_run(store, run.run_id).active
            tasks = {task.path: task for task in store.tasks(run.run_id)}
            assert {path: task.state for path, task in tasks.items()} == {
                path: status.state for path, status in active.tasks.items()
            }, "the tables differ from the log"
            moves = [
                stored.event
                for stored in store.events(run.run_id, limit=100_000)
                if isinstance(stored.event, TaskMoved)
            ]
        finally:
            store.close()
        assert all(task.state is RuntimeState.SUCCEEDED for task in tasks.values())
        ran = Counter((folder / "ran").read_text().split())
        for key, times in ran.items():
            paths = {f"root/{key}", f"root/{key}/mark"} & {path for path, task in tasks.items() if task.kind == "task"}
            mine = [move for move in moves if move.path in paths]
            started = sum(move.state is RuntimeState.RUNNING for move in mine)
            succeeded = sum(move.state is RuntimeState.SUCCEEDED for move in mine)
            assert succeeded == 1, f"{key} succeeded {succeeded} times"
            assert times <= started, f"{key} ran {times} times, of which {started} are known"
            self.tally.attempts_lost += started - 1
        for task in tasks.values():
            for artifact in task.artifacts.values():
                artifacts.verify(artifact.digest)

    def _check_store(self) -> None:
        database = self._settings.home / "kfp.db"
        if not database.exists():  # the command was killed before it made one
            return
        with sqlite3.connect(database) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
        with self._service() as service:
            assert not service.list_runs(states=[RuntimeState.RUNNING, RuntimeState.PENDING])


class _Opened:
    """A service, as a new command would open it."""

    def __init__(self, settings: Settings) -> None:
        self._service = PipelineService(settings)

    def __enter__(self) -> Any:
        return self._service

    def __exit__(self, *_exception: object) -> None:
        self._service.close()


def _kill(process: psutil.Process) -> int:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return 0
    return 1


def steps() -> Iterator[tuple[str, str, float]]:
    """Name, code, seconds of the steps of the notebook."""
    yield "a", "a = [1]", 0.1
    yield "b", "b = a + [2]", 0.3
    yield "c", "c = a + [3]", 0.4
    yield "d", "d = b + c", 0.1


def write_notebook(folder: Path) -> Path:
    """Four steps, two of them side by side; each writes a line when it runs."""
    cells = []
    for key, code, seconds in steps():
        source = MARK.format(folder=folder, key=key) + PAUSE.format(seconds=seconds) + code
        cells.append(
            {
                "cell_type": "code",
                "id": key,
                "source": source,
                "metadata": {"tags": [f"step:{key}"]},
                "outputs": [],
                "execution_count": None,
            }
        )
    kernel = {"kernelspec": {"name": "python3", "display_name": "python3", "language": "python"}}
    path = folder / "shaken.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": cells}))
    return path


def write_pipeline(folder: Path) -> Path:
    """A task, a loop over three items in it two at a time, a task that collects; each writes a line when it runs."""
    path = folder / "shaken.yaml"
    path.write_text(PIPELINE.read_text(encoding="utf-8").replace("FOLDER", str(folder)), encoding="utf-8")
    return path
