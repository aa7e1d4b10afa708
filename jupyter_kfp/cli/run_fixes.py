"""What a failed run asks to be written into its notebook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_kfp.cli.run_display import short_id
from jupyter_kfp.errors import KfpError
from jupyter_kfp.runs.run import Run, Task
from jupyter_kfp.runs.states import FINISHED, RuntimeState

if TYPE_CHECKING:
    from jupyter_kfp.compiler.declared_changes import StepChange
    from jupyter_kfp.spec.model import Pipeline


def changes_of(run: Run, tasks: Sequence[Task], pipeline: Pipeline, notebook: Path) -> list[StepChange]:
    """What the guard found in each step of a run. Raises `KfpError` KFP271 if the run is of another notebook."""
    from jupyter_kfp.compiler.declared_changes import StepChange
    from jupyter_kfp.spec.pipeline_payloads import payload_of

    _refuse_other_notebook(run, pipeline, notebook)
    found = []
    for task in tasks:
        names = task.error.details.get("mutates") if task.error else None
        payload = payload_of(pipeline, task.path.rpartition("/")[2]) if names else None
        if names and payload is not None:
            sources = [cell.source for cell in payload.cells]
            found.append(StepChange(step=payload.step, sources=sources, variables=list(names)))
    return found


def _refuse_other_notebook(run: Run, pipeline: Pipeline, notebook: Path) -> None:
    from jupyter_kfp.spec.extension import read_extension

    deployment = pipeline.spec.deployment_spec
    extension = read_extension(deployment.extension) if deployment else None
    if extension is not None and notebook.name == extension.notebook:
        return  # whether its steps are the same is looked at further on; the folder may have moved
    started = run.options.notebook_path
    if started and Path(started).resolve() == notebook.resolve():
        return
    origin = started or (extension.notebook if extension else "") or run.pipeline
    raise KfpError(
        "KFP271",
        f"run {short_id(run.run_id)} is not one of {notebook}, but of {origin}",
        hint="jupyter kfp runs lists the runs with their names.",
        details={"run_id": run.run_id, "notebook": origin},
    )


def nothing_to_fix(run: Run, tasks: Sequence[Task]) -> KfpError:
    """Make the error for a run in which the guard found nothing that could be declared."""
    identifier = short_id(run.run_id)
    errors = [task.error for task in tasks if task.error is not None]
    hint = f"jupyter kfp show {identifier} tells more."
    if run.state is RuntimeState.SUCCEEDED:
        message, hint = f"run {identifier} succeeded: there is nothing to fix", ""
    elif run.state not in FINISHED:
        message, hint = f"run {identifier} goes on", f"Wait for its end: jupyter kfp attach {identifier}"
    elif errors:
        message = f"run {identifier} failed by {errors[0].code}, which only you can fix: {errors[0].message}"
        hint = errors[0].hint or hint
    else:
        message = f"run {identifier} did not fail because of a variable that was changed in place"
    return KfpError("KFP272", message, hint=hint or None, details={"run_id": run.run_id})
