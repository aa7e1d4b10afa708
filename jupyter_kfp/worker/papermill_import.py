"""Importing papermill without what it drags in at import time and a step never needs.

jsonschema's optional ``rfc3987_syntax`` builds a grammar for a second; papermill's readers for HDFS, S3, Azure and
GitHub load pyarrow (and numpy, whose threads make a later fork unsafe). All are optional for their importers: they are
kept away while papermill is imported and may be imported afterwards as usual.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager

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


def _import_at_first_use(name: str) -> None:
    """Have a module imported when somebody looks into it: papermill imports ``requests`` for notebooks on the web."""
    spec = None if name in sys.modules else importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def import_papermill() -> None:
    """Import papermill, nbclient and nbformat, and register our engine with papermill."""
    _import_at_first_use("requests")
    with kept_away(NOT_NEEDED):
        for name in ("nbformat", "nbclient", "papermill", "papermill.execute"):
            importlib.import_module(name)
    importlib.import_module("jupyter_kfp.worker.notebook_engine").register_engine()
