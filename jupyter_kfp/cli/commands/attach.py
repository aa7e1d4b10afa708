"""``jupyter kfp attach RUN``."""

from __future__ import annotations

from jupyter_kfp.cli.arguments import CommandSyntax
from jupyter_kfp.cli.command import OneRunCommand
from jupyter_kfp.cli.run_session import declare_following, follow_and_report


class AttachCommand(OneRunCommand):
    """Follow a run that was started before, as `jupyter kfp run` does; of an ended run, show its end."""

    verb = "attach"
    description = __doc__
    examples = "jupyter kfp attach 3fa2c1d7"

    def declare(self, syntax: CommandSyntax) -> None:
        """Take the run."""
        super().declare(syntax)
        declare_following(syntax)

    def execute(self) -> int:
        """Follow, report."""
        with self.service() as service:
            run = service.find_run(self.values.run)
            return follow_and_report(service, run, as_json=self.values.json, stream_logs=self.values.logs)
