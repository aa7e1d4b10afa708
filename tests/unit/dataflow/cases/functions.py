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
=====
default argument that is a function
# %% setup
def square(x): return x * x
# %% a
def apply(x, f=square): return f(x) + shift
# %% b
shift = 1
print(apply(3))
=====
function that is defined again keeps the old one elsewhere
# %% a
def f(): return 1
g = f
# %% b
def f(): return 2
# %% c
print(f(), g())
=====
wrapping oneself
# %% a
def f(x): return x + 1
# %% b
old = f
def f(x): return old(x) * 10
# %% c
print(f(1))
=====
closure over a loop variable
# %% a
fs = []
for i in range(3):
    fs.append(lambda: i)
# %% b
print([f() for f in fs])
=====
closure over a loop variable that changes later
# %% a
fs = [lambda: i for i in range(3)]
gs = []
for i in range(3):
    gs.append(lambda: i)
# %% b
i = 100
# %% c
print([f() for f in fs], [g() for g in gs])
=====
function attributes
# %% a
def f():
    f.calls += 1
    return f.calls
f.calls = 0
# %% b
f()
# %% c
print(f(), f.calls)
=====
function that changes its default
# %% a
def remember(x, seen={}):
    seen[x] = True
    return sorted(seen)
remember('a')
# %% b
remember('b')
# %% c
print(remember('c'))
=====
memo by hand
# %% a
memo = {}
def fib(n):
    if n in memo: return memo[n]
    memo[n] = n if n < 2 else fib(n - 1) + fib(n - 2)
    return memo[n]
# %% b
print(fib(10))
# %% c
print(len(memo))
=====
function passed to map and filter
# %% a
k = 2
def scaled(x): return x * k
# %% b
print(list(map(scaled, [1, 2])), list(filter(lambda x: x > k, [1, 2, 3])))
=====
function passed to sorted as a key
# %% a
order = {'a': 2, 'b': 1}
def rank(x): return order[x]
# %% b
print(sorted(['a', 'b'], key=rank))
=====
function passed to apply
# %% setup
import pandas as pd
# %% a
rate = 2
def taxed(x): return x * rate
df = pd.DataFrame({'v': [1, 2]})
# %% b
print(df.v.apply(taxed).tolist(), df.v.map(lambda x: x + rate).tolist())
=====
callback that changes a global
# %% a
log = []
def note(x): log.append(x)
def each(xs, f):
    for x in xs: f(x)
# %% b
each([1, 2], note)
# %% c
print(log)
=====
callback given to a library changes a global
# %% a
log = []
def note(x):
    log.append(x)
    return x
# %% b
total = sum(map(note, [1, 2]))
# %% c
print(log, total)
=====
callback given to a sort changes a global
# %% a
log = []
def key(x):
    log.append(x)
    return -x
# %% b
ys = sorted([1, 2], key=key)
# %% c
print(log, ys)
=====
generator function reads a global when it runs
# %% a
def numbers():
    for i in range(limit):
        yield i
# %% b
limit = 2
g = numbers()
limit = 3
print(list(g))
=====
function with a global that a later cell makes
# %% a
def f(): return later + 1
# %% b
later = 1
# %% c
print(f())
=====
function calls one that is defined later, changed between
# %% a
def outer(): return inner()
# %% b
def inner(): return 'first'
print(outer())
# %% c
def inner(): return 'second'
# %% d
print(outer())
=====
function sets two globals
# %% a
def load():
    global left, right
    left, right = [1], [2]
# %% b
load()
# %% c
left.append(0)
# %% d
print(left, right)
=====
function sets a global under a condition
# %% a
ready = False
def init(x):
    global ready
    if x: ready = True
# %% b
init(False)
# %% c
print(ready)
# %% d
init(True)
# %% e
print(ready)
=====
function deletes an item of a global
# %% a
d = {'a': 1, 'b': 2}
def drop(k): del d[k]
# %% b
drop('a')
# %% c
print(d)
=====
function rebinds its argument only
# %% a
xs = [1]
def f(xs):
    xs = xs + [2]
    return xs
# %% b
ys = f(xs)
# %% c
print(xs, ys)
=====
function changes a part of its argument
# %% a
d = {'in': {'deep': []}}
def deepen(x): x['in']['deep'].append(1)
# %% b
deepen(d)
# %% c
print(d)
=====
function changes what its argument's alias holds
# %% a
def f(x):
    y = x['k']
    for z in y:
        z.append(0)
d = {'k': [[1]]}
# %% b
f(d)
# %% c
print(d)
=====
lambda that changes
# %% a
xs = []
put = lambda x: xs.append(x)
# %% b
put(1)
# %% c
print(xs)
=====
operator functions
# %% a
import operator
xs = [1, 2, 3]
# %% b
operator.setitem(xs, 0, 9)
operator.iadd(xs, [4])
operator.delitem(xs, 1)
# %% c
print(xs)
=====
any and all with a change
# %% a
seen = []
def check(x):
    seen.append(x)
    return x > 1
# %% b
found = any(check(x) for x in [1, 2, 3])
# %% c
print(seen, found)
=====
recursive closure
# %% a
def make():
    def fact(n): return 1 if n < 2 else n * fact(n - 1)
    return fact
f = make()
# %% b
print(f(5))
=====
decorator with arguments that counts calls
# %% a
calls = {}
def counted(name):
    def wrap(f):
        def inner(*a):
            calls[name] = calls.get(name, 0) + 1
            return f(*a)
        return inner
    return wrap
