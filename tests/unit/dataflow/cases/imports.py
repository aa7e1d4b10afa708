"""Imports in setup and in steps, of any form."""

from __future__ import annotations

SAME = """
star import
# %% setup
from math import *
# %% a
print(round(sqrt(16) + pi, 3))
=====
star import in a step
# %% a
from math import *
x = floor(2.5)
# %% b
print(ceil(2.5), x)
=====
import fallback
# %% a
try:
    import nonexistent_module_xyz as js
except ImportError:
    import json as js
# %% b
print(js.dumps([1]))
=====
import fallback to None
# %% a
try:
    import nonexistent_module_xyz
except ImportError:
    nonexistent_module_xyz = None
# %% b
print(nonexistent_module_xyz)
=====
import in a step
# %% a
import json
x = json.dumps({})
# %% b
print(json.loads(x))
=====
import as in a step
# %% a
import collections.abc as abc
# %% b
print(abc.Mapping.__name__)
=====
submodules imported in two steps
# %% a
import xml.dom
# %% b
import xml.sax
# %% c
print(xml.dom.__name__, xml.sax.__name__)
=====
import of a name that a step rebinds
# %% a
from math import pi
# %% b
pi = 3
# %% c
print(pi)
=====
conditional import
# %% parameters
flag = False
# %% a
js = None
if flag:
    import json as js
# %% b
print(js)
=====
import in both branches
# %% parameters
flag = True
# %% a
if flag:
    import json as codec
else:
    import pickle as codec
# %% b
print(codec.dumps([1]))
=====
module beside the notebook
# %% setup
import mymodule
# %% a
x = mymodule.double(2)
# %% b
print(x, mymodule.double(x))
# file: mymodule.py
def double(x): return 2 * x
=====
module beside the notebook, imported in a step
# %% a
import mymodule
x = mymodule.double(2)
# %% b
print(mymodule.double(x))
# file: mymodule.py
def double(x): return 2 * x
=====
names from a module beside the notebook
# %% setup
from mymodule import double, LIMIT
# %% a
x = double(LIMIT)
# %% b
print(x, LIMIT)
# file: mymodule.py
LIMIT = 5
def double(x): return 2 * x
=====
star import of a module beside the notebook
# %% setup
from mymodule import *
# %% a
x = double(LIMIT)
# %% b
print(x)
# file: mymodule.py
LIMIT = 5
_hidden = 6
def double(x): return 2 * x
=====
state of a module beside the notebook, changed in a step
# %% setup
import mymodule
# %% a
mymodule.counts['a'] = 1
# %% b
print(mymodule.counts)
# file: mymodule.py
counts = {}
=====
function of a module changes the module's state
# %% setup
import mymodule
# %% a
mymodule.tick()
# %% b
print(mymodule.tick())
# file: mymodule.py
n = 0
def tick():
    global n
    n += 1
    return n
=====
instance of a class of a module beside the notebook
# %% setup
from shapes import Square
# %% a
s = Square(2)
# %% b
s.grow(1)
# %% c
print(s.area(), isinstance(s, Square))
# file: shapes.py
class Square:
    def __init__(self, side): self.side = side
    def grow(self, by): self.side += by
    def area(self): return self.side ** 2
=====
function of a module changes its argument
# %% setup
import tools_of_mine
# %% a
xs = []
# %% b
tools_of_mine.fill(xs)
# %% c
print(xs)
# file: tools_of_mine.py
def fill(xs): xs.append(1)
=====
package beside the notebook
# %% setup
from pack.inner import value
import pack
# %% a
print(value, pack.name)
# %% b
print(pack.inner.value)
# file: pack/__init__.py
name = 'pack'
# file: pack/inner.py
value = 7
=====
module that imports another beside it
# %% setup
import first_module
# %% a
print(first_module.both())
# file: first_module.py
import second_module
def both(): return second_module.value + 1
# file: second_module.py
value = 1
=====
module imported under another name in two steps
# %% a
import mymodule as m
x = m.double(1)
# %% b
import mymodule as mm
print(mm.double(x), mm.__name__)
# file: mymodule.py
def double(x): return 2 * x
=====
reload of a module
# %% setup
import importlib, mymodule
# %% a
importlib.reload(mymodule)
print(mymodule.value)
# file: mymodule.py
value = 3
=====
import by name
# %% a
import importlib
js = importlib.import_module('json')
# %% b
print(js.dumps([1]))
=====
module set as an attribute of its package
# %% setup
import xml
# %% a
import xml.dom.minidom
# %% b
print(xml.dom.minidom.__name__)
=====
the same import in a step and in setup below
# %% a
import math
print(math.pi)
# %% setup
import math
# %% b
print(math.e)
=====
import in a function that is called elsewhere
# %% a
def f():
    import json
    return json.dumps([1])
# %% b
print(f())
=====
import in a function by global
# %% a
def load():
    global json
    import json
# %% b
load()
# %% c
print(json.dumps(1))
=====
import within a try, the name is used in a condition
# %% setup
try:
    import nonexistent_module_xyz
    HAS = True
except ImportError:
    HAS = False
# %% a
print('with' if HAS else 'without')
=====
import that fails ends the notebook
# %% a
x = 1
# %% b
import nonexistent_module_xyz
print(x)
=====
alias of a function of a module
# %% setup
import math
# %% a
root = math.sqrt
# %% b
print(root(16))
=====
class of a library as a value
# %% a
from collections import OrderedDict as kind
# %% b
print(kind(a=1)['a'])
=====
conditional import in setup by a parameter
# %% parameters
fast = False
# %% setup
if fast:
    import pickle as codec
else:
    import json as codec
# %% a
print(codec.__name__)
=====
import of pyplot in a later step only
# %% a
import pandas as pd
df = pd.DataFrame({'x': [1]})
# %% b
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
df.plot(ax=ax)
# %% c
print(len(ax.lines))
"""

REFUSED = """
relative star import is not resolved -> KFP135
# %% a
from nonexistent_module_xyz import *
=====
module that reads a file beside it -> KFP152@1:1 (differs)
# %% setup
import reader_module
# %% a
print(reader_module.read())
# file: reader_module.py
from pathlib import Path
def read(): return Path(__file__).with_name('words.txt').read_text().strip()
# file: words.txt
hello
"""
