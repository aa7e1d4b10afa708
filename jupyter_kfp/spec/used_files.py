"""Files that a step used, as its worker saw it: what the cache and the order of steps are checked against."""

from __future__ import annotations

import msgspec

ABSENT = "absent"
"""Digest of a path at which there is nothing."""
FOLDER = "folder"
"""Digest of a folder: that it is there is all that counts."""
UNSTEADY = "unsteady"
"""Digest of a file that changed while it was used; equal to nothing, not even to itself."""


class FileState(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What a path held at some moment."""

    digest: str
    """Of the content; or `ABSENT`, `FOLDER`, `UNSTEADY`; empty for a file so large that only the rest is looked at."""
    size: int = 0
    """Bytes."""
    mtime_ns: int = 0
    """Time of the last change; 0 if that was so shortly before that a later change might have the same time."""
    inode: int = 0


class UsedFiles(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Regular files and folders of the user, by absolute path."""

    read: dict[str, FileState] = {}
    """As they were when they were read first; not what the step itself had written before. A path that was asked for
    and is not there counts."""
    written: dict[str, FileState] = {}
    """Files written or removed and folders made or removed, as they were at the end of the step."""
    made: list[str] = []
    """Those of `written` that were not there before."""
    listed: dict[str, list[str]] = {}
    """Folders whose entries were listed, with the names that were there, but for those that the step itself wrote."""
    incomplete: bool = False
    """There was more than can be remembered."""


def same_content(one: FileState, other: FileState) -> bool:
    """Whether two states, of one path or of two, are known to hold the same."""
    if UNSTEADY in (one.digest, other.digest):
        return False
    if one.digest or other.digest:
        return one.digest == other.digest
    return one == other
