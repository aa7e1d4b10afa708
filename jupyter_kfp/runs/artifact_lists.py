"""Lists of artifacts in a dictionary of artifacts: flat, as ``name[0]``, ``name[1]`` ...; an empty one is no key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jupyter_kfp.runs.run import TaskArtifact


def named_artifacts(artifacts: Mapping[str, TaskArtifact], name: str) -> dict[str, TaskArtifact]:
    """What stands under a name, by the rest of the key: a single one by ``""``, those of a list by ``[0]``, ``[1]``."""
    if name in artifacts:
        return {"": artifacts[name]}
    found: dict[str, TaskArtifact] = {}
    while (artifact := artifacts.get(f"{name}[{len(found)}]")) is not None:
        found[f"[{len(found)}]"] = artifact
    return found


def numbered(artifacts: Iterable[TaskArtifact]) -> dict[str, TaskArtifact]:
    """A list, by the rests of its keys."""
    return {f"[{index}]": artifact for index, artifact in enumerate(artifacts)}


def under(name: str, found: Mapping[str, TaskArtifact]) -> dict[str, TaskArtifact]:
    """By whole keys, what `named_artifacts` gave."""
    return {f"{name}{rest}": artifact for rest, artifact in found.items()}
