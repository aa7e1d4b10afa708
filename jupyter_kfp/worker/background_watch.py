"""What a step leaves running when its cells have ended: it ends with the step, while in the notebook it goes on.

Only threads and asyncio tasks that run functions of the notebook are looked at; those of libraries are their matter.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_kfp.spec.worker_events import StepError


class BackgroundWatch:
    """Begins when it is made: before the first cell; `namespace` is the notebook's."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace
        self._before = set(threading.enumerate())

    def warnings(self, step: str) -> list[StepError]:
        """One warning for each thread and task that still runs."""
        return [_warning(step, what) for what in (*self._threads(), *self._tasks())]

    def _threads(self) -> Iterator[str]:
        for thread in threading.enumerate():
            function = _function_of(thread)
            if thread not in self._before and self._is_own(getattr(function, "__globals__", None)):
                yield f"the thread that runs {getattr(function, '__qualname__', 'a function')}()"

    def _tasks(self) -> Iterator[str]:
        try:
            tasks = asyncio.all_tasks()
        except RuntimeError:  # no loop runs
            return
        for coroutine in sorted((task.get_coro() for task in tasks), key=lambda one: getattr(one, "__qualname__", "")):
            frame = getattr(coroutine, "cr_frame", None)
            if self._is_own(getattr(frame, "f_globals", None)):
                yield f"the task that runs {getattr(coroutine, '__qualname__', 'a coroutine')}()"

    def _is_own(self, names: object) -> bool:
        return names is self._namespace


def _function_of(thread: threading.Thread) -> Any:
    """What a thread runs; None if that is not known."""
    given = getattr(thread, "function", None) if isinstance(thread, threading.Timer) else None
    found = given or getattr(thread, "_target", None) or type(thread).run
    while isinstance(found, functools.partial):
        found = found.func
    return getattr(found, "__func__", found)


def _warning(step: str, what: str) -> StepError:
    return StepError(
        code="KFP348",
        message=f"step {step}: {what} has not ended with the last cell; later steps, in processes of their own, see "
        "nothing of what it would still do",
        hint="wait for it in the step that starts it (join, await), or put the cells that need it into that step",
        details={"step": step},
    )
