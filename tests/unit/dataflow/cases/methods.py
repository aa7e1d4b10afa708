"""Methods, properties, operators, constructors and callables: what they read and do to what they are given."""

from __future__ import annotations

SAME = r"""
descriptor reads global
# %% a
class Bounded:
    def __set_name__(self, owner, name): self.name = '_' + name
    def __get__(self, obj, owner): return getattr(obj, self.name)
    def __set__(self, obj, v):
        setattr(obj, self.name, min(v, LIMIT))
class Conf:
    size = Bounded()
LIMIT = 5
c = Conf()
c.size = 10
# %% b
LIMIT = 7
# %% c
c.size = 10
# %% d
print(c.size)
=====
missing key of defaultdict with factory reading a global
# %% a
from collections import defaultdict
counter = 0
def next_id():
    global counter
    counter += 1
    return counter
ids = defaultdict(next_id)
# %% b
for w in ['a', 'b', 'a']:
    print(w, ids[w])
# %% c
print(ids['c'], counter)
# %% d
print(dict(ids), counter)
=====
defaultdict lambda with global
# %% a
from collections import defaultdict
default = 1
d = defaultdict(lambda: default)
# %% b
default = 5
# %% c
print(d['x'])
# %% d
print(dict(d))
=====
memo class of setup
# %% setup
class Memo:
    def __init__(self, f): self.f, self.cache = f, {}
    def __call__(self, *args):
        if args not in self.cache: self.cache[args] = self.f(*args)
        return self.cache[args]
@Memo
def area(a, b): return a * b
# %% a
print(area(2, 3))
# %% b
print(area(2, 4), len(area.cache))
=====
callbacks in a dict
# %% a
handlers = {}
def on(name, f): handlers.setdefault(name, []).append(f)
events = []
# %% b
on('end', lambda x: events.append((x, level)))
level = 1
# %% c
level = 2
# %% d
for h in handlers['end']: h('a')
# %% e
print(events)
=====
dataclass default factory reads a global
# %% a
from dataclasses import dataclass, field
def stamp(): return version
@dataclass
class Rec:
    v: int = field(default_factory=stamp)
version = 1
# %% b
version = 2
# %% c
print(Rec())
=====
init_subclass registry
# %% a
class Plugin:
    registry = {}
    def __init_subclass__(cls, **kw):
        super().__init_subclass__(**kw)
        Plugin.registry[cls.__name__] = cls
# %% b
class A(Plugin): pass
# %% c
class B(Plugin): pass
# %% d
print(sorted(Plugin.registry), Plugin.registry['A'] is A)
=====
init_subclass global registry
# %% a
registry = []
class Plugin:
    def __init_subclass__(cls): registry.append(cls)
# %% b
class A(Plugin):
    def go(self): return k
# %% c
k = 4
# %% d
print([c().go() for c in registry])
=====
cached_property reads a global
# %% a
from functools import cached_property
class D:
    @cached_property
    def total(self): return sum(self.xs) * k
    def __init__(self): self.xs = [1, 2]
k = 1
d = D()
# %% b
print(d.total)
# %% c
k = 5
# %% d
print(d.total, D().total)
=====
singledispatch extended in steps
# %% a
from functools import singledispatch
@singledispatch
def show(x): return f'obj {suffix}'
suffix = '!'
# %% b
@show.register
def _(x: int): return f'int {suffix}'
# %% c
suffix = '?'
# %% d
print(show(1), show('a'))
=====
singledispatch extended in steps, setup base
# %% setup
from functools import singledispatch
@singledispatch
def fmt(x): return 'obj'
# %% a
@fmt.register(list)
def fmt_list(x): return 'list' + sep
# %% b
sep = ','
# %% c
print(fmt([]), fmt(1))
=====
dict of closures
# %% a
def account(balance):
    def dep(x):
        nonlocal balance
        balance += x
    def show(): return balance
    return {'dep': dep, 'show': show}
acc = account(10)
# %% b
acc['dep'](5)
# %% c
print(acc['show']())
=====
method changes its argument frame
# %% a
import pandas as pd
class Prep:
    def __init__(self, col): self.col = col
    def run(self, df):
        df['z'] = df[self.col] * 2
        return df
prep = Prep('x')
df = pd.DataFrame({'x': [1, 2]})
# %% b
out = prep.run(df)
# %% c
print(df.columns.tolist(), out is df)
=====
method changes its argument list, statement
# %% a
class Filler:
    def fill(self, xs, n):
        for i in range(n): xs.append(i)
f = Filler()
xs = []
# %% b
f.fill(xs, 2)
# %% c
print(xs)
=====
method changes a list that is an attribute of the argument
# %% a
class Node:
    def __init__(self): self.kids = []
class Builder:
    def attach(self, parent, kid): parent.kids.append(kid)
root, kid, b = Node(), Node(), Builder()
# %% b
b.attach(root, kid)
# %% c
kid.mark = 1
# %% d
print(root.kids[0].mark)
=====
constructor registers itself with its argument
# %% a
class Tree:
    def __init__(self, name, parent=None):
        self.name, self.kids = name, []
        if parent: parent.kids.append(self)
root = Tree('r')
# %% b
leaf = Tree('l', root)
# %% c
print([k.name for k in root.kids])
=====
static method changes its argument
# %% setup
class T:
    @staticmethod
    def norm(d):
        for k in d: d[k] /= 2
# %% a
d = {'x': 2}
# %% b
T.norm(d)
# %% c
print(d)
=====
__call__ changes its argument
# %% a
class Clip:
    def __call__(self, xs):
        xs[:] = [min(x, cap) for x in xs]
clip = Clip()
cap = 2
xs = [1, 5]
# %% b
clip(xs)
# %% c
print(xs)
=====
function takes an object, method result used
# %% a
class Acc:
    def __init__(self): self.n = 0
    def add(self, k):
        self.n += k
        return self.n
def feed(acc, xs):
    return [acc.add(x) for x in xs]
acc = Acc()
# %% b
hist = feed(acc, [1, 2])
# %% c
print(acc.n, hist)
=====
cached property with stale value
# %% a
from functools import cached_property
class D:
    def __init__(self, xs): self.xs = xs
    @cached_property
    def total(self): return sum(self.xs)
d = D([1, 2])
# %% b
print(d.total)
# %% c
d.xs.append(10)
# %% d
print(d.total)
=====
cached property in comprehension
# %% a
from functools import cached_property
class D:
    def __init__(self, xs): self.xs = xs
    @cached_property
    def total(self): return sum(self.xs)
ds = [D([1, 2]), D([3])]
# %% b
print([d.total for d in ds])
# %% c
ds[0].xs.append(10)
# %% d
print([d.total for d in ds])
=====
defaultdict of lists read in a function
# %% a
from collections import defaultdict
graph = defaultdict(list)
graph['a'].append('b')
def neighbours(n): return graph[n]
# %% b
print(neighbours('z'))
# %% c
print(len(graph))
=====
registry class with decorator method in setup
# %% setup
class Registry:
    def __init__(self): self.items = {}
    def add(self, name):
        def deco(f):
            self.items[name] = f
            return f
        return deco
reg = Registry()
# %% a
@reg.add('x')
def fx(v): return v * mult
# %% b
mult = 3
# %% c
print(reg.items['x'](2), sorted(reg.items))
=====
plugin list filled in two steps
# %% a
steps = []
def stage(f):
    steps.append(f)
    return f
@stage
def first(x): return x + off
off = 1
# %% b
@stage
def second(x): return x * 2
# %% c
off = 5
# %% d
v = 1
for s in steps: v = s(v)
print(v)
=====
attrs like class with __post_init__ registering self
# %% a
from dataclasses import dataclass
ALL = []
@dataclass
class Run:
    name: str
    def __post_init__(self): ALL.append(self)
r1 = Run('a')
# %% b
r2 = Run('b')
# %% c
r1.name = 'A'
# %% d
print([r.name for r in ALL], ALL[1] is r2)
=====
event queue with heapq of objects
# %% a
import heapq
class Ev:
    def __init__(self, t, f): self.t, self.f = t, f
    def __lt__(self, o): return self.t < o.t
q = []
out = []
def at(t, f): heapq.heappush(q, Ev(t, f))
# %% b
at(2, lambda: out.append('b'))
at(1, lambda: out.append(tag))
tag = 'a'
# %% c
while q: heapq.heappop(q).f()
# %% d
print(out)
=====
decorator that fills a registry, over steps
# %% a
fns = {}
def register(f):
    fns[f.__name__] = f
    return f
# %% b
@register
def f1(): return 1
# %% c
@register
def f2(): return f1() + 1
# %% d
print([g() for g in fns.values()])
=====
function that puts its argument into a global list
# %% a
store = []
def add(o): store.append(o)
# %% b
item = {'k': 1}
add(item)
# %% c
item['k'] = 2
# %% d
print(store)
=====
function of the cell as method of a class
# %% a
def area(self): return k
class A:
    area = area
k = 3
# %% b
print(A().area())
=====
decorator made by a function fills a registry
# %% a
routes = {}
def route(path):
    def deco(f):
        routes[path] = f
        return f
    return deco
# %% b
@route('/x')
def x(): return k
# %% c
k = 5
# %% d
print(routes['/x']())
=====
functions that pass a global list on
# %% a
rows = []
def fill(xs, n): xs.append(n)
def go(): fill(rows, 1)
def go2(): go()
# %% b
go2()
# %% c
print(rows)
=====
with obj enters reads global
# %% setup
class Timer:
    def __enter__(self):
        self.unit = unit
        return self
    def __exit__(self, *a):
        log.append(self.unit)
# %% a
unit = 'ms'
log = []
# %% b
with Timer() as t:
    x = 1
# %% c
print(log, t.unit)
=====
instance made before, with obj in later step
# %% a
class Section:
    def __init__(self, name): self.name = name
    def __enter__(self):
        stack.append(self.name)
    def __exit__(self, *a):
        stack.pop()
        done.append(self.name)
stack, done = [], []
sec = Section('load')
# %% b
with sec:
    print(stack)
# %% c
print(stack, done)
=====
operator add reads a global rate
# %% a
class Money:
    def __init__(self, v): self.v = v
    def __add__(self, o): return Money(self.v + o.v * rate)
    def __repr__(self): return f'Money({self.v})'
rate = 2
m = Money(1)
# %% b
rate = 10
# %% c
print(m + Money(3))
=====
operator counts into global
# %% a
ops = 0
class V:
    def __init__(self, x): self.x = x
    def __mul__(self, k):
        global ops
        ops += 1
        return V(self.x * k)
v = V(2)
# %% b
w = v * 3
w2 = w * 2
# %% c
print(ops, w2.x)
=====
call of an instance with global
# %% a
class Model:
    def __init__(self, w): self.w = w
    def __call__(self, x): return x * self.w + bias
bias = 1
model = Model(3)
print(model(1))
# %% b
bias = 100
# %% c
print(model(1))
=====
getitem counts hits
# %% a
class Cache:
    def __init__(self): self.hits = 0; self.d = {'a': 1}
    def __getitem__(self, k):
        self.hits += 1
        return self.d[k]
cache = Cache()
# %% b
print(cache['a'])
# %% c
print(cache['a'], cache.hits)
=====
property setter changes a global
# %% a
class Temp:
    def __init__(self): self._c = 0
    @property
    def c(self): return self._c
    @c.setter
    def c(self, v):
        history.append(v)
        self._c = v
history = []
t = Temp()
# %% b
t.c = 5
# %% c
t.c = 6
print(history)
# %% d
print(history, t.c)
=====
iteration changes state
# %% a
class Batches:
    def __init__(self, n): self.n = n; self.epoch = 0
    def __iter__(self):
        self.epoch += 1
        for i in range(self.n):
            yield i * scale
scale = 10
loader = Batches(2)
# %% b
for x in loader: print(x)
# %% c
print(list(loader), loader.epoch)
# %% d
print(loader.epoch)
=====
str in f-string with a global
# %% a
class P:
    def __str__(self): return f'<{prefix}>'
prefix = 'old'
p = P()
# %% b
prefix = 'new'
# %% c
print(f'{p} and {p!s}')
=====
comparison counted
# %% a
class K:
    def __init__(self, v): self.v = v
    def __lt__(self, o):
        global n_cmp
        n_cmp += 1
        return self.v < o.v
n_cmp = 0
items = [K(3), K(1), K(2)]
# %% b
items.sort()
print([k.v for k in items])
# %% c
print(n_cmp)
=====
contextmanager of contextlib with globals
# %% setup
from contextlib import contextmanager
@contextmanager
def section(name):
    depth.append(name)
    try:
        yield len(depth)
    finally:
        depth.pop()
        finished.append(name)
# %% a
depth, finished = [], []
# %% b
with section('x') as d:
    print(d, depth)
# %% c
with section('y'):
    pass
# %% d
print(depth, finished)
=====
getattr delegates
# %% a
class Proxy:
    def __init__(self, target): self._target = target
    def __getattr__(self, name):
        if name.startswith('_'): raise AttributeError(name)
        used.append(name)
        return getattr(self._target, name)
used = []
p = Proxy([1, 2])
# %% b
p.append(3)
# %% c
print(used, p._target)
=====
memo decorator of setup
# %% setup
def memo(f):
    cache = {}
    def wrapper(n):
        if n not in cache:
            cache[n] = f(n)
        return cache[n]
    wrapper.cache = cache
    return wrapper
@memo
def fib(n): return n if n < 2 else fib(n-1) + fib(n-2)
# %% a
print(fib(10))
# %% b
print(fib(12), len(fib.cache))
=====
counting decorator of setup
# %% setup
import functools
def counted(f):
    @functools.wraps(f)
    def wrapper(*args, **kw):
        wrapper.calls += 1
        return f(*args, **kw)
    wrapper.calls = 0
    return wrapper
@counted
def step(x): return x + 1
# %% a
print(step(1))
# %% b
print(step(2), step.calls)
# %% c
print(step.calls)
=====
np.vectorize counts
# %% a
import numpy as np
seen = []
def look(x):
    seen.append(float(x))
    return x
f = np.vectorize(look, otypes=[float])
# %% b
out = f([1.0, 2.0])
# %% c
print(seen, out)
=====
partial counts
# %% a
from functools import partial
log = []
def note(tag, x):
    log.append((tag, x))
info = partial(note, 'info')
# %% b
info(1)
# %% c
info(2)
print(log)
# %% d
print(len(log))
=====
reduce with accumulating function
# %% a
from functools import reduce
totals = []
def add(a, b):
    totals.append(a + b)
    return a + b
# %% b
r = reduce(add, [1, 2, 3])
# %% c
print(r, totals)
=====
df.apply function records
# %% a
import pandas as pd
df = pd.DataFrame({'x': [1, 2, 3]})
bad = []
def check(v):
    if v > 1: bad.append(v)
    return v
# %% b
ok = df['x'].apply(check)
# %% c
print(bad)
=====
groupby apply with named aggregations
# %% a
import pandas as pd
df = pd.DataFrame({'g': ['a', 'a', 'b'], 'x': [1, 2, 3]})
def spread(s): return (s.max() - s.min()) * unit
unit = 1
# %% b
unit = 100
# %% c
print(df.groupby('g')['x'].agg(spread).to_dict())
=====
callbacks kept in an object
# %% a
class Trainer:
    def __init__(self): self.callbacks = []; self.loss = 0
    def on(self, cb): self.callbacks.append(cb); return self
    def run(self, n):
        for i in range(n):
            self.loss += 1
            for cb in self.callbacks: cb(self, i)
trainer = Trainer()
# %% b
history = []
def record(tr, i): history.append((i, tr.loss * weight))
weight = 2
trainer.on(record)
# %% c
weight = 3
# %% d
trainer.run(2)
# %% e
print(history, trainer.loss)
=====
NamedTuple with method reading a global
# %% a
from typing import NamedTuple
class Pt(NamedTuple):
    x: float
    y: float
    def norm(self): return (self.x ** p + self.y ** p)
p = 2
a = Pt(1, 2)
# %% b
p = 3
# %% c
print(a.norm(), a._replace(x=5))
=====
ABC virtual subclass registered later
# %% a
from abc import ABC
class Shape(ABC): pass
class Sq: pass
# %% b
Shape.register(Sq)
# %% c
print(isinstance(Sq(), Shape))
=====
Generic class
# %% a
from typing import Generic, TypeVar
T = TypeVar('T')
class Stack(Generic[T]):
    def __init__(self): self.items = []
    def push(self, x: T): self.items.append(x)
s = Stack[int]()
# %% b
s.push(1)
# %% c
s.push(2)
print(s.items)
# %% d
print(s.items, Stack[int])
=====
metaclass counts instances
# %% a
class Meta(type):
    def __call__(cls, *a):
        made.append(cls.__name__)
        return super().__call__(*a)
made = []
class X(metaclass=Meta): pass
# %% b
x = X()
# %% c
print(made)
=====
singledispatchmethod
# %% a
from functools import singledispatchmethod
class F:
    @singledispatchmethod
    def f(self, x): return 'o'
    @f.register
    def _(self, x: int): return x + off
off = 1
# %% b
off = 2
# %% c
print(F().f(1), F().f('a'))
=====
inheritance over steps with super
# %% a
class A:
    def f(self): return [base]
base = 'a'
# %% b
class B(A):
    def f(self): return super().f() + [mid]
mid = 'b'
# %% c
class C(B):
    def f(self): return super().f() + ['c']
c = C()
# %% d
base, mid = 'A', 'B'
# %% e
print(c.f(), [k.__name__ for k in C.__mro__[:3]])
=====
late binding: redefined in a later step
# %% a
def clean(x): return x + 1
def pipeline(x): return clean(x) * 2
print(pipeline(1))
# %% b
def clean(x): return x + 100
# %% c
print(pipeline(1))
=====
late binding: setup function redefined in step
# %% setup
def clean(x): return x + 1
def pipeline(x): return clean(x) * 2
# %% a
print(pipeline(1))
# %% b
def clean(x): return x + 100
# %% c
print(pipeline(1))
=====
late binding by method of an instance
# %% a
def score(x): return x
class M:
    def run(self, x): return score(x)
m = M()
# %% b
old = score
def score(x): return old(x) * 10
# %% c
print(m.run(2))
=====
recursion between cells
# %% a
def even(n): return True if n == 0 else odd(n - 1)
# %% b
def odd(n): return False if n == 0 else even(n - 1)
# %% c
print(even(10), odd(7))
=====
timing decorator logs into global dict
# %% setup
import functools
timings = {}
def timed(f):
    @functools.wraps(f)
    def w(*a, **k):
        timings[f.__name__] = timings.get(f.__name__, 0) + 1
        return f(*a, **k)
    return w
# %% a
@timed
def load(): return [1]
x = load()
# %% b
@timed
def proc(x): return x + [2]
y = proc(x)
# %% c
print(timings, y)
=====
own estimator class in a sklearn pipeline
# %% a
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import make_pipeline
from sklearn.linear_model import LinearRegression
import numpy as np
class Scale(BaseEstimator, TransformerMixin):
    def fit(self, X, y=None):
        fits.append(len(X)); return self
    def transform(self, X): return X * factor
fits = []
factor = 2
pipe = make_pipeline(Scale(), LinearRegression())
X = np.arange(4.).reshape(-1, 1); y = X.ravel() * 3
# %% b
pipe.fit(X, y)
# %% c
factor = 4
# %% d
print(pipe.predict(np.array([[1.]])).round(3), fits)
=====
scipy minimize recording evaluations
# %% a
from scipy.optimize import minimize
path = []
def f(x):
    path.append(float(x[0]))
    return (x[0] - target) ** 2
target = 1.0
# %% b
target = 2.0
# %% c
res = minimize(f, [0.0])
# %% d
print(res.x.round(3), len(path) > 0, path[0])
=====
json default function
# %% a
import json
def enc(o):
    seen.append(type(o).__name__)
    return list(o)
seen = []
# %% b
s = json.dumps({'a': {1}}, default=enc)
# %% c
print(s, seen)
=====
min with key as bound method of own object
# %% a
class Ranker:
    def __init__(self): self.n = 0
    def key(self, x):
        self.n += 1
        return -x
rk = Ranker()
# %% b
m = min([1, 2, 3], key=rk.key)
# %% c
print(m, rk.n)
=====
observer object updated through subject
# %% a
class Subject:
    def __init__(self): self.obs = []
    def attach(self, o): self.obs.append(o)
    def notify(self, v):
        for o in self.obs: o.update(v)
class Logger:
    def __init__(self): self.seen = []
    def update(self, v): self.seen.append(v)
s = Subject()
# %% b
log = Logger()
s.attach(log)
# %% c
s.notify(3)
# %% d
print(log.seen)
=====
property in a function changes
# %% a
class Lazy:
    def __init__(self): self._v = None
    @property
    def v(self):
        if self._v is None:
            loads.append(1)
            self._v = 5
        return self._v
loads = []
lz = Lazy()
def use(o): return o.v + 1
# %% b
x = use(lz)
# %% c
y = lz.v
print(loads, x, y)
=====
defaultdict subclass with __missing__
# %% a
class Vocab(dict):
    def __missing__(self, k):
        self[k] = len(self)
        return self[k]
vocab = Vocab()
# %% b
print([vocab[w] for w in 'abca'])
# %% c
print([vocab[w] for w in 'cd'])
# %% d
print(vocab)
=====
Counter missing key leaves it alone
# %% a
from collections import Counter
c = Counter('aab')
# %% b
print(c['z'])
# %% c
print(len(c), c['a'])
=====
function takes an object and calls its method
# %% a
class Acc:
    def __init__(self): self.n = 0
    def add(self, k): self.n += k
def feed(acc, xs):
    for x in xs: acc.add(x)
acc = Acc()
# %% b
feed(acc, [1, 2])
# %% c
print(acc.n)
=====
in operator with __contains__ logging
# %% a
class Box:
    def __init__(self): self.asked = []
    def __contains__(self, k):
        self.asked.append(k)
        return k in allowed
allowed = {'a'}
box = Box()
# %% b
print('a' in box, 'b' in box)
# %% c
allowed.add('b')
# %% d
print('b' in box, box.asked)
=====
contextmanager changing an object
# %% a
from contextlib import contextmanager
@contextmanager
def temporarily(obj, **kw):
    old = {k: getattr(obj, k) for k in kw}
    for k, v in kw.items(): setattr(obj, k, v)
    yield obj
    for k, v in old.items(): setattr(obj, k, v)
class C: x = 1
c = C()
# %% b
with temporarily(c, x=5):
    print(c.x)
# %% c
print(c.x, vars(c))
=====
list subclass with overridden append
# %% a
class Log(list):
    def append(self, x):
        super().append((stamp, x))
stamp = 1
log = Log()
# %% b
log.append('a')
stamp = 2
# %% c
log.append('b')
print(log)
# %% d
print(log, type(log).__name__)
=====
object graph with cycle changed by both ends
# %% a
class Team:
    def __init__(self): self.members = []
class Person:
    def __init__(self, team): self.team = team; team.members.append(self)
team = Team()
ann = Person(team)
# %% b
bob = Person(team)
# %% c
ann.team.members[1].nick = 'B'
# %% d
print(len(team.members), bob.nick, bob.team is team)
=====
simulation with agents sharing a world
# %% setup
import random
class World:
    def __init__(self): self.t = 0; self.log = []
class Agent:
    def __init__(self, world, name): self.world, self.name = world, name
    def act(self):
        self.world.t += 1
        self.world.log.append((self.world.t, self.name))
# %% a
world = World()
agents = [Agent(world, n) for n in 'xy']
# %% b
for a in agents: a.act()
# %% c
agents[0].act()
# %% d
print(world.log, world.t)
=====
matrix class numpy subclass
# %% a
import numpy as np
class Signal(np.ndarray):
    def __new__(cls, xs, rate=1):
        obj = np.asarray(xs, dtype=float).view(cls)
        obj.rate = rate
        return obj
    def __array_finalize__(self, o): self.rate = getattr(o, 'rate', None)
    def dur(self): return len(self) / self.rate * unit
unit = 1
s = Signal([1, 2, 3, 4], rate=2)
# %% b
unit = 1000
# %% c
print(s.dur(), (s * 2).rate, type(s[1:]).__name__)
=====
DataFrame subclass
# %% a
import pandas as pd
class Table(pd.DataFrame):
    @property
    def _constructor(self): return Table
    def total(self): return int(self['x'].sum()) * k
k = 2
t = Table({'x': [1, 2]})
# %% b
k = 3
# %% c
print(t.total(), type(t.head()).__name__)
=====
units through operator overloading with class registry
# %% a
class Unit:
    table = {}
    def __init__(self, name, f): self.name, self.f = name, f; Unit.table[name] = self
    def __rmul__(self, k): return k * self.f
km = Unit('km', 1000)
# %% b
mile = Unit('mile', 1609)
# %% c
print(2 * km, 3 * mile, sorted(Unit.table))
=====
change __class__ to migrate instance
# %% a
class Old:
    def f(self): return 1
o = Old()
# %% b
class New:
    def f(self): return k
# %% c
o.__class__ = New
k = 9
# %% d
print(o.f(), type(o).__name__)
=====
class replaced by a new version, old instance kept
# %% a
class Model:
    def predict(self): return 'v1'
m = Model()
# %% b
class Model:
    def predict(self): return 'v2'
m2 = Model()
# %% c
print(m.predict(), m2.predict(), isinstance(m, Model))
=====
hook of subclasses with a keyword
# %% a
table = {}
class Base:
    def __init_subclass__(cls, key, **kw):
        super().__init_subclass__(**kw)
        table[key] = cls
class X(Base, key='x'):
    def f(self): return k
# %% b
class Y(X, key='y'): pass
k = 2
# %% c
print(sorted(table), table['y']().f(), table['x'] is X)
=====
metrics tracker passed to a training function
# %% setup
class Meter:
    def __init__(self): self.sum = self.n = 0
    def update(self, v): self.sum += v; self.n += 1
    @property
    def avg(self): return self.sum / self.n
def train(data, meter):
    for x in data: meter.update(x)
# %% a
meter = Meter()
# %% b
train([1, 2], meter)
# %% c
train([3], meter)
# %% d
print(meter.avg)
"""

