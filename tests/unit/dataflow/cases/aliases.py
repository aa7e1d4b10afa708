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
"""
