"""Code in a parameters cell.

What
----
A cell tagged ``parameters`` holds something else than assignments of literals: an import, a call, a reference to
another variable, an f-string, a magic.

Why
---
When a parameter is given, its assignment is replaced. What is computed from it there would keep the old value.

Wrong
-----
::

    # %% tags=["parameters"]
    rows = 100
    half = rows // 2
    # %% tags=["step:load"]
    print(half)

Right
-----
::

    # %% tags=["parameters"]
    rows = 100
    # %% tags=["step:load"]
    half = rows // 2
    print(half)

Fix
---
Move the line to a cell below. Literals are text, numbers (``60 * 60`` too), True, False, None, lists and dicts of
these.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP116"
SEVERITY = Severity.ERROR
