"""Writing objects: small ones by one request, large ones in parallel parts that appear together at the end."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree as ET

from minio.datatypes import Part
from minio.error import S3Error
from urllib3.exceptions import HTTPError

from jupyter_kfp.artifacts.content_digest import ContentHasher
from jupyter_kfp.artifacts.parallel_requests import THREADS
from jupyter_kfp.artifacts.s3_client import S3Client
from jupyter_kfp.artifacts.s3_retries import FAILURES
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import Digest
from jupyter_kfp.targets import Storage

MULTIPART_FROM = 16 << 20
"""Bytes above which an object is written in parts."""
PART_BYTES = 16 << 20
MOST_PARTS = 10_000
_MEMORY = THREADS * PART_BYTES


def put_new(client: S3Client, storage: Storage, key: str, data: bytes) -> bool:
    """Write an object if there is none, as far as the server can tell; whether it is these bytes' writer who won."""
    try:
        client.request("PUT", storage.bucket, storage.key(key), body=data, headers={"If-None-Match": "*"})
    except S3Error as error:
        if error.code == "NotImplemented":
            client.request("PUT", storage.bucket, storage.key(key), body=data)
            return True
        if error.code not in ("PreconditionFailed", "ConditionalRequestConflict"):
            raise
        # Either another was first, or a try of ours of which the answer was lost.
        return bytes(client.request("GET", storage.bucket, storage.key(key)).data) == data
    return True


def upload(client: S3Client, storage: Storage, key: str, path: Path, digest: Digest | None) -> None:
    """Write a file; see `ObjectBucket.put_file`."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size <= MULTIPART_FROM:
            data = file.read(size + 1)
            hasher = ContentHasher()
            hasher.update(data)
            _check_unchanged(hasher, size, digest, path)
            client.request("PUT", storage.bucket, storage.key(key), body=data)
        else:
            _Multipart(client, storage, key).send(file.fileno(), size, digest, path)


def _check_unchanged(hasher: ContentHasher, size: int, digest: Digest | None, path: Path) -> None:
    if hasher.size != size or (digest is not None and hasher.digest() != digest):
        raise KfpError("KFP405", f"the file {path} changed while it was stored", hint="store it when it is complete")


class _Multipart:
    """One upload in parts. Parts are read one after the other, so what is sent is what was hashed."""

    def __init__(self, client: S3Client, storage: Storage, key: str) -> None:
        self._client = client
        self._bucket = storage.bucket
        self._key = storage.key(key)

    def send(self, source: int, size: int, digest: Digest | None, path: Path) -> None:
        """Send all, then let it appear; what was sent is dropped if anything fails."""
        upload_id = self._begin()
        try:
            hasher = ContentHasher()
            parts = self._send_parts(source, size, upload_id, hasher)
            _check_unchanged(hasher, size, digest, path)
            self._complete(upload_id, parts, size)
        except BaseException:
            with contextlib.suppress(*FAILURES):  # the first failure is told; servers drop old uploads themselves
                self._client.request_once("DELETE", self._bucket, self._key, query={"uploadId": upload_id}).close()
            raise

    def _begin(self) -> str:
        answer = self._client.request("POST", self._bucket, self._key, query={"uploads": ""})
        found = ET.fromstring(answer.data).find("{*}UploadId")  # noqa: S314 - from the server that is trusted
        if found is None or not found.text:
            raise HTTPError("the server began no upload in parts")
        return found.text

    def _send_parts(self, source: int, size: int, upload_id: str, hasher: ContentHasher) -> list[Part]:
        length = _part_bytes(size)
        threads = max(1, min(THREADS, _MEMORY // length))
        parts: list[Part] = []
        waiting: deque[Future[Part]] = deque()
        with ThreadPoolExecutor(threads, thread_name_prefix="s3-write") as pool:
            try:
                for number, data in enumerate(_pieces(source, length, size), start=1):
                    hasher.update(data)
                    waiting.append(pool.submit(self._send_part, data, upload_id, number))
                    del data
                    if len(waiting) >= threads:
                        parts.append(waiting.popleft().result())
                parts.extend(one.result() for one in waiting)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return parts

    def _send_part(self, data: bytes, upload_id: str, number: int) -> Part:
        query = {"partNumber": str(number), "uploadId": upload_id}
        answer = self._client.request("PUT", self._bucket, self._key, body=data, query=query)
        return Part(number, answer.headers.get("etag", "").strip('"'))

    def _complete(self, upload_id: str, parts: list[Part], size: int) -> None:
        try:
            self._client.complete_parts(self._bucket, self._key, upload_id, parts)
        except S3Error as error:
            # A first try may have succeeded though its answer was lost; then the object is there.
            if error.code != "NoSuchUpload" or self._client.stat_object(self._bucket, self._key).size != size:
                raise


def _part_bytes(size: int) -> int:
    """Length of a part: 16 MiB, or what keeps the number of parts at ten thousand."""
    return max(PART_BYTES, -(-size // MOST_PARTS))


def _pieces(source: int, length: int, size: int) -> Iterator[bytes]:
    at = 0
    while at < size and (data := _read_fully(source, min(length, size - at), at)):
        yield data
        at += len(data)


def _read_fully(source: int, length: int, at: int) -> bytes:
    data = os.pread(source, length, at)
    while 0 < len(data) < length and (more := os.pread(source, length - len(data), at + len(data))):
        data += more
    return data
