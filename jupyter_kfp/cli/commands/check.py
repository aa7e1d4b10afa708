"""``jupyter kfp check NB``."""

from __future__ import annotations

from pathlib import Path

from jupyter_kfp.cli.arguments import CommandSyntax
from jupyter_kfp.cli.boundary import FINDINGS, OK
from jupyter_kfp.cli.command import Command
from jupyter_kfp.cli.diagnostics_output import diagnostics_text, fixes_text, github_text
from jupyter_kfp.cli.notebook_file import read_notebook_file, replace_notebook_file
from jupyter_kfp.cli.output import print_json, print_text
from jupyter_kfp.cli.run_inputs import declare_source
from jupyter_kfp.compiler.diagnostics import render_json
from jupyter_kfp.notebook.diagnostic import Diagnostic, Severity


class CheckCommand(Command):
    """Find what would keep a notebook from being a pipeline, or make it give another result; runs nothing.

    With --fix, what is marked [*] is mended in the file of the notebook.
    """

    verb = "check"
    description = __doc__
    examples = """
        jupyter kfp check train.ipynb
        jupyter kfp check train.ipynb --fix
        jupyter kfp check train.ipynb --format github
    """

    def declare(self, syntax: CommandSyntax) -> None:
        """Take the notebook and the format."""
        declare_source(syntax, "NB")
        add = syntax.options.add_argument
        add(
            "--format", choices=["text", "json", "github"], default="text", help="github: annotations of GitHub Actions"
        )
        add(
            "--fix",
            action="store_true",
            help="mend what can be mended, in the notebook's file; all else stays as it is",
        )

    def execute(self) -> int:
        """Print the diagnostics; 1 if there is an error among them."""
        path = Path(self.values.source)
        mended: list[Diagnostic] = []
        if self.values.fix:
            mended, found = self._fix(path)
        else:
            with self.service() as service:
                found = service.compile(path, by_heading=self.values.by_heading, whole=self.values.whole).diagnostics
        if not any(item.severity is Severity.ERROR for item in found):
            found = [*_missing_kernel(path), *found]
        chosen = "json" if self.values.json else self.values.format
        if chosen == "json":
            fixed = {"fixed": render_json(mended)} if self.values.fix else {}
            print_json({"notebook": str(path), **fixed, "diagnostics": render_json(found)})
        elif chosen == "github":
            print_text(f"{github_text(found, path)}\n" if found else "")
        else:
            print_text(fixes_text(mended, path) + diagnostics_text(found, path))
        return FINDINGS if any(item.severity is Severity.ERROR for item in found) else OK

    def _fix(self, path: Path) -> tuple[list[Diagnostic], list[Diagnostic]]:
        """Mend the file; returns what was mended, and what remains."""
        from jupyter_kfp.compiler.compile_notebook import CompileOptions, compile_notebook
        from jupyter_kfp.compiler.fixes import fix_notebook

        options = CompileOptions(by_heading=self.values.by_heading, whole=self.values.whole)
        before = read_notebook_file(path)

        def check(data: bytes) -> list[Diagnostic]:
            source = path if data == before else data
            return compile_notebook(source, name=path.stem, options=options).diagnostics

        after, mended, found = fix_notebook(before, check)
        if after != before:
            replace_notebook_file(path, before, after)
        return mended, found


def _missing_kernel(path: Path) -> list[Diagnostic]:
    """Warn of a kernel that a run here would refuse. No error: it may be there where the pipeline is to run."""
    from jupyter_kfp.engine.kernel_environment import find_kernelspec
    from jupyter_kfp.errors import KfpError
    from jupyter_kfp.notebook.notebook_reader import read_notebook

    kernel = read_notebook(read_notebook_file(path), name=path.stem).kernel
    try:
        find_kernelspec(kernel)
    except KfpError as error:
        message = f"{error.message}: a run on this machine would be refused"
        return [Diagnostic(code=error.code, severity=Severity.WARNING, message=message, hint=error.hint or "")]
    return []
