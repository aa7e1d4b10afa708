"""The log and the events of a worker."""

from __future__ import annotations

import os
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.spec.worker_events import CellStarted, decode_event
from jupyter_kfp.worker.event_writer import EventTail, EventWriter, StepLog

EVENT = CellStarted(at=1.0, cell=3, index=1)


def read_back(texts: list[str]) -> tuple[bytes, bytes]:
    """Write texts with an event after each into one stream; the events' bytes and the rest."""
    reader, writer = os.pipe()
    log = StepLog(writer)
    events = EventWriter(log, None)
    for text in texts:
        log.write(text)
        events.write(EVENT)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        data = file.read()
    record = re.compile(rb"\x1e[^\n]*\n")
    return b"".join(record.findall(data)), record.sub(b"", data)


@given(st.lists(st.text(max_size=20), max_size=10))
def test_events_in_the_log_can_be_taken_out_again(texts: list[str]) -> None:
    events, rest = read_back(texts)
    expected = "".join(texts).replace("\x1e", "\u241e")
    assert rest == expected.encode("utf-8", "backslashreplace")
    lines = events.split(b"\n")[:-1]
    assert [decode_event(line.removeprefix(b"\x1e")) for line in lines] == [EVENT] * len(texts)


def test_a_file_of_events_has_no_marks(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "events"
    writer = EventWriter(StepLog(), path)
    writer.write(EVENT)
    writer.write(EVENT)
    writer.close()
    assert [decode_event(line) for line in path.read_bytes().splitlines()] == [EVENT, EVENT]


def test_a_tail_gives_whole_lines_once(tmp_path: Path) -> None:
    path = tmp_path / "events"
    tail = EventTail(path)
    assert tail.new_lines() == []
    path.write_bytes(b"one\ntw")
    assert tail.new_lines() == [b"one"]
    assert tail.new_lines() == []
    with path.open("ab") as file:
        file.write(b"o\nthree\n")
    assert tail.new_lines() == [b"two", b"three"]
    assert EventTail(path).new_lines() == []
    assert EventTail(path, from_start=True).new_lines() == [b"one", b"two", b"three"]
