"""``jupyter kfp cache``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_kfp.cli.arguments import CommandSyntax
from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import Command
from jupyter_kfp.cli.output import print_json, print_note, print_text, use_colour
from jupyter_kfp.cli.run_tables import day_and_time
from jupyter_kfp.cli.styled_lines import Line, fit, printable, render_lines, table
from jupyter_kfp.cli.words import size

if TYPE_CHECKING:
    from jupyter_kfp.housekeeping import StoredEnvironment

_KEY_COLUMNS = 8
_PACKAGES_COLUMNS = 60


class CacheCommand(Command):
    """List the environments that were made for packages_to_install, the longest unused first."""

    verb = "cache"
    description = __doc__
    examples = """
        jupyter kfp cache
        jupyter kfp cache prune --older-than 30d
    """

    def declare(self, syntax: CommandSyntax) -> None:
        """Take nothing."""

    def execute(self) -> int:
        """Print a table."""
        with self.service() as service:
            environments = service.housekeeping.environments()
        if self.values.json:
            print_json({"environments": [environment_json(stored) for stored in environments]})
            return OK
        if not environments:
            print_note("No environments yet: a component with packages_to_install makes one.")
            return OK
        return print_text(render_lines(environment_lines(environments), colour=use_colour(sys.stdout)))


def environment_lines(environments: Sequence[StoredEnvironment]) -> list[Line]:
    """One row for each."""
    rows = [
        [
            stored.key[:_KEY_COLUMNS],
            size(stored.size),
            day_and_time(stored.used_at),
            fit(printable(", ".join(stored.packages)), _PACKAGES_COLUMNS),
        ]
        for stored in environments
    ]
    return table(("Environment", "Size", "Last used", "Packages"), rows, right=frozenset({1}))


def environment_json(stored: StoredEnvironment) -> dict[str, object]:
    """The same for programs; times are seconds since the epoch."""
    return {"key": stored.key, "packages": stored.packages, "size": stored.size, "used_at": stored.used_at}
