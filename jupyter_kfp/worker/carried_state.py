"""State of random generators that belongs to a process, carried from step to step like a variable.

A notebook that seeds a library's generator and draws from it in several cells relies on one generator that goes on. So
the steps hand its state on: a `GeneratorState` is a variable of the notebook whose pickled form is the state at the
time of saving, and loading it sets the generator of the loading process. The compiler decides where that is needed.
"""

from __future__ import annotations

from typing import Any


class GeneratorState:
    """Stands for the generator of a library in this process."""

    def __init__(self, library: str) -> None:
        self.library = library

    def __repr__(self) -> str:
        """Name the library."""
        return f"<state of {self.library}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Take the generator's state now."""
        return restore, (self.library, _read_state(self.library))


def restore(library: str, state: Any) -> GeneratorState:
    """Set the generator of this process."""
    if library == "random":
        import random

        random.setstate(state)
    elif library == "numpy":
        import numpy as np

        np.random.set_state(state)
    else:
        import torch  # type: ignore[import-not-found]  # only where the notebook has it

        torch.set_rng_state(torch.frombuffer(bytearray(state), dtype=torch.uint8))
    return _STATES[library]


def _read_state(library: str) -> Any:
    if library == "random":
        import random

        return random.getstate()
    if library == "numpy":
        import numpy as np

        return np.random.get_state()
    import torch

    return torch.get_rng_state().numpy().tobytes()


numpy_random = GeneratorState("numpy")
python_random = GeneratorState("random")
torch_random = GeneratorState("torch")
_STATES = {state.library: state for state in (numpy_random, python_random, torch_random)}
