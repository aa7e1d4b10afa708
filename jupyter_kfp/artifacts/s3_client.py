"""The S3 protocol by the minio SDK: signed requests, tried again when they fail for a moment.

The one place that imports the SDK's client; it is loaded when a bucket is used.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from typing import Any

import certifi
import minio
import urllib3
from minio.datatypes import Part

from jupyter_kfp.artifacts.bucket_values import Patience
from jupyter_kfp.artifacts.s3_credentials import Credentials
from jupyter_kfp.artifacts.s3_retries import Retries
from jupyter_kfp.errors import KfpError
from jupyter_kfp.targets import Storage

CONNECTIONS = 16
_SECONDS_TO_CONNECT = 5.0
_SECONDS_OF_SILENCE = 60.0


class S3Client(minio.Minio):
    """The SDK's client, all of whose requests are repeated as `Retries` says."""

    def __init__(self, storage: Storage, credentials: Credentials, retries: Retries) -> None:
        super().__init__(
            endpoint=storage.host,
            access_key=credentials.access_key or None,
            secret_key=credentials.secret_key or None,
            session_token=credentials.session_token,
            secure=storage.tls,
            region=_region(storage),
            http_client=_pool(storage),
        )
        self.retries = retries
        if storage.path_style is not None:
            self._base_url.virtual_style_flag = not storage.path_style

    def request(
        self,
        method: str,
        bucket: str,
        key: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        """One request with its answer read whole."""
        return self._execute(
            method, bucket, key, body=body, headers=dict(headers or {}), query_params=dict(query or {})
        )

    def request_once(
        self,
        method: str,
        bucket: str,
        key: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        """One request that is not repeated; the body of its answer is for the caller to read and to release."""
        return super()._execute(
            method, bucket, key, headers=dict(headers or {}), query_params=dict(query or {}), preload_content=False
        )

    def complete_parts(self, bucket: str, key: str, upload_id: str, parts: list[Part]) -> None:
        """Let an upload in parts appear."""
        self._complete_multipart_upload(bucket, key, upload_id, parts)

    def _execute(self, *arguments: Any, **options: Any) -> Any:
        ask = super()._execute
        headers = options.pop("headers", None) or {}
        # The SDK writes its signature into the headers, so each try gets its own.
        return self.retries.call(lambda: ask(*arguments, **{**options, "headers": dict(headers)}))


def connect(storage: Storage, credentials: Credentials, patience: Patience) -> S3Client:
    """Make a client; nothing is sent. Raises `KfpError` KFP424, KFP430."""
    try:
        return S3Client(storage, credentials, Retries(patience))
    except ValueError as error:
        raise KfpError("KFP424", f"the object store at {storage.address} is not usable: {error}") from None


def _region(storage: Storage) -> str | None:
    if storage.region or storage.host.endswith(".amazonaws.com"):
        return storage.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return "us-east-1"  # else the SDK asks for it, which needs a permission of its own


def _pool(storage: Storage) -> urllib3.PoolManager:
    trusted = storage.ca_bundle or os.environ.get("SSL_CERT_FILE") or certifi.where()
    if storage.ca_bundle:
        try:
            ssl.create_default_context(cafile=storage.ca_bundle)
        except OSError as error:  # also what ssl raises for a file without certificates
            raise KfpError(
                "KFP430",
                f"the certificates {storage.ca_bundle} for {storage.address} cannot be read: {error}",
                hint="name a file of certificates (PEM) as ca_bundle, or none to trust the usual authorities",
            ) from None
    return urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=_SECONDS_TO_CONNECT, read=_SECONDS_OF_SILENCE),
        maxsize=CONNECTIONS,
        cert_reqs="CERT_REQUIRED",
        ca_certs=trusted,
        retries=False,  # `Retries` does it, for streams too
    )
