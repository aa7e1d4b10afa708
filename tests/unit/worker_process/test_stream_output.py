"""Output of a cell within bounds."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_kfp.worker import stream_output
from jupyter_kfp.worker.stream_output import CellStreams

Pieces = list[tuple[str, str]]
pieces = st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.text(max_size=30)), max_size=30)


def collect(chunks: Pieces) -> list[Any]:
    outputs: list[Any] = []
    streams = CellStreams()
    for name, text in chunks:
        streams.add(outputs, name, text)
    streams.finish(outputs)
    return outputs


@given(pieces)
def test_within_the_bounds_nothing_is_lost(chunks: Pieces) -> None:
    chunks = [(name, text.replace("\r", "")) for name, text in chunks]
    outputs = collect(chunks)
    assert "".join(output.text for output in outputs) == "".join(text for _, text in chunks)
    names = [output.name for output in outputs]
    assert all(one != other for one, other in pairwise(names))


@given(pieces)
def test_beyond_the_bounds_start_and_end_are_kept(chunks: Pieces) -> None:
    chunks = [(name, text.replace("\r", "")) for name, text in chunks]
    whole = "".join(text for _, text in chunks)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream_output, "HEAD_LIMIT", 40)
        patch.setattr(stream_output, "TAIL_LIMIT", 25)
        kept = "".join(output.text for output in collect(chunks))
    if len(whole) <= 65:
        assert kept == whole
    else:
        start, note, end = kept.partition("\n… ")
        assert start == whole[:40]
        assert note
        assert end.endswith(whole[-25:])


def test_progress_bars_leave_their_last_state() -> None:
    chunks = [("stderr", f"\r{percent}%") for percent in range(0, 101, 10)]
    (output,) = collect([*chunks, ("stderr", "\r\ndone\n")])
    assert output.text == "100%\ndone\n"


def test_an_output_between_stays_between() -> None:
    outputs: list[Any] = []
    streams = CellStreams()
    streams.add(outputs, "stdout", "a")
    outputs.append({"output_type": "display_data"})
    streams.add(outputs, "stdout", "b")
    streams.add(outputs, "stdout", "c")
    streams.finish(outputs)
    assert [output.get("text") for output in outputs] == ["a", None, "bc"]


def test_a_save_in_between_shows_what_has_come() -> None:
    outputs: list[Any] = []
    streams = CellStreams()
    for text in ("a", "b"):
        streams.add(outputs, "stdout", text)
    streams.settle()
    assert outputs[0].text == "ab"
    streams.add(outputs, "stdout", "c")
    streams.finish(outputs)
    assert outputs[0].text == "abc"


def test_cleared_output_starts_anew() -> None:
    outputs: list[Any] = []
    streams = CellStreams()
    streams.add(outputs, "stdout", "old")
    outputs.clear()
    streams.clear()
    streams.add(outputs, "stdout", "new")
    streams.finish(outputs)
    assert [output.text for output in outputs] == ["new"]
