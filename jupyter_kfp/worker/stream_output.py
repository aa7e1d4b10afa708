"""What a cell prints, kept in its notebook within bounds: the beginning, the end, and how much lies between.

The log has everything; a notebook of 100 MB that nobody can open helps nobody. Pieces are joined once, not added one by
one to a growing text.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from jupyter_kfp.worker.step_notebook import notebook_node

HEAD_LIMIT = 512 * 1024
TAIL_LIMIT = 512 * 1024
"""Characters of stdout and stderr that are kept of one cell, from its start and from its end."""


class CellStreams:
    """Stream outputs of one cell."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._node: Any = None
        self._head_left = HEAD_LIMIT
        self._tail: deque[tuple[str, str]] = deque()
        self._tail_size = 0
        self._left_out = 0

    def add(self, outputs: list[Any], name: str, text: str) -> None:
        """Take in a piece of stdout or stderr."""
        head, rest = text[: self._head_left], text[self._head_left :]
        if head:
            self._head_left -= len(head)
            self._extend(outputs, name, head)
        if rest:
            self._keep_end(name, rest)

    def clear(self) -> None:
        """The cell's outputs were cleared, as by ``clear_output()``."""
        self.__init__()  # type: ignore[misc]  # a fresh start is exactly what is meant

    def settle(self) -> None:
        """Bring the text that came in since the last call into the outputs, before the notebook is saved."""
        if self._node is not None and len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
            self._node["text"] = self._pieces[0]

    def finish(self, outputs: list[Any]) -> None:
        """The cell has ended: append what was kept of the end, and apply carriage returns."""
        if self._left_out:
            note = f"\n… {_amount(self._left_out)} of output left out here; the step's log has all of it …\n"
            self._extend(outputs, self._tail[0][0], note)
        for name, text in self._tail:
            self._extend(outputs, name, text)
        self._close_node()
        for output in outputs:
            if output["output_type"] == "stream":
                output["text"] = _as_on_a_terminal(output["text"])
        self.clear()

    def _extend(self, outputs: list[Any], name: str, text: str) -> None:
        at_end = bool(outputs) and self._node is outputs[-1]
        if not at_end or self._node["name"] != name:
            self._close_node()
            self._node = notebook_node({"output_type": "stream", "name": name, "text": ""})
            outputs.append(self._node)
        self._pieces.append(text)

    def _close_node(self) -> None:
        if self._node is not None:
            self._node["text"] = "".join(self._pieces)
        self._node, self._pieces = None, []

    def _keep_end(self, name: str, text: str) -> None:
        if len(text) > TAIL_LIMIT:
            self._left_out += len(text) - TAIL_LIMIT
            text = text[-TAIL_LIMIT:]
        self._tail.append((name, text))
        self._tail_size += len(text)
        while self._tail_size > TAIL_LIMIT:
            excess = self._tail_size - TAIL_LIMIT
            first_name, first = self._tail.popleft()
            dropped = min(excess, len(first))
            if dropped < len(first):
                self._tail.appendleft((first_name, first[dropped:]))
            self._tail_size -= dropped
            self._left_out += dropped


def _as_on_a_terminal(text: str) -> str:
    """Without what a carriage return overwrites, as progress bars do."""
    if "\r" not in text:
        return text
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)


def _amount(characters: int) -> str:
    if characters < 1_000_000:
        return f"{characters / 1000:.0f} kB"
    return f"{characters / 1_000_000:.1f} MB"
