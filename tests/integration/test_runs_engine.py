"""Runs with the real executor: real processes, real kernels, real stores."""

from __future__ import annotations

import json
import socket
import threading
import time

import pytest

from jupyter_kfp.errors import KfpError
from jupyter_kfp.ids import root_path
from jupyter_kfp.pipeline_service import PipelineService
from jupyter_kfp.runs.events import TaskMoved, TaskProgressed
from jupyter_kfp.runs.run import RunOptions
from jupyter_kfp.runs.states import Reason, RuntimeState
from jupyter_kfp.settings import Settings

S = RuntimeState
DEADLINE = 90.0


@pytest.fixture
def service(tmp_path):
    opened = PipelineService(Settings(home=tmp_path / "home", max_parallel_tasks=3, grace_seconds=2.0))
    yield opened
    for run in opened.list_runs(states=[S.PENDING, S.RUNNING]):
        opened.cancel(run.run_id)
        wait(opened, run)
    opened.close()


def start(service, notebook, parameters=None, **options):
    options = RunOptions(working_directory=str(notebook.parent), notebook_path=str(notebook), **options)
    return service.start_run(service.load(notebook), parameters or {}, options)


def wait(service, run, until=None):
    """Follow to the end, or until an event satisfies `until`; returns the events."""
    seen, deadline = [], time.monotonic() + DEADLINE
    for batch in service.follow(run.run_id, poll_seconds=0.01):
        seen += [stored.event for stored in batch]
        if until is not None and any(until(stored.event) for stored in batch):
            return seen
        assert time.monotonic() < deadline, seen
    return seen


def run_to_end(service, notebook, parameters=None, **options):
    run = start(service, notebook, parameters, **options)
    wait(service, run)
    return service.find_run(run.run_id)


def task(service, run, key):
    return next(each for each in service.tasks(run.run_id) if each.path == root_path(key))


def details(service, run):
    return {each.path.removeprefix("root/"): each.detail for each in service.tasks(run.run_id)}


def launches(service, run):
    """Why each task that was launched was: the detail of its move to RUNNING."""
    events = [stored.event for batch in service.follow(run.run_id) for stored in batch]
    return {
        event.path.removeprefix("root/"): event.detail
        for event in events
        if isinstance(event, TaskMoved) and event.state is S.RUNNING
    }


def test_success(service, make_notebook):
    notebook = make_notebook(
        ("parameters", "n = 2"),
        ("step:a", "xs = list(range(n))\nprint('made', len(xs))"),
        ("step:b", "import jupyter_kfp\ntotal = sum(xs)\njupyter_kfp.log_metric('total', total)"),
        ("step:c", "print('total is', total)"),
    )
    run = run_to_end(service, notebook, {"n": "5"})
    assert run.state is S.SUCCEEDED, run.error
    assert "total is 10" in service.logs(run.run_id, root_path("c")).data.decode()
    assert [(metric.name, metric.value) for metric in service.metrics(run.run_id)] == [("total", 10)]
    executed = [artifact for path, artifact in service.artifacts(run.run_id) if path == root_path("a")]
    notebooks = [artifact for artifact in executed if artifact.name == "executed-notebook"]
    assert "made 5" in service.artifact_path(notebooks[0].digest).read_text()


def test_failure_names_cell_and_line_and_the_rest_goes_on(service, make_notebook):
    notebook = make_notebook(
        ("step:a", "x = 1"),
        ("step:bad", "y = x\n\nraise ValueError('no good')"),
        ("step:after_bad", "print(y)"),
        ("step:other", "z = x + 1\nprint(z)"),
    )
    run = run_to_end(service, notebook)
    assert (run.state, run.reason) == (S.FAILED, Reason.TASK_FAILED)
    assert (run.error.step, run.error.cell, run.error.line) == ("bad", 2, 3)
    assert run.error.exception == "ValueError"
    assert "no good" in run.error.message
    states = {each.name: each.state for each in service.tasks(run.run_id)}
    assert states == {"a": S.SUCCEEDED, "bad": S.FAILED, "after_bad": S.SKIPPED, "other": S.SUCCEEDED}


