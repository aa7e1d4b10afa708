"""Paths that exist only in KFP's containers, such as ``/tmp/kfp/outputs`` and ``/s3/...``, as folders of this machine.

Tasks that run at once have one file system here. So words of a command that name such a path get a folder of the task
in its place. What a program makes up while it runs cannot be seen, and is not mapped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

LAUNCHER_FOLDERS = ("/tmp/kfp/outputs", "/tmp/kfp_outputs")  # noqa: S108 - the places that the contract names
"""Where KFP's launcher looks for outputs."""
STORE_FOLDERS = ("/minio", "/s3", "/gcs")
"""Where KFP's launcher puts the files of object stores."""
WORKSPACE_FOLDER = "/kfp-workspace"


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

    def in_words(self, words: Iterable[str]) -> list[str]:
        """The same for a command."""
        return [self.in_word(word) for word in words]

    def make(self) -> None:
        """Make the folders."""
        for folder in self._folders.values():
            folder.mkdir(parents=True, exist_ok=True)


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
