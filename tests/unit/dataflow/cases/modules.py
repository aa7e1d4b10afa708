"""Modules of the user's own beside the notebook: their functions, and the data in them that changes."""

from __future__ import annotations

SAME = """
function of a module
# %% a
import helpers
x = helpers.twice(21)
# %% b
print(helpers.twice(x))
# file: helpers.py
def twice(n): return 2 * n
=====
counter that functions of a module change
# %% setup
import helpers
# %% a
helpers.bump()
helpers.bump()
# %% b
print(helpers.counter)
# %% c
helpers.bump()
print(helpers.counter)
# file: helpers.py
counter = 0
def bump():
    global counter
    counter += 1
=====
attribute of a module that the notebook sets
# %% setup
import helpers
# %% a
helpers.level = len('abc')
# %% b
helpers.show()
# file: helpers.py
level = 0
def show(): print('level', level)
=====
item of a module's dict
# %% setup
import helpers
# %% a
helpers.CONFIG['a'] = sum(range(4))
# %% b
print(helpers.get('a'), helpers.CONFIG)
# %% c
helpers.CONFIG.update(b=2)
# %% d
print(helpers.CONFIG)
# file: helpers.py
CONFIG = {}
def get(key): return CONFIG[key]
=====
dict of a module under a name of its own
# %% setup
from helpers import CONFIG, get
# %% a
CONFIG['a'] = 1
# %% b
print(get('a'))
# %% c
CONFIG['b'] = 2
# %% d
print(CONFIG)
# file: helpers.py
CONFIG = {}
def get(key): return CONFIG.get(key)
=====
alias of a module's list
# %% setup
import helpers
# %% a
names = helpers.NAMES
names.append('x')
# %% b
print(helpers.NAMES, helpers.count())
# %% c
names.append('y')
# %% d
print(helpers.count(), names is helpers.NAMES)
# file: helpers.py
NAMES = []
def count(): return len(NAMES)
=====
registry with functions of the notebook
# %% setup
import registry
# %% a
def double(n): return 2 * n
registry.register(double)
# %% b
@registry.register
def triple(n): return 3 * n
# %% c
print({name: f(5) for name, f in registry.ALL.items()})
# file: registry.py
ALL = {}
def register(f):
    ALL[f.__name__] = f
    return f
=====
function of a module that seeds
# %% setup
import random
import helpers
# %% a
helpers.seed_all(7)
print(random.random())
# %% b
print(random.random())
# %% c
print(helpers.draw(), random.random())
# %% d
print(random.random())
# file: helpers.py
def seed_all(n):
    import random
    import numpy as np
    random.seed(n)
    np.random.seed(n)
def draw():
    import random
    return random.random()
=====
generator in a module
# %% setup
import helpers
# %% a
print(helpers.draw())
# %% b
print(helpers.draw())
# %% c
print(helpers.rng.integers(1000))
# %% d
print(helpers.draw())
# file: helpers.py
import numpy as np
rng = np.random.default_rng(3)
def draw(): return int(rng.integers(1000))
=====
function of a module that sets the environment
# %% setup
import os, helpers
# %% a
helpers.configure('x')
# %% b
print(os.environ['KFP_TEST_MODE'])
# file: helpers.py
import os
def configure(mode): os.environ['KFP_TEST_MODE'] = mode
=====
function of a module that sets options
# %% setup
import pandas as pd
import helpers
# %% a
helpers.wide()
# %% b
print(pd.get_option('display.max_columns'))
# file: helpers.py
import pandas as pd
def wide(): pd.set_option('display.max_columns', 77)
=====
module that seeds when it is loaded
# %% a
import numpy as np
import helpers
print(np.random.rand())
# %% b
import helpers
print(np.random.rand())
# %% c
print(np.random.rand())
# file: helpers.py
import numpy as np
np.random.seed(5)
=====
module that sets an option when it is loaded in setup
# %% setup
import pandas as pd
import style
# %% a
print(pd.get_option('display.max_rows'))
# %% b
pd.set_option('display.max_rows', 13)
# %% c
print(pd.get_option('display.max_rows'))
# file: style.py
import pandas as pd
pd.set_option('display.max_rows', 11)
=====
module that registers in another when it is loaded
# %% a
import plugins
# %% b
import registry
print(sorted(registry.ALL))
# %% c
import plugins
print(registry.CALLS)
# file: registry.py
ALL = {}
CALLS = []
def register(f):
    ALL[f.__name__] = f
    CALLS.append(f.__name__)
    return f
# file: plugins.py
import registry
@registry.register
def one(): return 1
=====
function of a module that changes its argument
# %% setup
import helpers
# %% a
rows = [3, 1, 2]
# %% b
helpers.order(rows)
# %% c
print(rows)
# file: helpers.py
def order(xs): inner(xs)
def inner(ys): ys.sort()
=====
class of a module with a method that changes the instance
# %% setup
from shapes import Stack
# %% a
s = Stack()
# %% b
top = s.push(1)
# %% c
print(s.items, top)
# file: shapes.py
class Stack:
    def __init__(self): self.items = []
    def push(self, x):
        self.items.append(x)
        return x
=====
class of a module that counts its instances
# %% setup
from shapes import Item
# %% a
one = Item()
# %% b
two = Item()
print(one.number, two.number)
# %% c
print(Item.count)
# file: shapes.py
class Item:
    count = 0
    def __init__(self):
        Item.count += 1
        self.number = Item.count
=====
what a function remembers is no state
# %% setup
import helpers
# %% a
print(helpers.model()[0])
# %% b
print(helpers.model()[0], helpers.square(3))
# %% c
print(helpers.square(3))
# file: helpers.py
_model = None
_known = {}
def model():
    global _model
    if _model is None:
        _model = (1, open(__file__))
    return _model
def square(n):
    if n in _known:
        return _known[n]
    _known[n] = n * n
    return _known[n]
=====
cached functions of a module
# %% setup
import helpers
# %% a
print(helpers.slow(2))
# %% b
print(helpers.slow(2))
# file: helpers.py
import functools
@functools.lru_cache
def slow(n): return n + 1
=====
instance of a class of a module that a later step does not import
# %% a
import shapes
p = shapes.Point(1, shapes.Colour.RED)
q = shapes.Point(1, shapes.Colour.RED)
# %% b
print(p == q, p.c is q.c, p)
# file: shapes.py
import dataclasses, enum
class Colour(enum.Enum):
    RED = 1
@dataclasses.dataclass
class Point:
    x: int
    c: Colour
=====
star import from a module
# %% setup
from helpers import *
# %% a
x = twice(4)
# %% b
print(x, LIMIT)
# file: helpers.py
from below import *
LIMIT = 3
_hidden = 1
# file: below.py
def twice(n): return 2 * n
=====
name imported after it was bound to something else
# %% setup
import helpers
# %% a
helpers.bump()
# %% b
from helpers import counter
helpers.bump()
# %% c
print(counter, helpers.counter)
# file: helpers.py
counter = 0
def bump():
    global counter
    counter += 1
=====
state that two modules share
# %% setup
import one, two
# %% a
one.set_level(5)
# %% b
two.show()
# file: settings.py
LEVEL = 0
# file: one.py
import settings
def set_level(n): settings.LEVEL = n
# file: two.py
import settings
def show(): print(settings.LEVEL)
=====
state in a package
# %% setup
import pkg
from pkg.sub import state
# %% a
pkg.add('a')
# %% b
state.add('b')
# %% c
print(state.ITEMS, pkg.total())
# file: pkg/__init__.py
from .sub.state import add, ITEMS
def total(): return len(ITEMS)
# file: pkg/sub/__init__.py
# file: pkg/sub/state.py
ITEMS = []
def add(item): ITEMS.append(item)
=====
function of the notebook that calls one of a module
# %% setup
import helpers
def more(n):
    for _ in range(n):
        helpers.bump()
# %% a
more(3)
# %% b
print(helpers.counter)
# file: helpers.py
counter = 0
def bump():
    global counter
    counter += 1
=====
function of a module given to others
# %% setup
import helpers
from functools import partial
# %% a
list(map(helpers.note, [1, 2]))
# %% b
f = partial(helpers.note, 3)
# %% c
f()
# %% d
print(helpers.NOTES)
# file: helpers.py
NOTES = []
def note(x): NOTES.append(x)
=====
default argument of a function of a module
# %% setup
import helpers
# %% a
print(helpers.keep(1))
# %% b
print(helpers.keep(2))
# file: helpers.py
def keep(x, seen=[]):
    seen.append(x)
    return list(seen)
=====
attribute of a function of a module
# %% setup
import helpers
# %% a
helpers.f()
# %% b
helpers.f()
print(helpers.f.calls)
# file: helpers.py
def f(): f.calls += 1
f.calls = 0
=====
logger in a module
# %% setup
import helpers
# %% a
helpers.work(1)
# %% b
helpers.work(2)
# file: helpers.py
import logging
log = logging.getLogger(__name__)
def work(n):
    log.info('working')
    print(n)
=====
class attribute set from the notebook
# %% setup
import helpers as h
# %% a
h.Config.debug = True
# %% b
h.show()
# file: helpers.py
class Config:
    debug = False
def show(): print(Config.debug)
=====
settings object
# %% setup
from utils import settings, show
# %% a
settings.level = len('abc')
# %% b
show()
# %% c
settings.level += 1
# %% d
print(settings.level); show()
# file: utils.py
class Settings:
    def __init__(self): self.level = 0
settings = Settings()
def show(): print('level', settings.level)
=====
monkey patch of a module function
# %% setup
import helpers
# %% a
def mine(x): return x * 100
helpers.f = mine
print(helpers.g(1))
# %% b
print(helpers.g(2), helpers.f(3))
# file: helpers.py
def f(x): return x
def g(x): return f(x)
=====
decorator of a module that counts
# %% setup
import helpers
# %% a
@helpers.counted
def f(x): return x + 1
print(f(1))
# %% b
print(f(2), helpers.COUNTS)
# file: helpers.py
import functools
COUNTS = {}
def counted(g):
    @functools.wraps(g)
    def inner(*a):
        COUNTS[g.__name__] = COUNTS.get(g.__name__, 0) + 1
        return g(*a)
    return inner
=====
counter from itertools
# %% setup
import helpers
# %% a
print(next(helpers.ids), helpers.new_id())
# %% b
print(helpers.new_id())
# %% c
print(next(helpers.ids))
# file: helpers.py
import itertools
ids = itertools.count(1)
def new_id(): return next(ids)
=====
array in a module
# %% setup
import helpers
# %% a
helpers.ARR[0] = 5
# %% b
print(helpers.total())
# file: helpers.py
import numpy as np
ARR = np.zeros(3)
def total(): return ARR.sum()
=====
frame in a module
# %% setup
import helpers
# %% a
helpers.df['y'] = [3, 4]
# %% b
print(helpers.cols(), helpers.df.y.sum())
# file: helpers.py
import pandas as pd
df = pd.DataFrame({'x': [1, 2]})
def cols(): return list(df.columns)
=====
context manager that restores
# %% setup
import helpers
# %% a
with helpers.override(3):
    helpers.show()
# %% b
helpers.show()
# file: helpers.py
import contextlib
level = 0
@contextlib.contextmanager
def override(n):
    global level
    old, level = level, n
    yield
    level = old
def show(): print(level)
=====
classmethod counter and notebook subclass
# %% setup
from shapes import Base
class Mine(Base):
    pass
# %% a
Mine.make()
# %% b
print(Mine.make().n, Base.total)
# file: shapes.py
class Base:
    total = 0
    @classmethod
    def make(cls):
        Base.total += 1
        self = cls()
        self.n = Base.total
        return self
=====
circular imports
# %% setup
import one
# %% a
one.go(2)
# %% b
print(one.value(), one.two.LOG)
# file: one.py
import two
V = 1
def go(n):
    global V
    V = n
    two.log(n)
def value(): return V
# file: two.py
import one
LOG = []
def log(n): LOG.append((n, one.value()))
=====
module seeds at import in setup and draws
# %% setup
import random
import helpers
# %% a
print(random.random())
# %% b
print(helpers.draw(), random.random())
# file: helpers.py
import random
random.seed(11)
def draw(): return random.random()
=====
import in one step only, used by alias of function in another
# %% a
from helpers import clean
f = clean
# %% b
print(f([3, 1]))
# file: helpers.py
def clean(x): return sorted(x)
=====
class with state in instance, model fit
# %% setup
from model import Model
# %% a
m = Model()
m.fit([1, 2, 3])
# %% b
print(m.predict(2))
# %% c
m.fit([4])
# %% d
print(m.predict(2), m.history)
# file: model.py
class Model:
    def __init__(self): self.history = []; self.k = None
    def fit(self, xs):
        self.k = sum(xs); self.history.append(self.k)
        return self
    def predict(self, x): return self.k * x
=====
reload
# %% setup
import importlib, helpers
# %% a
helpers.bump()
# %% b
importlib.reload(helpers)
print(helpers.counter)
# %% c
print(helpers.counter)
# file: helpers.py
counter = 0
def bump():
    global counter
    counter += 1
=====
main guard and argparse
# %% setup
import helpers
# %% a
print(helpers.run(3))
# file: helpers.py
import argparse
def run(n): return n + 1
def main():
    p = argparse.ArgumentParser()
    p.parse_args()
if __name__ == '__main__':
    main()
=====
setter and getter in package with init reexport
# %% setup
from cfg import set_option, get_option
# %% a
set_option('a', 5)
# %% b
print(get_option('a'))
# file: cfg/__init__.py
from cfg._core import set_option, get_option
# file: cfg/_core.py
_opts = {'a': 1}
def set_option(k, v): _opts[k] = v
def get_option(k): return _opts[k]
=====
lazy singleton with state
# %% setup
import helpers
# %% a
print(helpers.rng().integers(100))
# %% b
print(helpers.rng().integers(100))
# file: helpers.py
import numpy as np
_rng = None
def rng():
    global _rng
    if _rng is None:
        _rng = np.random.default_rng(1)
    return _rng
=====
list from a getter changed
# %% setup
import helpers
# %% a
items = helpers.items()
items.append(1)
# %% b
print(helpers.count())
# file: helpers.py
_ITEMS = []
def items(): return _ITEMS
def count(): return len(_ITEMS)
=====
object from a getter used in later steps
# %% setup
import helpers
# %% a
store = helpers.get_store()
store.put('a', 1)
# %% b
print(store.get('a'), helpers.get_store().get('a'))
# file: helpers.py
class Store:
    def __init__(self): self.d = {}
    def put(self, k, v): self.d[k] = v
    def get(self, k): return self.d.get(k)
_STORE = Store()
def get_store(): return _STORE
=====
pure helpers, typical project
# %% setup
import pandas as pd
import numpy as np
from src.data import load, clean
from src.features import add_features
from src.model import train, evaluate
from src import config
# %% load
df = load(config.ROWS)
# %% clean
df = clean(df)
# %% features
X, y = add_features(df)
# %% train
model = train(X, y, alpha=config.ALPHA)
# %% eval
print(evaluate(model, X, y), config.NAME)
# file: src/__init__.py
# file: src/config.py
from pathlib import Path
ROWS = 10
ALPHA = 0.5
NAME = f'run-{ROWS}'
ROOT = Path('.')
# file: src/data.py
import logging
import pandas as pd
from . import config
logger = logging.getLogger(__name__)
def load(n):
    logger.info('loading')
    df = pd.DataFrame({'a': range(n), 'b': [i % 3 for i in range(n)]})
    return df
def clean(df):
    df = df.copy()
    df['b'] = df['b'].fillna(0)
    return df.dropna()
# file: src/features.py
def add_features(df):
    df = df.assign(c=df.a * 2)
    return df[['a', 'c']], df['b']
# file: src/model.py
class Ridge:
    def __init__(self, alpha): self.alpha = alpha; self.coef = None
    def fit(self, X, y):
        self.coef = float(X.sum().sum() * self.alpha)
        return self
    def predict(self, X): return X.a * self.coef
def train(X, y, alpha=1.0):
    model = Ridge(alpha)
    model.fit(X, y)
    return model
def evaluate(model, X, y): return round(float(model.predict(X).mean()), 2)
=====
in-place cleaning helper
# %% setup
import pandas as pd
from helpers import drop_bad
# %% a
df = pd.DataFrame({'a': [1, None, 3]})
# %% b
drop_bad(df)
# %% c
print(len(df))
# file: helpers.py
def drop_bad(df):
    df.dropna(inplace=True)
=====
helper adds a column in place through a keyword
# %% setup
import pandas as pd
import helpers as h
# %% a
df = pd.DataFrame({'a': [1, 2]})
# %% b
h.add(frame=df, name='z')
# %% c
print(list(df.columns))
# file: helpers.py
def add(name, frame): frame[name] = 1
=====
tracker with dict of lists
# %% setup
from tracker import log_metric, history
# %% a
log_metric('loss', 1.0)
# %% b
log_metric('loss', 0.5)
# %% c
print(history)
# file: tracker.py
from collections import defaultdict
history = defaultdict(list)
def log_metric(name, value): history[name].append(value)
=====
seed helper with torch optional
# %% setup
import numpy as np
from utils import seed_everything
seed_everything(42)
# %% a
print(np.random.randint(1000))
# %% b
print(np.random.randint(1000))
# file: utils.py
import os, random
import numpy as np
def seed_everything(seed=0):
    random.seed(seed)
    os.environ['PYTHONHASHSEED'] = str(seed)
    np.random.seed(seed)
    try:
        import torch
        torch.manual_seed(seed)
    except ImportError:
        pass
=====
seed helper in first step only
# %% a
import numpy as np
from utils import seed_everything
seed_everything(42)
x = np.random.randint(1000)
# %% b
print(x, np.random.randint(1000))
# %% c
print(np.random.randint(1000))
# file: utils.py
import random
import numpy as np
def seed_everything(seed=0):
    random.seed(seed)
    np.random.seed(seed)
=====
helper that samples
# %% setup
import numpy as np
import helpers
np.random.seed(3)
# %% a
a = helpers.sample(3)
# %% b
b = helpers.sample(3)
# %% c
print(a, b)
# file: helpers.py
import numpy as np
def sample(n): return np.random.rand(n).round(3).tolist()
=====
plot helper
# %% setup
import matplotlib
matplotlib.use('agg')
import matplotlib.pyplot as plt
import plots
# %% a
plots.setup()
print(plt.rcParams['figure.figsize'])
# %% b
print(plt.rcParams['figure.figsize'])
# file: plots.py
import matplotlib.pyplot as plt
def setup():
    plt.rcParams['figure.figsize'] = (11, 7)
    plt.rcParams.update({'axes.grid': True})
=====
figure drawn by a helper
# %% setup
import matplotlib
matplotlib.use('agg')
import matplotlib.pyplot as plt
import plots
# %% a
fig, ax = plt.subplots()
# %% b
plots.draw(ax)
# %% c
print(len(ax.lines), len(fig.axes))
# file: plots.py
def draw(ax): ax.plot([1, 2])
=====
module level timestamp used once
# %% setup
import helpers
# %% a
print(helpers.START > 0)
# file: helpers.py
import time
START = time.time()
=====
events registered by decorator classes
# %% setup
from app import App
app = App()
# %% a
@app.route('x')
def handler(): return 'hx'
# %% b
print(app.call('x'))
# file: app.py
class App:
    def __init__(self): self.routes = {}
    def route(self, name):
        def add(f):
            self.routes[name] = f
            return f
        return add
    def call(self, name): return self.routes[name]()
=====
module app object
# %% setup
from app import app
# %% a
@app.route('x')
def handler(): return 'hx'
# %% b
print(app.call('x'))
# file: app.py
class App:
    def __init__(self): self.routes = {}
    def route(self, name):
        def add(f):
            self.routes[name] = f
            return f
        return add
    def call(self, name): return self.routes[name]()
app = App()
=====
abstract base and inheritance over modules
# %% setup
from base import Step
class Add(Step):
    def do(self, x): return x + self.k
# %% a
s = Add(2)
print(s.run(1))
# %% b
print(s.run(1), s.runs)
# file: base.py
import abc
class Step(abc.ABC):
    def __init__(self, k): self.k = k; self.runs = 0
    @abc.abstractmethod
    def do(self, x): ...
    def run(self, x):
        self.runs += 1
        return self.do(x)
=====
namedtuple, typed dict, protocol
# %% a
from kinds import P, make
p = make(1)
# %% b
print(p, p.x, isinstance(p, P))
# file: kinds.py
from typing import NamedTuple
class P(NamedTuple):
    x: int
def make(x): return P(x)
=====
exception class of a module
# %% setup
from errs import Bad, check
# %% a
try:
    check(-1)
except Bad as e:
    err = e
# %% b
print(type(err).__name__, err.value)
try:
    check(-2)
except Bad as e:
    print(e.value)
# file: errs.py
class Bad(Exception):
    def __init__(self, value): super().__init__(f'bad {value}'); self.value = value
def check(x):
    if x < 0: raise Bad(x)
=====
global sys.path tricks
# %% setup
import sys, os
module_path = os.path.abspath(os.path.join('lib'))
if module_path not in sys.path:
    sys.path.append(module_path)
import tool
# %% a
print(tool.x)
# %% b
print(tool.f())
# file: lib/tool.py
x = 1
def f(): return x + 1
=====
cwd dependent read by helper
# %% setup
import helpers
# %% a
print(helpers.read('d.txt'))
# file: helpers.py
def read(p): return open(p).read().strip()
# file: d.txt
hello
=====
local module named like stdlib module not loaded
# %% setup
import statistics
# %% a
print(hasattr(statistics, 'mine'))
# file: statistics.py
mine = 1
=====
module level random id, two steps
# %% setup
import helpers
# %% a
x = helpers.RUN_ID
# %% b
y = helpers.name()
# %% c
print(x == helpers.RUN_ID == y)
# file: helpers.py
import uuid
RUN_ID = uuid.uuid4().hex
def name(): return RUN_ID
=====
module level random id, imported in a step
# %% a
from helpers import RUN_ID
x = RUN_ID
# %% b
import helpers
print(x == helpers.RUN_ID)
# file: helpers.py
import uuid
RUN_ID = uuid.uuid4().hex
=====
unseeded draw in module
# %% setup
import helpers
# %% a
x = helpers.W.copy()
# %% b
print((x == helpers.W).all(), helpers.rng is helpers.get())
# file: helpers.py
import numpy as np
W = np.random.rand(3)
rng = np.random.default_rng()
def get(): return rng
=====
unseeded generator of module
# %% setup
import helpers
# %% a
x = helpers.draw()
# %% b
y = helpers.draw()
print(x == y)
# %% c
r = helpers.rng
z = r.random()
print(z in (x, y))
# file: helpers.py
import numpy as np
rng = np.random.default_rng()
def draw(): return rng.random()
=====
name of a module parameter function passed to apply
# %% setup
import pandas as pd
import helpers
# %% a
df = pd.DataFrame({'a': [1, 2]})
df['b'] = df.a.apply(helpers.note)
# %% b
print(helpers.SEEN, df.b.tolist())
# file: helpers.py
SEEN = []
def note(x):
    SEEN.append(int(x))
    return x + 1
=====
async function of a module
# %% setup
import helpers, asyncio
# %% a
asyncio.run(helpers.go())
# %% b
print(helpers.n)
# file: helpers.py
n = 0
async def go():
    global n
    n += 1
=====
generator function of a module
# %% setup
import helpers
# %% a
it = helpers.numbers()
print(next(it))
x = list(it)
# %% b
print(x, helpers.made)
# file: helpers.py
made = 0
def numbers():
    global made
    for i in range(3):
        made += 1
        yield i
=====
callable instance in module
# %% setup
import helpers
# %% a
helpers.counter()
helpers.counter()
# %% b
print(helpers.counter.n)
# file: helpers.py
class Counter:
    def __init__(self): self.n = 0
    def __call__(self): self.n += 1
counter = Counter()
=====
closure counter in module
# %% setup
import helpers
# %% a
print(helpers.tick())
# %% b
print(helpers.tick())
# file: helpers.py
def make():
    n = 0
    def inc():
        nonlocal n
        n += 1
        return n
    return inc
tick = make()
=====
module setattr and globals
# %% setup
import helpers
# %% a
setattr(helpers, 'level', 4)
# %% b
helpers.show()
# %% c
helpers.put('level', 9)
# %% d
helpers.show()
# file: helpers.py
level = 0
def show(): print(level)
def put(k, v): globals()[k] = v
=====
augmented in item
# %% setup
import helpers
# %% a
helpers.totals['x'] += 2
# %% b
helpers.totals['x'] *= 5
# %% c
print(helpers.totals)
# file: helpers.py
totals = {'x': 1}
=====
del item and pop
# %% setup
import helpers
# %% a
del helpers.d['a']
# %% b
helpers.d.pop('b')
# %% c
print(helpers.d)
# file: helpers.py
d = {'a': 1, 'b': 2, 'c': 3}
=====
conditional state change
# %% setup
import helpers
flag = True
# %% a
if flag:
    helpers.on()
# %% b
print(helpers.state)
# file: helpers.py
state = 'off'
def on():
    global state
    state = 'on'
=====
loop state
# %% setup
import helpers
# %% a
for i in range(3):
    helpers.add(i)
# %% b
for i in range(3):
    helpers.add(i)
# %% c
print(helpers.total)
# file: helpers.py
total = 0
def add(i):
    global total
    total += i
=====
state used only inside a class method defined in notebook
# %% setup
import helpers
class C:
    def go(self): helpers.bump()
    def show(self): print(helpers.n)
# %% a
C().go()
# %% b
C().show()
# file: helpers.py
n = 0
def bump():
    global n
    n += 1
=====
state via instance of module class with reference to module data
# %% setup
import helpers
# %% a
w = helpers.Writer()
w.put(1)
# %% b
w.put(2)
print(helpers.size())
# file: helpers.py
STORE = []
class Writer:
    def put(self, x): STORE.append(x)
def size(): return len(STORE)
=====
dataframe cached at module level and read only
# %% setup
import helpers
# %% a
print(helpers.df.a.sum())
# %% b
print(helpers.df.a.mean())
# file: helpers.py
import pandas as pd
df = pd.DataFrame({'a': [1, 2, 3]})
=====
two steps independent with pure module run in any order
# %% setup
import helpers
# %% a
x = helpers.f(1)
# %% b
y = helpers.f(2)
# %% c
print(x, y)
# file: helpers.py
SCALE = 10
_cache = {}
def f(n):
    if n not in _cache:
        _cache[n] = n * SCALE
    return _cache[n]
=====
warnings at import
# %% setup
import helpers
# %% a
print(helpers.x)
# %% b
print(helpers.x + 1)
# file: helpers.py
import warnings
warnings.filterwarnings('ignore')
import logging
logging.basicConfig(level=logging.INFO)
x = 1
=====
context var of logging level set by helper
# %% setup
import logging
import helpers
# %% a
helpers.quiet()
# %% b
print(logging.getLogger('app').level)
# file: helpers.py
import logging
def quiet(): logging.getLogger('app').setLevel(logging.ERROR)
=====
enum flags and constants imported by name
# %% setup
from consts import Mode, LIMIT
# %% a
m = Mode.FAST
n = LIMIT + 1
# %% b
print(m is Mode.FAST, n)
# file: consts.py
from enum import Enum
class Mode(Enum):
    FAST = 1
LIMIT = 5
=====
setting that is made again
# %% setup
import sys
import helpers
# %% a
helpers.setup()
# %% b
import faulthandler
print(faulthandler.is_enabled())
# file: helpers.py
import faulthandler
def setup(): faulthandler.enable()
=====
function of a module that imports another
# %% setup
import helpers
# %% a
helpers.go(4)
# %% b
helpers.show()
# file: helpers.py
def go(n):
    import state
    state.put(n)
def show():
    from state import LIST
    print(LIST)
# file: state.py
LIST = []
def put(n): LIST.append(n)
"""

