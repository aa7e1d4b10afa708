"""``jupyter kfp resume RUN``."""

from __future__ import annotations

from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import OneRunCommand
from jupyter_kfp.cli.output import print_json, print_text
from jupyter_kfp.cli.run_display import short_id


class ResumeCommand(OneRunCommand):
    """Let a paused run go on."""

    verb = "resume"
    description = __doc__
    examples = "jupyter kfp resume 3fa2c1d7"

    def execute(self) -> int:
        """Leave the wish with the run."""
        with self.service() as service:
            run = service.find_run(self.values.run)
            service.resume(run.run_id)
            run = service.find_run(run.run_id)
        if self.values.json:
            print_json({"run_id": run.run_id, "state": run.state.value})
            return OK
        run_id = short_id(run.run_id)
        return print_text(f"Run {run_id} goes on. Follow it: jupyter kfp attach {run_id}\n")
