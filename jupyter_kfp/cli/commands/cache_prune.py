"""``jupyter kfp cache prune``."""

from __future__ import annotations

import sys
import time

from jupyter_kfp.cli.arguments import CommandSyntax, age
from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import Command
from jupyter_kfp.cli.commands.cache import environment_json, environment_lines
from jupyter_kfp.cli.output import print_json, print_note, print_text, use_colour
from jupyter_kfp.cli.styled_lines import render_lines
from jupyter_kfp.cli.words import counted, size

_UNUSED_SECONDS = 30 * 86_400.0


class CachePruneCommand(Command):
    """Remove environments in which no task has started for a while; those in use stay.

    They are made again when a component needs them.
    """

    verb = "cache prune"
    description = __doc__
    examples = """
        jupyter kfp cache prune --dry-run
        jupyter kfp cache prune --all
    """

    def declare(self, syntax: CommandSyntax) -> None:
        """Take how old, and whether to do it."""
        add = syntax.options.add_argument
        add(
            "--older-than",
            metavar="AGE",
            type=age,
            default=_UNUSED_SECONDS,
            help="last used longer ago than this: 12h, 30d, 8w (default: 30d)",
        )
        add("--all", action="store_true", help="however new they are")
        add("--dry-run", action="store_true", help="say what would be removed, remove nothing")

    def execute(self) -> int:
        """Remove and say what it freed."""
        values = self.values
        since = time.time() - (0.0 if values.all else values.older_than)
        with self.service() as service:
            unused = service.housekeeping.unused_environments(since=since)
            removed = unused if values.dry_run else service.housekeeping.remove_environments(unused)
        freed = sum(stored.size for stored in removed)
        if values.json:
            rows = [environment_json(stored) for stored in removed]
            print_json({"removed": not values.dry_run, "environments": rows, "freed_bytes": freed})
            return OK
        if not removed:
            print_note("There is no environment to remove.")
            return OK
        if values.dry_run:
            print_text(render_lines(environment_lines(removed), colour=use_colour(sys.stdout)))
            print_note(f"Nothing was removed; without --dry-run {size(freed)} would be freed.")
            return OK
        return print_text(f"Removed {counted(len(removed), 'environment')}; {size(freed)} freed.\n")
