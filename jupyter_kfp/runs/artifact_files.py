"""Names under which artifacts can be opened by other programs: the stores themselves know only digests."""

from __future__ import annotations

import hashlib
from pathlib import PurePath

from jupyter_kfp.ids import TaskPath
from jupyter_kfp.runs.run import TaskArtifact
from jupyter_kfp.spec.step_payload import NOTEBOOK_KEY

_SUFFIXES = {"system.HTML": ".html", "system.Markdown": ".md"}
_LONGEST = 120


def file_name(artifact: TaskArtifact) -> str:
    """A file name, with the suffix that the type of the artifact asks for."""
    name = artifact.name.replace("/", "_")
    suffix = suffix_of(artifact)
    return name if suffix and name.endswith(suffix) else name + suffix


def suffix_of(artifact: TaskArtifact) -> str:
    """The usual suffix of the content, or nothing."""
    recorded = str(artifact.metadata.get("file_name") or "")
    if recorded:
        return PurePath(recorded).suffix
    if artifact.name == NOTEBOOK_KEY:
        return ".ipynb"
    return _SUFFIXES.get(artifact.type, "")


def folder_name(path: TaskPath) -> str:
    """Name of a folder for a task: readable, and never longer than file systems allow (255 bytes)."""
    name = path.replace("/", "__").replace("[", ".").replace("]", "")
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 17]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
