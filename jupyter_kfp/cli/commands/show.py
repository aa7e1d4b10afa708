"""``jupyter kfp show RUN``."""

from __future__ import annotations

import shutil
import sys
import time

from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import OneRunCommand
from jupyter_kfp.cli.output import is_terminal, print_json, print_text, use_colour, use_unicode
from jupyter_kfp.cli.run_display import Screen
from jupyter_kfp.cli.run_json import run_json
from jupyter_kfp.cli.run_results import collect_results, view_of
from jupyter_kfp.cli.run_tables import show_lines
from jupyter_kfp.cli.styled_lines import render_lines


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
        width = shutil.get_terminal_size().columns if is_terminal(sys.stdout) else 160
        screen = Screen(width=max(20, width - 1), unicode=use_unicode(sys.stdout))
        lines = show_lines(run, view, results, screen, time.time())
        return print_text(render_lines(lines, colour=use_colour(sys.stdout)))
