"""State of a process, carried from step to step like a variable.

A notebook that seeds a library's generator and draws from it in several cells relies on one generator that goes on, and
one that sets an environment variable to what it computed relies on one environment. So the steps hand such state on: a
`CarriedState` is a variable of the notebook whose pickled form is the state at the time of saving, and loading it sets
the state of the loading process. The compiler decides where that is needed; `process_slots` knows how.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from jupyter_kfp.worker.process_slots import SLOTS, ProcessSlot
from jupyter_kfp.worker.repeated_settings import when_imported


class CarriedState:
    """Stands for a slot of this process."""

    def __init__(self, name: str) -> None:
        self.slot: ProcessSlot = SLOTS[name]
        self.given: Any = None
        """State that waits for its module to be imported; None if there is none."""

    def __repr__(self) -> str:
        """Say what it is."""
        return f"<{self.slot.label}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Take the state now."""
        state = self.slot.read() if self.is_loaded else self.given
        return restore, (self.slot.name, state)

    @property
    def is_loaded(self) -> bool:
        """Whether the module that has the state is there."""
        return not self.slot.module or self.slot.module in sys.modules

    def set(self, state: Any) -> None:
        """Have the process take this state, once the module that it belongs to is imported."""
        self.given = state
        if state is not None:
            when_imported(self.slot.module or "sys", lambda: self.slot.write(state))


def carried(name: str) -> CarriedState:
    """The one of a slot in this process."""
    known = _STATES.get(name)
    if known is None:
        known = _STATES[name] = CarriedState(name)
    return known


def spoken(text: str) -> str:
    """A message with what state is, where it names the variable under which it travels."""
    return _VARIABLE.sub(lambda found: f"the {SLOTS[found[1]].label}" if found[1] in SLOTS else found[0], text)


def restore(name: str, state: Any) -> CarriedState:
    """Set the state of a slot in this process."""
    found = carried(name)
    found.set(state)
    return found


_VARIABLE = re.compile(r"\b_kfp_(\w+)")
_STATES: dict[str, CarriedState] = {}
