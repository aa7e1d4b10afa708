"""Where the cells and lines of a notebook stand in its file, for tools that show files: GitHub, editors."""

from __future__ import annotations

import json

from jupyter_kfp.notebook.json_text import member_at, members_of, skip_space
from jupyter_kfp.notebook.source_text import offset_of, place_in_text


class FilePlaces:
    """The lines of a notebook's file. Raises `ValueError` if it is no JSON."""

    def __init__(self, data: bytes) -> None:
        self._text = data.decode("utf-8-sig")
        start = skip_space(self._text, 0)
        cells = member_at(self._text, start, "cells")
        self._cells = members_of(self._text, cells.start) if cells else []

    def find(self, cell: int | None, line: int | None, column: int | None) -> tuple[int, int]:
        """Line and column in the file, from 1, of a place in a cell; of its beginning, if that is not there."""
        if cell is None or not 1 <= cell <= len(self._cells):
            return 1, 1
        position = self._cells[cell - 1].start
        source = member_at(self._text[position : self._cells[cell - 1].end], 0, "source")
        if source is not None and line is not None:
            written = self._text[position + source.start : position + source.end]
            position += source.start + self._place(written, line, column or 1)
        begin = self._text.rfind("\n", 0, position) + 1
        return self._text.count("\n", 0, position) + 1, position - begin + 1

    def _place(self, written: str, line: int, column: int) -> int:
        value = json.loads(written, strict=False)
        source = value if isinstance(value, str) else "".join(value)
        try:
            return place_in_text(written, offset_of(source, line, column))
        except ValueError:  # a place that the source does not have
            return 0
