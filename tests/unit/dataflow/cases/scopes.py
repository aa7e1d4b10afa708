"""Whose name is it: comprehensions, lambdas, handlers, functions, classes, ``global`` and ``nonlocal``."""

from __future__ import annotations

SAME = """
a function that is perhaps another one by then sets a global
# %% a
rows = [1]
n = 1
def f(): return n
# %% b
if n > 5:
    def f():
        global rows
        rows = [0]
        return 0
rows = rows if f() > 0 else rows
# %% c
print(rows, f())
=====
a function defined anew in a loop without turns sets a global
# %% a
n = 1
def f(): return n
# %% b
def f(): return 2
for i in range(0):
    def f():
        global n
        n = 0
        return n
# %% c
f()
# %% d
print(n, f())
=====
one of two functions sets a global
# %% a
n = 1
flag = n > 5
def keep(): return n
def put():
    global n
    n = 0
    return n
# %% b
call = put if flag else keep
# %% c
call()
# %% d
print(n, call())
=====
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
"""
