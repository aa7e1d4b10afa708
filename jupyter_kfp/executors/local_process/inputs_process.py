"""``python -m jupyter_kfp.executors.local_process.inputs_process``: copy large inputs, become the command.

The executor starts this instead of a command with large input artifacts: the run's loop does not wait for the copies,
which count for the task's timeout, and end with it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from jupyter_kfp.artifacts.file_copies import copy_file
from jupyter_kfp.artifacts.storage_errors import storage_errors
from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.environment_process import become, module_command
from jupyter_kfp.worker.event_writer import tell_failure
from jupyter_kfp.worker.exit_status import EXIT_FAILED

LARGE_BYTES = 32 << 20
"""From here on a copy takes longer than the start of this process."""


def inputs_command(copies: Sequence[tuple[str, Path]], events: Path, words: Sequence[str]) -> list[str]:
    """The command line of this module; `copies` are files of the artifact store, and where they go."""
    options = ["--events", str(events)]
    for source, path in copies:
        options += ["--copy", source, str(path)]
    return module_command(__name__, options, words)


def main(arguments: Sequence[str] | None = None) -> int:
    """Copy and execute the command; returns, with an exit code, only if that cannot be."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=Path, required=True)
    parser.add_argument("--copy", nargs=2, action="append", default=[])
    parser.add_argument("words", nargs="+")
    values = parser.parse_args(arguments)
    try:
        for source, target in values.copy:
            _copy(Path(source), Path(target))
        become(values.words)
    except KfpError as error:
        tell_failure(values.events, error)
    return EXIT_FAILED


def _copy(source: Path, target: Path) -> None:
    with storage_errors(target, f"write {target.name}", needed=source.stat().st_size):
        copy_file(source, target, mode=0o644)


if __name__ == "__main__":
    sys.exit(main())
