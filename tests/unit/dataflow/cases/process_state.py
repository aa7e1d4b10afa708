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
=====
sys.path extended in setup
# %% setup
import sys
sys.path.append('lib_of_mine')
# %% a
import inside_lib
print(inside_lib.value)
# file: lib_of_mine/inside_lib.py
value = 7
=====
sys.path extended in a step
# %% a
import sys
sys.path.insert(0, 'lib_of_mine')
# %% b
import inside_lib
print(inside_lib.value)
# file: lib_of_mine/inside_lib.py
value = 7
=====
rcParams in setup
# %% setup
import matplotlib.pyplot as plt
plt.rcParams['figure.figsize'] = (3, 2)
# %% a
fig = plt.figure()
print(fig.get_size_inches())
plt.close('all')
=====
rcParams in a step
# %% a
import matplotlib.pyplot as plt
plt.rcParams['figure.figsize'] = (3, 2)
# %% b
import matplotlib.pyplot as plt
print(plt.figure().get_size_inches())
plt.close('all')
=====
warnings filtered in setup
# %% setup
import warnings
warnings.filterwarnings('error')
# %% a
try:
    warnings.warn('careful')
    print('only a warning')
except UserWarning:
    print('an error')
=====
warnings filtered in a step
# %% a
import warnings
warnings.filterwarnings('error')
# %% b
import warnings
try:
    warnings.warn('careful')
    print('only a warning')
except UserWarning:
    print('an error')
=====
recursion limit
# %% a
import sys
sys.setrecursionlimit(2345)
# %% b
import sys
print(sys.getrecursionlimit())
=====
environment updated by a dictionary
# %% a
import os
os.environ.update({'KFP_ONE': '1', 'KFP_TWO': '2'})
# %% b
import os
print(os.environ['KFP_ONE'] + os.environ['KFP_TWO'])
=====
environment deleted
# %% setup
import os
os.environ['KFP_ORACLE'] = 'x'
# %% a
del os.environ['KFP_ORACLE']
# %% b
print('KFP_ORACLE' in os.environ)
=====
environment by putenv and setdefault
# %% a
import os
os.environ.setdefault('KFP_ORACLE', 'x')
# %% b
import os
print(os.environ.get('KFP_ORACLE'))
=====
logging configured in setup
# %% setup
import logging, sys
logging.basicConfig(stream=sys.stdout, level=logging.INFO, format='%(message)s', force=True)
# %% a
logging.info('one')
# %% b
logging.info('two')
=====
random instance is carried
# %% a
import random
r = random.Random(3)
print(r.random())
# %% b
print(r.random())
# %% c
print(r.random())
=====
random seed, the draws by numpy's own frames
# %% setup
import numpy as np
import pandas as pd
# %% a
np.random.seed(1)
df = pd.DataFrame({'x': range(10)})
# %% b
print(df.sample(3).x.tolist())
# %% c
print(df.sample(3).x.tolist())
=====
random state taken and set again
# %% setup
import random
# %% a
random.seed(2)
state = random.getstate()
print(random.random())
# %% b
random.setstate(state)
print(random.random())
# %% c
print(random.random())
=====
draw in a condition
# %% setup
import random
random.seed(2)
# %% a
if random.random() > 2:
    x = random.random()
# %% b
print(random.random())
=====
shuffle changes its argument and the state
# %% setup
import random
# %% a
random.seed(2)
xs = [1, 2, 3, 4]
# %% b
random.shuffle(xs)
# %% c
print(xs, random.random())
=====
seed through a function of setup
# %% setup
import random, numpy as np
def seed_all(n):
    random.seed(n)
    np.random.seed(n)
# %% a
seed_all(4)
# %% b
print(random.random(), np.random.rand())
=====
draws by an object of the notebook
# %% setup
import random
class Dice:
    def roll(self): return random.randint(1, 6)
# %% a
random.seed(5)
d = Dice()
# %% b
print([d.roll() for _ in range(3)])
# %% c
print([d.roll() for _ in range(3)])
=====
uuid of a seeded generator
# %% setup
import random, uuid
# %% a
random.seed(5)
# %% b
print(uuid.UUID(int=random.getrandbits(128)))
=====
default of a library changed as an attribute
# %% a
import json
json.encoder.c_make_encoder = None
# %% b
import json
print(json.encoder.c_make_encoder)
=====
attribute of one's own module object
# %% a
import types
settings = types.ModuleType('settings')
settings.depth = 3
# %% b
settings.depth += 1
# %% c
print(settings.depth)
=====
atexit
# %% a
import atexit
atexit.register(lambda: None)
# %% b
print('ok')
=====
gc and counters of the process
# %% a
import itertools
ids = itertools.count()
next(ids)
# %% b
print(next(ids))
# %% c
print(next(ids))
=====
time stamps are values
# %% a
import time
started = time.time()
# %% b
print(time.time() >= started)
=====
decimal localcontext in a step
# %% a
import decimal
with decimal.localcontext() as c:
    c.prec = 3
    x = decimal.Decimal(1) / 3
# %% b
print(x, decimal.Decimal(1) / 3)
=====
pandas option within a with
# %% a
import pandas as pd
with pd.option_context('display.max_rows', 3):
    pass
s = pd.Series([1])
# %% b
print(pd.get_option('display.max_rows'), s.sum())
"""

REFUSED = """
profile of threads: contextvars -> KFP313 (keepable)
# %% a
import contextvars
v = contextvars.ContextVar('v', default=1)
v.set(5)
# %% b
print(v.get())
=====
fixed value of setup that changes -> KFP141@1:2 (differs)
# %% setup
import datetime
now = datetime.datetime.now()
# %% a
x = now
# %% b
print(x == now)
"""
