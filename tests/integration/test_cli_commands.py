"""The real command in processes of its own: streams, exit codes, pipes, signals."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = (
    ("parameters", "rows = 3"),
    ("step:Load data", "values = list(range(rows))\nprint('loaded', rows)"),
    ("step:report", "import jupyter_kfp\njupyter_kfp.log_metric('total', sum(values))"),
)
WAITING = (
    "step:wait",
    "import pathlib, time\nprint('waiting', flush=True)\nwhile not pathlib.Path('go').exists(): time.sleep(0.01)",
)
ANSI = re.compile(r"\x1b\[")


def start(kfp: Any, *arguments: str | Path) -> subprocess.Popen[str]:
    """The command in the background, as a shell starts it: with its own process group, without a terminal."""
    return subprocess.Popen(
        [sys.executable, "-m", "jupyter_kfp.cli", *map(str, arguments)],
        cwd=kfp.folder,
        env=kfp.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def until(happened: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def read_until(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if words in line:
            return seen
    raise AssertionError(f"{words!r} never came:\n{seen}")


def test_the_user_path(kfp: Any, make_notebook: Any) -> None:
    notebook = make_notebook(*NOTEBOOK)
    assert "no findings" in kfp("check", notebook).stdout
    run = kfp("run", notebook, "-p", "rows=5", "--name", "first", "--experiment", "E")
    assert run.returncode == 0, run.stdout + run.stderr
    assert not ANSI.search(run.stdout)
    assert "Load data  Succeeded" in run.stdout
    assert re.search(r"^total +10 +report", run.stdout, re.MULTILINE)
    run_id = re.search(r"jupyter kfp show (\w+)", run.stdout)[1]  # type: ignore[index]
    again = kfp("run", notebook, "-p", "rows=5")
    assert again.stdout.count("  Cached  ") == 2
    assert [run["experiment"] for run in kfp.json("runs")["runs"]] == ["Default", "E"]
    assert [run["name"] for run in kfp.json("runs", "--experiment", "E")["runs"]] == ["first"]
    assert kfp("logs", run_id, "Load data").stdout == "loaded 5\n"
    assert "total" in kfp("show", run_id).stdout
    assert kfp("artifacts", run_id, "--copy", "report/executed-notebook", ".").returncode == 0
    assert json.loads((kfp.folder / "executed-notebook.ipynb").read_text())["nbformat"] == 4
    assert kfp("delete", run_id, "--yes").returncode == 0
    assert kfp("show", run_id).returncode == 2


def test_compile_writes_beside_the_notebook(kfp: Any, make_notebook: Any) -> None:
    notebook = make_notebook(*NOTEBOOK)
    assert kfp("compile", notebook).returncode == 0
    written = notebook.with_suffix(".pipeline.yaml").read_text()
    assert kfp("compile", notebook, "-o", "-").stdout == written
    assert kfp.json("compile", notebook, "-o", "x.yaml")["steps"] == 2
    assert (kfp.folder / "x.yaml").read_text() == written
    result = kfp.json("run", "x.yaml", "-p", "rows=2")
    assert (result["exit"], result["metrics"][0]["value"]) == (0, 1.0)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_compile_into_a_read_only_folder(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    notebook = make_notebook(*NOTEBOOK)
    tmp_path.chmod(0o555)
    try:
        done = kfp("compile", notebook)
        assert (done.returncode, "Permission denied" in done.stderr) == (4, True)
    finally:
        tmp_path.chmod(0o755)


def test_graphs(kfp: Any, make_notebook: Any) -> None:
    notebook = make_notebook(*NOTEBOOK)
    assert "Load data" in kfp("graph", notebook).stdout
    assert kfp("graph", notebook, "--format", "mermaid").stdout.startswith("flowchart")
    assert len(kfp.json("graph", notebook)["nodes"]) == 2
    assert kfp("graph", notebook, "-o", "g.svg").returncode == 0
    assert (kfp.folder / "g.svg").read_text().startswith("<svg")
    wrong = kfp("graph", notebook, "--format", "png")
    assert (wrong.returncode, "'png'" in wrong.stderr) == (2, True)


def test_a_kernel_that_is_not_installed_is_a_warning_of_check(kfp: Any, make_notebook: Any) -> None:
    notebook = make_notebook(("step:a", "x = 1"), kernel="conda-env-gone")
    [found] = kfp.json("check", notebook)["diagnostics"]
    assert (found["code"], found["severity"]) == ("KFP501", "warning")
    assert "conda-env-gone" in found["message"]
    assert "kernels that exist: " in found["hint"]
    assert kfp("check", notebook).returncode == 0


def test_findings_in_all_formats(kfp: Any, make_notebook: Any) -> None:
    notebook = make_notebook(("step:a", "print(unknown)"))
    text = kfp("check", notebook)
    assert text.returncode == 1
    assert "cell 1, line 1" in text.stdout
    assert "    print(unknown)\n          ^" in text.stdout
    assert text.stdout.endswith("1 error\n")
    found = kfp.json("check", notebook)
    assert [item["variable"] for item in found["diagnostics"]] == ["unknown"]
    assert kfp("check", notebook, "--format", "github").stdout.startswith("::error file=")
    refused = kfp("run", notebook)
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr.count("unknown") >= 1
    code = found["diagnostics"][0]["code"]
    assert kfp("explain", code).stdout.startswith(code)
    assert kfp.json("explain", code.lower())["severity"] == "error"
    assert kfp("explain", "KFP999").returncode == 2


def test_parameters_of_a_file_and_of_the_command_line(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    notebook = make_notebook(("parameters", "a = 1\nb = [1]\nc = 'x'"), ("step:s", "print(a, b, c)"))
    (tmp_path / "p.yaml").write_text("a: 2\nb: [3, 4]\n")
    result = kfp.json("run", notebook, "--params-file", "p.yaml", "-p", "a=-5", "-p", "c=y=z")
    assert result["parameters"] == {"a": -5, "b": [3, 4], "c": "y=z"}
    assert result["tasks"]["root/s"]["log"] == "-5 [3, 4] y=z\n"


def test_a_plan_says_why(kfp: Any, make_notebook: Any) -> None:
    notebook = make_notebook(*NOTEBOOK)
    kfp("run", notebook)
    assert kfp("plan", notebook).stdout.splitlines()[-1] == "2 steps: 2 cached"
    plan = kfp.json("plan", notebook, "-p", "rows=7")
    assert plan["tasks"]["root/load-data--c0s4"]["action"] == "run"
    assert "rows" in plan["tasks"]["root/load-data--c0s4"]["why"]


def test_selections_reach_the_engine(kfp: Any, make_notebook: Any) -> None:
    notebook = make_notebook(*NOTEBOOK)
    kfp("run", notebook)
    forced = kfp.json("run", notebook, "--force", "Load data", "--only", "Load data")
    states = {path: (task["state"], task["reason"]) for path, task in forced["tasks"].items()}
    assert states["root/load-data--c0s4"] == ("SUCCEEDED", None)
    assert states["root/report"] == ("SKIPPED", "not-selected")
    typo = kfp("run", notebook, "--only", "Load dta")
    assert typo.returncode == 2
    assert "Load data" in typo.stderr


def test_sigterm_leaves_the_run_to_itself(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    process = start(kfp, "run", make_notebook(WAITING))
    read_until(process, "Running")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    run_id = re.search(r"jupyter kfp attach (\w+)", err)[1]  # type: ignore[index]
    assert kfp.json("show", run_id)["state"] == "RUNNING"
    (tmp_path / "go").touch()
    attached = kfp("attach", run_id)
    assert (attached.returncode, "wait  Succeeded" in attached.stdout) == (0, True)


def test_sigint_without_a_terminal_cancels(kfp: Any, make_notebook: Any) -> None:
    process = start(kfp, "run", make_notebook(WAITING), "--KfpApp.grace_seconds=1")
    read_until(process, "Running")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "Interrupted: canceling run" in err
    assert "jupyter kfp retry" in out


def test_detach_cancel_retry(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    started = kfp.json("run", make_notebook(WAITING, ("step:next", "x = 1")), "--detach")
    run_id = started["run_id"]
    assert kfp("cancel", run_id[:8], "--KfpApp.grace_seconds=1").returncode == 0
    assert kfp("attach", run_id).returncode == 3
    assert kfp("cancel", run_id).returncode == 2, "it has ended"
    (tmp_path / "go").touch()
    retried = kfp.json("retry", run_id)
    assert (retried["exit"], retried["state"]) == (0, "SUCCEEDED")
    assert retried["tasks"]["root/wait"]["attempt"] == 2


def test_logs_are_followed_while_they_grow(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    cell = WAITING[1] + "\nprint('gone on')"
    run_id = kfp.json("run", make_notebook(("step:wait", cell)), "--detach")["run_id"]
    process = start(kfp, "logs", run_id, "wait", "-f")
    read_until(process, "waiting")
    (tmp_path / "go").touch()
    out, err = process.communicate(timeout=60)
    assert (out, err, process.returncode) == ("gone on\n", "", 0)


def test_a_reader_that_goes_away_is_no_error(kfp: Any, make_notebook: Any) -> None:
    cell = "line = 'x' * 99\nfor _ in range(50_000): print(line)"
    run_id = kfp.json("run", make_notebook(("step:a", cell)))["run_id"]
    command = f"set -o pipefail; {sys.executable} -m jupyter_kfp.cli logs {run_id} a | head -n 1"
    done = subprocess.run(
        ["bash", "-c", command], env=kfp.environment, cwd=kfp.folder, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("x" * 99 + "\n", "")
    assert done.returncode == 141


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_big_log_needs_little_memory(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    run_id = kfp.json("run", make_notebook(("step:a", "print('x')")))["run_id"]
    (log,) = (tmp_path / "home" / "runs").rglob("log.txt")
    with log.open("wb") as file:
        for _ in range(100):
            file.write(b"0123456789abcde\n" * 65_536)
    # Not ru_maxrss: that of a child starts at the size of the process that forked it, which here is pytest.
    code = (
        "import re, sys\nfrom jupyter_kfp.cli.app import main\n"
        f"main(['logs', {run_id!r}, 'a'])\n"
        "print(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=kfp.environment,
        cwd=tmp_path,
        capture_output=True,
        timeout=120,
    )
    assert len(done.stdout) == 100 << 20
    peak_kib = int(done.stderr)
    assert peak_kib < 150 * 1024


def test_doctor(kfp: Any) -> None:
    report = kfp.json("doctor")
    assert (report["exit"], report["ok"]) == (0, True), report
    found = {finding["what"]: finding for finding in report["findings"]}
    assert {"packages", "home", "disk", "database", "kernel python3"} <= set(found)
    text = kfp("doctor").stdout
    assert text.count("\nok ") >= 5


def test_doctor_says_what_to_do(kfp: Any, tmp_path: Path) -> None:
    kernel = tmp_path / "share" / "kernels" / "gone"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(json.dumps({"argv": ["/no/python"], "display_name": "x", "language": "python"}))
    kfp.environment["JUPYTER_PATH"] = str(tmp_path / "share")
    (tmp_path / "home").write_text("a file, no folder")
    report = kfp.json("doctor")
    assert (report["exit"], report["ok"]) == (4, False)
    failed = {finding["what"]: finding for finding in report["findings"] if finding["status"] == "fail"}
    assert set(failed) == {"home", "database", "kernel gone"}
    assert all(finding["todo"] for finding in failed.values())


def test_the_launcher_of_jupyter_finds_us(kfp: Any) -> None:
    jupyter = Path(sys.executable).parent / "jupyter"
    done = subprocess.run(
        [jupyter, "kfp", "--version"], env=kfp.environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout.startswith("jupyter-kfp ")) == (0, True)


def test_cheap_commands_import_nothing_heavy(kfp: Any, make_notebook: Any) -> None:
    heavy = {
        "sqlalchemy",
        "alembic",
        "nbformat",
        "jupyter_client",
        "IPython",
        "pydantic",
        "pandas",
        "rich",
        "papermill",
    }
    for arguments in (["--version"], ["run", "--help"], ["check", str(make_notebook(*NOTEBOOK))]):
        code = f"import sys\nfrom jupyter_kfp.cli.app import main\nmain({arguments!r})\nprint(*sys.modules, sep='\\n')"
        done = subprocess.run(
            [sys.executable, "-c", code], env=kfp.environment, capture_output=True, text=True, timeout=60, check=True
        )
        assert not heavy & set(done.stdout.splitlines()), arguments


def test_a_cached_run_imports_no_more_than_it_needs(kfp: Any, make_notebook: Any) -> None:
    notebook = make_notebook(*NOTEBOOK)
    kfp("run", notebook)
    heavy = {"alembic", "nbformat", "jupyter_client", "IPython", "pydantic", "pandas", "rich", "papermill", "zmq"}
    run = f"from jupyter_kfp.cli.app import main\nmain(['run', {str(notebook)!r}])"
    code = f"import sys\n{run}\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code], env=kfp.environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert not heavy & set(done.stdout.splitlines())
