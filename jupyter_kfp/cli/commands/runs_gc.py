"""``jupyter kfp runs gc``."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from jupyter_kfp.cli.arguments import CommandSyntax, age, age_text, whole_number
from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import Command
from jupyter_kfp.cli.output import print_json, print_note, print_text, terminal_width, use_colour
from jupyter_kfp.cli.run_json import run_row
from jupyter_kfp.cli.run_tables import runs_table
from jupyter_kfp.cli.styled_lines import render_lines
from jupyter_kfp.cli.words import counted, size
from jupyter_kfp.ids import Digest
from jupyter_kfp.runs.retention import Retention
from jupyter_kfp.runs.run import Run


class RunsGcCommand(Command):
    """Delete old runs, and artifacts that nothing refers to. Without --yes it only says what it would delete.

    A run is deleted if neither --older-than nor --keep keeps it; without both only artifacts of nobody are. Runs that
    go on are never touched.
    """

    verb = "runs gc"
    description = __doc__
    examples = """
        jupyter kfp runs gc --older-than 30d
        jupyter kfp runs gc --older-than 30d --keep 5 --yes
    """

    def declare(self, syntax: CommandSyntax) -> None:
        """Take the rules."""
        add = syntax.options.add_argument
        add("--older-than", metavar="AGE", type=age, help="delete runs that ended longer ago: 12h, 30d, 8w")
        add("--keep", metavar="N", type=whole_number(0), help="of each pipeline keep the N newest finished runs")
        add("-y", "--yes", action="store_true", help="delete, instead of saying what would be deleted")

    def execute(self) -> int:
        """Find, and delete if so wished."""
        values = self.values
        retention = Retention(older_than=values.older_than, keep=values.keep)
        with self.service() as service:
            housekeeping = service.housekeeping
            runs = housekeeping.collectable_runs(retention, time.time())
            freed = sum(service.delete(run.run_id) for run in runs) if values.yes else 0
            orphans = housekeeping.unreferenced_artifacts()
            found = housekeeping.size(orphans or ())
            if values.yes:
                freed += housekeeping.remove_artifacts(orphans or ())
        if values.json:
            print_json(
                {
                    "deleted": values.yes,
                    "runs": [run_row(run) for run in runs],
                    "artifacts": orphans,
                    "freed_bytes": freed if values.yes else None,
                }
            )
            return OK
        if values.yes:
            return print_text(f"Deleted {_what(runs, orphans)}; {size(freed)} freed.\n")
        return self._say_what_would_go(runs, orphans, found)

    def _say_what_would_go(self, runs: Sequence[Run], orphans: Sequence[Digest] | None, found: int) -> int:
        if runs:
            lines = runs_table(runs, time.time(), terminal_width())
            print_text(render_lines(lines, colour=use_colour(sys.stdout)))
        if orphans is None:
            print_note("Artifacts that nothing refers to are looked for when no run is going on.")
        elif orphans:
            print_text(f"{counted(len(orphans), 'artifact')} that nothing refers to, {size(found)}.\n")
        if not runs and not orphans:
            print_note("There is nothing to delete.")
            return OK
        command = " ".join(["jupyter kfp", self.verb, *self._rules(), "--yes"])
        print_note(f"Nothing was deleted. To delete {_what(runs, orphans)}: {command}")
        return OK

    def _rules(self) -> list[str]:
        values = self.values
        rules = ["--older-than", age_text(values.older_than)] if values.older_than is not None else []
        return [*rules, "--keep", str(values.keep)] if values.keep is not None else rules


def _what(runs: Sequence[Run], orphans: Sequence[Digest] | None) -> str:
    return f"{counted(len(runs), 'run')} and {counted(len(orphans or ()), 'artifact')} of nobody"
