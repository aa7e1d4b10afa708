"""State of the process by other ways: styles, loggers, functions as values, own modules, odd places."""

from __future__ import annotations

SAME = """
plt style in a, frame plotted in b
# %% a
import matplotlib.pyplot as plt
import pandas as pd
plt.style.use('ggplot')
plt.rcParams['figure.figsize'] = (2, 2)
df = pd.DataFrame({'a': [1, 2]})
# %% b
df.plot();
=====
config svg
# %% a
%config InlineBackend.figure_formats = ['svg']
x = 1
# %% b
import matplotlib.pyplot as plt
from matplotlib_inline.config import InlineBackend
plt.plot([1, 2])
plt.show()
print(InlineBackend.instance().figure_formats)
=====
matplotlib agg magic
# %% a
%matplotlib inline
# %% b
%matplotlib agg
# %% c
import matplotlib.pyplot as plt
plt.plot([1])
print(plt.get_backend().lower()[-6:])
=====
loop over seeds
# %% setup
import numpy as np, random
# %% a
for f in (np.random.seed, random.seed):
    f(3)
# %% b
print(np.random.rand(), random.random())
=====
seed through partial
# %% setup
import numpy as np
from functools import partial
# %% a
s = partial(np.random.seed, 3)
s()
# %% b
print(np.random.rand())
=====
setting through partial
# %% setup
import pandas as pd
from functools import partial
# %% a
s = partial(pd.set_option, 'display.max_rows')
s(8)
# %% b
print(pd.get_option('display.max_rows'))
=====
seed in class init
# %% setup
import numpy as np
class Sim:
    def __init__(self, seed):
        np.random.seed(seed)
    def draw(self):
        return np.random.rand()
# %% a
s = Sim(3)
# %% b
print(s.draw())
# %% c
print(s.draw())
=====
getstate and setstate
# %% setup
import random
# %% a
random.seed(2)
state = random.getstate()
a = random.random()
# %% b
random.setstate(state)
print(random.random() == a)
# %% c
print(random.random())
=====
draw before seed in the same step
# %% setup
import numpy as np
# %% a
x = np.random.rand()
np.random.seed(1)
y = np.random.rand()
# %% b
print(y, np.random.rand())
=====
seed twice in different steps
# %% setup
import numpy as np
# %% a
np.random.seed(1)
a = np.random.rand()
# %% b
np.random.seed(1)
b = np.random.rand()
# %% c
print(a == b, np.random.rand())
=====
own frozen context manager
# %% setup
import os
from contextlib import contextmanager
@contextmanager
def env(**kw):
    old = dict(os.environ)
    os.environ.update(kw)
    yield
    os.environ.clear(); os.environ.update(old)
# %% a
with env(KFP_Q='1'):
    print(os.environ['KFP_Q'])
# %% b
print('KFP_Q' in os.environ)
=====
env by update with dict from variable
# %% setup
import os
CONF = {'KFP_Q1': '1', 'KFP_Q2': '2'}
# %% a
os.environ.update(CONF)
# %% b
print(os.environ['KFP_Q1'])
=====
env key deleted later
# %% setup
import os
# %% a
os.environ['KFP_Q'] = '1'
# %% b
print(os.environ.pop('KFP_Q'))
# %% c
print(os.environ.get('KFP_Q'))
=====
putenv via setdefault chain
# %% a
import os
r = os.environ.setdefault('KFP_Q', '7')
print(r)
# %% b
import os
print(os.environ.get('KFP_Q'))
=====
locale
# %% a
import locale
locale.setlocale(locale.LC_ALL, 'C.UTF-8')
# %% b
import locale
print(locale.setlocale(locale.LC_ALL))
=====
settings in try
# %% a
import pandas as pd
try:
    pd.set_option('display.max_rows', 11)
except Exception:
    pass
# %% b
import pandas as pd
print(pd.get_option('display.max_rows'))
=====
reset option
# %% a
import pandas as pd
pd.set_option('display.max_rows', 11)
# %% b
import pandas as pd
pd.reset_option('display.max_rows')
# %% c
import pandas as pd
print(pd.get_option('display.max_rows'))
=====
pandas option dict loop
# %% a
import pandas as pd
for k, v in {'display.max_rows': 5, 'display.width': 33}.items():
    pd.set_option(k, v)
# %% b
import pandas as pd
print(pd.get_option('display.max_rows'), pd.get_option('display.width'))
=====
logging dictConfig
# %% a
import logging.config
logging.config.dictConfig({
    'version': 1,
    'formatters': {'f': {'format': 'X %(message)s'}},
    'handlers': {'h': {'class': 'logging.StreamHandler', 'stream': 'ext://sys.stdout', 'formatter': 'f'}},
    'root': {'level': 'INFO', 'handlers': ['h']},
})
# %% b
import logging
logging.getLogger('z').info('hi')
=====
logger propagate and level by attribute
# %% a
import logging
log = logging.getLogger('p')
log.propagate = False
log.setLevel('DEBUG')
# %% b
print(log.propagate, log.level)
=====
logger of function
# %% setup
import logging, sys
def get_logger(name):
    logger = logging.getLogger(name)
    logger.setLevel(logging.INFO)
    if not logger.handlers:
        h = logging.StreamHandler(sys.stdout)
        h.setFormatter(logging.Formatter('%(message)s!'))
        logger.addHandler(h)
    return logger
# %% a
log = get_logger('f')
log.info('a')
# %% b
log.info('b')
=====
builtin print replaced for step only
# %% a
import builtins
old = builtins.print
builtins.print = lambda *a: old('p', *a)
print('x')
builtins.print = old
# %% b
print('y')
=====
np.errstate with
# %% setup
import numpy as np
# %% a
with np.errstate(divide='ignore'):
    x = np.array([1.]) / 0
# %% b
print(x, np.geterr()['divide'])
=====
tuple of settings
# %% a
import os
os.environ['KFP_A1'], os.environ['KFP_A2'] = '1', '2'
# %% b
import os
print(os.environ['KFP_A1'], os.environ['KFP_A2'])
=====
two targets
# %% a
import os
os.environ['KFP_A1'] = os.environ['KFP_A2'] = '1'
# %% b
import os
print(os.environ['KFP_A1'], os.environ['KFP_A2'])
=====
augmented env
# %% a
import os
os.environ['KFP_A1'] = 'a'
os.environ['KFP_A1'] += 'b'
# %% b
import os
print(os.environ['KFP_A1'])
=====
rcParams alias
# %% a
from matplotlib import rcParams
rcParams['lines.linewidth'] = 5
rc = rcParams
rc['font.size'] = 7
# %% b
import matplotlib
print(matplotlib.rcParams['lines.linewidth'], matplotlib.rcParams['font.size'])
=====
pylab style
# %% a
import pylab
pylab.rcParams['lines.linewidth'] = 5
# %% b
import matplotlib
print(matplotlib.rcParams['lines.linewidth'])
=====
warnings.warn replaced
# %% a
import warnings
def warn(*args, **kwargs): pass
old = warnings.warn
# %% b
warnings.warn('x')
print(old is warnings.warn)
=====
xcode: np.random.default_rng unaffected
# %% setup
import numpy as np
# %% a
np.random.seed(0)
rng = np.random.default_rng(3)
# %% b
print(rng.random())
# %% c
print(np.random.rand(), rng.random())
=====
parameters seed
# %% setup
import random
# %% parameters
seed = 4
# %% a
random.seed(seed)
# %% b
print(random.random())
=====
seed in setup from parameters
# %% parameters
seed = 4
# %% setup
import random
random.seed(seed)
# %% a
print(random.random())
# %% b
print(random.random())
=====
shuffle frames
# %% setup
import pandas as pd, numpy as np
# %% a
np.random.seed(2)
df = pd.DataFrame({'a': range(10)})
# %% b
print(df.sample(frac=1).a.tolist())
# %% c
print(df.groupby('a').sample(1).a.tolist()[:2], df.sample(2).a.tolist())
=====
cross val in b
# %% setup
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score
# %% a
np.random.seed(2)
X = np.random.rand(40, 3); y = (X[:, 0] > .5).astype(int)
m = RandomForestClassifier(n_estimators=3)
# %% b
print(cross_val_score(m, X, y))
# %% c
m.fit(X, y); print(m.predict(X[:5]), np.random.rand())
=====
function fits param
# %% setup
import numpy as np
from sklearn.ensemble import RandomForestClassifier
def train(model, X, y):
    model.fit(X, y)
    return model
# %% a
np.random.seed(2)
X = np.random.rand(40, 3); y = (X[:, 0] > .5).astype(int)
# %% b
m = train(RandomForestClassifier(n_estimators=3), X, y)
# %% c
print(np.random.rand())
=====
getcontext alias
# %% a
from decimal import getcontext, Decimal
ctx = getcontext()
ctx.prec = 4
del ctx
# %% b
print(Decimal(1) / 3)
=====
autoreload
# %% a
%load_ext autoreload
%autoreload 2
# %% b
print(1)
=====
sklearn display none
# %% a
from sklearn import set_config
set_config(display='text')
from sklearn.linear_model import Ridge
m = Ridge()
# %% b
m
=====
inside function with local import
# %% setup
def style():
    import pandas as pd
    pd.set_option('display.max_rows', 3)
# %% a
style()
# %% b
import pandas as pd
print(pd.get_option('display.max_rows'))
=====
os alias in function
# %% setup
import os as o
def go():
    e = o.environ
    e['KFP_Z'] = '1'
# %% a
go()
# %% b
print(o.environ.get('KFP_Z'))
=====
options alias in function
# %% setup
import pandas as pd
def go(n):
    opts = pd.options.display
    opts.max_rows = n
# %% a
go(4)
# %% b
print(pd.get_option('display.max_rows'))
=====
own module imported in function, which seeds
# %% setup
def go():
    import helpers_t
    helpers_t.seed()
# %% a
go()
# %% b
import random
print(random.random())
# file: helpers_t.py
import os
def seed():
    import random as r
    r.seed(3)
=====
own module sets option with local import
# %% setup
import helpers_t
# %% a
helpers_t.go(5)
# %% b
import pandas as pd
print(pd.get_option('display.max_rows'))
# file: helpers_t.py
def go(n):
    import pandas as pd
    opts = pd.options.display
    opts.max_rows = n
=====
map over seeds
# %% setup
import random, numpy as np
# %% a
list(map(random.seed, [4]))
# %% b
print(random.random())
=====
dict of functions
# %% setup
import random, numpy as np
SEEDERS = {'py': random.seed, 'np': np.random.seed}
# %% a
SEEDERS['np'](4)
# %% b
print(np.random.rand())
=====
getattr call of seed
# %% setup
import numpy as np
# %% a
getattr(np.random, 'seed')(4)
# %% b
print(np.random.rand())
=====
star import of numpy random
# %% setup
from numpy.random import *
# %% a
seed(1)
# %% b
print(rand())
=====
seed in comprehension
# %% setup
import numpy as np
# %% a
r = [np.random.seed(i) or np.random.rand() for i in range(3)]
# %% b
print(r, np.random.rand())
=====
lambda seeds
# %% setup
import numpy as np
init = lambda: np.random.seed(5)
# %% a
init()
# %% b
print(np.random.rand())
=====
seed in decorator
# %% setup
import numpy as np, functools
def seeded(f):
    @functools.wraps(f)
    def inner(*a):
        np.random.seed(1)
        return f(*a)
    return inner
@seeded
def sample():
    return np.random.rand()
# %% a
print(sample())
# %% b
print(np.random.rand())
=====
generator function draws
# %% setup
import random
def stream():
    while True:
        yield random.random()
# %% a
random.seed(2)
x = [v for v, _ in zip(stream(), range(2))]
# %% b
print(x, random.random())
=====
async
# %% setup
import random, asyncio
# %% a
random.seed(2)
async def f(): return random.random()
x = await f()
# %% b
print(x, await f())
=====
Random instance via module fn
# %% setup
import random
# %% a
random.seed(3)
r = random.Random(5)
# %% b
print(r.random())
# %% c
print(r.random(), random.random())
=====
exec sets
# %% setup
import random
# %% a
exec('random.seed(4)')
# %% b
print(random.random())
=====
pandas sample with seed in b
# %% setup
import pandas as pd, numpy as np
# %% a
df = pd.DataFrame({'a': range(10)})
# %% b
np.random.seed(1)
print(df.sample(2).a.tolist())
# %% c
print(df.sample(2).a.tolist())
=====
chdir context
# %% setup
import os, contextlib
# %% a
os.makedirs('q', exist_ok=True)
with contextlib.chdir('q'):
    print(os.path.basename(os.getcwd()))
# %% b
print(os.path.basename(os.getcwd()))
=====
figures implicit
# %% setup
import matplotlib.pyplot as plt
# %% a
plt.plot([1, 2]);
# %% b
plt.title('x')
print(len(plt.gcf().axes[0].lines))
=====
env set then subprocess
# %% a
import os
os.environ['KFP_SUB'] = 'v' + str(len('ab'))
# %% b
!echo $KFP_SUB
=====
skip tagged setter
# %% skip
import os
os.environ['KFP_SKIP'] = '1'
# %% a
import os
print(os.environ.get('KFP_SKIP') is None or 1)
=====
env in three steps, read in function
# %% setup
import os
def region(): return os.environ.get('R', 'none')
# %% a
os.environ['R'] = 'a' + str(1)
# %% b
print(region())
os.environ['R'] = region() + 'b'
# %% c
print(region())
=====
interleaved: literal then step again
# %% a
x = 1
# %% b
import pandas as pd
pd.set_option('display.max_rows', 5)
# %% a
print(x)
=====
np.set_printoptions inside function with arg
# %% setup
import numpy as np
def setp(p): np.set_printoptions(precision=p)
# %% a
setp(2)
a = np.array([1.23456])
# %% b
print(a)
=====
warnings ignore in setup mid step
# %% a
import pandas as pd
x = pd.Series([1])
# %% setup
import warnings
warnings.filterwarnings('ignore')
# %% a
print(x.sum())
"""
