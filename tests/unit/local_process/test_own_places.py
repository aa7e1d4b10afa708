"""A file system of its own for each task, where the machine can give one, and what happens where it cannot."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import psutil
import pytest

from jupyter_kfp.executors.local_process.own_places import lay_out, named_paths
from jupyter_kfp.executors.local_process.private_mounts import can_mount
from jupyter_kfp.spec.worker_events import StepWarned

needs_mounts = pytest.mark.skipif(not can_mount(), reason="this machine gives tasks no mounts of their own")
PLACE = "/tmp/jupyter-kfp-test-of-own-places"
COMPONENT = """
import json, sys
text = "/no-such-mount/user"
out = json.loads(sys.argv[1])["outputs"]
content = open(sys.argv[2] + "/user").read() if sys.argv[2:] else ""
json.dump({"parameterValues": {"read": content, "text": text}}, open(out["outputFile"], "w"))
"""


@needs_mounts
def test_tasks_do_not_see_each_others_files_in_tmp(bench) -> None:
    script = f"""
import os, sys, time
open({PLACE!r}, "w").write(sys.argv[1])
open(sys.argv[2], "w").write("written")
end = time.monotonic() + 30
while not os.path.exists(sys.argv[3]) and time.monotonic() < end: time.sleep(0.01)
print(open({PLACE!r}).read(), os.path.isdir("/minio"), sorted(os.listdir("/tmp")) == sorted(sys.argv[4:]))
"""
    signs = [str(bench.folder / name) for name in ("one", "two")]
    shown = [Path(PLACE).name, "kfp", "kfp_outputs", *{path.parts[2] for path in (bench.home, Path(PLACE)) if path}]
    tasks = [
        bench.task(name, sys.executable, "-c", script, name, own, other, *sorted({*shown}))
        for name, own, other in (("one", *signs), ("two", *reversed(signs)))
    ]
    for task in tasks:
        bench.executor.launch(task)
    bench.last_reports(2)
    logs = [bench.log(task).split() for task in tasks]
    assert [log[:2] for log in logs] == [["one", "True"], ["two", "True"]], logs
    assert not Path(PLACE).exists()
    assert not Path("/minio").exists()


@needs_mounts
def test_mounted_paths_are_found_wherever_they_are_named_and_texts_stay_as_they_are(bench, tmp_path) -> None:
    ended = bench.good(_reading_task(bench, tmp_path))
    assert ended.outputs == {"read": "ann", "text": "/no-such-mount/user"}
    assert ended.cacheable


def test_without_mounts_texts_of_python_stay_as_they_are(bench, tmp_path, without_mounts) -> None:
    task = bench.task("t", sys.executable, "-c", COMPONENT, "{{$}}", outputs={"read": "STRING", "text": "STRING"})
    assert bench.good(task).outputs == {"read": "", "text": "/no-such-mount/user"}
    source = "# kfp.dsl.executor_main\nprintf %s /minio/x"
    component = bench.task("c", "sh", "-c", source)
    bench.good(component)
    assert bench.log(component) == "/minio/x"


def test_what_names_a_folder_of_the_attempt_is_not_for_later_runs(bench) -> None:
    for script, expected in (("pwd", False), ("echo /data/x", True)):
        words = ("sh", "-c", f"{script} > $0", "{{$.outputs.parameters['p'].output_file}}")
        assert bench.good(bench.task("t", *words, outputs={"p": "STRING"})).cacheable is expected


@needs_mounts
@pytest.mark.parametrize("place", ["/tmp/x/out", "/minio/b/out", "/no-such-place/deep/out", "{home}/out"])
def test_outputs_are_found_where_the_task_put_them(bench, place) -> None:
    place = place.format(home=bench.folder)
    script = """
