"""``python -m jupyter_kfp.worker --step PAYLOAD --executor_input JSON``: a step by KFP's executor contract."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.step_payload import unpack_payload
from jupyter_kfp.worker.executor_input import read_executor_input
from jupyter_kfp.worker.exit_status import EXIT_FAILED
from jupyter_kfp.worker.kernel_process import StepKernel, start_kernel
from jupyter_kfp.worker.papermill_import import import_papermill
from jupyter_kfp.worker.parent_death import end_with_parent
from jupyter_kfp.worker.step_worker import KernelSupply, StepPlaces, StepWorker

_START_SECONDS = 120.0


class StartedKernels:
    """Starts the kernel when it is asked for."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="kfp-"))  # short: paths of sockets have a limit
        self.loop = asyncio.new_event_loop()

    async def kernel(self, name: str) -> StepKernel:
        """A new kernel of this kernelspec."""
        return await start_kernel(name, self.folder, _START_SECONDS)


def main(argv: Sequence[str], supply: KernelSupply | None = None) -> int:
    """Run a step; returns the exit code: 0 only if every output is written."""
    try:
        worker = _make_worker(argv, supply)
    except KfpError as error:
        print(error, flush=True)  # noqa: T201 - stdout is the log, and all that survives on a KFP server
        return EXIT_FAILED
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    try:
        return worker.run()
    except Exception:  # noqa: BLE001 - the last boundary: whatever it was, the log has to say it
        traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()
        return EXIT_FAILED


def _make_worker(argv: Sequence[str], supply: KernelSupply | None) -> StepWorker:
    options = _parse(argv)
    if options.parent is not None:
        end_with_parent(options.parent, signal.SIGTERM)
    payload = unpack_payload(_text(options.step))
    wanted = read_executor_input(_text(options.executor_input))
    import_papermill()
    places = StepPlaces(attempt_folder=options.attempt_folder, events=options.events)
    return StepWorker(payload, wanted, places, supply or StartedKernels())


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="jupyter_kfp.worker", allow_abbrev=False)
    parser.add_argument("--step", required=True, help="the packed step, or @ and the path of a file that holds it")
    parser.add_argument("--executor_input", required=True, help="KFP's executor input, or @ and the path of a file")
    parser.add_argument("--events", type=Path, help="file for events; without it they go to stdout, marked")
    parser.add_argument("--attempt-folder", type=Path, help="folder that keeps the executed notebook and logged files")
    parser.add_argument("--parent", type=int, help="process id of the starter: the step stops when it ends")
    options, _ = parser.parse_known_args(argv)
    return options


def _text(argument: str) -> str:
    """The argument itself, or the content of the file that it names: one argument has a limit of 128 KiB."""
    if not argument.startswith("@"):
        return argument
    try:
        return Path(argument[1:]).read_text(encoding="utf-8")
    except OSError as error:
        raise KfpError("KFP350", f"cannot read {argument[1:]}: {error.strerror}") from None


if __name__ == "__main__":
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)  # nothing is left to do; the interpreter's own end costs tens of milliseconds
