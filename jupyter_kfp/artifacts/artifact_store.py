"""Where artifacts live: content-addressed, written once, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from jupyter_kfp.ids import Digest


class ArtifactStore(Protocol):
    """The contract; `tests/contracts/test_artifact_store.py` runs on every implementation.

    All methods raise `KfpError` 4xx: KFP401 not found, KFP402 content does not match its digest, KFP403 disk full,
    KFP404 no permission.
    """

    def put_file(self, path: Path, *, digest: Digest | None = None, move: bool = False) -> Digest:
        """Store the bytes of a file.

        With `digest` the caller vouches for the content (it was computed while writing), else it is computed here.
        With `move` the store may take the file itself instead of copying it. Storing the same bytes again is cheap and
        changes nothing. A folder is stored as a tree: see `put_folder`.
        """

    def put_bytes(self, data: bytes) -> Digest:
        """Store bytes."""

    def put_folder(self, path: Path) -> Digest:
        """Store a folder as a listing of its files (relative path, digest, size, executable bit) and the files."""

    def uri(self, digest: Digest) -> str:
        """Address that KFP's executor contract passes around; a local store gives a plain absolute path."""

    def exists(self, digest: Digest) -> bool:
        """Whether the content is there."""

    def size(self, digest: Digest) -> int:
        """Bytes; of a folder the sum of its files."""

    def open(self, digest: Digest) -> BinaryIO:
        """Read from the start."""

    def fetch(self, digest: Digest, destination: Path, *, link: bool = True) -> None:
        """Make the content appear at `destination`; read-only, perhaps as a link into the store, if `link`."""

    def verify(self, digest: Digest) -> None:
        """Read all and compare with the digest. Raises KFP402."""

    def delete(self, digests: Iterable[Digest]) -> int:
        """Remove contents; returns the bytes freed. Missing ones are no error."""

    def list(self) -> Iterator[Digest]:
        """All contents, in no order."""
