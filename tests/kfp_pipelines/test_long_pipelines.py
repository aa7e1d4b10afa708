"""Pipelines that take minutes by design: started when the tests start, looked at when all others are done."""

from __future__ import annotations

import pytest
from sdk_pipelines import EXPECTED, LONG, differences

pytestmark = pytest.mark.skipif(not EXPECTED, reason="the compiled pipelines are not beside the project")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", LONG)
def test_a_long_one_runs_as_expected(long_runs, name):
    done = long_runs.kfp("attach", long_runs.ids[name], timeout=890)
    assert done.returncode in (0, 1), done.stderr
    assert differences(EXPECTED[name], long_runs.kfp.json("show", long_runs.ids[name])) == []
