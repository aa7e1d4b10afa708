"""Functions that close over the notebook's names: as aliases, in containers, as arguments, decorated, cached."""

from __future__ import annotations

SAME = """
decorator closes over globals
# %% setup
import functools
def logged(f):
    @functools.wraps(f)
    def inner(*args):
        print(prefix, f.__name__)
        return f(*args)
    return inner
# %% a
prefix = '>>'
# %% b
@logged
def double(x):
    return x * 2
# %% c
print(double(4))
=====
default argument is evaluated at definition
# %% a
n = 1
def f(x=n):
    return x
# %% b
n = 2
print(f())
=====
mutable default argument
# %% a
def f(x, acc=[]):
    acc.append(x)
    return acc
# %% b
f(1)
# %% c
print(f(2))
=====
function alias
# %% a
k = 3
def f():
    return k
g = f
# %% b
print(g())
=====
partial
# %% setup
from functools import partial
# %% a
base = 7
def add(x, y):
    return x + y + base
p = partial(add, 1)
# %% b
print(p(2))
=====
functions in a container
# %% a
k = 1
def f(): return k
def g(): return k * 10
table = {'f': f, 'g': [g]}
# %% b
k = 5
# %% c
print(table['f'](), table['g'][0]())
=====
recursion
# %% a
def fact(n): return 1 if n < 2 else n * fact(n - 1)
# %% b
print(fact(5))
=====
mutual recursion
# %% a
def even(n): return n == 0 or odd(n - 1)
# %% b
def odd(n): return n != 0 and even(n - 1)
# %% c
print(even(10))
=====
factory returns an instance
# %% setup
class M:
    def run(self): return depth
def make(): return M()
# %% a
m = make()
# %% b
depth = 8
# %% c
print(m.run())
=====
cached function
# %% a
import functools
calls = []
@functools.cache
def f(n):
    calls.append(n)
    return n * 2
# %% b
print(f(2), f(2), calls)
"""
