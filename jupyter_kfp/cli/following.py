"""Follow a run to its end: events to a display, Ctrl-C to a question, SIGTERM to a detachment."""

from __future__ import annotations

import sys
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from jupyter_kfp.cli.interrupts import Interrupts, plain_interrupts, watch_interrupts
from jupyter_kfp.cli.log_stream import LogStream
from jupyter_kfp.cli.output import print_note
from jupyter_kfp.cli.run_display import short_id
from jupyter_kfp.cli.run_view import RunView
from jupyter_kfp.errors import KfpError
from jupyter_kfp.runs.events import StoredEvent

if TYPE_CHECKING:
    from jupyter_kfp.pipeline_service import PipelineService


class Outcome(Enum):
    """How following ended."""

    FINISHED = "finished"
    DETACHED = "detached"


class RunDisplay(Protocol):
    """Where the news of a run goes."""

    view: RunView

    def take(self, events: list[StoredEvent]) -> None:
        """Show news; called often, also without any."""

    def log_line(self, name: str, line: str) -> None:
        """Show a line that a step printed."""

    def pause(self) -> None:
        """Leave the screen to a question."""

    def close(self) -> None:
        """Leave the last picture."""


class QuietDisplay:
    """Keeps the view and shows nothing, for ``--json``."""

    def __init__(self, view: RunView) -> None:
        self.view = view

    def take(self, events: list[StoredEvent]) -> None:
        """Update the view."""
        self.view.apply_all(events)

    def log_line(self, name: str, line: str) -> None:
        """Show nothing."""

    def pause(self) -> None:
        """Have nothing to clear."""

    def close(self) -> None:
        """Have nothing to leave."""


def follow_run(service: PipelineService, display: RunDisplay, *, stream_logs: bool = False) -> Outcome:
    """Show a run until it ends or the user leaves it."""
    view = display.view
    logs = LogStream(service, view) if stream_logs else None
    with watch_interrupts() as interrupts:
        try:
            for events in service.follow(view.run_id, after_seq=view.last_seq):
                display.take(events)
                if logs is not None:
                    logs.show_news(display.log_line)
                if interrupts.terminated or (
                    interrupts.take_interrupt() and _wants_to_leave(service, display, interrupts)
                ):
                    return _detach(display)
        except KeyboardInterrupt:
            return _detach(display)
        finally:
            display.close()
    return Outcome.FINISHED


def _detach(display: RunDisplay) -> Outcome:
    display.close()
    run = short_id(display.view.run_id)
    print_note(f"Detached; run {run} goes on. Follow it again: jupyter kfp attach {run}")
    return Outcome.DETACHED


def _wants_to_leave(service: PipelineService, display: RunDisplay, interrupts: Interrupts) -> bool:
    """Serve Ctrl-C: ask if somebody is there to answer, else cancel, for a script means to stop what it started."""
    display.pause()
    run = short_id(display.view.run_id)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        print_note(f"Interrupted: canceling run {run}. A second interrupt leaves it to itself.")
        _cancel(service, display)
        return False
    answer = _ask(f"Run {run}: [d]etach, [c]ancel, or go on (Enter)? ")
    interrupts.take_interrupt()
    if answer == "c":
        _cancel(service, display)
    return answer == "d"


def _ask(question: str) -> str:
    """One of ``d``, ``c`` and nothing; a second Ctrl-C and the end of input mean ``d``."""
    with plain_interrupts():
        while True:
            sys.stderr.write(question)
            sys.stderr.flush()
            try:
                line = sys.stdin.readline()
            except KeyboardInterrupt:
                sys.stderr.write("\n")
                return "d"
            if not line:
                return "d"
            answer = line.strip().lower()[:1]
            if answer in {"", "d", "c"}:
                return answer


def _cancel(service: PipelineService, display: RunDisplay) -> None:
    try:
        service.cancel(display.view.run_id)
    except KfpError as error:  # it may have ended meanwhile; the next events tell
        print_note(f"note {error.code}: {error.message}")
