"""What a process holds beside variables: random state, environment, folder, options."""

from __future__ import annotations

SAME = """
numpy seed and draws in the same step
# %% setup
import numpy as np
# %% a
np.random.seed(1)
print(np.random.rand())
=====
seed in setup, one step draws
# %% setup
import random
random.seed(3)
# %% a
print(random.random())
=====
generator object is carried
# %% setup
import numpy as np
# %% a
rng = np.random.default_rng(0)
print(rng.integers(100))
# %% b
print(rng.integers(100))
# %% c
print(rng.integers(100))
=====
environment set in setup
# %% setup
import os
os.environ['KFP_ORACLE'] = 'x'
# %% a
print(os.environ['KFP_ORACLE'])
=====
seed in one step, draws in others
# %% setup
import numpy as np
# %% a
np.random.seed(1)
# %% b
print(np.random.rand(2))
# %% c
print(np.random.rand(2))
=====
seed in setup, two steps draw
# %% setup
import random
random.seed(3)
# %% a
print(random.random())
# %% b
print(random.random())
# %% c
print(random.choice([1, 2, 3, 4, 5, 6]))
=====
a function draws
# %% setup
import numpy as np
np.random.seed(7)
def noise(n):
    return np.random.normal(size=n).round(3)
# %% a
print(noise(2))
# %% b
print(noise(2))
# %% c
x = 1
# %% d
print(noise(2), x)
=====
seeded through another name
# %% setup
from numpy.random import seed, rand
from random import shuffle
import random
# %% a
seed(5)
random.seed(5)
xs = [1, 2, 3, 4, 5]
# %% b
shuffle(xs)
print(rand(), xs)
# %% c
shuffle(xs)
print(rand(), xs)
=====
seeded estimator without random_state
# %% setup
import numpy as np
from sklearn.cluster import KMeans
from sklearn.model_selection import train_test_split
np.random.seed(0)
# %% a
X = np.random.rand(20, 2)
# %% b
first, second = train_test_split(X)
print(first[0])
# %% c
model = KMeans(3, n_init=1).fit(X)
# %% d
print(np.random.rand())
=====
environment set in a step
# %% setup
import os
# %% a
os.environ['KFP_ORACLE'] = 'one'
# %% b
print(os.environ['KFP_ORACLE'])
=====
option set in a step
# %% a
import pandas as pd
pd.set_option('display.max_rows', 4)
# %% b
print(pd.get_option('display.max_rows'))
=====
working directory changed in a step
# %% a
import os
os.chdir('/')
# %% b
import os.path
print(os.getcwd())
=====
settings of decimal
# %% a
import decimal
from decimal import Decimal, getcontext
decimal.getcontext().prec = 5
getcontext().Emax = 99
seventh = Decimal(1)
# %% b
print(seventh / 7, getcontext().prec, getcontext().Emax)
=====
setting made by a function, in each step that needs it
# %% setup
import decimal
def init():
    decimal.setcontext(decimal.Context(prec=5))
# %% a
init()
# %% b
init()
print(decimal.Decimal(1) / 7)
"""

REFUSED = """
computed environment -> KFP139
# %% a
import os
os.environ['KFP_ORACLE'] = 'x' * len(os.name)
# %% b
print(os.environ.get('KFP_ORACLE'))
=====
monkey patch -> KFP139
# %% setup
import colorsys
# %% a
colorsys.patched = lambda x: 'patched'
# %% b
print(colorsys.patched(1))
=====
environment set by a magic, not literal -> KFP139
# %% a
value = 'x'
%env KFP_ORACLE=$value
# %% b
import os
print(os.environ.get('KFP_ORACLE'))
=====
folder changed by a magic in a branch -> KFP139
# %% a
if True or value:
    pass
for _ in range(1):
    %cd ..
# %% b
import os
print(os.getcwd())
=====
computed precision -> KFP139
# %% a
import decimal
decimal.getcontext().prec = len('12345')
# %% b
print(decimal.Decimal(1) / 7)
=====
setting made by a function of setup -> KFP139
# %% setup
import pandas as pd
def init():
    pd.set_option('display.max_rows', 7)
# %% a
init()
# %% b
print(pd.get_option('display.max_rows'))
"""
