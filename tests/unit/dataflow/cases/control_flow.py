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
=====
exception in an expression statement of a loop
# %% a
seen = []
# %% b
for i in range(3):
    seen.append(i)
    if i == 1:
        raise KeyError('one')
# %% c
print(seen)
=====
exception that a cell may raise
# %% a
x = [1]
# %% b raises-exception
x.append(2)
1 / 0
# %% c
print(x)
=====
syntax error in a cell that is never reached
# %% a
raise SystemError('first')
# %% b
x = 1
=====
keyboard interrupt raised by the notebook
# %% a
x = 1
# %% b
raise KeyboardInterrupt
=====
exception group
# %% a
errors = []
try:
    raise ExceptionGroup('g', [ValueError(1), KeyError(2)])
except* ValueError as group:
    errors.append(len(group.exceptions))
except* KeyError:
    errors.append('key')
# %% b
print(errors)
=====
nested try with rebinding
# %% a
x = 'a'
try:
    try:
        x = 'b'
        1 / 0
    finally:
        x += 'c'
except ZeroDivisionError as e:
    x += 'd'
# %% b
print(x, 'e' in globals())
=====
return value in finally
# %% a
def f():
    try:
        return 'try'
    finally:
        log.append('finally')
log = []
# %% b
r = f()
# %% c
print(r, log)
=====
while else with break
# %% a
n = 0
while n < 3:
    n += 1
else:
    n = 'done'
# %% b
print(n)
=====
continue skips a binding
# %% a
last = None
for i in range(3):
    if i % 2 == 0:
        continue
    last = i
# %% b
print(last, i)
=====
chained assignment of one list
# %% a
a = b = c = []
# %% b
b.append(1)
# %% c
print(a, c)
=====
nested targets
# %% a
(a, (b, *c)), d = (1, (2, 3, 4)), [5]
# %% b
d.append(a)
# %% c
print(a, b, c, d)
=====
target that is an item
# %% a
d = {}
for d['k'] in range(3):
    pass
# %% b
print(d)
=====
target of with that is an attribute
# %% a
import types, contextlib
s = types.SimpleNamespace()
# %% b
with contextlib.nullcontext([1]) as s.value:
    s.value.append(2)
# %% c
print(s.value)
=====
swap of items
# %% a
xs = [1, 2, 3]
# %% b
xs[0], xs[-1] = xs[-1], xs[0]
# %% c
print(xs)
=====
augmented assignment of an item of an item
# %% a
d = {'a': {'b': 1}}
# %% b
d['a']['b'] += 5
# %% c
print(d)
=====
augmented assignment of an immutable
# %% a
n, s, t = 1, 'a', (1,)
m = t
# %% b
n += 1
s *= 2
t += (2,)
# %% c
print(n, s, t, m)
=====
ternary chooses one of two lists
# %% parameters
flag = True
# %% a
xs, ys = [], []
# %% b
chosen = xs if flag else ys
chosen.append(1)
# %% c
print(xs, ys)
=====
boolean operator chooses a list
# %% a
xs = []
default = [0]
# %% b
used = xs or default
used.append(1)
# %% c
print(xs, default)
=====
match with classes and guards
# %% setup
from dataclasses import dataclass
@dataclass
class P:
    x: int
    y: list
# %% a
p = P(1, [])
# %% b
match p:
    case P(x=1, y=found) if not found:
        found.append('seen')
# %% c
print(p)
=====
match of a mapping with rest
# %% a
d = {'a': 1, 'b': [2], 'c': 3}
# %% b
match d:
    case {'a': one, **rest}:
        rest['b'].append(9)
# %% c
print(d, rest)
=====
walrus in a while
# %% a
xs = [1, 2, 0, 3]
it = iter(xs)
# %% b
while (v := next(it)):
    pass
# %% c
print(v, list(it))
=====
loop over a list that it changes
# %% a
xs = [1, 2, 3]
# %% b
for x in xs:
    if x < 3:
        xs.append(x + 5)
    if len(xs) > 5:
        break
# %% c
print(xs, x)
=====
loop over a copy
# %% a
d = {'a': 1, 'b': 2}
# %% b
for k in list(d):
    if d[k] > 1:
        del d[k]
# %% c
print(d)
=====
enumerate and zip with changes
# %% a
rows, names = [[], []], ['x', 'y']
# %% b
for i, (row, name) in enumerate(zip(rows, names)):
    row.append((i, name))
# %% c
print(rows)
=====
values of a dictionary changed in a loop
# %% a
d = {'a': [], 'b': []}
# %% b
for v in d.values():
    v.append(1)
# %% c
print(d)
=====
sorted in place with a key that reads a global
# %% a
rank = {'a': 2, 'b': 1}
xs = ['a', 'b']
# %% b
xs.sort(key=rank.get)
# %% c
print(xs)
=====
global changed only in a branch of a function
# %% parameters
verbose = True
# %% a
lines = []
def log(text):
    if verbose:
        lines.append(text)
# %% b
log('one')
# %% c
print(lines)
=====
early exit of the notebook
# %% a
x = 1
# %% b
import sys
if x == 2:
    sys.exit()
# %% c
print(x)
=====
assert with a message from a variable
# %% a
limit = 3
# %% b
assert limit < 2, f'limit is {limit}'
=====
del in a branch, name tested
# %% parameters
clean = True
# %% a
tmp = [1]
# %% b
if clean:
    del tmp
# %% c
try:
    tmp
    print('there')
except NameError:
    print('gone')
=====
name bound in only one of two handlers
# %% a
try:
    n = int('7')
except ValueError:
    reason = 'bad'
# %% b
print(n, 'reason' in globals())
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
