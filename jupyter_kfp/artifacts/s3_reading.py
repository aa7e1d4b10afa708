"""Reading large objects: in ranges, in parallel, resumed where a connection was cut."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from urllib3.exceptions import ProtocolError

from jupyter_kfp.artifacts.bucket_values import ObjectInfo
from jupyter_kfp.artifacts.parallel_requests import in_parallel
from jupyter_kfp.artifacts.s3_client import S3Client
from jupyter_kfp.artifacts.s3_errors import StoreErrors
from jupyter_kfp.errors import KfpError
from jupyter_kfp.targets import Storage

PART_BYTES = 16 << 20
_CHUNK = 1 << 20


def download(client: S3Client, storage: Storage, info: ObjectInfo, path: Path) -> None:
    """Write an object to a file. Raises `OSError` for the disk, and what the requests raise."""
    with path.open("wb") as file:
        file.truncate(info.size)
        target = file.fileno()

        def fetch(start: int) -> None:
            _Range(client, storage, info, start, min(start + PART_BYTES, info.size)).copy_to(
                lambda data, at: _write_all(target, data, at)
            )

        starts = range(0, info.size, PART_BYTES)
        if len(starts) > 1:
            in_parallel(fetch, starts, name="s3-read")
        elif starts:
            fetch(starts[0])


def _write_all(target: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(target, view, at)
        view, at = view[written:], at + written


class _Range:
    """The bytes of an object from `position` to `end`; `position` moves as they come."""

    def __init__(self, client: S3Client, storage: Storage, info: ObjectInfo, start: int, end: int) -> None:
        self._client = client
        self._storage = storage
        self._info = info
        self.position = start
        self.end = end

    def copy_to(self, sink: Callable[[bytes, int], None]) -> None:
        """Hand all bytes with their places to `sink`."""

        def rest() -> None:
            for data in self.chunks():
                sink(data, self.position)
                self.position += len(data)

        self._client.retries.call(rest, progress=lambda: self.position)

    def chunks(self) -> Iterator[bytes]:
        """One request for what is left. The reader moves `position`."""
        if self.position >= self.end:
            return
        response = self.ask()
        finished = False
        try:
            while data := response.read(_CHUNK):
                yield data
            if self.position < self.end:  # a server that ended early, without saying how much it would send
                raise ProtocolError(f"{self.end - self.position} bytes are missing")
            finished = True
        finally:
            if finished:
                response.release_conn()
            else:
                response.close()

    def ask(self) -> Any:
        """Send the request; the answer's body holds exactly what is left."""
        headers = {"Range": f"bytes={self.position}-{self.end - 1}"}
        if self._info.etag:
            headers["If-Match"] = f'"{self._info.etag}"'
        response = self._client.request_once(
            "GET", self._storage.bucket, self._storage.key(self._info.key), headers=headers
        )
        if response.status != 206 and (self.position > 0 or self.end < self._info.size):
            response.close()
            raise KfpError(
                "KFP435",
                f"the object store at {self._storage.address} does not send parts of objects",
                hint="use a server that answers requests with a Range, as S3 does",
            )
        return response


class ResumedReader(io.RawIOBase):
    """A stream over an object. Cut connections are resumed at the same place of the same object."""

    def __init__(
        self, client: S3Client, storage: Storage, info: ObjectInfo, errors: StoreErrors, start: int = 0
    ) -> None:
        super().__init__()
        self._client = client
        self._key = info.key
        self._errors = errors
        self._range = _Range(client, storage, info, start, info.size)
        self._response: Any = None

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill as much as came; 0 at the end. Raises `KfpError`."""
        view = memoryview(buffer).cast("B")
        if self._range.position >= self._range.end or not view.nbytes:
            self._drop(finished=True)
            return 0
        with self._errors.told(f"read {self._key}", key=self._key):
            data = self._client.retries.call(lambda: self._some(view.nbytes))
        view[: len(data)] = data
        self._range.position += len(data)
        return len(data)

    def _some(self, size: int) -> bytes:
        if self._response is None:
            self._response = self._range.ask()
        try:
            data = bytes(self._response.read(size))
        except BaseException:
            self._drop(finished=False)
            raise
        if not data:
            self._drop(finished=False)
            raise ProtocolError("the body ended early")
        return data

    def _drop(self, *, finished: bool) -> None:
        response, self._response = self._response, None
        if response is not None:
            if finished:
                response.release_conn()
            else:
                response.close()

    def close(self) -> None:
        """Give up what was not read."""
        if not self.closed:
            self._drop(finished=False)
        super().close()
