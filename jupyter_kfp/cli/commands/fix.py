"""``jupyter kfp fix NB RUN``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_kfp.cli.arguments import CommandSyntax
from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import Command
from jupyter_kfp.cli.notebook_file import read_notebook_file, replace_notebook_file
from jupyter_kfp.cli.output import print_json, print_text
from jupyter_kfp.cli.run_display import short_id
from jupyter_kfp.cli.run_fixes import changes_of, nothing_to_fix
from jupyter_kfp.errors import KfpError

if TYPE_CHECKING:
    from jupyter_kfp.compiler.declared_changes import Declaration
    from jupyter_kfp.runs.run import Run


class FixCommand(Command):
    """Write into a notebook what a failed run asked for: that a step changes variables in place (kfp.mutates).

    Later steps then get the variables as the step leaves them, as in the notebook. Only the metadata of the step is
    changed in the file.
    """

    verb = "fix"
    description = __doc__
    examples = """
        jupyter kfp fix train.ipynb last
        jupyter kfp fix train.ipynb 3fa2c1d7
    """

    def declare(self, syntax: CommandSyntax) -> None:
        """Take the notebook and the run."""
        syntax.positional("source", "NB", "a notebook (.ipynb)")
        syntax.positional("run", "RUN", "id of a failed run of it, or its beginning; last: the newest")

    def execute(self) -> int:
        """Write, and say what."""
        from jupyter_kfp.compiler.declared_changes import declare_changes
        from jupyter_kfp.notebook.notebook_edits import apply_edits
        from jupyter_kfp.notebook.notebook_reader import read_notebook

        path = Path(self.values.source)
        before = read_notebook_file(path)
        with self.service() as service:
            run = service.find_run(self.values.run)
            tasks = service.tasks(run.run_id)
            changes = changes_of(run, tasks, service.pipeline_of(run.run_id), path)
        if not changes:
            raise nothing_to_fix(run, tasks)
        declared, changed = declare_changes(read_notebook(before, name=path.stem), changes)
        if changed:
            raise _changed_since(path, run, changed)
        after = apply_edits(before, [edit for one in declared for edit in one.edits])
        if after != before:
            replace_notebook_file(path, before, after)
        if self.values.json:
            print_json({"notebook": str(path), "run_id": run.run_id, "declared": [_as_json(one) for one in declared]})
            return OK
        return print_text(_told(path, declared))


def _told(path: Path, declared: list[Declaration]) -> str:
    lines = []
    for one in declared:
        where = f"{path} cell {one.cell}, step “{one.step}”"
        if one.added:
            lines.append(f"{where}: wrote that it changes {', '.join(one.added)} in place (kfp.mutates)")
        else:
            lines.append(f"{where}: says already that it changes these variables in place (kfp.mutates)")
    command = f"jupyter kfp run {shlex.quote(str(path))}"
    lines.append(f"Run it again: {command}   (a notebook that is open in Jupyter: reload it from disk first)")
    return "\n".join(lines) + "\n"


def _as_json(one: Declaration) -> dict[str, Any]:
    return {"step": one.step, "cell": one.cell, "cell_id": one.cell_id, "added": one.added}


def _changed_since(path: Path, run: Run, steps: list[str]) -> KfpError:
    names = ", ".join(f"“{name}”" for name in steps)
    return KfpError(
        "KFP273",
        f"step {names} of {path} is not as it ran in run {short_id(run.run_id)}; nothing was changed",
        hint=f"Run the notebook as it is now, and fix that run: jupyter kfp run {shlex.quote(str(path))}",
        details={"steps": steps, "run_id": run.run_id},
    )