def test_branches_overlap(service, make_notebook):
    """Each branch waits for the other two; one after the other they would wait for ever.

    They meet at a socket: steps that meet by files would be put into the notebook's order.
    """

    def let_three_meet():
        guests = [meeting_point.accept()[0] for _ in range(3)]
        for guest in guests:
            guest.sendall(b"go")
            guest.close()

    with socket.create_server(("127.0.0.1", 0)) as meeting_point:
        host = threading.Thread(target=let_three_meet, daemon=True)
        host.start()
        port = meeting_point.getsockname()[1]
        knock = f"import socket\nwith socket.create_connection(('127.0.0.1', {port})) as door: word = door.recv(2)\n"
        meet = knock + "{0} = 1"
        notebook = make_notebook(
            *((f"step:{name}", meet.format(name)) for name in ("p", "q", "r")), ("step:end", "print(p + q + r)")
        )
        assert run_to_end(service, notebook).state is S.SUCCEEDED
        host.join(DEADLINE)


def test_retries_and_time_limit(service, make_notebook):
    flaky = (
        "import pathlib\ncount = len(list(pathlib.Path().glob('try*')))\n"
        "pathlib.Path(f'try{count}').touch()\nassert count == 2"
    )
    notebook = make_notebook(
        ("step:flaky", flaky, {"retries": 3}),
        ("step:slow", "import time\ntime.sleep(60)", {"timeout": "1s"}),
    )
    run = run_to_end(service, notebook)
    flaky, slow = task(service, run, "flaky"), task(service, run, "slow")
    assert (flaky.state, flaky.attempt) == (S.SUCCEEDED, 3)
    assert (slow.state, slow.reason) == (S.FAILED, Reason.TIMED_OUT)
    assert run.state is S.FAILED


def test_cancel(service, make_notebook):
    notebook = make_notebook(
        ("step:a", "x = 1"), ("step:slow", "import time\ntime.sleep(120)\nprint(x)"), ("step:c", "print(x)")
    )
    run = start(service, notebook)
    wait(service, run, lambda event: isinstance(event, TaskProgressed) and event.path == root_path("slow"))
    service.cancel(run.run_id)
    wait(service, run)
    run = service.find_run(run.run_id)
    assert run.state is S.CANCELED
    assert task(service, run, "slow").state is S.CANCELED
    with pytest.raises(KfpError, match="KFP249"):
        service.cancel(run.run_id)


def test_cache_and_its_reasons(service, make_notebook):
    def notebook(train="model = sum(data) * rate"):
        return make_notebook(
            ("parameters", "n = 3\nrate = 0.5"),
            ("step:prepare", "import mine\ndata = mine.make(n)"),
            ("step:train", train),
            ("step:report", "print(model)"),
        )

    (notebook().parent / "mine.py").write_text("def make(n):\n    return list(range(n))\n")
    first = run_to_end(service, notebook())
    assert first.state is S.SUCCEEDED, first.error
    assert set(launches(service, first).values()) == {"never ran before"}

    again = run_to_end(service, notebook("model = sum(data) * rate  # a comment changes nothing"))
    assert launches(service, again) == {}
    assert details(service, again)["train"].startswith(f"same as run {first.run_id[:8]} of ")

    changed = run_to_end(service, notebook("model = sum(data) * rate + 1"))
    assert launches(service, changed) == {
        "train": "code of cell 3 changed",
        "report": "model changed: 1.5 -> 2.5 (from train)"
        if _is_parameter(service, changed)
        else "input model changed (from train)",
    }

    parameter = run_to_end(service, notebook(), {"rate": 0.25})
    assert launches(service, parameter)["train"].startswith("code of cell 3 changed") or (
        launches(service, parameter)["train"] == "rate changed: 0.5 -> 0.25"
    )

    (notebook().parent / "mine.py").write_text("def make(n):\n    return list(range(n + 1))\n")
    module = run_to_end(service, notebook())
    assert launches(service, module)["prepare"] == "the module mine beside the notebook changed"


