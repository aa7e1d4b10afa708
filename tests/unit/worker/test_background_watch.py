"""Threads and tasks that outlive the cells of their step are told of; those of libraries are not."""

from __future__ import annotations

import asyncio
import functools
import threading
from typing import Any

from jupyter_kfp.worker.background_watch import BackgroundWatch

_CELL = """
import asyncio, threading
going_on = threading.Event()
def work():
    going_on.wait(30)
class Worker(threading.Thread):
    def run(self):
        going_on.wait(30)
async def wait():
    await asyncio.sleep(30)
"""


def notebook() -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(_CELL, namespace)
    return namespace


def test_threads_that_run_functions_of_the_notebook() -> None:
    names = notebook()
    watch = BackgroundWatch(names)
    threads = [
        threading.Thread(target=functools.partial(names["work"])),
        threading.Timer(0.001, names["work"]),
        names["Worker"](),
        threading.Thread(target=names["going_on"].wait, args=(30,)),
    ]
    for thread in threads:
        thread.start()
    found = watch.warnings("a")
    names["going_on"].set()
    for thread in threads:
        thread.join()
    assert [one.code for one in found] == ["KFP348"] * 3
    assert sorted(one.message.split("()")[0].rpartition(" ")[2] for one in found) == ["Worker.run", "work", "work"]
    assert not watch.warnings("a")


def test_threads_that_were_there_before() -> None:
    names = notebook()
    thread = threading.Thread(target=names["work"])
    thread.start()
    watch = BackgroundWatch(names)
    assert not watch.warnings("a")
    names["going_on"].set()
    thread.join()


def test_tasks_of_the_notebook() -> None:
    async def cell() -> list[str]:
        names = notebook()
        watch = BackgroundWatch(names)
        own, other = asyncio.ensure_future(names["wait"]()), asyncio.ensure_future(asyncio.sleep(30))
        await asyncio.sleep(0)
        found = [one.message for one in watch.warnings("a")]
        for task in (own, other):
            task.cancel()
        await asyncio.gather(own, other, return_exceptions=True)
        return found

    (message,) = asyncio.run(cell())
    assert message.startswith("step a: the task that runs wait() has not ended")
