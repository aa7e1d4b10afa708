"""``logs -f``: print what steps print, until the step or the run ends. Ctrl-C leaves; the run is not touched."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from jupyter_kfp.cli.log_stream import LogStream
from jupyter_kfp.cli.run_view import RunView
from jupyter_kfp.ids import TaskPath
from jupyter_kfp.runs.run import Run
from jupyter_kfp.runs.states import FINISHED

if TYPE_CHECKING:
    from jupyter_kfp.pipeline_service import PipelineService


def follow_logs(service: PipelineService, run: Run, only: TaskPath | None) -> None:
    """Write lines as they come: of one step as they are, of all steps behind their names."""
    view = RunView(run.run_id)
    logs = LogStream(service, view, only)

    def show(name: str, line: str) -> None:
        sys.stdout.write(f"{line}\n" if only is not None else f"{name} | {line}\n")

    def announce(name: str, attempt: int) -> None:
        if attempt > 1:
            sys.stdout.write(f"==> {name} (attempt {attempt}) <==\n")

    for events in service.follow(run.run_id):
        view.apply_all(events)
        logs.show_news(show, announce)
        sys.stdout.flush()
        if only is not None and view.task(only).state in FINISHED:
            break
    logs.show_news(show, announce)