REFUSED = r"""
callback changes its argument -> KFP316 (keepable)
# %% a
class Bus:
    def __init__(self): self.subs = []
    def add(self, f): self.subs.append(f)
    def emit(self, m):
        for s in self.subs: s(m)
bus = Bus()
def tag(m): m['tag'] = True
bus.add(tag)
msg = {}
# %% b
bus.emit(msg)
# %% c
print(msg)
=====
operator changes other operand -> KFP316 (keepable)
# %% a
class Pipe:
    def __init__(self, f): self.f = f
    def __ror__(self, xs):
        self.f(xs)
        return xs
add = Pipe(lambda xs: xs.append(1))
xs = []
# %% b
ys = xs | add
# %% c
print(xs)
=====
operator.methodcaller and attrgetter -> KFP316 (keepable)
# %% a
from operator import methodcaller, attrgetter
class P:
    def __init__(self, n): self.n = n; self.hits = 0
    def hit(self): self.hits += 1; return self.n * k
k = 1
ps = [P(1), P(2)]
# %% b
k = 3
res = list(map(methodcaller('hit'), ps))
# %% c
print(res, list(map(attrgetter('hits'), ps)))
=====
stack machine with dispatch dict of bound methods -> KFP316 (keepable)
# %% a
class Machine:
    def __init__(self):
        self.stack = []
        self.ops = {'push': self.push, 'add': self.add}
    def push(self, x): self.stack.append(x)
    def add(self): self.stack.append(self.stack.pop() + self.stack.pop())
    def run(self, prog):
        for op, *args in prog: self.ops[op](*args)
m = Machine()
# %% b
m.run([('push', 1), ('push', 2)])
# %% c
m.run([('add',)])
# %% d
print(m.stack)
=====
dict subclass with __setitem__ -> KFP317 (keepable)
# %% a
class Loud(dict):
    def __setitem__(self, k, v):
        sets.append(k)
        super().__setitem__(k, v)
sets = []
d = Loud()
# %% b
d['x'] = 1
# %% c
d['y'] = 2
print(sets, d)
"""
