"""Runs steps of notebooks, commands of containers and importers as processes of this machine."""

from __future__ import annotations

import os
import selectors
import shutil
import time
from pathlib import Path

import msgspec
import psutil

from jupyter_kfp.artifacts.artifact_store import ArtifactStore
from jupyter_kfp.executors.local_process.attempt_files import AttemptFiles, ProcessRecord, prepare_attempt
from jupyter_kfp.executors.local_process.attempt_result import AttemptResult, Stopped
from jupyter_kfp.executors.local_process.command_attempt import start_command
from jupyter_kfp.executors.local_process.command_environment import container_variables
from jupyter_kfp.executors.local_process.command_process import attempt_marker
from jupyter_kfp.executors.local_process.command_result import CommandResult, Surroundings
from jupyter_kfp.executors.local_process.import_attempt import ImportResult, start_import
from jupyter_kfp.executors.local_process.masked_worker import start_masked
from jupyter_kfp.executors.local_process.resource_limits import ResourceLimits, resource_limits
from jupyter_kfp.executors.local_process.running_attempt import EnforcedLimits, RunningAttempt
from jupyter_kfp.executors.local_process.secret_values import secret_values, variables_only
from jupyter_kfp.executors.local_process.task_processes import TaskMarks, kill_task
from jupyter_kfp.executors.local_process.worker_command import is_notebook_step, packed_step
from jupyter_kfp.executors.local_process.worker_launcher import WorkerLauncher
from jupyter_kfp.executors.local_process.worker_process import WorkerStart, inherited_environment, kill_tree
from jupyter_kfp.executors.local_process.zygote_start import ZygoteStart
from jupyter_kfp.executors.task_executor import LogPage, TaskAttempt, TaskLaunch, TaskReport, attempt_folder
from jupyter_kfp.runs.states import Reason
from jupyter_kfp.settings import Settings
from jupyter_kfp.spec.model import ContainerSpec
from jupyter_kfp.spec.step_payload import unpack_payload

_NEWS_SECONDS = 0.03
"""How often events are looked for; the end of a worker is noticed at once."""
_CREATED_TOLERANCE = 1.0


