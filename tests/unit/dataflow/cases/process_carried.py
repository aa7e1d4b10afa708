"""Settings and generators that later steps need: by aliases, functions, branches, with values that are computed."""

from __future__ import annotations

SAME = """
time zone that is computed
# %% a
import os, time
zone = 'Asia/' + 'Tokyo'.title()
os.environ['TZ'] = zone
time.tzset()
# %% b
from datetime import datetime
print(datetime.fromtimestamp(0))
=====
time zone in the environment only
# %% a
import os
os.environ['TZ'] = 'Asia/Tokyo'
# %% b
import time
print(time.tzname)
=====
function draws from the generator of a step
# %% a
import numpy as np
rng = np.random.default_rng(0)
def noise(n):
    return rng.normal(size=n)
# %% b
print(noise(2))
# %% c
print(noise(2))
=====
counter that a class has for all instances
# %% a
import itertools
class Node:
    _ids = itertools.count()
    def __init__(self): self.id = next(self._ids)
n = Node()
# %% b
m = Node()
print(m.id)
# %% c
print(Node().id)
=====
instance with a generator of its own
# %% a
import random
class Sim:
    def __init__(self, seed): self.rng = random.Random(seed)
    def step(self): return self.rng.random()
s = Sim(3)
# %% b
print(s.step())
# %% c
print(s.step())
=====
instance with a generator of numpy
# %% a
import numpy as np
class Sim:
    def __init__(self, seed): self.rng = np.random.default_rng(seed)
    def step(self): return self.rng.random()
s = Sim(3)
# %% b
x = s.step()
# %% c
print(x, s.step())
=====
function draws through another one
# %% setup
import numpy as np
# %% a
rng = np.random.default_rng(0)
# %% b
def noise(): return rng.normal()
def two(): return noise(), noise()
x = two()
# %% c
y = two()
print(x, y)
=====
generator as default argument
# %% setup
import numpy as np
# %% a
rng = np.random.default_rng(0)
def sample(n, r=rng): return r.integers(0, 10, n)
# %% b
print(sample(3))
# %% c
print(sample(3))
=====
numpy random through another name for the module
# %% setup
import numpy as np
# %% a
r = np.random
r.seed(0)
# %% b
print(r.rand())
# %% c
print(np.random.rand())
=====
numpy random imported under a name
# %% setup
from numpy import random as r
# %% a
r.seed(0)
# %% b
print(r.rand())
# %% c
print(r.rand())
=====
numpy's own generator object
# %% setup
import numpy as np
# %% a
rng = np.random.mtrand._rand
rng.seed(3)
# %% b
print(rng.rand())
# %% c
print(np.random.rand())
=====
seed as a variable
# %% setup
import numpy as np
# %% a
seed = np.random.seed
seed(3)
# %% b
print(np.random.rand())
# %% c
print(np.random.rand())
=====
seed imported by name, called in a function
# %% setup
from numpy.random import seed, rand
def prepare():
    seed(11)
# %% a
prepare()
# %% b
print(rand())
# %% c
print(rand())
=====
function of setup seeds when setup calls it
# %% setup
import numpy as np, random
def prepare():
    np.random.seed(1)
    random.seed(1)
prepare()
# %% a
print(np.random.rand(), random.random())
# %% b
print(np.random.rand(), random.random())
=====
seed in a branch
# %% setup
import random
# %% parameters
fixed = True
# %% a
if fixed:
    random.seed(1)
# %% b
print(random.random())
# %% c
print(random.random())
=====
split inside a function draws
# %% setup
import numpy as np
from sklearn.model_selection import train_test_split
def halves(x):
    return train_test_split(x, test_size=0.5)
# %% a
np.random.seed(0)
x = np.arange(20)
# %% b
print(halves(x)[0])
# %% c
print(halves(x)[0])
=====
scipy draws from numpy's generator
# %% a
import numpy as np
from scipy import stats
np.random.seed(0)
# %% b
print(stats.norm.rvs(size=2))
# %% c
d = stats.norm(1, 2)
print(d.rvs(size=2))
# %% d
print(np.random.rand())
=====
a pipeline of estimators draws when it is fitted
# %% setup
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.linear_model import SGDClassifier
# %% a
np.random.seed(0)
X = np.random.rand(30, 2)
y = (X[:, 0] > 0.5).astype(int)
# %% b
model = make_pipeline(StandardScaler(), SGDClassifier())
model.fit(X, y);
# %% c
print(np.random.rand())
=====
options shown by values alone
# %% a
import pandas as pd
pd.set_option('display.max_rows', 5)
pd.options.display.precision = 2
s = pd.DataFrame({'a': [1.23456] * 10})
# %% b
s
=====
print options of numpy shown by values alone
# %% a
import numpy as np
np.set_printoptions(precision=2, suppress=True)
a = np.array([1.23456, 1e-8])
# %% b
a
=====
errors of numpy
# %% a
import numpy as np
old = np.seterr(all='raise')
a = np.array([1.0])
# %% b
try:
    print(a / 0)
except FloatingPointError as e:
    print(e)
=====
set_option under another name
# %% a
import pandas as pd
so = pd.set_option
so('display.max_rows', 3)
# %% b
import pandas as pd
print(pd.get_option('display.max_rows'))
=====
options object under another name
# %% a
import pandas as pd
opts = pd.options
opts.display.max_rows = 3
# %% b
import pandas as pd
print(pd.get_option('display.max_rows'), opts.display.max_rows)
=====
environment under another name
# %% a
import os
env = os.environ
env['KFP_ORACLE'] = '1'
# %% b
print(env['KFP_ORACLE'])
# %% c
import os
print(os.environ['KFP_ORACLE'])
=====
environment imported by name
# %% setup
from os import environ
# %% a
environ['KFP_ORACLE'] = '1'
environ.setdefault('KFP_ORACLE_2', '2')
# %% b
print(environ['KFP_ORACLE'], environ['KFP_ORACLE_2'])
=====
environment set in a function with an argument
# %% setup
import os
def configure(name, value):
    os.environ[name] = value
# %% a
configure('KFP_ORACLE', 'x')
# %% b
configure('KFP_ORACLE_2', os.environ['KFP_ORACLE'] + 'y')
# %% c
print(os.environ['KFP_ORACLE'], os.environ['KFP_ORACLE_2'])
=====
environment set by a method
# %% setup
import os
class Settings:
    def apply(self):
        os.environ['KFP_ORACLE'] = self.value
# %% a
s = Settings()
s.value = 'deep'
s.apply()
# %% b
print(os.environ['KFP_ORACLE'])
=====
environment set by a decorator
# %% setup
import os
def with_region(region):
    def decorate(function):
        os.environ['KFP_ORACLE'] = region
        return function
    return decorate
# %% a
@with_region('eu')
def f(): return 1
# %% b
print(os.environ.get('KFP_ORACLE'))
=====
computed environment
# %% a
import os
os.environ['KFP_ORACLE'] = 'x' * len(os.name)
del os.environ['HOME']
# %% b
import os
print(os.environ.get('KFP_ORACLE'), os.environ.get('HOME'))
=====
environment set in a loop, in a branch, deleted again
# %% a
import os
for name in ['A', 'B']:
    os.environ['KFP_ORACLE_' + name] = name
# %% b
import os
if os.environ['KFP_ORACLE_A'] == 'A':
    os.environ.pop('KFP_ORACLE_B')
# %% c
import os
print(sorted(name for name in os.environ if name.startswith('KFP_ORACLE_')))
=====
computed, then literal
# %% a
import os
os.environ['KFP_ORACLE'] = str(1 + 1)
# %% b
import os
os.environ['KFP_ORACLE'] = 'literal'
# %% c
import os
print(os.environ['KFP_ORACLE'])
=====
literal, then computed
# %% a
import os
os.environ['KFP_ORACLE'] = 'literal'
os.environ['KFP_ORACLE_2'] = 'kept'
# %% b
import os
os.environ['KFP_ORACLE'] = os.environ['KFP_ORACLE'] + '!'
# %% c
import os
print(os.environ['KFP_ORACLE'], os.environ['KFP_ORACLE_2'])
=====
folder from a variable
# %% a
import os, tempfile
os.makedirs('inner', exist_ok=True)
folder = os.path.join(os.getcwd(), 'inner')
os.chdir(folder)
# %% b
import os
print(os.path.basename(os.getcwd()))
=====
search path from a variable
# %% a
import sys, os
sys.path.insert(0, os.path.join('lib', str(3)))
sys.path += ['tail']
# %% b
import sys
print(sys.path[0], sys.path[-1])
=====
option with a computed value
# %% a
import pandas as pd
n = len('abc')
pd.set_option('display.max_rows', n)
# %% b
import pandas as pd
print(pd.get_option('display.max_rows'))
=====
option with a constant in a variable
# %% a
import pandas as pd
n = 7
pd.set_option('display.max_rows', n)
# %% b
import pandas as pd
print(pd.get_option('display.max_rows'))
=====
option from a parameter
# %% parameters
rows = 6
# %% a
import pandas as pd
pd.set_option('display.max_rows', rows)
# %% b
import pandas as pd
print(pd.get_option('display.max_rows'))
=====
option in a branch
# %% parameters
short = True
# %% a
import pandas as pd
if short:
    pd.set_option('display.max_rows', 4)
# %% b
import pandas as pd
print(pd.get_option('display.max_rows'))
=====
float format: a method, a lambda
# %% a
import pandas as pd
pd.options.display.float_format = '{:,.2f}'.format
df = pd.DataFrame({'x': [1234.5678]})
# %% b
df
# %% c
import pandas as pd
pd.set_option('display.float_format', lambda x: '%.3f' % x)
# %% d
print(df)
=====
float format: a function of the notebook
# %% setup
import pandas as pd
def short(x):
    return f'<{x:.1f}>'
# %% a
pd.options.display.float_format = short
df = pd.DataFrame({'x': [1234.5678]})
# %% b
print(df)
=====
rcParams by item, update, rc and style
# %% a
import matplotlib.pyplot as plt
plt.rcParams['figure.figsize'] = (2, 3)
plt.rcParams.update({'lines.linewidth': 7})
plt.rc('font', size=9)
# %% b
import matplotlib as mpl
print(mpl.rcParams['figure.figsize'], mpl.rcParams['lines.linewidth'], mpl.rcParams['font.size'])
=====
rcParams computed
# %% a
import matplotlib.pyplot as plt
width = sum([1, 1])
plt.rcParams['figure.figsize'] = (width, 3)
plt.style.use('ggplot')
# %% b
import matplotlib.pyplot as plt
print(plt.rcParams['figure.figsize'], plt.rcParams['axes.facecolor'], plt.rcParams['axes.prop_cycle'])
=====
rcParams within a context do not last
# %% a
import matplotlib.pyplot as plt
with plt.rc_context():
    plt.rcParams['lines.linewidth'] = 9
with plt.style.context('ggplot'):
    pass
# %% b
import matplotlib.pyplot as plt
print(plt.rcParams['lines.linewidth'], plt.rcParams['axes.facecolor'])
=====
filters within a context do not last
# %% a
import warnings
with warnings.catch_warnings():
    warnings.simplefilter('error')
# %% b
import warnings
warnings.warn('fine')
print('went on')
=====
filters in a step
# %% a
import warnings
warnings.simplefilter('error', DeprecationWarning)
# %% b
import warnings
try:
    warnings.warn('old', DeprecationWarning)
    print('only a warning')
except DeprecationWarning:
    print('an error')
=====
filters with a category of a library
# %% a
import warnings
from sklearn.exceptions import ConvergenceWarning
warnings.filterwarnings('error', category=ConvergenceWarning)
# %% b
import warnings
from sklearn.exceptions import ConvergenceWarning
try:
    warnings.warn('x', ConvergenceWarning)
    print('only a warning')
except ConvergenceWarning:
    print('an error')
=====
filters from a variable
# %% a
import warnings
for kind in [UserWarning, FutureWarning]:
    warnings.filterwarnings('error', category=kind)
# %% b
import warnings
try:
    warnings.warn('x', UserWarning)
except UserWarning:
    print('an error')
=====
logging configured in a step
# %% a
import logging, sys
logging.basicConfig(stream=sys.stdout, level=logging.INFO, format='%(levelname)s %(message)s', force=True)
logging.info('one')
# %% b
import logging
logging.info('two')
=====
level of a logger in a variable
# %% setup
import logging, sys
# %% a
logging.basicConfig(stream=sys.stdout, format='%(message)s', force=True)
logger = logging.getLogger('shop')
logger.setLevel(logging.DEBUG)
# %% b
logger.debug('seen')
# %% c
print(logging.getLogger('shop').level, logging.getLogger().level)
=====
level and handler from variables
# %% a
import logging, sys
level = getattr(logging, 'IN' + 'FO')
logger = logging.getLogger('shop')
logger.setLevel(level)
handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(logging.Formatter('-> %(message)s'))
logger.addHandler(handler)
# %% b
import logging
logging.getLogger('shop').info('hello')
=====
level of the root logger
# %% a
import logging
logging.getLogger().setLevel(logging.ERROR)
logging.disable(logging.CRITICAL - 30)
# %% b
import logging
print(logging.getLogger().level, logging.root.manager.disable)
=====
loggers that only log leave steps independent
# %% setup
import logging
log = logging.getLogger('quiet')
# %% a
log.warning('a')
# %% b
log.warning('b')
print(log.name)
=====
computed precision of decimal
# %% a
import decimal
decimal.getcontext().prec = len('12345')
# %% b
import decimal
print(decimal.Decimal(1) / 7)
=====
setting made by a function of setup
# %% setup
import pandas as pd
def init():
    pd.set_option('display.max_rows', 7)
# %% a
init()
# %% b
print(pd.get_option('display.max_rows'))
=====
setting made by a function in a branch
# %% setup
import pandas as pd
def init(n):
    if n:
        pd.set_option('display.max_rows', n)
# %% a
init(9)
# %% b
print(pd.get_option('display.max_rows'))
=====
configuration of scikit-learn imported by name
# %% a
from sklearn import set_config
set_config(assume_finite=True)
# %% b
from sklearn import get_config
print(get_config()['assume_finite'])
=====
limits, timeouts, collector
# %% a
import sys, socket, gc
sys.setrecursionlimit(2000 + len('x'))
socket.setdefaulttimeout(1.0 * 7)
gc.set_threshold(701 + 1)
# %% b
import sys, socket, gc
print(sys.getrecursionlimit(), socket.getdefaulttimeout(), gc.get_threshold()[0])
=====
stdout replaced within a step
# %% a
import sys, io
old = sys.stdout
sys.stdout = io.StringIO()
print('hidden')
text = sys.stdout.getvalue()
sys.stdout = old
# %% b
print(text)
=====
annotations of the future hold in later cells
# %% a
from __future__ import annotations
# %% b
def f(x: Missing) -> Missing2:
    return x
print(f(3), f.__annotations__)
=====
annotations of the future in setup
# %% setup
from __future__ import annotations
# %% a
def f(x: Missing) -> Missing2:
    return x
print(f(3), f.__annotations__)
=====
printing of sympy
# %% a
from sympy import *
init_printing(use_latex=False, use_unicode=False)
x = symbols('x')
# %% b
x ** 2
=====
precision by a magic
# %% a
%precision 3
# %% b
1 / 3
=====
folder changed by a magic in a branch
# %% a
import os
os.makedirs('inner', exist_ok=True)
for _ in range(1):
    %cd -q inner
# %% b
import os
print(os.path.basename(os.getcwd()))
=====
environment set by a magic, not literal
# %% a
value = 'x'
%env KFP_ORACLE=$value
# %% b
import os
print(os.environ.get('KFP_ORACLE'))
=====
progress of frames
# %% a
from tqdm import tqdm
tqdm.pandas()
import pandas as pd
s = pd.Series([1, 2])
# %% b
print(s.progress_apply(lambda x: x + 1).sum())
=====
method put on a class of a library, without names of the notebook
# %% a
import pandas as pd
pd.Series.doubled = lambda self: self * 2
s = pd.Series([1, 2])
# %% b
print(s.doubled().sum())
=====
steps on either side of a setting
# %% setup
import pandas as pd
# %% a
print(pd.get_option('display.max_rows'))
# %% b
pd.set_option('display.max_rows', 5)
# %% c
print(pd.get_option('display.max_rows'))
"""