import json, os, sys
given = json.loads(sys.argv[1])
os.makedirs(os.path.dirname(sys.argv[2]), exist_ok=True)
open(sys.argv[2], "w").write("weights")
artifacts = {"model": {"artifacts": [{"customPath": sys.argv[2]}]}}
json.dump({"artifacts": artifacts}, open(given["outputs"]["outputFile"], "w"))
"""
    words = (sys.executable, "-c", script, "{{$}}", place)
    ended = bench.good(bench.task("t", *words, outputs={"model": "system.Model"}))
    assert bench.stored(ended.artifacts["model"]) == b"weights"
    assert not Path("/no-such-place").exists()


def test_a_file_of_tmp_that_a_parameter_names_is_seen(bench, tmp_path) -> None:
    given = tmp_path.parent / f"{tmp_path.name}-given.csv"
    given.write_text("1,2")
    words = ("cat", "{{$.inputs.parameters['path']}}", "{{$.inputs.parameters['list']}}")
    task = bench.task("t", *words[:2], inputs={"path": str(given)})
    bench.good(task)
    assert bench.log(task) == "1,2"


def test_a_file_that_a_parameter_names_is_left_where_it_says(bench, tmp_path_factory) -> None:
    place = tmp_path_factory.mktemp("given") / "marker.txt"
    for word in ("one", "two"):
        bench.good(
            bench.task(word, "sh", "-c", f"echo {word} >> $0", "{{$.inputs.parameters['p']}}", inputs={"p": str(place)})
        )
    assert place.read_text() == "one\ntwo\n"


def test_a_child_with_a_session_of_its_own_ends_with_its_task(bench) -> None:
    child = "import os, time; os.setsid(); print(os.getpid(), flush=True); time.sleep(600)"
    script = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {child!r}], stdout=subprocess.PIPE)
print(child.stdout.readline().decode())
"""
    task = bench.task("leaves", sys.executable, "-c", script)
    (warning,) = [event.warning for event in bench.finish(task)[-1].events if isinstance(event, StepWarned)]
    assert warning.code == "KFP399"
    bench.until(lambda: not psutil.pid_exists(int(bench.log(task))))


def test_what_was_stopped_with_its_task_is_not_told(bench) -> None:
    launch = bench.task("long", "sh", "-c", "sleep 600 & echo $!; exec sleep 600")
    bench.executor.launch(launch)
    bench.until(lambda: bench.log(launch).endswith("\n"))
    bench.executor.terminate(launch.attempt, grace_seconds=0)
    (report,) = bench.last_reports()
    assert not [event for event in report.events if isinstance(event, StepWarned)]


def test_paths_inside_and_outside(tmp_path) -> None:
    for name in ("own", "store", "kept"):
        (tmp_path / name).mkdir()
    kept, store = tmp_path / "kept", tmp_path / "store"
    places = lay_out(tmp_path / "own", {"/minio": store, "/etc/kfp-none/x": store}, [kept, kept / "inside", "/etc"])
    assert places.outside(Path("/minio/b/../k")) == store / "k"
    assert places.outside(Path("/etc/kfp-none/x/y")) == store / "y"
    assert places.outside(kept / "k") == kept / "k"
    assert places.outside(Path("/tmp/f")) == tmp_path / "own" / "tmp" / "f"
    assert places.outside(Path("/etc/hosts")) == Path("/etc/hosts")


def test_named_paths(tmp_path) -> None:
    values = [f"{tmp_path}{os.pathsep}/tmp/no-such", f"file://{tmp_path}", "/tmp/" + "x" * 5000, 5, "text", "/tmp/\0"]
    assert set(named_paths(values)) == {str(tmp_path)}
    assert set(named_paths([f"{tmp_path}/later/x.txt", "/tmp/../etc"])) == {str(tmp_path)}


def _reading_task(bench, tmp_path):
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"db": {"user": "ann"}}))
    return bench.task(
        "t", sys.executable, "-c", COMPONENT, "{{$}}", "{{$.inputs.parameters['folder']}}",
        inputs={"folder": "/no-such-mount"},
        outputs={"read": "STRING", "text": "STRING"},
        platform={"secretAsVolume": [{"secretName": "db", "mountPath": "/no-such-mount"}]},
        secrets_file=str(secrets),
    )  # fmt: skip


@needs_mounts
def test_the_end_of_a_task_leaves_one_alone_that_began_after_it(bench) -> None:
    """The kernel gives the name of mounts that are gone to those of the next task."""
    tasks = [bench.task("first", "true")]
    bench.executor.launch(tasks[0])
    pid = bench.executor._running[tasks[0].attempt].process.pid
    bench.until(lambda: psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    for number in range(4):
        tasks.append(bench.task(f"next-{number}", "sleep", "0.3"))
        bench.executor.launch(tasks[-1])
    assert all(report.ended.succeeded for report in bench.last_reports(len(tasks)))
