"""Draws from seeded generators that nobody foresaw."""

from __future__ import annotations

import random

import numpy as np
import pytest

from jupyter_kfp.spec.step_payload import SeededGenerator
from jupyter_kfp.worker.draw_watch import DrawWatch

DRAWS = {"numpy_random": np.random.standard_normal, "python_random": random.random}


@pytest.fixture(autouse=True)
def _states():
    numpy, python = np.random.get_state(), random.getstate()
    yield
    np.random.set_state(numpy)
    random.setstate(python)


@pytest.mark.parametrize("name", sorted(DRAWS))
@pytest.mark.parametrize("in_setup", [False, True])
def test_a_draw_is_an_error_or_a_warning_where_setup_seeds(name: str, in_setup: bool) -> None:
    watch = DrawWatch([SeededGenerator(name=name, cell=3, in_setup=in_setup)])
    assert not watch.problems("a") + watch.warnings("a")
    DRAWS[name]()
    found = watch.warnings("a") if in_setup else watch.problems("a")
    assert [each.code for each in found] == ["KFP336"]
    assert "which cell 3" in found[0].message
    assert not (watch.problems("a") if in_setup else watch.warnings("a"))


def test_other_generators_are_not_looked_at() -> None:
    watch = DrawWatch([SeededGenerator(name="python_random", cell=3)])
    DRAWS["numpy_random"]()
    assert not watch.problems("a")
