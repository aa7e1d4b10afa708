"""``jupyter kfp check NB``."""

from __future__ import annotations

import sys
from pathlib import Path

from jupyter_kfp.cli.arguments import CommandSyntax
from jupyter_kfp.cli.boundary import FINDINGS, OK
from jupyter_kfp.cli.command import Command
from jupyter_kfp.cli.output import print_text, use_colour
from jupyter_kfp.cli.run_inputs import declare_source


class CheckCommand(Command):
    """Find what would keep a notebook from being a pipeline, or make it give another result; runs nothing."""

    verb = "check"
    description = __doc__
    examples = """
        jupyter kfp check train.ipynb
        jupyter kfp check train.ipynb --format github
    """

    def declare(self, syntax: CommandSyntax) -> None:
        """Take the notebook and the format."""
        declare_source(syntax, "NB")
        syntax.options.add_argument(
            "--format", choices=["text", "json", "github"], default="text", help="github: annotations of GitHub Actions"
        )

    def execute(self) -> int:
        """Print the diagnostics; 1 if there is an error among them."""
        from jupyter_kfp.compiler import diagnostics
        from jupyter_kfp.notebook.diagnostic import Severity

        path = Path(self.values.source)
        with self.service() as service:
            found = service.compile(path, by_heading=self.values.by_heading, whole=self.values.whole).diagnostics
        chosen = "json" if self.values.json else self.values.format
        if chosen == "json":
            print_text(diagnostics.render_json(found, str(path)).rstrip("\n") + "\n")
        elif chosen == "github":
            print_text(diagnostics.render_github(found, str(path)))
        else:
            print_text(diagnostics.render_text(found, str(path), colour=use_colour(sys.stdout)).rstrip("\n") + "\n")
        return FINDINGS if any(item.severity is Severity.ERROR for item in found) else OK
