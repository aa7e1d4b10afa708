"""Artifacts in a folder of this machine.

Layout: ``blake3/ab/cdef...`` is a content, a read-only file or, for a stored folder, a folder of read-only files;
``listings/ab/cdef...`` lists the files of a stored folder; ``incoming`` holds what is not complete. Contents appear by
rename, so they are whole or not there. A stored folder has files of its own (hard links to single contents where those
exist), so removing one content never breaks another.

Contents are not forced to the disk: after a power cut a file may be short. `put_file` and its siblings replace such a
file, and `verify` finds it.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from jupyter_kfp.artifacts.artifact_uri import content_key
from jupyter_kfp.artifacts.content_digest import digest_bytes, digest_file
from jupyter_kfp.artifacts.file_copies import (
    READ_ONLY,
    READ_ONLY_EXECUTABLE,
    copy_file,
    hard_link_or_copy,
    link_or_copy,
)
from jupyter_kfp.artifacts.folder_listing import (
    FolderListing,
    ListedFile,
    decode_listing,
    encode_listing,
    list_folder,
    listing_digest,
    listing_to_store,
)
from jupyter_kfp.artifacts.storage_errors import storage_errors
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import Digest

_LEFTOVER_SECONDS = 24 * 3600.0


class LocalArtifactStore:
    """An `ArtifactStore` in a folder, which is made when the first content comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._incoming = self._folder / "incoming"
        self._prepared = False

    # --- writing

    def put_file(self, path: Path, *, digest: Digest | None = None, move: bool = False) -> Digest:
        """Store the bytes of a file; with `move` by renaming it, if it is on the same file system."""
        with storage_errors(path, f"store {path.name}"):
            status = path.stat()
            known = digest or digest_file(path)
        if stat.S_ISDIR(status.st_mode):
            raise KfpError("KFP405", f"cannot store {path}: it is a folder", hint="use put_folder")
        if self._has_file(known, status.st_size):
            if move:
                with storage_errors(path, f"remove {path}"):
                    path.unlink()
            return known
        with self._incoming_path(f"store {path.name}", needed=status.st_size) as incoming:
            if move and _renamed(path, incoming):
                incoming.chmod(READ_ONLY)
            else:
                copy_file(path, incoming, mode=READ_ONLY)
                if digest is None and _changed(path, status):
                    known = digest_file(incoming)
                if move:
                    path.unlink()
            self._accept_file(incoming, known)
        return known

    def put_bytes(self, data: bytes) -> Digest:
        """Store bytes."""
        digest = digest_bytes(data)
        if self._has_file(digest, len(data)):
            return digest
        with self._incoming_path("store an artifact", needed=len(data)) as incoming:
            incoming.write_bytes(data)
            incoming.chmod(READ_ONLY)
            self._accept_file(incoming, digest)
        return digest

    def put_folder(self, path: Path) -> Digest:
        """Store a folder with all its files; links to files count as the files they point to."""
        listing = listing_to_store(path)
        digest = listing_digest(listing)
        if self._status(digest) is not None:
            return digest
        with self._incoming_path(f"store the folder {path.name}", needed=listing.size) as incoming:
            self._build_folder(listing, path, incoming)
            built = list_folder(incoming)
            if built != listing:
                raise KfpError(
                    "KFP405", f"the folder {path} changed while it was stored", hint="store it when it is complete"
                )
            self._write_listing(listing, digest)
            _accept_folder(incoming, self._path(digest))
        return digest

    def delete(self, digests: Iterable[Digest]) -> int:
        """Remove contents; returns the bytes that no other name keeps alive."""
        freed = 0
        for digest in digests:
            path = self._path(digest)
            with storage_errors(path, "remove an artifact"):
                if path.is_dir():
                    freed += self._delete_folder(digest)
                elif path.exists():
                    freed += _last_link_size(path)
                    path.unlink(missing_ok=True)
        return freed

    # --- reading

    def uri(self, digest: Digest) -> str:
        """Absolute path of the content; of a folder too."""
        return str(self._path(digest))

    def exists(self, digest: Digest) -> bool:
        """Whether the content is there."""
        return self._status(digest) is not None

    def size(self, digest: Digest) -> int:
        """Bytes; of a folder the sum of its files."""
        path = self._present(digest)
        return self._listing(digest).size if path.is_dir() else path.stat().st_size

    def open(self, digest: Digest) -> BinaryIO:
        """Read a content from the start. A folder cannot be opened: KFP405."""
        path = self._present(digest)
        if path.is_dir():
            raise KfpError("KFP405", f"artifact {digest} is a folder", hint="fetch it instead")
        with storage_errors(path, "read an artifact"):
            return path.open("rb")

    def fetch(self, digest: Digest, destination: Path, *, link: bool = True) -> None:
        """Make the content appear at `destination`, replacing a file there; a folder must not exist there yet.

        With `link` what appears is read-only; without, it is a copy that may be changed.
        """
        path = self._present(digest)
        with storage_errors(destination, f"write {destination.name}", needed=self.size(digest)):
            destination.parent.mkdir(parents=True, exist_ok=True)
            incoming = destination.with_name(f".{destination.name[:80]}.{uuid.uuid4().hex}")
            try:
                if path.is_dir():
                    self._fetch_folder(digest, incoming, link=link)
                else:
                    _fetch_file(path, incoming, link=link, executable=False)
                incoming.replace(destination)
            finally:
                _discard(incoming)

    def verify(self, digest: Digest) -> None:
        """Read all and compare with the digest. Raises `KfpError` KFP402."""
        path = self._present(digest)
        with storage_errors(path, "read an artifact"):
            found = listing_digest(list_folder(path)) if path.is_dir() else digest_file(path)
        if found != digest:
            raise KfpError(
                "KFP402",
                f"artifact {digest} is damaged: its content has the digest {found}",
                hint=f"remove {path} and run the step that made it again with --force",
                details={"path": str(path), "found": found},
            )

    def list(self) -> Iterator[Digest]:
        """All contents, in no order."""
        root = self._folder / "blake3"
        with storage_errors(root, "list the artifacts"):
            if not root.exists():
                return
            for shelf in root.iterdir():
                yield from (Digest(f"blake3:{shelf.name}{content.name}") for content in shelf.iterdir())

    # --- inside

    def _path(self, digest: Digest) -> Path:
        return self._folder / content_key(digest)

    def _listing_path(self, digest: Digest) -> Path:
        return self._folder / content_key(digest).replace("blake3/", "listings/", 1)

    def _present(self, digest: Digest) -> Path:
        path = self._path(digest)
        if self._status(digest) is None:
            raise KfpError(
                "KFP401",
                f"artifact {digest} is not in {self._folder}",
                hint="run the step that makes it again with --force",
                details={"digest": digest, "path": str(path)},
            )
        return path

    def _status(self, digest: Digest) -> os.stat_result | None:
        path = self._path(digest)
        with storage_errors(path, "read an artifact"):
            try:
                return path.stat()
            except FileNotFoundError:
                return None

    def _has_file(self, digest: Digest, size: int) -> bool:
        status = self._status(digest)
        return status is not None and status.st_size == size

    @contextmanager
    def _incoming_path(self, action: str, *, needed: int) -> Iterator[Path]:
        """A path for a content that is not complete; whatever is left there at the end is removed."""
        with storage_errors(self._folder, action, needed=needed):
            self._prepare()
            path = self._incoming / uuid.uuid4().hex
            try:
                yield path
            finally:
                _discard(path)

    def _prepare(self) -> None:
        if self._prepared and self._incoming.exists():
            return
        self._incoming.mkdir(parents=True, exist_ok=True)
        now = time.time()
        for leftover in self._incoming.iterdir():  # of processes that were killed
            if now - leftover.lstat().st_mtime > _LEFTOVER_SECONDS:
                _discard(leftover)
        self._prepared = True

    def _accept_file(self, incoming: Path, digest: Digest) -> None:
        path = self._path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        incoming.replace(path)

    def _build_folder(self, listing: FolderListing, source: Path, target: Path) -> None:
        target.mkdir()
        for name in listing.empty_folders:
            (target / name).mkdir(parents=True)
        for file in listing.files:
            place = target / file.path
            place.parent.mkdir(parents=True, exist_ok=True)
            single = self._path(file.digest)
            if not file.executable and self._has_file(file.digest, file.size):
                hard_link_or_copy(single, place, mode=READ_ONLY)
            else:
                copy_file(source / file.path, place, mode=_mode(file))

    def _write_listing(self, listing: FolderListing, digest: Digest) -> None:
        path = self._listing_path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        incoming = self._incoming / uuid.uuid4().hex
        try:
            incoming.write_bytes(encode_listing(listing))
            incoming.replace(path)
        finally:
            _discard(incoming)

    def _listing(self, digest: Digest) -> FolderListing:
        path = self._listing_path(digest)
        with storage_errors(path, "read an artifact"):
            return decode_listing(path.read_bytes())

    def _fetch_folder(self, digest: Digest, target: Path, *, link: bool) -> None:
        listing, source = self._listing(digest), self._path(digest)
        target.mkdir()
        for name in listing.empty_folders:
            (target / name).mkdir(parents=True)
        for file in listing.files:
            place = target / file.path
            place.parent.mkdir(parents=True, exist_ok=True)
            _fetch_file(source / file.path, place, link=link, executable=file.executable)

    def _delete_folder(self, digest: Digest) -> int:
        path = self._path(digest)
        doomed = self._incoming / uuid.uuid4().hex
        self._incoming.mkdir(parents=True, exist_ok=True)
        path.rename(doomed)  # gone at once for readers, however long the removal takes
        self._listing_path(digest).unlink(missing_ok=True)
        freed = sum(_last_link_size(file) for file in doomed.rglob("*") if file.is_file())
        _discard(doomed)
        return freed


def _renamed(source: Path, target: Path) -> bool:
    """Move by rename; False if the two are on different file systems. A link is never moved, only what it shows."""
    if source.is_symlink():
        return False
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    return True


def _changed(path: Path, before: os.stat_result) -> bool:
    now = path.stat()
    return (now.st_mtime_ns, now.st_size, now.st_ino) != (before.st_mtime_ns, before.st_size, before.st_ino)


def _accept_folder(incoming: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        incoming.rename(path)
    except OSError:
        if not path.is_dir():  # else another process stored the same folder first
            raise


def _mode(file: ListedFile) -> int:
    return READ_ONLY_EXECUTABLE if file.executable else READ_ONLY


def _fetch_file(source: Path, target: Path, *, link: bool, executable: bool) -> None:
    if link:
        link_or_copy(source, target, mode=READ_ONLY_EXECUTABLE if executable else READ_ONLY)
    else:
        copy_file(source, target, mode=0o755 if executable else 0o644)


def _last_link_size(path: Path) -> int:
    status = path.stat()
    return status.st_size if status.st_nlink == 1 else 0


def _discard(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
