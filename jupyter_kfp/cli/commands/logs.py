"""``jupyter kfp logs RUN [STEP]``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from jupyter_kfp.cli.arguments import CommandSyntax, whole_number
from jupyter_kfp.cli.boundary import OK
from jupyter_kfp.cli.command import OneRunCommand
from jupyter_kfp.cli.log_following import follow_logs
from jupyter_kfp.cli.log_stream import log_pages, log_source, log_tail
from jupyter_kfp.cli.output import print_json, print_note
from jupyter_kfp.cli.run_inputs import unknown_step
from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import normalise_name, task_key
from jupyter_kfp.runs.run import Run, Task

if TYPE_CHECKING:
    from jupyter_kfp.pipeline_service import PipelineService


class LogsCommand(OneRunCommand):
    """Print what the steps of a run printed; without STEP all of them in order, each under its name.

    Of a step that was taken from the cache it is what it printed when it ran.
    """

    verb = "logs"
    description = __doc__
    examples = """
        jupyter kfp logs 3fa2c1d7
        jupyter kfp logs 3fa2c1d7 train -f
        jupyter kfp logs 3fa2c1d7 train --attempt 1 | less
    """

    def declare(self, syntax: CommandSyntax) -> None:
        """Take run, step, attempt."""
        super().declare(syntax)
        syntax.positional("step", "STEP", "name of a step", required=False)
        add = syntax.options.add_argument
        add("-f", "--follow", action="store_true", help="go on with what is printed, until the step or the run ends")
        add("--attempt", metavar="N", type=whole_number(1), help="attempt N of STEP (default: the newest)")

    def execute(self) -> int:
        """Copy to stdout, page by page."""
        values = self.values
        with self.service() as service:
            run = service.find_run(values.run)
            tasks = service.tasks(run.run_id)
            if values.step is not None:
                tasks = [_find_task(tasks, values.step)]
            elif values.attempt is not None:
                raise KfpError("KFP251", "--attempt needs a STEP", hint=f"{self.title} RUN STEP --attempt N")
            if values.json:
                self._print_json(service, run, tasks)
                return OK
            if values.follow:
                follow_logs(service, run, tasks[0].path if values.step is not None else None)
                return OK
            for task in tasks:
                self._print_log(service, run, task, with_header=values.step is None)
        return OK

    def _print_json(self, service: PipelineService, run: Run, tasks: list[Task]) -> None:
        """The end of each log, as in ``show --json``; whole logs may be larger than any JSON reader likes."""
        if self.values.follow:
            raise KfpError("KFP251", "--json gives one object and cannot follow", hint="Leave out -f or --json.")
        logs = {}
        for task in tasks:
            attempt = self._attempt_of(task)
            source = log_source(run.run_id, task, attempt)
            printed = attempt or task.origin
            log = log_tail(service, source.run_id, source.path, attempt=source.attempt or None) if printed else ""
            logs[task.path] = {"attempt": attempt, "log": log}
        print_json({"run_id": run.run_id, "tasks": logs})

    def _attempt_of(self, task: Task) -> int:
        """The attempt that was asked for, else the newest; 0 if there was none."""
        attempt: int = self.values.attempt or task.attempt
        if attempt > task.attempt:
            had = f"it had {task.attempt}" if task.attempt else "it never ran in this run"
            raise KfpError("KFP264", f"step {task.name} had no attempt {attempt}", hint=f"Of step {task.name}: {had}.")
        return attempt

    def _print_log(self, service: PipelineService, run: Run, task: Task, *, with_header: bool) -> None:
        attempt = self._attempt_of(task)
        if attempt == 0 and task.origin is None:
            if not with_header:
                print_note(f"Step {task.name} did not run in this run" + (f": {task.detail}" if task.detail else "."))
            return
        out = sys.stdout.buffer
        if with_header:
            what = f"attempt {attempt}" if attempt else task.detail
            sys.stdout.write(f"==> {task.name} ({what}) <==\n")
            sys.stdout.flush()
        last = b"\n"
        source = log_source(run.run_id, task, attempt)
        for page in log_pages(service, source.run_id, source.path, source.attempt or None):
            out.write(page)
            last = page[-1:]
        if with_header:
            out.write(b"\n" if last == b"\n" else b"\n\n")
        out.flush()


def _find_task(tasks: list[Task], name: str) -> Task:
    wanted = normalise_name(name)
    for task in tasks:
        if wanted in {task.name, task_key(task.path), task.path}:
            return task
    raise unknown_step(name, [task.name for task in tasks])
