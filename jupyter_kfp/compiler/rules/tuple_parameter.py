"""Tuple as a parameter.

What
----
The default of a parameter is, or holds, a tuple.

Why
---
JSON has no tuples: the steps get a list, which compares unequal to a tuple and cannot be a key of a dict.

Wrong
-----
::

    # %% tags=["parameters"]
    shape = (28, 28)
    # %% tags=["step:load"]
    print(shape)

Right
-----
::

    # %% tags=["parameters"]
    shape = [28, 28]
    # %% tags=["step:load"]
    print(shape)

Fix
---
Write a list, or make the tuple in a cell below: ``shape = tuple(shape)``.
"""

from jupyter_kfp.notebook.diagnostic import Severity

CODE = "KFP119"
SEVERITY = Severity.WARNING
