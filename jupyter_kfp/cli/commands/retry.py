"""``jupyter kfp retry RUN``."""

from __future__ import annotations

from jupyter_kfp.cli.arguments import CommandSyntax
from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import OneRunCommand
from jupyter_kfp.cli.output import print_json, print_text
from jupyter_kfp.cli.run_display import short_id
from jupyter_kfp.cli.run_json import run_json
from jupyter_kfp.cli.run_session import declare_following, follow_and_report


class RetryCommand(OneRunCommand):
    """Start a failed or canceled run again, and follow it: finished steps are kept, the others get a new attempt."""

    verb = "retry"
    description = __doc__
    examples = "jupyter kfp retry 3fa2c1d7"

    def declare(self, syntax: CommandSyntax) -> None:
        """Take the run."""
        super().declare(syntax)
        syntax.options.add_argument("--detach", action="store_true", help="start the run and leave it to itself")
        declare_following(syntax)

    def execute(self) -> int:
        """Start again, follow, report."""
        values = self.values
        with self.service() as service:
            run = service.retry(service.find_run(values.run).run_id)
            if not values.detach:
                return follow_and_report(service, run, as_json=values.json, stream_logs=values.logs)
            if values.json:
                print_json(run_json(service, run))
                return OK
        run_id = short_id(run.run_id)
        return print_text(f"Started run {run_id} again. Follow it: jupyter kfp attach {run_id}\n")
