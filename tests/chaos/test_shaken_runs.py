"""`kill -9` of the run's process, of workers, of both and of the command, at random moments: nothing is lost."""

from __future__ import annotations

import pytest
from shaken_runs import Shaker

KILLS = 12
"""`make chaos` does as many as asked for."""


@pytest.mark.timeout(600)
def test_nothing_is_lost_whatever_is_killed(tmp_path):
    shaker = Shaker(tmp_path, seed=20_26)
    while sum(shaker.tally.kills.values()) < KILLS:
        shaker.trial(kills=3)
    assert shaker.tally.kills
