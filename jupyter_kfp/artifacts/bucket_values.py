"""What callers of a bucket give and get."""

from __future__ import annotations

from typing import NamedTuple


class ObjectInfo(NamedTuple):
    """What is known of an object without reading it."""

    key: str
    """Below the prefix."""
    size: int
    """Bytes."""
    modified: float
    """Seconds since 1970, by the server's clock."""
    etag: str = ""
    """Changes when the object is replaced; empty if the server gives none."""


class Patience(NamedTuple):
    """Seconds for which a request is tried again."""

    first: float = 10.0
    """While the server has never answered: a wrong address is told soon."""
    later: float = 90.0
    """Once it has answered: it may be restarted."""


USUAL_PATIENCE = Patience()
