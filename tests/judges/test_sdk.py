"""The KFP SDK and its protobuf judge what we compile; asked once, in an environment of their own, as imports are slow.

Set KFP_PYTHON to the Python of an environment with kfp and kfp-kubernetes.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from jupyter_kfp.compiler.compile_notebook import compile_notebook
from jupyter_kfp.notebook.notebook_folder import FolderContents
from jupyter_kfp.spec.ir_yaml import to_yaml

pytestmark = pytest.mark.judge

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.ipynb"))
RANDOM_PROGRAMS = 40

EVERY_OPTION = {
    "image": "ghcr.io/acme/trainer:1.2",
    "cpu": "2",
    "cpu_request": "500m",
    "memory": "4Gi",
    "memory_request": "1Gi",
    "accelerator": {"type": "nvidia.com/gpu", "count": 1},
    "retries": {"count": 3, "backoff_seconds": 30, "factor": 2, "max_seconds": 600},
    "timeout": 90.5,
    "caching": False,
    "env": {"STAGE": "test", "LANG": "C"},
    "secrets": [{"name": "s3", "key": "access", "env": "AWS_ACCESS_KEY_ID"}],
    "volumes": [
        {"mount_path": "/data", "pvc": "data", "sub_path": "raw"},
        {"mount_path": "/scratch", "empty_dir": "1Gi"},
        {"mount_path": "/tls", "secret": "tls"},
        {"mount_path": "/conf", "config_map": "conf"},
    ],
    "node_selector": {"gpu": "a100"},
    "tolerations": [
        {"key": "gpu", "operator": "Exists", "effect": "NoSchedule"},
        {"key": "slow", "value": "yes", "effect": "NoExecute", "toleration_seconds": 60},
    ],
    "labels": {"team": "x"},
}
PARAMETERS = """count: int = 3  # how many
rate = 0.5
name = "Übung"
flag = True
items = [1, 2]
table = {"a": [1.5, None]}
nothing = None
size: int"""


def _notebook(cells: list[tuple[str, str, dict[str, Any]]], **kfp: Any) -> dict[str, Any]:
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "kfp": kfp},
        "cells": [
            {
                "cell_type": "code",
                "id": f"c{number}",
                "metadata": {"tags": [tags], "kfp": options} if options else {"tags": [tags]},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, (tags, source, options) in enumerate(cells)
        ],
    }


MADE = {
    "options": _notebook([("step:Train model", "x = [1]", EVERY_OPTION), ("step:Übung 2", "print(x)", {})]),
    "parameters": _notebook(
        [("parameters", PARAMETERS, {}), ("step:a", "n = count\nm = 2\nprint(rate, name, flag, table)", {}),
         ("step:b", "print(n, m, items, nothing, size)", {})],
        name="Everything at once",
        description="Über alles",
    ),
    "logs": _notebook(
        [
            ("setup", "import jupyter_kfp as k\nfrom jupyter_kfp import log_html", {}),
            ("step:a", "k.log_metric('a', 1)\nk.log_roc_curve([0], [0], [0])\nlog_html('<b>', 'page')", {}),
            ("step:b", "k.log_artifact('f', 'my file', 'acme.Thing')\nk.log_figure(None, name='größe')", {}),
        ]
    ),
    "large": _notebook([("step:a", "text = '" + random.Random(1).randbytes(100_000).hex() + "'", {})]),
}  # fmt: skip


@pytest.fixture(scope="session")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | None]:
    """A complaint, or None, by name of the compiled notebook."""
    python = os.environ.get("KFP_PYTHON")
    if not python:
        pytest.skip("KFP_PYTHON is not set: no environment with the KFP SDK")
    folder = tmp_path_factory.mktemp("compiled")
    sources: dict[str, Any] = {f"example-{path.stem}": path for path in EXAMPLES} | MADE
    folders: dict[str, dict[str, bytes]] = {}
    for name, notebook, files in _oracle_notebooks():
        sources[name] = notebook
        folders[name] = {path: text.encode() for path, text in files.items()}
    for name, source in sources.items():
        compiled = compile_notebook(source, folder=FolderContents(folders[name]) if name in folders else None)
        if compiled.pipeline is None:
            assert name.startswith("program-"), (name, compiled.diagnostics)
            continue
        (folder / f"{name}.yaml").write_text(to_yaml(compiled.pipeline), encoding="utf-8")
    script = Path(__file__).with_name("sdk_judge.py")
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [python, str(script), str(folder)], capture_output=True, text=True, env=environment, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return {Path(name).stem: complaint for name, complaint in json.loads(done.stdout.splitlines()[-1]).items()}


def _oracle_notebooks() -> list[tuple[str, Any, dict[str, str]]]:
    sys.path.insert(0, str(ROOT / "tests" / "unit" / "dataflow"))
    try:
        from oracle import notebook_of
        from oracle_cases import SAME_CASES
        from random_programs import sample
    finally:
        sys.path.pop(0)
    cases = [(f"case-{number}", notebook_of(case.cells), case.files) for number, case in enumerate(SAME_CASES)]
    programs = [(f"program-{number}", notebook_of(cells), {}) for number, cells in enumerate(sample(RANDOM_PROGRAMS))]
    return cases + programs


@pytest.mark.parametrize("name", [f"example-{path.stem}" for path in EXAMPLES])
def test_the_sdk_takes_the_examples(verdicts: dict[str, str | None], name: str) -> None:
    assert verdicts[name] is None, verdicts[name]


@pytest.mark.parametrize("name", MADE)
def test_the_sdk_takes_every_feature(verdicts: dict[str, str | None], name: str) -> None:
    assert verdicts[name] is None, verdicts[name]


def test_the_sdk_takes_all_that_the_oracle_compiles(verdicts: dict[str, str | None]) -> None:
    complaints = {name: text for name, text in verdicts.items() if text and name.startswith(("case-", "program-"))}
    assert not complaints, complaints
    assert sum(name.startswith(("case-", "program-")) for name in verdicts) > 100


def test_the_sdk_still_compiles_its_example_to_the_file_beside_it(tmp_path: Path) -> None:
    """`examples/word_lengths.yaml`, but for the comments that the SDK writes, is what it compiles."""
    kfp_python = os.environ.get("KFP_PYTHON")
    if not kfp_python:
        pytest.skip("KFP_PYTHON is not set")
    script = ROOT / "examples" / "word_lengths.py"
    subprocess.run([kfp_python, script], cwd=tmp_path, check=True, capture_output=True)
    compiled, kept = (
        list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
        for path in (tmp_path / "word_lengths.yaml", script.with_suffix(".yaml"))
    )
    assert compiled == kept
