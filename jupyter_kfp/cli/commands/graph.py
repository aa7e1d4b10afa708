"""``jupyter kfp graph NB_OR_YAML``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_kfp.cli.arguments import CommandSyntax
from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import Command
from jupyter_kfp.cli.output import print_note, print_text, terminal_width, use_unicode, write_whole
from jupyter_kfp.cli.run_inputs import declare_source, load_pipeline
from jupyter_kfp.errors import KfpError

if TYPE_CHECKING:
    from jupyter_kfp.drawing import GraphFormat

_BY_SUFFIX: dict[str, GraphFormat] = {
    "": "text",
    ".txt": "text",
    ".svg": "svg",
    ".json": "json",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
}


class GraphCommand(Command):
    """Draw the steps of a pipeline and the variables that travel between them."""

    verb = "graph"
    description = __doc__
    examples = """
        jupyter kfp graph train.ipynb
        jupyter kfp graph train.ipynb --variables
        jupyter kfp graph train.ipynb --format svg -o train.svg
    """

    def declare(self, syntax: CommandSyntax) -> None:
        """Take the source, the format and the target."""
        declare_source(syntax)
        syntax.options.add_argument(
            "--format", choices=["text", "mermaid", "svg", "json"], help="default: by the suffix of FILE, else text"
        )
        syntax.options.add_argument(
            "--variables", action="store_true", help="tell of each edge which lines write and read its variables"
        )
        syntax.options.add_argument("-o", "--output", metavar="FILE", help="where to (default, and -: stdout)")

    def execute(self) -> int:
        """Draw."""
        from jupyter_kfp.drawing import draw

        target = None if self.values.output in {None, "-"} else Path(self.values.output)
        chosen = self._format(target)
        with self.service() as service:
            pipeline = load_pipeline(service, self.values)
        text = draw(
            pipeline,
            chosen,
            ascii_only=target is None and not use_unicode(sys.stdout),
            width=terminal_width() if target is None else None,
            variables=self.values.variables,
        )
        if target is None:
            return print_text(text)
        write_whole(target, text.encode())
        print_note(f"wrote {target}")
        return OK

    def _format(self, target: Path | None) -> GraphFormat:
        """As asked for, else by the suffix of the file. Raises `KfpError` KFP268 if that says nothing."""
        if self.values.json or self.values.format:
            return "json" if self.values.json else self.values.format
        suffix = target.suffix.lower() if target is not None else ""
        if suffix not in _BY_SUFFIX:
            raise KfpError(
                "KFP268",
                f"{target} does not say which format is wanted",
                hint=f"Give --format, or one of the suffixes {', '.join(filter(None, _BY_SUFFIX))}.",
                details={"suffix": suffix},
            )
        return _BY_SUFFIX[suffix]
