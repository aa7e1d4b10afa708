"""Small notebooks, each with what has to become of it: the notebook's own result, or the code of a diagnostic.

``# %% a`` starts a cell of step a.
"""

from __future__ import annotations

SAME = """
comprehension names shadow
# %% a
x = 10
ys = [x for x in range(3)]
# %% b
print(x, ys)
=====
lambda parameter shadows
# %% a
x = 1
f = lambda x: x * 2
# %% b
print(f(5), x)
=====
lambda reads a global that changes later
# %% a
k = 1
f = lambda v: v + k
# %% b
k = 100
# %% c
print(f(1))
=====
except as unbinds
# %% a
e = 'kept?'
try:
    1 / 0
except ZeroDivisionError as e:
    print(type(e))
# %% b
print('e' in globals())
try:
    print(e)
except NameError:
    print('gone')
=====
except as not taken
# %% a
e = 'kept'
try:
    pass
except ZeroDivisionError as e:
    pass
# %% b
print(e)
=====
global in a function
# %% a
count = 0
def tick():
    global count
    count += 1
# %% b
tick()
tick()
# %% c
print(count)
=====
global first set by a function
# %% a
def init():
    global config
    config = {'a': 1}
# %% b
init()
# %% c
print(config)
=====
nonlocal
# %% a
def counter():
    n = 0
    def tick():
        nonlocal n
        n += 1
        return n
    return tick
t = counter()
t()
# %% b
print(t(), t())
# %% c
print(t())
=====
star import
# %% setup
from math import *
# %% a
print(round(sqrt(16) + pi, 3))
=====
star import in a step
# %% a
from math import *
x = floor(2.5)
# %% b
print(ceil(2.5), x)
=====
class with methods that close over globals
# %% a
rate = 2
class Shop:
    def price(self, n):
        return n * rate
# %% b
s = Shop()
print(s.price(3))
# %% c
rate = 5
# %% d
print(s.price(3))
=====
class in setup with global from a step
# %% setup
class Shop:
    def price(self, n):
        return n * rate
# %% a
rate = 3
s = Shop()
# %% b
print(s.price(2), isinstance(s, Shop))
=====
instance carries its class
# %% a
class P:
    def __init__(self, x):
        self.x = x
    def __repr__(self):
        return f'P({self.x}, {unit})'
p = P(1)
# %% b
unit = 'cm'
# %% c
print(p)
=====
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
property
# %% a
scale = 10
class A:
    @property
    def v(self):
        return scale
# %% b
a = A()
# %% c
print(a.v)
=====
dataclass
# %% setup
from dataclasses import dataclass, field
@dataclass
class Item:
    name: str
    tags: list = field(default_factory=list)
# %% a
i = Item('x')
# %% b
i.tags.append('t')
# %% c
print(i, i == Item('x', ['t']))
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
bound method as a value
# %% a
class C:
    def __init__(self): self.n = 0
    def up(self): self.n += step
c = C()
up = c.up
# %% b
step = 2
up()
# %% c
print(c.n)
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
alias changed in the same step
# %% a
a = [1]
b = a
b.append(2)
# %% b
print(a, b)
=====
alias changed in a later step
# %% a
a = [1]
b = a
# %% b
b.append(2)
# %% c
print(a, b, a is b)
=====
alias in a container
# %% a
a = [1]
d = {'a': a}
# %% b
d['a'].append(2)
# %% c
print(a)
=====
alias made in a later step
# %% a
a = [1]
# %% b
b = a
# %% c
b.append(3)
# %% d
print(a, b)
=====
alias of an attribute
# %% a
class N: pass
n = N()
n.items = []
items = n.items
# %% b
items.append(1)
# %% c
print(n.items)
=====
alias through a loop variable
# %% a
rows = [[1], [2]]
# %% b
for row in rows:
    row.append(0)
# %% c
print(rows)
=====
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
change by out=
# %% setup
import numpy as np
# %% a
v = np.zeros(3)
# %% b
np.add(v, 1, out=v)
# %% c
print(v)
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
change by a method of one's own class
# %% setup
class Bag:
    def __init__(self): self.items = []
    def put_in(self, x): self._add(x)
    def _add(self, x): self.items.append(x)
    def size(self): return len(self.items)
# %% a
bag = Bag()
# %% b
result = bag.put_in(1)
# %% c
print(bag.size())
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
del
# %% a
x = 1
del x
x = 2
# %% b
print(x)
=====
del and defined again by another step
# %% a
x = 1
# %% b
del x
# %% c
x = 3
# %% d
print(x)
=====
conditional assignment taken
# %% parameters
flag = True
# %% a
x = 'old'
# %% b
if flag:
    x = 'new'
# %% c
print(x)
=====
conditional assignment not taken
# %% parameters
flag = False
# %% a
x = 'old'
# %% b
if flag:
    x = 'new'
# %% c
print(x)
=====
conditional assignment, both branches
# %% parameters
flag = False
# %% a
if flag:
    x = [1]
else:
    x = [2]
# %% b
print(x)
=====
never bound
# %% parameters
flag = False
# %% a
if flag:
    x = 1
# %% b
try:
    print(x)
except NameError as e:
    print('no x')
=====
loop variable after the loop
# %% a
for i in range(3):
    pass
# %% b
print(i)
=====
loop variable of an empty loop
# %% a
i = 'before'
for i in []:
    pass
# %% b
print(i)
=====
while with break
# %% a
n = 0
while True:
    n += 1
    if n > 3:
        break
# %% b
print(n)
=====
for else
# %% a
for x in [1, 2]:
    if x == 5:
        found = x
        break
else:
    found = None
# %% b
print(found)
=====
try except else finally
# %% a
try:
    a = int('x')
except ValueError:
    a = -1
else:
    b = 1
finally:
    c = 'done'
# %% b
print(a, c)
=====
import fallback
# %% a
try:
    import nonexistent_module_xyz as js
except ImportError:
    import json as js
# %% b
print(js.dumps([1]))
=====
import fallback to None
# %% a
try:
    import nonexistent_module_xyz
except ImportError:
    nonexistent_module_xyz = None
# %% b
print(nonexistent_module_xyz)
=====
with as
# %% a
from contextlib import nullcontext
with nullcontext([1]) as ctx:
    ctx.append(2)
# %% b
print(ctx)
=====
suppress
# %% a
from contextlib import suppress
v = 'old'
with suppress(ValueError):
    int('x')
    v = 'new'
# %% b
print(v)
=====
walrus
# %% a
if (n := len('abc')) > 2:
    pass
# %% b
print(n)
=====
walrus in a comprehension
# %% a
ys = [last := x for x in range(4)]
# %% b
print(last, ys)
=====
match
# %% a
command = ['go', 'north']
# %% b
match command:
    case [verb, where]:
        text = f'{verb} {where}'
    case _:
        text = '?'
# %% c
print(text)
=====
match capture may not happen
# %% a
who = 'me'
match 5:
    case [who]:
        pass
# %% b
print(who)
=====
star targets
# %% a
first, *rest = [1, 2, 3]
# %% b
print(first, rest)
=====
swap
# %% a
a, b = [1], [2]
c = a
# %% b
a, b = b, a
# %% c
a.append(9)
# %% d
print(a, b, c)
=====
annotation without a value
# %% a
x: int = 5
# %% b
x: int
print(x)
=====
late local assignment
# %% a
x = 1
def f():
    try:
        print(x)
    except UnboundLocalError:
        print('unbound')
    x = 2
# %% b
f()
print(x)
=====
model not in globals
# %% a
model = 'trained'
# %% b
if 'model' not in globals():
    model = 'new'
print(model)
=====
model not in globals, absent
# %% a
other = 1
# %% b
if 'model' not in globals():
    model = 'new'
# %% c
print(model, other)
=====
globals item
# %% a
globals()['z'] = [1]
# %% b
print(z, globals()['z'])
=====
eval of a constant
# %% a
x = 4
# %% b
print(eval('x * 2'))
=====
exec of a constant
# %% a
y = 1
# %% b
exec('y = y + 1')
# %% c
print(y)
=====
f-string
# %% a
name, width = 'x', 5
# %% b
print(f'{name!r:>{width}}')
=====
query with @
# %% setup
import pandas as pd
# %% a
limit = [2][0]
df = pd.DataFrame({'v': [1, 2, 3]})
# %% b
print(df.query('v > @limit'))
=====
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
=====
underscore names
# %% a
_private, __very = 1, [2]
for _ in range(3):
    pass
# %% b
print(_private, __very, _)
=====
names that are not ASCII
# %% a
größe = [1]
变量 = 2
# %% b
größe.append(变量)
# %% c
print(größe)
=====
names equal after normalisation
# %% a
\ufb01le = [1]
# %% b
print(file)
=====
names that differ by case
# %% a
N, n = [1], [2]
# %% b
print(N, n)
=====
name of a builtin
# %% a
list = [3, 4]
# %% b
print(list)
=====
name of a builtin, used before
# %% a
print(max(1, 2))
max = 5
# %% b
print(max)
=====
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
TYPE_CHECKING
# %% setup
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from nowhere import Nothing
def f(x: 'Nothing') -> 'Nothing': return x
# %% a
print(f(3))
=====
name is main
# %% a
if __name__ == '__main__':
    result = 'ran'
# %% b
print(result)
=====
import in a step
# %% a
import json
x = json.dumps({})
# %% b
print(json.loads(x))
=====
import as in a step
# %% a
import collections.abc as abc
# %% b
print(abc.Mapping.__name__)
=====
submodules imported in two steps
# %% a
import xml.dom
# %% b
import xml.sax
# %% c
print(xml.dom.__name__, xml.sax.__name__)
=====
import of a name that a step rebinds
# %% a
from math import pi
# %% b
pi = 3
# %% c
print(pi)
=====
class variable
# %% a
class C:
    total = 0
# %% b
C.total += 5
# %% c
print(C.total)
=====
class body reads globals
# %% a
n = 3
class C:
    m = n + 1
    k = [m for _ in range(2)] if False else m
# %% b
print(C.m, C.k)
=====
method does not see the class scope
# %% a
v = 'global'
class C:
    v = 'class'
    def get(self): return v
# %% b
print(C().get())
=====
inheritance
# %% setup
class Base:
    def hi(self): return self.name() + tail
# %% a
tail = '!'
class Child(Base):
    def name(self): return 'child'
c = Child()
# %% b
print(c.hi(), isinstance(c, Base), isinstance(c, Child))
=====
nested functions
# %% a
outer_value = 1
def outer():
    def inner():
        return outer_value
    return inner
f = outer()
# %% b
outer_value = 2
# %% c
print(f())
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
sharing among three
# %% a
a = []
b = [a]
c = {'b': b}
# %% b
c['b'][0].append(1)
# %% c
print(a, b, c)
=====
alias from an earlier turn of a loop
# %% a
x = []
y = [0]
# %% b
for i in range(2):
    y.append(i)
    y = x
# %% c
print(x, y)
=====
numpy view
# %% setup
import numpy as np
# %% a
base = np.arange(6)
view = base[2:4]
# %% b
view[:] = 0
# %% c
print(base)
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
=====
unhashable keyword and star arguments
# %% a
args, kw = [1, 2], {'sep': '-'}
# %% b
print(*args, **kw)
=====
exception in a step
# %% a
x = 1
# %% b
print(x)
raise ValueError('no')
# %% c
print('never')
=====
exception only in the second cell of a step
# %% a
x = [1]
# %% b
print(x)
# %% b
x[5]
=====
assert
# %% a
x = 1
# %% b
assert x == 2, 'no'
=====
numpy seed and draws in the same step
# %% setup
import numpy as np
# %% a
np.random.seed(1)
print(np.random.rand())
=====
seed in setup, one step draws
# %% setup
import random
random.seed(3)
# %% a
print(random.random())
=====
generator object is carried
# %% setup
import numpy as np
# %% a
rng = np.random.default_rng(0)
print(rng.integers(100))
# %% b
print(rng.integers(100))
# %% c
print(rng.integers(100))
=====
environment set in setup
# %% setup
import os
os.environ['KFP_ORACLE'] = 'x'
# %% a
print(os.environ['KFP_ORACLE'])
=====
function that deletes a global
# %% a
temp = [1]
def clean():
    global temp
    del temp
# %% b
clean()
# %% c
print('temp' in globals())
=====
type alias and generics
# %% a
from typing import Generic, TypeVar
T = TypeVar('T')
class Box(Generic[T]):
    def __init__(self, v: T): self.v = v
b = Box(3)
# %% b
print(b.v, isinstance(b, Box))
=====
enum
# %% a
import enum
class Colour(enum.Enum):
    RED = 1
c = Colour.RED
# %% b
print(c is Colour.RED, c)
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
=====
pandas in place
# %% setup
import pandas as pd
# %% a
df = pd.DataFrame({'v': [2, 1]})
# %% b
df.sort_values('v', inplace=True)
# %% c
df['w'] = df.v * 2
# %% d
print(df.to_dict())
=====
pandas looked at in two steps
# %% setup
import pandas as pd
# %% a
df = pd.DataFrame({'v': [2, 1]})
# %% b
df.head()
df.describe()
m = df.v.mean()
# %% c
print(df.v.sum(), m)
=====
seed in one step, draws in others
# %% setup
import numpy as np
# %% a
np.random.seed(1)
# %% b
print(np.random.rand(2))
# %% c
print(np.random.rand(2))
=====
seed in setup, two steps draw
# %% setup
import random
random.seed(3)
# %% a
print(random.random())
# %% b
print(random.random())
# %% c
print(random.choice([1, 2, 3, 4, 5, 6]))
=====
a function draws
# %% setup
import numpy as np
np.random.seed(7)
def noise(n):
    return np.random.normal(size=n).round(3)
# %% a
print(noise(2))
# %% b
print(noise(2))
# %% c
x = 1
# %% d
print(noise(2), x)
=====
seeded through another name
# %% setup
from numpy.random import seed, rand
from random import shuffle
import random
# %% a
seed(5)
random.seed(5)
xs = [1, 2, 3, 4, 5]
# %% b
shuffle(xs)
print(rand(), xs)
# %% c
shuffle(xs)
print(rand(), xs)
=====
seeded estimator without random_state
# %% setup
import numpy as np
from sklearn.cluster import KMeans
from sklearn.model_selection import train_test_split
np.random.seed(0)
# %% a
X = np.random.rand(20, 2)
# %% b
first, second = train_test_split(X)
print(first[0])
# %% c
model = KMeans(3, n_init=1).fit(X)
# %% d
print(np.random.rand())
=====
environment set in a step
# %% setup
import os
# %% a
os.environ['KFP_ORACLE'] = 'one'
# %% b
print(os.environ['KFP_ORACLE'])
=====
option set in a step
# %% a
import pandas as pd
pd.set_option('display.max_rows', 4)
# %% b
print(pd.get_option('display.max_rows'))
=====
working directory changed in a step
# %% a
import os
os.chdir('/')
# %% b
import os.path
print(os.getcwd())
=====
conditional import
# %% parameters
flag = False
# %% a
js = None
if flag:
    import json as js
# %% b
print(js)
=====
import in both branches
# %% parameters
flag = True
# %% a
if flag:
    import json as codec
else:
    import pickle as codec
# %% b
print(codec.dumps([1]))
=====
axes drawn on, the figure read later
# %% setup
import matplotlib.pyplot as plt
# %% a
fig, ax = plt.subplots()
# %% b
ax.plot([1, 2])
# %% c
print(len(fig.axes[0].lines))
plt.close('all')
=====
axes of a grid, and a line, drawn on
# %% setup
import matplotlib.pyplot as plt
# %% a
fig, (left, right) = plt.subplots(1, 2)
whole, axes = plt.subplots(2)
line, = axes[0].plot([1, 2])
# %% b
right.hist([1, 2])
for one in axes.flat:
    one.plot([1, 2])
line.set_label('l')
# %% c
print(len(fig.axes[1].patches), len(axes[0].lines), len(whole.axes[1].lines), whole.axes[0].lines[0].get_label())
plt.close('all')
=====
axes made by methods, drawn on by functions
# %% setup
import matplotlib.pyplot as plt
def draw(onto):
    onto.plot([1, 2])
# %% a
fig = plt.figure()
first = fig.add_subplot(1, 2, 1)
second = fig.add_subplot(1, 2, 2)
# %% b
draw(first)
draw(fig.gca())
bars = second.bar([1], [2])
# %% c
print([len(one.lines) for one in fig.axes], [len(one.patches) for one in fig.axes])
plt.close('all')
=====
settings of decimal
# %% a
import decimal
from decimal import Decimal, getcontext
decimal.getcontext().prec = 5
getcontext().Emax = 99
seventh = Decimal(1)
# %% b
print(seventh / 7, getcontext().prec, getcontext().Emax)
=====
name of a builtin bound and deleted
# %% a
sum = 0
del sum
print(sum([1]))
# %% b
print(sum([2]))
=====
attribute of the class, bound anew in each instance
# %% setup
class C:
    n = []
    def __init__(self):
        self.n = []
    def step(self):
        self.n.append(1)
# %% a
c = C()
c.step()
# %% b
c.step()
print(c.n, C.n)
=====
current axes of pyplot
# %% setup
import matplotlib.pyplot as plt
# %% a
fig = plt.figure()
ax = plt.gca()
# %% b
ax.plot([1, 2])
# %% c
plt.sca(ax)
plt.plot([1, 2])
# %% d
print(len(fig.axes[0].lines))
plt.close('all')
=====
axes in a list, and of a plot of a frame
# %% setup
import matplotlib.pyplot as plt
import pandas as pd
# %% a
fig = plt.figure()
axes = [fig.add_subplot(1, 2, number) for number in (1, 2)]
other = pd.DataFrame({'x': [1, 2]}).plot()
bars = pd.DataFrame({'x': [1, 2]}).plot.bar()
# %% b
axes[0].plot([1, 2])
other.plot([1])
bars.plot([1])
# %% c
print([len(one.lines) for one in [*fig.axes, other, bars]])
plt.close('all')
=====
setting made by a function, in each step that needs it
# %% setup
import decimal
def init():
    decimal.setcontext(decimal.Context(prec=5))
# %% a
init()
# %% b
init()
print(decimal.Decimal(1) / 7)
"""

