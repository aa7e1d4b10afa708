"""Follow a run and tell its end: the common part of ``run``, ``attach`` and ``retry``."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from jupyter_kfp.cli.arguments import CommandSyntax
from jupyter_kfp.cli.boundary import CANCELED, FINDINGS, INTERRUPTED, OK
from jupyter_kfp.cli.displays import choose_display
from jupyter_kfp.cli.following import Outcome, follow_run
from jupyter_kfp.cli.output import print_json, print_text, terminal_width, use_colour
from jupyter_kfp.cli.run_display import short_id
from jupyter_kfp.cli.run_json import run_json
from jupyter_kfp.cli.run_report import report_lines
from jupyter_kfp.cli.run_results import collect_results
from jupyter_kfp.cli.run_view import RunView
from jupyter_kfp.cli.styled_lines import render_lines
from jupyter_kfp.runs.run import Run
from jupyter_kfp.runs.states import RuntimeState

if TYPE_CHECKING:
    from jupyter_kfp.pipeline_service import PipelineService

_EXIT_CODES = {RuntimeState.SUCCEEDED: OK, RuntimeState.CANCELED: CANCELED}


def declare_following(syntax: CommandSyntax) -> None:
    """Options of all commands that follow a run."""
    syntax.options.add_argument(
        "-v", "--logs", action="store_true", help="show what the steps print, behind their names, while they run"
    )


def follow_unless_detached(service: PipelineService, run: Run, values: Namespace, *, started: str) -> int:
    """After a run was started: follow it, or with ``--detach`` only say how; `started` stands behind its id."""
    if not values.detach:
        return follow_and_report(service, run, as_json=values.json, stream_logs=values.logs)
    if values.json:
        print_json(run_json(service, run))
        return OK
    run_id = short_id(run.run_id)
    return print_text(f"Started run {run_id}{started}. Follow it: jupyter kfp attach {run_id}\n")


def follow_and_report(service: PipelineService, run: Run, *, as_json: bool, stream_logs: bool) -> int:
    """Show the run until it ends, then its results; returns the exit code."""
    view = RunView(run.run_id, name=run.name, pipeline=run.pipeline, experiment=run.experiment)
    outcome = follow_run(service, choose_display(view, quiet=as_json), stream_logs=stream_logs and not as_json)
    if as_json:
        print_json(run_json(service, service.find_run(run.run_id)))
    if outcome is Outcome.DETACHED:
        return INTERRUPTED
    if not as_json:
        lines = report_lines(view, collect_results(service, view), terminal_width())
        sys.stdout.write(render_lines(lines, colour=use_colour(sys.stdout)))
    return _EXIT_CODES.get(view.state, FINDINGS)
