"""``jupyter kfp compile NB``."""

from __future__ import annotations

from pathlib import Path

from jupyter_kfp.cli.arguments import CommandSyntax
from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import Command
from jupyter_kfp.cli.output import print_json, print_note, print_text, write_whole
from jupyter_kfp.cli.run_inputs import declare_source, load_pipeline
from jupyter_kfp.cli.words import counted


class CompileCommand(Command):
    """Write the KFP v2 pipeline of a notebook: IR YAML that runs here and on any Kubeflow Pipelines server."""

    verb = "compile"
    description = __doc__
    examples = """
        jupyter kfp compile train.ipynb
        jupyter kfp compile train.ipynb -o - | less
    """

    def declare(self, syntax: CommandSyntax) -> None:
        """Take the notebook and the target."""
        declare_source(syntax, "NB")
        syntax.options.add_argument(
            "-o",
            "--output",
            metavar="FILE",
            help="where to (default: NAME.pipeline.yaml beside the notebook; -: stdout)",
        )

    def execute(self) -> int:
        """Write the file, whole or not at all."""
        from jupyter_kfp.engine.graph_building import build_task_graph
        from jupyter_kfp.spec.ir_yaml import to_yaml

        source = Path(self.values.source)
        with self.service() as service:
            pipeline = load_pipeline(service, self.values)
        text = to_yaml(pipeline)
        if self.values.output == "-" and not self.values.json:
            return print_text(text)
        target = Path(self.values.output or source.with_suffix(".pipeline.yaml"))
        steps = len(build_task_graph(pipeline).leaf_templates())
        if self.values.json:
            facts = {"pipeline": pipeline.spec.pipeline_info.name, "steps": steps}
            if self.values.output == "-":
                print_json({**facts, "ir": text})
                return OK
            write_whole(target, text.encode())
            print_json({**facts, "output": str(target)})
            return OK
        write_whole(target, text.encode())
        print_note(f"wrote {target} ({counted(steps, 'step')})")
        return OK
