"""Files and folders of the user's that travel as artifacts: put in their places before a step, kept after it."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

from jupyter_kfp.artifacts.content_digest import digest_file
from jupyter_kfp.spec.worker_events import StepError
from jupyter_kfp.worker.session_files import SessionFile, SessionRequest


def put_in_place(request: SessionRequest) -> StepError | None:
    """Give the step the declared files of steps above, seen from its working directory; the first problem comes back.

    A file appears whole or not at all. What has the same content already is left alone; what is in a folder beside the
    files that were kept stays there.
    """
    for one in request.file_inputs:
        try:
            replaced = [path for path, source in _files_of(one) if _put(source, path)]
        except OSError as error:
            return StepError(
                code="KFP346",
                message=(
                    f'step "{request.step}": the file {one.path} of step "{one.producer}" cannot be put in its place '
                    f"({error.strerror or error})"
                ),
                hint="the step needs to be able to write into the notebook's folder",
            )
        if replaced:
            more = f" and {len(replaced) - 1} more" if len(replaced) > 1 else ""
            print(f'{replaced[0]}{more} replaced by what step "{one.producer}" made')  # noqa: T201 - into the step's log
    return None


def keep_files(request: SessionRequest, home: Path) -> list[StepError]:
    """Copy the declared files of the step to their artifacts; `home` is the notebook's folder, wherever the step is."""
    return [error for one in request.file_outputs if (error := _keep(request.step, one, home)) is not None]


def _keep(step: str, one: SessionFile, home: Path) -> StepError | None:
    source, target = home / one.path, Path(one.artifact)
    if not source.exists():
        return StepError(
            code="KFP345",
            message=f'step "{step}" declares the file {one.path} (kfp.files), and it is not there at its end',
            hint="write it in this step, seen from the notebook's folder, or take it out of kfp.files",
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)
    except (OSError, shutil.Error) as error:
        return StepError(code="KFP345", message=f'step "{step}": the file {one.path} cannot be kept: {error}')
    return None


def _files_of(one: SessionFile) -> Iterator[tuple[Path, Path]]:
    """Places of all files of an input, with the files to put there; makes its folders."""
    source, target = Path(one.artifact), Path(one.path)
    if not source.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        yield target, source
        return
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_dir():
            place.mkdir(exist_ok=True)
        else:
            yield place, path


def _put(source: Path, target: Path) -> bool:
    """Copy a file; whether it took the place of another content."""
    exists = target.exists()
    if exists and target.stat().st_size == source.stat().st_size and digest_file(target) == digest_file(source):
        return False
    incoming = target.with_name(f".{target.name[:80]}.{uuid.uuid4().hex}")
    try:
        shutil.copyfile(source, incoming)
        incoming.replace(target)
    finally:
        incoming.unlink(missing_ok=True)
    return exists
