"""Fetching an object, or all objects below a key, from S3 or a server that speaks its protocol."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.secrets_file import read_secrets

_ENDPOINTS = {
    "minio": ("MINIO_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "S3_ENDPOINT_URL"),
}
_AWS = "https://s3.amazonaws.com"
_KEYS = (
    ("accesskey", "secretkey"),
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ("MINIO_ACCESS_KEY", "MINIO_SECRET_KEY"),
)
"""Names of an access key and its secret in a secret of a cluster, KFP's own first, or in the environment."""
_OWN_SECRET = "mlpipeline-minio-artifact"  # noqa: S105 - a name


def download_from_s3(uri: str, target: Path, secrets_file: str) -> Path:
    """Fetch into a folder; returns the file, or the folder if the address is a prefix.

    The address may end with ``?endpoint=...&region=...``. Raises `KfpError` KFP398 with the reason.
    """
    try:
        import minio
        from urllib3.exceptions import HTTPError
    except ImportError:
        raise _impossible(uri, "the package minio is not installed", "pip install 'jupyter-kfp[s3]'") from None
    address = urlsplit(uri)
    bucket, key = address.netloc, address.path.lstrip("/")
    client = _client(
        uri, address.scheme, {name: last[-1] for name, last in parse_qs(address.query).items()}, secrets_file
    )
    try:
        return _download(client, bucket, key, target, uri)
    except minio.error.S3Error as error:
        raise _impossible(uri, f"the store answered {error.code}: {error.message}", _CHECK) from None
    except (minio.error.MinioException, HTTPError, OSError, ValueError) as error:
        raise _impossible(uri, f"the store cannot be used: {error}", _CHECK) from None


_CHECK = "check the address, the endpoint (AWS_ENDPOINT_URL or MINIO_ENDPOINT) and the keys (--secrets-file)"


def _download(client: Any, bucket: str, key: str, target: Path, uri: str) -> Path:
    folder = target / (PurePosixPath(key).name or bucket)
    prefix = key if not key or key.endswith("/") else f"{key}/"
    if key and not key.endswith("/"):
        found = next(iter(client.list_objects(bucket, prefix=key)), None)
        if found is not None and found.object_name == key:
            client.fget_object(bucket, key, str(folder))
            return folder
    count = 0
    for item in client.list_objects(bucket, prefix=prefix, recursive=True):
        place = folder / item.object_name.removeprefix(prefix)
        if item.object_name.endswith("/") or not place.resolve().is_relative_to(folder.resolve()):
            continue  # the mark of an empty folder, or a name that leads out of it
        client.fget_object(bucket, item.object_name, str(place))
        count += 1
    if not count:
        raise _impossible(uri, "there is no such object, and nothing below it", _CHECK)
    return folder


def _client(uri: str, scheme: str, options: Mapping[str, str], secrets_file: str) -> Any:
    import minio
    import urllib3

    known = read_secrets(secrets_file)
    configured = [options.get("endpoint"), *(os.environ.get(name) for name in _ENDPOINTS[scheme])]
    endpoint = next((one for one in configured if one), _AWS if scheme == "s3" else None)
    if endpoint is None:
        raise _impossible(uri, "it is not known where the store is", "set MINIO_ENDPOINT, as to http://127.0.0.1:9000")
    secure = not endpoint.startswith("http://") and options.get("disableSSL") != "true"
    access, secret, token = _keys(known)
    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=10, read=60), retries=urllib3.Retry(2, backoff_factor=0.2)
    )
    return minio.Minio(
        endpoint=endpoint.partition("://")[2] or endpoint,
        access_key=access,
        secret_key=secret,
        session_token=token,
        secure=secure,
        region=options.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
        http_client=pool,
    )


def _keys(known: Mapping[str, Mapping[str, str]]) -> tuple[str | None, str | None, str | None]:
    """Access key, its secret and a session token; without any, what is public can be read."""
    sources: list[Mapping[str, str]] = [known.get(_OWN_SECRET, {}), *known.values(), os.environ]
    for source in sources:
        for access, secret in _KEYS:
            if source.get(access) and source.get(secret):
                return source[access], source[secret], source.get("AWS_SESSION_TOKEN")
    return None, None, None


def _impossible(uri: str, problem: str, hint: str) -> KfpError:
    return KfpError("KFP398", f"{uri} cannot be imported: {problem}", hint=hint, details={"uri": uri})
