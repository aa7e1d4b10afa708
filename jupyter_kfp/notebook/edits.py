"""Changes of a notebook as data: what `notebook_edits.apply_edits` does to its file, and an editor could do too."""

from __future__ import annotations

from typing import Any

import msgspec


class SourceEdit(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="source"):
    """Replace a part of a cell's source; lines and columns count characters from 1, the end is behind the part."""

    cell: int
    """Position of the cell in the notebook, from 1."""
    cell_id: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    """What stands there afterwards."""


class TagEdit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="tag"):
    """Add a tag (only `new`), take one away (only `old`), or write one differently (both)."""

    cell: int
    cell_id: str
    old: str = ""
    new: str = ""


class OptionEdit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag="option"):
    """Change an entry of ``metadata.kfp``: give it a value, another name, or (with neither) take it away."""

    cell: int | None = None
    """None: the metadata of the notebook."""
    cell_id: str = ""
    path: tuple[str | int, ...] = ()
    """Keys and indices below ``kfp``; empty for all of ``kfp``."""
    value: Any = msgspec.UNSET
    name: str = ""


Edit = SourceEdit | TagEdit | OptionEdit