REFUSED = """
data that an alias out of a container changes -> KFP331
# %% setup
import helpers
# %% a
config = helpers.configs()[0]
config['a'] = 1
# %% b
print(helpers.get('a'))
# file: helpers.py
_CONFIG = {'a': 0}
def configs(): return [_CONFIG]
def get(key): return _CONFIG[key]
=====
data that cannot be saved -> KFP330
# %% setup
import helpers
# %% a
helpers.start()
# %% b
print(helpers.is_open())
# file: helpers.py
handle = None
def start():
    global handle
    handle = (n for n in range(3))
def is_open(): return handle is not None
=====
value of a module that setup imports by name -> KFP153@1:1 (differs)
# %% setup
from helpers import RUN_ID
# %% a
x = RUN_ID
# %% b
print(x == RUN_ID)
# file: helpers.py
import uuid
RUN_ID = uuid.uuid4().hex
=====
property of a class of a module changes its instance -> KFP316 (keepable)
# %% setup
from kinds import Box
# %% a
b = Box()
v = b.next
# %% b
print(v, b.next)
# %% c
print(b.next)
# file: kinds.py
class Box:
    def __init__(self): self._n = 0
    @property
    def next(self):
        self._n += 1
        return self._n
=====
function of the notebook that imports a module of the user's -> KFP331 (keepable)
# %% a
def go():
    import helpers
    from helpers import bump
    bump()
    helpers.bump()
go()
# %% b
def show():
    from helpers import n
    import helpers
    print(n, helpers.n)
show()
# file: helpers.py
n = 0
def bump():
    global n
    n += 1
"""
