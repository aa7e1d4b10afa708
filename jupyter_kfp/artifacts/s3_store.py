"""Artifacts in a bucket of an S3 server.

Layout below the bucket's prefix: ``blake3/ab/cdef...`` is a content, as in a local store. A stored folder is
``listings/ab/cdef...``, which is written last, so a folder is whole or not there; its files are
``folder-files/ab/cdef.../<hex digest of the file>``, its own even where a single content has the same bytes, so
removing one content never breaks another.

What is read goes through a local cache if one is given. Every content is compared with its digest before it is used.
"""

from __future__ import annotations

import shutil
import stat
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from jupyter_kfp.artifacts.artifact_uri import content_key
from jupyter_kfp.artifacts.content_digest import ContentHasher, digest_bytes, digest_file
from jupyter_kfp.artifacts.file_copies import READ_ONLY, READ_ONLY_EXECUTABLE
from jupyter_kfp.artifacts.folder_listing import (
    FolderListing,
    ListedFile,
    decode_listing,
    encode_listing,
    listing_digest,
    listing_to_store,
)
from jupyter_kfp.artifacts.object_bucket import ObjectBucket
from jupyter_kfp.artifacts.parallel_requests import in_parallel
from jupyter_kfp.artifacts.read_cache import ReadCache, place
from jupyter_kfp.artifacts.storage_errors import storage_errors
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import Digest

_CHUNK = 1 << 20


