"""Several requests to a store at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

THREADS = 4
_T = TypeVar("_T")


def in_parallel(action: Callable[[_T], None], items: Iterable[_T], *, name: str) -> None:
    """Do something with all items, in threads called after `name`. After a failure, which is raised, none begins."""
    with ThreadPoolExecutor(THREADS, thread_name_prefix=name) as pool:
        try:
            for _ in pool.map(action, items):
                pass
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
