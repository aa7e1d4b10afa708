"""Find the artifact that a user names."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_kfp.cli.arguments import nearest
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import TaskPath
from jupyter_kfp.runs.run import TaskArtifact


def choose_artifact(
    artifacts: Sequence[tuple[TaskPath, TaskArtifact]], step_names: dict[TaskPath, str], wanted: str
) -> TaskArtifact:
    """Find ``NAME``, ``STEP/NAME`` or a digest. Raises `KfpError` KFP261 if there is none, or more than one."""
    full = [(f"{step_names.get(path, path)}/{artifact.name}", artifact) for path, artifact in artifacts]
    matches = [(name, artifact) for name, artifact in full if wanted in {name, artifact.name, artifact.digest}]
    if len({artifact.digest for _, artifact in matches}) == 1:
        return matches[0][1]
    if matches:
        names = [name for name, _ in matches]
        hint = f"Write one of: {', '.join(names)}."
        message = f"{len(names)} steps have an artifact {wanted!r}"
        raise KfpError("KFP261", message, hint=hint, details={"name": wanted, "artifacts": names})
    known = [artifact.name for _, artifact in artifacts] + [name for name, _ in full]
    near = nearest(wanted, known)
    listed = ", ".join(name for name, _ in full[:20]) or "none"
    hint = f"Did you mean {near}?" if near else f"The artifacts are: {listed}."
    raise KfpError("KFP261", f"the run has no artifact {wanted!r}", hint=hint, details={"name": wanted})