# %% b
@counted('sq')
def sq(x): return x * x
# %% c
print(sq(3))
# %% d
print(calls)
=====
decorator of a library
# %% setup
import contextlib
# %% a
events = []
@contextlib.contextmanager
def traced(name):
    events.append(f'+{name}')
    yield
    events.append(f'-{name}')
# %% b
with traced('x'):
    pass
# %% c
print(events)
=====
function with annotations that are evaluated
# %% a
Number = int
def f(x: Number = 3) -> 'list[Number]': return [x]
# %% b
print(f(), f.__annotations__)
=====
keyword only and positional only
# %% a
base = 1
def f(a, /, b=base, *, c=base + 1): return a + b + c
# %% b
base = 100
# %% c
print(f(1))
=====
function in a module object
# %% a
import types
m = types.SimpleNamespace(f=lambda: v)
v = 3
# %% b
v = 4
print(m.f())
=====
function pickled by the user
# %% a
import pickle
def f(x): return x + 1
data = pickle.dumps([1, f.__name__])
# %% b
print(pickle.loads(data))
=====
global declared but only read
# %% a
n = 1
def f():
    global n
    return n
# %% b
print(f())
=====
global in a nested function
# %% a
def outer():
    def inner():
        global deep
        deep = 5
    inner()
# %% b
outer()
# %% c
print(deep)
=====
global by for, with and import
# %% a
def f():
    global i, json
    import json
    for i in range(3): pass
# %% b
f()
# %% c
print(i, json.dumps(i))
=====
function that runs only on error
# %% a
log = []
def note(): log.append(1)
# %% b
try:
    int('x')
except ValueError:
    note()
# %% c
print(log)
=====
decorated again in a later step
# %% a
import functools
def f(x): return x + off
# %% b
f = functools.lru_cache(f)
# %% c
off = 5
print(f(1), f(1))
=====
single dispatch in a step
# %% a
from functools import singledispatch
@singledispatch
def show(x): return 'any ' + tail
@show.register(int)
def show_int(x): return 'int ' + tail
tail = '.'
# %% b
print(show(1), show('s'))
=====
two closures share a cell
# %% a
def make():
    n = [0]
    def up(): n[0] += 1
    def get(): return n[0]
    return up, get
up, get = make()
# %% b
up()
# %% c
print(get())
=====
two closures share a variable by nonlocal
# %% a
def make():
    n = 0
    def up():
        nonlocal n
        n += 1
    def get(): return n
    return up, get
up, get = make()
# %% b
up()
# %% c
up()
# %% d
print(get())
=====
function returns its argument
# %% a
def same(x): return x
xs = [1]
ys = same(xs)
# %% b
ys.append(2)
# %% c
print(xs)
=====
function returns a global
# %% a
store = [1]
def get(): return store
# %% b
got = get()
# %% c
got.append(2)
# %% d
print(store)
=====
bound method of a builtin as a value
# %% a
xs = []
add = xs.append
# %% b
add(1)
# %% c
add(2)
# %% d
print(xs)
=====
function named like the one that its default calls
# %% a
def f(): return 1
f = lambda x=f(): x
# %% b
def f(x=f()): return x + 1
print(f())
=====
default that is an object of the notebook's
# %% a
xs, ys = [1], [2]
# %% b
def grow(x=xs):
    x.append(0)
    return len(x)
look = lambda *, y=ys: len(y)
# %% c
xs.append(3)
ys.append(4)
print(grow())
# %% d
print(xs, grow(), look())
# %% e
print(xs, ys)
"""

REFUSED = """
closures in a dictionary share a variable -> KFP316 (keepable)
# %% a
def account(balance):
    def deposit(x):
        nonlocal balance
        balance += x
    return {'deposit': deposit, 'balance': lambda: balance}
acc = account(10)
# %% b
acc['deposit'](5)
# %% c
print(acc['balance']())
=====
function stores its argument in a global -> KFP315 (keepable)
# %% a
kept = []
def keep(x): kept.append(x)
xs = [1]
# %% b
keep(xs)
# %% c
xs.append(2)
# %% d
print(kept)
=====
star arguments that are changed -> KFP316 (keepable)
# %% a
def fill(*targets, **named):
    for t in targets: t.append(1)
    for t in named.values(): t.append(2)
a, b = [], []
# %% b
fill(a, other=b)
# %% c
print(a, b)
=====
arguments given by star -> KFP316 (keepable)
# %% a
def fill(x, y): x.append(1); y.append(2)
pair = ([], [])
# %% b
fill(*pair)
# %% c
print(pair)
=====
partial that changes -> KFP316 (keepable)
# %% a
from functools import partial
xs = []
put = partial(xs.append)
put3 = partial(list.append, xs, 3)
# %% b
put(1)
put3()
# %% c
print(xs)
=====
bound methods in a container -> KFP316 (keepable)
# %% a
xs, ys = [], []
ops = {'x': xs.append, 'y': ys.append}
# %% b
ops['x'](1)
# %% c
print(xs, ys)
=====
functools.reduce with a change -> KFP316 (keepable)
# %% a
from functools import reduce
start = []
# %% b
r = reduce(lambda acc, x: acc.append(x) or acc, [1, 2], start)
# %% c
print(start, r is start)
=====
class used as a decorator -> KFP316 (keepable)
# %% a
class Count:
    def __init__(self, f): self.f, self.n = f, 0
    def __call__(self, *a):
        self.n += 1
        return self.f(*a)
@Count
def g(x): return x + off
off = 1
# %% b
print(g(1))
# %% c
print(g(2), g.n)
=====
global in a class body -> KFP130@2:1 (keepable)
# %% a
class C:
    global leaked
    leaked = 3
    kept = 4
# %% b
print(leaked, C.kept)
"""
