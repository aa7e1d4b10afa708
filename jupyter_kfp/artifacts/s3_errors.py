"""What an object store answers, told to the user: which key, bucket, permission or clock is wrong, and what helps."""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, cast

from minio.error import S3Error
from urllib3.exceptions import HTTPError, NameResolutionError, SSLError

from jupyter_kfp.artifacts.s3_credentials import Credentials
from jupyter_kfp.artifacts.s3_retries import FAILURES, http_status, is_full, is_read_only, is_transient
from jupyter_kfp.errors import KfpError
from jupyter_kfp.targets import Storage

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

_OBJECT = re.compile(r"^(?:<.*?>|HTTPS?Connection(?:Pool)?\(.*?\)): ")


class _Answer(NamedTuple):
    code: str
    problem: str
    hint: str


_WRONG_KEYS = _Answer(
    "KFP425",
    "it does not accept the keys",
    "check the access key and its secret: the environment, the profile or the Secret that the target names",
)
_EXPIRED = _Answer(
    "KFP425", "the session token is not valid, or no longer", "get new temporary keys, all three of them"
)
_ANSWERS = {
    "InvalidAccessKeyId": _WRONG_KEYS,
    "SignatureDoesNotMatch": _WRONG_KEYS,
    "XMinioInvalidAccessKeyId": _WRONG_KEYS,
    "InvalidSecurity": _WRONG_KEYS,
    "ExpiredToken": _EXPIRED,
    "InvalidToken": _EXPIRED,
    "InvalidTokenId": _EXPIRED,
    "NoSuchBucket": _Answer(
        "KFP426", "there is no such bucket", "create it, or correct the field bucket of the target's storage"
    ),
    "RequestTimeTooSkewed": _Answer(
        "KFP428", "the clocks differ too much", "set the clock of this machine (NTP); a quarter of an hour is too much"
    ),
    "AuthorizationHeaderMalformed": _Answer(
        "KFP433", "the region is another one", "set the field region of the target's storage"
    ),
    "PermanentRedirect": _Answer(
        "KFP433", "the bucket is at another address", "set the fields region and endpoint of the target's storage"
    ),
    "PreconditionFailed": _Answer("KFP437", "the object was replaced while it was read", "start again"),
}
_MISSING = frozenset({"NoSuchKey", "NoSuchVersion", "ResourceNotFound"})


class StoreErrors:
    """Turns what requests to one bucket raise into `KfpError`."""

    def __init__(self, storage: Storage, credentials: Credentials) -> None:
        self._storage = storage
        self._redact = credentials.redact

    @contextmanager
    def told(self, action: str, *, key: str = "", writing: bool = False) -> Iterator[None]:
        """Explain what is raised inside; `action` completes the sentence "cannot ...".

        The original is not kept as cause: it holds the headers of requests.
        """
        try:
            yield
        except FAILURES as error:
            raise self._explain(error, action, key, writing=writing) from None

    def _explain(self, error: BaseException, action: str, key: str, *, writing: bool) -> KfpError:
        answer = _answer(error, self._storage, writing=writing)
        where = f"the bucket {self._storage.bucket} at {self._storage.address}"
        details: dict[str, object] = {"bucket": self._storage.bucket, "endpoint": self._storage.address, "key": key}
        if isinstance(error, S3Error):
            details["answer"] = error.code
        message = f"cannot {action}: {where}: {answer.problem}"
        return KfpError(answer.code, self._redact(message), hint=answer.hint or None, details=details)


def is_missing(error: S3Error) -> bool:
    """Whether the object is not there, though the bucket is."""
    return error.code in _MISSING


def refusal_of(code: str | None, message: str | None) -> S3Error:
    """What one answer about many objects says of one of them, as if it were an answer of its own."""
    return S3Error(cast("BaseHTTPResponse", None), code, message, None, None, None)


def _answer(error: BaseException, storage: Storage, *, writing: bool) -> _Answer:
    if isinstance(error, S3Error):
        return _from_server(error, storage, writing=writing)
    if isinstance(error, SSLError):
        return _Answer(
            "KFP430",
            f"no trusted connection: {_reason(error)}",
            "give the certificate of its authority as ca_bundle, or correct the endpoint (http:// or https://)",
        )
    status = http_status(error)
    if status == 507:
        return _full()
    if status is not None:
        return _failing(f"it answered with HTTP status {status}", transient=is_transient(error))
    return _unreachable(error)


def _from_server(error: S3Error, storage: Storage, *, writing: bool) -> _Answer:
    code, status = error.code or "", http_status(error)
    if is_full(error):
        return _full()
    if code == "RequestTimeTooSkewed":
        return _ANSWERS[code]._replace(problem=f"the clocks differ{_difference(error)}")
    if known := _ANSWERS.get(code):
        return known
    if code in _MISSING:
        return _Answer(
            "KFP401", "there is no such object", "it was removed, or never written; run the step that makes it again"
        )
    if is_read_only(error):
        return _Answer("KFP431", "nothing can be written to it", "allow writing, or choose another bucket or prefix")
    if status in (401, 403) or code == "AccessDenied":
        what = "write and delete" if writing else "list and read"
        return _Answer(
            "KFP427",
            f"these keys may not {what.replace(' and ', ' or ')} there ({code or status}: {error.message})",
            f"allow them to {what} below {storage.prefix or 'the whole bucket'}",
        )
    return _failing(f"it answered {code or status}: {error.message}", transient=is_transient(error))


def _difference(error: S3Error) -> str:
    """How far this machine's clock is from the server's, by the date of its answer."""
    said = error.response.headers.get("Date") if error.response is not None else None
    parsed = email.utils.parsedate_to_datetime(said) if said else None
    if parsed is None:
        return " too much"
    seconds = time.time() - parsed.timestamp()
    return f": this machine's is {abs(seconds):.0f} seconds {'ahead' if seconds > 0 else 'behind'}"


def _full() -> _Answer:
    return _Answer("KFP432", "it is full, or its quota is used up", "free space in it, or raise the quota")


def _failing(problem: str, *, transient: bool) -> _Answer:
    if transient:
        return _Answer("KFP434", f"{problem}, again and again", "look at the server's log; run again when it is well")
    return _Answer("KFP435", problem, "check that the endpoint is an S3 server, and look at its log")


def _unreachable(error: BaseException) -> _Answer:
    if isinstance(error, NameResolutionError):
        return _Answer("KFP429", "its name is not known", "correct the endpoint; inside a cluster names differ")
    return _Answer(
        "KFP429",
        f"it cannot be reached: {_reason(error)}",
        "check that the endpoint is right, that the server runs and that no firewall is between",
    )


def _reason(error: BaseException) -> str:
    """The last part of what the HTTP library says, without addresses of objects in memory."""
    text = str(error.args[-1] if isinstance(error, HTTPError) and error.args else error)
    return _OBJECT.sub("", text) or type(error).__name__
