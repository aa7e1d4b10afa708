"""Change the file of a notebook: only if nobody else has meanwhile, and whole or not at all."""

from __future__ import annotations

from pathlib import Path

from jupyter_kfp.cli.output import write_whole
from jupyter_kfp.errors import KfpError


def read_notebook_file(path: Path) -> bytes:
    """Its bytes. Raises `KfpError` KFP113 as the reader of notebooks does."""
    from jupyter_kfp.notebook.notebook_reader import read_bytes

    return read_bytes(path)


def replace_notebook_file(path: Path, before: bytes, after: bytes) -> None:
    """Write `after`, if the file still holds `before`. Raises `KfpError` KFP270 if it does not, KFP521 if it fails."""
    if read_notebook_file(path) != before:
        raise KfpError(
            "KFP270",
            f"{path} was saved by somebody else meanwhile; nothing was changed",
            hint="Run the command again. Save the notebook in Jupyter first, and load it anew afterwards.",
            details={"file": str(path)},
        )
    # A link stays a link: what it points to is replaced.
    write_whole(path.resolve(), after, hint="Check who may write the file and its folder, and that the disk has room.")
