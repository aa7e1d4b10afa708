"""A folder as content: a listing of its files, whose digest stands for the whole."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec
from blake3 import blake3

from jupyter_kfp.artifacts.content_digest import PREFIX, digest_file
from jupyter_kfp.artifacts.storage_errors import storage_errors
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import Digest

# Listings are hashed in a domain of their own, so that no file can have the address of a folder.
_CONTEXT = "jupyter_kfp folder listing 1"


class ListedFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file of a folder."""

    path: str
    """Relative, with ``/``."""
    digest: Digest
    size: int
    """Bytes."""
    executable: bool = False


class FolderListing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All files of a folder, sorted by path, and the folders that hold nothing (some model formats need them)."""

    files: list[ListedFile] = []
    empty_folders: list[str] = []

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def listing_to_store(root: Path) -> FolderListing:
    """`list_folder` for a folder that goes into a store, with `OSError` as `KfpError`. Raises KFP405 for no folder."""
    with storage_errors(root, f"store the folder {root.name}"):
        if not root.is_dir():
            raise NotADirectoryError(20, "not a folder", str(root))
        return list_folder(root)


def list_folder(root: Path) -> FolderListing:
    """Read a folder and all below it; links to files count as the files they point to.

    Raises `KfpError` KFP407 for what cannot be stored (links to folders, sockets, names that are not Unicode) and
    `OSError` for what cannot be read.
    """
    files: list[ListedFile] = []
    empty_folders: list[str] = []
    for folder, folder_names, file_names in os.walk(root, onerror=_raise):
        here = Path(folder)
        for name in folder_names:
            if (here / name).is_symlink():
                raise _cannot_store(here / name, "is a link to a folder")
        if not folder_names and not file_names and here != root:
            empty_folders.append(_relative(here, root))
        files.extend(_list_file(here / name, root) for name in file_names)
    return FolderListing(files=sorted(files, key=lambda file: file.path), empty_folders=sorted(empty_folders))


def encode_listing(listing: FolderListing) -> bytes:
    """To JSON; equal folders give equal bytes."""
    return msgspec.json.encode(listing)


def decode_listing(data: bytes) -> FolderListing:
    """From JSON. Raises `msgspec.MsgspecError` if it is none."""
    return msgspec.json.decode(data, type=FolderListing)


def listing_digest(listing: FolderListing) -> Digest:
    """Content address of the folder."""
    return Digest(PREFIX + blake3(encode_listing(listing), derive_key_context=_CONTEXT).hexdigest())


def _list_file(path: Path, root: Path) -> ListedFile:
    status = path.stat() if path.exists() else None
    if status is None or not stat.S_ISREG(status.st_mode):
        raise _cannot_store(path, "is not a file" if status else "is a broken link")
    return ListedFile(
        path=_relative(path, root),
        digest=digest_file(path),
        size=status.st_size,
        executable=bool(status.st_mode & stat.S_IXUSR),
    )


def _relative(path: Path, root: Path) -> str:
    text = path.relative_to(root).as_posix()
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _cannot_store(path, "has a name that is not Unicode") from None
    return text


def _cannot_store(path: Path, why: str) -> KfpError:
    shown = str(path).encode(errors="backslashreplace").decode()
    return KfpError(
        "KFP407",
        f"the folder cannot be stored as an artifact: {shown} {why}",
        hint="copy what it points to into the folder, or leave it out",
        details={"path": shown},
    )


def _raise(error: OSError) -> None:
    raise error
