"""Generators and iterators that are consumed here and there."""

from __future__ import annotations

SAME = """
generator consumed by the same step
# %% a
g = (i for i in range(5))
next(g)
rest = list(g)
# %% b
print(rest)
=====
iterator half consumed
# %% a
it = iter([1, 2, 3])
# %% b
next(it)
# %% c
print(list(it))
"""
