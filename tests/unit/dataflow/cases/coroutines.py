"""Coroutines: await at the top level, asynchronous comprehensions, loops, generators."""

from __future__ import annotations

SAME = """
async function
# %% a
import asyncio
factor = 3
async def work(x):
    await asyncio.sleep(0)
    return x * factor
# %% b
print(await work(2))
=====
await at top level binds names
# %% a
import asyncio
async def work():
    return [1]
got = await work()
# %% b
got.append(2)
# %% c
print(got)
=====
async comprehension
# %% a
async def numbers():
    for i in range(3):
        yield i * scale
# %% b
scale = 2
xs = [x async for x in numbers()]
# %% c
print(xs)
=====
async for and async with
# %% setup
import contextlib
@contextlib.asynccontextmanager
async def opened(name):
    yield [name]
async def count(n):
    for i in range(n):
        yield i
# %% a
async with opened('f') as handle:
    async for i in count(3):
        handle.append(i)
# %% b
print(handle, i)
=====
gather
# %% setup
import asyncio
# %% a
done = []
async def work(x):
    await asyncio.sleep(0)
    done.append(x)
    return x
# %% b
results = await asyncio.gather(work(1), work(2))
# %% c
print(results, sorted(done))
=====
asyncio.run in a thread
# %% a
import asyncio, threading
out = []
async def work():
    out.append(1)
t = threading.Thread(target=lambda: asyncio.run(work()))
t.start(); t.join()
# %% b
print(out)
=====
awaiting in setup
# %% setup
import asyncio
await asyncio.sleep(0)
ready = 'yes'
# %% a
print(ready)
"""

REFUSED = """
coroutine object for another step -> KFP313
# %% a
async def work():
    return 1
c = work()
# %% b
print(await c)
=====
async generator half consumed -> KFP313
# %% a
async def numbers():
    for i in range(3):
        yield i
g = numbers()
await anext(g)
# %% b
print(await anext(g))
"""
