"""The process of a run. It outlives the process that started the run, and holds the run's lock while it lives.

``python -m jupyter_kfp.run_process RUN_ID --lock-fd N`` reads the settings as JSON from its standard input. Where the
starting process may be forked this is not needed: the child has everything loaded already.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import gc
import itertools
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from jupyter_kfp.engine.run_lock import RunLock
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import RunId
from jupyter_kfp.runs.states import RuntimeState
from jupyter_kfp.settings import Settings

if TYPE_CHECKING:
    from jupyter_kfp.artifacts.artifact_store import ArtifactStore
    from jupyter_kfp.executors.local_process.zygote_start import ZygoteStart
    from jupyter_kfp.executors.task_executor import TaskExecutor

PROCESS_LOG = "process.log"
"""In the run's folder: what the process of the run says of itself."""

_log = logging.getLogger("jupyter_kfp.run_process")


def start_run_process(run_id: RunId, settings: Settings, lock: RunLock, early: ZygoteStart | None = None) -> None:
    """Start the process of a run, which takes the lock and `early` over; returns as soon as it exists.

    Raises `KfpError` KFP455 if it does not start. The caller should hold no connection to the database: neither
    SQLite's nor a server's survives a fork.
    """
    try:
        if _may_fork(settings):
            _fork(run_id, settings, lock, early)
        else:
            _spawn(run_id, settings, lock)
    finally:
        if early is not None:
            early.let_go()
        lock.release()  # the process has it too; if it did not come to be, `reconcile` finds the run


def run_to_its_end(run_id: RunId, settings: Settings, early: ZygoteStart | None = None) -> RuntimeState:
    """Carry out a run in this process, whose lock the caller holds; `early` is a warm process for its steps."""
    from jupyter_kfp.artifacts.local_store import LocalArtifactStore
    from jupyter_kfp.engine.reconcile import fail_unreadable
    from jupyter_kfp.engine.run_loop import LoopSettings, RunLoop
    from jupyter_kfp.metadata.sql_store import SqlMetadataStore

    artifacts = LocalArtifactStore(settings.artifacts_folder)
    store = SqlMetadataStore(settings.sqlalchemy_url)
    executor = open_local_executor(_with_preload(settings, store.get_spec(run_id)), artifacts, early)
    loop_settings = LoopSettings(
        max_parallel_tasks=settings.max_parallel_tasks,
        grace_seconds=settings.grace_seconds,
        runs_folder=str(settings.runs_folder.absolute()),
        slots_folder=str(settings.home.absolute() / "slots"),
        max_machine_tasks=settings.max_machine_tasks,
        home=settings.home,
    )
    try:
        loop = RunLoop(run_id, store, artifacts, lambda: executor, loop_settings)
        signal.signal(signal.SIGTERM, lambda _signal, _frame: loop.stop())
        return loop.run()
    except KfpError as error:
        _log.exception("the run cannot go on")
        if error.code in ("KFP231", "KFP232", "KFP505"):
            fail_unreadable(store, run_id, error, time.time())
        raise
    finally:
        executor.close()
        store.close()


def open_local_executor(settings: Settings, artifacts: ArtifactStore, early: ZygoteStart | None = None) -> TaskExecutor:
    """The executor of this machine; it begins to load what steps need, in processes of its own."""
    from jupyter_kfp.executors.local_process.local_process_executor import LocalProcessExecutor

    executor = LocalProcessExecutor(settings, artifacts, early)
    executor.warm_up()
    return executor


def _with_preload(settings: Settings, spec: bytes) -> Settings:
    """The settings, and what the steps of this pipeline import, unless the user has said what to preload."""
    from jupyter_kfp.executors.local_process.preload import preload_of
    from jupyter_kfp.spec.ir_json import from_json

    try:
        pipeline = from_json(spec)
    except KfpError:
        return settings  # the loop reads it again, and fails the run with what it finds
    return dataclasses.replace(settings, preload_modules=preload_of(pipeline, settings))


