"""``jupyter kfp cancel RUN``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_kfp.cli.wish_command import WishCommand
from jupyter_kfp.ids import RunId

if TYPE_CHECKING:
    from jupyter_kfp.pipeline_service import PipelineService


class CancelCommand(WishCommand):
    """Stop a run: its steps get SIGTERM, and SIGKILL after KfpApp.grace_seconds. What succeeded is kept."""

    verb = "cancel"
    description = __doc__
    examples = "jupyter kfp cancel 3fa2c1d7"
    answer = "Asked run {run} to stop. See how it ends: jupyter kfp attach {run}"

    def wish(self, service: PipelineService, run_id: RunId) -> None:
        """See `PipelineService.cancel`."""
        service.cancel(run_id)