class LocalProcessExecutor:
    """A `TaskExecutor` for one machine: a process for each attempt, and a kernel for a step of a notebook."""

    def __init__(self, settings: Settings, store: ArtifactStore, early: ZygoteStart | None = None) -> None:
        """`early` is a warm process that was started before, and is this executor's from now on."""
        self._settings = settings
        self._store = store
        self._launcher = WorkerLauncher(settings, early)
        self._running: dict[TaskAttempt, RunningAttempt] = {}

    def warm_up(self) -> None:
        """Start what makes steps start fast; returns at once. May be called early, and more than once."""
        self._launcher.warm_up()

    def launch(self, launch: TaskLaunch) -> None:
        """Start an attempt: an importer, a step of a notebook, or a command of its own."""
        if launch.container is None:
            self._launch_import(launch)
        elif is_notebook_step(launch.container):
            self._launch_step(launch, launch.container)
        else:
            self._launch_command(launch)

    def _launch_import(self, launch: TaskLaunch) -> None:
        files = self._files(launch.attempt)
        process, temporary = start_import(launch, files)
        kind = ImportResult(launch, files, self._store, Surroundings(temporary))
        self._follow(RunningAttempt(launch, files, process, kind, self._enforced(ResourceLimits())), temporary)

    def _launch_command(self, launch: TaskLaunch) -> None:
        files = self._files(launch.attempt)
        started = start_command(launch, files, self._store, self._settings)
        kind = CommandResult(launch, files, self._store, started.surroundings)
        attempt = RunningAttempt(launch, files, started.process, kind, self._enforced(started.limits))
        self._follow(attempt, started.surroundings.temporary)

    def _launch_step(self, launch: TaskLaunch, container: ContainerSpec) -> None:
        payload = packed_step(container)
        step = unpack_payload(payload)
        limits = resource_limits(container)
        files = self._files(launch.attempt)
        secrets = secret_values(variables_only(launch.platform), launch.secrets_file, os.environ)
        prepare_attempt(files, launch, self._store, payload)
        variables = container_variables(container.env, secrets.variables)
        start = WorkerStart(
            arguments=[
                "--step", f"@{files.step}",
                "--executor_input", f"@{files.executor_input}",
                "--events", str(files.events),
                "--attempt-folder", str(files.folder),
            ],
            kernel=step.kernel,
            modules=step.modules.names,
            working_directory=launch.working_directory,
            environment={**inherited_environment(), **variables},
            log=files.log,
            cpus=limits.cpus,
        )  # fmt: skip
        process = start_masked(start, secrets.masked, self._launcher.start)
        kind = AttemptResult(launch, files, self._store)
        self._follow(RunningAttempt(launch, files, process, kind, self._enforced(limits)))

    def check(self, timeout: float) -> list[TaskReport]:
        """Wait up to `timeout` seconds for news."""
        deadline = time.monotonic() + timeout
        while True:
            reports = self._news()
            left = deadline - time.monotonic()
            if reports or left <= 0:
                return reports
            self._wait(min(left, _NEWS_SECONDS) if self._running else left)

    def adopt(self, attempt: TaskAttempt) -> bool:
        """Always False: a worker ends with the process that launched it; what is left of it is stopped here."""
        files = self._files(attempt)
        if files.process.exists():
            record = msgspec.json.decode(files.process.read_bytes(), type=ProcessRecord)
            if abs(_created_at(record.pid) - record.created_at) < _CREATED_TOLERANCE:
                kill_tree(record.pid)
            elif record.temporary:
                # Its group may be somebody else's by now.
                kill_task(0, TaskMarks(attempt_marker(attempt)))
            if record.temporary:
                shutil.rmtree(record.temporary, ignore_errors=True)
        return False

    def terminate(self, attempt: TaskAttempt, *, grace_seconds: float) -> None:
        """Ask an attempt to stop; unknown attempts have ended already."""
        running = self._running.get(attempt)
        if running is not None:
            running.stop(Stopped(Reason.RUN_CANCELED), grace_seconds)

    def logs(self, attempt: TaskAttempt, *, offset: int = 0, limit: int = 1 << 20) -> LogPage:
        """A page of the log; an attempt that never started has an empty one."""
        return read_log(self._files(attempt).log, offset=offset, limit=limit)

    def close(self) -> None:
        """Kill what runs and the spare kernels."""
        for running in self._running.values():
            running.abandon()
        self._running.clear()
        self._launcher.close()

    def _enforced(self, limits: ResourceLimits) -> EnforcedLimits:
        return EnforcedLimits(limits, self._settings.grace_seconds)

    def _follow(self, running: RunningAttempt, temporary: Path | None = None) -> None:
        pid = running.process.pid
        record = ProcessRecord(pid, _created_at(pid), str(temporary or ""))
        self._files(running.launch.attempt).process.write_bytes(msgspec.json.encode(record))
        self._running[running.launch.attempt] = running

    def _files(self, attempt: TaskAttempt) -> AttemptFiles:
        return AttemptFiles(attempt_folder(self._settings.runs_folder.absolute(), attempt))

    def _news(self) -> list[TaskReport]:
        reports = []
        for attempt, running in list(self._running.items()):
            report = running.check()
            if report is not None:
                reports.append(report)
                if report.ended is not None:
                    del self._running[attempt]
        return reports

    def _wait(self, seconds: float) -> None:
        with selectors.DefaultSelector() as selector:
            for descriptor in self._descriptors():
                selector.register(descriptor, selectors.EVENT_READ)
            selector.select(seconds)

    def _descriptors(self) -> set[int]:
        own = {running.process.fileno() for running in self._running.values()}
        own.add(self._launcher.fileno())
        return {descriptor for descriptor in own if descriptor is not None}


def read_log(path: Path, *, offset: int, limit: int) -> LogPage:
    """Read a page of a log file; a negative offset counts from the end."""
    if not path.exists():
        return LogPage(data=b"", offset=0, size=0)
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        start = max(0, size + offset) if offset < 0 else min(offset, size)
        file.seek(start)
        return LogPage(data=file.read(limit), offset=start, size=size)


def _created_at(pid: int) -> float:
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return 0.0
