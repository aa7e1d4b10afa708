"""``jupyter kfp delete RUN``."""

from __future__ import annotations

import sys

from jupyter_kfp.cli.arguments import CommandSyntax
from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import OneRunCommand
from jupyter_kfp.cli.output import print_json, print_note, print_text
from jupyter_kfp.cli.run_display import short_id
from jupyter_kfp.cli.words import size
from jupyter_kfp.errors import KfpError
from jupyter_kfp.runs.run import Run


class DeleteCommand(OneRunCommand):
    """Delete a run, its logs, and the artifacts that no other run uses. It cannot be undone."""

    verb = "delete"
    description = __doc__
    examples = "jupyter kfp delete 3fa2c1d7 --yes"

    def declare(self, syntax: CommandSyntax) -> None:
        """Take the run."""
        super().declare(syntax)
        syntax.options.add_argument("-y", "--yes", action="store_true", help="do not ask")

    def execute(self) -> int:
        """Ask, delete, say what it freed."""
        with self.service() as service:
            run = service.find_run(self.values.run)
            if not self.values.yes and not self._confirmed(run):
                print_note("Nothing was deleted.")
                return OK
            freed = service.delete(run.run_id)
        if self.values.json:
            print_json({"run_id": run.run_id, "freed_bytes": freed})
            return OK
        return print_text(f"Deleted run {short_id(run.run_id)}; {size(freed)} freed.\n")

    def _confirmed(self, run: Run) -> bool:
        if self.values.json or not sys.stdin.isatty():
            hint = f"{self.title} {self.values.run} --yes deletes without a question."
            raise KfpError("KFP263", "a deletion must be confirmed, and nobody is there to answer", hint=hint)
        sys.stderr.write(f"Delete run {short_id(run.run_id)} ({run.name}, {run.state.value.lower()})? [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}
