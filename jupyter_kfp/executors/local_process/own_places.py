"""Where in the file system a task of its own container looks, laid out for one machine: mounts that only it sees.

A task has its own ``/tmp`` and its own folders at paths that only KFP's containers have. Of the machine's ``/tmp`` it
sees what it was given: what the interpreter needs, and what its environment and parameters name.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PRIVATE_FOLDER = "/tmp"  # noqa: S108 - the folder itself is what this is about


@dataclass(frozen=True)
class Mount:
    """A file or folder of the machine, and the path below `OwnPlaces.root` at which the task finds it."""

    source: str
    target: str
    read_only: bool = False


@dataclass(frozen=True)
class OwnPlaces:
    """What a task sees in place of the machine's file system."""

    root: str
    """An own root folder, with mount points for everything."""
    mounts: tuple[Mount, ...]
    """In the order in which they are to be made."""
    folders: Mapping[str, Path]
    """What stands at which path."""
    kept: frozenset[str]
    """What the task sees of the machine's ``/tmp``."""

    def outside(self, path: Path) -> Path:
        """Where a path that the task speaks of lies on the machine."""
        path = Path(os.path.normpath(path))
        for parent in (path, *path.parents):
            if str(parent) in self.kept:
                return path
            if str(parent) in self.folders:
                return self.folders[str(parent)] / path.relative_to(parent)
        # A folder that the task made beside those of the machine.
        made = Path(self.root) / path.relative_to("/")
        return made if made.exists() and not path.exists() else path


def lay_out(
    own: Path, folders: Mapping[str, Path], seen: Iterable[str | Path], guarded: Iterable[str | Path] = ()
) -> OwnPlaces:
    """Make the mount points, in `own`, for folders at paths that may not exist here, and for an own ``/tmp``.

    `seen` are paths that the task has to find as they are, also where they lie in the machine's ``/tmp``; `guarded` are
    folders among them that it must not change. Raises `OSError`.
    """
    root, temporary = own / "root", own / "tmp"
    root.mkdir()
    temporary.mkdir()
    temporary.chmod(0o1777)
    folders = {_real(path): folder for path, folder in folders.items()}
    kept = sorted(_outermost(_real(path) for path in seen))
    mounts = [Mount(str(root), str(root)), *_entries(Path("/"), root)]
    holders = {"/": root, PRIVATE_FOLDER: temporary}
    for path in sorted(folders):
        holder = next(str(parent) for parent in Path(path).parents if str(parent) in holders or parent.is_dir())
        if holder not in holders and not Path(path).is_dir():
            # The path is missing in a folder of the machine, which is not to be changed: a folder like it gets it.
            holders[holder] = own / f"holder-{len(holders)}"
            holders[holder].mkdir()
            mounts += _entries(Path(holder), holders[holder])
            mounts.append(Mount(str(holders[holder]), f"{root}{holder}"))
        if holder in holders:
            _make_point(holders[holder] / Path(path).relative_to(holder), is_folder=True)
    mounts.append(Mount(str(temporary), f"{root}{PRIVATE_FOLDER}"))
    for path in kept:
        _make_point(temporary / Path(path).relative_to(PRIVATE_FOLDER), is_folder=Path(path).is_dir())
    own_folders = {PRIVATE_FOLDER: temporary, **folders}
    mounts += [Mount(path, f"{root}{path}") for path in kept]
    mounts += [Mount(path, f"{root}{path}", read_only=True) for path in sorted({_real(path) for path in guarded})]
    mounts += [Mount(str(folder), f"{root}{path}") for path, folder in sorted(folders.items())]
    return OwnPlaces(str(root), tuple(mounts), own_folders, frozenset(kept))


def named_paths(values: Iterable[object]) -> Iterator[str]:
    """Paths in the machine's ``/tmp`` of texts such as parameters and variables (of several, with ``:`` between).

    Of one that does not exist it is the folder in which it would be: somebody will look for it there.
    """
    for value in values:
        if isinstance(value, str) and PRIVATE_FOLDER in value:
            text = value.removeprefix("file://")
            for part in [text] if _exists(text) else text.split(os.pathsep):
                if part.startswith(f"{PRIVATE_FOLDER}/") and "\0" not in part:
                    yield from _nearest(Path(os.path.normpath(part)))


def _nearest(path: Path) -> Iterator[str]:
    """What exists of a path below the private folder."""
    below = [one for one in (path, *path.parents) if Path(PRIVATE_FOLDER) in one.parents]
    yield from [str(one) for one in below if _exists(str(one))][:1]


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # too long for a path, or with a zero in it
        return False


def _real(path: str | Path) -> str:
    return os.path.realpath(path)


def _outermost(paths: Iterable[str]) -> Iterator[str]:
    """Those below the private folder that lie in no other one, and exist."""
    found = {path for path in paths if path.startswith(f"{PRIVATE_FOLDER}/") and _exists(path)}
    for path in found:
        if not any(str(parent) in found for parent in Path(path).parents):
            yield path


def _entries(folder: Path, holder: Path) -> Iterator[Mount]:
    """Everything of a folder, in a folder that stands for it."""
    for entry in os.scandir(folder):
        point = holder / entry.name
        if entry.is_symlink():
            point.symlink_to(Path(entry.path).readlink())
            continue
        is_folder = entry.is_dir()
        _make_point(point, is_folder=is_folder)
        if entry.path != PRIVATE_FOLDER:
            yield Mount(entry.path, str(point))


def _make_point(path: Path, *, is_folder: bool) -> None:
    if is_folder:
        path.mkdir(parents=True, exist_ok=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
