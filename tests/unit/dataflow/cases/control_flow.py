"""What may or may not happen: conditions, loops, handlers, matches, deletion."""

from __future__ import annotations

SAME = """
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
annotation without a value
# %% a
x: int = 5
# %% b
x: int
print(x)
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
"""

REFUSED = """
deleted before -> KFP130
# %% a
x = 1
# %% b
del x
# %% c
print(x)
=====
maybe undefined -> KFP131
# %% parameters
flag = False
# %% a
if flag:
    print(nothing)
"""
