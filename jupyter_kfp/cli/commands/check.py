"""``jupyter kfp check NB``."""

from __future__ import annotations

from pathlib import Path

from jupyter_kfp.cli.arguments import CommandSyntax
from jupyter_kfp.cli.boundary import FINDINGS, OK
from jupyter_kfp.cli.command import Command
from jupyter_kfp.cli.diagnostics_output import diagnostics_text
from jupyter_kfp.cli.output import print_json, print_text
from jupyter_kfp.cli.run_inputs import declare_source
from jupyter_kfp.compiler.diagnostics import render_github, render_json
from jupyter_kfp.notebook.diagnostic import Severity


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
        path = Path(self.values.source)
        with self.service() as service:
            found = service.compile(path, by_heading=self.values.by_heading, whole=self.values.whole).diagnostics
        chosen = "json" if self.values.json else self.values.format
        if chosen == "json":
            print_json({"notebook": str(path), "diagnostics": render_json(found)})
        elif chosen == "github":
            print_text(f"{render_github(found, file=str(path))}\n" if found else "")
        else:
            print_text(diagnostics_text(found, path))
        return FINDINGS if any(item.severity is Severity.ERROR for item in found) else OK
