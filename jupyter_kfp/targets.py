"""Where runs can happen besides this machine, as configured: values only, without any connection.

Workers read `Storage` too, so nothing here may import the settings of the command line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from jupyter_kfp.errors import KfpError

# Amazon's rules for buckets; MinIO and SeaweedFS keep them.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ENDPOINT = re.compile(r"(?:https?://)?(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?/?")
_PREFIX = re.compile(r"[A-Za-z0-9!_.*'()=+@,-]+(?:/[A-Za-z0-9!_.*'()=+@,-]+)*")
_AWS = "s3.amazonaws.com"


class Storage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A bucket, and where its keys are found. It holds no secrets, so it may be shown, logged and sent to pods.

    `check_storage` says whether the values fit together.
    """

    bucket: str
    endpoint: str = ""
    """``https://host:port`` or ``host:port``; empty: Amazon S3."""
    prefix: str = "jupyter-kfp"
    """Beginning of all keys, without a slash at its ends; empty: the whole bucket."""
    region: str = ""
    """Empty: asked of Amazon; ``us-east-1`` elsewhere."""
    secure: bool | None = None
    """Whether to speak TLS; None: what the endpoint begins with, and TLS where it says nothing."""
    path_style: bool | None = None
    """Whether the bucket is in the path (``host/bucket``) or in the name of the host; None: as Amazon does on Amazon,
    in the path elsewhere."""
    ca_bundle: str = ""
    """File of certificates to trust instead of the usual ones."""
    secret_name: str = ""
    """Name of the Kubernetes Secret that has the keys."""
    access_key_field: str = "AWS_ACCESS_KEY_ID"
    """Field of the Secret."""
    secret_key_field: str = "AWS_SECRET_ACCESS_KEY"  # noqa: S105 - the name of a field
    """Field of the Secret."""
    session_token_field: str = ""
    """Field of the Secret; empty: ``AWS_SESSION_TOKEN`` if there is one."""
    credentials_file: str = ""
    """File with profiles, as ``~/.aws/credentials``, which is the default."""
    profile: str = ""
    """Section of that file; empty: ``AWS_PROFILE``, else ``default``."""

    @property
    def host(self) -> str:
        """Host and port."""
        return self.endpoint.partition("://")[2].rstrip("/") or self.endpoint.rstrip("/") or _AWS

    @property
    def tls(self) -> bool:
        """Whether the server is spoken to by TLS."""
        return not self.endpoint.startswith("http://") if self.secure is None else self.secure

    @property
    def address(self) -> str:
        """The server, as shown to users."""
        return f"{'https' if self.tls else 'http'}://{self.host}"

    def key(self, name: str) -> str:
        """Key in the bucket of what is called `name` below the prefix."""
        return f"{self.prefix}/{name}" if self.prefix else name


def storage_from(values: Mapping[str, Any], where: str) -> Storage:
    """Read settings. Raises `KfpError` KFP424 that names the field; `where` is where they were written."""
    try:
        storage = msgspec.convert(dict(values), Storage)
    except msgspec.ValidationError as error:
        raise _unusable(where, str(error)) from None
    check_storage(storage, where)
    return storage


def check_storage(storage: Storage, where: str) -> None:
    """Raise `KfpError` KFP424 if a value cannot be right."""
    if not _BUCKET.fullmatch(storage.bucket) or ".." in storage.bucket:
        raise _unusable(
            where,
            f"{storage.bucket!r} is no name of a bucket - `$.bucket`",
            "3 to 63 small letters, digits, dots and hyphens",
        )
    if storage.endpoint and not _ENDPOINT.fullmatch(storage.endpoint):
        raise _unusable(
            where,
            f"{storage.endpoint!r} is no address of a server - `$.endpoint`",
            "write it as https://host:port; the bucket and its prefix have fields of their own",
        )
    if storage.prefix and (not _PREFIX.fullmatch(storage.prefix) or {".", ".."} & {*storage.prefix.split("/")}):
        raise _unusable(
            where,
            f"{storage.prefix!r} is no prefix - `$.prefix`",
            "letters, digits, dots and hyphens, with single slashes between",
        )
    if storage.secure is not None and storage.endpoint.startswith("http") and "://" in storage.endpoint:
        said = storage.endpoint.startswith("https://")
        if said is not storage.secure:
            raise _unusable(where, f"{storage.endpoint} contradicts secure={storage.secure} - `$.secure`", "give one")


def _unusable(where: str, problem: str, hint: str | None = None) -> KfpError:
    return KfpError("KFP424", f"the object store of {where} is not usable: {problem}", hint=hint)
