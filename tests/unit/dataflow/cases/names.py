"""Names that are built, hidden, odd, missing, or the interpreter's own."""

from __future__ import annotations

SAME = """
model not in globals
# %% a
model = 'trained'
# %% b
if 'model' not in globals():
    model = 'new'
print(model)
=====
model not in globals, absent
# %% a
other = 1
# %% b
if 'model' not in globals():
    model = 'new'
# %% c
print(model, other)
=====
globals item
# %% a
globals()['z'] = [1]
# %% b
print(z, globals()['z'])
=====
eval of a constant
# %% a
x = 4
# %% b
print(eval('x * 2'))
=====
exec of a constant
# %% a
y = 1
# %% b
exec('y = y + 1')
# %% c
print(y)
=====
f-string
# %% a
name, width = 'x', 5
# %% b
print(f'{name!r:>{width}}')
=====
query with @
# %% setup
import pandas as pd
# %% a
limit = [2][0]
df = pd.DataFrame({'v': [1, 2, 3]})
# %% b
print(df.query('v > @limit'))
=====
underscore names
# %% a
_private, __very = 1, [2]
for _ in range(3):
    pass
# %% b
print(_private, __very, _)
=====
names that are not ASCII
# %% a
größe = [1]
变量 = 2
# %% b
größe.append(变量)
# %% c
print(größe)
=====
names equal after normalisation
# %% a
\ufb01le = [1]
# %% b
print(file)
=====
names that differ by case
# %% a
N, n = [1], [2]
# %% b
print(N, n)
=====
name of a builtin
# %% a
list = [3, 4]
# %% b
print(list)
=====
name of a builtin, used before
# %% a
print(max(1, 2))
max = 5
# %% b
print(max)
=====
TYPE_CHECKING
# %% setup
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from nowhere import Nothing
def f(x: 'Nothing') -> 'Nothing': return x
# %% a
print(f(3))
=====
name is main
# %% a
if __name__ == '__main__':
    result = 'ran'
# %% b
print(result)
=====
unhashable keyword and star arguments
# %% a
args, kw = [1, 2], {'sep': '-'}
# %% b
print(*args, **kw)
=====
name of a builtin bound and deleted
# %% a
sum = 0
del sum
print(sum([1]))
# %% b
print(sum([2]))
"""

REFUSED = """
undefined -> KFP130
# %% a
print(y)
=====
undefined, defined later -> KFP130
# %% a
print(y)
# %% b
y = 1
=====
undefined, similar name -> KFP130
# %% a
counts = 1
# %% b
print(count)
=====
undefined, in a skipped cell -> KFP130
# %% skip
y = 1
# %% a
print(y)
=====
undefined in a function that is called -> KFP130
# %% a
def f():
    return missing
# %% b
f()
=====
augmented assignment to nothing -> KFP130
# %% a
total += 1
=====
history of IPython -> KFP138
# %% a
1 + 1
# %% b
print(_)
=====
output history -> KFP138
# %% a
print(Out[1])
=====
not Python -> KFP140
# %% a
x = = 1
=====
dynamic code -> KFP136
# %% a
code = 'x = 1'
exec(code)
"""
