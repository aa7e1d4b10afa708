"""``jupyter kfp plan NB_OR_YAML``."""

from __future__ import annotations

import sys

from jupyter_kfp.cli.arguments import CommandSyntax
from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import Command
from jupyter_kfp.cli.output import print_json, print_text, terminal_width, use_colour, use_unicode
from jupyter_kfp.cli.plan_display import plan_lines
from jupyter_kfp.cli.run_inputs import declare_run, declare_source, load_pipeline, resolved_parameters, run_options
from jupyter_kfp.cli.styled_lines import render_lines


class PlanCommand(Command):
    """Say what a run would do with each step, and why; runs nothing."""

    verb = "plan"
    description = __doc__
    examples = "jupyter kfp plan train.ipynb -p n_trees=500"

    def declare(self, syntax: CommandSyntax) -> None:
        """Take what a run takes."""
        declare_source(syntax)
        declare_run(syntax)

    def execute(self) -> int:
        """Print one line per step."""
        with self.service() as service:
            pipeline = load_pipeline(service, self.values, recall=not self.values.no_cache)
            parameters = resolved_parameters(service, pipeline, self.values)
            planned = service.plan(pipeline, parameters, run_options(self.values))
        if self.values.json:
            tasks = {task.path: {"name": task.name, "action": task.action, "why": task.why} for task in planned}
            print_json({"pipeline": pipeline.spec.pipeline_info.name, "parameters": parameters, "tasks": tasks})
            return OK
        lines = plan_lines(planned, unicode=use_unicode(sys.stdout), width=terminal_width())
        return print_text(render_lines(lines, colour=use_colour(sys.stdout)))
