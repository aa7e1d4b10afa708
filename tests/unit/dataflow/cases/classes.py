"""Classes, their instances, methods, attributes."""

from __future__ import annotations

SAME = """
a metaclass registers the classes of another step
# %% base
class Meta(type):
    reg = []
    def __new__(mcls, name, bases, body):
        made = super().__new__(mcls, name, bases, body)
        mcls.reg.append(name)
        return made
class Base(metaclass=Meta): pass
# %% one
class A(Base): pass
# %% two
class B(A): pass
# %% look
print(Meta.reg, Base.reg is Meta.reg)
=====
a metaclass registers what it initialises, also through a class derived from it
# %% base
class Meta(type):
    reg = {}
    def __init__(cls, name, bases, body):
        super().__init__(name, bases, body)
        cls.reg[name] = len(cls.reg)
class Inner(Meta): pass
class Base(metaclass=Inner): pass
# %% one
class A(Base): pass
# %% look
print(Base.reg)
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
class variable
# %% a
class C:
    total = 0
# %% b
C.total += 5
# %% c
print(C.total)
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
dataclass that closes over globals
# %% setup
from dataclasses import dataclass, field
# %% a
default_tags = ['x']
@dataclass
class Item:
    name: str
    tags: list = field(default_factory=lambda: list(default_tags))
    def label(self):
        return self.name + sep
# %% b
sep = '/'
i = Item('n')
# %% c
print(i, i.label(), i == Item('n'))
=====
frozen dataclass and replace
# %% setup
from dataclasses import dataclass, replace
@dataclass(frozen=True)
class P:
    x: int
    y: int = 0
# %% a
p = P(1)
# %% b
q = replace(p, y=2)
# %% c
print(p, q, hash(p) == hash(P(1)))
=====
ordered dataclass with slots
# %% a
from dataclasses import dataclass
@dataclass(order=True, slots=True)
class V:
    n: int
vs = [V(2), V(1)]
# %% b
vs.sort()
# %% c
print(vs)
=====
instance attribute that is a function
# %% a
k = 2
class C: pass
c = C()
c.f = lambda x: x * k
# %% b
k = 3
# %% c
print(c.f(2))
=====
class attribute is a list shared by instances
# %% a
class C:
    seen = []
    def add(self, x): self.seen.append(x)
c, d = C(), C()
c.add(1)
# %% b
print(d.seen)
=====
class changed and used within one step
# %% a
class C:
    n = 0
C.n = 5
c = C()
# %% b
print(c.n, C.n)
=====
class defined again
# %% a
class C:
    def v(self): return 1
c = C()
# %% b
class C:
    def v(self): return 2
# %% c
print(c.v(), C().v(), isinstance(c, C))
=====
abstract class
# %% setup
from abc import ABC, abstractmethod
# %% a
class Base(ABC):
    @abstractmethod
    def run(self): ...
class Real(Base):
    def run(self): return value
# %% b
value = 4
print(Real().run())
try:
    Base()
except TypeError:
    print('abstract')
=====
registry filled by a decorator
# %% a
registry = {}
def register(f):
    registry[f.__name__] = f
    return f
# %% b
@register
def one(): return 1
# %% c
@register
def two(): return 2
# %% d
print(sorted(registry), registry['one'](), registry['two']())
=====
setter of a property
# %% a
class C:
    def __init__(self): self._v = []
    @property
    def v(self): return self._v
    @v.setter
    def v(self, new): self._v = new
c = C()
# %% b
c.v = [1]
# %% c
c.v.append(2)
# %% d
print(c.v)
=====
getitem and setitem of one's own
# %% a
class Grid:
    def __init__(self): self.cells = {}
    def __setitem__(self, k, v): self.cells[k] = v
    def __getitem__(self, k): return self.cells[k]
g = Grid()
# %% b
g[1, 2] = 'x'
# %% c
print(g[1, 2])
=====
context manager of one's own
# %% a
class Log:
    def __init__(self): self.lines = []
    def __enter__(self):
        self.lines.append('in')
        return self
    def __exit__(self, *_):
        self.lines.append('out')
log = Log()
# %% b
with log as entered:
    entered.lines.append('work')
# %% c
print(log.lines)
=====
iteration of one's own changes
# %% a
class Queue:
    def __init__(self): self.items = [1, 2, 3]
    def __iter__(self): return self
    def __next__(self):
        if not self.items: raise StopIteration
        return self.items.pop()
q = Queue()
# %% b
first = next(q)
# %% c
print(first, list(q))
# %% d
print(q.items)
=====
arithmetic in place of one's own
# %% a
class Bag:
    def __init__(self): self.items = []
    def __iadd__(self, x):
        self.items.append(x)
        return self
bag = Bag()
same = bag
# %% b
bag += 1
# %% c
print(same.items, bag is same)
=====
static and class methods
# %% a
class C:
    base = 2
    @staticmethod
    def twice(x): return x * factor
    @classmethod
    def make(cls, x): return cls.base * x
factor = 10
# %% b
print(C.twice(1), C.make(3))
=====
super without arguments in a class that a step changed its globals for
# %% a
rate = 1
class A:
    def cost(self): return rate
class B(A):
    def cost(self): return super().cost() * 2
b = B()
# %% b
rate = 5
# %% c
print(b.cost())
=====
instances that refer to one another
# %% a
class N:
    def __init__(self, name): self.name, self.next = name, None
x, y = N('x'), N('y')
x.next, y.next = y, x
# %% b
y.name = 'changed'
# %% c
print(x.next.name, y.next.name)
=====
enum members compare by identity
# %% setup
import enum
class Colour(enum.Enum):
    RED = 1
    BLUE = 2
# %% a
chosen = {'c': Colour.RED}
# %% b
print(chosen['c'] is Colour.RED, [c.name for c in Colour])
=====
flag and intenum of a step
# %% a
import enum
class Mode(enum.IntFlag):
    READ = 1
    WRITE = 2
m = Mode.READ | Mode.WRITE
# %% b
print(m == 3, Mode.READ in m, isinstance(m, Mode))
=====
named tuple
# %% a
from collections import namedtuple
Point = namedtuple('Point', 'x y')
p = Point(1, 2)
# %% b
print(p, p._replace(x=5), isinstance(p, Point))
=====
exception class of one's own, raised in another step
# %% setup
class MyError(Exception):
    def __init__(self, code):
        super().__init__(f'code {code}')
        self.code = code
# %% a
def fail(): raise MyError(7)
# %% b
try:
    fail()
except MyError as e:
    caught = e
# %% c
print(caught, caught.code, isinstance(caught, MyError))
=====
own exception ends the notebook
# %% a
class MyError(Exception): pass
# %% b
raise MyError('stop here')
# %% c
print('never')
=====
fluent calls
# %% a
class Query:
    def __init__(self): self.parts = []
    def where(self, x):
        self.parts.append(x)
        return self
q = Query()
# %% b
r = q.where(1).where(2)
# %% c
print(q.parts, r is q)
=====
method that returns what it holds
# %% a
class C:
    def __init__(self): self.items = []
    def get(self): return self.items
c = C()
# %% b
c.get().append(1)
# %% c
print(c.items)
=====
what a method returned, changed in the next step
# %% a
class C:
    def __init__(self): self.items = []
    def get(self): return self.items
c = C()
got = c.get()
# %% b
got.append(1)
# %% c
print(c.items)
=====
constructor keeps its argument
# %% a
data = [1]
class Keeper:
    def __init__(self, data): self.data = data
k = Keeper(data)
# %% b
data.append(2)
# %% c
print(k.data)
=====
constructor keeps its argument, which it changes through the instance
# %% a
data = [1]
class Keeper:
    def __init__(self, data): self.data = data
    def grow(self): self.data.append(0)
k = Keeper(data)
# %% b
k.grow()
# %% c
print(data)
=====
constructor with side effects
# %% a
made = []
class C:
    def __init__(self, n):
        made.append(n)
# %% b
C(1)
# %% c
c = C(2)
# %% d
print(made)
=====
del of an attribute
# %% a
class C: pass
c = C()
c.x = 1
# %% b
del c.x
# %% c
print(hasattr(c, 'x'))
=====
vars of an instance changed
# %% a
class C: pass
c = C()
# %% b
vars(c)['x'] = 1
c.__dict__.update(y=2)
# %% c
print(c.x, c.y)
=====
generic class and protocol
# %% a
from typing import Protocol, runtime_checkable
@runtime_checkable
class HasSize(Protocol):
    def size(self) -> int: ...
class Box:
    def size(self): return 3
# %% b
print(isinstance(Box(), HasSize))
=====
singleton
# %% a
class Single:
    _one = None
    def __new__(cls):
        if cls._one is None:
            cls._one = super().__new__(cls)
        return cls._one
s = Single()
# %% b
print(Single() is s)
=====
sklearn pipeline of one's own transformer
# %% setup
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
class Shift(TransformerMixin, BaseEstimator):
    def __init__(self, by=1): self.by = by
    def fit(self, X, y=None): return self
    def transform(self, X): return X + self.by * unit
# %% a
unit = 2
X = np.arange(6.0).reshape(3, 2); y = np.array([1.0, 2.0, 4.0])
# %% b
model = make_pipeline(Shift(3), LinearRegression())
# %% c
model.fit(X, y)
# %% d
print(model.predict(X).round(6))
=====
class hierarchy over three steps
# %% a
class A:
    def hi(self): return 'A' + mark
# %% b
class B(A):
    def hi(self): return super().hi() + 'B'
# %% c
class D(B):
    def hi(self): return super().hi() + 'D'
mark = '!'
# %% d
print(D().hi(), [c.__name__ for c in D.__mro__[:-1]])
=====
metaclass
# %% a
class Meta(type):
    def __call__(cls, *args):
        made = super().__call__(*args)
        made.tag = tag
        return made
class C(metaclass=Meta): pass
tag = 't'
# %% b
print(C().tag)
=====
typed named tuple with a method
# %% a
from typing import NamedTuple
class Point(NamedTuple):
    x: int
    y: int = 0
    def norm(self): return abs(self.x) * scale
p = Point(-2)
# %% b
scale = 3
print(p.norm(), p)
=====
mixin from setup
# %% setup
class Printable:
    def show(self): return f'<{self.name()} {style}>'
# %% a
class Thing(Printable):
    def name(self): return 'thing'
style = 'bold'
t = Thing()
# %% b
print(t.show())
=====
class of setup changed in a step
# %% setup
class C:
    n = 0
# %% a
C.n += 1
# %% b
print(C.n)
=====
class changed while instances travel
# %% a
class C:
    n = 0
a_first = C()
# %% b
C.n = 5
# %% c
print(a_first.n)
=====
class changed through its instance's __class__
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
class changed through type()
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
class changed by what it holds
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
class changed by an item of what it holds
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
class in a step, instance in the next, method changed after
# %% a
class C:
    def who(self): return 'first'
c = C()
# %% b
def who(self): return 'second'
C.who = who
# %% c
print(c.who())
=====
class attribute changed by an instance in a later step
# %% a
class C:
    seen = []
    def add(self, x): self.seen.append(x)
c, d = C(), C()
# %% b
c.add(1)
# %% c
print(d.seen, C.seen)
=====
counter of instances
# %% a
class C:
    made = 0
    def __init__(self): C.made += 1
a1 = C()
# %% b
a2 = C()
# %% c
print(C.made)
=====
property that changes
# %% a
class C:
    def __init__(self): self.n = 0
    @property
    def next(self):
        self.n += 1
        return self.n
c = C()
# %% b
print(c.next)
# %% c
print(c.next)
=====
call of an instance
# %% a
class Acc:
    def __init__(self): self.total = 0
    def __call__(self, x):
        self.total += x
        return self.total
acc = Acc()
# %% b
acc(2)
# %% c
print(acc(3))
=====
result of a call of an instance is used
# %% a
class Acc:
    def __init__(self): self.total = 0
    def __call__(self, x):
        self.total += x
        return self.total
acc = Acc()
# %% b
y = acc(2)
# %% c
print(acc.total, y)
=====
operators that change their operand
# %% a
class Stream:
    def __init__(self): self.out = []
    def __lshift__(self, x):
        self.out.append(x)
        return self
s = Stream()
# %% b
s << 1 << 2
# %% c
print(s.out)
=====
method that may change a list of an earlier step, of an object that is put away here
# %% a
xs = [1]
class C:
    def __init__(self, v): self.v = v
    def put(self, x): self.v.append(x)
c = C([0])
# %% b
box = {'c': c}
class D(C):
    def put(self, x): xs.append(x)
box['c'].put(1)
# %% c
print(xs, c.v)
"""

