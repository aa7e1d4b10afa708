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
=====
dunder names
# %% a
__version__ = '1.0'
__private__ = [1]
# %% b
__private__.append(2)
# %% c
print(__version__, __private__)
=====
name of the module
# %% a
print(__name__, __doc__)
# %% b
print(__name__)
=====
underscore as a throw-away
# %% a
for _ in range(2): pass
pair = (1, 2)
_, second = pair
# %% b
print(second, _)
=====
underscore as gettext
# %% setup
def _(text): return text.upper()
# %% a
print(_('hi'))
=====
a name like a keyword of matching
# %% a
match = [1]
case = 2
type = 'T'
# %% b
match.append(case)
# %% c
print(match, case, type)
=====
shadowing an import
# %% setup
import json
# %% a
json = json.dumps([1])
# %% b
print(json)
=====
shadowing a function of setup by a value
# %% setup
def size(): return 1
# %% a
size = size() + 1
# %% b
print(size)
=====
builtin replaced by a function
# %% a
def print_twice(x):
    print(x, x)
old_len = len
def len(x):
    return old_len(x) * 10
# %% b
print_twice(len([1, 2]))
=====
vars and dir of the notebook
# %% a
alpha = 1
beta = 2
# %% b
print([n for n in ('alpha', 'beta', 'gamma') if n in dir()])
=====
locals at the top level
# %% a
n = 2
# %% b
print(locals()['n'])
locals()['m'] = 3
# %% c
print(m)
=====
exec defines a function
# %% a
exec('def made(x):\\n    return x + base')
# %% b
base = 10
print(made(1))
=====
query with two names
# %% setup
import pandas as pd
# %% a
low, high = 1, 3
df = pd.DataFrame({'v': [1, 2, 3, 4]})
# %% b
print(df.query('@low < v <= @high').v.tolist())
=====
eval of a frame with an assignment
# %% setup
import pandas as pd
# %% a
df = pd.DataFrame({'v': [1, 2]})
k = 10
# %% b
df.eval('w = v * @k', inplace=True)
# %% c
print(df.w.tolist())
=====
format with names
# %% a
who = 'me'
# %% b
print('{who}'.format(**globals()), '{}'.format(who), f'{who=}')
=====
nested f-string with a function call
# %% a
def unit(): return suffix
suffix = 'kg'
# %% b
print(f"{'x' + unit():>{5 if suffix else 0}}")
=====
string template
# %% a
import string
name = 'n'
# %% b
print(string.Template('$name').substitute(name=name))
=====
comprehension over a shadowed builtin
# %% a
range = [3, 4]
ys = [i for i in range]
# %% b
print(ys, range)
=====
del of several and of a part
# %% a
a, b, c = 1, [1, 2], 3
# %% b
del a, b[0]
# %% c
print(b, c, 'a' in globals())
=====
deleted in a loop, with a condition
# %% a
x = 1
flag = [True]
# %% b
if flag[0]:
    del x
# %% c
print('x' in globals())
=====
the same name in Greek and Latin letters
# %% a
α = 1
a = 2
# %% b
print(α, a)
=====
an identifier with a combining mark
# %% a
é = 5
# %% b
print(é)
=====
long names that differ at the end
# %% a
very_long_name_of_a_variable_that_goes_on_and_on_for_a_while_so_that_keys_may_be_cut_off_1 = 1
very_long_name_of_a_variable_that_goes_on_and_on_for_a_while_so_that_keys_may_be_cut_off_2 = 2
# %% b
print(very_long_name_of_a_variable_that_goes_on_and_on_for_a_while_so_that_keys_may_be_cut_off_1,
      very_long_name_of_a_variable_that_goes_on_and_on_for_a_while_so_that_keys_may_be_cut_off_2)
