"""Objects that others were given and may have kept: fitted models, groupings, views."""

from __future__ import annotations

SAME = """
a parameter is in a list of a step, and bound to itself in another
# %% parameters
second = [2, 3]
# %% a
first = [1]
rows = [first, second]
# %% b
first.append(1)
first, second = first, second
# %% c
for row in rows:
    row.append(1)
# %% d
print(first, second, rows)
=====
setup binds anew what a step around it has bound, and another step changes it
# %% a
n = 1
facts = {}
data = [0]
# %% setup
facts = {'s': 1}
# %% a
n = 0
# %% b
for i in range(0):
    facts['data'] = data
# %% c
print(n, facts, data)
=====
estimator bound anew under its name
# %% a
import numpy as np
X, y = np.arange(8.).reshape(4, 2), np.array([0, 0, 1, 1])
# %% b
from sklearn.neighbors import KNeighborsClassifier
knn = KNeighborsClassifier(n_neighbors=1)
# %% c
fitted = knn.fit(X, y)
# %% d
print(knn.predict(X[:2]))
# %% e
knn = KNeighborsClassifier(n_neighbors=3)
fitted = knn.fit(X, y)
# %% f
print(knn.score(X, y))
=====
estimator set and fitted again on the same data
# %% a
import numpy as np
from sklearn.neighbors import KNeighborsClassifier
X, y = np.arange(8.).reshape(4, 2), np.array([0, 0, 1, 1])
knn = KNeighborsClassifier(n_neighbors=1)
# %% b
knn.fit(X, y);
# %% c
knn.set_params(n_neighbors=3);
# %% d
knn.fit(X, y);
print(knn.score(X, y))
=====
data changed after a model was made of it
# %% a
import types
class Model:
    def __init__(self, data): self.data = data
def fit(model): return types.SimpleNamespace(model=model)
df = {'x': [1]}
model = Model(df)
# %% b
res = fit(model)
# %% c
df['y'] = [2]
# %% d
print(res.model.data, df)
=====
array changed after an estimate was made of it
# %% a
import numpy as np
from scipy.stats import gaussian_kde
x = np.arange(10.)
# %% b
k = gaussian_kde(x)
# %% c
x *= 2
# %% d
print(k(0.5).round(3))
=====
grouping of a frame that changes
# %% a
import pandas as pd
df = pd.DataFrame({'a': [1., 2.], 'b': [3, 4]})
T = df.T
g = df.groupby('b')
# %% b
df.loc[0, 'a'] = 9
# %% c
print(g.a.sum().tolist(), T.shape)
=====
the same module imported in a step and in setup
# %% a
import math
print(math.pi)
# %% setup
import math
# %% a
print(math.e)
=====
group of objects handed on, read before and after
# %% setup
import types
# %% a
df = {'x': [1, 2], 'r': 0}
xs = df['x']
logs = [5]
m = types.SimpleNamespace(a=xs, b=logs)
# %% b
line = types.SimpleNamespace(m=m)
# %% c
res = types.SimpleNamespace(a=xs, b=logs, c=m)
df['r'] = res
# %% c
print(xs, logs)
=====
views of a dict
# %% a
d = {'a': 1}
ks = d.keys()
it = d.items()
# %% b
d['b'] = 2
# %% c
print(list(ks), list(it))
=====
shallow copies
# %% a
o = {'a': [1]}
f = dict(o)
g = {**o}
# %% b
o['a'].append(2)
# %% c
print(f, g)
=====
part of a global returned by a function
# %% a
state = {'a': [1]}
def get(): return state['a']
v = get()
# %% b
v.append(2)
# %% c
print(state)
=====
two instances that share a list
# %% a
class Account:
    def __init__(self, log): self.log = log
    def dep(self, n):
        self.log.append(n)
        return len(self.log)
log = []
a1, a2 = Account(log), Account(log)
# %% b
n1 = a1.dep(5)
# %% c
n2 = a2.dep(6)
# %% d
print(log, n1, n2, a1.log)
=====
method called through its class
# %% a
l = [1]
# %% b
list.append(l, 5)
# %% c
print(l)
"""

REFUSED = """
copy of a dict by its method -> KFP316 (keepable)
# %% a
o = {'a': [1]}
c = o.copy()
# %% b
o['a'].append(2)
# %% c
print(c)
=====
missing key of a defaultdict -> KFP316 (keepable)
# %% a
from collections import defaultdict
g = defaultdict(list)
# %% b
print(g['q'])
# %% c
print(len(g))
"""
