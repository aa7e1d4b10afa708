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