=====
names like the worker's
# %% a
session, request, namespace, step, outputs, inputs = 1, 2, 3, 4, 5, 6
jupyter_kfp = 7
# %% b
print(session, request, namespace, step, outputs, inputs, jupyter_kfp)
=====
get_ipython shadowed
# %% a
x = 1
def get_ipython(): return None
# %% b
print(x, get_ipython())
=====
eval with its own names
# %% a
w = 3
# %% b
print(eval('w + q', {'w': w, 'q': 4}))
=====
dynamic code
# %% a
code = 'x = 1'
exec(code)
=====
globals by a loop
# %% a
for name in ['one', 'two']:
    globals()[name] = len(name)
# %% b
print(one, two)
=====
globals update
# %% a
globals().update(u=1, v=2)
# %% b
print(u + v)
=====
compile and exec
# %% a
code = compile('z = 1', 'mine', 'exec')
exec(code)
# %% b
print(z)
=====
setattr on the main module
# %% a
import sys
sys.modules['__main__'].late = 9
# %% b
print(late)
=====
eval with a computed text
# %% a
w = 3
# %% b
text = 'w' + ' + 1'
print(eval(text))
=====
match statement binds
# %% a
point = (1, 2)
match point:
    case (x, y) if x < y:
        kind = 'up'
    case _:
        kind = 'down'
# %% b
print(kind, x, y)
=====
walrus in comprehension
# %% a
xs = [last := v * 2 for v in range(4)]
# %% b
print(xs, last)
=====
star target alias changed
# %% a
rows = [[1], [2], [3]]
first, *rest = rows
# %% b
rest[0].append(9)
# %% c
print(rows, rest)
=====
vars and locals
# %% a
x = 1
vars()['y'] = 2
locals()['z'] = 3
# %% b
print(x, y, z, 'y' in vars(), sorted(k for k in ('x', 'q') if k in locals()))
=====
globals update kwargs
# %% a
globals().update(p=1, q=2)
# %% b
print(p + q)
=====
globals in loop
# %% a
for i in range(3):
    globals()[f'v_{i}'] = i
# %% b
print(v_0, v_1, v_2)
=====
vars(obj) item
# %% a
class C: pass
c = C()
c.n = 1
# %% b
vars(c)['n'] = 5
# %% c
print(c.n)
=====
obj.__dict__ update
# %% a
class C: pass
c = C()
# %% b
c.__dict__.update(n=3)
# %% c
print(c.n)
=====
setattr with variable name
# %% a
class C: pass
c = C()
# %% b
for k, v in {'a': 1, 'b': 2}.items():
    setattr(c, k, v)
# %% c
print(c.a, c.b)
=====
exec literal text defines
# %% a
exec('def f(x):\\n    return x + k\\nz = 5')
# %% b
k = 2
# %% c
print(f(1), z)
=====
exec literal variable
# %% a
code = "w = 10"
exec(code)
# %% b
print(w)
=====
eval literal variable
# %% a
base = 3
expr = 'base * 2'
# %% b
print(eval(expr))
=====
eval variable in same step
# %% a
base = 3
# %% b
expr = 'base * 2'
print(eval(expr))
=====
eval of f-string of known
# %% a
alpha = 3
# %% b
name = 'alpha'
print(eval(f'{name} + 1'))
=====
f-string with =
# %% a
x = [1]
# %% b
print(f'{x=} {len(x)=}')
=====
query with string variable
# %% a
import pandas as pd
df = pd.DataFrame({'v': [1, 2, 3]})
limit = int('2')
# %% b
q = 'v >= @limit'
print(df.query(q).v.tolist())
=====
query variable from earlier step
# %% a
import pandas as pd
df = pd.DataFrame({'v': [1, 2, 3]})
limit = int('2')
q = 'v >= @limit'
# %% b
print(df.query(q).v.tolist())
=====
df.eval with @
# %% a
import pandas as pd
df = pd.DataFrame({'v': [1, 2, 3]})
k = int('2')
# %% b
df.eval('w = v * @k', inplace=True)
# %% c
print(df.w.tolist())
=====
query f-string
# %% a
import pandas as pd
df = pd.DataFrame({'v': [1, 2, 3]})
limit = int('2')
col = 'v'
# %% b
print(df.query(f'{col} >= @limit').v.tolist())
=====
underscore result
# %% a
1 + 1
# %% a
print(_)
# %% b
print(5)
=====
underscore as loop variable
# %% a
for _ in range(3): pass
x = [_ for _ in range(2)]
# %% b
print(x)
=====
underscore as own variable
# %% a
_, y = (1, 2)
# %% b
print(_, y)
=====
gettext underscore function
# %% setup
def _(s): return s.upper()
# %% a
print(_('x'))
# %% b
print(_('y'))
=====
NFKC names
# %% a
ﬁne = 1
µ = 2
# %% b
print(fine, μ)
=====
async for and with and comprehension
# %% a
import asyncio
class Ctx:
    async def __aenter__(self): return 'in'
    async def __aexit__(self, *a): return None
