"""Columns of pandas that pyarrow holds: pickled where they lie, while pandas makes a copy of them first."""

from __future__ import annotations

import copyreg
import sys
from typing import Any

_PARTS = 3
"""Mask, ends of the texts, texts."""
_SLACK = 64
"""Bytes that pyarrow counts or does not count, depending on how it is asked, of a column that shows all its memory."""


def is_arrow_array(kind: type) -> bool:
    """Whether objects of this class are such columns, pickled as pandas does it."""
    if not kind.__module__.startswith("pandas."):
        return False
    return any(each.__name__ == "ArrowExtensionArray" for each in kind.__mro__)


def reduce_arrow_array(column: Any) -> Any:
    """Reduction of a column that is one whole piece of memory of a simple type; of others `NotImplemented`.

    pandas joins the pieces, which also leaves out what a slice does not show. The form is always the same (memory
    read-only, no mask where nothing is missing), so that a column that was loaded is written as it was before.
    """
    pieces = column._pa_array  # noqa: SLF001  there is no public way to it
    if pieces.num_chunks != 1 or pieces.type.num_fields:
        return NotImplemented
    piece = pieces.chunk(0)
    buffers = piece.buffers()
    if len(buffers) > _PARTS or piece.offset or piece.get_total_buffer_size() > piece.nbytes + _SLACK:
        return NotImplemented
    pyarrow: Any = sys.modules["pyarrow"]
    masked = bool(piece.null_count)
    kept = [
        pyarrow.py_buffer(memoryview(each).toreadonly()) if each is not None and (masked or part) else None
        for part, each in enumerate(buffers)
    ]
    plain = pyarrow.Array.from_buffers(piece.type, len(piece), kept, piece.null_count)
    state = {**column.__dict__, "_pa_array": pyarrow.chunked_array([plain]), "_cache": {}}
    return copyreg.__newobj__, (type(column),), state  # type: ignore[attr-defined]  # what pickle itself uses
