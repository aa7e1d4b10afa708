"""Subcommands that ask a run for something: to stop, to pause, to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import OneRunCommand
from jupyter_kfp.cli.output import print_json, print_text
from jupyter_kfp.cli.run_display import short_id
from jupyter_kfp.ids import RunId

if TYPE_CHECKING:
    from jupyter_kfp.pipeline_service import PipelineService


class WishCommand(OneRunCommand):
    """A subcommand that leaves a wish with a run, whose own process obeys a moment later."""

    answer = ""
    """What is printed; ``{run}`` stands for the beginning of the run's id."""

    def wish(self, service: PipelineService, run_id: RunId) -> None:
        """Leave it. Raises `KfpError`."""
        raise NotImplementedError

    def execute(self) -> int:
        """Leave the wish, say where to look."""
        with self.service() as service:
            run = service.find_run(self.values.run)
            self.wish(service, run.run_id)
            run = service.find_run(run.run_id)
        if self.values.json:
            print_json({"run_id": run.run_id, "state": run.state.value})
            return OK
        return print_text(self.answer.format(run=short_id(run.run_id)) + "\n")
