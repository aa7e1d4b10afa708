"""Slots of the machine, shared by runs: a limit, fairness, and processes that die with slots in their hands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_kfp.engine import machine_slots
from jupyter_kfp.engine.machine_slots import MachineSlots

HOLDER = """
import sys, time
from pathlib import Path
from jupyter_kfp.engine.machine_slots import MachineSlots
print(MachineSlots(Path(sys.argv[1]), "dying", 4).take(3), flush=True)
time.sleep(600)
"""


@pytest.fixture
def slots(tmp_path):
    opened = []

    def open_slots(run_id, limit=4):
        opened.append(MachineSlots(tmp_path, run_id, limit))
        return opened[-1]

    yield open_slots
    for one in opened:
        one.close()


def test_all_runs_together_keep_the_limit(slots):
    a, b = slots("a"), slots("b")
    assert (a.take(3), b.take(3)) == (3, 1)
    a.keep(1)
    assert (b.take(2), a.take(1)) == (2, 0)


def test_a_run_that_waits_with_fewer_goes_first(slots):
    a, b = slots("a"), slots("b")
    assert (a.take(4), b.take(2)) == (4, 0)
    a.keep(3)
    assert a.take(1) == 0  # b waits, and has none
    assert b.take(2) == 1
    a.keep(2)
    assert (a.take(2), b.take(1)) == (0, 1)
    b.keep(1)
    assert a.take(2) == 1  # b waits no more


def test_a_run_that_is_silent_is_not_waited_for(slots, monkeypatch):
    a, b = slots("a"), slots("b")
    assert (a.take(4), b.take(2)) == (4, 0)
    monkeypatch.setattr(machine_slots, "_STALE_SECONDS", 0.0)
    a.keep(3)
    assert a.take(1) == 1


def test_nothing_is_made_before_a_slot_is_wanted(slots, tmp_path):
    assert slots("a").take(0) == 0
    assert list(tmp_path.iterdir()) == []


def test_slots_of_a_killed_process_are_free(slots, tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "3\n"
    mine = slots("mine")
    assert mine.take(4) == 1
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert mine.take(3) == 3
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["mine"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["take", "keep"]), st.integers(0, 5)), max_size=25))
def test_the_limit_holds_whatever_runs_do(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("slots")
    runs = [MachineSlots(folder, f"run{number}", 3) for number in range(3)]
    for number, what, count in steps:
        getattr(runs[number], what)(count)
        assert sum(run.held for run in runs) <= 3
    for run in runs:
        run.close()
    last = MachineSlots(folder, "last", 3)
    assert last.take(5) == 3
    last.close()
