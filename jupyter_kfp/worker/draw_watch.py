"""Draws that nobody foresaw: code of libraries that uses a generator which another cell of the notebook seeds.

A step that is known to draw is given the state of the generator, and hands it on. One that draws without that has other
numbers than the notebook, and so has every step that draws after it.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable
from typing import Any

from jupyter_kfp.spec.step_payload import SeededGenerator
from jupyter_kfp.spec.worker_events import StepError

_FRESH_POSITION = 624
"""Where the state of numpy's generator stands when it was just seeded, also by itself: no number is drawn yet."""


class DrawWatch:
    """Begins when it is made: after setup and inputs, before the first cell."""

    def __init__(self, seeded: Iterable[SeededGenerator]) -> None:
        self._watched = [(each, _state(each.name)) for each in seeded if each.name in _LABELS]

    def problems(self, step: str) -> list[StepError]:
        """An error for each generator that was drawn from without its state."""
        return [_problem(step, each) for each in self._drawn(in_setup=False)]

    def warnings(self, step: str) -> list[StepError]:
        """A warning for each that setup seeds: then the step may be right, if it is the first to draw."""
        return [_warning(step, each) for each in self._drawn(in_setup=True)]

    def _drawn(self, *, in_setup: bool) -> list[SeededGenerator]:
        return [each for each, before in self._watched if each.in_setup == in_setup and _has_drawn(each.name, before)]


_LABELS = {"numpy_random": "numpy's random generator", "python_random": "Python's random generator"}


def _state(name: str) -> tuple[Any, ...] | None:
    """Of a generator; None if its library is not loaded yet."""
    if name == "python_random":
        return random.getstate()
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    _, key, position, *gauss = numpy.random.get_state()
    return key.tobytes(), position, *gauss


def _has_drawn(name: str, before: tuple[Any, ...] | None) -> bool:
    now = _state(name)
    if before is None and now is not None:  # loaded since, with a state of its own
        return bool(now[1] != _FRESH_POSITION)
    return now != before


def _problem(step: str, each: SeededGenerator) -> StepError:
    return StepError(
        code="KFP336",
        message=f"step {step}: code that it called drew from {_LABELS[each.name]}, which cell {each.cell} seeds, and "
        "the step does not have its state: the numbers are not those of the notebook",
        hint="seed it in this step, too, or give a seed to what draws (random_state=, seed=, rng=), or put the cells "
        f"into the step of cell {each.cell}",
        details={"generator": each.name, "cells": [each.cell]},
    )


def _warning(step: str, each: SeededGenerator) -> StepError:
    return StepError(
        code="KFP336",
        message=f"step {step}: code that it called drew from {_LABELS[each.name]}, which cell {each.cell} (setup) "
        "seeds anew in each step: the notebook goes on drawing instead",
        hint="give a seed to what draws (random_state=, seed=, rng=), or seed in the step that draws",
        details={"generator": each.name, "cells": [each.cell]},
    )