REFUSED = """
setting between two cells of a step -> KFP155@2:2 (differs)
# %% a
import pandas as pd
print(pd.get_option('display.max_rows'))
# %% setup
import pandas as pd
pd.set_option('display.max_rows', 5)
# %% a
print(pd.get_option('display.max_rows'))
=====
environment between two cells of a step -> KFP155@2:2
# %% a
import os
print(os.environ.get('KFP_ORACLE'))
# %% b
import os
os.environ['KFP_ORACLE'] = '5'
# %% a
print(os.environ.get('KFP_ORACLE'))
=====
computed environment between two cells of a step -> KFP155@2:2
# %% a
import os
print(os.environ.get('KFP_ORACLE'))
# %% b
import os
os.environ['KFP_ORACLE'] = str(5)
# %% a
print(os.environ.get('KFP_ORACLE'))
=====
function of the notebook put into a library -> KFP139@2:1
# %% setup
import colorsys
def patched(x):
    return 'patched'
# %% a
colorsys.patched = patched
# %% b
print(colorsys.patched(1))
=====
accessor of frames in a step -> KFP139
# %% a
import pandas as pd
@pd.api.extensions.register_series_accessor('kfp')
class Accessor:
    def __init__(self, values): self.values = values
    def total(self): return self.values.sum()
s = pd.Series([1, 2])
# %% b
print(s.kfp.total())
=====
stream replaced for good -> KFP139@1:3
# %% a
import sys, io
buffer = io.StringIO()
sys.stdout = buffer
# %% b
print('hidden')
=====
name put among the builtins -> KFP130@2:1 (keepable)
# %% a
import builtins
builtins.answer = 42
# %% b
print(answer + 1)
"""
