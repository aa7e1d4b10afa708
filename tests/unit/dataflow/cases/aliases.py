"""Several names, or containers, for one object."""

from __future__ import annotations

SAME = """
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
tuple that holds a list
# %% a
xs = [1]
t = (xs, 2)
# %% b
xs.append(2)
# %% c
print(t)
=====
list of lists made by multiplication
# %% a
grid = [[0] * 2] * 2
# %% b
grid[0][0] = 1
# %% c
print(grid)
=====
slice is a copy, its elements are not
# %% a
rows = [[1], [2]]
part = rows[:1]
# %% b
part.append([3])
part[0].append(9)
# %% c
print(rows, part)
=====
dictionary in a dictionary in a list
# %% a
inner = {'n': 1}
outer = [{'inner': inner}]
# %% b
outer[0]['inner']['n'] = 2
# %% c
print(inner)
=====
alias made in one branch, changed in another
# %% a
xs = [1]
# %% b
ys = xs
# %% c
xs.append(2)
# %% d
print(ys)
=====
alias made and dropped
# %% a
xs = [1]
# %% b
ys = xs
ys = [0]
ys.append(5)
# %% c
print(xs, ys)
=====
list that holds itself
# %% a
xs = [1]
xs.append(xs)
# %% b
xs[1][0] = 2
# %% c
print(xs[0], xs[1] is xs)
=====
two names, one changed by a loop variable
# %% a
a, b = [], []
# %% b
for target in (a, b):
    target.append(len(target))
# %% c
print(a, b)
=====
two names, changed through a dictionary made in that step
# %% a
a, b = [], []
# %% b
by_name = {'a': a, 'b': b}
by_name['b'].append(1)
# %% c
print(a, b)
=====
parameter that is a list, aliased
# %% parameters
xs = [1]
# %% a
ys = xs
ys.append(2)
# %% b
print(xs)
=====
parameter that is a dictionary, changed in two steps
# %% parameters
config = {'depth': 1, 'names': []}
# %% a
config['depth'] += 1
# %% b
config['names'].append('b')
# %% c
print(config)
=====
setup list aliased in a step
# %% setup
base = [1]
# %% a
mine = base
mine.append(2)
# %% b
print(base)
=====
default of dict.get
# %% a
d = {}
empty = []
# %% b
d.get('k', empty).append(1)
# %% c
print(d, empty)
=====
setdefault through an alias
# %% a
d = {}
same = d
# %% b
same.setdefault('k', []).append(1)
# %% c
print(d)
=====
is of None, True, small numbers
# %% a
n, t, i = None, True, 5
# %% b
print(n is None, t is True, i is 5 if False else i == 5)
=====
identity of objects in a list
# %% a
o = object()
xs = [o, o]
# %% b
print(xs[0] is xs[1], o in xs)
=====
sentinel of a step
# %% a
MISSING = object()
def get(d, k):
    v = d.get(k, MISSING)
    return 'none' if v is MISSING else v
# %% b
print(get({}, 'a'))
=====
object hashed by identity
# %% a
class Node: pass
n = Node()
seen = {n: 1}
# %% b
print(n in seen, seen[n])
=====
linked list
# %% a
head = {'v': 1, 'next': None}
tail = head
tail['next'] = {'v': 2, 'next': None}
tail = tail['next']
# %% b
tail['next'] = {'v': 3, 'next': None}
tail = tail['next']
# %% c
n, vs = head, []
while n:
    vs.append(n['v'])
    n = n['next']
print(vs, tail['v'])
=====
dictionary updated from another that holds lists
# %% a
src = {'k': []}
dst = {}
dst.update(src)
# %% b
dst['k'].append(1)
# %% c
print(src)
=====
unpacked into a new list
# %% a
a, b = [1], [2]
both = [*a, *b]
pair = [a, b]
# %% b
a.append(9)
# %% c
print(both, pair)
=====
swap of two lists, one of them known by another name
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
object in two containers, rebound in one
# %% a
x = [1]
a, b = {'x': x}, {'x': x}
# %% b
a['x'] = a['x'] + [2]
# %% c
print(a, b, x)
=====
object put away by the assignment that binds its name anew
# %% a
rows, box = [[1], [2]], {}
# %% b
same = box
# %% b
fresh = [3]
rows, same['old'] = [fresh], rows
# %% c
print(rows, box)
=====
object that is bound and filled by one assignment
# %% a
xs, ys = [1], [5]
rows = [xs]
# %% b
rows, rows[0] = [ys], xs
# %% c
xs.append(3)
# %% d
print(rows, xs, ys)
=====
container of two lists, one of which changes while the other only travels along
# %% a
xs, ys = [1], [2]
both = [xs, ys]
# %% b
xs.append(3)
# %% c
print(xs, ys, both)
"""

REFUSED = """
copy and deepcopy -> KFP316 (keepable)
# %% a
import copy
rows = [[1]]
shallow, deep = copy.copy(rows), copy.deepcopy(rows)
# %% b
rows[0].append(2)
# %% c
print(shallow, deep)
=====
object in two containers, changed through one -> KFP316, KFP315 (keepable)
# %% a
x = [1]
a, b = {'x': x}, {'x': x}
# %% b
a['x'] += [2]
# %% c
print(a, b, x)
=====
cells of one closure in two variables -> KFP316 (keepable)
# %% a
def make():
    items = []
    return items, lambda: items
items, get = make()
# %% b
items.append(1)
# %% c
print(get())
=====
sentinel -> KFP141@1:1
# %% setup
MISSING = object()
# %% a
value = MISSING
# %% b
print(value is MISSING)
"""
