"""``python -m jupyter_kfp.worker.import_artifact REQUEST``: bring in what an importer of a pipeline names.

A file or folder of this machine stays where it is; what lies at an http, s3 or minio address is fetched. Any other
address is only registered, as KFP does with all of them: a task that reads it fails, with the reason.
"""

from __future__ import annotations

import os
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from jupyter_kfp.errors import KfpError
from jupyter_kfp.worker.event_writer import tell_failure
from jupyter_kfp.worker.exit_status import EXIT_FAILED
from jupyter_kfp.worker.s3_download import download_from_s3

_TIMEOUT_SECONDS = 60.0
_CHUNK = 1 << 20


class ImportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to bring in, and where to."""

    uri: str
    target: str
    """Folder that takes what is fetched."""
    working_directory: str
    """Where a relative path starts."""
    secrets_file: str
    result: str
    """File that takes the `Imported`."""
    events: str
    """File that takes the reason of a failure."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What was brought in."""

    path: str
    """File or folder; empty: the address is registered and nothing else."""


def import_artifact(request: ImportRequest) -> Imported:
    """Make the content available. Raises `KfpError` KFP398 with the reason if that is not possible."""
    try:
        scheme = urlsplit(request.uri).scheme if "://" in request.uri else ""
    except ValueError as error:
        raise _impossible(request, f"it is no address: {error}") from None
    if scheme in {"", "file"}:
        return Imported(path=str(_local(request, scheme)))
    fetch = _FETCHED.get(scheme)
    return Imported(path="" if fetch is None else str(fetch(request)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a request."""
    (path,) = sys.argv[1:] if arguments is None else arguments
    request = msgspec.json.decode(Path(path).read_bytes(), type=ImportRequest)
    try:
        imported = import_artifact(request)
    except KfpError as error:
        tell_failure(Path(request.events), error, "input-error")
        return EXIT_FAILED
    Path(request.result).write_bytes(msgspec.json.encode(imported))
    return 0


def _local(request: ImportRequest, scheme: str) -> Path:
    text = unquote(urlsplit(request.uri).path) if scheme else os.path.expanduser(request.uri)  # noqa: PTH111 - text
    path = Path(request.working_directory, text)
    if not text or not path.exists():
        raise _impossible(request, "there is no such file or folder on this machine")
    return path


def _from_web(request: ImportRequest) -> Path:
    name = unquote(PurePosixPath(urlsplit(request.uri).path).name) or "content"
    target = Path(request.target, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with urllib.request.urlopen(request.uri, timeout=_TIMEOUT_SECONDS) as answer, target.open("wb") as file:  # noqa: S310 - http and https only
            shutil.copyfileobj(answer, file, _CHUNK)
            expected = answer.headers.get("Content-Length")
            if expected is not None and file.tell() < int(expected):
                raise _impossible(request, f"the connection broke after {file.tell():,} of {int(expected):,} bytes")
    except urllib.error.HTTPError as error:
        raise _impossible(request, f"the server answered {error.code} {error.reason}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise _impossible(request, f"it cannot be fetched: {reason}") from None
    return target


def _from_s3(request: ImportRequest) -> Path:
    return download_from_s3(request.uri, Path(request.target), request.secrets_file)


_FETCHED: dict[str, Callable[[ImportRequest], Path]] = {
    "http": _from_web, "https": _from_web, "s3": _from_s3, "minio": _from_s3,
}  # fmt: skip


def _impossible(request: ImportRequest, problem: str, **details: Any) -> KfpError:
    return KfpError(
        "KFP398",
        f"{request.uri} cannot be imported: {problem}",
        hint="check the address",
        details={"uri": request.uri, **details},
    )


if __name__ == "__main__":
    sys.exit(main())