def _may_fork(settings: Settings) -> bool:
    """Whether a fork of this process is safe.

    Not if there is another thread, which could hold a lock that the child then waits for, nor if a connection to our
    SQLite database is open: SQLite in the child would believe in locks that only the parent holds.
    """
    if not sys.platform.startswith("linux") or threading.active_count() > 1:
        return False
    asyncio = sys.modules.get("asyncio.events")
    if asyncio is not None and asyncio._get_running_loop() is not None:  # noqa: SLF001 - asks without making a loop
        return False
    if len(os.listdir("/proc/self/task")) > 1:  # noqa: PTH208 - threads that Python does not know of
        return False
    return not any(path.startswith(str(settings.home / "kfp.db")) for path in _open_files())


def _open_files() -> Iterator[str]:
    for descriptor in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names suffice
        with contextlib.suppress(OSError):  # the listing's own descriptor is closed by now
            yield os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115


def _fork(run_id: RunId, settings: Settings, lock: RunLock, early: ZygoteStart | None) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        if os.fork() == 0:  # no session leader: can never get a terminal
            _be_the_process(run_id, settings, lock.descriptor, early)
    finally:
        os._exit(0)


def _spawn(run_id: RunId, settings: Settings, lock: RunLock) -> None:
    import msgspec

    given = msgspec.json.encode(settings, enc_hook=str)  # str: of paths
    command = [sys.executable, "-P", "-m", "jupyter_kfp.run_process", run_id, "--lock-fd", str(lock.descriptor)]
    with (settings.runs_folder / run_id / PROCESS_LOG).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=[lock.descriptor],
            start_new_session=True,
        )
    # The process forks once it has read its settings, and this one only waits for that: it leaves no zombie.
    process.communicate(given)
    if process.returncode:
        raise KfpError(
            "KFP455",
            f"the process of run {run_id[:8]} did not start (exit code {process.returncode})",
            hint=f"{settings.runs_folder / run_id / PROCESS_LOG} may say why",
        )


def _be_the_process(
    run_id: RunId, settings: Settings, lock_descriptor: int, early: ZygoteStart | None = None
) -> NoReturn:
    """Leave everything of the starting process behind, then run. Never returns."""
    code = 1
    try:
        kept = (lock_descriptor, *(early.descriptors if early else ()))
        _leave_the_starter(settings.runs_folder / run_id / PROCESS_LOG, kept)
        RunLock(lock_descriptor).sign()
        state = run_to_its_end(run_id, settings, early)
        _log.info("run %s: %s", run_id, state)
        code = 0
    except BaseException:  # noqa: BLE001 - the last frame of the process: told in its log, then it ends
        _log.exception("the process of run %s ends", run_id)
    finally:
        logging.shutdown()
        os._exit(code)  # without the clean-up handlers of the process that was forked


def _leave_the_starter(log: Path, kept: Iterable[int]) -> None:
    # A run is no part of the test that started it; with this, ipykernel would not capture what other processes print.
    os.environ.pop("PYTEST_CURRENT_TEST", None)
    gc.freeze()  # what was loaded before the fork is shared with the starter and is no garbage
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    log.parent.mkdir(parents=True, exist_ok=True)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdin, sys.stdout, sys.stderr = (
        open(0, closefd=False, encoding="utf-8"),  # noqa: SIM115 - the streams of the process
        open(1, "w", buffering=1, closefd=False, encoding="utf-8"),  # noqa: SIM115
        open(2, "w", buffering=1, closefd=False, encoding="utf-8"),  # noqa: SIM115
    )
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(process)d %(name)s %(message)s", force=True
    )
    borders = [2, *sorted(kept), min(os.sysconf("SC_OPEN_MAX"), 65_536)]
    for before, after in itertools.pairwise(borders):
        os.closerange(before + 1, after)
        if before > 2:  # what was inherited by the process of a run is not passed on
            os.set_inheritable(before, False)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Entry of ``python -m jupyter_kfp.run_process``."""
    import msgspec

    parser = argparse.ArgumentParser(prog="jupyter_kfp.run_process")
    parser.add_argument("run_id")
    parser.add_argument("--lock-fd", type=int, required=True)
    values = parser.parse_args(arguments)
    settings = msgspec.json.decode(
        sys.stdin.buffer.read(), type=Settings, dec_hook=lambda kind, value: Path(value) if kind is Path else value
    )
    if os.fork():
        os._exit(0)
    _be_the_process(RunId(values.run_id), settings, values.lock_fd)


if __name__ == "__main__":
    main()
