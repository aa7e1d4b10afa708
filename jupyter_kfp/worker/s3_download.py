"""Fetching an object, or all objects below a key, from S3 or a server that speaks its protocol."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs, urlsplit

from jupyter_kfp.artifacts.bucket_values import Patience
from jupyter_kfp.artifacts.object_bucket import ObjectBucket
from jupyter_kfp.artifacts.s3_credentials import ANONYMOUS, Credentials, environment_credentials
from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec.secrets_file import read_secrets
from jupyter_kfp.targets import Storage

_ENDPOINTS = {
    "minio": ("MINIO_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "S3_ENDPOINT_URL"),
}
_OWN_SECRET = "mlpipeline-minio-artifact"  # noqa: S105 - a name
_PATIENCE = Patience(first=2.0, later=60.0)
_CHECK = "check the address, the endpoint (AWS_ENDPOINT_URL or MINIO_ENDPOINT) and the keys (--secrets-file)"


def download_from_s3(uri: str, target: Path, secrets_file: str) -> Path:
    """Fetch into a folder; returns the file, or the folder if the address is a prefix.

    The address may end with ``?endpoint=...&region=...``. Raises `KfpError` KFP398 with the reason.
    """
    address = urlsplit(uri)
    options = {name: last[-1] for name, last in parse_qs(address.query).items()}
    storage = _storage(uri, address.scheme, address.netloc, options)
    try:
        bucket = ObjectBucket(storage, _keys(read_secrets(secrets_file)), patience=_PATIENCE)
        found = _download(bucket, address.path.lstrip("/"), target)
    except KfpError as error:
        if error.code == "KFP508":  # the file of secrets
            raise
        raise _impossible(uri, f"the store cannot be used: {error.message}", error.hint or _CHECK) from None
    if found is None:
        raise _impossible(uri, "there is no such object, and nothing below it", _CHECK)
    return found


def _download(bucket: ObjectBucket, key: str, target: Path) -> Path | None:
    """The file, or a folder of what is below the key; None if there is neither."""
    place = target / (PurePosixPath(key).name or bucket.storage.bucket)
    place.parent.mkdir(parents=True, exist_ok=True)
    if key and not key.endswith("/") and bucket.stat(key) is not None:
        bucket.get_file(key, place)
        return place
    prefix = key if not key or key.endswith("/") else f"{key}/"
    count = 0
    for item in bucket.list(prefix):
        file = place / item.key.removeprefix(prefix)
        if file.resolve().is_relative_to(place.resolve()):  # else its name leads out of the folder
            file.parent.mkdir(parents=True, exist_ok=True)
            bucket.get_file(item.key, file)
            count += 1
    return place if count else None


def _storage(uri: str, scheme: str, bucket: str, options: Mapping[str, str]) -> Storage:
    configured = [options.get("endpoint"), *(os.environ.get(name) for name in _ENDPOINTS[scheme])]
    endpoint = next((one for one in configured if one), "")
    if not endpoint and scheme == "minio":
        raise _impossible(uri, "it is not known where the store is", "set MINIO_ENDPOINT, as to http://127.0.0.1:9000")
    without_tls = options.get("disableSSL") == "true" and "://" not in endpoint
    return Storage(
        bucket=bucket,
        prefix="",
        endpoint=f"http://{endpoint}" if without_tls else endpoint,
        region=options.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "",
    )


def _keys(known: Mapping[str, Mapping[str, str]]) -> Credentials:
    """KFP's own secret first, then the others, then the environment; without any, what is public can be read."""
    sources: list[Mapping[str, str]] = [known.get(_OWN_SECRET, {}), *known.values(), os.environ]
    return next((found for source in sources if (found := environment_credentials(source))), ANONYMOUS)


def _impossible(uri: str, problem: str, hint: str) -> KfpError:
    return KfpError("KFP398", f"{uri} cannot be imported: {problem}", hint=hint, details={"uri": uri})
