"""Signals while a run is followed."""

import os
import signal
from collections.abc import Callable

import pytest
from played_run import RUN_ID, CommandLine, FakeService


def at_event(number: int, *signals: int) -> Callable[[int], None]:
    """Send signals to this process before an event."""

    def send(seq: int) -> None:
        if seq == number:
            for sent in signals:
                os.kill(os.getpid(), sent)

    return send


def test_an_interrupt_cancels_where_nobody_can_answer(cli: CommandLine, succeeding: FakeService) -> None:
    succeeding.during_follow = at_event(4, signal.SIGINT)
    assert cli("run", "t.yaml") == 0, "the recorded run succeeds all the same"
    assert ("cancel", RUN_ID) in succeeding.calls
    assert "Interrupted: canceling run 3fa2c1d7." in cli.err


def test_a_second_interrupt_detaches(cli: CommandLine, succeeding: FakeService) -> None:
    succeeding.during_follow = at_event(4, signal.SIGINT, signal.SIGINT)
    assert cli("run", "t.yaml") == 130
    assert "Follow it again: jupyter kfp attach 3fa2c1d7" in cli.err


def test_termination_detaches(cli: CommandLine, succeeding: FakeService) -> None:
    succeeding.during_follow = at_event(4, signal.SIGTERM)
    assert cli("run", "t.yaml") == 130
    assert ("cancel", RUN_ID) not in succeeding.calls
    assert "Detached; run 3fa2c1d7 goes on." in cli.err
    assert succeeding.calls[-1] == ("close",)


def test_termination_as_json_still_gives_the_object(cli: CommandLine, succeeding: FakeService) -> None:
    succeeding.during_follow = at_event(4, signal.SIGTERM)
    assert cli("run", "t.yaml", "--json") == 130
    assert cli.json()["run_id"] == RUN_ID


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_handlers_are_given_back(cli: CommandLine, succeeding: FakeService, number: int) -> None:
    before = signal.getsignal(number)
    assert cli("run", "t.yaml") == 0
    assert signal.getsignal(number) is before


def test_leaving_a_log_touches_no_run(cli: CommandLine, succeeding: FakeService) -> None:
    succeeding.during_follow = at_event(4, signal.SIGINT)
    assert cli("logs", "3fa2", "-f") == 130
    assert ("cancel", RUN_ID) not in succeeding.calls
