"""Pipelines that the KFP SDK compiled, run here without a cluster: every state, output and text that is known of them.

The files and what is expected of each (`expected.json`) are real inputs that lie beside the project, not in it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[3] / "shared" / "data" / "kfp-pipelines"
EXPECTED: dict[str, dict[str, Any]] = (
    json.loads((DATA / "expected.json").read_text(encoding="utf-8")) if DATA.is_dir() else {}
)
RUNNABLE = [name for name, entry in EXPECTED.items() if entry["runnable"]]
REFUSED = [name for name, entry in EXPECTED.items() if not entry["runnable"]]
LONG = [name for name in RUNNABLE if EXPECTED[name].get("seconds", 0) > 60]
pytestmark = pytest.mark.skipif(not EXPECTED, reason="the compiled pipelines are not beside the project")


@pytest.fixture(scope="module")
def long_runs(shared_kfp, tmp_path_factory) -> dict[str, str]:
    """Ids of runs that mostly sleep: they are started before all others, and looked at last."""
    started = {}
    for name in LONG:
        result = shared_kfp.json("run", DATA / name, *arguments(name, tmp_path_factory.mktemp("long")), "--detach")
        started[name] = result["run_id"]
    return started


def arguments(name: str, folder: Path) -> list[str | Path]:
    """Options of the run: its parameters, and the secrets that it wants."""
    entry = EXPECTED[name]
    parameters = {key: _in_folder(value, folder) for key, value in entry.get("parameters", {}).items()}
    (folder / "parameters.json").write_text(json.dumps(parameters), encoding="utf-8")
    options: list[str | Path] = ["--params-file", folder / "parameters.json"]
    if "secrets" in entry:
        secrets: dict[str, dict[str, str]] = {}
        for secret in entry["secrets"]:
            secrets.setdefault(secret["name"], {})[secret["key"]] = secret["value"]
        (folder / "secrets.json").write_text(json.dumps(secrets), encoding="utf-8")
        options += ["--secrets-file", folder / "secrets.json"]
    return options


def _in_folder(value: Any, folder: Path) -> Any:
    return value.replace("{tmp}", str(folder)) if isinstance(value, str) else value


def differences(expected: Mapping[str, Any], result: Mapping[str, Any]) -> list[str]:
    """What is not as expected, in words."""
    found = _differences(expected, result)
    for alternatives in [expected.get("one_of", []), *expected.get("each_one_of", [])]:
        tried = [_differences(alternative, result) for alternative in alternatives]
        if tried and all(tried):
            found.append(f"no alternative holds: {min(tried, key=len)}")
    return found


def _differences(expected: Mapping[str, Any], result: Mapping[str, Any]) -> list[str]:
    found = [] if expected.get("state", result["state"]) == result["state"] else [f"the run is {result['state']}"]
    return found + _of_tasks(expected.get("tasks", {}), result["tasks"])


def _of_tasks(expected: Mapping[str, Any], tasks: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for path, wanted in expected.items():
        task = tasks.get(path)
        if task is None:
            found += [] if wanted["state"] == "SKIPPED" else [f"there is no {path}"]
            continue
        if task["state"] != wanted["state"]:
            found.append(f"{path} is {task['state']} ({task['error'] and task['error']['message']})")
        for key, value in wanted.get("outputs", {}).items():
            if task["outputs"].get(key) != value:
                found.append(f"{path} gives {key}={task['outputs'].get(key)!r}, not {value!r}")
        found += [
            f"{path} does not print {text!r}" for text in wanted.get("log_contains", ()) if text not in task["log"]
        ]
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", [name for name in RUNNABLE if name not in LONG])
def test_it_runs_as_expected(shared_kfp, long_runs, tmp_path, name):
    result = shared_kfp.json("run", DATA / name, *arguments(name, tmp_path), timeout=590)
    assert "tasks" in result, result
    assert differences(EXPECTED[name], result) == []


@pytest.mark.parametrize("name", REFUSED)
def test_what_needs_a_cluster_never_ends_green_in_silence(shared_kfp, tmp_path, name):
    """It is refused by a code and a hint, or fails where the cluster would be needed, or says what was not used."""
    result = shared_kfp.json("run", DATA / name, *arguments(name, tmp_path), timeout=240)
    if result["exit"] == 0:
        told = " ".join(result["notes"])
        assert "image" in told, EXPECTED[name]["why_not"]
        return
    error = result["error"]
    assert error["code"].startswith("KFP")
    assert error["message"]


@pytest.mark.parametrize("name", RUNNABLE + REFUSED)
def test_it_can_be_drawn(shared_kfp, name):
    done = shared_kfp("graph", DATA / name)
    assert done.returncode == 0, done.stderr


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", LONG)
def test_a_long_one_runs_as_expected(shared_kfp, long_runs, name):
    done = shared_kfp("attach", long_runs[name], timeout=890)
    assert done.returncode in (0, 1), done.stderr
    assert differences(EXPECTED[name], shared_kfp.json("show", long_runs[name])) == []


def test_the_files_run_unchanged_from_packages(shared_kfp, tmp_path):
    """A ``.zip`` and a ``.tar.gz`` with one pipeline in it, and the pipeline as JSON."""
    source = DATA / "hello_world.yaml"
    (tmp_path / "inside").mkdir()
    shutil.copy(source, tmp_path / "inside" / "pipeline.yaml")
    packages = [
        Path(shutil.make_archive(str(tmp_path / "package"), kind, tmp_path / "inside")) for kind in ("zip", "gztar")
    ]
    import yaml

    document = next(yaml.safe_load_all(source.read_text(encoding="utf-8")))
    (tmp_path / "pipeline.json").write_text(json.dumps(document), encoding="utf-8")
    for path in [*packages, tmp_path / "pipeline.json"]:
        result = shared_kfp.json("run", path, *arguments(source.name, tmp_path))
        assert differences(EXPECTED[source.name], result) == []
