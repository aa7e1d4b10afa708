"""What a command has to find of this machine although it has a ``/tmp`` of its own."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jupyter_kfp
from jupyter_kfp.executors.local_process.command_process import CommandStart
from jupyter_kfp.executors.local_process.own_places import PRIVATE_FOLDER, OwnPlaces, lay_out, named_paths
from jupyter_kfp.executors.task_executor import TaskLaunch
from jupyter_kfp.settings import Settings

_NOT_GIVEN = frozenset({"TMPDIR", "TEMP", "TMP", "PWD", "OLDPWD"})


def place_task(
    own: Path, folders: Mapping[str, Path], launch: TaskLaunch, start: CommandStart, settings: Settings
) -> OwnPlaces:
    """Lay out the file system of a command, in the folder `own`. Raises `OSError`."""
    variables = [value for name, value in start.environment.items() if name not in _NOT_GIVEN]
    seen = [
        settings.home.absolute(),
        launch.job.workspace_path or settings.home,
        *_code(launch.working_directory),
        *(path for path in sys.path if path),
        *(sys.prefix, sys.base_prefix, Path(sys.executable).parent, Path(jupyter_kfp.__file__).parent.parent),
        *named_paths([*variables, *start.words, *_texts(launch.input_parameters)]),
    ]
    packages = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    return lay_out(own, folders, seen, guarded=[path for path in packages if Path(path).is_dir()])


def _code(folder: str) -> Iterator[str | Path]:
    """The pipeline's folder; of one that is the private folder itself what may be code."""
    if Path(folder).resolve() != Path(PRIVATE_FOLDER):
        yield folder
    else:
        yield from Path(folder).glob("*.py")
        yield from (path.parent for path in Path(folder).glob("*/__init__.py"))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
