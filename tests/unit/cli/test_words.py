"""Words of states, durations, sizes, numbers."""

import pytest

from jupyter_kfp.cli.words import _BY_REASON, _BY_STATE, REASON_TEXT, duration, number, size, state_word
from jupyter_kfp.runs.states import Reason, RuntimeState


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (0.42, "0.4 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (12.4, "12 s"),
        (59.6, "1 min"),
        (100, "1 min 40 s"),
        (3599.7, "1 h"),
        (7500, "2 h 5 min"),
        (-1, "0.0 s"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1 << 20, "1.0 MiB"),
        (3 << 40, "3.0 TiB"),
        (5 << 50, "5120.0 TiB"),
    ],
)
def test_size(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (0.123456789, "0.123457"),
        (1e20, "1e+20"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (-2.5, "-2.5"),
    ],
)
def test_number(value: float, text: str) -> None:
    assert number(value) == text


def test_every_state_and_reason_has_words() -> None:
    assert all(state_word(state).word for state in RuntimeState)
    assert set(REASON_TEXT) == set(Reason)


def test_shapes_differ_not_only_colours() -> None:
    words = {word.word: word for word in [*_BY_STATE.values(), *_BY_REASON.values()]}
    icons = {"Canceling": "Canceled", "Reused": "Cached"}  # same shape on purpose: the same thing, a moment apart
    shapes = {word.icon for name, word in words.items() if name not in icons}
    assert len(shapes) == len(words) - len(icons)