def _is_parameter(service, run):
    return "model" in task(service, run, "train").outputs


def test_selection_and_force(service, make_notebook):
    notebook = make_notebook(
        ("step:a", "import time\na = [time.time()]"), ("step:b", "b = [a, 1]"), ("step:c", "print(b)")
    )
    run_to_end(service, notebook)
    only = run_to_end(service, notebook, only=["b"], force=["b"])
    assert launches(service, only) == {"b": "--force b"}
    assert [(each.name, each.state, each.reason) for each in service.tasks(only.run_id)] == [
        ("a", S.SUCCEEDED, Reason.REUSED),
        ("b", S.SUCCEEDED, None),
        ("c", S.SKIPPED, Reason.NOT_SELECTED),
    ]
    later = run_to_end(service, notebook, start_from=["b"], use_cache=False)
    assert launches(service, later) == {"b": "--no-cache", "c": "--no-cache"}
    forced = run_to_end(service, notebook, force=["a"])
    assert set(launches(service, forced)) == {"a", "b", "c"}


def test_two_runs_at_once(service, make_notebook):
    notebook = make_notebook(
        ("parameters", "n = 1"),
        ("step:a", "import time\ntime.sleep(0.3)\nxs = [n]"),
        ("step:b", "print('got', xs)"),
    )
    runs = [start(service, notebook, {"n": n}) for n in (1, 2)]
    for run in runs:
        wait(service, run)
    assert [service.find_run(run.run_id).state for run in runs] == [S.SUCCEEDED] * 2
    assert [service.logs(run.run_id, root_path("b")).data for run in runs] == [b"got [1]\n", b"got [2]\n"]


def test_a_changed_notebook_does_not_change_a_run(service, make_notebook):
    notebook = make_notebook(
        ("step:a", "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.01)\nx = 1"),
        ("step:b", "print('old', x)"),
    )
    run = start(service, notebook)
    document = json.loads(notebook.read_text())
    document["cells"][1]["source"] = "print('new', x)"
    notebook.write_text(json.dumps(document))
    (notebook.parent / "go").touch()
    wait(service, run)
    assert service.logs(run.run_id, root_path("b")).data == b"old 1\n"


def test_retry_goes_on_where_it_failed(service, make_notebook):
    notebook = make_notebook(
        ("step:a", "import pathlib\npathlib.Path(f'a{len(list(pathlib.Path().glob(\"a?\")))}').touch()\nx = 1"),
        ("step:b", "assert pathlib.Path('fixed').exists()\ny = x"),
        ("step:c", "print('end', y)"),
    )
    run = run_to_end(service, notebook)
    assert run.state is S.FAILED
    (notebook.parent / "fixed").touch()
    service.retry(run.run_id)
    wait(service, run)
    run = service.find_run(run.run_id)
    assert run.state is S.SUCCEEDED, run.error
    assert [each.name for each in notebook.parent.glob("a?")] == ["a0"]
    assert task(service, run, "b").attempt == 2
    assert service.delete(run.run_id) > 0


def test_a_step_that_logs_in_a_tight_loop_does_not_flood_the_store(service, make_notebook):
    notebook = make_notebook(
        ("step:a", "import jupyter_kfp\nfor i in range(5000): jupyter_kfp.log_metric('m', i, step=i)")
    )
    run = run_to_end(service, notebook)
    assert run.state is S.SUCCEEDED, run.error
    assert [metric.step for metric in service.metrics(run.run_id)] == list(range(5000))


def test_a_process_with_threads_starts_runs_without_a_fork(service, make_notebook, monkeypatch):
    monkeypatch.setattr("jupyter_kfp.run_process._fork", None)
    notebook = make_notebook(("step:a", "print('hello')"))
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        run = run_to_end(service, notebook)
    finally:
        over.set()
        thread.join()
    assert run.state is S.SUCCEEDED, run.error
    assert service.logs(run.run_id, root_path("a")).data == b"hello\n"