REFUSED = """
registry of subclasses -> KFP317 (keepable)
# %% a
registry = {}
class Base:
    def __init_subclass__(cls):
        registry[cls.__name__] = cls
# %% b
class One(Base): pass
# %% c
class Two(Base): pass
# %% d
print(sorted(registry))
=====
tree with parents -> KFP316 (keepable)
# %% a
class Node:
    def __init__(self, parent=None):
        self.children = []
        self.parent = parent
        if parent: parent.children.append(self)
root = Node()
# %% b
child = Node(root)
# %% c
print(len(root.children), child.parent is root)
=====
method taken from the class -> KFP316 (keepable)
# %% a
class C:
    def __init__(self): self.n = 0
    def up(self, by): self.n += by
c = C()
# %% b
C.up(c, 5)
# %% c
print(c.n)
=====
method through getattr -> KFP316 (keepable)
# %% a
class C:
    def __init__(self): self.items = []
    def put(self, x): self.items.append(x)
c = C()
# %% b
getattr(c, 'put')(1)
# %% c
print(c.items)
=====
cached property -> KFP316 (keepable)
# %% a
from functools import cached_property
calls = []
class C:
    @cached_property
    def v(self):
        calls.append(1)
        return 5
c = C()
# %% b
print(c.v, c.v)
# %% c
print(c.v, len(calls))
"""
