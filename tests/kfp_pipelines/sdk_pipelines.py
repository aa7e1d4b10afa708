"""The pipelines that lie beside the project, what is expected of each, and how a result differs from that.

The files and what is expected of them (`expected.json`) are real inputs; they are read where they are present.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[3] / "shared" / "data" / "kfp-pipelines"
EXPECTED: dict[str, dict[str, Any]] = (
    json.loads((DATA / "expected.json").read_text(encoding="utf-8")) if DATA.is_dir() else {}
)
RUNNABLE = [name for name, entry in EXPECTED.items() if entry["runnable"]]
REFUSED = [name for name, entry in EXPECTED.items() if not entry["runnable"]]
LONG = [name for name in RUNNABLE if EXPECTED[name].get("seconds", 0) > 60]
"""These mostly sleep: they run beside all other tests, and are looked at last."""


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
