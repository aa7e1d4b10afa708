"""How long, and after which failures, a server is asked again; on a clock of the tests' own."""

from __future__ import annotations

import pytest
from urllib3.exceptions import LocationParseError, ProtocolError, SSLError

from jupyter_kfp.artifacts.bucket_values import Patience
from jupyter_kfp.artifacts.s3_errors import refusal_of
from jupyter_kfp.artifacts.s3_retries import Retries


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def retries(clock) -> Retries:
    return Retries(Patience(first=10.0, later=90.0), clock=lambda: clock.now, sleep=clock.sleep)


def failing() -> None:
    raise ProtocolError("cut")


def test_patience_is_short_until_the_server_answered(retries, clock):
    with pytest.raises(ProtocolError):
        retries.call(failing)
    assert 4 < clock.now <= 10
    retries.call(lambda: None)
    clock.now = 0.0
    with pytest.raises(ProtocolError):
        retries.call(failing)
    assert 84 < clock.now <= 90


def test_pauses_grow_to_some_seconds(retries, clock):
    retries.call(lambda: None)
    with pytest.raises(ProtocolError):
        retries.call(failing)
    assert clock.pauses[0] <= 0.1
    assert max(clock.pauses) <= 5
    assert len(clock.pauses) < 40


@pytest.mark.parametrize(
    "error",
    [
        refusal_of("AccessDenied", "no"),
        refusal_of("InternalError", "cause(read-only file system)"),
        refusal_of("InternalError", "cause(no space left on device)"),
        SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"),
        LocationParseError("where"),
    ],
    ids=str,
)
def test_what_would_come_again_is_raised_at_once(retries, clock, error):
    def call() -> None:
        raise error

    with pytest.raises(type(error)):
        retries.call(call)
    assert clock.pauses == []


def test_what_moves_on_is_not_given_up(retries, clock):
    reached = 0

    def crawl() -> str:
        nonlocal reached
        clock.sleep(8.0)
        reached += 1
        if reached < 50:
            raise ProtocolError("cut again")
        return "done"

    assert retries.call(crawl, progress=lambda: reached) == "done"
    assert clock.now > 400


def test_faults_of_ours_are_not_repeated(retries, clock):
    with pytest.raises(ZeroDivisionError):
        retries.call(lambda: 1 / 0)
    assert clock.pauses == []
