"""Every command against a service that plays a recorded run."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from played_run import COMPARE, PREPARE, RUN_ID, TRAIN, CommandLine, FakeService, artifact

from jupyter_kfp.runs.run import RunOptions

RUN_KEYS = {"notes", "run_id", "state", "reason", "error", "parameters", "metrics", "tasks"}
TASK_KEYS = {
    *("state", "reason", "attempt", "cell", "started_at", "finished_at", "outputs", "artifacts", "log", "error"),
}


def calls(service: FakeService, name: str) -> list[tuple[Any, ...]]:
    return [call[1:] for call in service.calls if call[0] == name]


def test_run_tells_changes_and_results(cli: CommandLine, succeeding: FakeService) -> None:
    assert cli("run", "train.yaml", "-p", "n=1", "--experiment", "E", "--name", "N") == 0
    assert "Train model  Succeeded" in cli.out
    assert "loss          0.25" in cli.out
    assert "jupyter kfp show 3fa2c1d7" in cli.out
    assert cli.err == ""
    ((parameters, options, name, experiment),) = calls(succeeding, "start")
    assert (parameters, name, experiment) == ({"n": "1"}, "N", "E")
    assert options == RunOptions(working_directory=str(Path.cwd()), notebook_path=str(Path.cwd() / "train.yaml"))
    assert succeeding.calls[-1] == ("close",)


def test_run_hands_its_selection_on(cli: CommandLine, succeeding: FakeService) -> None:
    argv = "run t.yaml --from a --from b --only c --force d --no-cache --max-parallel 2 --by-heading --whole"
    assert cli(*argv.split()) == 0
    options = calls(succeeding, "start")[0][1]
    assert (options.start_from, options.only, options.force) == (["a", "b"], ["c"], ["d"])
    assert (options.use_cache, options.max_parallel_tasks) == (False, 2)
    assert calls(succeeding, "load") == [(Path("t.yaml"), True, True, False)]


def test_run_json_is_one_object_of_the_promised_shape(cli: CommandLine, succeeding: FakeService) -> None:
    assert cli("run", "train.yaml", "--json") == 0
    result = cli.json()
    assert cli.err == ""
    assert set(result) == RUN_KEYS
    assert (result["run_id"], result["state"], result["reason"], result["error"]) == (RUN_ID, "SUCCEEDED", None, None)
    assert result["parameters"] == {"n_trees": 300}
    assert [(item["task"], item["name"], item["value"], item["step"]) for item in result["metrics"]] == [
        (TRAIN, "loss", 0.5, 1),
        (TRAIN, "loss", 0.25, 2),
        (COMPARE, "best", 3.0, None),
    ]
    assert list(result["tasks"]) == [PREPARE, TRAIN, COMPARE]
    assert all(set(task) == TASK_KEYS for task in result["tasks"].values())
    train = result["tasks"][TRAIN]
    assert (train["state"], train["attempt"], train["cell"]) == ("SUCCEEDED", 1, 8)
    assert set(train["artifacts"]) == {"model", "roc", "executed-notebook"}
    assert train["artifacts"]["model"] == {
        "type": "system.Model",
        "uri": "/store/a",
        "digest": "blake3:" + "a" * 64,
        "size": 2048,
    }
    assert result["tasks"][COMPARE]["outputs"] == {"rows": 3}
    assert result["tasks"][COMPARE]["log"] == "größer\n"
    assert result["tasks"][PREPARE]["log"] == ""


def test_run_json_of_a_failure(cli: CommandLine, failing: FakeService) -> None:
    assert cli("run", "train.yaml", "--json") == 1
    result = cli.json()
    assert (result["state"], result["reason"]) == ("FAILED", "task-failed")
    assert (result["error"]["cell"], result["error"]["line"], result["error"]["exception"]) == (7, 2, "ValueError")
    train = result["tasks"][TRAIN]
    assert (train["reason"], train["cell"], train["log"]) == ("user-code", 7, "again\n")
    assert train["error"] == result["error"]
    assert result["tasks"][COMPARE]["reason"] == "upstream-failed"


def test_a_long_log_is_cut_to_its_tail(cli: CommandLine, succeeding: FakeService) -> None:
    succeeding.log[(TRAIN, 1)] = "é".encode() * 100_000 + b"x"
    assert cli("show", "3fa", "--json") == 0
    log = cli.json()["tasks"][TRAIN]["log"]
    assert log == "é" * ((64 * 1024 - 1) // 2) + "x"


def test_run_of_a_failure_shows_what_to_do(cli: CommandLine, failing: FakeService) -> None:
    assert cli("run", "train.yaml") == 1
    assert "error KFP301" in cli.out
    assert "  | again" in cli.out
    assert "Executed notebook: " in cli.out
    assert "jupyter kfp retry 3fa2c1d7" in cli.out


def test_a_traceback_in_the_log_is_not_shown_twice(cli: CommandLine, failing: FakeService) -> None:
    failing.log[(TRAIN, 2)] = b"epoch 1\nCell 7, line 2\n    fit(rows)\nValueError: no rows\nKFP301: x\n"
    assert cli("run", "train.yaml") == 1
    assert cli.out.count("fit(rows)") == 1
    assert "  | epoch 1\nExecuted" in cli.out


def test_run_detached(cli: CommandLine, succeeding: FakeService) -> None:
    assert cli("run", "train.yaml", "--detach") == 0
    assert cli.out == "Started run 3fa2c1d7. Follow it: jupyter kfp attach 3fa2c1d7\n"
    assert cli("run", "train.yaml", "--detach", "--json") == 0
    assert set(cli.json()) == RUN_KEYS


def test_run_streams_logs_when_asked(cli: CommandLine, succeeding: FakeService) -> None:
    assert cli("run", "train.yaml", "--logs") == 0
    assert "Train model | epoch 1\nTrain model | epoch 2\n" in cli.out
    assert "compare | größer\n" in cli.out


def test_attach_and_retry_follow(cli: CommandLine, succeeding: FakeService) -> None:
    assert cli("attach", "3fa2") == 0
    assert "run 3fa2c1d7 succeeded" in cli.out
    assert cli("retry", "3fa2") == 0
    assert calls(succeeding, "retry") == [(RUN_ID,)]
    assert cli("retry", "3fa2", "--detach") == 0
    assert "Started run 3fa2c1d7 again" in cli.out


def test_an_unknown_run_is_bad_input(cli: CommandLine, succeeding: FakeService) -> None:
    assert cli("show", "beef") == 2
    assert cli.err == "error KFP211: there is no run beef\n  hint: jupyter kfp runs lists them.\n"
    assert cli("show", "beef", "--json") == 2
    assert cli.json() == {
        "error": {
            "code": "KFP211",
            "message": "there is no run beef",
            "hint": "jupyter kfp runs lists them.",
            "details": {},
        }
    }


def test_show(cli: CommandLine, failing: FakeService) -> None:
    assert cli("show", "3fa2") == 0
    assert f"Run         {RUN_ID}" in cli.out
    assert "Parameters  n_trees = 300" in cli.out
    assert "✗ Train model  Failed" in cli.out
    assert "hint: Look at the rows." in cli.out


def test_runs(cli: CommandLine, succeeding: FakeService) -> None:
    assert cli("runs", "--state", "failed", "--state", "RUNNING", "--experiment", "E", "--limit", "3") == 0
    assert cli.out.splitlines()[1].startswith("3fa2c1d7  Succeeded  nightly  models")
    assert calls(succeeding, "list") == [({"experiment": "E", "states": ["FAILED", "RUNNING"], "limit": 3},)]
    assert cli("runs", "--json") == 0
    assert [run["run_id"] for run in cli.json()["runs"]] == [RUN_ID]
    assert cli("runs", "--state", "dead") == 2


def test_no_runs(cli: CommandLine, succeeding: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeService, "list_runs", lambda self, **filters: [])
    assert cli("runs") == 0
    assert "No runs yet" in cli.err


def test_logs_of_all_steps_have_headers(cli: CommandLine, failing: FakeService) -> None:
    assert cli("logs", "3fa2") == 0
    assert cli.out == "==> Train model (attempt 2) <==\nagain\n\n"


@pytest.mark.parametrize("name", ["Train model", "train-model--c0s5", TRAIN])
def test_logs_of_a_step_are_the_bytes_alone(cli: CommandLine, failing: FakeService, name: str) -> None:
    assert cli("logs", "3fa2", name) == 0
    assert cli.out == "again\n"
    assert cli("logs", "3fa2", name, "--attempt", "1") == 0
    assert cli.out == "epoch 1\nepoch 2\n"


def test_logs_that_are_not_there(cli: CommandLine, failing: FakeService) -> None:
    assert cli("logs", "3fa2", "prepare") == 0
    assert cli.out == ""
    assert "did not run in this run: same as run 81cc" in cli.err
    assert cli("logs", "3fa2", "Train model", "--attempt", "3") == 2
    assert "had no attempt 3" in cli.err
    assert cli("logs", "3fa2", "train modl") == 2
    assert "Did you mean Train model?" in cli.err
    assert cli("logs", "3fa2", "--attempt", "1") == 2


def test_logs_follow_across_attempts(cli: CommandLine, failing: FakeService) -> None:
    assert cli("logs", "3fa2", "Train model", "-f") == 0
    assert cli.out == "epoch 1\nepoch 2\n==> Train model (attempt 2) <==\nagain\n"


def test_logs_as_json(cli: CommandLine, failing: FakeService) -> None:
    assert cli("logs", "3fa2", "--json") == 0
    assert cli.json()["tasks"] == {
        PREPARE: {"attempt": 0, "log": ""},
        TRAIN: {"attempt": 2, "log": "again\n"},
        COMPARE: {"attempt": 0, "log": ""},
    }
    assert cli("logs", "3fa2", "Train model", "--attempt", "1", "--json") == 0
    assert cli.json()["tasks"] == {TRAIN: {"attempt": 1, "log": "epoch 1\nepoch 2\n"}}
    assert cli("logs", "3fa2", "-f", "--json") == 2


def test_logs_follow_all_steps(cli: CommandLine, succeeding: FakeService) -> None:
    assert cli("logs", "3fa2", "-f") == 0
    assert cli.out == "Train model | epoch 1\nTrain model | epoch 2\ncompare | größer\n"


def test_artifacts_are_listed_and_copied(cli: CommandLine, succeeding: FakeService, tmp_path: Path) -> None:
    assert cli("artifacts", "3fa2") == 0
    assert "Train model  roc                HTML" in cli.out
    assert cli("artifacts", "3fa2", "--copy", "roc", str(tmp_path)) == 0
    assert (tmp_path / "roc.html").read_text() == artifact("roc", "f").digest
    assert cli("artifacts", "3fa2", "--copy", "Train model/model", "m.pkl", "--json") == 0
    assert cli.json()["path"] == "m.pkl"
    assert Path("m.pkl").exists()
    assert cli("artifacts", "3fa2", "--json") == 0
    assert {item["name"] for item in cli.json()["artifacts"]} == {"model", "roc", "executed-notebook"}


def test_artifacts_that_cannot_be_chosen(cli: CommandLine, succeeding: FakeService, tmp_path: Path) -> None:
    succeeding.kept.append((COMPARE, artifact("model", "b")))
    assert cli("artifacts", "3fa2", "--copy", "model", "x") == 2
    assert "Write one of: Train model/model, compare/model." in cli.err
    assert cli("artifacts", "3fa2", "--copy", "rock", "x") == 2
    assert "Did you mean roc?" in cli.err
    Path("taken").write_text("")
    assert cli("artifacts", "3fa2", "--copy", "roc", "taken") == 2
    assert "taken exists already" in cli.err
    assert cli("artifacts", "3fa2", "--copy", "roc", "no/such/folder") == 2
    assert cli("artifacts", "3fa2", "--copy", "roc") == 2
    assert cli("artifacts", "3fa2", "--copy", "roc", "x", "--open", "roc") == 2


def test_artifacts_open(
    cli: CommandLine, succeeding: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / ("open" if sys.platform == "darwin" else "xdg-open")
    program.parent.mkdir()
    monkeypatch.setenv("PATH", str(program.parent))
    assert cli("artifacts", "3fa2", "--open", "roc") == 4
    assert "KFP522" in cli.err
    program.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    program.chmod(0o755)
    assert cli("artifacts", "3fa2", "--open", "roc") == 0
    opened = Path((tmp_path / "opened").read_text().strip())
    assert opened.name == "roc.html"
    program.write_text("#!/bin/sh\necho no display >&2\nexit 3\n")
    assert cli("artifacts", "3fa2", "--open", "roc") == 4
    assert "no display" in cli.err


def test_cancel(cli: CommandLine, succeeding: FakeService) -> None:
    assert cli("cancel", "3fa2") == 0
    assert calls(succeeding, "cancel") == [(RUN_ID,)]
    assert cli("cancel", "3fa2", "--json") == 0
    assert cli.json() == {"run_id": RUN_ID, "state": "SUCCEEDED"}


def test_delete_asks(cli: CommandLine, succeeding: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("delete", "3fa2") == 2
    assert "KFP263" in cli.err
    answers = io.StringIO("n\ny\n")
    monkeypatch.setattr(answers, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin", answers)
    assert cli("delete", "3fa2") == 0
    assert "Nothing was deleted" in cli.err
    assert calls(succeeding, "delete") == []
    assert cli("delete", "3fa2") == 0
    assert cli.out == "Deleted run 3fa2c1d7; 5.0 MiB freed.\n"
    assert cli("delete", "3fa2", "--yes", "--json") == 0
    assert cli.json() == {"run_id": RUN_ID, "freed_bytes": 5 << 20}


def test_paged_logs_come_out_whole(cli: CommandLine, succeeding: FakeService) -> None:
    succeeding.log[(TRAIN, 1)] = b"0123456789abcde\n" * 200_000
    assert cli("logs", "3fa2", "Train model") == 0
    assert len(cli.out) == 3_200_000


@pytest.mark.parametrize("argv", [["show", "3fa2"], ["runs"], ["artifacts", "3fa2"], ["cancel", "3fa2"]])
def test_json_is_the_whole_output(cli: CommandLine, succeeding: FakeService, argv: list[str]) -> None:
    assert cli(*argv, "--json") == 0
    json.loads(cli.out)
    assert cli.err == ""


def test_the_service_is_closed_when_it_fails(
    cli: CommandLine, succeeding: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: FakeService, run_id: str) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(FakeService, "cancel", broken)
    assert cli("cancel", "3fa2") == 4
    assert succeeding.calls[-1] == ("close",)
