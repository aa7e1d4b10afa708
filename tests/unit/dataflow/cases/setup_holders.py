"""Objects that setup makes and a step changes through something else than their own name."""

from __future__ import annotations

SAME = """
a function changes its default, which no later step uses
# %% setup
seen = []
def note(x, target=seen): target.append(x)
# %% a
note(1)
print('noted')
# %% b
print('other')
=====
a value of setup was computed from what a step changes later
# %% setup
xs = [1]
def push(x, target=xs): target.append(x)
# %% setup
total = sum(xs)
# %% a
push(5)
# %% b
print(total)
=====
a function reads the default that it has from setup
# %% setup
cfg = {'k': 1}
def get(target=cfg): return target['k']
# %% a
print(get())
# %% b
print(cfg)
"""

REFUSED = """
a function changes the object of its default -> KFP316@2 (keepable)
# %% setup
cfg = {'k': 1}
def setk(v, target=cfg): target['k'] = v
# %% a
setk(5)
# %% b
print(cfg)
=====
a lambda in a container changes the object of its default -> KFP316@2 (keepable)
# %% setup
cfg = {'k': 1}
ops = {'put': lambda v, t=cfg: t.update(k=v)}
# %% a
ops['put'](5)
# %% b
print(cfg)
=====
a function returns its default, which is changed -> KFP316@2 (keepable)
# %% setup
base = {'lr': 1}
def make(d=base): return d
# %% a
make()['lr'] = 4
# %% b
print(base)
=====
a method changes a variable that the class body took -> KFP316@2 (keepable)
# %% setup
cfg = {'k': 1}
class Store:
    data = cfg
    def put(self, v): self.data['k'] = v
# %% a
Store().put(5)
# %% b
print(cfg)
=====
an instance has the object of a default of its constructor -> KFP316@2 (keepable)
# %% setup
names = ['x']
class T:
    def __init__(self, n=names): self.n = n
t = T()
# %% a
t.n.append('y')
# %% b
print(names)
=====
a metaclass registers a class that a step derives -> KFP316@2 (keepable)
# %% setup
class Meta(type):
    reg = []
    def __new__(m, n, b, d):
        c = super().__new__(m, n, b, d)
        m.reg.append(n)
        return c
class Base(metaclass=Meta): pass
# %% a
class A(Base): pass
# %% b
print(Meta.reg)
"""
