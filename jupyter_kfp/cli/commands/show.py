"""``jupyter kfp show RUN``."""

from __future__ import annotations

import sys
import time

from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import OneRunCommand
from jupyter_kfp.cli.output import print_json, print_text, terminal_width, use_colour, use_unicode
from jupyter_kfp.cli.run_display import Screen
from jupyter_kfp.cli.run_json import run_json
from jupyter_kfp.cli.run_results import collect_results, view_of
from jupyter_kfp.cli.run_tables import show_lines
from jupyter_kfp.cli.styled_lines import render_lines

_WIDE = 200
"""Columns where there is no terminal."""


class ShowCommand(OneRunCommand):
    """Show a run as far as it has come: steps, parameters, metrics, artifacts, errors."""

    verb = "show"
    description = __doc__
    examples = """
        jupyter kfp show 3fa2c1d7
        jupyter kfp show 3fa2c1d7 --json
    """

    def execute(self) -> int:
        """Print it; 0 also if the run failed."""
        with self.service() as service:
            run = service.find_run(self.values.run)
            if self.values.json:
                print_json(run_json(service, run))
                return OK
            view = view_of(service, run)
            results = collect_results(service, view)
        screen = Screen(width=terminal_width() or _WIDE, unicode=use_unicode(sys.stdout))
        lines = show_lines(run, view, results, screen, time.time())
        return print_text(render_lines(lines, colour=use_colour(sys.stdout)))
