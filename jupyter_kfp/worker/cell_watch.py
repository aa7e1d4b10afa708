"""Small guarded values are looked at after every cell, so that the guard can tell in which one they changed.

Only values that are pickled in microseconds, and that hold no objects of classes that the notebook defines: pickling
them would run the notebook's own code in the middle of the step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import xxhash

from jupyter_kfp.artifacts.serializers.notebook_objects import MAIN, NotebookNames
from jupyter_kfp.artifacts.serializers.pickled_value import PickledValue, pickle_value

MAX_BYTES = 1 << 17
"""Size of a value's file up to which it is watched."""
_NOTEBOOK_CODE = (MAIN.encode(), b"notebook_objects", b"cloudpickle")
"""What a pickle stream holds if it needs code of the notebook."""


class CellWatch:
    """Watches values from cell to cell.

    Parameters
    ----------
    events:
        The shell's events; IPython calls back after each cell that is not silent.
    names:
        The notebook's namespace.

    """

    def __init__(self, events: Any, names: NotebookNames) -> None:
        self._events = events
        self._names = names
        self._values: dict[str, Callable[[], object]] = {}
        self._prints: dict[str, bytes] = {}
        self._cells: dict[str, list[int]] = {}
        self._listening = False

    def add(self, name: str, value: Callable[[], object], size: int) -> None:
        """Watch what `value` gives, unless its file of `size` bytes says that it is large."""
        if size > MAX_BYTES:
            return
        found = self._print(value)
        if found is None:
            return
        self._values[name], self._prints[name] = value, found
        if not self._listening:
            self._events.register("post_run_cell", self._after_cell)
            self._listening = True

    def stop(self) -> None:
        """End."""
        if self._listening:
            self._events.unregister("post_run_cell", self._after_cell)
            self._listening = False

    def changing(self, name: str) -> Sequence[int]:
        """Numbers of the cells after which the value was pickled differently; none if it was not watched."""
        return self._cells.get(name, ())

    def _after_cell(self, result: Any) -> None:
        for name, value in list(self._values.items()):
            found = self._print(value)
            if found == self._prints[name]:
                continue
            self._cells.setdefault(name, []).append(result.execution_count)
            if found is None:
                del self._values[name]
            else:
                self._prints[name] = found

    def _print(self, value: Callable[[], object]) -> bytes | None:
        """Digest of the pickled form; None if it cannot be pickled or needs code of the notebook."""
        try:
            pickled = pickle_value(value(), self._names)
        except Exception:  # noqa: BLE001  reducers of any library run here; the check at the end says what is wrong
            return None
        return None if _runs_notebook_code(pickled) else _digest(pickled)


def _runs_notebook_code(pickled: PickledValue) -> bool:
    stream = b"".join(pickled.stream)
    return any(mark in stream for mark in _NOTEBOOK_CODE)


def _digest(pickled: PickledValue) -> bytes:
    hasher = xxhash.xxh3_128()
    for piece in (*pickled.stream, *(buffer.view for buffer in pickled.buffers)):
        hasher.update(piece)
    return hasher.digest()