async def agen(n):
    for i in range(n):
        yield i
xs = [i async for i in agen(3)]
async with Ctx() as c:
    pass
total = 0
async for i in agen(4):
    total += i
# %% b
print(xs, c, total, i)
=====
name main
# %% setup
def main():
    global result
    result = 42
# %% a
if __name__ == '__main__':
    main()
# %% b
print(result)
=====
files = !ls
# %% a
open('q.txt', 'w').close()
files = !ls *.txt
# %% b
print(list(files))
=====
shell variable interpolation
# %% a
word = 'hi'
# %% b
out = !echo {word} $word
print(list(out))
=====
capture
# %% a
%%capture out
print('hello')
# %% b
print(repr(out.stdout))
=====
bash out
# %% a
%%bash --out text
echo hello
# %% b
print(text)
=====
writefile then import
# %% a
%%writefile mymod_o.py
def f(): return 42
# %% b
import mymod_o
print(mymod_o.f())
=====
if model not in globals nested name
# %% a
cache = {}
# %% b
if 'model' not in globals():
    model = [1]
# %% c
if 'model' not in globals():
    model = [2]
print(model)
=====
try NameError
# %% a
y = 1
# %% b
try:
    model
except NameError:
    model = 'made'
# %% c
print(model, y)
=====
get_ipython user_ns
# %% a
get_ipython().user_ns['w'] = 3
# %% b
print(w)
=====
sys.modules main
# %% a
import sys
sys.modules['__main__'].w = 3
# %% b
print(w)
=====
import __main__
# %% a
import __main__
__main__.w = 3
# %% b
print(w)
=====
del in loop and globals().pop
# %% a
a, b = 1, 2
# %% b
globals().pop('a')
# %% c
print('a' in globals(), b)
=====
del star names
# %% a
a = b = 1
for n in ['a']:
    del globals()[n]
# %% b
print('a' in globals())
=====
pickle of own class
# %% setup
import pickle
class C:
    def __init__(self, x): self.x = x
# %% a
data = pickle.dumps(C(1))
# %% b
print(pickle.loads(data).x)
=====
pickle of step class
# %% a
import pickle
class C:
    def __init__(self, x): self.x = x
data = pickle.dumps(C(1))
# %% b
import pickle
print(pickle.loads(data).x)
=====
name of function used as string lookup
# %% a
def alpha(): return 1
def beta(): return 2
# %% b
for n in ['alpha', 'beta']:
    print(globals()[n]())
=====
globals()[name] literal later
# %% a
alpha = 1
# %% b
print(globals().get('alpha'), globals().get('nope', 3))
=====
del then try
# %% a
tmp = 1
# %% b
del tmp
# %% c
try:
    print(tmp)
except NameError:
    print('gone')
"""

REFUSED = """
In -> KFP138@2:1 (keepable)
# %% a
x = 1
# %% b
print(In[-1])
=====
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
last result twice removed -> KFP138@2:1
# %% a
1 + 1
# %% b
print(__)
=====
numbered result -> KFP138@2:1
# %% a
5
# %% b
print(_1)
=====
builtin replaced through builtins -> KFP130@2:1
# %% a
import builtins
builtins.answer = 42
# %% b
print(answer)
=====
exec in a namespace of its own -> KFP313 (keepable)
# %% a
space = {}
exec('y = 5', space)
# %% b
print(space['y'])
"""
