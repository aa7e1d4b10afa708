"""Steps in parts, their order, and how plain values cross them."""

from __future__ import annotations

SAME = """
step in two parts
# %% a
x = 1
# %% a
y = x + 1
# %% b
print(x, y)
=====
parts of a step around an independent one
# %% a
x = 1
# %% b
z = 5
# %% a
y = x + 1
# %% c
print(x, y, z)
=====
nothing shared
# %% a
print('a')
# %% b
print('b')
=====
untagged cells continue
# %% a
x = 1
# %% -
x += 1
# %% b
print(x)
=====
scalars keep their type
# %% a
i, f, s, b, n = 1, 1.0, 'text', True, None
big = 2**70
neg = -3
nan = float('nan')
# %% b
print(repr(i), repr(f), repr(s), repr(b), n, big, neg, nan)
=====
literal changed later in the step
# %% a
n = 1
n += 1
# %% b
print(n)
=====
literal in a branch
# %% parameters
flag = True
# %% a
n = 1
if flag:
    n = 'text'
# %% b
print(n)
=====
after without data
# %% a
print('first')
# %% b after:a
print('second')
"""

REFUSED = """
cells of a step around one that it needs -> KFP133
# %% a
x = 1
# %% b
y = x + 1
# %% a
print(y)
=====
after against the order -> KFP133
# %% a after:b
x = 1
# %% b
print(x)
"""
