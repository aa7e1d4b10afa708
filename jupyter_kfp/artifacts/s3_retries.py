"""Asking a server again when it, or the way to it, failed for a moment."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from http.client import HTTPException
from typing import TypeVar
from xml.etree.ElementTree import ParseError

from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from urllib3.exceptions import HTTPError, LocationParseError, LocationValueError, SSLError

from jupyter_kfp.artifacts.bucket_values import Patience

_T = TypeVar("_T")

FAILURES = (MinioException, HTTPError, HTTPException, ConnectionError, TimeoutError, ParseError)
"""What a request may raise."""
_FULL = frozenset({"QuotaExceeded", "XMinioAdminBucketQuotaExceeded", "XMinioStorageFull", "InsufficientStorage"})
_READ_ONLY = frozenset({"MethodNotAllowed", "ObjectLocked", "InvalidObjectState", "XMinioReadOnly"})
_TRANSIENT = frozenset(
    {"SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "OperationAborted", "TooManyRequests"}
)
_LONGEST_PAUSE = 5.0
# What servers over a file system say of it within an "internal error".
_DISK_FULL = ("no space left", "quota exceeded")
_DISK_READ_ONLY = "read-only file system"


class Retries:
    """Calls a request until it gives an answer or patience ends. Safe to use from several threads.

    `clock` and `sleep` are given by tests.
    """

    def __init__(
        self,
        patience: Patience,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._patience = patience
        self._clock = clock
        self._sleep = sleep
        # A generator of its own: the user's random numbers stay as they are.
        self._random = random.Random()  # noqa: S311 - spreads pauses
        self._answered = False

    def call(self, request: Callable[[], _T], progress: Callable[[], int] | None = None) -> _T:
        """The answer. What ends patience, or would come again, is raised as it came.

        With `progress` patience begins anew when the number that it gives has changed since the last failure.
        """
        began, failures, reached = self._clock(), 0, progress() if progress else 0
        while True:
            try:
                answer = request()
            except FAILURES as error:
                self._answered = self._answered or isinstance(error, S3Error)
                if not is_transient(error):
                    raise
                if progress and progress() != reached:
                    began, failures, reached = self._clock(), 0, progress()
                pause = min(0.1 * 2**failures, _LONGEST_PAUSE) * self._random.uniform(0.5, 1.0)
                limit = self._patience.later if self._answered else self._patience.first
                if self._clock() + pause - began > limit:
                    raise
                self._sleep(pause)
                failures += 1
            else:
                self._answered = True
                return answer


def is_transient(error: BaseException) -> bool:
    """Whether the same request may well succeed a little later."""
    status = http_status(error)
    if isinstance(error, S3Error):
        busy = status is not None and (status >= 500 or status == 429) and status not in (501, 507)
        return (busy or error.code in _TRANSIENT) and not (is_full(error) or is_read_only(error))
    if status is not None:
        return (status >= 500 and status not in (501, 507)) or status == 429
    return isinstance(error, FAILURES) and not (
        isinstance(error, LocationParseError | LocationValueError) or _is_distrust(error)
    )


def is_full(error: S3Error) -> bool:
    """Whether there is no room in the bucket, by its quota or by the server's disk."""
    said = (error.message or "").lower()
    return error.code in _FULL or http_status(error) == 507 or any(words in said for words in _DISK_FULL)


def is_read_only(error: S3Error) -> bool:
    """Whether nobody may write there."""
    return error.code in _READ_ONLY or _DISK_READ_ONLY in (error.message or "").lower()


def http_status(error: BaseException) -> int | None:
    """Status of the answer that an error came with."""
    if isinstance(error, S3Error):
        return error.response.status if error.response is not None else None
    if isinstance(error, ServerError):
        return error.status_code
    if isinstance(error, InvalidResponseError):
        return int(error.args[0].partition("Response code: ")[2].partition(",")[0])
    return None


def _is_distrust(error: BaseException) -> bool:
    """A certificate that is not trusted, or no TLS at all on the other side; a connection cut while greeting is not."""
    text = str(error)
    return isinstance(error, SSLError) and ("CERTIFICATE" in text.upper() or "WRONG_VERSION" in text or "ALERT" in text)
