"""``python -m jupyter_kfp.executors.local_process.environment_process``: make an environment, become the command.

The executor starts this instead of a command whose environment is not there yet: the installation then runs beside
the run's loop, writes into the task's log, counts for its timeout, and is stopped as the command would be.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import msgspec

import jupyter_kfp
from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.package_environments import PackageEnvironment, PackageEnvironments
from jupyter_kfp.executors.local_process.pip_prefix import WantedPackages
from jupyter_kfp.worker.event_writer import tell_failure
from jupyter_kfp.worker.exit_status import EXIT_FAILED

_RUN = """import runpy, sys
sys.path.insert(0, sys.argv[1])
del sys.argv[:2]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)"""
_PACKAGE_FOLDER = str(Path(jupyter_kfp.__file__).parent.parent)


def environment_command(folder: Path, wanted: WantedPackages, events: Path, words: Sequence[str]) -> list[str]:
    """The command line of this module, which works also where the command itself must not find this package."""
    packed = msgspec.json.encode(wanted).decode()
    options = ["--folder", str(folder), "--wanted", packed, "--events", str(events)]
    return module_command(__name__, options, words)


def module_command(module: str, options: Sequence[str], words: Sequence[str]) -> list[str]:
    """A module of this package that becomes a command, which itself need not find this package."""
    return [sys.executable, "-c", _RUN, _PACKAGE_FOLDER, module, *options, "--", *words]


def become(words: Sequence[str]) -> NoReturn:
    """Execute a command in this process. Raises `KfpError` KFP386."""
    sys.stdout.flush()
    try:
        os.execvp(words[0], list(words))  # noqa: S606 - the task's own command
    except OSError as error:
        raise KfpError("KFP386", f"the program {words[0]} cannot be started: {error.strerror}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Provide the environment and execute the command in it; returns, with an exit code, only if that cannot be."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--wanted", required=True)
    parser.add_argument("--events", type=Path, required=True)
    parser.add_argument("words", nargs="+")
    values = parser.parse_args(arguments)
    wanted = msgspec.json.decode(values.wanted, type=WantedPackages)
    try:
        environment = PackageEnvironments(values.folder).make(wanted)
        _enter(environment)
        become(values.words)
    except KfpError as error:
        tell_failure(values.events, error)
    return EXIT_FAILED


def _enter(environment: PackageEnvironment) -> None:
    if environment.lock is not None:
        os.set_inheritable(environment.lock, True)
    os.environ.update(environment.variables)


if __name__ == "__main__":
    sys.exit(main())
