"""``jupyter kfp cancel RUN``."""

from __future__ import annotations

from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import OneRunCommand
from jupyter_kfp.cli.output import print_json, print_text
from jupyter_kfp.cli.run_display import short_id


class CancelCommand(OneRunCommand):
    """Stop a run: its steps get SIGTERM, and SIGKILL after KfpApp.grace_seconds. What succeeded is kept."""

    verb = "cancel"
    description = __doc__
    examples = "jupyter kfp cancel 3fa2c1d7"

    def execute(self) -> int:
        """Leave the wish with the run; it stops a moment later."""
        with self.service() as service:
            run = service.find_run(self.values.run)
            service.cancel(run.run_id)
            run = service.find_run(run.run_id)
        if self.values.json:
            print_json({"run_id": run.run_id, "state": run.state.value})
            return OK
        run_id = short_id(run.run_id)
        return print_text(f"Asked run {run_id} to stop. See how it ends: jupyter kfp attach {run_id}\n")
