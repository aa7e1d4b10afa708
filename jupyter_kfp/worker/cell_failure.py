"""What the kernel tells the worker about a failed cell."""

from __future__ import annotations

import msgspec


class CellFailure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a cell ended badly."""

    headline: str
    """Class and first line of the exception."""
    exception: str
    line: int | None
    """Line of the cell, from 1; None if the exception never was in it."""
    traceback: str
    missing_file: str = ""
    """Absolute path of a file that was not found."""