REFUSED = """
undefined -> KFP130
# %% a
print(y)
=====
undefined, defined later -> KFP130
# %% a
print(y)
# %% b
y = 1
=====
undefined, similar name -> KFP130
# %% a
counts = 1
# %% b
print(count)
=====
undefined, in a skipped cell -> KFP130
# %% skip
y = 1
# %% a
print(y)
=====
undefined in a function that is called -> KFP130
# %% a
def f():
    return missing
# %% b
f()
=====
deleted before -> KFP130
# %% a
x = 1
# %% b
del x
# %% c
print(x)
=====
augmented assignment to nothing -> KFP130
# %% a
total += 1
=====
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
=====
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
=====
setup reads a step's variable -> KFP132
# %% a
x = 1
# %% setup
y = x + 1
# %% b
print(y)
=====
history of IPython -> KFP138
# %% a
1 + 1
# %% b
print(_)
=====
output history -> KFP138
# %% a
print(Out[1])
=====
not Python -> KFP140
# %% a
x = = 1
=====
relative star import is not resolved -> KFP135
# %% a
from nonexistent_module_xyz import *
=====
computed environment -> KFP139
# %% a
import os
os.environ['KFP_ORACLE'] = 'x' * len(os.name)
# %% b
print(os.environ.get('KFP_ORACLE'))
=====
monkey patch -> KFP139
# %% setup
import colorsys
# %% a
colorsys.patched = lambda x: 'patched'
# %% b
print(colorsys.patched(1))
=====
class of setup changed in a step -> KFP137
# %% setup
class C:
    n = 0
# %% a
C.n += 1
# %% b
print(C.n)
=====
class changed while instances travel -> KFP137
# %% a
class C:
    n = 0
a_first = C()
# %% b
C.n = 5
# %% c
print(a_first.n)
=====
dynamic code -> KFP136
# %% a
code = 'x = 1'
exec(code)
=====
maybe undefined -> KFP131
# %% parameters
flag = False
# %% a
if flag:
    print(nothing)
=====
environment set by a magic, not literal -> KFP139
# %% a
value = 'x'
%env KFP_ORACLE=$value
# %% b
import os
print(os.environ.get('KFP_ORACLE'))
=====
folder changed by a magic in a branch -> KFP139
# %% a
if True or value:
    pass
for _ in range(1):
    %cd ..
# %% b
import os
print(os.getcwd())
=====
computed precision -> KFP139
# %% a
import decimal
decimal.getcontext().prec = len('12345')
# %% b
print(decimal.Decimal(1) / 7)
=====
class changed through its instance's __class__ -> KFP137
# %% setup
class C:
    n = 0
    def step(self):
        self.__class__.n += 1
# %% a
C().step()
# %% b
print(C.n)
=====
class changed through type() -> KFP137
# %% setup
class C:
    n = 0
    def step(self):
        type(self).n += 1
# %% a
C().step()
# %% b
print(C.n)
=====
class changed by what it holds -> KFP137
# %% setup
class C:
    n = []
    def step(self):
        self.n.append(1)
# %% a
C().step()
# %% b
print(C.n)
=====
class changed by an item of what it holds -> KFP137
# %% setup
class C:
    n = {}
    def step(self):
        self.n['k'] = 1
# %% a
C().step()
# %% b
print(C.n)
=====
setting made by a function of setup -> KFP139
# %% setup
import pandas as pd
def init():
    pd.set_option('display.max_rows', 7)
# %% a
init()
# %% b
print(pd.get_option('display.max_rows'))
"""


def _split(text: str) -> list[tuple[str, str]]:
    found = []
    for part in text.split("=====\n"):
        title, _, body = part.strip("\n").partition("\n")
        found.append((title, body.replace("\\ufb01", "\ufb01")))
    return found


SAME_CASES = _split(SAME)
REFUSED_CASES = [(*title.split(" -> "), body) for title, body in _split(REFUSED)]
