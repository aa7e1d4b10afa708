"""Where the news of a run goes: a live picture on a terminal, plain lines anywhere else."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

from jupyter_kfp.cli.following import QuietDisplay, RunDisplay
from jupyter_kfp.cli.output import is_terminal, use_colour, use_unicode
from jupyter_kfp.cli.plain_lines import PlainLines
from jupyter_kfp.cli.run_display import Screen, run_lines
from jupyter_kfp.cli.run_view import RunView
from jupyter_kfp.cli.styled_lines import as_ansi, as_text, render_lines
from jupyter_kfp.runs.events import StoredEvent

if TYPE_CHECKING:
    from rich.live import Live

_FRAME_SECONDS = 0.1
# A cached run ends before this: its picture is drawn once, and rich is not even imported.
_FIRST_FRAME_SECONDS = 0.25


def choose_display(view: RunView, *, quiet: bool) -> RunDisplay:
    """The display that stdout can have."""
    if quiet:
        return QuietDisplay(view)
    return LiveDisplay(view) if is_terminal(sys.stdout) else PlainDisplay(view)


class PlainDisplay:
    """One line per change."""

    def __init__(self, view: RunView) -> None:
        self.view = view
        self._lines = PlainLines(view)

    def take(self, events: list[StoredEvent]) -> None:
        """Write the lines."""
        lines = [line for event in events for line in self._lines.take(event)]
        if lines:
            sys.stdout.write("".join(f"{line}\n" for line in lines))
            sys.stdout.flush()

    def log_line(self, name: str, line: str) -> None:
        """Write it behind the step's name."""
        sys.stdout.write(f"{name} | {line}\n")
        sys.stdout.flush()

    def pause(self) -> None:
        """Lines need no clearing."""

    def close(self) -> None:
        """Lines need no last picture."""


class LiveDisplay:
    """A picture that is drawn again in place, at most ten times a second."""

    def __init__(self, view: RunView) -> None:
        self.view = view
        self._live: Live | None = None
        self._began = time.monotonic()
        self._drawn = 0.0
        self._closed = False

    def take(self, events: list[StoredEvent]) -> None:
        """Update the view and draw if it is time to."""
        self.view.apply_all(events)
        now = time.monotonic()
        if now - self._began >= _FIRST_FRAME_SECONDS and now - self._drawn >= _FRAME_SECONDS:
            self._drawn = now
            self._draw()

    def log_line(self, name: str, line: str) -> None:
        """Write a line above the picture."""
        text = f"{name} | {line}"
        if self._live is None:
            sys.stdout.write(f"{text}\n")
            return
        from rich.text import Text

        self._live.console.print(Text.from_ansi(text), soft_wrap=True, highlight=False)

    def pause(self) -> None:
        """Erase the picture; the next news draws it again below."""
        self._erase()

    def close(self) -> None:
        """Replace the picture by its last version, in full length."""
        if self._closed:
            return
        self._closed = True
        self._erase()
        lines = run_lines(self.view, _screen(whole=True), time.time())
        sys.stdout.write(render_lines(lines, colour=use_colour(sys.stdout)))
        sys.stdout.flush()

    def _erase(self) -> None:
        if self._live is not None:
            self._live.transient = True
            self._live.stop()
            self._live = None

    def _draw(self) -> None:
        from rich.text import Text

        if self._live is None:
            self._live = _new_live()
        lines = run_lines(self.view, _screen(whole=False), time.time())
        write = as_ansi if use_colour(sys.stdout) else as_text
        self._live.update(Text.from_ansi("\n".join(write(line) for line in lines), no_wrap=True, overflow="crop"))
        self._live.refresh()


def _new_live() -> Live:
    from rich.console import Console
    from rich.live import Live

    console = Console(file=sys.stdout, highlight=False, soft_wrap=False)
    live = Live(console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
    live.start()
    return live


def _screen(*, whole: bool) -> Screen:
    columns, lines = shutil.get_terminal_size()
    return Screen(width=max(20, columns - 1), height=None if whole else lines, unicode=use_unicode(sys.stdout))
