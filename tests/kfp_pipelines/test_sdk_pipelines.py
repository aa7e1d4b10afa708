"""Pipelines that the KFP SDK compiled, run here without a cluster: all states, outputs and texts that are known."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import get_args

import pytest
from sdk_pipelines import DATA, EXPECTED, LONG, REFUSED, RUNNABLE, arguments, differences

from jupyter_kfp.drawing import GraphFormat, draw
from jupyter_kfp.spec.ir_yaml import load_pipeline

pytestmark = pytest.mark.skipif(not EXPECTED, reason="the compiled pipelines are not beside the project")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", [name for name in RUNNABLE if name not in LONG])
def test_it_runs_as_expected(shared_kfp, tmp_path, name):
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
def test_it_can_be_drawn(name):
    pipeline = load_pipeline(DATA / name)
    for one in get_args(GraphFormat):
        assert draw(pipeline, one).strip()


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
