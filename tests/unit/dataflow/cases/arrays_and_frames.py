"""numpy's arrays and pandas' frames."""

from __future__ import annotations

SAME = """
array owns its memory
# %% a
import numpy as np
a = np.arange(6)
# %% b
print(a.flags.owndata, a.base is None)
=====
array that is resized in place
# %% a
import numpy as np
a = np.arange(6)
# %% b
a.resize(8, refcheck=False)
print(a)
=====
base of a view made later
# %% a
import numpy as np
a = np.zeros((2, 3))
# %% b
b = a.ravel()
print(b.base is a, np.shares_memory(a, b), np.may_share_memory(a, b))
=====
record array and one of its fields
# %% a
import numpy as np
r = np.rec.array([(1, 2.)], dtype=[('n', int), ('x', float)])
n = r['n']
# %% b
print(n.base is r, r.n is n)
n[0] = 9
# %% c
print(r)
=====
small array and its views
# %% a
import numpy as np
a = np.arange(6)
v = a[1:3]
m = a.reshape(2, 3)
# %% b
v[0] = 99
# %% c
print(a, m)
=====
array in a container with its views
# %% a
import numpy as np
a = np.arange(6)
d = {'a': a, 'v': a[::2], 't': a.reshape(2,3).T}
# %% b
d['v'][0] = 50
# %% c
print(d['a'], d['t'], a)
=====
masked array over an array
# %% a
import numpy as np
a = np.arange(4.)
m = np.ma.masked_array(a, mask=[0, 1, 0, 0])
# %% b
a[0] = 9
# %% c
print(m, a)
=====
matrix over an array
# %% a
import numpy as np
a = np.arange(4.).reshape(2, 2)
m = np.asmatrix(a)
# %% b
a[0, 0] = 9
# %% c
print(m, a)
=====
small arrays of all kinds
# %% a
import numpy as np
arrs = [np.array([1,2], dtype='>i4'), np.array(['a','bb']), np.array(['2020-01-01'], dtype='M8[D]'), np.array(3.5)]
arrs += [np.zeros((0, 3)), np.asfortranarray(np.arange(6).reshape(2,3)), np.array([True]), np.array([1+2j])]
ro = np.arange(3); ro.flags.writeable = False
# %% b
for x in arrs: print(x, x.dtype, x.flags.owndata, x.flags.f_contiguous, x.shape)
print(ro.flags.writeable)
=====
change by out=
# %% setup
import numpy as np
# %% a
v = np.zeros(3)
# %% b
np.add(v, 1, out=v)
# %% c
print(v)
=====
numpy view
# %% setup
import numpy as np
# %% a
base = np.arange(6)
view = base[2:4]
# %% b
view[:] = 0
# %% c
print(base)
=====
pandas in place
# %% setup
import pandas as pd
# %% a
df = pd.DataFrame({'v': [2, 1]})
# %% b
df.sort_values('v', inplace=True)
# %% c
df['w'] = df.v * 2
# %% d
print(df.to_dict())
=====
pandas looked at in two steps
# %% setup
import pandas as pd
# %% a
df = pd.DataFrame({'v': [2, 1]})
# %% b
df.head()
df.describe()
m = df.v.mean()
# %% c
print(df.v.sum(), m)
=====
column of a frame, frame changed later
# %% setup
import pandas as pd
# %% a
df = pd.DataFrame({'v': [1, 2]})
s = df['v']
# %% b
df['v'] = df['v'] * 10
# %% c
print(s.tolist(), df.v.tolist())
=====
row of a frame written by loc, iloc, at
# %% setup
import pandas as pd
# %% a
df = pd.DataFrame({'v': [1, 2, 3]})
# %% b
df.loc[0, 'v'] = 10
df.iloc[1, 0] = 20
df.at[2, 'v'] = 30
# %% c
print(df.v.tolist())
=====
columns and index renamed by attribute
# %% setup
import pandas as pd
# %% a
df = pd.DataFrame({'v': [1]})
# %% b
df.columns = ['w']
df.index = ['x']
df.index.name = 'i'
# %% c
print(df.to_dict(), df.index.name)
=====
attributes of a frame
# %% setup
import pandas as pd
# %% a
df = pd.DataFrame({'v': [1]})
# %% b
df.attrs['unit'] = 'cm'
# %% c
print(df.attrs)
=====
pop and insert of columns
# %% setup
import pandas as pd
# %% a
df = pd.DataFrame({'v': [1], 'w': [2]})
# %% b
w = df.pop('w')
df.insert(0, 'u', 5)
# %% c
print(df.to_dict('list'), w.tolist())
=====
a frame in a loop over frames
# %% setup
import pandas as pd
# %% a
one, two = pd.DataFrame({'v': [1]}), pd.DataFrame({'v': [2]})
# %% b
for df in (one, two):
    df['w'] = df.v * 2
# %% c
print(one.w.tolist(), two.w.tolist())
=====
a function fills a frame
# %% setup
import pandas as pd
def add_ratio(df):
    df['ratio'] = df.a / df.b
# %% a
df = pd.DataFrame({'a': [1.0], 'b': [2.0]})
# %% b
add_ratio(df)
# %% c
print(df.ratio.tolist())
=====
pipe and assign
# %% setup
import pandas as pd
# %% a
k = 3
def scale(df): return df.assign(v=df.v * k)
df = pd.DataFrame({'v': [1]})
# %% b
out = df.pipe(scale)
# %% c
print(out.v.tolist(), df.v.tolist())
=====
groupby object of an earlier step
# %% setup
import pandas as pd
# %% a
df = pd.DataFrame({'k': ['a', 'a', 'b'], 'v': [1, 2, 3]})
g = df.groupby('k')
# %% b
print(g.v.sum().to_dict())
=====
fillna in place on a column
# %% setup
import pandas as pd
# %% a
df = pd.DataFrame({'v': [1.0, None]})
# %% b
df.fillna({'v': 0}, inplace=True)
# %% c
print(df.v.tolist())
=====
values of a frame written
# %% setup
import numpy as np
import pandas as pd
# %% a
df = pd.DataFrame({'v': [1, 2]})
a = df.to_numpy(copy=True)
# %% b
a[0, 0] = 9
# %% c
print(df.v.tolist(), a.tolist())
=====
categories and dates keep their types
# %% setup
import pandas as pd
# %% a
df = pd.DataFrame({'c': pd.Categorical(['x', 'y']), 'd': pd.to_datetime(['2020-01-01', '2021-01-01'])})
# %% b
df['c'] = df.c.cat.rename_categories({'x': 'z'})
# %% c
print(df.dtypes.astype(str).tolist(), df.c.tolist(), df.d.dt.year.tolist())
=====
frame shown as a result
# %% setup
import pandas as pd
# %% a
df = pd.DataFrame({'v': [1, 2]})
df
# %% b
df.head(1)
=====
strings of a frame changed
# %% setup
import pandas as pd
# %% a
df = pd.DataFrame({'s': ['a', 'b']})
# %% b
df['s'] = df.s.str.upper()
df.loc[df.s == 'A', 's'] = 'first'
# %% c
print(df.s.tolist())
=====
array in place through reshape
# %% setup
import numpy as np
# %% a
a = np.arange(4)
m = a.reshape(2, 2)
# %% b
m[0] = 9
# %% c
print(a)
=====
array in place through a transpose made in the same step
# %% setup
import numpy as np
# %% a
a = np.zeros((2, 2))
# %% b
t = a.T
t[0, 1] = 5
# %% c
print(a.tolist())
=====
array that a function changes and returns
# %% setup
import numpy as np
def normalise(a):
    a -= a.mean()
    return a
# %% a
a = np.array([1.0, 3.0])
# %% b
b = normalise(a)
# %% c
print(a, b, a is b)
=====
array changed by augmented assignment, with a view elsewhere
# %% setup
import numpy as np
# %% a
a = np.arange(3)
v = a[:2]
# %% b
a += 10
# %% c
print(v)
=====
array rebound by an operation, the view stays
# %% setup
import numpy as np
# %% a
a = np.arange(3)
v = a[:2]
# %% b
a = a + 10
# %% c
print(a, v)
=====
random generator fills an array
# %% setup
import numpy as np
# %% a
rng = np.random.default_rng(1)
a = np.zeros(2)
# %% b
rng.random(out=a)
rng.shuffle(a)
# %% c
print(a.round(3), rng.integers(9))
=====
structured array, one field written
# %% setup
import numpy as np
# %% a
r = np.zeros(2, dtype=[('x', int), ('y', float)])
# %% b
r['x'] = 5
# %% c
print(r)
=====
iteration over rows that are views
# %% setup
import numpy as np
# %% a
m = np.zeros((2, 2))
# %% b
for row in m:
    row += 1
# %% c
print(m.tolist())
=====
fortran order and slices with steps
# %% setup
import numpy as np
# %% a
a = np.asfortranarray(np.arange(6.0).reshape(2, 3))
v = a[:, ::2]
# %% b
print(a.flags.f_contiguous, v.tolist())
# %% c
v *= 2
# %% d
print(a.tolist())
=====
model fitted in a later step
# %% setup
import numpy as np
from sklearn.linear_model import LinearRegression
# %% a
X, y = np.array([[0.0], [1.0]]), np.array([0.0, 2.0])
model = LinearRegression()
# %% b
model.fit(X, y)
# %% c
print(model.predict(np.array([[2.0]])).round(6))
=====
two models fitted in branches
# %% setup
import numpy as np
from sklearn.linear_model import LinearRegression, Ridge
# %% a
X, y = np.array([[0.0], [1.0]]), np.array([0.0, 2.0])
# %% b
one = LinearRegression().fit(X, y)
# %% c
two = Ridge().fit(X, y)
# %% d
print(one.coef_.round(3), two.coef_.round(3))
=====
sparse matrix
# %% setup
import numpy as np
from scipy import sparse
# %% a
m = sparse.lil_matrix((2, 2))
# %% b
m[0, 1] = 3
# %% c
print(m.toarray().tolist())
=====
put, place, fill_diagonal, shuffle
# %% setup
import numpy as np
# %% a
a, b, c = np.arange(3), np.arange(3), np.zeros((2, 2))
# %% b
np.put(a, [0], [9])
np.place(b, b > 1, [7])
np.fill_diagonal(c, 1)
# %% c
print(a, b, c.tolist())
=====
ufunc at
# %% setup
import numpy as np
# %% a
a = np.zeros(3)
# %% b
np.add.at(a, [0, 0, 2], 1)
# %% c
print(a)
=====
array of objects
# %% setup
import numpy as np
# %% a
xs = []
a = np.array([xs, None], dtype=object)
# %% b
a[0].append(1)
# %% c
print(xs, a)
"""
