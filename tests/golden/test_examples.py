"""The examples compile to their golden IR, run by hand, and give the same result as pipelines."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml

from jupyter_kfp.compiler.compile_notebook import compile_notebook
from jupyter_kfp.spec.ir_yaml import to_yaml
from jupyter_kfp.spec.step_payload import unpack_payload

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
SUCCEEDING = [notebook for notebook in NOTEBOOKS if notebook.stem != "failing_step"]


def readable(text: str) -> list[Any]:
    """The documents with their payloads unpacked: zlib may compress differently elsewhere."""
    documents = list(yaml.safe_load_all(text))
    for executor in documents[0]["deploymentSpec"]["executors"].values():
        args = executor["container"]["args"]
        args[1] = repr(unpack_payload(args[1]))
    return documents


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_example_compiles_to_its_golden_file(notebook: Path) -> None:
    compiled = compile_notebook(notebook)
    assert compiled.pipeline is not None, compiled.diagnostics
    assert readable(to_yaml(compiled.pipeline)) == readable(notebook.with_suffix(".pipeline.yaml").read_text("utf-8"))


def metrics_logged_by_hand(notebook: Path, folder: Path) -> list[list[Any]]:
    """Run the notebook in one kernel, as its author does, and note what `log_metric` was called with."""
    document = nbformat.read(notebook, as_version=4)
    spy = (
        "import json, jupyter_kfp\n"
        "def log_metric(name, value, step=None, real=jupyter_kfp.log_metric):\n"
        "    real(name, value, step)\n"
        "    with open('metrics.jsonl', 'a') as file: print(json.dumps([name, value, step]), file=file)\n"
        "jupyter_kfp.log_metric = log_metric"
    )
    document.cells.insert(0, nbformat.v4.new_code_cell(spy))
    nbformat.write(document, folder / "by_hand.ipynb")
    command = [sys.executable, "-m", "papermill", "by_hand.ipynb", "out.ipynb", "--no-progress-bar"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
    log = folder / "metrics.jsonl"
    return sorted(json.loads(line) for line in log.read_text().splitlines()) if log.exists() else []


@pytest.mark.parametrize("notebook", SUCCEEDING, ids=lambda path: path.stem)
def test_pipeline_logs_the_metrics_of_the_notebook(notebook: Path, tmp_path: Path) -> None:
    expected = metrics_logged_by_hand(notebook, tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "jupyter_kfp.cli", "run", str(notebook), "--json"],
        env={**os.environ, "JUPYTER_KFP_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    result = json.loads(run.stdout)
    assert (result["state"], run.returncode) == ("SUCCEEDED", 0), run.stdout
    logged = sorted([metric["name"], metric["value"], metric.get("step")] for metric in result["metrics"])
    assert logged == expected
    assert expected


def test_failing_example_fails_where_its_text_says(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "jupyter_kfp.cli", "run", str(EXAMPLES / "failing_step.ipynb"), "--json"],
        env={**os.environ, "JUPYTER_KFP_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    result = json.loads(run.stdout)
    assert (result["state"], run.returncode) == ("FAILED", 1)
    states = {path: task["state"] for path, task in result["tasks"].items()}
    assert sorted(states.values()) == ["FAILED", "SKIPPED", "SUCCEEDED", "SUCCEEDED"]
    assert (result["error"]["cell"], result["error"]["line"]) == (4, 2)
    assert "colour_intensity" in result["error"]["message"]
