"""A run as lines, one per change."""

import time

import pytest
from played_run import RUN_ID, STARTED, TRAIN, stored

from jupyter_kfp.cli.plain_lines import PROGRESS_EVERY, PlainLines
from jupyter_kfp.cli.run_view import RunView
from jupyter_kfp.runs.events import NoteAdded, RunEvent, TaskProgressed


def lines_of(events: list[RunEvent]) -> list[str]:
    lines = PlainLines(RunView(RUN_ID))
    return [line for event in stored(events) for line in lines.take(event)]


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def test_a_good_run(succeeding_events: list[RunEvent]) -> None:
    assert lines_of(succeeding_events) == [
        "nightly: run 3fa2c1d7 of models, 3 steps, experiment Default",
        "22:13:20  prepare      Cached     same as run 81cc",
        "22:13:20  Train model  Running",
        "22:13:32  Train model  Running    3/5, cell 8  12 s",
        "22:13:33  Train model  Succeeded  13 s",
        "22:13:33  compare      Running",
        "22:13:33  compare      Succeeded  0.4 s",
        "22:13:33  run 3fa2c1d7 succeeded, 3 of 3 steps done, 14 s",
    ]


def test_a_failed_run(failing_events: list[RunEvent]) -> None:
    assert lines_of(failing_events)[4:] == [
        "22:13:33  Train model  Retrying   in 2 s",
        "22:13:35  Train model  Running    attempt 2",
        "22:13:36  Train model  Failed     1.0 s  attempt 2, cell 7, line 2: ValueError: no rows",
        "22:13:36  compare      Not run    Train model failed",
        "22:13:36  run 3fa2c1d7 failed, 1 of 3 steps succeeded, 16 s",
    ]


def test_cells_are_told_now_and_then_only(succeeding_events: list[RunEvent]) -> None:
    ticks: list[RunEvent] = [
        TaskProgressed(at=STARTED + 1 + tick / 10, path=TRAIN, attempt=1, done=tick, total=300, cell=tick)
        for tick in range(300)
    ]
    told = lines_of([*succeeding_events[:4], *ticks])[3:]
    assert len(told) == int(30 / PROGRESS_EVERY)


def test_notes_are_told(succeeding_events: list[RunEvent]) -> None:
    assert lines_of([*succeeding_events[:2], NoteAdded(at=STARTED, text="resumed")])[-1] == "22:13:20  note: resumed"
