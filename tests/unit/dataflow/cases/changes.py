"""Objects that are changed in place, by every means."""

from __future__ import annotations

SAME = """
change by method
# %% a
xs = [3, 1, 2]
# %% b
xs.sort()
# %% c
print(xs)
=====
change by item
# %% a
d = {}
# %% b
d['k'] = 1
# %% c
print(d)
=====
change by attribute
# %% a
from types import SimpleNamespace
s = SimpleNamespace(v=1)
# %% b
s.v = 2
# %% c
print(s.v)
=====
change by slice
# %% a
xs = [1, 2, 3, 4]
# %% b
xs[1:3] = []
# %% c
print(xs)
=====
change by del item
# %% a
d = {'a': 1, 'b': 2}
# %% b
del d['a']
# %% c
print(d)
=====
change by augmented assignment
# %% a
xs = [1]
ys = xs
# %% b
xs += [2]
# %% c
print(xs, ys)
=====
change by a function
# %% a
def fill(target, n):
    target.extend(range(n))
xs = []
# %% b
fill(xs, 3)
# %% c
print(xs)
=====
change by a function, keyword
# %% a
def fill(n, target):
    inner = target
    inner['n'] = n
d = {}
# %% b
fill(1, target=d)
# %% c
print(d)
=====
change with a used result
# %% a
xs = [1, 2, 3]
# %% b
last = xs.pop()
# %% c
print(xs, last)
=====
change inside a comprehension
# %% a
xs = []
# %% b
[xs.append(i) for i in range(3)]
# %% c
print(xs)
=====
change of a global in a function
# %% a
cache = {}
def put(k):
    cache[k] = True
# %% b
put('a')
# %% c
put('b')
# %% d
print(sorted(cache))
=====
two branches change one object
# %% a
xs = []
# %% b
xs.append('b')
# %% c
xs.append('c')
# %% d
print(xs)
=====
heapq
# %% setup
import heapq
# %% a
h = [3, 1]
heapq.heapify(h)
# %% b
heapq.heappush(h, 0)
# %% c
print(h)
=====
setattr and delattr
# %% a
class O: pass
o = O()
# %% b
setattr(o, 'x', 1)
# %% c
print(o.x)
"""

REFUSED = """
two values of one variable -> KFP134
# %% s
x = [1]
# %% a
print(x)
# %% b
x = [2]
# %% a
print(x)
=====
changed again after it was read -> KFP134
# %% a
x = [1]
# %% b
print(x)
# %% a
x.append(2)
# %% c
print(x)
"""
