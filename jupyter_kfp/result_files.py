"""Results of a run: which there are, and files of them under names that other programs understand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from jupyter_kfp.artifacts.artifact_store import ArtifactStore
from jupyter_kfp.artifacts.content_digest import digest_file
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import TaskPath
from jupyter_kfp.runs.artifact_files import file_name, folder_name
from jupyter_kfp.runs.run import Task, TaskArtifact, TaskKind
from jupyter_kfp.spec.step_payload import LOGGED_PREFIX

_COPIED_RESULT = 16 * 1024 * 1024
"""Bytes up to which a result is copied out of the store, so that it may be edited."""


def listed_once(
    tasks: Iterable[Task], logged: Sequence[tuple[TaskPath, TaskArtifact]]
) -> list[tuple[TaskPath, TaskArtifact]]:
    """Declared artifacts of tasks, then logged ones.

    What the user logged under a constant name is declared too, for KFP; it is listed once, as the user called it.
    """
    steps = [task for task in tasks if task.kind is TaskKind.TASK]  # those of a nested pipeline are those of its parts
    declared = [(task.path, artifact) for task in steps for artifact in task.artifacts.values()]
    known = {(path, artifact.name, artifact.digest) for path, artifact in declared}
    shown = [one for one in logged if (one[0], one[1].name, one[1].digest) not in known]
    contents = {(path, artifact.digest) for path, artifact in shown}
    once = [
        (path, artifact)
        for path, artifact in declared
        if not (artifact.name.startswith(LOGGED_PREFIX) and (path, artifact.digest) in contents)
    ]
    return once + shown


def result_file(run_folder: Path, path: TaskPath, artifact: TaskArtifact, artifacts: ArtifactStore) -> Path:
    """The artifact in the run's own folder; made at first use, and gone with the run.

    Large ones share their bytes with the store. What the user has changed is left alone. If it cannot be made, as on a
    full disk, the place in the store.
    """
    folder = run_folder / "results" / folder_name(path).removeprefix("root__")
    name = Path(file_name(artifact))
    unique = name.with_name(f"{name.stem}-{artifact.digest.partition(':')[2][:8]}{name.suffix}")
    try:
        for place in (folder / name, folder / unique):
            if not place.exists():
                artifacts.fetch(artifact.digest, place, link=artifact.size > _COPIED_RESULT)
                return place
            if place.is_dir() or digest_file(place) == artifact.digest:
                return place
    except (KfpError, OSError):
        return Path(artifacts.uri(artifact.digest))
    return folder / unique
