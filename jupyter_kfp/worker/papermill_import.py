"""Importing papermill without what it drags in at import time and a step never needs.

jsonschema's optional ``rfc3987_syntax`` builds a grammar for a second; papermill's readers for HDFS, S3, Azure and
GitHub load pyarrow (and numpy, whose threads make a later fork unsafe). All are optional for their importers: they are
kept away while papermill is imported and may be imported afterwards as usual.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

NOT_NEEDED = ("rfc3987_syntax", "pyarrow", "pyarrow.fs", "boto3", "azure", "gcsfs", "github")


@contextmanager
def kept_away(names: tuple[str, ...]) -> Iterator[None]:
    """Let imports of these modules fail, except of those that are loaded already."""
    absent = [name for name in names if name not in sys.modules]
    for name in absent:
        # None in sys.modules is Python's own mark for "this import fails"; typeshed only knows modules there.
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in absent:
            sys.modules.pop(name, None)


@contextmanager
def _stood_in_for(name: str) -> Iterator[None]:
    """Let an import find an empty module; afterwards the name is free again for the real one."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = ModuleType(name)
    try:
        yield
    finally:
        del sys.modules[name]


def import_papermill() -> None:
    """Import papermill, nbclient and nbformat, and register our engine with papermill."""
    # papermill needs requests for notebooks on the web; a worker hands it notebooks that are in memory.
    with kept_away(NOT_NEEDED), _stood_in_for("requests"):
        for name in ("nbformat", "nbclient", "papermill", "papermill.execute"):
            importlib.import_module(name)
    importlib.import_module("jupyter_kfp.worker.notebook_engine").register_engine()
