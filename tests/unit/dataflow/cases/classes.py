"""Classes, their instances, methods, attributes."""

from __future__ import annotations

SAME = """
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
"""

REFUSED = """
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
"""
