"""Values that travel and the guard: sharing inside and between values, layout, subclasses, what the setup makes."""

from __future__ import annotations

SAME = """
two names for one new list
# %% a
x = y = []
# %% b
x.append(1)
# %% c
print(y, x is y)
=====
an iterator consumed by in
# %% a
it = iter([1, 2, 3, 4])
# %% b
print(2 in it)
# %% c
print(list(it))
=====
a view of an array of objects
# %% a
import numpy as np
a = np.array([1, 'x', None], dtype=object)
b = a[1:]
# %% b
b[0] = 'new'
# %% c
print(a, b)
=====
the last digit of a sum over a part of an array
# %% a
import numpy as np
data = np.random.default_rng(0).random((1000, 7))
X, y = data[:, :6], data[:, 6]
# %% b
print(X.sum().hex(), X.T.mean().hex(), y.sum().hex(), X[::-1].std().hex())
=====
attributes of subclasses
# %% a
import numpy as np
class Tagged(np.ndarray):
    def __array_finalize__(self, other):
        self.tag = getattr(other, 'tag', None)
t = np.arange(3).view(Tagged)
t.tag = 'kg'
# %% b
print(t.tag, t.sum())
=====
an exception with a signature of its own, and its cause
# %% a
class Wrong(Exception):
    def __init__(self, message, code):
        super().__init__(message)
        self.code = code
try:
    try:
        {}['k']
    except KeyError as error:
        raise Wrong('no', 7) from error
except Wrong as error:
    kept = error
# %% b
print(repr(kept), kept.code, repr(kept.__cause__))
=====
slots stay slots
# %% a
class P:
    __slots__ = ('x',)
p = P()
p.x = 1
# %% b
try:
    p.y = 2
except AttributeError:
    print('no such slot', p.x)
=====
a bytearray and a view of it
# %% a
b = bytearray(b'abc')
v = memoryview(b)[1:]
# %% b
b[1] = 0
# %% c
print(bytes(v), bytes(b))
=====
single dispatch
# %% a
import functools
@functools.singledispatch
def show(value):
    return 'any'
@show.register
def _(value: int):
    return 'int'
# %% b
print(show(1), show('a'))
=====
a masked array keeps a hard mask
# %% a
import numpy as np
m = np.ma.array([1, 2], mask=[0, 1], hard_mask=True)
# %% b
m[1] = 5
print(m, m.hardmask)
=====
setup values that a step only reads
# %% setup
config = {'a': [1]}
def f(value, more=[]):
    return value, more
# %% a
r = f(config)
# %% b
print(config, f(1), r)
=====
a setup value declared as changed
# %% setup
from operator import methodcaller
config = [1]
# %% a
config.append(2)
# %% b
print(config)
=====
a closure over nothing
# %% a
def outer(k=None):
    def inner(): return k is None
    return inner
d, e = outer(), outer(0)
# %% b
print(d(), e())
=====
the source of a function of an earlier step
# %% a
import inspect
def f(x):
    # doubles
    return x * 2
# %% b
g = f
# %% c
print(inspect.getsource(g))
=====
views of a dict that grows
# %% a
import types
d = {'a': 1}
ks, vs, its = d.keys(), d.values(), d.items()
proxy = types.MappingProxyType(d)
# %% b
d['b'] = 2
# %% c
print(list(ks), list(vs), list(its), proxy['b'])
=====
an iterator over a dict
# %% a
d = {'a': 1, 'b': 2, 'c': 3}
it, back = iter(d.items()), reversed(d)
print(next(it), next(back))
# %% b
print(next(it), type(it).__name__)
# %% c
d['a'] = 9
print(list(it), list(back), d)
=====
order of the attributes of a class
# %% a
class C:
    z = 1
    a = 2
    def m(self): pass
# %% b
print([name for name in vars(C) if not name.startswith('_')])
=====
labels of a frame held apart
# %% a
import pandas as pd
df = pd.DataFrame({'a': [1.0, 2.0]})
index, columns = df.index, df.columns
# %% b
df.index.name, df.columns.name = 'i', 'c'
# %% c
print(index.name, columns.name)
=====
labels of a frame that gets another column
# %% a
import pandas as pd
df = pd.DataFrame({'a': [1.0, 2.0]})
# %% b
features = df.columns
# %% c
df['n'] = 1
# %% d
print(list(features), list(df))
=====
a figure shown where nobody imports pyplot
# %% a
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(1, 1))
ax.plot([1, 2])
plt.close(fig)
# %% b
ax.set_title('x')
fig
"""

REFUSED = """
a part of a setup value, taken unseen and changed by a later step -> KFP315
# %% setup
from operator import itemgetter
config = {'a': [1], 'b': 2}
# %% a
part = itemgetter('a')(config)
# %% b
part.append(2)
# %% c
print(config, part)
"""
