"""Objects whose identity, class or state matters: what steps change in definitions, through instances, by operators."""

from __future__ import annotations

SAME = r"""
singleton by new
# %% setup
class S:
    _instance = None
    def __new__(cls):
        if cls._instance is None:
            cls._instance = super().__new__(cls)
            cls._instance.v = []
        return cls._instance
# %% a
S().v.append(1)
# %% b
S().v.append(2)
# %% c
print(S().v)
=====
singleton in a step
# %% a
class S:
    _i = None
    def __new__(cls):
        if cls._i is None:
            cls._i = super().__new__(cls)
        return cls._i
s = S()
s.n = 1
# %% b
t = S()
t.n = 5
# %% c
print(S() is t, s.n, s is t)
=====
obj class attribute augmented
# %% setup
class C:
    n = 0
# %% a
obj = C()
obj.__class__.n += 1
# %% b
print(C.n, obj.n)
=====
type(obj).n
# %% a
class C:
    n = 0
obj = C()
# %% b
type(obj).n += 1
# %% c
print(C.n, obj.n)
=====
history augmented on class-level list
# %% setup
class L:
    history = []
    def log(self, x):
        self.history += [x]
# %% a
p = L()
p.log(1)
# %% b
q = L()
q.log(2)
# %% c
print(p.history, q.history, L.history)
=====
class-level mutable shared, changed through instance outside
# %% setup
class B:
    items = []
class D(B): pass
# %% a
x = B()
x.items.append(1)
# %% b
y = D()
y.items.append(2)
# %% c
print(B.items, D.items, x.items)
=====
class-level mutable, step class
# %% a
class B:
    items = []
class D(B): pass
x = B()
# %% b
x.items.append(1)
# %% c
y = D()
y.items.append(2)
# %% d
print(B.items, D.items, x.items)
=====
lru_cache pure recursion is fine
# %% setup
from functools import lru_cache
@lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n-1) + fib(n-2)
# %% a
print(fib(10))
# %% b
print(fib(12))
=====
cached_property with effects
# %% a
from functools import cached_property
class C:
    @cached_property
    def v(self):
        print('computing')
        return [1]
c = C()
c.v
# %% b
c.v.append(2)
# %% c
print(c.v)
=====
memo dict
# %% setup
memo = {}
def f(x):
    if x in memo:
        return memo[x]
    print('computing', x)
    memo[x] = x * 2
    return memo[x]
# %% a
print(f(2))
# %% b
print(f(2))
=====
function attribute
# %% setup
def f():
    f.calls += 1
    return f.calls
f.calls = 0
# %% a
print(f())
# %% b
print(f())
print(f.calls)
=====
function attribute step
# %% a
def f():
    f.calls += 1
    return f.calls
f.calls = 0
print(f())
# %% b
print(f())
# %% c
print(f.calls)
=====
mutable default by several steps setup
# %% setup
def f(x, acc=[]):
    acc.append(x)
    return acc
# %% a
print(f(1))
# %% b
print(f(2))
=====
counter closure across steps
# %% setup
def make():
    n = 0
    def inc():
        nonlocal n
        n += 1
        return n
    return inc
# %% a
counter = make()
print(counter())
# %% b
print(counter())
# %% c
print(counter())
=====
counter closure made in setup
# %% setup
def make():
    n = 0
    def inc():
        nonlocal n
        n += 1
        return n
    return inc
counter = make()
# %% a
print(counter())
# %% b
print(counter())
=====
counter pair closures share a cell
# %% a
def make():
    n = 0
    def inc():
        nonlocal n
        n += 1
    def get():
        return n
    return inc, get
inc, get = make()
# %% b
inc()
# %% c
inc()
# %% d
print(get())
=====
closure dict state
# %% a
def make():
    state = {'n': 0}
    def inc():
        state['n'] += 1
        return state['n']
    return inc
c = make()
# %% b
print(c())
# %% c
print(c())
=====
sentinel MISSING in setup
# %% setup
MISSING = object()
def get(d, k, default=MISSING):
    return 'missing' if d.get(k, default) is MISSING else 'there'
# %% a
d = {'x': MISSING, 'y': 1}
# %% b
print(d['x'] is MISSING, get(d, 'x'), get(d, 'y'), get(d, 'z'))
=====
sentinel in a step
# %% a
MISSING = object()
d = {'x': MISSING}
# %% b
print(d['x'] is MISSING)
=====
sentinel instance of setup class
# %% setup
class _Missing:
    def __repr__(self): return '<missing>'
MISSING = _Missing()
# %% a
row = [MISSING, 1]
# %% b
print([x is MISSING for x in row], row)
=====
enum members
# %% setup
import enum
class Color(enum.Enum):
    RED = 1
    BLUE = 2
# %% a
c = Color.RED
d = {Color.RED: 1}
# %% b
print(c is Color.RED, d[Color.RED], isinstance(c, Color))
=====
enum in step
# %% a
import enum
class Color(enum.Enum):
    RED = 1
    BLUE = 2
c = Color.RED
# %% b
print(c is Color.RED, Color['RED'] is c)
=====
ellipsis and None
# %% a
x = [..., None, NotImplemented]
# %% b
print(x[0] is ..., x[1] is None, x[2] is NotImplemented)
=====
type is C
# %% a
class C: pass
o = C()
# %% b
print(type(o) is C, isinstance(o, C), type(o) == C)
=====
type is C different producers
# %% a
class C: pass
# %% b
o = C()
# %% c
p = C()
# %% d
print(type(o) is C, type(p) is type(o))
=====
patch method of class of step
# %% a
class C:
    def f(self): return 1
c = C()
# %% b
def g(self): return 2
C.f = g
# %% c
print(c.f(), C().f())
=====
patch method of setup class
# %% setup
class C:
    def f(self): return 1
# %% a
c = C()
# %% b
C.f = lambda self: 2
# %% c
print(c.f())
=====
patch module function
# %% setup
import json
# %% a
json.dumps = lambda o: 'patched'
# %% b
print(json.dumps([1]))
=====
patch DataFrame
# %% setup
import pandas as pd
# %% a
pd.DataFrame.foo = lambda self: len(self)
# %% b
print(pd.DataFrame({'a': [1]}).foo())
=====
patch DataFrame read through an instance
# %% setup
import pandas as pd
# %% a
pd.DataFrame.foo = lambda self: len(self)
df = pd.DataFrame({'a': [1]})
# %% b
print(df.foo())
=====
patch object method with MethodType
# %% setup
import types
class C:
    def f(self): return 1
# %% a
c = C()
# %% b
c.f = types.MethodType(lambda self: 3, c)
# %% c
print(c.f())
=====
init_subclass registry in setup, subclass in steps
# %% setup
class Plugin:
    registry = {}
    def __init_subclass__(cls, **kw):
        super().__init_subclass__(**kw)
        Plugin.registry[cls.__name__] = cls
# %% a
class A(Plugin): pass
# %% b
class B(Plugin): pass
# %% c
print(sorted(Plugin.registry))
=====
init_subclass registry, cls.registry
# %% setup
class Plugin:
    registry = []
    def __init_subclass__(cls, **kw):
        cls.registry.append(cls.__name__)
# %% a
class A(Plugin): pass
# %% b
class B(Plugin): pass
print(A.registry if False else Plugin.registry)
# %% c
print(Plugin.registry)
=====
metaclass registry
# %% setup
class Meta(type):
    seen = []
    def __new__(m, name, bases, ns):
        cls = super().__new__(m, name, bases, ns)
        Meta.seen.append(name)
        return cls
# %% a
class A(metaclass=Meta): pass
# %% b
print(Meta.seen)
=====
registry by decorator
# %% setup
REG = {}
def register(f):
    REG[f.__name__] = f
    return f
# %% a
@register
def one(): return 1
# %% b
@register
def two(): return 2
# %% c
print(sorted(REG), REG['one']())
=====
registry by decorator with argument
# %% setup
REG = {}
def register(name):
    def deco(f):
        REG[name] = f
        return f
    return deco
# %% a
@register('x')
def one(): return 1
# %% b
@register('y')
class Two: pass
# %% c
print(sorted(REG), REG['x']())
=====
registry by decorator class method
# %% setup
class R:
    def __init__(self): self.d = {}
    def add(self, name):
        def deco(f):
            self.d[name] = f
            return f
        return deco
r = R()
# %% a
@r.add('x')
def one(): return 1
# %% b
@r.add('y')
def two(): return 2
# %% c
print(sorted(r.d))
=====
dataclass default factory
# %% a
from dataclasses import dataclass, field
@dataclass
class P:
    xs: list = field(default_factory=list)
p = P()
# %% b
p.xs.append(1)
# %% c
q = P()
print(p, q, p == P([1]))
=====
dataclass frozen and order
# %% setup
from dataclasses import dataclass, replace, asdict
@dataclass(frozen=True, order=True)
class P:
    a: int
    b: str = 'x'
# %% a
ps = [P(2), P(1, 'z')]
# %% b
print(sorted(ps), hash(ps[0]) == hash(P(2)), replace(ps[0], a=9), asdict(ps[1]))
=====
property setter
# %% setup
class T:
    def __init__(self): self._v = 0
    @property
    def v(self): return self._v
    @v.setter
    def v(self, x): self._v = x * 2
# %% a
t = T()
# %% b
t.v = 4
# %% c
print(t.v)
=====
property getter with side effects
# %% setup
class T:
    def __init__(self): self.n = 0
    @property
    def v(self):
        self.n += 1
        return self.n
# %% a
t = T()
# %% b
print(t.v)
# %% c
print(t.v)
=====
getattr side effects
# %% setup
class T:
    def __init__(self): self.log = []
    def __getattr__(self, name):
        if name.startswith('_') or name == 'log': raise AttributeError(name)
        self.log.append(name)
        return name
# %% a
t = T()
# %% b
t.foo
# %% c
print(t.bar, t.log)
=====
dunder call changes self
# %% setup
class Acc:
    def __init__(self): self.n = 0
    def __call__(self, x):
        self.n += x
        return self.n
# %% a
acc = Acc()
# %% b
print(acc(2))
# %% c
print(acc(3))
=====
dunder iadd, setitem, enter
# %% setup
class B:
    def __init__(self): self.d = []
    def __iadd__(self, o):
        self.d.append(o)
        return self
    def __enter__(self):
        self.d.append('enter'); return self
    def __exit__(self, *a): self.d.append('exit')
    def __contains__(self, x):
        self.d.append('in'); return True
    def __len__(self):
        self.d.append('len'); return 3
    def __getitem__(self, i):
        self.d.append(('get', i)); return i
    def __eq__(self, o):
        self.d.append('eq'); return True
    def __str__(self):
        self.d.append('str'); return 'B'
# %% a
b = B()
# %% b
b += 1
# %% c
with b: pass
# %% d
1 in b
# %% e
len(b)
# %% f
b[3]
# %% g
b == 4
# %% h
print(b)
f'{b}'
# %% i
print(b.d)
=====
iterator class with next
# %% setup
class It:
    def __init__(self): self.n = 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        if self.n > 5: raise StopIteration
        return self.n
# %% a
it = It()
# %% b
print(next(it))
# %% c
for x in it:
    print(x)
    if x == 3: break
# %% d
print(list(it))
=====
descriptor storing state in class
# %% setup
class D:
    def __init__(self): self.vals = {}
    def __set_name__(self, o, n): self.n = n
    def __get__(self, o, t=None):
        if o is None: return self
        return self.vals.get(o.key, 0)
    def __set__(self, o, v): self.vals[o.key] = v
class C:
    x = D()
    def __init__(self, key): self.key = key
# %% a
c = C('k')
c.x = 5
# %% b
print(c.x)
=====
slots
# %% a
class S:
    __slots__ = ('a', 'b')
    def __init__(self): self.a = 1
s = S()
# %% b
s.b = [2]
# %% c
print(s.a, s.b, hasattr(s, '__dict__'))
=====
generics, abc, NamedTuple, TypedDict, Protocol
# %% a
from typing import Generic, TypeVar, NamedTuple, TypedDict, Protocol, runtime_checkable
from abc import ABC, abstractmethod
T = TypeVar('T')
class Box(Generic[T]):
    def __init__(self, v: T): self.v = v
class Shape(ABC):
    @abstractmethod
    def area(self): ...
class Sq(Shape):
    def area(self): return 4
class Pt(NamedTuple):
    x: int
    y: int = 2
class TD(TypedDict):
    a: int
@runtime_checkable
class HasArea(Protocol):
    def area(self): ...
b, s, p, d = Box[int](3), Sq(), Pt(1), TD(a=1)
# %% b
print(b.v, s.area(), p, d, isinstance(s, Shape), isinstance(s, HasArea), p._replace(x=5), Box[str])
try:
    Shape()
except TypeError as e:
    print('abstract')
=====
abc register in a step
# %% setup
from abc import ABC
class A(ABC): pass
class X: pass
# %% a
A.register(X)
# %% b
print(isinstance(X(), A))
=====
class redefined later while instances travel
# %% a
class C:
    def f(self): return 1
old = C()
# %% b
class C:
    def f(self): return 2
new = C()
# %% c
print(old.f(), new.f(), isinstance(old, C), isinstance(new, C), type(old).__name__)
=====
class of setup redefined in a step
# %% setup
class C:
    def f(self): return 1
# %% a
old = C()
# %% b
class C:
    def f(self): return 2
# %% c
print(old.f(), C().f(), isinstance(old, C))
=====
class of setup subclassed under the same name
# %% setup
class C:
    def f(self): return 1
# %% a
class C(C):
    def g(self): return super().f() + 10
c = C()
# %% b
print(c.f(), c.g(), C.__mro__[1].__name__)
=====
function redefined
# %% a
def f(): return 1
def g(): return f()
# %% b
print(g())
def f(): return 2
# %% c
print(g(), f())
=====
function of setup redefined in a step, used by setup function
# %% setup
def f(): return 1
def g(): return f()
# %% a
print(g())
# %% b
def f(): return 2
# %% c
print(g())
=====
mutual recursion across steps
# %% a
def even(n): return n == 0 or odd(n - 1)
# %% b
def odd(n): return n != 0 and even(n - 1)
# %% c
print(even(10), odd(7))
=====
method value changed by alias
# %% a
xs = []
add = xs.append
# %% b
add(1)
# %% c
add(2)
print(xs)
=====
super().__init__ and class attrs
# %% setup
class A:
    count = 0
    def __init__(self):
        A.count += 1
class B(A):
    def __init__(self):
        super().__init__()
        self.id = A.count
# %% a
a = B()
# %% b
b = B()
# %% c
print(a.id, b.id, A.count)
=====
classmethod factory with counter
# %% setup
class A:
    n = 0
    @classmethod
    def make(cls):
        cls.n += 1
        return cls()
# %% a
x = A.make()
# %% b
y = A.make()
print(A.n)
# %% c
print(A.n)
=====
staticmethod and class dict
# %% setup
class Conf:
    opts = {}
    @staticmethod
    def set(k, v): Conf.opts[k] = v
# %% a
Conf.set('a', 1)
# %% b
print(Conf.opts)
=====
config class attribute set in step
# %% setup
class CFG:
    lr = 0.1
    epochs = 3
# %% a
CFG.lr = 0.5
# %% b
print(CFG.lr, CFG.epochs)
=====
config class in step changed
# %% a
class CFG:
    lr = 0.1
# %% b
CFG.lr = 0.5
# %% c
print(CFG.lr)
=====
cache dict on instance through self
# %% setup
class M:
    def __init__(self): self._cache = {}
    def get(self, k):
        if k not in self._cache:
            print('compute', k)
            self._cache[k] = k * 2
        return self._cache[k]
# %% a
m = M()
print(m.get(2))
# %% b
print(m.get(2))
=====
enum of setup held by instance changed later
# %% setup
import enum
class Mode(enum.Enum):
    A = 1
    B = 2
class Box:
    def __init__(self): self.mode = Mode.A
# %% a
b = Box()
# %% b
b.mode = Mode.B
# %% c
print(b.mode, b.mode is Mode.B)
=====
x = y = [] changed
# %% a
x = y = []
# %% b
x.append(1)
# %% c
print(y, x is y)
=====
x = y = [] independent reads
# %% a
x = y = []
# %% b
print(len(x))
# %% c
print(len(y))
=====
x = y = [] in setup
# %% setup
x = y = []
# %% a
x.append(1)
# %% b
print(y)
=====
iterator consumed by in
# %% a
it = iter([1, 2, 3, 4])
# %% b
print(2 in it)
# %% c
print(list(it))
=====
iterators of all kinds
# %% a
z = zip([1, 2, 3], 'abc')
m = map(str, range(4))
e = enumerate('xyz')
g = (i * i for i in range(5))
# %% b
print(next(z), next(m), next(e))
a, *b = z
# %% c
print(b, next(m), dict(e))
# %% d
print(list(m), list(z))
=====
node identity across producers
# %% setup
class Node:
    def __init__(self, n): self.n = n
# %% a
node = Node(1)
# %% b
d = {node: 'x'}
# %% c
print(d[node], node in d, [k is node for k in d])
=====
node identity list index
# %% setup
class Node:
    def __init__(self, n): self.n = n
# %% a
node = Node(1)
other = Node(2)
# %% b
nodes = [node, other]
# %% c
print(nodes.index(other), node in nodes)
=====
observer pattern
# %% setup
class Subject:
    def __init__(self): self.obs = []
    def add(self, o): self.obs.append(o)
    def fire(self, x):
        for o in self.obs: o.got(x)
class Obs:
    def __init__(self): self.seen = []
    def got(self, x): self.seen.append(x)
# %% a
s, o = Subject(), Obs()
# %% b
s.add(o)
# %% c
s.fire(5)
# %% d
print(o.seen, s.obs[0] is o)
=====
linked list built across steps
# %% setup
class N:
    def __init__(self, v, nxt=None): self.v, self.nxt = v, nxt
# %% a
head = N(1)
# %% b
head = N(2, head)
# %% c
tail = head.nxt
tail.v = 99
# %% d
print(head.nxt.v, head.v)
=====
transitive parameter change
# %% setup
def inner(x): x.append(1)
def outer(y): inner(y)
# %% a
xs = []
# %% b
outer(xs)
# %% c
print(xs)
=====
transitive change by keyword
# %% setup
def inner(*, target): target['k'] = 1
def outer(**kw): inner(**kw)
# %% a
d = {}
# %% b
outer(target=d)
# %% c
print(d)
=====
method returns part of self
# %% setup
class Box:
    def __init__(self): self.xs = []
    def items(self): return self.xs
    def child(self): return self.xs
# %% a
b = Box()
# %% b
c = b.child()
c.append(1)
# %% c
print(b.xs)
=====
fluent builder
# %% setup
class Q:
    def __init__(self): self.parts = []
    def where(self, x):
        self.parts.append(x)
        return self
# %% a
q = Q().where('a')
# %% b
r = q.where('b')
# %% c
print(q.parts, r is q)
=====
context manager class
# %% setup
class Timer:
    log = []
    def __enter__(self):
        Timer.log.append('in'); return self
    def __exit__(self, *a):
        Timer.log.append('out')
# %% a
with Timer() as t: x = 1
# %% b
with Timer(): y = 2
# %% c
print(Timer.log)
=====
class counter through __init__ in steps
# %% setup
class U:
    ids = 0
    def __init__(self):
        U.ids += 1
        self.id = U.ids
# %% a
u1 = U()
# %% b
u2 = U()
# %% c
u3 = U()
print(u1.id, u2.id, u3.id)
=====
itertools.count as class attribute
# %% setup
import itertools
class U:
    ids = itertools.count(1)
    def __init__(self): self.id = next(U.ids)
# %% a
u1 = U()
# %% b
u2 = U()
# %% c
print(u1.id, u2.id)
=====
itertools.count global in setup used in function
# %% setup
import itertools
ids = itertools.count(1)
def new(): return next(ids)
# %% a
print(new())
# %% b
print(new())
=====
defaultdict accumulates in steps
# %% setup
from collections import defaultdict, Counter
stats = defaultdict(list)
def log(k, v): stats[k].append(v)
# %% a
log('a', 1)
# %% b
log('a', 2)
log('b', 3)
# %% c
print(dict(stats))
=====
logger-like global list via method
# %% setup
class Log:
    def __init__(self): self.lines = []
    def __call__(self, msg): self.lines.append(msg)
log = Log()
# %% a
log('one')
# %% b
log('two')
# %% c
print(log.lines)
=====
decorator counting calls
# %% setup
import functools
def counted(f):
    @functools.wraps(f)
    def inner(*a):
        inner.n += 1
        return f(*a)
    inner.n = 0
    return inner
@counted
def f(x): return x
# %% a
f(1); f(2)
# %% b
f(3)
print(f.n)
=====
decorator with closure list
# %% setup
def traced(f):
    calls = []
    def inner(*a):
        calls.append(a)
        return f(*a), len(calls)
    return inner
@traced
def g(x): return x
# %% a
print(g(1))
# %% b
print(g(2))
=====
memoize own decorator with print
# %% setup
def memo(f):
    cache = {}
    def inner(x):
        if x not in cache:
            print('computing')
            cache[x] = f(x)
        return cache[x]
    return inner
@memo
def sq(x): return x * x
# %% a
print(sq(3))
# %% b
print(sq(3))
=====
generator send
# %% setup
def avg():
    total = n = 0
    value = None
    while True:
        x = yield value
        total += x; n += 1
        value = total / n
# %% a
g = avg(); next(g)
print(g.send(10), g.send(20))
# %% b
print(5)
=====
class with __del__ ignored
# %% a
class T:
    def __init__(self): self.x = 1
t = T()
# %% b
print(t.x)
=====
operator overloading new objects
# %% setup
class V:
    def __init__(self, *xs): self.xs = xs
    def __add__(self, o): return V(*(a + b for a, b in zip(self.xs, o.xs)))
    def __repr__(self): return f'V{self.xs}'
    def __eq__(self, o): return self.xs == o.xs
    def __hash__(self): return hash(self.xs)
# %% a
v = V(1, 2)
# %% b
w = v + V(3, 4)
# %% c
print(w, v == V(1, 2), len({v, V(1, 2)}))
=====
metaclass with attribute in step
# %% a
class Meta(type):
    def __new__(m, n, b, d):
        d['tag'] = n.lower()
        return super().__new__(m, n, b, d)
class A(metaclass=Meta): pass
# %% b
print(A.tag, type(A).__name__, A().tag)
=====
subclass in step of class in setup and super
# %% setup
class Base:
    def hi(self): return 'base ' + self.name()
    def name(self): return 'b'
# %% a
class Child(Base):
    def name(self): return 'c'
    def hi(self): return super().hi() + '!'
c = Child()
# %% b
print(c.hi(), isinstance(c, Base), Child.__mro__[1] is Base)
=====
class defined in step a, subclass in b, instance in c
# %% a
class A:
    k = 1
# %% b
class B(A):
    pass
# %% c
b = B()
A.k = 5
# %% d
print(b.k, B.k, A.k, isinstance(b, A))
=====
class attribute changed after instances exist in other steps
# %% a
class A:
    k = 1
a1 = A()
# %% b
a2 = A()
A.k = 2
# %% c
a3 = A()
print(a1.k, a2.k, a3.k, type(a1) is type(a2) is type(a3))
=====
method patched and old bound method kept
# %% a
class A:
    def f(self): return 'old'
a = A()
old = a.f
# %% b
A.f = lambda self: 'new'
# %% c
print(a.f(), old())
=====
del class attribute
# %% setup
class A:
    k = 1
    j = 2
# %% a
del A.k
# %% b
print(hasattr(A, 'k'), A.j)
=====
classmethod alternative constructor registry
# %% setup
class Shape:
    kinds = {}
    @classmethod
    def register(cls, name):
        def deco(sub):
            cls.kinds[name] = sub
            return sub
        return deco
    @classmethod
    def make(cls, name): return cls.kinds[name]()
# %% a
@Shape.register('sq')
class Sq(Shape):
    def area(self): return 4
# %% b
print(Shape.make('sq').area(), list(Shape.kinds))
=====
dataclass with class-level counter
# %% setup
from dataclasses import dataclass, field
from typing import ClassVar
@dataclass
class D:
    x: int
    seen: ClassVar[list] = []
    def __post_init__(self): self.seen.append(self.x)
# %% a
d1 = D(1)
# %% b
d2 = D(2)
# %% c
print(D.seen, d1, d2)
=====
weak singletons by module-level global
# %% setup
_inst = None
def get():
    global _inst
    if _inst is None:
        print('make')
        _inst = {'n': 0}
    return _inst
# %% a
get()['n'] += 1
# %% b
get()['n'] += 1
# %% c
print(get())
=====
partial with mutable
# %% setup
from functools import partial
def add(xs, x): xs.append(x)
# %% a
xs = []
push = partial(add, xs)
# %% b
push(1)
# %% c
push(2)
print(xs)
=====
lambda closes over list
# %% a
xs = []
push = lambda v: xs.append(v)
# %% b
push(1)
# %% c
push(2)
# %% d
print(xs)
=====
map with changing function
# %% setup
seen = []
def note(x):
    seen.append(x)
    return x
# %% a
list(map(note, [1, 2]))
# %% b
print(seen)
=====
sorted with key that counts
# %% setup
n = 0
def key(x):
    global n
    n += 1
    return -x
# %% a
print(sorted([1, 3, 2], key=key))
# %% b
print(n)
=====
callback in dict
# %% setup
log = []
handlers = {'a': lambda x: log.append(x)}
# %% a
handlers['a'](1)
# %% b
handlers['a'](2)
print(log)
=====
thread that changes
# %% setup
import threading
out = []
# %% a
t = threading.Thread(target=lambda: out.append(1))
t.start(); t.join()
# %% b
print(out)
=====
executor map
# %% setup
from concurrent.futures import ThreadPoolExecutor
seen = []
def work(x):
    seen.append(x)
    return x * 2
# %% a
with ThreadPoolExecutor(1) as pool:
    r = list(pool.map(work, [1, 2]))
# %% b
print(r, sorted(seen))
=====
slots with property and default
# %% setup
class P:
    __slots__ = ('_x',)
    def __init__(self): self._x = 0
    @property
    def x(self): return self._x
    @x.setter
    def x(self, v): self._x = v
# %% a
p = P()
p.x = 3
# %% b
p.x += 1
# %% c
print(p.x)
=====
named tuple subclass with method
# %% setup
from collections import namedtuple
class P(namedtuple('P', 'x y')):
    def norm(self): return (self.x ** 2 + self.y ** 2) ** .5
# %% a
p = P(3, 4)
# %% b
print(p.norm(), p, isinstance(p, P))
=====
namedtuple in step
# %% a
from collections import namedtuple
P = namedtuple('P', 'x y')
p = P(1, 2)
# %% b
print(p, P(3, 4), isinstance(p, P), p._asdict())
=====
enum with auto and methods
# %% a
from enum import Enum, auto, Flag
class S(Enum):
    A = auto()
    B = auto()
    def next(self): return S.B if self is S.A else S.A
class F(Flag):
    R = 1
    W = 2
s, f = S.A, F.R | F.W
# %% b
print(s.next(), s is S.A, f, F.R in f, S(1) is s)
=====
enum as dict keys from different steps
# %% setup
from enum import Enum
class K(Enum):
    X = 'x'
    Y = 'y'
# %% a
a = {K.X: 1}
# %% b
b = {K.Y: 2}
# %% c
print({**a, **b}[K.Y], a[K('x')])
=====
exception class across steps
# %% setup
class MyErr(Exception):
    def __init__(self, code):
        super().__init__(f'code {code}')
        self.code = code
# %% a
try:
    raise MyErr(3)
except MyErr as e:
    err = e
# %% b
print(err.code, isinstance(err, MyErr), str(err))
try:
    raise err
except MyErr as e2:
    print('caught', e2.code)
=====
copy and deepcopy independence
# %% setup
import copy
# %% a
x = [[1]]
y = copy.copy(x)
z = copy.deepcopy(x)
# %% b
x[0].append(2)
# %% c
print(y, z)
=====
slice copy is shallow
# %% a
x = [[1], [2]]
y = x[:]
# %% b
y[0].append(9)
y.append(3)
# %% c
print(x, y)
=====
dict views
# %% a
d = {'a': 1}
ks = d.keys()
# %% b
d['b'] = 2
# %% c
print(sorted(ks))
=====
zip of shared rows
# %% a
rows = [[0], [1]]
pairs = list(zip(rows, 'ab'))
# %% b
pairs[0][0].append(5)
# %% c
print(rows)
=====
nested function global write through nested call
# %% setup
total = 0
def outer():
    def inner():
        global total
        total += 1
    inner()
# %% a
outer()
# %% b
outer()
print(total)
=====
global list replaced in a function
# %% setup
items = [1]
def reset():
    global items
    items = []
# %% a
items.append(2)
alias = items
# %% b
reset()
items.append(7)
# %% c
print(items, alias)
=====
swap
# %% a
a, b = [1], [2]
# %% b
a, b = b, a
a.append(3)
# %% c
print(a, b)
=====
augmented on alias ints
# %% a
a = 1
b = a
# %% b
b += 1
# %% c
print(a, b)
=====
string building with +=
# %% a
s = 'a'
t = s
# %% b
s += 'b'
# %% c
print(s, t)
=====
tuple with list inside +=
# %% a
t = ([],)
# %% b
try:
    t[0] += [1]
except TypeError:
    pass
# %% c
print(t)
=====
walrus in condition
# %% a
data = [1, 2, 3]
# %% b
if (n := len(data)) > 2:
    big = True
# %% c
print(n, big)
=====
chained comparison and any with side effects
# %% setup
log = []
def p(x):
    log.append(x)
    return x
# %% a
ok = any(p(v) for v in [0, 1, 2])
# %% b
print(ok, log)
=====
class body with loop and condition
# %% a
flags = {}
class C:
    for i in range(3):
        flags[i] = True
    del i
    if True:
        x = 5
# %% b
print(flags, C.x, hasattr(C, 'i'))
=====
type() dynamic class
# %% a
C = type('C', (), {'x': 1, 'f': lambda self: self.x})
c = C()
# %% b
print(c.f(), C.__name__, isinstance(c, C))
=====
inner class
# %% a
class Outer:
    class Inner:
        n = 0
    def make(self): return Outer.Inner()
o = Outer()
i = o.make()
# %% b
Outer.Inner.n += 1
# %% c
print(i.n, o.make().n)
=====
property on module-level instance with lazy load
# %% setup
class Lazy:
    def __init__(self): self._v = None
    @property
    def v(self):
        if self._v is None:
            print('loading')
            self._v = [1]
        return self._v
lazy = Lazy()
# %% a
print(lazy.v)
# %% b
print(lazy.v)
# %% c
lazy.v.append(2)
print(lazy.v)
=====
singleton metaclass
# %% setup
class Single(type):
    _all = {}
    def __call__(cls, *a):
        if cls not in cls._all:
            cls._all[cls] = super().__call__(*a)
        return cls._all[cls]
class Db(metaclass=Single):
    def __init__(self):
        print('connect')
        self.q = []
# %% a
Db().q.append(1)
# %% b
Db().q.append(2)
# %% c
print(Db().q, Db() is Db())
=====
state machine with enum
# %% setup
from enum import Enum
class St(Enum):
    OFF = 0
    ON = 1
class M:
    def __init__(self): self.s = St.OFF
    def toggle(self): self.s = St.ON if self.s is St.OFF else St.OFF
# %% a
m = M()
# %% b
m.toggle()
# %% c
print(m.s, m.s is St.ON)
=====
mixed: registry, cache and instance
# %% setup
REG = {}
class Plug:
    def __init_subclass__(cls, **k): REG[cls.__name__] = cls
# %% a
class P1(Plug):
    def run(self): return 'p1'
# %% b
class P2(Plug):
    def run(self): return 'p2'
# %% c
print([REG[k]().run() for k in sorted(REG)])
=====
classes derived in steps, asked for in a later one
# %% setup
class Base: pass
# %% a
class A(Base): pass
# %% b
class B(Base): pass
# %% c
print(sorted(c.__name__ for c in Base.__subclasses__()))
=====
class of setup derived from one that reads a parameter
# %% parameters
n = 1
# %% setup
class C:
    def look(self): return n
class K(C): pass
# %% a
n = 5
print(K().look())
# %% b
print(K().look())
=====
config dataclass mutated by function in class
# %% setup
from dataclasses import dataclass, field
@dataclass
class Cfg:
    lr: float = 0.1
    tags: list = field(default_factory=list)
CFG = Cfg()
def tune(c, **kw):
    for k, v in kw.items(): setattr(c, k, v)
# %% a
tune(CFG, lr=0.5)
# %% b
CFG.tags.append('x')
# %% c
print(CFG)
=====
global config dict nested
# %% setup
CONFIG = {'model': {'lr': 0.1, 'layers': [1]}}
def get(path):
    cur = CONFIG
    for p in path.split('.'): cur = cur[p]
    return cur
# %% a
get('model')['lr'] = 9
# %% b
get('model.layers').append(2)
# %% c
print(CONFIG)
=====
pipeline of closures
# %% setup
def compose(*fs):
    def run(x):
        for f in fs: x = f(x)
        return x
    return run
# %% a
k = 2
double = lambda v: v * k
inc = lambda v: v + 1
p = compose(double, inc)
# %% b
k = 10
print(p(3))
# %% c
print(p(1))
=====
experiment tracker with class-level registry and context manager
# %% setup
class Run:
    runs = []
    def __init__(self, name): self.name, self.metrics = name, {}
    def __enter__(self):
        Run.runs.append(self)
        return self
    def __exit__(self, *a): self.done = True
    def log(self, **kw): self.metrics.update(kw)
# %% a
with Run('one') as r:
    r.log(acc=1)
# %% b
with Run('two') as r:
    r.log(acc=2)
# %% c
best = max(Run.runs, key=lambda r: r.metrics['acc'])
print(best.name, [x.name for x in Run.runs], best is Run.runs[-1])
=====
matrix class with operators
# %% setup
class M:
    def __init__(self, rows): self.rows = rows
    def __matmul__(self, o): return M([[sum(a * b for a, b in zip(r, c)) for c in zip(*o.rows)] for r in self.rows])
    def __imul__(self, k):
        for r in self.rows:
            for i in range(len(r)): r[i] *= k
        return self
    def __getitem__(self, ij): return self.rows[ij[0]][ij[1]]
    def __setitem__(self, ij, v): self.rows[ij[0]][ij[1]] = v
    def T(self): return M([list(c) for c in zip(*self.rows)])
# %% a
m = M([[1, 2], [3, 4]])
# %% b
n = m @ m.T()
m *= 2
# %% c
m[0, 1] = 99
print(m.rows, n.rows)
=====
event bus with weak method refs
# %% setup
from collections import defaultdict
class Bus:
    def __init__(self): self.h = defaultdict(list)
    def on(self, name):
        def deco(f):
            self.h[name].append(f)
            return f
        return deco
    def emit(self, name, *a): return [f(*a) for f in self.h[name]]
bus = Bus()
# %% a
@bus.on('x')
def first(v): return v + 1
# %% b
@bus.on('x')
def second(v): return v * 2
# %% c
print(bus.emit('x', 5))
=====
lazy module-level cache dict with function default
# %% setup
def load(name, _cache={}):
    if name not in _cache:
        print('load', name)
        _cache[name] = [name]
    return _cache[name]
# %% a
load('x').append(1)
# %% b
print(load('x'))
=====
generator pipeline consumed by function
# %% setup
def take(it, n): return [next(it) for _ in range(n)]
# %% a
it = iter(range(10))
# %% b
print(take(it, 3))
# %% c
print(take(it, 3))
=====
iterator inside dict
# %% a
import itertools
state = {'it': itertools.count(5)}
# %% b
print(next(state['it']))
# %% c
print(next(state['it']))
=====
zip of iterators shared
# %% a
it = iter(range(6))
pairs = zip(it, it)
# %% b
print(next(pairs))
# %% c
print(next(it), list(pairs))
=====
enumerate over list mutated
# %% a
xs = [1, 2, 3]
en = enumerate(xs)
next(en)
# %% b
xs.append(4)
# %% c
print(list(en))
=====
stack via list methods aliases
# %% a
stack = []
push, pop = stack.append, stack.pop
# %% b
push(1); push(2)
# %% c
print(pop(), stack)
=====
property cached in private attribute via setattr
# %% setup
class P:
    @property
    def big(self):
        if not hasattr(self, '_big'):
            object.__setattr__(self, '_big', len(str(2 ** 100)))
            print('computed')
        return self._big
# %% a
p = P()
print(p.big)
# %% b
print(p.big)
=====
class decorators registry
# %% setup
MODELS = {}
def model(cls):
    MODELS[cls.__name__] = cls
    return cls
# %% a
@model
class Linear:
    def run(self): return 'lin'
# %% b
@model
class Tree:
    def run(self): return 'tree'
# %% c
print({k: v().run() for k, v in sorted(MODELS.items())}, MODELS['Linear'] is Linear)
=====
multiple inheritance mixin counters
# %% setup
class Count:
    total = 0
    def hit(self): type(self).total += 1
class Named:
    def __init__(self, n): self.n = n
class Thing(Count, Named): pass
# %% a
t = Thing('a')
t.hit()
# %% b
u = Thing('b')
u.hit()
# %% c
print(Thing.total, Count.total, t.n)
=====
class attribute dict per subclass through cls
# %% setup
class Base:
    opts = {}
    @classmethod
    def set(cls, k, v):
        cls.opts = {**cls.opts, k: v}
class Sub(Base): pass
# %% a
Base.set('a', 1)
# %% b
Sub.set('b', 2)
# %% c
print(Base.opts, Sub.opts)
=====
nonlocal bank account
# %% setup
def account(balance):
    def deposit(x):
        nonlocal balance
        balance += x
        return balance
    def get(): return balance
    return {'deposit': deposit, 'get': get}
# %% a
acc = account(10)
# %% b
acc['deposit'](5)
# %% c
print(acc['get']())
=====
namespace of functions
# %% setup
from types import SimpleNamespace
def make():
    xs = []
    return SimpleNamespace(add=xs.append, all=lambda: list(xs))
# %% a
s = make()
# %% b
s.add(1)
# %% c
s.add(2)
print(s.all())
=====
recursion with accumulator default
# %% setup
def walk(n, path=[]):
    path.append(n)
    if n: walk(n - 1)
    return path
# %% a
print(walk(1))
# %% b
print(walk(0))
=====
try finally with global
# %% setup
depth = 0
def rec(n):
    global depth
    depth += 1
    try:
        return 0 if n == 0 else rec(n - 1)
    finally:
        depth -= 1
# %% a
print(rec(3), depth)
# %% b
print(depth)
=====
class method as default and staticmethod ref
# %% setup
class Ops:
    @staticmethod
    def sq(x): return x * x
    table = {'sq': sq}
def apply(f=Ops.sq, x=3): return f(x)
# %% a
print(apply(), Ops.table['sq'](2))
# %% b
Ops.sq = staticmethod(lambda x: -x)
print(apply(), Ops.sq(2))
# %% c
print(apply(), Ops.sq(2))
=====
abstract property and register
# %% setup
from abc import ABC, abstractmethod
class A(ABC):
    @property
    @abstractmethod
    def v(self): ...
# %% a
class B(A):
    v = 5
b = B()
# %% b
print(b.v, isinstance(b, A), B.__abstractmethods__)
=====
typing protocol runtime
# %% setup
from typing import Protocol, runtime_checkable
@runtime_checkable
class HasN(Protocol):
    n: int
# %% a
class X: n = 1
x = X()
# %% b
print(isinstance(x, HasN))
=====
map with bound method
# %% a
xs = []
list(map(xs.append, [1, 2]))
# %% b
for _ in map(xs.append, [3]): pass
# %% c
print(xs)
=====
any-all with methods of instance
# %% setup
class Q:
    def __init__(self): self.n = 0
    def ok(self, x):
        self.n += 1
        return x > 0
# %% a
q = Q()
# %% b
print(all(map(q.ok, [1, 2])))
# %% c
print(q.n)
=====
sort key bound method that counts
# %% setup
class K:
    def __init__(self): self.n = 0
    def key(self, x):
        self.n += 1
        return -x
# %% a
k = K()
xs = [1, 2, 3]
# %% b
xs.sort(key=k.key)
# %% c
print(xs, k.n)
=====
functools.reduce with mutation
# %% setup
from functools import reduce
# %% a
acc = []
# %% b
r = reduce(lambda a, x: a.append(x) or a, [1, 2], acc)
# %% c
print(acc, r is acc)
=====
collections.deque maxlen and rotate
# %% a
from collections import deque
d = deque([1, 2, 3], maxlen=3)
# %% b
d.append(4)
d.rotate(1)
# %% c
print(d)
=====
bisect insort
# %% setup
import bisect
# %% a
xs = [1, 3]
# %% b
bisect.insort(xs, 2)
# %% c
print(xs)
=====
array in place
# %% setup
import numpy as np
# %% a
a = np.zeros(4)
b = a.reshape(2, 2)
# %% b
b[0] += 1
np.put(a, [3], 7)
# %% c
print(a, b)
=====
numpy sort in place and view of transposed
# %% setup
import numpy as np
# %% a
m = np.arange(6).reshape(2, 3)
t = m.T
# %% b
t[0, 0] = 100
m.sort(axis=1)
# %% c
print(m.tolist(), t.tolist())
=====
pandas loc through alias column frame
# %% setup
import pandas as pd
# %% a
df = pd.DataFrame({'x': [1, 2, 3]})
view = df
# %% b
view.loc[0, 'x'] = 10
view.drop(columns=[], inplace=True)
# %% c
print(df.x.tolist())
=====
df in class with method adding columns
# %% setup
import pandas as pd
class Data:
    def __init__(self, df): self.df = df
    def add(self, name, v): self.df[name] = v
# %% a
df = pd.DataFrame({'x': [1]})
d = Data(df)
# %% b
d.add('y', 2)
# %% c
print(df.columns.tolist())
=====
sets of frozen and mutable
# %% a
s = {1, 2}
t = s
# %% b
t |= {3}
s.discard(1)
# %% c
print(s, t is s)
=====
dict update operators
# %% a
d = {'a': 1}
e = d
# %% b
d |= {'b': 2}
# %% c
e = e | {'c': 3}
print(d, e)
=====
del slice and pop with alias
# %% a
xs = list(range(5))
ys = xs
# %% b
del ys[1:3]
xs.pop()
# %% c
print(xs, ys)
=====
walrus and comprehension change
# %% a
log = []
# %% b
total = sum(log.append(v) or v for v in [1, 2] if (last := v))
# %% c
print(log, total, last)
=====
match with class pattern changing
# %% setup
class Pt:
    __match_args__ = ('x', 'xs')
    def __init__(self, x, xs): self.x, self.xs = x, xs
# %% a
p = Pt(1, [])
# %% b
match p:
    case Pt(x, xs):
        xs.append(x)
# %% c
print(p.xs)
=====
exception with traceback attr and custom state
# %% a
class E(Exception): pass
errs = []
try:
    raise E('a')
except E as e:
    e.extra = [1]
    errs.append(e)
# %% b
errs[0].extra.append(2)
# %% c
print(errs[0].extra, repr(errs[0]))
=====
class-level lock singleton
# %% setup
import threading
class S:
    _lock = threading.Lock()
    _inst = None
    @classmethod
    def get(cls):
        with cls._lock:
            if cls._inst is None:
                cls._inst = cls()
                cls._inst.items = []
        return cls._inst
# %% a
S.get().items.append(1)
# %% b
S.get().items.append(2)
# %% c
print(S.get().items)
"""

REFUSED = r"""
cache with effects is called in two steps -> KFP137@3:1
# %% setup
from functools import lru_cache
@lru_cache(None)
def f(x):
    print('computing', x)
    return x * 2
# %% a
print(f(2))
# %% b
print(f(2))
=====
cache is asked what it holds -> KFP137@3:2
# %% setup
from functools import lru_cache
@lru_cache(None)
def f(x):
    return x * 2
# %% a
print(f(2))
# %% b
f(3)
print(f.cache_info())
=====
cache holds what a variable gave before it changed -> KFP137@4:1
# %% setup
from functools import cache
@cache
def f(x):
    return x * k
# %% a
k = 2
print(f(1))
# %% b
k = 3
# %% c
print(f(1))
=====
result of a cache is changed -> KFP137@2:1
# %% setup
from functools import cache
@cache
def rows(n):
    return [0] * n
# %% a
rows(2).append(1)
# %% b
print(rows(2))
=====
identity handed on as a number -> KFP160@2:1
# %% a
x = [1]
marks = {'x': id(x)}
# %% b
print(id(x) == marks['x'])
"""
