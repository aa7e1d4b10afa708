"""``jupyter kfp retry RUN``."""

from __future__ import annotations

from jupyter_kfp.cli.arguments import CommandSyntax
from jupyter_kfp.cli.command import OneRunCommand
from jupyter_kfp.cli.parameters import given_parameters
from jupyter_kfp.cli.run_session import declare_following, follow_unless_detached


class RetryCommand(OneRunCommand):
    """Start a failed or canceled run again, and follow it: finished steps are kept, the others get a new attempt."""

    verb = "retry"
    description = __doc__
    examples = """
        jupyter kfp retry 3fa2c1d7
        jupyter kfp retry 3fa2c1d7 --with n_trees=100
    """

    def declare(self, syntax: CommandSyntax) -> None:
        """Take the run."""
        super().declare(syntax)
        syntax.options.add_argument(
            "--with",
            dest="param",
            metavar="NAME=VALUE",
            action="append",
            default=[],
            help="change a parameter; what read it is done again too; may be repeated",
        )
        syntax.options.add_argument("--detach", action="store_true", help="start the run and leave it to itself")
        declare_following(syntax)

    def execute(self) -> int:
        """Start again, follow, report."""
        values = self.values
        with self.service() as service:
            run_id = service.find_run(values.run).run_id
            run = service.retry(run_id, given_parameters(values.param, None))
            return follow_unless_detached(service, run, values, started=" again")
