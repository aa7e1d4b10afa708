"""What a run does with the files that its steps tell of; ``a`` stands above ``b`` in the notebook."""

from __future__ import annotations

import pytest

from jupyter_kfp.artifacts.file_state import file_state
from jupyter_kfp.runs.states import Reason, RuntimeState
from jupyter_kfp.spec.used_files import FileState, UsedFiles
from jupyter_kfp.spec.worker_events import FilesUsed

FREE = {"a": [], "b": []}
ORDERED = {"a": [], "b": ["a"]}
X, OLD, NEW = "/nb/x", FileState("1", 1, 1, 1), FileState("2", 2, 2, 2)


def used(world, seconds=1.0, **files):
    return world.Outcome(seconds=seconds, events=[FilesUsed(at=0, files=UsedFiles(**files))])


def play(world, **outcomes):
    world.script = lambda key, _attempt: outcomes[key]


def test_files_are_looked_at_before_outputs_are_used_again(world, tmp_path):
    data = tmp_path / "data.csv"
    data.write_text("1")
    play(world, a=used(world, read={str(data): file_state(str(data))}), b=world.Outcome())
    pipeline = world.make_pipeline(ORDERED)
    world.run(pipeline)
    assert world.states(world.run(pipeline)) == {"a": "SUCCEEDED", "b": "SUCCEEDED"}
    assert world.launched() == ["a", "b"]
    data.write_text("2")
    world.run(pipeline)
    assert world.launched() == ["a", "b", "a"]  # which gave the same again


def test_a_reader_that_came_too_early_fails_the_run_and_is_not_remembered(world):
    play(world, a=used(world, 5.0, written={X: NEW}), b=used(world, read={X: OLD}))
    run_id = world.run(world.make_pipeline(FREE), slots=2)
    failed = world.task(run_id, "a")
    assert (failed.state, failed.reason) == (RuntimeState.FAILED, Reason.UNORDERED_FILES)
    assert failed.error.code == "KFP347"
    assert "after:a" in failed.error.hint
    assert [entry.task_key for entry in world.store.entries] == ["b"]
    assert world.store.get_run(run_id).state is RuntimeState.FAILED


@pytest.mark.parametrize("edges", [FREE, ORDERED])
def test_the_same_content_or_an_order_is_right(world, edges):
    seen = NEW if edges is FREE else OLD
    play(world, a=used(world, 5.0, written={X: NEW}), b=used(world, read={X: seen}))
    run_id = world.run(world.make_pipeline(edges), slots=2)
    assert world.store.get_run(run_id).state is RuntimeState.SUCCEEDED


def test_who_writes_the_missing_file_is_told(world):
    missing = world.Outcome(succeeded=False, seconds=2.0, details={"missing_file": X})
    play(world, a=used(world, written={X: NEW}), b=missing)
    run_id = world.run(world.make_pipeline(FREE), slots=2)
    assert world.task(run_id, "b").error.hint.startswith(
        'step "a" writes this file: tag a cell of step “b” with after:a'
    )
    play(world, a=used(world), b=missing)
    run_id = world.run(world.make_pipeline(FREE, name="other"), slots=2)
    assert world.task(run_id, "b").error.hint == "try again"
