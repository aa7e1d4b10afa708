"""Commands of containers as processes: what they get, what they give, how they end."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.local_process import command_inputs
from jupyter_kfp.executors.local_process.attempt_files import AttemptFiles
from jupyter_kfp.executors.task_executor import attempt_folder
from jupyter_kfp.runs.states import Reason
from jupyter_kfp.spec.model import ContainerSpec, Resources
from jupyter_kfp.spec.pipeline_job import PipelineJob
from jupyter_kfp.spec.worker_events import MetricLogged, StepWarned


def test_parameters_come_and_go(bench) -> None:
    script = 'echo "$0 is $1"; printf %s "$1" > "$2"; printf "[1, 2]" > "$3"'
    words = ("sh", "-ec", script, "{{$.inputs.parameters['text']}}", "{{$.inputs.parameters['n']}}")
    outputs = ("{{$.outputs.parameters['m'].output_file}}", "{{$.outputs.parameters['list'].output_file}}")
    task = bench.task(
        "t", *words, *outputs, inputs={"text": "it's", "n": 5}, outputs={"m": "NUMBER_INTEGER", "list": "LIST"}
    )
    assert bench.good(task).outputs == {"m": 5, "list": [1, 2]}
    assert bench.log(task) == "it's is 5\n"


def test_the_executor_output_goes_first(bench) -> None:
    script = """
import json, os, sys
given = json.loads(sys.argv[1])
assert given["inputs"]["parameterValues"] == {"x": 1.5}, given
out = given["outputs"]
open(out["parameters"]["a"]["outputFile"], "w").write("from the file")
open(out["parameters"]["b"]["outputFile"], "w").write(" 7\\n")
model = out["artifacts"]["model"]["artifacts"][0]
assert model["type"] == {"schemaTitle": "system.Model", "schemaVersion": "0.0.1"}
open(model["uri"], "w").write("weights")
json.dump({
    "parameterValues": {"a": "from the output"},
    "artifacts": {
        "model": {"artifacts": [{"name": "model", "uri": model["uri"], "metadata": {"layers": 3, "no": None}}]},
        "scores": {"artifacts": [{"metadata": {"accuracy": 0.9, "kind": "x", "n": 2, "ok": True}}]},
    },
}, open(out["outputFile"], "w"))
"""
    outputs = {"a": "STRING", "b": "NUMBER_INTEGER", "model": "system.Model", "scores": "system.Metrics"}
    task = bench.task("t", "python3", "-c", script, "{{$}}", inputs={"x": 1.5}, outputs=outputs)
    reports = bench.finish(task)
    ended = reports[-1].ended
    assert ended.succeeded, bench.log(task)
    assert ended.outputs == {"a": "from the output", "b": 7}
    assert bench.stored(ended.artifacts["model"]) == b"weights"
    assert ended.artifacts["model"].metadata == {"layers": 3}
    assert ended.artifacts["scores"].metadata == {"accuracy": 0.9, "kind": "x", "n": 2, "ok": True}
    events = [event for report in reports for event in report.events]
    assert [(one.name, one.value) for one in events if isinstance(one, MetricLogged)] == [("accuracy", 0.9), ("n", 2.0)]
    assert not any(isinstance(event, StepWarned) for event in events)


def test_artifacts_travel_as_copies(bench) -> None:
    folder = 'mkdir "$0"; echo one > "$0/1.txt"; echo two > "$0/2.txt"'
    many = bench.good(
        bench.task("make", "sh", "-ec", folder, "{{$.outputs.artifacts['d'].path}}", outputs={"d": "system.Dataset"})
    )
    one = bench.good(
        bench.task(
            "one", "sh", "-c", "echo 1 > $0", "{{$.outputs.artifacts['f'].uri}}", outputs={"f": "system.Dataset"}
        )
    )
    reader = "cat $0/2.txt; echo changed >> $1; cat $1; rm $0/1.txt"
    inputs = {"d": many.artifacts["d"], "f": one.artifacts["f"]}
    words = ("sh", "-ec", reader, "{{$.inputs.artifacts['d'].path}}", "{{$.inputs.artifacts['f'].path}}")
    for attempt in (1, 2):
        task = bench.task("read", *words, inputs=inputs, attempt=attempt)
        bench.good(task)
        assert bench.log(task) == "two\n1\nchanged\n"
    bench.store.verify(many.artifacts["d"].digest)
    assert bench.stored(one.artifacts["f"]) == b"1\n"


def test_large_inputs_are_copied_by_the_process_of_the_command(bench, monkeypatch) -> None:
    words = ("sh", "-c", "echo 1 > $0", "{{$.outputs.artifacts['f'].uri}}")
    made = bench.good(bench.task("one", *words, outputs={"f": "system.Dataset"})).artifacts["f"]
    fetched = []
    fetch = type(bench.store).fetch
    monkeypatch.setattr(type(bench.store), "fetch", lambda *args, **options: fetched.append(fetch(*args, **options)))
    monkeypatch.setattr(command_inputs, "LARGE_BYTES", made.size)
    words = ("sh", "-ec", "echo changed >> $0; cat $0; echo $PYTHONPATH", "{{$.inputs.artifacts['f'].path}}")
    task = bench.task("read", *words, inputs={"f": made})
    bench.good(task)
    assert bench.log(task) == "1\nchanged\n\n"
    assert not fetched
    bench.store.verify(made.digest)
    gone = bench.task("gone", "no-such-program", inputs={"f": made}, attempt=2)
    with pytest.raises(KfpError, match="KFP504"):
        bench.executor.launch(gone)


def test_lists_of_artifacts_keep_their_order(bench) -> None:
    made = [
        bench.good(
            bench.task(f"m{i}", "sh", "-c", f"echo {i} > $0", "{{$.outputs.artifacts['f'].path}}", outputs={"f": "a.B"})
        ).artifacts["f"]
        for i in range(11)
    ]
    script = "import json, sys; print([open(a['uri']).read().strip() for a in json.loads(sys.argv[1])])"
    words = ("python3", "-c", script, "{{$.inputs.artifacts['xs']}}")
    inputs = {f"xs[{index}]": made[index] for index in (10, *range(10))}
    task = bench.task("join", *words, inputs=inputs, lists=["xs"])
    bench.good(task)
    assert bench.log(task) == f"{[str(i) for i in range(11)]}\n"
    empty = bench.task("none", *words, lists=["xs"])
    bench.good(empty)
    assert bench.log(empty) == "[]\n"


def test_a_file_elsewhere_and_an_address_are_outputs_too(bench) -> None:
    script = """
