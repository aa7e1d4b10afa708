"""Deleting old runs, artifacts of nobody, and environments: said first, done when asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_runs_gc_says_first_and_deletes_then(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    notebook = make_notebook(("step:a", "x = list(range(9))"), ("step:b", "print(x)"))
    ids = [kfp.json("run", notebook, "--no-cache")["run_id"] for _ in range(3)]
    said = kfp("runs", "gc", "--keep", "1")
    assert "Nothing was deleted. To delete 2 runs" in said.stderr
    assert "jupyter kfp runs gc --keep 1 --yes" in said.stderr
    assert all(run_id[:8] in said.stdout for run_id in ids[:2])
    assert len(kfp.json("runs")["runs"]) == 3
    assert kfp.json("runs", "gc", "--older-than", "1h")["runs"] == []
    assert kfp.json("runs", "gc", "--keep", "0", "--older-than", "1h")["runs"] == []
    done = kfp.json("runs", "gc", "--keep", "1", "--yes")
    assert done["deleted"]
    assert {run["run_id"] for run in done["runs"]} == set(ids[:2])
    assert [run["run_id"] for run in kfp.json("runs")["runs"]] == ids[2:]
    assert kfp.json("show", ids[2])["state"] == "SUCCEEDED"


def test_artifacts_of_nobody_are_found(kfp: Any, make_notebook: Any, tmp_path: Path) -> None:
    kfp.json("run", make_notebook(("step:a", "x = 1"), ("step:b", "print(x)")))
    from jupyter_kfp.artifacts.local_store import LocalArtifactStore

    store = LocalArtifactStore(tmp_path / "home" / "artifacts")
    orphan = store.put_bytes(b"left by a process that was killed")
    kept = set(store.list()) - {orphan}
    assert kfp.json("runs", "gc")["artifacts"] == [orphan]
    assert store.exists(orphan)
    done = kfp.json("runs", "gc", "--yes")
    assert done["freed_bytes"] == 33
    assert set(store.list()) == kept


def test_rules_that_make_no_sense_are_refused(kfp: Any) -> None:
    wrong = kfp.json("runs", "gc", "--older-than", "soon")
    assert (wrong["exit"], wrong["error"]["code"]) == (2, "KFP251")
    assert "30d" in wrong["error"]["message"]
    assert kfp("cache").returncode == 0
    assert "no environment to remove" in kfp("cache", "prune").stderr
    assert kfp("help", "cache", "prune").stdout.startswith("usage: jupyter kfp cache prune")
