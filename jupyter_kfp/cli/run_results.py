"""What the report of an ended run needs beside its events: where things are, what failed steps printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_kfp.cli.log_stream import last_lines
from jupyter_kfp.cli.run_report import RunResults, StoredThing
from jupyter_kfp.cli.run_view import MetricSeries, RunView, TaskView
from jupyter_kfp.runs.run import Run
from jupyter_kfp.runs.states import FINISHED
from jupyter_kfp.spec.step_payload import NOTEBOOK_KEY

if TYPE_CHECKING:
    from jupyter_kfp.pipeline_service import PipelineService

_LAST_LOG_LINES = 20


def collect_results(service: PipelineService, view: RunView) -> RunResults:
    """Ask the stores."""
    notebooks, logged = {}, []
    declared = {(task.path, name) for task in service.tasks(view.run_id) for name in task.artifacts}
    for path, artifact in service.artifacts(view.run_id):
        if artifact.name == NOTEBOOK_KEY:
            notebooks[path] = str(service.result_file(view.run_id, path, artifact))
        elif (path, artifact.name) not in declared:
            logged.append(StoredThing(path, artifact, str(service.result_file(view.run_id, path, artifact))))
    tails = {
        task.path: last_lines(service, view.run_id, task.path, _LAST_LOG_LINES, traceback=_shown_of(task))
        for task in view.failed_tasks()
        if task.attempt
    }
    source = service.find_run(view.run_id).options.notebook_path
    return RunResults(notebooks, logged, tails, source)


def _shown_of(task: TaskView) -> str:
    """What the log ends with that the report shows elsewhere: the traceback, or the error in the worker's form."""
    if task.error is None or task.error.traceback:
        return task.error.traceback if task.error else ""
    hint = f"\n  hint: {task.error.hint}" if task.error.hint else ""
    return f"{task.error.code}: {task.error.message}{hint}"


def view_of(service: PipelineService, run: Run) -> RunView:
    """The picture of a run from its records, without waiting for more."""
    view = RunView(run.run_id, run.name, run.pipeline, run.experiment, run.state, run.reason, run.error)
    view.created_at = run.started_at or run.created_at
    view.finished_at = run.finished_at if run.state in FINISHED else None
    view.put(
        TaskView(
            path=task.path,
            name=task.name,
            kind=task.kind,
            state=task.state,
            reason=task.reason,
            detail=task.detail,
            attempt=task.attempt,
            started_at=task.started_at,
            finished_at=task.finished_at,
            progress=task.progress,
            error=task.error,
        )
        for task in service.tasks(run.run_id)
    )
    for metric in service.metrics(run.run_id):
        earlier = view.metrics.get((metric.path, metric.name))
        count = earlier.count + 1 if earlier else 1
        view.metrics[(metric.path, metric.name)] = MetricSeries(metric.value, metric.step, count)
    for note in service.notes(run.run_id):
        view.apply(note)
    return view
