"""``python -m jupyter_kfp.executors.local_process.inputs_process``: copy large inputs, become the command.

The executor starts this instead of a command with large input artifacts: the run's loop does not wait for the copies,
which count for the task's timeout, and end with it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from jupyter_kfp.artifacts.local_store import LocalArtifactStore
from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process.environment_process import become, module_command
from jupyter_kfp.ids import Digest
from jupyter_kfp.worker.event_writer import tell_failure
from jupyter_kfp.worker.exit_status import EXIT_FAILED

LARGE_BYTES = 32 << 20
"""From here on a copy takes longer than the start of this process."""


def inputs_command(
    folder: Path, copies: Sequence[tuple[Digest, Path]], events: Path, words: Sequence[str]
) -> list[str]:
    """The command line of this module; `folder` is that of the artifact store."""
    options = ["--folder", str(folder), "--events", str(events)]
    for digest, path in copies:
        options += ["--copy", digest, str(path)]
    return module_command(__name__, options, words)


def main(arguments: Sequence[str] | None = None) -> int:
    """Copy and execute the command; returns, with an exit code, only if that cannot be."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--events", type=Path, required=True)
    parser.add_argument("--copy", nargs=2, action="append", default=[])
    parser.add_argument("words", nargs="+")
    values = parser.parse_args(arguments)
    store = LocalArtifactStore(values.folder)
    try:
        for digest, path in values.copy:
            store.fetch(Digest(digest), Path(path), link=False)
        become(values.words)
    except KfpError as error:
        tell_failure(values.events, error)
    return EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main())
