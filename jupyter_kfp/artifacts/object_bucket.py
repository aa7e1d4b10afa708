"""Objects in a bucket of an S3 server by name: read, written, listed, with failures told as `KfpError`.

Names are keys below the prefix of the configured `Storage`. An object appears whole or not at all. All methods raise
`KfpError` KFP401 (no such object) and KFP425 to KFP437 (see the reference of errors). A bucket may be used from several
threads, but not across a fork.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from jupyter_kfp.artifacts.bucket_values import USUAL_PATIENCE, ObjectInfo, Patience
from jupyter_kfp.artifacts.s3_credentials import Credentials
from jupyter_kfp.artifacts.storage_errors import storage_errors
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import Digest
from jupyter_kfp.targets import Storage, check_storage

LONGEST_LINK_SECONDS = 7 * 24 * 3600
"""What servers accept at most as the life of a presigned link."""


class ObjectBucket:
    """One bucket with its keys. Raises KFP424 for settings that cannot be, KFP436 without the package minio.

    Nothing is sent before the first method is called. `patience` says how long failing requests are repeated.
    """

    def __init__(self, storage: Storage, credentials: Credentials, *, patience: Patience = USUAL_PATIENCE) -> None:
        check_storage(storage, f"the bucket {storage.bucket}")
        try:
            from jupyter_kfp.artifacts.s3_client import connect
            from jupyter_kfp.artifacts.s3_errors import StoreErrors
        except ImportError:
            raise KfpError(
                "KFP436", "an object store needs the package minio", hint="pip install 'jupyter-kfp[kubernetes]'"
            ) from None
        self.storage = storage
        self._client = connect(storage, credentials, patience)
        self._errors = StoreErrors(storage, credentials)

    def __repr__(self) -> str:
        """The bucket's address, without keys."""
        return f"ObjectBucket({self.uri('')!r} at {self.storage.address})"

    def uri(self, key: str) -> str:
        """``s3://bucket/prefix/key``."""
        return f"s3://{self.storage.bucket}/{self.storage.key(key)}"

    # --- reading

    def get(self, key: str) -> bytes:
        """All of an object; for what fits into memory."""
        with self._errors.told(f"read {key}", key=key):
            answer = self._client.request("GET", self.storage.bucket, self.storage.key(key))
            return bytes(answer.data)

    def find(self, key: str) -> bytes | None:
        """All of an object; None if it is not there."""
        try:
            return self.get(key)
        except KfpError as error:
            if error.code == "KFP401":
                return None
            raise

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """At most `length` bytes from `start`; fewer, or none, where the object ends."""
        from minio.error import S3Error

        if length <= 0:
            return b""
        headers = {"Range": f"bytes={start}-{start + length - 1}"}
        with self._errors.told(f"read {key}", key=key):
            try:
                answer = self._client.request("GET", self.storage.bucket, self.storage.key(key), headers=headers)
            except S3Error as error:
                if error.code == "InvalidRange":
                    return b""
                raise
            data = bytes(answer.data)
        return data if answer.status == 206 else data[start : start + length]

    def open(self, key: str, start: int = 0) -> BinaryIO:
        """Read as a stream from `start` on; what is cut on the way is resumed where it was."""
        from jupyter_kfp.artifacts.s3_reading import ResumedReader

        info = self._present(key)
        reader = ResumedReader(self._client, self.storage, info, self._errors, start)
        return io.BufferedReader(reader, 1 << 20)

    def get_file(self, key: str, path: Path) -> int:
        """Write an object to a file, which may exist, in parallel parts; returns its size in bytes.

        What is at `path` is complete only if this returns. Raises KFP403, KFP404, KFP405 for the disk, too.
        """
        from jupyter_kfp.artifacts.s3_reading import download

        info = self._present(key)
        with storage_errors(path, f"write {path.name}", needed=info.size), self._errors.told(f"read {key}", key=key):
            download(self._client, self.storage, info, path)
        return info.size

    def stat(self, key: str) -> ObjectInfo | None:
        """Size and time of an object; None if it is not there."""
        from minio.error import S3Error

        from jupyter_kfp.artifacts.s3_errors import is_missing

        with self._errors.told(f"look for {key}", key=key):
            try:
                found = self._client.stat_object(self.storage.bucket, self.storage.key(key))
            except S3Error as error:
                if is_missing(error):
                    return None
                # The answer to HEAD has no body that could say what is wrong; that to GET has.
                self._client.request("GET", self.storage.bucket, self.storage.key(key), headers={"Range": "bytes=0-0"})
                raise
        modified = found.last_modified.timestamp() if found.last_modified else 0.0
        return ObjectInfo(key, found.size or 0, modified, found.etag or "")

    def list(self, prefix: str = "", start_after: str = "") -> Iterator[ObjectInfo]:
        """Objects whose keys begin with `prefix`, sorted by key; only those after `start_after` if that is given."""
        root = len(self.storage.key(""))
        with self._errors.told(f"list {prefix or 'the bucket'}", key=prefix):
            for found in self._client.list_objects(
                self.storage.bucket,
                prefix=self.storage.key(prefix),
                recursive=True,
                start_after=self.storage.key(start_after) if start_after else None,
            ):
                key = str(found.object_name)[root:]
                if not key.endswith("/") and key > start_after:  # not the marks of folders
                    modified = found.last_modified.timestamp() if found.last_modified else 0.0
                    yield ObjectInfo(key, found.size or 0, modified, found.etag or "")

    def presigned_get(self, key: str, seconds: int, *, file_name: str | None = None) -> str:
        """Address by which anybody may read the object for some time (at most seven days), made without asking.

        It is a secret while it lives. With `file_name` a browser saves the object under that name.
        """
        life = timedelta(seconds=max(1, min(seconds, LONGEST_LINK_SECONDS)))
        shown: dict[str, str | list[str] | tuple[str]] | None = (
            {"response-content-disposition": _disposition(file_name)} if file_name else None
        )
        with self._errors.told(f"make a link to {key}", key=key):
            return str(
                self._client.presigned_get_object(
                    self.storage.bucket, self.storage.key(key), expires=life, response_headers=shown
                )
            )

    # --- writing

    def put(self, key: str, data: bytes) -> None:
        """Write an object, replacing one of this key."""
        with self._errors.told(f"write {key}", key=key, writing=True):
            self._client.request("PUT", self.storage.bucket, self.storage.key(key), body=data)

    def put_if_absent(self, key: str, data: bytes) -> bool:
        """Write an object unless there is one of this key; whether it was written.

        One request where the server knows ``If-None-Match`` (Amazon S3, MinIO of 2024 and later, SeaweedFS 4): of
        several writers exactly one gets True. Servers that ignore that header are asked before; there two writers at
        the same moment may both get True, and the later one's object stays. A writer whose answer got lost is
        recognised by its bytes, so it gets True as well.
        """
        from jupyter_kfp.artifacts.s3_writing import put_new

        if self.stat(key) is not None:
            return False
        with self._errors.told(f"write {key}", key=key, writing=True):
            return put_new(self._client, self.storage, key, data)

    def put_file(self, key: str, path: Path, *, digest: Digest | None = None) -> None:
        """Write a file as an object: above 16 MiB in parallel parts, with memory for a few parts.

        With `digest` the bytes that are sent are compared with it: KFP405 if the file changed, and nothing appears.
        """
        from jupyter_kfp.artifacts.s3_writing import upload

        with storage_errors(path, f"read {path.name}"), self._errors.told(f"write {key}", key=key, writing=True):
            upload(self._client, self.storage, key, path, digest)

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects, a thousand at a time; missing ones are no error."""
        from minio.deleteobjects import DeleteObject

        from jupyter_kfp.artifacts.s3_errors import refusal_of

        with self._errors.told("remove objects", writing=True):
            doomed = [DeleteObject(self.storage.key(key)) for key in keys]
            for failed in self._client.remove_objects(self.storage.bucket, doomed) if doomed else ():
                if failed.code != "NoSuchKey":
                    raise refusal_of(failed.code, failed.message)

    def _present(self, key: str) -> ObjectInfo:
        info = self.stat(key)
        if info is None:
            raise KfpError(
                "KFP401",
                f"{self.uri(key)} does not exist",
                hint="it was removed, or never written; run the step that makes it again",
                details={"bucket": self.storage.bucket, "key": key},
            )
        return info


def _disposition(file_name: str) -> str:
    plain = "".join(one if one.isascii() and one.isprintable() and one not in '"\\' else "_" for one in file_name)
    return f'attachment; filename="{plain}"'
