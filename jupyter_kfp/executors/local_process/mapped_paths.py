"""Paths that exist only in KFP's containers, such as ``/tmp/kfp/outputs`` and ``/s3/...``, as folders of this machine.

They are mounted where the machine lets a task have a file system of its own (`private_mounts`). Elsewhere words of a
command that name such a path get a folder of the task in its place: shell scripts and arguments, but never Python
code, whose texts may be results. What a program makes up while it runs cannot be seen, and is not mapped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

LAUNCHER_FOLDERS = ("/tmp/kfp/outputs", "/tmp/kfp_outputs")  # noqa: S108 - the places that the contract names
"""Where KFP's launcher looks for outputs."""
STORE_FOLDERS = ("/minio", "/s3", "/gcs")
"""Where KFP's launcher puts the files of object stores."""
WORKSPACE_FOLDER = "/kfp-workspace"
_PYTHON_COMPONENT = "kfp.dsl.executor_main"
"""In the command of every Python function of the KFP SDK; one of its words is the source."""


class MappedPaths:
    """Which folders stand for which paths."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = dict(folders)
        # A longer path first: it may lie inside another one.
        names = sorted(folders, key=len, reverse=True)
        alternatives = "|".join(re.escape(name.rstrip("/")) for name in names)
        # Not behind what makes it the end of another path or of an address, not before what makes it another name.
        self._pattern = re.compile(rf"(?<![\w./:~-])({alternatives})(?![\w.-])") if names else None

    def in_word(self, word: str) -> str:
        """The word with all such paths replaced."""
        if self._pattern is None:
            return word
        return self._pattern.sub(lambda found: str(self._folders[found[0]]), word)

    def in_command(self, command: Sequence[str], args: Sequence[str]) -> tuple[list[str], list[str]]:
        """The same for a command and its arguments, as far as they are no Python code."""
        words = [*command, *args]
        if any(_PYTHON_COMPONENT in word for word in words):
            return list(command), list(args)
        mapped = [word if _is_python(words, index) else self.in_word(word) for index, word in enumerate(words)]
        return mapped[: len(command)], mapped[len(command) :]


def _is_python(words: Sequence[str], index: int) -> bool:
    """Whether a word is the code behind ``python -c``."""
    return index > 1 and words[index - 1] == "-c" and PurePath(words[index - 2]).name.startswith("python")


def task_folders(own: Path, workspace: str, volumes: Mapping[str, Path]) -> dict[str, Path]:
    """What KFP's own paths and the volumes of a task stand for.

    `own` is a folder of the attempt, `workspace` that of the run (empty: there is none). A folder for an object store
    that this machine really has, as by a mounted bucket, is used as it is.
    """
    mapped = {name: own / name.strip("/").replace("/", "_") for name in LAUNCHER_FOLDERS}
    mapped |= {name: own / name.strip("/") for name in STORE_FOLDERS if not Path(name).is_dir()}
    if workspace:
        mapped[WORKSPACE_FOLDER] = Path(workspace)
    return mapped | {name.rstrip("/"): folder for name, folder in volumes.items()}