import json, os, sys
out = json.loads(sys.argv[1])["outputs"]
open("mine.csv", "w").write("1,2")
artifacts = {
    "moved": {"custom_path": os.path.abspath("mine.csv")},
    "far": {"uri": "gs://bucket/model", "metadata": {"k": 1}},
    "set": {"uri": "file://" + os.path.abspath("mine.csv")},
}
json.dump({"artifacts": {k: {"artifacts": [v]} for k, v in artifacts.items()}}, open(out["outputFile"], "w"))
"""
    outputs = {"moved": "system.Dataset", "far": "system.Model", "set": "system.Dataset"}
    made = bench.good(bench.task("t", "python3", "-c", script, "{{$}}", outputs=outputs)).artifacts
    assert bench.stored(made["moved"]) == bench.stored(made["set"]) == b"1,2"
    assert (made["far"].uri, made["far"].metadata) == ("gs://bucket/model", {"k": 1})
    with pytest.raises(KfpError, match="KFP398") as refused:
        bench.executor.launch(bench.task("reader", "echo", inputs={"a": made["far"]}))
    assert "gs://bucket/model" in refused.value.message


def test_an_output_without_a_file_is_told_and_stays_without_one(bench) -> None:
    reports = bench.finish(bench.task("lazy", "true", outputs={"d": "system.Dataset"}))
    (warning,) = [event.warning for event in reports[-1].events if isinstance(event, StepWarned)]
    assert (warning.code, "'d'" in warning.message) == ("KFP378", True)
    artifact = reports[-1].ended.artifacts["d"]
    reader = bench.task("reader", "cat", "{{$.inputs.artifacts['d'].path}}", inputs={"d": artifact})
    assert not bench.end(reader).succeeded
    assert "No such file" in bench.log(reader)


@pytest.mark.parametrize(
    ("script", "kind", "code", "said"),
    [
        ("true", "STRING", "KFP396", "ended without it"),
        ("printf 5.5 > $0", "NUMBER_INTEGER", "KFP396", "a whole number, got"),
        ("printf 1_000 > $0", "NUMBER_INTEGER", "KFP396", "a whole number, got"),
        ("printf nan > $0", "NUMBER_DOUBLE", "KFP396", "a number, got"),
        ("printf maybe > $0", "BOOLEAN", "KFP396", "true or false, got"),
        ("printf '{}' > $0", "LIST", "KFP396", "a list, got"),
        ("printf '[NaN]' > $0", "LIST", "KFP396", "a list, got"),
        ("printf '\\377' > $0", "STRING", "KFP396", "utf-8"),
        ("mkdir $0", "STRING", "KFP396", "directory"),
        ("echo '{' > $1", "STRING", "KFP397", "cannot be read"),
        ("echo '[]' > $1", "STRING", "KFP397", "cannot be read"),
        ('echo \'{"parameterValues": {"p": NaN}}\' > $1', "NUMBER_DOUBLE", "KFP397", "NaN"),
        ('echo \'{"parameterValues": {"p": [1]}}\' > $1', "STRUCT", "KFP396", "a dictionary, got [1]"),
    ],
)
def test_a_program_that_ended_with_0_fails_without_its_outputs(bench, script, kind, code, said) -> None:
    words = ("sh", "-c", script, "{{$.outputs.parameters['p'].output_file}}", "{{$.outputs.output_file}}")
    ended = bench.end(bench.task("bad", *words, outputs={"p": kind}))
    assert (ended.succeeded, ended.reason) == (False, Reason.OUTPUT_ERROR)
    assert ended.error.code == code
    assert said in ended.error.message
    assert ended.error.message.startswith('task "bad": ')


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("  5\n", "NUMBER_INTEGER", 5),
        ("1e3", "NUMBER_DOUBLE", 1000.0),
        ("5", "NUMBER_DOUBLE", 5.0),
        ("True\n", "BOOLEAN", True),
        ("0", "BOOLEAN", False),
        (" as it is \n", "STRING", " as it is \n"),
        ('{"a": [1]}', "STRUCT", {"a": [1]}),
    ],
)
def test_texts_in_files_are_read_by_type(bench, text, kind, value) -> None:
    words = ("sh", "-c", 'printf "%s" "$0" > "$1"', text, "{{$.outputs.parameters['p'].output_file}}")
    task = bench.task("t", *words, outputs={"p": kind})
    read = bench.good(task).outputs["p"]
    assert (read, type(read)) == (value, type(value))


def test_a_failure_says_what_python_raised(bench) -> None:
    ended = bench.end(bench.task("bad", "python3", "-c", "print('before')\ndef f(): raise KeyError('k')\nf()"))
    assert ended.reason is Reason.USER_CODE
    assert ended.error.code == "KFP395"
    assert ended.error.message == "task \"bad\": KeyError: 'k' (exit code 1)"
    assert ended.error.exception == "KeyError"
    assert ended.error.traceback.startswith("Traceback")
    (bench.home / "kfp" / "dsl").mkdir(parents=True)
    (bench.home / "kfp" / "dsl" / "executor_main.py").write_text("def main(f):\n    f()\n")
    script = "from kfp.dsl.executor_main import main\ndef f():\n    raise KeyError('k')\nmain(f)"
    ended = bench.end(bench.task("deep", "python3", "-c", script, env={"PYTHONPATH": str(bench.home)}))
    assert ended.error.message == "task \"deep\": KeyError: 'k' (exit code 1)"
    assert "executor_main" not in ended.error.traceback
    assert ", in f" in ended.error.traceback
    ended = bench.end(bench.task("worse", "sh", "-c", "echo no good >&2; exit 7"))
    assert ended.error.message == 'task "worse": it ended with exit code 7'
    assert ended.error.traceback == "no good"


def test_a_missing_sdk_is_explained(bench) -> None:
    error = bench.end(bench.task("t", sys.executable, "-S", "-c", "import kfp")).error
    assert "packages_to_install" in error.hint


def test_a_death_by_a_signal_is_told(bench) -> None:
    ended = bench.end(bench.task("killed", "sh", "-c", "kill -9 $$"))
    assert ended.reason is Reason.KILLED
    assert "killed by SIGKILL" in ended.error.message
    assert "memory" in ended.error.hint


def test_each_task_has_folders_of_its_own(bench) -> None:
    script = "pwd; echo $TMPDIR; echo x > /tmp/kfp/outputs/y; ls /tmp/kfp/outputs /s3/bucket; echo $HOME"
    launch = bench.task("own", "sh", "-c", f"mkdir -p /s3/bucket/k; {script}", env={"OUT": "/minio/x"})
    bench.good(launch)
    work, temporary, *rest = bench.log(launch).split()
    files = AttemptFiles(attempt_folder(bench.settings.runs_folder, launch.attempt))
    assert Path(work) == files.work
    assert temporary == "/tmp" or not Path(temporary).exists()
    assert len(temporary) < 40
    assert "y" in rest
    assert "k" in rest
    assert rest[-1] == os.environ["HOME"]
    assert not Path("/s3/bucket").exists()


def test_addresses_and_longer_names_are_no_mapped_paths(bench, without_mounts) -> None:
    words = ("s3://b/k", "https://host/minio/x", "/s3x", "a/s3/b", "--path=/s3/b", "/minio", "x:/gcs")
    task = bench.task("echo", "echo", *words, "{{$.inputs.parameters['p']}}", inputs={"p": "/s3/given"})
    bench.good(task)
    said = bench.log(task).split()
    assert said[:4] == list(words[:4])
    assert said[4].startswith("--path=/")
    assert said[4].endswith("/s3/b")
    assert "mounts/s3" in said[4]
    assert said[5].endswith("mounts/minio")
    assert said[6:] == ["x:/gcs", "/s3/given"]


def test_the_environment(bench, monkeypatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parents[3]), "/elsewhere"]))
    script = "import os, sys, json; print(json.dumps([sys.executable, dict(os.environ)]))"
    env = {"A": "1", "B": "$(A)-$(C)", "P": "{{$.inputs.parameters['p']}}"}
    words = ("python", "-c", script, "$(B)", "$(date)")
    task = bench.task("env", *words, env=env, inputs={"p": "v"}, attempt=2)
    bench.good(task)
    executable, seen = json.loads(bench.log(task))
    assert Path(executable).parent == Path(sys.executable).parent
    assert (seen["A"], seen["B"], seen["P"], seen["KFP_RETRY_INDEX"]) == ("1", "1-$(C)", "v", "1")
    assert seen["PYTHONPATH"] == "/elsewhere"
    assert "PYTEST_CURRENT_TEST" not in seen
    shown = bench.task("words", "echo", "$(A)", "$(date)", "$$", env=env, inputs={"p": ""})
    bench.good(shown)
    assert bench.log(shown) == "1 $(date) $$\n"


def test_secrets_reach_the_task_and_not_its_log(bench, tmp_path, monkeypatch) -> None:
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"s3": {"ak": "top-secret", "pem": "LINE ONE\nLINE TWO\n"}, "cm": {"k": "plain"}}))
    platform = {
        "secretAsEnv": [
            {
                "secretNameParameter": {"runtimeValue": {"constant": "s3"}},
                "keyToEnv": [{"secretKey": "ak", "envVar": "AK"}, {"secretKey": "other", "envVar": "FROM_HERE"}],
            }
        ],
        "configMapAsEnv": [{"configMapName": "cm", "keyToEnv": [{"configMapKey": "k", "envVar": "CM"}]}],
        "secretAsVolume": [{"secretName": "s3", "mountPath": "/etc/no-such-secret"}],
        "emptyDirMounts": [{"volumeName": "v", "mountPath": "/no-such-scratch"}],
    }
    monkeypatch.setenv("FROM_HERE", "also-secret")
    script = (
        "echo $AK $FROM_HERE $CM; cat /etc/no-such-secret/pem; touch /no-such-scratch/x; ls /no-such-scratch;"
        'printf "top-"; sleep 0.2; echo secret; printf %s "$AK" > $0; stat -c %a /etc/no-such-secret/pem'
    )
    words = ("sh", "-ec", script, "{{$.outputs.parameters['p'].output_file}}")
    task = bench.task("t", *words, platform=platform, secrets_file=str(secrets), outputs={"p": "STRING"})
    assert bench.good(task).outputs == {"p": "top-secret"}
    assert bench.log(task) == "*** *** plain\n***\nx\n***\n600\n".replace("***\nx", "***x")
    kept = [
        path for path in bench.settings.runs_folder.rglob("*") if path.is_file() and path.parent.name != "parameters"
    ]
    assert not any(b"top-secret" in path.read_bytes() for path in kept)


def test_a_secret_that_is_not_here_is_refused(bench, tmp_path) -> None:
    source = {"secretName": "s3", "keyToEnv": [{"secretKey": "ak", "envVar": "NOT_SET_ANYWHERE"}]}
    with pytest.raises(KfpError, match="KFP503"):
        bench.executor.launch(bench.task("t", "true", platform={"secretAsEnv": [source]}))
    bench.good(bench.task("t", "true", platform={"secretAsEnv": [{**source, "optional": True}]}))
    broken = tmp_path / "broken.json"
    broken.write_text('{"s3": "top-secret"}')
    with pytest.raises(KfpError, match="KFP508") as refused:
        bench.executor.launch(bench.task("t", "true", secrets_file=str(broken)))
    assert "top-secret" not in str(refused.value)


def test_what_cannot_run_here_is_refused(bench) -> None:
    with pytest.raises(KfpError, match="KFP504") as refused:
        bench.executor.launch(bench.task("t", "my_program", "--x"))
    assert "my_program" in refused.value.message
    with pytest.raises(KfpError, match="KFP231"):
        bench.executor.launch(bench.task("t", container=ContainerSpec(image="gcr.io/image", args=["x"])))
    with pytest.raises(KfpError, match="KFP390"):
        bench.executor.launch(bench.task("t", "true", strict_images=True))
    with pytest.raises(KfpError, match="KFP306"):
        bench.executor.launch(bench.task("t", "echo", "{{$.inputs.parameters['none']}}"))
    with pytest.raises(KfpError, match="KFP386") as refused:
        bench.executor.launch(bench.task("t", "echo", "x" * 200_000))
    assert "200,000 bytes" in refused.value.hint


def test_an_accelerator_that_is_not_here_is_a_hint(bench) -> None:
    resources = Resources(resource_cpu_limit="{{$.inputs.parameters['cpus']}}", resource_memory_limit="15G")
    script = "import os; print(len(os.sched_getaffinity(0)))"
    task = bench.task("t", "python3", "-c", script, resources=resources, inputs={"cpus": "1"})
    bench.good(task)
    assert bench.log(task) == "1\n"


def test_placeholders_of_the_run(bench, without_mounts) -> None:
    job = PipelineJob(name="my run", uuid="u", task_name="t", workspace_path=str(bench.home / "ws"))
    words = ("{{$.pipeline_job_name}}", "{{$.workspace_path}}/a", "/kfp-workspace/b", "{{$.pipeline_root}}")
    task = bench.task("t", "echo", *words, job=job)
    bench.good(task)
    ws = bench.home / "ws"
    assert bench.log(task) == f"my run {ws}/a {ws}/b {bench.settings.runs_folder / bench.run_id}\n"
    assert ws.is_dir()


def test_processes_that_are_left_behind_are_ended_and_told(bench) -> None:
    task = bench.task("leaves", "sh", "-c", "sleep 600 & echo $!; until ps -o args= $! | grep -q ^sleep; do :; done")
    reports = bench.finish(task)
    (warning,) = [event.warning for event in reports[-1].events if isinstance(event, StepWarned)]
    assert warning.code == "KFP399"
    assert "sleep" in warning.message
    assert reports[-1].ended.succeeded
    _gone(bench, int(bench.log(task)))


def test_terminate_reaches_the_processes_of_a_shell(bench) -> None:
    script = "trap 'echo stopped; exit 3' TERM; sleep 600 & echo $!; wait"
    launch = bench.task("long", "sh", "-c", script)
    bench.executor.launch(launch)
    bench.until(lambda: bench.log(launch).endswith("\n"))
    bench.executor.terminate(launch.attempt, grace_seconds=30)
    (ended,) = [report.ended for report in bench.last_reports()]
    assert (ended.succeeded, ended.reason) == (False, Reason.RUN_CANCELED)
    pid, word = bench.log(launch).split()
    assert word == "stopped"
    _gone(bench, int(pid))


def test_a_log_of_megabytes_costs_no_memory(bench, tmp_path) -> None:
    secrets = tmp_path / "secrets.json"
    secrets.write_text('{"s": {"k": "top-secret"}}')
    platform = {"secretAsEnv": [{"secretName": "s", "keyToEnv": [{"secretKey": "k", "envVar": "K"}]}]}
    before = psutil.Process().memory_info().rss
    for options in ({"attempt": 1}, {"attempt": 2, "platform": platform, "secrets_file": str(secrets)}):
        task = bench.task("chatty", "sh", "-c", "yes 0123456789abcdef | head -c 60000000", **options)
        bench.good(task)
        assert bench.executor.logs(task.attempt, offset=-1).size == 60_000_000
    assert psutil.Process().memory_info().rss - before < 40_000_000


def test_adopt_ends_what_a_dead_run_left(bench) -> None:
    launch = bench.task("orphan", "sh", "-c", "sleep 600 & echo $!; wait")
    bench.executor.launch(launch)
    bench.until(lambda: bench.log(launch).endswith("\n"))
    leader = bench.executor._running[launch.attempt].process.pid
    os.kill(leader, signal.SIGKILL)
    bench.until(lambda: psutil.Process(leader).status() == psutil.STATUS_ZOMBIE)
    os.waitpid(leader, 0)
    from jupyter_kfp.executors.local_process.local_process_executor import LocalProcessExecutor

    assert LocalProcessExecutor(bench.settings, bench.store).adopt(launch.attempt) is False
    _gone(bench, int(bench.log(launch)))


def _gone(bench, pid: int) -> None:
    bench.until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
