"""``jupyter kfp pause RUN``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_kfp.cli.wish_command import WishCommand
from jupyter_kfp.ids import RunId

if TYPE_CHECKING:
    from jupyter_kfp.pipeline_service import PipelineService


class PauseCommand(WishCommand):
    """Start nothing new in a run; tasks that run go on to their end."""

    verb = "pause"
    description = __doc__
    examples = "jupyter kfp pause 3fa2c1d7"
    answer = "Asked run {run} to pause. Let it go on: jupyter kfp resume {run}"

    def wish(self, service: PipelineService, run_id: RunId) -> None:
        """See `PipelineService.pause`."""
        service.pause(run_id)
