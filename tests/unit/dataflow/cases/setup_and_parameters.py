"""What setup makes and steps change; parameters of the pipeline."""

from __future__ import annotations

SAME = """
parameter reassigned in a step
# %% parameters
n = 3
# %% a
print(n)
n = n + 1
# %% b
print(n)
=====
parameter used by setup function
# %% setup
def scale(x): return x * factor
# %% parameters
factor = 3
# %% a
print(scale(2))
=====
parameter read by setup at the top level
# %% parameters
size = 4
# %% setup
zeros = [0] * size
# %% a
print(zeros)
=====
mutable parameter changed in a step
# %% parameters
xs = [1, 2]
# %% a
xs.append(3)
# %% b
print(xs)
=====
parameter named like a builtin
# %% parameters
max = 3
# %% a
print(max)
=====
setup variable changed in a step
# %% setup
registry = {}
# %% a
registry['a'] = 1
# %% b
registry['b'] = 2
# %% c
print(registry)
=====
setup variable rebound in a step
# %% setup
MODE = 'fast'
def mode(): return MODE
# %% a
print(mode())
# %% b
MODE = 'slow'
# %% c
print(mode())
=====
setup after steps
# %% a
def f(): return 1
x = f()
# %% setup
def f(): return 2
# %% b
print(x, f())
=====
setup redefined by setup
# %% setup
def f(): return 1
# %% a
print(f())
# %% setup
def f(): return 2
# %% b
print(f())
=====
step redefines a function of setup
# %% setup
def f(): return 'setup'
def g(): return f()
# %% a
print(g())
# %% b
def f(): return 'step'
# %% c
print(g())
=====
setup that prints
# %% setup
print('setup runs')
x = 1
# %% a
print(x)
# %% b
print(x + 1)
=====
setup with a loop and a function that it calls
# %% setup
table = {}
def fill(n):
    for i in range(n):
        table[i] = i * i
fill(3)
# %% a
print(table)
# %% b
table[9] = 81
# %% c
print(table)
=====
setup below a step that changed what it uses
# %% setup
xs = [1]
# %% a
xs.append(2)
# %% setup
def total(): return sum(xs)
# %% b
print(total())
=====
setup reassigns a setup name between steps
# %% setup
mode = 'one'
# %% a
print(mode)
# %% setup
mode = 'two'
# %% b
print(mode)
=====
setup function with a default from a parameter
# %% parameters
n = 3
# %% setup
def f(x=n): return x
# %% a
print(f())
=====
setup class with an attribute from a parameter
# %% parameters
n = 3
# %% setup
class Config:
    size = n * 2
# %% a
print(Config.size)
=====
parameters of every plain type
# %% parameters
i = 1
f = 2.0
s = 'text'
b = False
none = None
xs = [1, 'a', None]
d = {'k': [1.5]}
neg = -5
text = \"\"\"two
lines\"\"\"
# %% a
print(repr(i), repr(f), repr(s), repr(b), none, xs, d, neg, repr(text))
# %% b
print(type(f).__name__, type(i).__name__)
=====
parameter deleted
# %% parameters
n = 1
# %% a
del n
# %% b
print('n' in globals())
=====
parameter rebound in a branch
# %% parameters
n = 1
# %% a
if n > 0:
    n = 'big'
# %% b
print(n)
=====
parameter shadowed in a function
# %% parameters
n = 1
# %% a
def f(n): return n * 2
# %% b
print(f(5), n)
=====
parameter changed by a global function
# %% parameters
n = 1
# %% a
def inc():
    global n
    n += 1
inc()
# %% b
print(n)
=====
constant of setup, rebound by a function
# %% setup
total = 0
def add(x):
    global total
    total += x
# %% a
add(1)
# %% b
add(2)
# %% c
print(total)
=====
setup list filled by a decorator
# %% setup
hooks = []
def hook(f):
    hooks.append(f)
    return f
# %% a
@hook
def first(): return 1
# %% b
@hook
def second(): return 2
# %% c
print([h() for h in hooks])
=====
cells before the first step are setup
# %% -
import math
def area(r): return round(math.pi * r * r, 2)
# %% a
x = area(1)
# %% b
print(x, area(2))
"""

REFUSED = """
setup reads a step's variable -> KFP132
# %% a
x = 1
# %% setup
y = x + 1
# %% b
print(y)
"""
