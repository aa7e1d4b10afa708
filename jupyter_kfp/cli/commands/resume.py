"""``jupyter kfp resume RUN``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_kfp.cli.wish_command import WishCommand
from jupyter_kfp.ids import RunId

if TYPE_CHECKING:
    from jupyter_kfp.pipeline_service import PipelineService


class ResumeCommand(WishCommand):
    """Let a paused run go on."""

    verb = "resume"
    description = __doc__
    examples = "jupyter kfp resume 3fa2c1d7"
    answer = "Run {run} goes on. Follow it: jupyter kfp attach {run}"

    def wish(self, service: PipelineService, run_id: RunId) -> None:
        """See `PipelineService.resume`."""
        service.resume(run_id)
