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
"""

REFUSED = """
relative star import is not resolved -> KFP135
# %% a
from nonexistent_module_xyz import *
"""
