"""Signals while a run is followed: seen as flags between two looks at the run, not as exceptions amid a write."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Interrupts:
    """Counts of SIGINT and SIGTERM that nobody has served yet."""

    def __init__(self) -> None:
        self.interrupted = False
        self.terminated = False

    def take_interrupt(self) -> bool:
        """Whether Ctrl-C was pressed since the last call."""
        pressed, self.interrupted = self.interrupted, False
        return pressed

    def on_interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        """Note Ctrl-C; a second one before the first is served breaks out of whatever hangs."""
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True

    def on_terminate(self, _signal: int, _frame: FrameType | None) -> None:
        """Note SIGTERM."""
        self.terminated = True


@contextmanager
def watch_interrupts() -> Iterator[Interrupts]:
    """Take over both signals, and give them back."""
    interrupts = Interrupts()
    before: dict[int, Any] = {
        signal.SIGINT: signal.signal(signal.SIGINT, interrupts.on_interrupt),
        signal.SIGTERM: signal.signal(signal.SIGTERM, interrupts.on_terminate),
    }
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def plain_interrupts() -> Iterator[None]:
    """Let Ctrl-C be `KeyboardInterrupt` while a question waits for its answer."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
