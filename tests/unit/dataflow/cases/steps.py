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
=====
skipped cell in between
# %% a
x = 1
# %% skip
x = 100
# %% b
print(x)
=====
markdown in between
# %% a
x = 1
# %% markdown
# A heading
# %% b
print(x)
=====
one step only
# %% a
x = [1]
x.append(2)
print(x)
=====
no steps are needed by the others, all print
# %% c
print(3)
# %% a
print(1)
# %% b
print(2)
=====
many steps in a row change one list
# %% a
xs = []
# %% b
xs.append('b')
# %% c
xs.append('c')
# %% d
xs.append('d')
# %% e
xs.append('e')
# %% f
print(xs)
=====
diamond
# %% a
x = [1]
# %% b
y = [v + 1 for v in x]
# %% c
z = [v * 10 for v in x]
# %% d
print(x, y, z)
=====
a step reads what a later step rebinds
# %% a
x = 1
# %% b
print(x)
# %% c
x = 2
# %% d
print(x)
=====
a step reads an object that a later step changes
# %% a
x = [1]
# %% b
print(x)
# %% c
x.append(2)
# %% d
print(x)
=====
names of steps that are not identifiers
# %% 1.load
x = 1
# %% two-things after:1.load
print(x)
=====
large integers, floats, text with every character
# %% a
big, tiny, text = 10**30, 1e-320, 'a\\x00\\ud7ff\\U0001f600"\\'\\\\'
inf, nan, z = float('inf'), float('nan'), -0.0
# %% b
print(big, tiny, repr(text), inf, nan, z)
=====
numpy scalars and booleans keep their type
# %% setup
import numpy as np
# %% a
i, b, f = np.int8(5), np.bool_(True), np.float32(0.1)
# %% b
print(type(i).__name__, type(b).__name__, type(f).__name__, f)
=====
bool, int and subclasses
# %% a
class MyInt(int): pass
m = MyInt(3)
t = True
# %% b
print(type(m).__name__, m + 1, type(t).__name__)
=====
tuples stay tuples
# %% a
t = (1, 'a', None)
d = {(1, 2): 't', 3: 'i'}
# %% b
print(t, d)
=====
paths, dates, fractions
# %% a
from pathlib import Path
from datetime import date, timedelta
from fractions import Fraction
p, d, f = Path('a') / 'b', date(2020, 1, 31), Fraction(1, 3)
# %% b
print(p.as_posix(), d + timedelta(days=1), f * 3)
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
