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
"""

REFUSED = """
data that an alias out of a function changes -> KFP331
# %% setup
import helpers
# %% a
config = helpers.config()
config['a'] = 1
# %% b
print(helpers.get('a'))
# file: helpers.py
_CONFIG = {'a': 0}
def config(): return _CONFIG
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
"""
