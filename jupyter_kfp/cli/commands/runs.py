"""``jupyter kfp runs``."""

from __future__ import annotations

import sys
import time

from jupyter_kfp.cli.arguments import CommandSyntax, whole_number
from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import Command
from jupyter_kfp.cli.output import print_json, print_note, print_text, terminal_width, use_colour
from jupyter_kfp.cli.run_json import run_row
from jupyter_kfp.cli.run_tables import runs_table
from jupyter_kfp.cli.styled_lines import render_lines
from jupyter_kfp.runs.states import RuntimeState


class RunsCommand(Command):
    """List runs, newest first."""

    verb = "runs"
    description = __doc__
    examples = "jupyter kfp runs --experiment Default --state failed --limit 5"

    def declare(self, syntax: CommandSyntax) -> None:
        """Take the filters."""
        add = syntax.options.add_argument
        add("--experiment", metavar="NAME", help="only runs of this experiment")
        states = [state.value.lower() for state in RuntimeState if state is not RuntimeState.SKIPPED]
        add(
            "--state",
            action="append",
            default=[],
            type=str.lower,
            choices=states,
            help="only runs in this state; may be repeated",
        )
        add("--limit", metavar="N", type=whole_number(1), default=20, help="at most N runs (default: 20)")

    def execute(self) -> int:
        """Print a table."""
        values = self.values
        states = [RuntimeState(state.upper()) for state in values.state]
        with self.service() as service:
            runs = service.list_runs(experiment=values.experiment, states=states, limit=values.limit)
        if values.json:
            print_json({"runs": [run_row(run) for run in runs]})
            return OK
        if not runs:
            filtered = values.experiment is not None or values.state
            print_note("No such runs." if filtered else "No runs yet. Start one: jupyter kfp run NOTEBOOK")
            return OK
        return print_text(render_lines(runs_table(runs, time.time(), terminal_width()), colour=use_colour(sys.stdout)))
