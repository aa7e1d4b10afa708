"""``jupyter kfp run NB_OR_YAML``."""

from __future__ import annotations

from jupyter_kfp.cli.arguments import CommandSyntax
from jupyter_kfp.cli.command import Command
from jupyter_kfp.cli.run_inputs import declare_run, declare_source, load_pipeline, resolved_parameters, run_options
from jupyter_kfp.cli.run_session import declare_following, follow_unless_detached


class RunCommand(Command):
    """Run a notebook or a compiled pipeline on this machine, and follow it.

    The run has a process of its own: it goes on when this command is left. Ctrl-C asks whether to leave or to cancel
    it; where nobody can answer, SIGINT cancels it. SIGTERM leaves it.
    """

    verb = "run"
    description = __doc__
    examples = """
        jupyter kfp run train.ipynb -p n_trees=500 -p 'columns=["a", "b"]'
        jupyter kfp run train.ipynb --params-file params.yaml --detach
        jupyter kfp run train.pipeline.yaml --json
    """

    def declare(self, syntax: CommandSyntax) -> None:
        """Take the source, parameters, selection, names."""
        declare_source(syntax)
        declare_run(syntax)
        add = syntax.options.add_argument
        add(
            "--experiment",
            metavar="NAME",
            default="Default",
            help="put the run into this experiment (default: Default)",
        )
        add("--name", default="", help="name of the run (default: made from the pipeline's)")
        add("--detach", action="store_true", help="start the run and leave it to itself")
        declare_following(syntax)

    def execute(self) -> int:
        """Start, follow, report."""
        values = self.values
        with self.service() as service:
            service.expect_run()
            pipeline = load_pipeline(service, values, recall=not values.no_cache)
            parameters = resolved_parameters(service, pipeline, values)
            options = run_options(values)
            run = service.start_run(pipeline, parameters, options, name=values.name, experiment=values.experiment)
            return follow_unless_detached(service, run, values, started="")
