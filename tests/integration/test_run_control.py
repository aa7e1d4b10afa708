"""Pausing, resuming and retrying runs by the command line; logs of steps that did not run."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

WAIT_FOR = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.02)\n"
DEADLINE = 60.0


def wait_until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_paused_run_starts_nothing_new(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    notebook = make_notebook(("step:first", WAIT_FOR + "x = 1"), ("step:second", "print('second', x)"))
    run_id = kfp.json("run", notebook, "--detach")["run_id"]
    wait_until(lambda: kfp.json("show", run_id)["tasks"]["root/first"]["state"] == "RUNNING")
    assert kfp.json("pause", run_id)["exit"] == 0
    wait_until(lambda: kfp.json("show", run_id)["state"] == "PAUSED")
    (tmp_path / "go").touch()
    wait_until(lambda: kfp.json("show", run_id)["tasks"]["root/first"]["state"] == "SUCCEEDED")
    paused = kfp.json("show", run_id)
    assert (paused["state"], paused["tasks"]["root/second"]["state"]) == ("PAUSED", "PENDING")
    assert kfp.json("pause", run_id)["error"]["code"] == "KFP236"
    assert kfp.json("resume", run_id)["exit"] == 0
    done = kfp.json("attach", run_id)
    assert done["state"] == "SUCCEEDED"
    assert "second 1" in done["tasks"]["root/second"]["log"]
    assert kfp.json("resume", run_id)["error"]["code"] == "KFP236"


def test_retry_with_another_parameter_does_again_what_read_it(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    """What succeeded with the old value is done again, what never read it stays: no mix of both."""
    notebook = make_notebook(
        ("parameters", "n = 1"),
        ("step:apart", "open('apart', 'a').write('x')\na = 5"),
        ("step:double", "d = 2 * n"),
        ("step:check", "print('double is', d)\nassert d > 5"),
        ("step:both", "print('both', a, d)"),
    )
    failed = kfp.json("run", notebook)
    assert failed["state"] == "FAILED"
    done = kfp.json("retry", failed["run_id"], "--with", "n=4")
    assert done["state"] == "SUCCEEDED", done["error"]
    assert done["parameters"] == {"n": 4}
    assert "double is 8" in done["tasks"]["root/check"]["log"]
    assert "both 5 8" in done["tasks"]["root/both"]["log"]
    assert (tmp_path / "apart").read_text() == "x"
    wrong = kfp.json("retry", failed["run_id"], "--with", "m=4")
    assert wrong["error"]["code"] in {"KFP244", "KFP248"}


def test_a_cached_step_has_the_log_of_its_origin(kfp: Any, make_notebook: Any) -> None:
    notebook = make_notebook(("step:a", "print('hello of a')\nx = 1"), ("step:b", "print('hello of b', x)"))
    first = kfp.json("run", notebook)
    again = kfp.json("run", notebook)
    assert {task["reason"] for task in again["tasks"].values()} == {"cached"}
    assert "hello of b 1" in again["tasks"]["root/b"]["log"]
    printed = kfp("logs", again["run_id"]).stdout
    assert f"==> a (same as run {first['run_id'][:8]}" in printed
    assert "hello of a" in printed
    assert "hello of b 1" in kfp("logs", again["run_id"], "b").stdout
    kfp("delete", first["run_id"], "--yes")
    assert kfp("logs", again["run_id"], "b").returncode == 0


def test_a_cached_step_is_judged_again_when_a_later_step_begins_to_read_what_it_changes(
    kfp: Any, make_notebook: Any
) -> None:
    """Nobody read the list below the step that changes it unseen; then somebody does: the old run proves nothing."""
    cells = [
        ("step:make", "xs = [1]"),
        ("step:change", "import operator\noperator.methodcaller('append', 2)(xs)\ny = len(xs)"),
    ]
    first = kfp.json("run", make_notebook(*cells, ("step:end", "print(y)")))
    assert first["state"] == "SUCCEEDED"
    again = kfp.json("run", make_notebook(*cells, ("step:read", "print(xs)"), ("step:end", "print(y)")))
    assert again["state"] == "FAILED"
    assert again["tasks"]["root/change"]["error"]["code"] == "KFP316"