class S3ArtifactStore:
    """An `ArtifactStore` in a bucket. All methods may raise the errors of `ObjectBucket`, too.

    With a cache, contents that were read once are read from this machine.
    """

    def __init__(self, bucket: ObjectBucket, cache: ReadCache | None = None) -> None:
        self._bucket = bucket
        self._cache = cache

    # --- writing

    def put_file(self, path: Path, *, digest: Digest | None = None, move: bool = False) -> Digest:
        """Store the bytes of a file. A file that changes meanwhile is refused: KFP405."""
        with storage_errors(path, f"store {path.name}"):
            status = path.stat()
            if stat.S_ISDIR(status.st_mode):
                raise KfpError("KFP405", f"cannot store {path}: it is a folder", hint="use put_folder")
            known = digest or digest_file(path)
            self._put(content_key(known), path, status.st_size, known)
            if move:
                path.unlink()
        return known

    def put_bytes(self, data: bytes) -> Digest:
        """Store bytes."""
        digest = digest_bytes(data)
        key = content_key(digest)
        present = self._bucket.stat(key)
        if present is None or present.size != len(data):
            self._bucket.put(key, data)
        return digest

    def put_folder(self, path: Path) -> Digest:
        """Store a folder with all its files; links to files count as the files they point to."""
        listing = listing_to_store(path)
        digest = listing_digest(listing)
        if self._bucket.stat(_listing_key(digest)) is not None:
            return digest
        single = {file.digest: file for file in listing.files}
        in_parallel(
            lambda file: self._put(_file_key(digest, file), path / file.path, file.size, file.digest),
            single.values(),
            name="s3-folder",
        )
        self._bucket.put(_listing_key(digest), encode_listing(listing))
        return digest

    def delete(self, digests: Iterable[Digest]) -> int:
        """Remove contents; returns their bytes. What is in the cache stays there until it is pushed out."""
        freed = 0
        for digest in digests:
            present = self._bucket.stat(content_key(digest))
            if present is not None:
                self._bucket.delete([content_key(digest)])
                freed += present.size
            if (listing := self._listing(digest)) is not None:
                single = {_file_key(digest, file): file.size for file in listing.files}
                self._bucket.delete([_listing_key(digest)])  # first: gone at once for readers
                self._bucket.delete(single)
                freed += sum(single.values())
        return freed

    # --- reading

    def uri(self, digest: Digest) -> str:
        """``s3://bucket/prefix/blake3/ab/cdef...``; of a folder too."""
        return self._bucket.uri(content_key(digest))

    def exists(self, digest: Digest) -> bool:
        """Whether the content is there."""
        return any(self._bucket.stat(key) is not None for key in (content_key(digest), _listing_key(digest)))

    def size(self, digest: Digest) -> int:
        """Bytes; of a folder the sum of its files."""
        present = self._bucket.stat(content_key(digest))
        if present is not None:
            return present.size
        return self._present_listing(digest).size

    def open(self, digest: Digest) -> BinaryIO:
        """Read a content from the start, out of a local file that was compared with the digest."""
        if self._cache is not None and (cached := self._cache.open(digest)) is not None:
            return cached
        with tempfile.TemporaryDirectory(prefix="jupyter-kfp-") as folder:
            path = Path(folder) / "content"
            with storage_errors(path, "read an artifact"):
                if not self._fetch_content(digest, content_key(digest), path, link=True, executable=False):
                    raise self._no_content(digest)
                return path.open("rb")  # stays readable when its name is gone

    def fetch(self, digest: Digest, destination: Path, *, link: bool = True) -> None:
        """Make the content appear at `destination`, replacing a file there; a folder must not exist there yet.

        With `link` what appears is read-only, perhaps a link into the cache; without, it is a copy that may be changed.
        """
        with storage_errors(destination, f"write {destination.name}"):
            destination.parent.mkdir(parents=True, exist_ok=True)
            incoming = destination.with_name(f".{destination.name[:80]}.{uuid.uuid4().hex}")
            try:
                if not self._fetch_content(digest, content_key(digest), incoming, link=link, executable=False):
                    self._fetch_folder(digest, self._present_listing(digest), incoming, link=link)
                incoming.replace(destination)
            finally:
                _discard(incoming)

    def verify(self, digest: Digest) -> None:
        """Read all from the bucket and compare with the digest. Raises `KfpError` KFP402."""
        if self._bucket.stat(content_key(digest)) is not None:
            self._verify_content(content_key(digest), digest)
            return
        for file in self._present_listing(digest).files:
            self._verify_content(_file_key(digest, file), file.digest)

    def list(self) -> Iterator[Digest]:
        """All contents, in no order."""
        for folder in ("blake3/", "listings/"):
            for found in self._bucket.list(folder):
                shelf, _, name = found.key.removeprefix(folder).partition("/")
                if len(shelf) == 2 and len(name) == 62:
                    yield Digest(f"blake3:{shelf}{name}")

    def link(self, digest: Digest, seconds: int, *, file_name: str | None = None) -> str:
        """Presigned address by which a browser can read the content for some time. Raises KFP405 for a folder."""
        if self._bucket.stat(content_key(digest)) is None:
            raise self._no_content(digest)
        return self._bucket.presigned_get(content_key(digest), seconds, file_name=file_name)

    # --- inside

    def _put(self, key: str, path: Path, size: int, digest: Digest) -> None:
        present = self._bucket.stat(key)
        if present is None or present.size != size:
            self._bucket.put_file(key, path, digest=digest)

    def _listing(self, digest: Digest) -> FolderListing | None:
        data = self._bucket.find(_listing_key(digest))
        if data is None:
            return None
        listing = decode_listing(data)
        if listing_digest(listing) != digest:
            raise self._damaged(_listing_key(digest), digest, listing_digest(listing))
        return listing

    def _present_listing(self, digest: Digest) -> FolderListing:
        listing = self._listing(digest)
        if listing is None:
            raise self._missing(digest)
        return listing

    def _fetch_content(self, digest: Digest, key: str, target: Path, *, link: bool, executable: bool) -> bool:
        """Make a content appear at `target`, which must not exist; False if there is no such object."""
        if self._cache is not None and self._cache.fetch(digest, target, link=link, executable=executable):
            return True
        if self._bucket.stat(key) is None:
            return False
        received = target.with_name(f".{uuid.uuid4().hex}")
        try:
            self._bucket.get_file(key, received)
            if (found := digest_file(received)) != digest:
                raise self._damaged(key, digest, found)
            received.chmod(READ_ONLY)
            if self._cache is not None:
                self._cache.add(digest, received)
            if link and not executable:
                received.replace(target)
            elif self._cache is None:
                received.chmod(_mode(link=link, executable=executable))
                received.replace(target)
            else:  # the cache may have a link to what was received
                place(received, target, link=link, executable=executable)
        finally:
            received.unlink(missing_ok=True)
        return True

    def _fetch_folder(self, digest: Digest, listing: FolderListing, target: Path, *, link: bool) -> None:
        target.mkdir()
        for name in listing.empty_folders:
            (target / name).mkdir(parents=True)

        def fetch(file: ListedFile) -> None:
            path = target / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            key = _file_key(digest, file)
            if not self._fetch_content(file.digest, key, path, link=link, executable=file.executable):
                raise self._missing(digest)

        in_parallel(fetch, listing.files, name="s3-folder")

    def _verify_content(self, key: str, digest: Digest) -> None:
        hasher = ContentHasher()
        with self._bucket.open(key) as stream:
            while data := stream.read(_CHUNK):
                hasher.update(data)
        if hasher.digest() != digest:
            raise self._damaged(key, digest, hasher.digest())

    def _missing(self, digest: Digest) -> KfpError:
        return KfpError(
            "KFP401",
            f"artifact {digest} is not in {self._bucket.uri('')}",
            hint="run the step that makes it again with --force",
            details={"digest": digest, "uri": self.uri(digest)},
        )

    def _no_content(self, digest: Digest) -> KfpError:
        """What is asked for as a content is a folder, or nothing."""
        if self._listing(digest) is None:
            return self._missing(digest)
        return KfpError("KFP405", f"artifact {digest} is a folder", hint="fetch it instead")

    def _damaged(self, key: str, digest: Digest, found: Digest) -> KfpError:
        return KfpError(
            "KFP402",
            f"artifact {digest} is damaged: {self._bucket.uri(key)} has the digest {found}",
            hint="remove that object and run the step that made it again with --force",
            details={"uri": self._bucket.uri(key), "found": found},
        )


def _listing_key(digest: Digest) -> str:
    return content_key(digest).replace("blake3/", "listings/", 1)


def _file_key(folder: Digest, file: ListedFile) -> str:
    name = content_key(file.digest).removeprefix("blake3/").replace("/", "")
    return f"{content_key(folder).replace('blake3/', 'folder-files/', 1)}/{name}"


def _mode(*, link: bool, executable: bool) -> int:
    if link:
        return READ_ONLY_EXECUTABLE if executable else READ_ONLY
    return 0o755 if executable else 0o644


def _discard(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
